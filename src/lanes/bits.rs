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

/// The upper half of 32 bits.
pub const UPPER: u32 = 0xFFFF_0000;

/// The NaN that arithmetic makes, but for its sign.
pub const NAN: u32 = 0x7FC0_0000;

/// Lanes that can be taken as integers, and loaded and stored as such.
pub trait Bitwise<C: Copy>: Register<C> {
    type Bits: Bits;

    /// As many 16-bit integers as there are lanes, in memory.
    type Halves: Block<u16>;

    fn bits(self) -> Self::Bits;

    fn from_bits(bits: Self::Bits) -> Self;

    /// `yes` where `self` is NaN, else `no`.
    fn where_nan(self, yes: Self::Bits, no: Self::Bits) -> Self::Bits;

    /// With one NaN for all: 0x7FC00000.
    #[inline(always)]
    fn tamed(self) -> Self {
        let bits = self.bits();
        Self::from_bits(self.where_nan(bits.splat(NAN), bits))
    }

    /// As the upper halves, with zeros below: the value of a bf16.
    #[inline(always)]
    fn load_upper(cpu: C, from: &Self::Halves) -> Self::Bits {
        Self::load_halves(cpu, from).up::<16>()
    }

    /// The upper halves.
    #[inline(always)]
    fn store_upper(bits: Self::Bits, to: &mut Self::Halves) {
        Self::store_halves(bits.down::<16>(), to);
    }

    /// [`load_upper`](Self::load_upper) of two registers, which takes fewer instructions where one can take halves from
    /// two.
    #[inline(always)]
    fn load_two_upper(cpu: C, [a, b]: &[Self::Halves; 2]) -> [Self::Bits; 2] {
        [Self::load_upper(cpu, a), Self::load_upper(cpu, b)]
    }

    /// [`store_upper`](Self::store_upper) of two registers.
    #[inline(always)]
    fn store_two_upper([x, y]: [Self::Bits; 2], [a, b]: &mut [Self::Halves; 2]) {
        Self::store_upper(x, a);
        Self::store_upper(y, b);
    }

    /// As [`load_upper`](Self::load_upper), in the order of lanes that is the fastest, the same as in
    /// [`store_woven`](Self::store_woven).
    #[inline(always)]
    fn load_woven(cpu: C, from: &Self::Halves) -> Self::Bits {
        Self::load_upper(cpu, from)
    }

    /// As [`store_upper`](Self::store_upper), from the order of [`load_woven`](Self::load_woven).
    #[inline(always)]
    fn store_woven(bits: Self::Bits, to: &mut Self::Halves) {
        Self::store_upper(bits, to);
    }

    /// [`load_woven`](Self::load_woven) of two registers. Where halves are loaded as words, the first register gets those
    /// of even places and the second the others: a shift and a mask in place of permutations.
    #[inline(always)]
    fn load_two_woven(cpu: C, [a, b]: &[Self::Halves; 2]) -> [Self::Bits; 2] {
        [Self::load_woven(cpu, a), Self::load_woven(cpu, b)]
    }

    /// [`store_woven`](Self::store_woven) of two registers.
    #[inline(always)]
    fn store_two_woven([x, y]: [Self::Bits; 2], [a, b]: &mut [Self::Halves; 2]) {
        Self::store_woven(x, a);
        Self::store_woven(y, b);
    }

    /// With zeros above.
    fn load_halves(cpu: C, from: &Self::Halves) -> Self::Bits;

    /// As two's complement: with the sign above.
    fn load_signed_halves(cpu: C, from: &Self::Halves) -> Self::Bits;

    /// The low halves. The high ones must be zeros.
    fn store_halves(bits: Self::Bits, to: &mut Self::Halves);
}
