//! The instruction sets that an x86 processor may have or not: detected at run time.
//!
//! Both widths compute alike, so what they have in common stands here, as [`register`](register!): the file of a width
//! lists its instructions, and how it compares and selects.

mod avx2;
mod avx512;
#[cfg(gradstep_fma_roots)]
mod roots;
mod squares;
mod vendor;

pub use avx2::Avx2;
pub use avx512::Avx512;

use super::LINE;
#[cfg(target_arch = "x86")]
use core::arch::x86::{_MM_HINT_T0, _mm_prefetch};
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// All lines of the memory that is so many blocks behind `block`, if a block fills any.
#[inline(always)]
fn prefetch<B>(block: &B, blocks: usize) {
    let block = core::ptr::from_ref(block).wrapping_add(blocks);
    for line in 0..size_of::<B>() / LINE {
        // SAFETY: SSE has the instruction, and it may point anywhere: it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(block.cast::<i8>().wrapping_add(line * LINE)) };
    }
}

/// An operator of a register, one instruction: with another register, or with an `f32` in every lane.
macro_rules! operator {
    ($Register:ident, $Operator:ident<$Other:ty>, $apply:ident, |$x:ident, $y:ident| $instruction:expr) => {
        impl core::ops::$Operator<$Other> for $Register {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: $Other) -> Self {
                let ($x, $y) = (self.0, other);
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $instruction })
            }
        }
    };
}

/// The register of the processor `$Cpu`: `$n` lanes of f32.
///
/// The minimum and the maximum return their second operand if neither is smaller (larger), and so if either is NaN.
///
/// The file that lists the instructions says what the widths do differently, which is whatever compares: the selection
/// `where_greater`, NaN where another register is NaN, the sign, and what is left without subnormals. It may override more
/// of `Lanes`.
macro_rules! register {
    (
        $Cpu:ty;
        $Single:ident($single:ty), $n:literal: $load:ident $store:ident $splat:ident
            $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $min:ident $max:ident
            $and_not:ident $xor:ident
        $(; $($more:tt)*)?
    ) => {
        #[derive(Clone, Copy)]
        pub struct $Single(pub(super) $single);

        $crate::isa::x86::operator!($Single, Add<Self>, add, |x, y| $add(x, y.0));
        $crate::isa::x86::operator!($Single, Sub<Self>, sub, |x, y| $sub(x, y.0));
        $crate::isa::x86::operator!($Single, Mul<Self>, mul, |x, y| $mul(x, y.0));
        $crate::isa::x86::operator!($Single, Div<Self>, div, |x, y| $div(x, y.0));
        $crate::isa::x86::operator!($Single, Add<f32>, add, |x, y| $add(x, $splat(y)));
        $crate::isa::x86::operator!($Single, Sub<f32>, sub, |x, y| $sub(x, $splat(y)));
        $crate::isa::x86::operator!($Single, Mul<f32>, mul, |x, y| $mul(x, $splat(y)));
        $crate::isa::x86::operator!($Single, Div<f32>, div, |x, y| $div(x, $splat(y)));

        impl core::ops::Neg for $Single {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $xor(self.0, $splat(-0.0)) })
            }
        }

        impl $crate::lanes::sealed::Sealed for $Single {}

        impl Lanes for $Single {
            #[inline(always)]
            fn splat(self, x: f32) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $splat(x) })
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $sqrt(self.0) })
            }

            $($($more)*)?

            #[inline(always)]
            fn abs(self) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $and_not($splat(-0.0), self.0) })
            }

            #[inline(always)]
            fn sign(self) -> Self {
                self.sign_or_nan()
            }

            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $max(other.0, self.0) }).or_nan_of(other)
            }

            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $min(other.0, self.0) }).or_nan_of(other)
            }

            #[inline(always)]
            fn where_greater(self, than: Self, yes: Self, no: Self) -> Self {
                Self::select(self.greater(than), yes, no)
            }

            #[inline(always)]
            fn clamp(self, limit: f32) -> Self {
                // SAFETY: a register exists only where its processor was proved, by `load`.
                Self(unsafe { $max($splat(-limit), $min($splat(limit), self.0)) })
            }

            #[inline(always)]
            fn flush_subnormals(self) -> Self {
                self.unless_subnormal()
            }
        }

        impl Register<$Cpu> for $Single {
            type Block = [f32; $n];
            type Single = Self;
            type Narrower = $crate::isa::portable::F32x4;

            #[inline(always)]
            fn load(_: $Cpu, from: &[f32; $n]) -> Self {
                // SAFETY: the argument proves the processor, and the array is as many readable values as a register holds.
                Self(unsafe { $load(from.as_ptr()) })
            }

            #[inline(always)]
            fn store(self, to: &mut [f32; $n]) {
                // SAFETY: a register exists only where its processor was proved, and the array is as many writable values.
                unsafe { $store(to.as_mut_ptr(), self.0) }
            }
        }
    };
}
use {operator, register};
