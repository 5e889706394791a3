//! AVX2: eight lanes.

#[cfg(feature = "storage")]
mod bits;

use super::squares::F64x4;
use super::{Avx512, prefetch, register, vendor};
use crate::isa::{Cpu, Kernel};
use crate::lanes::{Lanes, Quad, Register};

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

cpufeatures::new!(cpuid, "avx", "avx2", "fma");

/// Proof that this processor, and its operating system, have AVX2 and FMA.
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

    /// Detection of AVX-512 asks for AVX2 and FMA, too.
    #[inline(always)]
    pub(super) const fn implied_by(_: Avx512) -> Self {
        Self(())
    }
}

#[target_feature(enable = "avx2,fma")]
fn entry<K: Kernel>(cpu: Avx2, kernel: K) -> K::Output {
    kernel.run(cpu)
}

impl Cpu for Avx2 {
    const NAME: &'static str = "avx2";

    type Group = Quad<F32x8>;
    #[cfg(feature = "storage")]
    type Stored = Quad<F32x8>;
    type Squares = [F64x4; 8];

    const SHORTEST: usize = 8;

    #[inline(always)]
    fn gains_by_prefetching(self) -> bool {
        vendor::is_intel()
    }

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
        // SAFETY: `self` proves AVX2 and FMA.
        unsafe { entry(self, kernel) }
    }
}

register! {
    Avx2;
    F32x8(__m256), 8: _mm256_loadu_ps _mm256_storeu_ps _mm256_set1_ps
        _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_sqrt_ps _mm256_min_ps _mm256_max_ps
        _mm256_andnot_ps _mm256_xor_ps
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
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm256_blendv_ps(no.0, yes.0, mask) })
    }

    /// `self`, and NaN where `other` is.
    #[inline(always)]
    fn or_nan_of(self, other: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm256_blendv_ps(self.0, other.0, _mm256_cmp_ps::<_CMP_UNORD_Q>(other.0, other.0)) })
    }

    #[inline(always)]
    fn sign_or_nan(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        let sign = unsafe {
            let one = _mm256_or_ps(_mm256_and_ps(self.0, _mm256_set1_ps(-0.0)), _mm256_set1_ps(1.0));
            _mm256_and_ps(one, _mm256_cmp_ps::<_CMP_NEQ_UQ>(self.0, _mm256_setzero_ps()))
        };
        Self(sign).or_nan_of(self)
    }

    /// `self`, and +0 where that is zero or subnormal.
    #[inline(always)]
    fn unless_subnormal(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let exponent = _mm256_and_ps(self.0, _mm256_set1_ps(f32::INFINITY));
            _mm256_and_ps(self.0, _mm256_cmp_ps::<_CMP_NEQ_UQ>(exponent, _mm256_setzero_ps()))
        })
    }
}
