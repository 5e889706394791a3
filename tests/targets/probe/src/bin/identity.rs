//! Every backend against the written-out arithmetic, as `tests/identity.rs`, in 16 KB of memory: prints each backend
//! and the number of its calls; the first wrong bit is a panic.

#![no_std]
#![no_main]

#[path = "../../../../common/bits.rs"]
#[allow(dead_code)]
mod bits;
#[path = "../../../../common/call.rs"]
mod call;
#[path = "../../../../common/cases.rs"]
#[allow(dead_code)]
mod cases;
#[path = "../../../../common/family.rs"]
mod family;

use core::fmt::Write;
use core::ops::RangeInclusive;

use bits::{Options, Oracle, assert_same};
use call::{apply, configured};
use cases::{LOOPS, SPECIAL};
use fastrand::Rng;
use gradstep::{AnyOptimizer, Isa};
use probe::Console;

/// Longer than the groups of every backend, whole and with every tail.
const LENGTH: usize = 200;
/// Distances of a slice from a 16-byte boundary.
const OFFSETS: usize = 4;
/// What lies before and behind a slice.
const FENCE: usize = 4;
const SENTINEL: f32 = 12345.678;

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    for isa in Isa::available() {
        let mut rng = Rng::with_seed(1);
        let mut calls = 0;
        let mut before = Slices([[0.0; LENGTH]; 5]);
        for optimizer in cases::optimizers() {
            for (options, t) in LOOPS.into_iter().flat_map(|options| [(options, 1), (options, 3)]) {
                before.fill_randomly(&mut rng, &optimizer);
                calls += compare(&before, 0..=LENGTH, &optimizer, t, options, isa);
            }
            for first in (0..SPECIAL.len().pow(2)).step_by(LENGTH) {
                for shift in 0..SPECIAL.len() {
                    before.fill_with_special_pairs(first, shift);
                    for options in LOOPS {
                        calls += compare(&before, LENGTH..=LENGTH, &optimizer, 2, options, isa);
                    }
                }
            }
        }
        let _ = writeln!(Console, "{isa} {calls}");
    }
    probe::exit(true)
}

/// Every one of the lengths, at every offset for the registry's optimizers, at one for those with more options: how
/// many calls.
fn compare(
    before: &Slices,
    lengths: RangeInclusive<usize>,
    optimizer: &AnyOptimizer,
    t: u64,
    options: Options,
    isa: Isa,
) -> usize {
    let after = before.after(optimizer, t, options);
    let step = configured(optimizer, t, options, isa).unwrap();
    let registered = AnyOptimizer::ALL.contains(optimizer);
    let mut placed = [const { Placed::new() }; 5];
    let mut calls = 0;
    for n in lengths {
        for offset in (0..OFFSETS).filter(|offset| registered || *offset == n % OFFSETS) {
            let zero = (n / OFFSETS + offset) % 2 == 1;
            // Each slice at another offset.
            let mut k = 0;
            let [params, grads, state @ ..] = placed.each_mut().map(|slice| {
                k += 1;
                slice.place((offset + k) % OFFSETS, &before.0[k - 1][..n])
            });
            let mut state = state;
            apply(&step, zero, params, grads, &mut state[..optimizer.state().len()]).unwrap();
            for (k, slice) in placed.iter().enumerate() {
                let zeros = &[0.0; LENGTH][..n];
                let expected = if k == 1 && zero { zeros } else { &after.0[k][..n] };
                slice.assert_holds(
                    expected,
                    format_args!("{optimizer:?} at {t}, {options:?}, {isa}, n = {n}, slice {k}"),
                );
            }
            calls += 1;
        }
    }
    calls
}

/// Parameters, gradients, and as many slices of state as any optimizer has.
#[derive(Clone)]
struct Slices([[f32; LENGTH]; 5]);

impl Slices {
    fn fill_randomly(&mut self, rng: &mut Rng, optimizer: &AnyOptimizer) {
        let names = ["params", "grads"].iter().chain(optimizer.state());
        for (slice, name) in self.0.iter_mut().zip(names) {
            slice.fill_with(|| cases::value(rng, name));
        }
    }

    /// From pair number `first` on, a corner value as the parameter with another as the gradient; `shift` says with
    /// which ones as the state.
    fn fill_with_special_pairs(&mut self, first: usize, shift: usize) {
        let at = |i: usize| SPECIAL[i % SPECIAL.len()];
        let [params, grads, state @ ..] = &mut self.0;
        for i in 0..LENGTH {
            let (p, g) = (first + i, (first + i) / SPECIAL.len());
            (params[i], grads[i]) = (at(p), at(g));
            for (k, slice) in (1..).zip(&mut *state) {
                slice[i] = at(p + k * shift + k * g);
            }
        }
    }

    /// What a step must make of them, by the written-out arithmetic. The gradients stay as they are.
    fn after(&self, optimizer: &AnyOptimizer, t: u64, options: Options) -> Self {
        let mut after = self.clone();
        let oracle = Oracle::fold(optimizer, t, options).expect("written out");
        let [params, grads, a, b, c] = &mut after.0;
        for i in 0..LENGTH {
            (params[i], [a[i], b[i], c[i]]) = oracle.step(params[i], grads[i], [a[i], b[i], c[i]]);
        }
        after
    }
}

/// Room for a slice, fenced so that a write outside of it is seen.
#[repr(align(16))]
struct Placed {
    memory: [f32; FENCE + OFFSETS + LENGTH + FENCE],
    start: usize,
    len: usize,
}

impl Placed {
    const fn new() -> Self {
        Self { memory: [SENTINEL; _], start: FENCE, len: 0 }
    }

    /// Puts `values` at `offset` elements from a 16-byte boundary.
    fn place(&mut self, offset: usize, values: &[f32]) -> &mut [f32] {
        self.memory.fill(SENTINEL);
        (self.start, self.len) = (FENCE + offset, values.len());
        let slice = &mut self.memory[self.start..][..self.len];
        slice.copy_from_slice(values);
        slice
    }

    fn assert_holds(&self, expected: &[f32], what: core::fmt::Arguments) {
        let (before, rest) = self.memory.split_at(self.start);
        let (slice, after) = rest.split_at(self.len);
        assert_same(slice, expected, what);
        assert!(before.iter().chain(after).all(|&x| x == SENTINEL), "a write outside the slices, {what}");
    }
}
