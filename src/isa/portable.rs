//! Four lanes of the crate `wide`: the SIMD that every processor of a target has. SSE2, NEON, simd128.
//!
//! `wide` chooses its instructions by the target's compile-time features, so there is nothing to detect. Of its
//! operations only + − × ÷ √ and bitwise ones are used: its `min`, `max`, `recip` and `mul_add` differ between targets.

use super::{Cpu, Kernel};
use crate::lanes::{Lanes, Quad, Register, Squares};
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

    type Group = Quad<f32x4>;
    type Squares = [f64x2; 4];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
}

impl Lanes for f32x4 {
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32x4::sqrt(self)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        (self.simd_ge(other) | self.is_nan()).bitselect(self, other)
    }

    #[inline(always)]
    fn sign(self) -> Self {
        let negative = self.simd_lt(Self::ZERO).bitselect(Self::splat(-1.0), self & self.is_nan());
        self.simd_gt(Self::ZERO).bitselect(Self::splat(1.0), negative)
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        let (above, below) = (Self::splat(limit), Self::splat(-limit));
        let x = self.simd_gt(above).bitselect(above, self);
        x.simd_lt(below).bitselect(below, x)
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        let exponent = self & Self::splat(f32::INFINITY);
        exponent.simd_eq(Self::ZERO).bitselect(Self::ZERO, self)
    }
}

impl<C: Copy> Register<C> for f32x4 {
    type Block = [f32; 4];
    type Narrower = f32;

    #[inline(always)]
    fn load(_: C, from: &[f32; 4]) -> Self {
        Self::new(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 4]) {
        *to = self.to_array();
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
