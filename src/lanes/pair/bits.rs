//! Two registers of integers as one.

use super::Pair;
use crate::lanes::{Bits, Bitwise};

impl<B: Bits> Bits for Pair<B> {
    #[inline(always)]
    fn splat(self, x: u32) -> Self {
        Self(self.0.splat(x), self.1.splat(x))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0.plus(other.0), self.1.plus(other.1))
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(self.0.minus(other.0), self.1.minus(other.1))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(self.0.and(other.0), self.1.and(other.1))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0), self.1.or(other.1))
    }

    #[inline(always)]
    fn up<const N: u32>(self) -> Self {
        Self(self.0.up::<N>(), self.1.up::<N>())
    }

    #[inline(always)]
    fn down<const N: u32>(self) -> Self {
        Self(self.0.down::<N>(), self.1.down::<N>())
    }

    #[inline(always)]
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self {
        Self(self.0.where_below(limit, yes.0, no.0), self.1.where_below(limit, yes.1, no.1))
    }
}

impl<C: Copy, L: Bitwise<C>> Bitwise<C> for Pair<L> {
    type Bits = Pair<L::Bits>;
    type Halves = [L::Halves; 2];

    #[inline(always)]
    fn bits(self) -> Self::Bits {
        Pair(self.0.bits(), self.1.bits())
    }

    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Self(L::from_bits(bits.0), L::from_bits(bits.1))
    }

    #[inline(always)]
    fn where_nan(self, yes: Self::Bits, no: Self::Bits) -> Self::Bits {
        Pair(self.0.where_nan(yes.0, no.0), self.1.where_nan(yes.1, no.1))
    }

    #[inline(always)]
    fn tamed(self) -> Self {
        Self(self.0.tamed(), self.1.tamed())
    }

    #[inline(always)]
    fn load_upper(cpu: C, from: &Self::Halves) -> Self::Bits {
        let [a, b] = L::load_two_upper(cpu, from);
        Pair(a, b)
    }

    #[inline(always)]
    fn store_upper(bits: Self::Bits, to: &mut Self::Halves) {
        L::store_two_upper([bits.0, bits.1], to);
    }

    #[inline(always)]
    fn load_woven(cpu: C, from: &Self::Halves) -> Self::Bits {
        let [a, b] = L::load_two_woven(cpu, from);
        Pair(a, b)
    }

    #[inline(always)]
    fn store_woven(bits: Self::Bits, to: &mut Self::Halves) {
        L::store_two_woven([bits.0, bits.1], to);
    }

    #[inline(always)]
    fn load_halves(cpu: C, [a, b]: &Self::Halves) -> Self::Bits {
        Pair(L::load_halves(cpu, a), L::load_halves(cpu, b))
    }

    #[inline(always)]
    fn load_signed_halves(cpu: C, [a, b]: &Self::Halves) -> Self::Bits {
        Pair(L::load_signed_halves(cpu, a), L::load_signed_halves(cpu, b))
    }

    #[inline(always)]
    fn store_halves(bits: Self::Bits, [a, b]: &mut Self::Halves) {
        L::store_halves(bits.0, a);
        L::store_halves(bits.1, b);
    }
}
