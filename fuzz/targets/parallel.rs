//! The feature `rayon`: a step and a norm over any number of threads are those of one thread, to the bit, and refused
//! alike, without a trace.
#![no_main]

use arbitrary::Arbitrary;
use fastrand::Rng;
use gradstep::{Isa, grads};
use gradstep_fuzz::common::{cases::everyday, run, tensors::Tensors};
use gradstep_fuzz::number::{Single, cycle};
use gradstep_fuzz::optimizer::{Call, faults};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::LazyLock;

#[derive(Arbitrary, Debug)]
struct Input {
    call: Call,
    zero: bool,
    threads: u8,
    /// Of all slices together.
    elements: u32,
    /// One gradient too few.
    short: bool,
    pool: Vec<Single>,
}

/// Of one thread, two, ….
static POOLS: LazyLock<[ThreadPool; 5]> = LazyLock::new(|| {
    std::array::from_fn(|i| ThreadPoolBuilder::new().num_threads(i + 1).build().expect("threads can be started"))
});

libfuzzer_sys::fuzz_target!(|input: Input| {
    let (optimizer, t, options) = (input.call.optimizer(), input.call.t(), input.call.options(false));
    if !faults(&optimizer, t).is_empty() {
        return;
    }
    // Around the 1.5 Mi floats from which work is divided.
    let slices = 2 + optimizer.state().len();
    let n = ((1 << 20) + input.elements as usize % (2 << 20)) / slices;
    let values = |skip| repeat(&cycle(&input.pool, skip, 1021), n);
    let before = Tensors {
        params: values(0),
        grads: values(1).split_off(input.short.into()),
        state: (2..slices).map(values).collect(),
    };
    let step = run::configured(&optimizer, t, options, Isa::detect()).unwrap();

    let mut serial = before.clone();
    let (params, grads, mut state) = serial.slices_mut();
    let expected = run::apply(&step, input.zero, params, grads, &mut state);

    let pool = &POOLS[usize::from(input.threads) % POOLS.len()];
    let mut parallel = before.clone();
    let (params, grads, mut state) = parallel.slices_mut();
    let found = pool.install(|| {
        if input.zero {
            step.par_apply_and_zero(params, grads, &mut state)
        } else {
            step.par_apply(params, grads, &mut state)
        }
    });
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    let after = if found.is_ok() { &serial } else { &before };
    parallel.assert_same(after, format_args!("{} threads", pool.current_num_threads()));

    // One slice that is divided, of values whose sum shows the order of additions, and one of any values.
    let mut rng = Rng::with_seed(input.elements.into());
    let noise: Vec<f32> = (0..1021).map(|_| everyday(&mut rng)).collect();
    let long = repeat(&noise, n * slices);
    let sum = grads::sum_of_squares([&long]);
    assert_eq!(pool.install(|| grads::par_sum_of_squares([&long])), sum);
    let norm = grads::norm([&long, &before.grads]);
    let found = pool.install(|| grads::par_norm([&long, &before.grads]));
    assert!(found == norm || found.is_nan() && norm.is_nan(), "{found:e} for {norm:e}");
});

/// `n` elements, over and over those of `values`.
fn repeat(values: &[f32], n: usize) -> Vec<f32> {
    let mut repeated = values.repeat(n.div_ceil(values.len()));
    repeated.truncate(n);
    repeated
}
