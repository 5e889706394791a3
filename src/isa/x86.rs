//! The instruction sets that an x86 processor may have or not: detected at run time.

mod avx2;
mod avx512;

pub use avx2::Avx2;
pub use avx512::Avx512;

/// The arithmetic of a register newtype, one instruction each: between registers, or with an `f32` in every lane.
macro_rules! operators {
    ($Register:ident, $($Operator:ident $apply:ident $instruction:ident),*) => {$(
        impl core::ops::$Operator for $Register {
            type Output = Self;
            #[inline(always)]
            fn $apply(self, other: Self) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $instruction(self.0, other.0) })
            }
        }
    )*};
    ($Register:ident, $splat:ident, $($Operator:ident $apply:ident $instruction:ident),*) => {$(
        impl core::ops::$Operator<f32> for $Register {
            type Output = Self;
            #[inline(always)]
            fn $apply(self, other: f32) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $instruction(self.0, $splat(other)) })
            }
        }
    )*};
}
use operators;
