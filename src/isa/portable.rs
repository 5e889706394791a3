//! Four lanes of the crate `wide`: the SIMD that every processor of a target has. SSE2, NEON, simd128.
//!
//! `wide` chooses its instructions by the target's compile-time features, so there is nothing to detect. Of its
//! operations only + − × ÷ √ and bitwise ones are used: its `min`, `max`, `recip` and `mul_add` differ between targets.

#[cfg(feature = "storage")]
mod bits;

use super::{Cpu, Kernel};
use crate::lanes::{Lanes, Quad, Register, Squares, sealed::Sealed};
use core::ops::{Add, Div, Mul, Neg, Sub};
use wide::{f32x4, f64x2};

/// Whether this target has four lanes. (Not NEON on 32-bit Arm, which flushes subnormals.)
pub const SIMD: bool = cfg!(any(
    all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"),
    all(target_arch = "aarch64", target_feature = "neon"),
    all(target_family = "wasm", target_feature = "simd128"),
));

/// Every processor of this target can do this.
#[derive(Clone, Copy)]
pub struct Portable;

impl Cpu for Portable {
    const NAME: &'static str = if !SIMD {
        "scalar"
    } else if cfg!(target_arch = "aarch64") {
        "neon"
    } else if cfg!(target_family = "wasm") {
        "simd128"
    } else {
        "sse2"
    };

    type Group = Quad<F32x4>;
    #[cfg(feature = "storage")]
    type Stored = Quad<F32x4>;
    type Squares = [f64x2; 4];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
}

/// Not `f32x4` itself, which would make `wide` a part of this crate's public face.
#[derive(Clone, Copy)]
pub struct F32x4(f32x4);

macro_rules! operator {
    ($($Operator:ident $apply:ident)*) => {$(
        impl $Operator for F32x4 {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: Self) -> Self {
                Self(self.0.$apply(other.0))
            }
        }

        impl $Operator<f32> for F32x4 {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: f32) -> Self {
                Self(self.0.$apply(f32x4::splat(other)))
            }
        }
    )*};
}
operator! { Add add Sub sub Mul mul Div div }

impl Neg for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        // Not wide's, which subtracts from 0.
        Self(self.0 ^ f32x4::splat(-0.0))
    }
}

impl Sealed for F32x4 {}

impl Lanes for F32x4 {
    #[inline(always)]
    fn splat(self, x: f32) -> Self {
        Self(f32x4::splat(x))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0 & f32x4::splat(f32::from_bits(!(1 << 31))))
    }

    #[inline(always)]
    fn sign(self) -> Self {
        let x = self.0;
        let one = x & f32x4::splat(-0.0) | f32x4::splat(1.0);
        // More bits leave a NaN a NaN.
        Self(one & x.simd_ne(f32x4::ZERO) | x & x.is_nan())
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self((self.0.simd_ge(other.0) | self.0.is_nan()).bitselect(self.0, other.0))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self((self.0.simd_le(other.0) | self.0.is_nan()).bitselect(self.0, other.0))
    }

    #[inline(always)]
    fn where_greater(self, than: Self, yes: Self, no: Self) -> Self {
        Self(self.0.simd_gt(than.0).bitselect(yes.0, no.0))
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        let (above, below) = (f32x4::splat(limit), f32x4::splat(-limit));
        let x = self.0.simd_gt(above).bitselect(above, self.0);
        Self(x.simd_lt(below).bitselect(below, x))
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        let exponent = self.0 & f32x4::splat(f32::INFINITY);
        Self(self.0 & exponent.simd_ne(f32x4::ZERO))
    }
}

impl<C: Copy> Register<C> for F32x4 {
    type Block = [f32; 4];
    type Single = Self;
    type Narrower = f32;

    #[inline(always)]
    fn load(_: C, from: &[f32; 4]) -> Self {
        Self(f32x4::new(*from))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        *to = self.0.to_array();
    }
}

impl<C: Copy> Squares<C> for f64x2 {
    type Block = [f32; 2];

    #[inline(always)]
    fn zero(_: C) -> Self {
        Self::ZERO
    }

    #[inline(always)]
    fn add_squares(self, &[a, b]: &[f32; 2]) -> Self {
        let x = Self::new([f64::from(a), f64::from(b)]);
        self + x * x
    }

    #[inline(always)]
    fn sums(self, put: impl FnMut(f64)) {
        self.to_array().into_iter().for_each(put);
    }
}
