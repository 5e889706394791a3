//! Adam and its roof behind a C interface, for `pytorch.py`.

#[path = "../../limits.rs"]
#[allow(dead_code)]
mod limits;

use std::hint::black_box;
use std::slice::{from_raw_parts, from_raw_parts_mut};

use gradstep::{Adam, Isa, Optimizer};

/// Takes the same step so many times, folding it each time as PyTorch's operator does.
///
/// # Safety
/// The pointers must be those of four arrays of `n` floats that do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gradstep(times: usize, n: usize, p: *mut f32, g: *const f32, m: *mut f32, v: *mut f32) {
    let adam = Adam::new(1e-3);
    // SAFETY: the caller's promise.
    let ([p, m, v], g) = unsafe { ([p, m, v].map(|x| from_raw_parts_mut(x, n)), from_raw_parts(g, n)) };
    for _ in 0..times {
        let step = black_box(adam).at(black_box(1000)).unwrap();
        step.apply(p, g, [&mut *m, &mut *v]).unwrap();
    }
}

/// Reads and writes the same arrays so many times.
///
/// # Safety
/// As for [`gradstep`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roof(times: usize, n: usize, p: *mut f32, g: *const f32, m: *mut f32, v: *mut f32) {
    let isa = Isa::detect();
    // SAFETY: the caller's promise.
    let ([p, m, v], g) = unsafe { ([p, m, v].map(|x| from_raw_parts_mut(x, n)), from_raw_parts(g, n)) };
    for _ in 0..times {
        limits::stream(isa, g, &mut [&mut *p, &mut *m, &mut *v]);
    }
}
