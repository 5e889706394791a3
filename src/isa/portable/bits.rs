//! Four lanes as integers.

use super::F32x4;
use crate::lanes::{Bits, Bitwise, UPPER};
use wide::bytemuck::cast;
use wide::{f32x4, i32x4, u32x4};

/// Four integers.
#[derive(Clone, Copy)]
pub struct U32x4(u32x4);

impl Bits for U32x4 {
    #[inline(always)]
    fn splat(self, x: u32) -> Self {
        Self(u32x4::splat(x))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    fn up<const N: u32>(self) -> Self {
        Self(self.0 << N)
    }

    #[inline(always)]
    fn down<const N: u32>(self) -> Self {
        Self(self.0 >> N)
    }

    #[inline(always)]
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self {
        // Signed, since SSE2 compares no other integers.
        let below: i32x4 = cast::<u32x4, i32x4>(self.0).simd_lt(i32x4::splat(limit as i32));
        Self(cast::<i32x4, u32x4>(below).bitselect(yes.0, no.0))
    }
}

impl<C: Copy> Bitwise<C> for F32x4 {
    type Bits = U32x4;
    type Halves = [u16; 4];

    #[inline(always)]
    fn bits(self) -> U32x4 {
        U32x4(cast(self.0))
    }

    #[inline(always)]
    fn from_bits(bits: U32x4) -> Self {
        Self(cast(bits.0))
    }

    #[inline(always)]
    fn where_nan(self, yes: U32x4, no: U32x4) -> U32x4 {
        U32x4(cast::<f32x4, u32x4>(self.0.is_nan()).bitselect(yes.0, no.0))
    }

    #[inline(always)]
    fn load_two_woven(_: C, &from: &[[u16; 4]; 2]) -> [U32x4; 2] {
        let both = U32x4(cast(from));
        if cfg!(target_endian = "little") {
            [both.up::<16>(), both.and(both.splat(UPPER))]
        } else {
            [both.and(both.splat(UPPER)), both.up::<16>()]
        }
    }

    #[inline(always)]
    fn store_two_woven([x, y]: [U32x4; 2], to: &mut [[u16; 4]; 2]) {
        let (low, high) = if cfg!(target_endian = "little") { (x, y) } else { (y, x) };
        *to = cast(low.down::<16>().or(high.and(high.splat(UPPER))).0);
    }

    #[inline(always)]
    fn load_halves(_: C, &[a, b, c, d]: &[u16; 4]) -> U32x4 {
        U32x4(u32x4::new([a.into(), b.into(), c.into(), d.into()]))
    }

    #[inline(always)]
    fn load_signed_halves(_: C, from: &[u16; 4]) -> U32x4 {
        let [a, b, c, d] = from.map(|half| half as i16 as u32);
        U32x4(u32x4::new([a, b, c, d]))
    }

    #[inline(always)]
    fn store_halves(bits: U32x4, to: &mut [u16; 4]) {
        let [a, b, c, d] = bits.0.to_array();
        *to = [a as u16, b as u16, c as u16, d as u16];
    }
}
