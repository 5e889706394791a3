//! The feature `rayon`: the same bits on any number of threads.

mod common;

use common::backends::{available, on};
use common::bits::assert_same;
use common::cases;
use common::norm::{sum_of_squares, sum_of_squares_of};
use common::tensors::Tensors;
use fastrand::Rng;
use gradstep::{Adam, AnyOptimizer, AnyStep, Error, Optimizer, grads};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Not split, and split into eight pieces or more with a ragged end.
const LENGTHS: [usize; 3] = [0, 1000, 800_007];

fn pools() -> impl Iterator<Item = ThreadPool> {
    [1, 2, 3, 7].into_iter().map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
}

fn par_apply(
    step: &AnyStep,
    zero: bool,
    params: &mut [f32],
    grads: &mut [f32],
    state: &mut [&mut [f32]],
) -> Result<(), Error> {
    if zero { step.par_apply_and_zero(params, grads, state) } else { step.par_apply(params, grads, state) }
}

#[test]
fn steps() {
    let mut rng = Rng::with_seed(1);
    let pools: Vec<ThreadPool> = pools().collect();
    for optimizer in AnyOptimizer::ALL {
        for n in LENGTHS {
            let before = Tensors::random(&mut rng, optimizer, n);
            let plain = optimizer.at(2).unwrap();
            let scaled = plain.scale_grads(0.75);
            for step in [plain, scaled, scaled.clamp_grads(0.5).flush_subnormals()] {
                let mut serial = before.clone();
                let (params, gradients, mut state) = serial.slices_mut();
                step.apply(params, gradients, &mut state).unwrap();
                for (pool, isa) in pools.iter().flat_map(|pool| available().into_iter().map(move |isa| (pool, isa))) {
                    for zero in [false, true] {
                        let mut found = before.clone();
                        let (params, gradients, mut state) = found.slices_mut();
                        let step = step.on(isa);
                        pool.install(|| on(isa, || par_apply(&step, zero, params, gradients, &mut state))).unwrap();
                        let threads = pool.current_num_threads();
                        let what = format_args!("{optimizer:?}, n = {n}, {threads} threads, {isa}");
                        let grads = if zero { vec![0.0; n] } else { before.grads.clone() };
                        let expected = Tensors { grads, ..serial.clone() };
                        found.assert_same(&expected, what);
                    }
                }
            }
        }
    }
}

#[test]
fn typed_steps() {
    let n = 1_400_003;
    let mut rng = Rng::with_seed(2);
    let adam = Adam::new(1e-3);
    let before = Tensors::random(&mut rng, &adam.into(), n);
    let step = adam.at(3).unwrap();
    let mut serial = before.clone();
    let [m, v] = &mut serial.state[..] else { unreachable!("Adam has m and v") };
    step.apply(&mut serial.params, &serial.grads, [m, v]).unwrap();
    for pool in pools() {
        for zero in [false, true] {
            let mut found = before.clone();
            let [m, v] = &mut found.state[..] else { unreachable!("Adam has m and v") };
            let (params, gradients) = (&mut found.params, &mut found.grads);
            pool.install(|| {
                if zero {
                    step.par_apply_and_zero(params, gradients, [m, v])
                } else {
                    step.par_apply(params, gradients, [m, v])
                }
            })
            .unwrap();
            assert_same(&found.params, &serial.params, format_args!("zero: {zero}"));
            assert_same(&found.state[0], &serial.state[0], format_args!("zero: {zero}"));
            assert_same(&found.state[1], &serial.state[1], format_args!("zero: {zero}"));
        }
    }
}

#[test]
fn norms() {
    let mut rng = Rng::with_seed(3);
    let pools: Vec<ThreadPool> = pools().collect();
    // Not split, around the shortest that is, and around full pieces of all the sizes that two to seven threads give.
    let mut lengths: Vec<usize> = vec![0, 1, 4097];
    lengths.extend([384, 500, 512, 640, 768, 1400].iter().flat_map(|blocks| [blocks * 4096 - 1, blocks * 4096 + 1]));
    for n in lengths {
        let x: Vec<f32> = (0..n).map(|_| cases::everyday(&mut rng)).collect();
        let expected = sum_of_squares(&x);
        for pool in &pools {
            for isa in available() {
                let found = pool.install(|| on(isa, || grads::on(isa).par_sum_of_squares([&x])));
                assert_eq!(
                    found.to_bits(),
                    expected.to_bits(),
                    "n = {n}, {} threads, {isa}",
                    pool.current_num_threads()
                );
            }
            assert_eq!(pool.install(|| grads::par_norm([&x])), expected.sqrt());
            assert_eq!(pool.install(|| grads::par_sum_of_squares([&x])), expected);
        }
    }

    let slices: Vec<Vec<f32>> = [3, 0, 1_600_000, 1, 70_001, 4096, 0, 2_500_000]
        .map(|n| (0..n).map(|_| cases::everyday(&mut rng)).collect())
        .into();
    for pool in &pools {
        assert_eq!(pool.install(|| grads::par_sum_of_squares(&slices)), sum_of_squares_of(&slices));
        assert_eq!(pool.install(|| grads::par_norm(&slices)), sum_of_squares_of(&slices).sqrt());
    }
}

#[test]
fn refused_calls_write_nothing() {
    let mut rng = Rng::with_seed(4);
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for optimizer in AnyOptimizer::ALL {
        let right = Tensors::random(&mut rng, optimizer, 1_000_000);
        let mut short = right.clone();
        short.grads.pop();
        let step = optimizer.at(2).unwrap();
        for (step, tensors) in [(step, &short), (step.scale_grads(f32::NAN), &right), (step.clamp_grads(-1.0), &right)]
        {
            for zero in [false, true] {
                let mut called = tensors.clone();
                let (params, gradients, mut state) = called.slices_mut();
                let error = pool.install(|| par_apply(&step, zero, params, gradients, &mut state));
                assert!(matches!(error, Err(Error::Length { .. } | Error::Hyperparameter { .. })));
                called.assert_same(tensors, format_args!("after a refusal"));
            }
        }
    }
}
