//! The slices of a call: parameters, gradients, state.

use super::LINE;
use crate::lanes::Block;
use core::mem;
use core::ops::Deref;

/// From this many elements on, sweeping up to the first cache line apart gains more than it costs.
const LONG: usize = 4096;

/// Slices of equal length, one element of each for every parameter.
pub struct Slices<'a, G, const S: usize> {
    pub params: &'a mut [f32],
    pub grads: G,
    pub state: [&'a mut [f32]; S],
}

impl<G: Default, const S: usize> Default for Slices<'_, G, S> {
    #[inline(always)]
    fn default() -> Self {
        Self { params: &mut [], grads: G::default(), state: [(); S].map(|()| &mut [][..]) }
    }
}

impl<'a, G: Gradients<'a>, const S: usize> Slices<'a, G, S> {
    /// The slices up to `mid`, and from there on.
    #[inline(always)]
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

    /// The elements before the first cache line, if that is as many in all slices and the slices are long: a large `Vec`
    /// begins 16 bytes behind a line, and then every load and store of a whole line would touch two.
    #[inline(always)]
    pub fn before_first_line(&self) -> usize {
        if self.params.len() < LONG {
            return 0;
        }
        let before = before_line(self.params);
        let together = before_line(&self.grads) == before && self.state.iter().all(|s| before_line(s) == before);
        if together { before } else { 0 }
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

    fn blocks<B: Block>(self) -> Self::Blocks<B>;

    /// Block `index` has been read.
    fn done<B: Block>(blocks: &mut Self::Blocks<B>, index: usize);
}

impl<'a> Gradients<'a> for &'a [f32] {
    type Blocks<B: Block> = &'a [B];

    #[inline(always)]
    fn split(self, mid: usize) -> (Self, Self) {
        self.split_at_checked(mid).unwrap_or_default()
    }

    #[inline(always)]
    fn blocks<B: Block>(self) -> &'a [B] {
        B::of(self)
    }

    #[inline(always)]
    fn done<B: Block>(_: &mut &'a [B], _: usize) {}
}

impl<'a> Gradients<'a> for &'a mut [f32] {
    type Blocks<B: Block> = &'a mut [B];

    #[inline(always)]
    fn split(self, mid: usize) -> (Self, Self) {
        split_mut(self, mid)
    }

    #[inline(always)]
    fn blocks<B: Block>(self) -> &'a mut [B] {
        B::of_mut(self)
    }

    #[inline(always)]
    fn done<B: Block>(blocks: &mut &'a mut [B], index: usize) {
        blocks[index] = B::ZERO;
    }
}

/// `split_at_mut` that cannot panic. `mid` is at most the length.
#[inline(always)]
pub fn split_mut<T>(slice: &mut [T], mid: usize) -> (&mut [T], &mut [T]) {
    debug_assert!(mid <= slice.len());
    slice.split_at_mut_checked(mid).unwrap_or_default()
}
