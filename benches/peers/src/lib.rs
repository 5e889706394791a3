//! Adam, in f32 and in bf16, and its roof behind a C interface, for `pytorch.py`.

#[path = "../../limits.rs"]
#[allow(dead_code)]
mod limits;

use std::hint::black_box;
use std::slice::{from_raw_parts, from_raw_parts_mut};

use gradstep::{Adam, Grads, Isa, Optimizer, Params, State, Tensor};

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

/// As [`gradstep`], with everything in bf16. On one thread, or on all of rayon's.
///
/// # Safety
/// As for [`gradstep`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gradstep_bf16(
    times: usize,
    threads: bool,
    n: usize,
    p: *mut u16,
    g: *const u16,
    m: *mut u16,
    v: *mut u16,
) {
    // SAFETY: the caller's promise.
    let ([p, m, v], g) = unsafe { ([p, m, v].map(|x| from_raw_parts_mut(x, n)), from_raw_parts(g, n)) };
    stored(times, threads, Tensor::new(Params::Bf16(p), Grads::Bf16(g), [State::Bf16(m), State::Bf16(v)]));
}

/// As [`gradstep_bf16`], with state in `f32`.
///
/// # Safety
/// As for [`gradstep`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gradstep_bf16_f32_state(
    times: usize,
    threads: bool,
    n: usize,
    p: *mut u16,
    g: *const u16,
    m: *mut f32,
    v: *mut f32,
) {
    // SAFETY: the caller's promise.
    let ([m, v], p, g) =
        unsafe { ([m, v].map(|x| from_raw_parts_mut(x, n)), from_raw_parts_mut(p, n), from_raw_parts(g, n)) };
    stored(times, threads, Tensor::new(Params::Bf16(p), Grads::Bf16(g), [State::F32(m), State::F32(v)]));
}

fn stored<'a>(times: usize, threads: bool, tensor: Tensor<'a, Grads<'a>, 2>) {
    let (adam, mut tensors) = (Adam::new(1e-3), [tensor]);
    for _ in 0..times {
        let step = black_box(adam).at(black_box(1000)).unwrap();
        if threads { step.par_apply_all(&mut tensors) } else { step.apply_all(&mut tensors) }.unwrap();
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
