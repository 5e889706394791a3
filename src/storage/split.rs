//! An `f32` in two halves: rounded to bf16, and what is missing.
//!
//! Ties go away from zero, since nearest even could not be undone.

use crate::lanes::{Bits, Bitwise};

/// The `f32` of two [`halves`].
#[inline(always)]
pub(crate) fn join<C: Copy, L: Bitwise<C>>(bf16: L::Bits, rest: L::Bits) -> L {
    // Where the rest is at least half a unit, the bf16 was rounded up: one less, modulo 2¹⁶.
    let up = rest.and(rest.splat(0x8000)).up::<1>();
    L::from_bits(bf16.up::<16>().plus(rest).minus(up))
}

/// The bf16 and the rest. NaN becomes a quiet bf16, with a rest of 0.
#[inline(always)]
pub(crate) fn halves<C: Copy, L: Bitwise<C>>(x: L) -> (L::Bits, L::Bits) {
    let b = x.bits();
    let bf16 = b.plus(b.splat(0x8000)).down::<16>();
    let rest = b.and(b.splat(0xFFFF));
    (x.where_nan(b.down::<16>().or(b.splat(0x40)), bf16), x.where_nan(b.splat(0), rest))
}
