//! The instruction sets that an x86 processor may have or not: detected at run time.

mod avx2;
mod avx512;

pub use avx2::Avx2;
pub use avx512::Avx512;

use super::LINE;
#[cfg(target_arch = "x86")]
use core::arch::x86::{_MM_HINT_T0, _mm_prefetch};
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// All lines of `block`, if it fills any.
#[inline(always)]
fn prefetch<B>(block: &B) {
    for line in 0..size_of::<B>() / LINE {
        // SAFETY: SSE has the instruction, and it may point anywhere: it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(block).cast::<i8>().wrapping_add(line * LINE)) };
    }
}

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
