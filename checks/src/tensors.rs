//! The slices of one call, and where they are placed.

use core::fmt::{self, Arguments};
use core::ops::Range;

use gradstep::{Error, Optimizer, Step};

use crate::written_out::{self, Options, assert_same};
use crate::{Model, Rng, cases};

/// Memory that holds a slice: a `Vec`, an array, a [`Placed`].
pub trait Memory: AsRef<[f32]> + AsMut<[f32]> {}

impl<T: AsRef<[f32]> + AsMut<[f32]>> Memory for T {}

/// The slices of one call.
#[derive(Clone, Debug)]
pub struct Tensors<T, const S: usize> {
    /// The parameters.
    pub params: T,
    /// Their gradients.
    pub grads: T,
    /// The state of each.
    pub state: [T; S],
}

impl<T: Memory, const S: usize> Tensors<T, S> {
    /// Values of every kind.
    pub fn randomize<M: Model<S>>(&mut self, rng: &mut Rng) {
        self.params.as_mut().fill_with(|| cases::any_value(rng));
        self.grads.as_mut().fill_with(|| cases::any_value(rng));
        for (slice, (.., holds)) in self.state.iter_mut().zip(M::STATE) {
            slice.as_mut().fill_with(|| cases::state(rng, holds));
        }
    }

    /// From pair number `first` on, a corner value as the parameter with another as the gradient; `shift` says with
    /// which ones as the state.
    pub fn fill_with_special_pairs(&mut self, first: usize, shift: usize) {
        let corners = cases::SPECIAL.len();
        let corner = |i: usize| cases::SPECIAL[i % corners];
        for i in 0..self.len() {
            let (p, g) = (first + i, (first + i) / corners);
            self.params.as_mut()[i] = corner(p);
            self.grads.as_mut()[i] = corner(g);
            for (k, slice) in (1..).zip(&mut self.state) {
                slice.as_mut()[i] = corner(p + k * shift + k * g);
            }
        }
    }

    /// One step by the written-out arithmetic. The gradients stay as they are.
    pub fn update<M: Model<S>>(&mut self, optimizer: &M::Optimizer, t: u64, options: Options) {
        self.update_by(written_out::step::<M, S>(optimizer, t, options));
    }

    /// To each element what `step` makes of its parameter, gradient and old state. The gradients stay as they are.
    pub fn update_by(&mut self, step: impl Fn(f32, f32, [f32; S]) -> (f32, [f32; S])) {
        for i in 0..self.len() {
            let (p, g) = (self.params.as_ref()[i], self.grads.as_ref()[i]);
            let (p, new) = step(p, g, self.state.each_ref().map(|slice| slice.as_ref()[i]));
            self.params.as_mut()[i] = p;
            self.state.iter_mut().zip(new).for_each(|(slice, new)| slice.as_mut()[i] = new);
        }
    }

    /// The step, over all elements.
    pub fn apply<O: Optimizer<S>>(&mut self, step: &Step<O, S>, zero: bool) -> Result<(), Error> {
        let (params, grads) = (self.params.as_mut(), self.grads.as_mut());
        let state = self.state.each_mut().map(|slice| slice.as_mut());
        if zero { step.apply_and_zero(params, grads, state) } else { step.apply(params, grads, state) }
    }

    /// The step, over a part of the elements.
    pub fn apply_to<O: Optimizer<S>>(
        &mut self,
        part: Range<usize>,
        step: &Step<O, S>,
        zero: bool,
    ) -> Result<(), Error> {
        let mut part = Tensors {
            params: &mut self.params.as_mut()[part.clone()],
            grads: &mut self.grads.as_mut()[part.clone()],
            state: self.state.each_mut().map(|slice| &mut slice.as_mut()[part.clone()]),
        };
        part.apply(step, zero)
    }

    /// How many parameters there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.params.as_ref().len()
    }

    /// Parameters, gradients, state ….
    pub fn slices(&self) -> impl Iterator<Item = &T> {
        [&self.params, &self.grads].into_iter().chain(&self.state)
    }

    /// Panics unless the slices are the first elements of `expected`, bit for bit, the gradients +0 if `zero`.
    #[track_caller]
    pub fn assert_holds<U: Memory>(&self, expected: &Tensors<U, S>, zero: bool, what: Arguments) {
        for (k, (found, expected)) in self.slices().zip(expected.slices()).enumerate() {
            let found = found.as_ref();
            if zero && k == 1 {
                assert!(found.iter().all(|g| g.to_bits() == 0), "gradients are not all +0.0, {what}");
            } else {
                assert_same(found, &expected.as_ref()[..found.len()], format_args!("{}, {what}", Slice(k)));
            }
        }
    }

    /// As [`assert_holds`](Self::assert_holds), of what a step made of the first elements of `before`: shows the element
    /// as it was.
    #[track_caller]
    pub fn assert_becomes<U: Memory, V: Memory>(
        &self,
        before: &Tensors<U, S>,
        expected: &Tensors<V, S>,
        zero: bool,
        what: Arguments,
    ) {
        let differ = |(k, (found, expected)): (usize, (&T, &V))| {
            let pairs = found.as_ref().iter().zip(expected.as_ref());
            let same = |(&a, &b)| if zero && k == 1 { f32::to_bits(a) == 0 } else { written_out::same(a, b) };
            pairs.map(same).position(|same| !same)
        };
        let differing = self.slices().zip(expected.slices()).enumerate().filter_map(differ);
        if let Some(i) = differing.min() {
            let (p, g) = (before.params.as_ref()[i], before.grads.as_ref()[i]);
            let state = before.state.each_ref().map(|slice| slice.as_ref()[i]);
            self.assert_holds(expected, zero, format_args!("{what}; it was p = {p:e}, g = {g:e}, state = {state:?}"));
        }
    }
}

/// The name of a slice by its number.
struct Slice(usize);

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            0 => f.write_str("params"),
            1 => f.write_str("grads"),
            k => write!(f, "state slice {}", k - 2),
        }
    }
}

impl<T: Memory, const S: usize> Tensors<Placed<T>, S> {
    /// Copies the first `n` elements of `values` here, slice number k (parameters, gradients, state …) at `offset(k)`.
    pub fn place<U: Memory>(&mut self, values: &Tensors<U, S>, n: usize, offset: impl Fn(usize) -> usize) {
        let slices = [&mut self.params, &mut self.grads].into_iter().chain(&mut self.state);
        for (k, (placed, values)) in slices.zip(values.slices()).enumerate() {
            placed.place(offset(k), &values.as_ref()[..n]);
        }
    }

    /// Panics if anything around the slices was written.
    #[track_caller]
    pub fn assert_fences(&self, what: Arguments) {
        assert!(self.slices().all(Placed::fence_holds), "a write outside the slices, {what}");
    }
}

#[cfg(feature = "std")]
mod on_the_heap {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    impl<const S: usize> Tensors<Vec<f32>, S> {
        /// Zeros.
        pub fn zeros(n: usize) -> Self {
            Self { params: vec![0.0; n], grads: vec![0.0; n], state: [(); S].map(|()| vec![0.0; n]) }
        }

        /// Values of every kind.
        pub fn random<M: Model<S>>(rng: &mut Rng, n: usize) -> Self {
            let mut tensors = Self::zeros(n);
            tensors.randomize::<M>(rng);
            tensors
        }

        /// What a step must make of them.
        pub fn updated<M: Model<S>>(&self, optimizer: &M::Optimizer, t: u64, options: Options) -> Self {
            let mut updated = self.clone();
            updated.update::<M>(optimizer, t, options);
            updated
        }
    }

    impl<const S: usize> Tensors<Placed<Vec<f32>>, S> {
        /// Room for slices of up to `capacity` elements.
        pub fn room(capacity: usize) -> Self {
            let room = || Placed::of_capacity(capacity);
            Self { params: room(), grads: room(), state: [(); S].map(|()| room()) }
        }
    }

    impl Placed<Vec<f32>> {
        /// Room for slices of up to `capacity` elements, at offsets up to 16, behind more than any backend touches at once.
        pub fn of_capacity(capacity: usize) -> Self {
            Self::new(vec![0.0; capacity + 3 * 64], 64)
        }
    }
}

/// A slice at a chosen distance from a 64-byte boundary, fenced so that a write outside is seen.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    memory: T,
    fence: usize,
    start: usize,
    len: usize,
}

const SENTINEL: f32 = 12345.678;

impl<T: Memory> Placed<T> {
    /// Room in `memory`, of which at least the first `fence` elements stay before any slice.
    pub fn new(mut memory: T, fence: usize) -> Self {
        memory.as_mut().fill(SENTINEL);
        Self { memory, fence, start: fence, len: 0 }
    }

    /// Puts `values` at `offset` elements after a 64-byte boundary.
    pub fn place(&mut self, offset: usize, values: &[f32]) {
        self.as_mut().fill(SENTINEL);
        let fence = self.fence;
        self.start = fence + self.memory.as_ref()[fence..].as_ptr().align_offset(64) + offset;
        self.len = values.len();
        self.as_mut().copy_from_slice(values);
    }

    /// Whether everything around the slice is as it was, as far as 64 elements away.
    pub fn fence_holds(&self) -> bool {
        let (before, rest) = self.memory.as_ref().split_at(self.start);
        let after = &rest[self.len..];
        before.iter().rev().take(64).chain(after.iter().take(64)).all(|&x| x == SENTINEL)
    }
}

impl<T: Memory> AsRef<[f32]> for Placed<T> {
    fn as_ref(&self) -> &[f32] {
        &self.memory.as_ref()[self.start..][..self.len]
    }
}

impl<T: Memory> AsMut<[f32]> for Placed<T> {
    fn as_mut(&mut self) -> &mut [f32] {
        &mut self.memory.as_mut()[self.start..][..self.len]
    }
}
