//! AVX2: eight lanes.

#[cfg(feature = "storage")]
mod bits;

use super::{prefetch, registers};
use crate::isa::{Cpu, Kernel};
use crate::lanes::{Lanes, Quad, Register, Squares};

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

cpufeatures::new!(cpuid, "avx", "avx2");

/// Proof that this processor, and its operating system, have AVX2.
///
/// ```
/// use gradstep::Isa;
///
/// let avx2 = Isa::available().any(|isa| matches!(isa, Isa::Avx2(_)));
/// assert_eq!(avx2, Isa::from_name("avx2").is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Avx2(());

impl Avx2 {
    #[inline]
    pub(in crate::isa) fn detect() -> Option<Self> {
        cpuid::get().then_some(Self(()))
    }
}

#[target_feature(enable = "avx2")]
fn entry<K: Kernel>(cpu: Avx2, kernel: K) -> K::Output {
    kernel.run(cpu)
}

impl Cpu for Avx2 {
    const NAME: &'static str = "avx2";

    type Group = Quad<F32x8>;
    #[cfg(feature = "storage")]
    type Stored = Quad<F32x8>;
    type Squares = [F64x4; 8];

    #[inline(always)]
    fn prefetch<B>(self, block: &B) {
        prefetch(block, 0);
    }

    #[cfg(feature = "storage")]
    #[inline(always)]
    fn prefetch_behind<B>(self, block: &B, blocks: usize) {
        prefetch(block, blocks);
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves AVX2.
        unsafe { entry(self, kernel) }
    }
}

registers! {
    Avx2;
    F32x8(__m256), 8: _mm256_loadu_ps _mm256_storeu_ps _mm256_set1_ps
        _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_sqrt_ps _mm256_min_ps _mm256_max_ps
        _mm256_andnot_ps _mm256_xor_ps;
    F64x4(__m256d), 4: _mm256_setzero_pd _mm256_storeu_pd
}

/// All bits of a lane, or none.
type Mask = __m256;

impl F32x8 {
    #[inline(always)]
    fn greater(self, other: Self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe { _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0) }
    }

    #[inline(always)]
    fn at_least(self, other: Self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe { _mm256_cmp_ps::<_CMP_GE_OQ>(self.0, other.0) }
    }

    #[inline(always)]
    fn is_nan(self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe { _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0) }
    }

    /// Or zero.
    #[inline(always)]
    fn is_subnormal(self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe {
            let exponent = _mm256_and_ps(self.0, _mm256_set1_ps(f32::INFINITY));
            _mm256_cmp_ps::<_CMP_EQ_OQ>(exponent, _mm256_setzero_ps())
        }
    }

    #[inline(always)]
    fn either(a: Mask, b: Mask) -> Mask {
        // SAFETY: a mask comes from a register, which exists only where its processor was proved.
        unsafe { _mm256_or_ps(a, b) }
    }

    #[inline(always)]
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm256_blendv_ps(no.0, yes.0, mask) })
    }
}

impl F64x4 {
    #[inline(always)]
    fn add_square_of(self, x: &[f32; 4]) -> Self {
        // SAFETY: `zero` asked for the proof of AVX2, and the array is 4 readable values.
        Self(unsafe {
            let x = _mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr()));
            _mm256_add_pd(self.0, _mm256_mul_pd(x, x))
        })
    }
}
