//! The same bits on every backend, at every length and alignment, and however the slices are split; and they are the
//! bits of the [written-out](crate::written_out) arithmetic.

use core::iter::once;

use gradstep::Isa;

use crate::tensors::{Placed, Tensors};
use crate::written_out::Options;
use crate::{Model, Rng, cases};

#[cfg(feature = "std")]
pub use on_the_heap::*;

/// Longer than the groups of every backend, whole and with every tail. Where there is no operating system there are no
/// groups, and little memory.
const LENGTH: usize = if cfg!(target_os = "none") { 100 } else { 200 };

/// Short calls of every kind on `isa`, in 16 KB of memory: how many. Every length at every offset of the default case; some
/// lengths of the others.
#[inline(never)] // so that its memory is not that of all optimizers together
pub fn in_small_memory<M: Model<S>, const S: usize>(isa: Isa) -> usize {
    let mut rng = Rng::with_seed(1);
    let mut before = Tensors { params: [0.0; LENGTH], grads: [0.0; LENGTH], state: [[0.0; LENGTH]; S] };
    let mut calls = 0;
    for (number, (_, optimizer)) in M::cases().enumerate() {
        let (offsets, stride) = if number == 0 { (EVERY_OFFSET, 1) } else { (1, 9) };
        for (options, t) in cases::LOOPS.into_iter().flat_map(|options| [(options, 1), (options, 3)]) {
            before.randomize::<M>(&mut rng);
            calls += compare::<M, S>(&before, (0..=LENGTH).step_by(stride), offsets, &optimizer, t, options, isa);
        }
        for first in (0..cases::SPECIAL.len().pow(2)).step_by(LENGTH) {
            for shift in 0..cases::SPECIAL.len() {
                before.fill_with_special_pairs(first, shift);
                for options in cases::LOOPS {
                    calls += compare::<M, S>(&before, once(LENGTH), offsets, &optimizer, 2, options, isa);
                }
            }
        }
    }
    calls
}

/// Distances of a slice from a 16-byte boundary.
const EVERY_OFFSET: usize = 4;
const FENCE: usize = 16;

/// Memory that begins at a 64-byte boundary.
#[repr(align(64))]
struct Aligned([f32; FENCE + EVERY_OFFSET + LENGTH + FENCE]);

impl AsRef<[f32]> for Aligned {
    fn as_ref(&self) -> &[f32] {
        &self.0
    }
}

impl AsMut<[f32]> for Aligned {
    fn as_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

/// Every one of the lengths, at that many offsets: how many calls.
#[inline(never)]
fn compare<M: Model<S>, const S: usize>(
    before: &Tensors<[f32; LENGTH], S>,
    lengths: impl Iterator<Item = usize>,
    offsets: usize,
    optimizer: &M::Optimizer,
    t: u64,
    options: Options,
    isa: Isa,
) -> usize {
    let mut after = before.clone();
    after.update::<M>(optimizer, t, options);
    let step = options.step(optimizer, t, isa).unwrap();
    let room = || Placed::new(Aligned([0.0; _]), FENCE);
    let mut placed = Tensors { params: room(), grads: room(), state: [(); S].map(|()| room()) };
    let mut calls = 0;
    for n in lengths {
        for offset in n..n + offsets {
            let zero = (n / EVERY_OFFSET + offset) % 2 == 1;
            // Each slice at another offset.
            placed.place(before, n, |slice| (offset + slice) % EVERY_OFFSET);
            placed.apply(&step, zero).unwrap();
            let what = format_args!("{optimizer:?} at {t}, {options:?}, {isa}, n = {n}, offset {offset}");
            placed.assert_becomes(before, &after, zero, what);
            placed.assert_fences(what);
            calls += 1;
        }
    }
    calls
}

#[cfg(feature = "std")]
mod on_the_heap {
    use super::*;
    use crate::backends::{backends, on};
    use crate::written_out::{assert_same, by_rule};
    use core::num::NonZeroU64;
    use gradstep::{Optimizer, Rule};
    use std::vec::Vec;

    /// Where a kernel may begin to treat a slice as long.
    const LONG: [usize; 5] = [1023, 4096, 4111, 8195, 16_411];

    /// The check that a microcontroller makes.
    pub fn small_memory<M: Model<S>, const S: usize>() {
        for isa in backends() {
            assert!(in_small_memory::<M, S>(isa) > 0);
        }
    }

    /// Every length, with every case, every option and steps from the first to the millionth.
    pub fn lengths<M: Model<S>, const S: usize>() {
        let mut rng = Rng::with_seed(1);
        let mut placed = Tensors::room(LENGTH);
        for (_, optimizer) in M::cases() {
            let steps = [1, 2, 5000, 1_000_003];
            for (options, t) in cases::OPTIONS.into_iter().flat_map(|options| steps.map(|t| (options, t))) {
                let before = Tensors::random::<M>(&mut rng, LENGTH);
                let after = before.updated::<M>(&optimizer, t, options);
                for isa in backends() {
                    let step = options.step(&optimizer, t, isa).unwrap();
                    for n in 0..=LENGTH {
                        let zero = n % 2 == 1;
                        placed.place(&before, n, |_| 0);
                        placed.apply(&step, zero).unwrap();
                        let what = format_args!("{optimizer:?} at {t}, {options:?}, {isa}, n = {n}");
                        placed.assert_becomes(&before, &after, zero, what);
                        placed.assert_fences(what);
                    }
                }
            }
        }
    }

    /// Every length at every offset from a cache line, for all slices alike and for each another; but for the default
    /// case, at some.
    pub fn offsets<M: Model<S>, const S: usize>() {
        let (lengths, offsets): (Vec<_>, Vec<_>) = ((0..=LENGTH).collect(), (0..=16).collect());
        for (case, (_, optimizer)) in M::cases().enumerate() {
            let offsets = if case == 0 { &offsets[..] } else { &[1, 4, 11] };
            at_offsets::<M, S>(100 + case as u64, &optimizer, &lengths, offsets);
        }
    }

    /// Long slices, of the default case.
    pub fn long_slices<M: Model<S>, const S: usize>() {
        for (_, optimizer) in M::cases().take(1) {
            at_offsets::<M, S>(200, &optimizer, &LONG, &[0, 1, 4, 15]);
        }
    }

    /// One call for every length, offset and loop: all slices at this offset, and then each at another.
    fn at_offsets<M: Model<S>, const S: usize>(
        seed: u64,
        optimizer: &M::Optimizer,
        lengths: &[usize],
        offsets: &[usize],
    ) {
        let mut rng = Rng::with_seed(seed);
        let longest = lengths.iter().copied().max().unwrap();
        let mut placed = Tensors::room(longest);
        for options in cases::LOOPS {
            let before = Tensors::random::<M>(&mut rng, longest);
            let after = before.updated::<M>(optimizer, 3, options);
            for isa in backends() {
                let step = options.step(optimizer, 3, isa).unwrap();
                for (&n, offset) in lengths.iter().flat_map(|n| offsets.iter().map(move |offset| (n, offset))) {
                    for (zero, stride) in [(false, 0), (true, 0), (true, 5)] {
                        placed.place(&before, n, |slice| (offset + stride * slice) % 17);
                        placed.apply(&step, zero).unwrap();
                        let what = format_args!(
                            "{optimizer:?}, {options:?}, {isa}, n = {n}, offset {offset}, stride {stride}"
                        );
                        placed.assert_becomes(&before, &after, zero, what);
                        placed.assert_fences(what);
                    }
                }
            }
        }
    }

    /// Slices that are split over several calls, anywhere.
    pub fn splits<M: Model<S>, const S: usize>() {
        let mut rng = Rng::with_seed(4);
        for (_, optimizer) in M::cases() {
            for (options, longest) in cases::LOOPS.into_iter().zip([LENGTH, 5000, LENGTH]) {
                let mut placed = Tensors::room(longest);
                let before = Tensors::random::<M>(&mut rng, longest);
                let after = before.updated::<M>(&optimizer, 9, options);
                for isa in backends() {
                    let step = options.step(&optimizer, 9, isa).unwrap();
                    for split in 0..20 {
                        let (n, zero) = (rng.usize(0..=longest), rng.bool());
                        let offsets: [usize; 2] = [rng.usize(0..=16), rng.usize(0..=16)];
                        placed.place(&before, n, |slice| (offsets[0] + slice * offsets[1]) % 17);
                        let mut start = 0;
                        while start < n {
                            let end = (start + rng.usize(0..=2 * n / (split + 1) + 1)).min(n);
                            placed.apply_to(start..end, &step, zero).unwrap();
                            start = end;
                        }
                        let what = format_args!("{optimizer:?}, {options:?}, {isa}, n = {n}, split {split}");
                        placed.assert_becomes(&before, &after, zero, what);
                        placed.assert_fences(what);
                    }
                }
            }
        }
    }

    /// Every corner value against every other, for the parameter, the gradient and the state.
    pub fn special_pairs<M: Model<S>, const S: usize>() {
        let corners = cases::SPECIAL.len();
        let mut before = Tensors::zeros(corners * corners);
        let mut placed = Tensors::room(corners * corners);
        for (_, optimizer) in M::cases() {
            for (shift, options) in (0..corners).flat_map(|shift| cases::LOOPS.map(|options| (shift, options))) {
                before.fill_with_special_pairs(0, shift);
                let after = before.updated::<M>(&optimizer, 2, options);
                for isa in backends() {
                    placed.place(&before, before.len(), |_| shift % 17);
                    placed.apply(&options.step(&optimizer, 2, isa).unwrap(), false).unwrap();
                    let what = format_args!("{optimizer:?}, {options:?}, {isa}, shift {shift}");
                    placed.assert_becomes(&before, &after, false, what);
                    placed.assert_fences(what);
                }
            }
        }
    }

    /// A rule in its usual form is the same function, element by element; and so are the loops that run it, as a clamp that
    /// changes nothing shows.
    pub fn usual_rule<M: Model<S>, const S: usize>() {
        let mut rng = Rng::with_seed(5);
        let cases: Vec<_> = M::cases().map(|(_, optimizer)| optimizer).collect();
        for (trial, t) in (0..300).flat_map(|trial| [1, 2, 77, 1_000_003].map(|t| (trial, t))) {
            let optimizer = cases.get(trial).copied().unwrap_or_else(|| M::random(&mut rng));
            let mut before = Tensors::random::<M>(&mut rng, LENGTH);
            before.grads.iter_mut().for_each(|g| *g = g.clamp(-f32::MAX, f32::MAX));
            let rule = NonZeroU64::new(t).and_then(|t| optimizer.rule(t).ok()).expect("a legal step");
            if let Some(usual) = rule.usual() {
                let [usual, rule] = [usual, rule].map(|rule| {
                    let mut after = before.clone();
                    after.update_by(by_rule(rule));
                    after
                });
                usual.assert_holds(&rule, false, format_args!("{optimizer:?} at {t}, its usual form beside itself"));
            }
            for isa in backends() {
                let after = |options: Options| {
                    let mut after = before.clone();
                    after.apply(&options.step(&optimizer, t, isa).unwrap(), false).unwrap();
                    after
                };
                for scale in [1.0, 0.5] {
                    let usual = after(Options { scale, ..Options::NONE });
                    let general = after(Options { scale, clamp: Some(f32::MAX), flush: false });
                    usual.assert_holds(&general, false, format_args!("{optimizer:?} at {t}, {isa}, scale {scale}"));
                }
            }
        }
    }

    /// Scales multiply up in the order of the calls; the lowest clamp stands.
    pub fn builders<M: Model<S>, const S: usize>() {
        for (_, optimizer) in M::cases() {
            let before = Tensors::random::<M>(&mut Rng::with_seed(5), LENGTH);
            let options = Options { scale: 0.1 * 3.0, clamp: Some(0.25), flush: false };
            let after = before.updated::<M>(&optimizer, 4, options);
            let step = optimizer.at(4).unwrap().scale_grads(0.1).scale_grads(3.0).clamp_grads(0.25).clamp_grads(9.0);
            let mut found = before.clone();
            on(Isa::detect(), || found.apply(&step, false)).unwrap();
            found.assert_holds(&after, false, format_args!("two scales, two clamps"));
            let step = optimizer.at(4).unwrap().clamp_grads(9.0).clamp_grads(0.25).scale_grads(3.0).scale_grads(0.1);
            found = before.clone();
            on(Isa::detect(), || found.apply(&step, false)).unwrap();
            assert_same(&found.params, &after.params, format_args!("the other way round"));
        }
    }
}
