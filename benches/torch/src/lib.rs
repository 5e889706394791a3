//! One function for `registry.py`.

use gradstep::AnyOptimizer;
use std::ffi::{CStr, c_char};
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::time::Instant;

/// Nanoseconds of `times` steps of the optimizer of this name over slices of `n`, of which `pointers` has the parameters, the
/// gradients and the state; below 0 if there is no such optimizer.
///
/// # Safety
///
/// `name` must be a C string. `pointers` must be valid for reads of the pointers that the optimizer needs, and each for reads and writes of `n` values
/// that nothing else refers to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn step(name: *const c_char, times: u64, n: usize, pointers: *const *mut f32) -> f64 {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    let Some(optimizer) = name.to_str().ok().and_then(AnyOptimizer::from_name) else { return -1.0 };
    let states = optimizer.state().len();
    // SAFETY: the caller's promise.
    let slice = |k| unsafe { from_raw_parts_mut(*pointers.add(k), n) };
    let params = slice(0);
    // SAFETY: the caller's promise.
    let grads = unsafe { from_raw_parts(*pointers.add(1), n) };
    let mut state: Vec<&mut [f32]> = (0..states).map(|k| slice(2 + k)).collect();
    let start = Instant::now();
    for t in 1000..1000 + times {
        let stepped = optimizer.at(t).and_then(|step| step.apply(params, grads, &mut state));
        if stepped.is_err() {
            return -1.0;
        }
    }
    start.elapsed().as_secs_f64() * 1e9
}
