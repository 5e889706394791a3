//! One block of 64 elements in the format that its slice has.

use super::{AnyGrads, BlockNoise, Formats, prefetch_ahead};
use crate::isa::Cpu;
use crate::lanes::{Block, Element, Register};
use crate::storage::{BLOCK, Bf16, F16, Format, Stochastic, split};
use crate::tensor::{Grads, GradsMut, Half, Params};

/// The whole blocks of each slice.
pub enum ParamsBlocks<'a> {
    F32(&'a mut [[f32; BLOCK]]),
    CopiedBf16(&'a mut [[f32; BLOCK]], &'a mut [[u16; BLOCK]]),
    CopiedF16(&'a mut [[f32; BLOCK]], &'a mut [[u16; BLOCK]]),
    Split(&'a mut [[u16; BLOCK]], &'a mut [[u16; BLOCK]]),
    Bf16(&'a mut [[u16; BLOCK]]),
}

pub fn blocks<T>(slice: &mut [T]) -> &mut [[T; BLOCK]] {
    slice.as_chunks_mut().0
}

impl<'a> From<Params<'a>> for ParamsBlocks<'a> {
    #[inline(always)]
    fn from(params: Params<'a>) -> Self {
        match params {
            Params::F32(slice) => Self::F32(blocks(slice)),
            Params::Copied { f32, copy: Half::Bf16(copy) } => Self::CopiedBf16(blocks(f32), blocks(copy)),
            Params::Copied { f32, copy: Half::F16(copy) } => Self::CopiedF16(blocks(f32), blocks(copy)),
            Params::Split { bf16, rest } => Self::Split(blocks(bf16), blocks(rest)),
            Params::Bf16(slice) => Self::Bf16(blocks(slice)),
        }
    }
}

/// Block `j`; if the slice is `far` away, while what is [ahead](prefetch_ahead) of it is brought into the cache.
#[inline(always)]
fn block_mut<C: Cpu, T>(cpu: C, blocks: &mut [[T; BLOCK]], j: usize, far: bool) -> Option<&mut [T; BLOCK]> {
    let block = blocks.get_mut(j)?;
    prefetch_ahead(cpu, block, far);
    Some(block)
}

impl<'a> ParamsBlocks<'a> {
    /// If they are in bf16.
    #[inline(always)]
    pub fn of_bf16(params: Params<'a>) -> Option<Self> {
        match params {
            Params::Bf16(slice) => Some(Self::Bf16(blocks(slice))),
            _ => None,
        }
    }

    #[inline(always)]
    pub fn block<C: Cpu>(&mut self, cpu: C, j: usize, far: bool) -> Option<ParamsBlock<'_>> {
        Some(match self {
            Self::F32(slice) => ParamsBlock::F32(block_mut(cpu, slice, j, far)?),
            Self::CopiedBf16(f32, copy) => {
                ParamsBlock::CopiedBf16(block_mut(cpu, f32, j, far)?, block_mut(cpu, copy, j, far)?)
            }
            Self::CopiedF16(f32, copy) => {
                ParamsBlock::CopiedF16(block_mut(cpu, f32, j, far)?, block_mut(cpu, copy, j, far)?)
            }
            Self::Split(bf16, rest) => ParamsBlock::Split(block_mut(cpu, bf16, j, far)?, block_mut(cpu, rest, j, far)?),
            Self::Bf16(slice) => ParamsBlock::Bf16(block_mut(cpu, slice, j, far)?),
        })
    }
}

/// A block of parameters.
pub enum ParamsBlock<'b> {
    F32(&'b mut [f32; BLOCK]),
    CopiedBf16(&'b mut [f32; BLOCK], &'b mut [u16; BLOCK]),
    CopiedF16(&'b mut [f32; BLOCK], &'b mut [u16; BLOCK]),
    Split(&'b mut [u16; BLOCK], &'b mut [u16; BLOCK]),
    Bf16(&'b mut [u16; BLOCK]),
}

impl ParamsBlock<'_> {
    /// Group `i`.
    #[inline(always)]
    pub fn load<F: Formats, C: Cpu>(&self, cpu: C, i: usize) -> C::Stored {
        match self {
            Self::F32(x) | Self::CopiedBf16(x, _) | Self::CopiedF16(x, _) => C::Stored::load(cpu, &Block::of(*x)[i]),
            Self::Split(bf16, rest) => split::load(cpu, &Block::of(*bf16)[i], &Block::of(*rest)[i]),
            Self::Bf16(x) => F::Bf16::load(cpu, &Block::of(*x)[i]),
        }
    }

    /// Group `i`, if it is rounded stochastically with this noise.
    #[inline(always)]
    pub fn store<F: Formats, C: Cpu>(&mut self, cpu: C, i: usize, x: C::Stored, noise: &BlockNoise) {
        match self {
            Self::F32(to) => x.store(&mut Block::of_mut(*to)[i]),
            Self::CopiedBf16(to, copy) => {
                x.store(&mut Block::of_mut(*to)[i]);
                Bf16::store_nearest(x, &mut Block::of_mut(*copy)[i]);
            }
            Self::CopiedF16(to, copy) => {
                x.store(&mut Block::of_mut(*to)[i]);
                F16::store_nearest(x, &mut Block::of_mut(*copy)[i]);
            }
            Self::Split(bf16, rest) => split::store(x, &mut Block::of_mut(*bf16)[i], &mut Block::of_mut(*rest)[i]),
            Self::Bf16(to) => F::Bf16::store(cpu, x, noise.group::<C>(i), &mut Block::of_mut(*to)[i]),
        }
    }
}

/// The whole blocks of the gradients.
pub enum GradsBlocks<'a> {
    F32(&'a [[f32; BLOCK]]),
    Bf16(&'a [[u16; BLOCK]]),
    F16(&'a [[u16; BLOCK]]),
    ZeroedF32(&'a mut [[f32; BLOCK]]),
    ZeroedBf16(&'a mut [[u16; BLOCK]]),
    ZeroedF16(&'a mut [[u16; BLOCK]]),
}

impl<'a> From<AnyGrads<'a>> for GradsBlocks<'a> {
    #[inline(always)]
    fn from(grads: AnyGrads<'a>) -> Self {
        match grads {
            AnyGrads::Kept(Grads::F32(slice)) => Self::F32(slice.as_chunks().0),
            AnyGrads::Kept(Grads::Bf16(slice)) => Self::Bf16(slice.as_chunks().0),
            AnyGrads::Kept(Grads::F16(slice)) => Self::F16(slice.as_chunks().0),
            AnyGrads::Zeroed(GradsMut::F32(slice)) => Self::ZeroedF32(blocks(slice)),
            AnyGrads::Zeroed(GradsMut::Bf16(slice)) => Self::ZeroedBf16(blocks(slice)),
            AnyGrads::Zeroed(GradsMut::F16(slice)) => Self::ZeroedF16(blocks(slice)),
        }
    }
}

/// As [`block_mut`].
#[inline(always)]
fn block<C: Cpu, T>(cpu: C, blocks: &[[T; BLOCK]], j: usize, far: bool) -> Option<&[T; BLOCK]> {
    let block = blocks.get(j)?;
    prefetch_ahead(cpu, block, far);
    Some(block)
}

impl<'a> GradsBlocks<'a> {
    /// If they are in bf16.
    #[inline(always)]
    pub fn of_bf16(grads: AnyGrads<'a>) -> Option<Self> {
        match grads {
            AnyGrads::Kept(Grads::Bf16(slice)) => Some(Self::Bf16(slice.as_chunks().0)),
            AnyGrads::Zeroed(GradsMut::Bf16(slice)) => Some(Self::ZeroedBf16(blocks(slice))),
            _ => None,
        }
    }

    #[inline(always)]
    pub fn block<C: Cpu>(&self, cpu: C, j: usize, far: bool) -> Option<GradsBlock<'_>> {
        Some(match self {
            Self::F32(slice) => GradsBlock::F32(block(cpu, slice, j, far)?),
            Self::ZeroedF32(slice) => GradsBlock::F32(block(cpu, slice, j, far)?),
            Self::Bf16(slice) => GradsBlock::Bf16(block(cpu, slice, j, far)?),
            Self::ZeroedBf16(slice) => GradsBlock::Bf16(block(cpu, slice, j, far)?),
            Self::F16(slice) => GradsBlock::F16(block(cpu, slice, j, far)?),
            Self::ZeroedF16(slice) => GradsBlock::F16(block(cpu, slice, j, far)?),
        })
    }

    /// Block `j` has been read.
    #[inline(always)]
    pub fn done(&mut self, j: usize) {
        match self {
            Self::F32(_) | Self::Bf16(_) | Self::F16(_) => {}
            Self::ZeroedF32(slice) => zero(slice, j),
            Self::ZeroedBf16(slice) | Self::ZeroedF16(slice) => zero(slice, j),
        }
    }
}

#[inline(always)]
fn zero<T: Element>(blocks: &mut [[T; BLOCK]], j: usize) {
    if let Some(block) = blocks.get_mut(j) {
        *block = [T::ZERO; BLOCK];
    }
}

/// A block of gradients.
pub enum GradsBlock<'b> {
    F32(&'b [f32; BLOCK]),
    Bf16(&'b [u16; BLOCK]),
    F16(&'b [u16; BLOCK]),
}

impl GradsBlock<'_> {
    /// Group `i`.
    #[inline(always)]
    pub fn load<F: Formats, C: Cpu>(&self, cpu: C, i: usize) -> C::Stored {
        match self {
            Self::F32(x) => C::Stored::load(cpu, &Block::of(*x)[i]),
            Self::Bf16(x) => F::Bf16::load(cpu, &Block::of(*x)[i]),
            Self::F16(x) => F16::load(cpu, &Block::of(*x)[i]),
        }
    }
}
