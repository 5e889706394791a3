//! Four registers of integers as one.

use super::Quad;
use crate::lanes::{Bits, Bitwise};

impl<B: Bits> Bits for Quad<B> {
    #[inline(always)]
    fn splat(self, x: u32) -> Self {
        Self(self.0.splat(x), self.1.splat(x), self.2.splat(x), self.3.splat(x))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0.plus(other.0), self.1.plus(other.1), self.2.plus(other.2), self.3.plus(other.3))
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(self.0.minus(other.0), self.1.minus(other.1), self.2.minus(other.2), self.3.minus(other.3))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(self.0.and(other.0), self.1.and(other.1), self.2.and(other.2), self.3.and(other.3))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0), self.1.or(other.1), self.2.or(other.2), self.3.or(other.3))
    }

    #[inline(always)]
    fn up<const N: u32>(self) -> Self {
        Self(self.0.up::<N>(), self.1.up::<N>(), self.2.up::<N>(), self.3.up::<N>())
    }

    #[inline(always)]
    fn down<const N: u32>(self) -> Self {
        Self(self.0.down::<N>(), self.1.down::<N>(), self.2.down::<N>(), self.3.down::<N>())
    }

    #[inline(always)]
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self {
        Self(
            self.0.where_below(limit, yes.0, no.0),
            self.1.where_below(limit, yes.1, no.1),
            self.2.where_below(limit, yes.2, no.2),
            self.3.where_below(limit, yes.3, no.3),
        )
    }
}

impl<C: Copy, L: Bitwise<C>> Bitwise<C> for Quad<L> {
    type Bits = Quad<L::Bits>;
    type Halves = [L::Halves; 4];
    type Words = [L::Words; 4];

    #[inline(always)]
    fn bits(self) -> Self::Bits {
        Quad(self.0.bits(), self.1.bits(), self.2.bits(), self.3.bits())
    }

    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Self(L::from_bits(bits.0), L::from_bits(bits.1), L::from_bits(bits.2), L::from_bits(bits.3))
    }

    #[inline(always)]
    fn where_nan(self, yes: Self::Bits, no: Self::Bits) -> Self::Bits {
        Quad(
            self.0.where_nan(yes.0, no.0),
            self.1.where_nan(yes.1, no.1),
            self.2.where_nan(yes.2, no.2),
            self.3.where_nan(yes.3, no.3),
        )
    }

    #[inline(always)]
    fn tamed(self) -> Self {
        Self(self.0.tamed(), self.1.tamed(), self.2.tamed(), self.3.tamed())
    }

    #[inline(always)]
    fn load_upper(cpu: C, from: &Self::Halves) -> Self::Bits {
        let (pairs, _) = from.as_chunks();
        let ([a, b], [c, d]) = (L::load_two_upper(cpu, &pairs[0]), L::load_two_upper(cpu, &pairs[1]));
        Quad(a, b, c, d)
    }

    #[inline(always)]
    fn store_upper(Quad(a, b, c, d): Self::Bits, to: &mut Self::Halves) {
        let (pairs, _) = to.as_chunks_mut();
        L::store_two_upper([a, b], &mut pairs[0]);
        L::store_two_upper([c, d], &mut pairs[1]);
    }

    #[inline(always)]
    fn load_halves(cpu: C, [a, b, c, d]: &Self::Halves) -> Self::Bits {
        Quad(L::load_halves(cpu, a), L::load_halves(cpu, b), L::load_halves(cpu, c), L::load_halves(cpu, d))
    }

    #[inline(always)]
    fn store_halves(bits: Self::Bits, [a, b, c, d]: &mut Self::Halves) {
        L::store_halves(bits.0, a);
        L::store_halves(bits.1, b);
        L::store_halves(bits.2, c);
        L::store_halves(bits.3, d);
    }

    #[inline(always)]
    fn load_words(cpu: C, [a, b, c, d]: &Self::Words) -> Self::Bits {
        Quad(L::load_words(cpu, a), L::load_words(cpu, b), L::load_words(cpu, c), L::load_words(cpu, d))
    }
}
