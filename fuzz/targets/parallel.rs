//! The feature `rayon`: a step and a norm over any number of threads are those of one thread, to the bit, and refused
//! alike, without a trace.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::{Isa, grads};
use gradstep_checks::errors::fault;
use gradstep_checks::parallel::par_apply;
use gradstep_checks::tensors::Tensors;
use gradstep_checks::{Model, Rng, cases::everyday};
use gradstep_fuzz::number::{Single, cycle};
use gradstep_fuzz::optimizer::Call;
use gradstep_models::{Visitor, one};
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

libfuzzer_sys::fuzz_target!(|input: Input| one(input.call.which(), &mut &input));

impl Visitor for &Input {
    fn visit<M: Model<S>, const S: usize>(&mut self, _: &'static str) {
        let (optimizer, t) = (self.call.optimizer::<M, S>(), self.call.t());
        if fault::<M, S>(&optimizer, t).is_some() {
            return;
        }
        // Around the 1.5 Mi floats from which work is divided.
        let n = ((1 << 20) + self.elements as usize % (2 << 20)) / (2 + S);
        let values = |skip| repeat(&cycle(&self.pool, skip, 1021), n);
        let before = Tensors {
            params: values(0),
            grads: values(1).split_off(self.short.into()),
            state: std::array::from_fn(|slot| values(2 + slot)),
        };
        let step = self.call.options(false).step(&optimizer, t, Isa::detect()).unwrap();

        let mut serial = before.clone();
        let expected = serial.apply(&step, self.zero);

        let pool = &POOLS[usize::from(self.threads) % POOLS.len()];
        let mut parallel = before.clone();
        let found = pool.install(|| par_apply(&step, &mut parallel, self.zero));
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        let after = if found.is_ok() { &serial } else { &before };
        parallel.assert_holds(after, false, format_args!("{} threads", pool.current_num_threads()));

        // One slice that is divided, of values whose sum shows the order of additions, and one of any values.
        let mut rng = Rng::with_seed(self.elements.into());
        let noise: Vec<f32> = (0..1021).map(|_| everyday(&mut rng)).collect();
        let long = repeat(&noise, n * (2 + S));
        let sum = grads::sum_of_squares([&long]);
        assert_eq!(pool.install(|| grads::par_sum_of_squares([&long])), sum);
        let norm = grads::norm([&long, &before.grads]);
        let found = pool.install(|| grads::par_norm([&long, &before.grads]));
        assert!(found == norm || found.is_nan() && norm.is_nan(), "{found:e} for {norm:e}");
    }
}

/// `n` elements, over and over those of `values`.
fn repeat(values: &[f32], n: usize) -> Vec<f32> {
    let mut repeated = values.repeat(n.div_ceil(values.len()));
    repeated.truncate(n);
    repeated
}
