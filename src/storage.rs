//! Formats in fewer bits than `f32`: conversions of whole slices, for checkpoints and for data from elsewhere.
//!
//! A [`Tensor`](crate::Tensor) says in which format its slices are, and a step converts by itself. 16-bit values are
//! their bits, as `u16`.

pub mod bf16;
pub mod f16;
mod noise;
pub mod split;

pub(crate) use bf16::Bf16;
pub(crate) use f16::F16;
pub(crate) use noise::Noise;

use crate::lanes::{Bits, Bitwise};

/// Noise is stratified over blocks of this many elements of a tensor. So a piece with stochastic rounding begins at a
/// multiple of it, and a sweep takes one block after another.
pub(crate) const BLOCK: usize = 64;

/// A format of 16 bits.
pub(crate) trait Format {
    fn decode<C: Copy, L: Bitwise<C>>(bits: L::Bits) -> L;

    /// Rounded to nearest, ties to even. NaN stays NaN, and becomes quiet.
    fn nearest<C: Copy, L: Bitwise<C>>(x: L) -> L::Bits;
}

/// `x`, with one NaN for all: the one that arithmetic makes, but for its sign. Noise that is added to it neither makes it
/// infinite nor carries into its sign, so that encoders need not look for NaN.
#[inline(always)]
pub(crate) fn tamed<C: Copy, L: Bitwise<C>>(x: L) -> L {
    let bits = x.bits();
    L::from_bits(x.where_nan(bits.splat(0x7FC0_0000), bits))
}
