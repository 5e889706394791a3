//! The slices of a call: parameters, gradients, state.

use crate::isa::LINE;
use crate::lanes::Block;
use core::mem;
use core::ops::Deref;

/// The most slices of state that an optimizer may keep. A minor release may raise it.
///
/// ```
/// use gradstep::{AnyOptimizer, MAX_STATE};
///
/// assert!(AnyOptimizer::ALL.iter().all(|optimizer| optimizer.state().len() <= MAX_STATE));
/// ```
pub const MAX_STATE: usize = 4;

/// `$body` with the constant `$K` from 0 to `$S` − 1, written out for each.
macro_rules! each_slot {
    ($K:ident of $S:ident => $body:expr) => {{
        if $S > 0 {
            const $K: usize = 0;
            $body;
        }
        if $S > 1 {
            const $K: usize = 1;
            $body;
        }
        if $S > 2 {
            const $K: usize = 2;
            $body;
        }
        if $S > 3 {
            const $K: usize = 3;
            $body;
        }
    }};
}
pub(super) use each_slot;

/// From this many elements on, sweeping up to the first cache line apart gains more than it costs.
const LONG: usize = 4096;

/// The slices of a call: of equal length, one element of each for every parameter.
pub struct Slices<'a, G, const S: usize> {
    pub params: &'a mut [f32],
    pub grads: G,
    pub state: [&'a mut [f32]; S],
}

impl<'a, G: Gradients<'a>, const S: usize> Slices<'a, G, S> {
    /// The slices up to `mid`, and from there on.
    pub fn split(self, mid: usize) -> (Self, Self) {
        let (params, rest_params) = split_mut(self.params, mid);
        let (grads, rest_grads) = self.grads.split(mid);
        let mut state = self.state;
        let rest_state = state.each_mut().map(|slice| {
            let (front, rest) = split_mut(mem::take(slice), mid);
            *slice = front;
            rest
        });
        (Self { params, grads, state }, Self { params: rest_params, grads: rest_grads, state: rest_state })
    }
}

impl<'a, G: Gradients<'a>, const S: usize> Slices<'a, G, S> {
    /// The elements before the first cache line, if that is as many in all slices and the slices are long: a large `Vec`
    /// begins 16 bytes behind a line, and then every load and store of a whole line would touch two.
    #[inline(always)]
    pub fn before_first_line(&self) -> usize {
        if self.params.len() < LONG {
            return 0;
        }
        let before = before_line(self.params);
        let mut together = before_line(&self.grads) == before;
        each_slot!(K of S => together &= before_line(self.state[K]) == before);
        if together { before } else { 0 }
    }

    /// Takes what is before `mid` away.
    #[inline(always)]
    pub fn take_front(&mut self, mid: usize) -> Self {
        let all = Self {
            params: mem::take(&mut self.params),
            grads: mem::take(&mut self.grads),
            state: self.state.each_mut().map(mem::take),
        };
        let (front, rest) = all.split(mid);
        *self = rest;
        front
    }
}

/// A part of the slices of a call, inside a sweep. Of `state`, the first `S` are in use: an array of a fixed length can be
/// filled slot by slot, and the compiler drops the others.
pub struct Part<'a, G, const S: usize> {
    pub params: &'a mut [f32],
    pub grads: G,
    pub state: [&'a mut [f32]; MAX_STATE],
}

impl<'a, G: Gradients<'a>, const S: usize> Part<'a, G, S> {
    /// All of `slices`.
    #[inline(always)]
    pub fn all(slices: &mut Slices<'a, G, S>) -> Self {
        let Slices { params, grads, state: given } = slices;
        let mut part = Self { params: mem::take(params), grads: mem::take(grads), state: Default::default() };
        each_slot!(K of S => part.state[K] = mem::take(&mut given[K]));
        part
    }

    /// Up to `mid`, and from there on.
    #[inline(always)]
    pub fn split(self, mid: usize) -> (Self, Self) {
        let Self { params, grads, mut state } = self;
        let (params, rest_params) = split_mut(params, mid);
        let (grads, rest_grads) = grads.split(mid);
        let mut rest_state = <[&mut [f32]; MAX_STATE]>::default();
        each_slot!(K of S => (state[K], rest_state[K]) = split_mut(mem::take(&mut state[K]), mid));
        (Self { params, grads, state }, Self { params: rest_params, grads: rest_grads, state: rest_state })
    }

    /// Whether the gradients and every slice of state are as long as the parameters.
    #[inline(always)]
    pub fn is_equally_long(&self) -> bool {
        let n = self.params.len();
        let mut equal = self.grads.len() == n;
        each_slot!(K of S => equal &= self.state[K].len() == n);
        equal
    }
}

#[inline(always)]
fn before_line(slice: &[f32]) -> usize {
    slice.as_ptr().align_offset(LINE)
}

/// Gradients are read, and zeroed behind the reader where they are `&mut`.
pub trait Gradients<'a>: Deref<Target = [f32]> + Default {
    type Blocks<B: Block>: Deref<Target = [B]>;

    fn split(self, mid: usize) -> (Self, Self);

    /// The first `n` blocks, if there are so many.
    fn blocks<B: Block>(self, n: usize) -> Option<Self::Blocks<B>>;

    /// Block `index` has been read.
    fn done<B: Block>(blocks: &mut Self::Blocks<B>, index: usize);

    /// A block at either end has been read.
    fn ends_done<B: Block>(&mut self);
}

impl<'a> Gradients<'a> for &'a [f32] {
    type Blocks<B: Block> = &'a [B];

    #[inline(always)]
    fn split(self, mid: usize) -> (Self, Self) {
        self.split_at_checked(mid).unwrap_or_default()
    }

    #[inline(always)]
    fn blocks<B: Block>(self, n: usize) -> Option<&'a [B]> {
        B::of(self).get(..n)
    }

    #[inline(always)]
    fn done<B: Block>(_: &mut &'a [B], _: usize) {}

    #[inline(always)]
    fn ends_done<B: Block>(&mut self) {}
}

impl<'a> Gradients<'a> for &'a mut [f32] {
    type Blocks<B: Block> = &'a mut [B];

    #[inline(always)]
    fn split(self, mid: usize) -> (Self, Self) {
        split_mut(self, mid)
    }

    #[inline(always)]
    fn blocks<B: Block>(self, n: usize) -> Option<&'a mut [B]> {
        B::of_mut(self).get_mut(..n)
    }

    #[inline(always)]
    fn done<B: Block>(blocks: &mut &'a mut [B], index: usize) {
        blocks[index] = B::ZERO;
    }

    #[inline(always)]
    fn ends_done<B: Block>(&mut self) {
        if let Some(first) = B::of_mut(self).first_mut() {
            *first = B::ZERO;
        }
        if let Some(last) = B::last_mut(self) {
            *last = B::ZERO;
        }
    }
}

/// `split_at_mut` that cannot panic. `mid` is at most the length.
#[inline(always)]
pub fn split_mut<T>(slice: &mut [T], mid: usize) -> (&mut [T], &mut [T]) {
    debug_assert!(mid <= slice.len());
    slice.split_at_mut_checked(mid).unwrap_or_default()
}
