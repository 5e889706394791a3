//! The slices of one call.

use gradstep::AnyOptimizer;

use super::bits::assert_same;
use super::cases;

#[derive(Clone, Debug)]
pub struct Tensors {
    pub params: Vec<f32>,
    pub grads: Vec<f32>,
    pub state: Vec<Vec<f32>>,
}

impl Tensors {
    /// Values of every kind, for the state slices of `optimizer`.
    pub fn random(rng: &mut fastrand::Rng, optimizer: &AnyOptimizer, n: usize) -> Self {
        let mut values = |slice| (0..n).map(|_| cases::value(rng, slice)).collect();
        Self {
            params: values("params"),
            grads: values("grads"),
            state: optimizer.state().iter().map(|s| values(s)).collect(),
        }
    }

    /// Parameters, gradients, state ….
    pub fn slices(&self) -> impl Iterator<Item = &[f32]> {
        [&self.params, &self.grads].into_iter().chain(&self.state).map(Vec::as_slice)
    }

    /// Panics unless all slices are those of `expected`, bit for bit.
    #[track_caller]
    pub fn assert_same(&self, expected: &Self, what: std::fmt::Arguments) {
        assert_eq!(self.state.len(), expected.state.len(), "slices of state, {what}");
        for (k, (found, expected)) in self.slices().zip(expected.slices()).enumerate() {
            assert_same(found, expected, format_args!("slice {k}, {what}"));
        }
    }

    pub fn slices_mut(&mut self) -> (&mut [f32], &mut [f32], Vec<&mut [f32]>) {
        (&mut self.params, &mut self.grads, self.state.iter_mut().map(|s| &mut s[..]).collect())
    }
}
