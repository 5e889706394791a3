//! One block of 64 elements in the format that its slice has.

use super::{AnyGrads, Halves};
use crate::isa::Cpu;
use crate::lanes::{Bits, Bitwise, Block, Element, Register};
use crate::storage::{BLOCK, Bf16, F16, Format, split};
use crate::tensor::{Grads, GradsMut, Half, Params, State};

/// Block `j` of `slice`.
#[inline(always)]
fn block<T>(slice: &[T], j: usize) -> Option<&[T; BLOCK]> {
    slice.as_chunks().0.get(j)
}

/// Block `j` of `slice`.
#[inline(always)]
pub fn block_mut<T>(slice: &mut [T], j: usize) -> Option<&mut [T; BLOCK]> {
    slice.as_chunks_mut().0.get_mut(j)
}

#[inline(always)]
fn prefetch<T, C: Cpu>(cpu: C, slice: &[T], j: usize) {
    if let Some(block) = block(slice, j) {
        cpu.prefetch(block);
    }
}

#[inline(always)]
fn decode<C: Cpu, F: Format>(cpu: C, groups: usize, from: &[u16; BLOCK], to: &mut [f32; BLOCK]) {
    for (from, to) in Halves::<C>::of(from).iter().zip(Block::of_mut(to)).take(groups) {
        F::decode::<C, C::Stored>(C::Stored::load_halves(cpu, from)).store(to);
    }
}

#[inline(always)]
fn encode<C: Cpu, F: Format>(cpu: C, groups: usize, from: &[f32; BLOCK], to: &mut [u16; BLOCK]) {
    for (from, to) in Block::of(from).iter().zip(Halves::<C>::of_mut(to)).take(groups) {
        C::Stored::store_halves(F::nearest(C::Stored::load(cpu, from)), to);
    }
}

impl Params<'_> {
    #[inline(always)]
    pub(super) fn prefetch<C: Cpu>(&self, cpu: C, j: usize) {
        match self {
            Self::F32(slice) => prefetch(cpu, slice, j),
            Self::Copied { f32, copy: Half::Bf16(copy) | Half::F16(copy) } => {
                prefetch(cpu, f32, j);
                prefetch(cpu, copy, j);
            }
            Self::Split { bf16, rest } => {
                prefetch(cpu, bf16, j);
                prefetch(cpu, rest, j);
            }
            Self::Bf16(slice) => prefetch(cpu, slice, j),
        }
    }

    /// Block `j` as `f32`: where it is, or in `room`.
    #[inline(always)]
    pub(super) fn decoded<'b, C: Cpu>(
        &'b mut self,
        cpu: C,
        j: usize,
        groups: usize,
        room: &'b mut [f32; BLOCK],
    ) -> Option<&'b mut [f32; BLOCK]> {
        match self {
            Self::F32(slice) | Self::Copied { f32: slice, .. } => return block_mut(slice, j),
            Self::Split { bf16, rest } => {
                let (bf16, rest) = (block(bf16, j)?, block(rest, j)?);
                let halves = Halves::<C>::of(bf16).iter().zip(Halves::<C>::of(rest));
                for ((bf16, rest), to) in halves.zip(Block::of_mut(room)).take(groups) {
                    let (bf16, rest) = (C::Stored::load_halves(cpu, bf16), C::Stored::load_halves(cpu, rest));
                    split::join::<C, C::Stored>(bf16, rest).store(to);
                }
            }
            Self::Bf16(slice) => decode::<C, Bf16>(cpu, groups, block(slice, j)?, room),
        }
        Some(room)
    }

    /// Block `j` from the new parameters, which are in `room` unless they are `f32`. The noise of element `i` is
    /// `places[i]` + `base`.
    #[inline(always)]
    pub(super) fn encode<C: Cpu>(
        &mut self,
        cpu: C,
        j: usize,
        groups: usize,
        room: &[f32; BLOCK],
        places: &[u32; BLOCK],
        base: u32,
    ) -> Option<()> {
        match self {
            Self::F32(_) => {}
            Self::Copied { f32, copy: Half::Bf16(copy) } => {
                encode::<C, Bf16>(cpu, groups, block(f32, j)?, block_mut(copy, j)?);
            }
            Self::Copied { f32, copy: Half::F16(copy) } => {
                encode::<C, F16>(cpu, groups, block(f32, j)?, block_mut(copy, j)?);
            }
            Self::Split { bf16, rest } => {
                let (bf16, rest) = (block_mut(bf16, j)?, block_mut(rest, j)?);
                let halves = Halves::<C>::of_mut(bf16).iter_mut().zip(Halves::<C>::of_mut(rest));
                for (from, (to_bf16, to_rest)) in Block::of(room).iter().zip(halves).take(groups) {
                    let (bf16, rest) = split::halves::<C, C::Stored>(C::Stored::load(cpu, from));
                    C::Stored::store_halves(bf16, to_bf16);
                    C::Stored::store_halves(rest, to_rest);
                }
            }
            Self::Bf16(slice) => {
                let to = Halves::<C>::of_mut(block_mut(slice, j)?);
                for ((from, places), to) in Block::of(room).iter().zip(Block::of(places)).zip(to).take(groups) {
                    let places = C::Stored::load_words(cpu, places);
                    let noise = places.plus(places.splat(base));
                    C::Stored::store_halves(Bf16::stochastic(C::Stored::load(cpu, from), noise), to);
                }
            }
        }
        Some(())
    }
}

impl AnyGrads<'_> {
    #[inline(always)]
    pub fn prefetch<C: Cpu>(&self, cpu: C, j: usize) {
        match self {
            Self::Kept(Grads::F32(slice)) => prefetch(cpu, slice, j),
            Self::Kept(Grads::Bf16(slice) | Grads::F16(slice)) => prefetch(cpu, slice, j),
            Self::Zeroed(GradsMut::F32(slice)) => prefetch(cpu, slice, j),
            Self::Zeroed(GradsMut::Bf16(slice) | GradsMut::F16(slice)) => prefetch(cpu, slice, j),
        }
    }

    /// Block `j` as `f32`: where it is, or in `room`.
    #[inline(always)]
    pub fn decoded<'b, C: Cpu>(
        &'b self,
        cpu: C,
        j: usize,
        groups: usize,
        room: &'b mut [f32; BLOCK],
    ) -> Option<&'b [f32; BLOCK]> {
        match self.as_kept() {
            Grads::F32(slice) => return block(slice, j),
            Grads::Bf16(slice) => decode::<C, Bf16>(cpu, groups, block(slice, j)?, room),
            Grads::F16(slice) => decode::<C, F16>(cpu, groups, block(slice, j)?, room),
        }
        Some(room)
    }

    /// Block `j` has been read.
    #[inline(always)]
    pub fn done(&mut self, j: usize) {
        match self {
            Self::Kept(_) => {}
            Self::Zeroed(GradsMut::F32(slice)) => zero(slice, j),
            Self::Zeroed(GradsMut::Bf16(slice) | GradsMut::F16(slice)) => zero(slice, j),
        }
    }
}

#[inline(always)]
fn zero<T: Element>(slice: &mut [T], j: usize) {
    if let Some(block) = block_mut(slice, j) {
        *block = [T::ZERO; BLOCK];
    }
}

impl State<'_> {
    #[inline(always)]
    pub(super) fn prefetch<C: Cpu>(&self, cpu: C, j: usize) {
        match self {
            Self::F32(slice) => prefetch(cpu, slice, j),
            Self::Bf16(slice) => prefetch(cpu, slice, j),
        }
    }
}
