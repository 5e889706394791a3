//! One lane as an integer.

use crate::lanes::{Bits, Bitwise};

impl Bits for u32 {
    #[inline(always)]
    fn splat(self, x: u32) -> Self {
        x
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }

    #[inline(always)]
    fn up<const N: u32>(self) -> Self {
        self << N
    }

    #[inline(always)]
    fn down<const N: u32>(self) -> Self {
        self >> N
    }

    #[inline(always)]
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self {
        if self < limit { yes } else { no }
    }
}

impl<C: Copy> Bitwise<C> for f32 {
    type Bits = u32;
    type Halves = u16;

    #[inline(always)]
    fn bits(self) -> u32 {
        self.to_bits()
    }

    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Self::from_bits(bits)
    }

    #[inline(always)]
    fn where_nan(self, yes: u32, no: u32) -> u32 {
        // By the bits, because in soft float a comparison is a call.
        if self.to_bits() & (u32::MAX >> 1) > f32::INFINITY.to_bits() { yes } else { no }
    }

    #[inline(always)]
    fn load_halves(_: C, &from: &u16) -> u32 {
        from.into()
    }

    #[inline(always)]
    fn load_signed_halves(_: C, &from: &u16) -> u32 {
        from as i16 as u32
    }

    #[inline(always)]
    fn store_halves(bits: u32, to: &mut u16) {
        *to = bits as u16;
    }
}
