//! bfloat16: the upper half of an `f32`.

use super::Format;
use crate::lanes::{Bits, Bitwise};

pub(crate) enum Bf16 {}

impl Format for Bf16 {
    #[inline(always)]
    fn decode<C: Copy, L: Bitwise<C>>(bits: L::Bits) -> L {
        L::from_bits(bits.up::<16>())
    }

    #[inline(always)]
    fn nearest<C: Copy, L: Bitwise<C>>(x: L) -> L::Bits {
        let b = x.bits();
        let odd = b.down::<16>().and(b.splat(1));
        let rounded = b.plus(odd).plus(b.splat(0x7FFF)).down::<16>();
        x.where_nan(b.down::<16>().or(b.splat(0x40)), rounded)
    }
}

impl Bf16 {
    /// Rounded up with the probability that makes the mean right, if `noise` is uniform. NaN must be
    /// [`tamed`](super::tamed).
    #[inline(always)]
    pub(crate) fn stochastic<C: Copy, L: Bitwise<C>>(x: L, noise: L::Bits) -> L::Bits {
        x.bits().plus(noise.down::<16>()).down::<16>()
    }
}
