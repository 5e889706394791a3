//! Promise 1: the same bits on every backend, at every length and alignment, and however the slices are split; and
//! they are the bits of the written-out arithmetic.

mod common;

use std::io::Write;

use common::backends::{available, backends};
use common::bits::{Options, assert_same};
use common::cases::{self, LOOPS};
use common::run::{PlacedTensors, configured, expected};
use common::tensors::Tensors;
use fastrand::Rng;
use gradstep::{Adam, AdamW, AnyOptimizer, Isa, Momentum, Optimizer, Sgd};

/// Longer than the groups of every backend, whole and with every tail.
const LENGTH: usize = 200;
/// Where a kernel may begin to treat a slice as long.
const LONG: [usize; 5] = [1023, 4096, 4111, 8195, 16_411];

#[test]
fn every_backend_of_this_machine_runs() {
    let names: Vec<_> = available().iter().map(|isa| isa.name()).collect();
    // Past the capture of the test harness: a run always says what it ran.
    writeln!(std::io::stderr(), "\nbackends tested: {}", names.join(", ")).unwrap();
    for (isa, name) in available().into_iter().zip(names) {
        assert_eq!(Isa::from_name(name), Some(isa));
        assert_eq!(isa.to_string(), name);
    }
    assert_eq!(Isa::from_name("mmx"), None);
}

#[test]
fn every_optimizer_option_and_length() {
    let mut rng = Rng::with_seed(1);
    for optimizer in cases::optimizers() {
        let mut placed = PlacedTensors::new(LENGTH, optimizer.state().len());
        for (options, t) in cases::options().into_iter().flat_map(|o| [(o, 1), (o, 2), (o, 5000)]) {
            let before = Tensors::random(&mut rng, &optimizer, LENGTH);
            let after = expected(&optimizer, t, options, &before);
            for isa in backends() {
                let step = configured(&optimizer, t, options, isa).unwrap();
                for n in 0..=LENGTH {
                    let zero = n % 2 == 1;
                    placed.place(&before, 0..n, |_| 0);
                    placed.apply(&step, 0..n, zero).unwrap();
                    placed.assert_holds(
                        &after,
                        0..n,
                        zero,
                        format_args!("{optimizer:?} at {t}, {options:?}, {isa}, n = {n}"),
                    );
                }
            }
        }
    }
}

/// One call for every length, offset from a cache line and loop: all slices at this offset, and then each at another.
fn compare(seed: u64, optimizer: &AnyOptimizer, lengths: &[usize], offsets: &[usize]) {
    let mut rng = Rng::with_seed(seed);
    let longest = lengths.iter().copied().max().unwrap();
    let mut placed = PlacedTensors::new(longest, optimizer.state().len());
    for options in LOOPS {
        let before = Tensors::random(&mut rng, optimizer, longest);
        let after = expected(optimizer, 3, options, &before);
        for isa in backends() {
            let step = configured(optimizer, 3, options, isa).unwrap();
            for (&n, offset) in lengths.iter().flat_map(|n| offsets.iter().map(move |offset| (n, offset))) {
                for (zero, stride) in [(false, 0), (true, 0), (true, 5)] {
                    placed.place(&before, 0..n, |slice| (offset + stride * slice) % 17);
                    placed.apply(&step, 0..n, zero).unwrap();
                    placed.assert_holds(
                        &after,
                        0..n,
                        zero,
                        format_args!("{optimizer:?}, {options:?}, {isa}, n = {n}, offset {offset}, stride {stride}"),
                    );
                }
            }
        }
    }
}

#[test]
fn every_length_at_every_offset() {
    let (lengths, offsets): (Vec<_>, Vec<_>) = ((0..=LENGTH).collect(), (0..=16).collect());
    for (seed, optimizer) in (100..).zip(cases::optimizers()) {
        compare(seed, &optimizer, &lengths, &offsets);
    }
}

#[test]
fn long_slices() {
    for (seed, optimizer) in (200..).zip(AnyOptimizer::ALL) {
        compare(seed, optimizer, &LONG, &[0, 1, 4, 15]);
    }
}

#[test]
fn random_splits() {
    let mut rng = Rng::with_seed(4);
    for optimizer in cases::optimizers() {
        for (options, longest) in [(LOOPS[0], LENGTH), (LOOPS[1], 5000), (LOOPS[2], LENGTH)] {
            let mut placed = PlacedTensors::new(longest, optimizer.state().len());
            let before = Tensors::random(&mut rng, &optimizer, longest);
            let after = expected(&optimizer, 9, options, &before);
            for isa in backends() {
                let step = configured(&optimizer, 9, options, isa).unwrap();
                for split in 0..20 {
                    let (n, zero) = (rng.usize(0..=longest), rng.bool());
                    let offsets: [usize; 5] = std::array::from_fn(|_| rng.usize(0..=16));
                    placed.place(&before, 0..n, |slice| offsets[slice]);
                    let mut start = 0;
                    while start < n {
                        let end = (start + rng.usize(0..=2 * n / (split + 1) + 1)).min(n);
                        placed.apply(&step, start..end, zero).unwrap();
                        start = end;
                    }
                    let what = format_args!("{optimizer:?}, {options:?}, {isa}, n = {n}, split {split}");
                    placed.assert_holds(&after, 0..n, zero, what);
                }
            }
        }
    }
}

/// Every corner value against every other, for the parameter, the gradient and the state.
#[test]
fn every_pair_of_special_values() {
    for optimizer in cases::optimizers() {
        let n = cases::SPECIAL.len();
        let at = |i: usize| cases::SPECIAL[i % n];
        for shift in 0..n {
            let before = Tensors {
                params: (0..n * n).map(at).collect(),
                grads: (0..n * n).map(|i| at(i / n)).collect(),
                state: (1..=optimizer.state().len())
                    .map(|k| (0..n * n).map(|i| at(i + k * shift + i / n * k)).collect())
                    .collect(),
            };
            let mut placed = PlacedTensors::new(n * n, before.state.len());
            for options in LOOPS {
                let after = expected(&optimizer, 2, options, &before);
                for isa in backends() {
                    placed.place(&before, 0..n * n, |_| shift % 17);
                    placed.apply(&configured(&optimizer, 2, options, isa).unwrap(), 0..n * n, false).unwrap();
                    placed.assert_holds(
                        &after,
                        0..n * n,
                        false,
                        format_args!("{optimizer:?}, {options:?}, {isa}, shift {shift}"),
                    );
                }
            }
        }
    }
}

/// Scales multiply up in the order of the calls; the lowest clamp stands; maximize is a negative scale.
#[test]
fn builders_combine() {
    let adam = AnyOptimizer::from(Adam::new(1e-3));
    let before = Tensors::random(&mut Rng::with_seed(5), &adam, LENGTH);
    let scaled = adam.at(4).unwrap().scale_grads(0.1).scale_grads(3.0).clamp_grads(0.25).clamp_grads(9.0);
    let mut found = before.clone();
    let (params, grads, mut state) = found.slices_mut();
    scaled.apply(params, grads, &mut state).unwrap();
    let options = Options { scale: 0.1 * 3.0, clamp: Some(0.25), flush: false };
    let after = expected(&adam, 4, options, &before);
    assert_same(&found.params, &after.params, format_args!("two scales, two clamps"));
}

/// The step chosen at run time and the typed one are the same step.
#[test]
fn any_step_is_the_typed_step() {
    fn same<O: Optimizer<S> + Into<AnyOptimizer>, const S: usize>(optimizer: O) {
        let any: AnyOptimizer = optimizer.into();
        assert_eq!(any.state(), O::STATE);
        assert_eq!(any.lr(), optimizer.lr());
        assert_eq!(any.with_lr(0.125), optimizer.with_lr(0.125).into());
        assert_eq!(any.with_lr(0.125).lr(), 0.125);

        let before = Tensors::random(&mut Rng::with_seed(6), &any, LENGTH);
        for isa in backends() {
            for zero in [false, true] {
                let after = expected(&any, 7, Options::ALL, &before);
                let mut found = before.clone();
                let (params, grads, state) = found.slices_mut();
                let Ok(state) = <[&mut [f32]; S]>::try_from(state) else { unreachable!("S slices") };
                let Options { scale, clamp, .. } = Options::ALL;
                let step = optimizer.at(7).unwrap().scale_grads(scale).clamp_grads(clamp.unwrap()).flush_subnormals();
                if zero {
                    step.on(isa).apply_and_zero(params, grads, state).unwrap();
                    assert!(grads.iter().all(|g| g.to_bits() == 0));
                } else {
                    step.on(isa).apply(params, grads, state).unwrap();
                }
                assert_same(&found.params, &after.params, format_args!("{any:?}, {isa}"));
                for (found, expected) in found.state.iter().zip(&after.state) {
                    assert_same(found, expected, format_args!("{any:?}, {isa}"));
                }
            }
        }
    }
    same(Sgd::new(0.1));
    same(Momentum::new(0.1, 0.9).nesterov(true));
    same(Adam::new(1e-3).weight_decay(0.1));
    same(AdamW::new(1e-3));
    same(Adam::new(1e-3).amsgrad());
    same(AdamW::new(1e-3).amsgrad());
}

/// The registry holds every optimizer once, under its own name.
#[test]
fn the_registry_names_each_optimizer_once() {
    let names: Vec<_> = AnyOptimizer::ALL.iter().map(AnyOptimizer::name).collect();
    for name in ["sgd", "momentum", "adam", "adamw", "amsgrad", "amsgradw"] {
        assert_eq!(names.iter().filter(|&&n| n == name).count(), 1, "{name} in {names:?}");
    }
}
