//! The lanes of a register as integers, and slices of 16 bits: what the formats of storage are written with.

use super::{Block, Register};

/// 32 bits in each lane. The same on every instruction set, as [`Lanes`](super::Lanes) are.
pub trait Bits: Copy {
    /// `x` in every lane, of lanes like `self`.
    fn splat(self, x: u32) -> Self;

    /// The sum, modulo 2³².
    fn plus(self, other: Self) -> Self;

    /// The difference, modulo 2³².
    fn minus(self, other: Self) -> Self;

    fn and(self, other: Self) -> Self;

    fn or(self, other: Self) -> Self;

    /// Shifted left by `N`.
    fn up<const N: u32>(self) -> Self;

    /// Shifted right by `N`: zeros come in.
    fn down<const N: u32>(self) -> Self;

    /// `yes` where `self` is below `limit`, else `no`. Both must be below 2³¹.
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self;
}

/// Lanes that can be taken as integers, and loaded and stored as such.
pub trait Bitwise<C: Copy>: Register<C> {
    type Bits: Bits;

    /// As many 16-bit integers as there are lanes, in memory.
    type Halves: Block<u16>;

    /// As many 32-bit integers as there are lanes, in memory.
    type Words: Block<u32>;

    fn bits(self) -> Self::Bits;

    fn from_bits(bits: Self::Bits) -> Self;

    /// `yes` where `self` is NaN, else `no`.
    fn where_nan(self, yes: Self::Bits, no: Self::Bits) -> Self::Bits;

    /// With zeros above.
    fn load_halves(cpu: C, from: &Self::Halves) -> Self::Bits;

    /// The low halves. The high ones must be zeros.
    fn store_halves(bits: Self::Bits, to: &mut Self::Halves);

    fn load_words(cpu: C, from: &Self::Words) -> Self::Bits;
}
