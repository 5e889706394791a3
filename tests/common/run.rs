//! One step over slices, and what it must give.

use gradstep::{AnyOptimizer, AnyStep, Error, Isa};

use super::backends::on;
use super::bits::{Options, Oracle};
pub use super::call::{apply, configured};
use super::placed::Placed;
use super::tensors::Tensors;

/// What the step must give: from the written-out arithmetic, or, for an optimizer that it does not know, from the
/// scalar backend. The gradients stay as they are.
pub fn expected(optimizer: &AnyOptimizer, t: u64, options: Options, before: &Tensors) -> Tensors {
    let mut after = before.clone();
    match Oracle::fold(optimizer, t, options) {
        Some(oracle) => {
            for i in 0..after.params.len() {
                let mut state = [0.0; 3];
                for (slot, s) in after.state.iter().enumerate() {
                    state[slot] = s[i];
                }
                let (p, new) = oracle.step(after.params[i], after.grads[i], state);
                after.params[i] = p;
                for (slot, s) in after.state.iter_mut().enumerate() {
                    s[i] = new[slot];
                }
            }
        }
        None => {
            let (params, grads, mut state) = after.slices_mut();
            let step = configured(optimizer, t, options, Isa::Scalar).unwrap();
            on(Isa::Scalar, || step.apply(params, grads, &mut state)).unwrap();
        }
    }
    after
}

/// The slices of one call, each at its own offset from a 64-byte boundary.
pub struct PlacedTensors {
    params: Placed,
    grads: Placed,
    state: Vec<Placed>,
}

impl PlacedTensors {
    pub fn new(capacity: usize, states: usize) -> Self {
        let room = Placed::new(capacity);
        Self { params: room.clone(), grads: room.clone(), state: vec![room; states] }
    }

    /// Copies a range of `from` here, slice number k (params, grads, state …) at `offset(k)`.
    pub fn place(&mut self, from: &Tensors, range: std::ops::Range<usize>, offset: impl Fn(usize) -> usize) {
        self.params.place(offset(0), &from.params[range.clone()]);
        self.grads.place(offset(1), &from.grads[range.clone()]);
        for (k, (placed, values)) in self.state.iter_mut().zip(&from.state).enumerate() {
            placed.place(offset(2 + k), &values[range.clone()]);
        }
    }

    /// One call over a part of the slices.
    pub fn apply(&mut self, step: &AnyStep, part: std::ops::Range<usize>, zero: bool) -> Result<(), Error> {
        let mut state: Vec<&mut [f32]> = self.state.iter_mut().map(|s| &mut s.get_mut()[part.clone()]).collect();
        let params = &mut self.params.get_mut()[part.clone()];
        let grads = &mut self.grads.get_mut()[part.clone()];
        apply(step, zero, params, grads, &mut state)
    }

    /// Panics unless the slices hold a range of `expected` (the gradients +0.0 if `zero`) and nothing around them
    /// was written.
    #[track_caller]
    pub fn assert_holds(
        &self,
        expected: &Tensors,
        range: std::ops::Range<usize>,
        zero: bool,
        what: std::fmt::Arguments,
    ) {
        use super::bits::assert_same;
        assert_same(self.params.get(), &expected.params[range.clone()], format_args!("params, {what}"));
        for (k, (placed, values)) in self.state.iter().zip(&expected.state).enumerate() {
            assert_same(placed.get(), &values[range.clone()], format_args!("state {k}, {what}"));
        }
        if zero {
            assert!(self.grads.get().iter().all(|g| g.to_bits() == 0), "grads are not all +0.0, {what}");
        } else {
            assert_same(self.grads.get(), &expected.grads[range], format_args!("grads, {what}"));
        }
        let fences = [&self.params, &self.grads].into_iter().chain(&self.state).all(Placed::fence_holds);
        assert!(fences, "a write outside the slices, {what}");
    }
}
