//! AVX-512: sixteen lanes.

#[cfg(feature = "storage")]
mod bits;

use super::squares::F64x4;
use super::{Avx2, prefetch, register, vendor};
use crate::isa::{Cpu, Isa, Kernel};
use crate::lanes::{Lanes, Quad, Register};

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

// AVX-512, and what a hypervisor might mask of what it implies. AVX implies SSE4.2 in every processor; F16C has no name in
// `cpufeatures`, but comes with AVX-512, and only half-precision code would use it.
cpufeatures::new!(cpuid, "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl");

/// Proof that this processor, and its operating system, have AVX-512 F, BW, DQ and VL.
///
/// ```
/// use gradstep::Isa;
///
/// let avx512 = Isa::available().any(|isa| matches!(isa, Isa::Avx512(_)));
/// assert_eq!(avx512, Isa::from_name("avx512").is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Avx512(());

impl Avx512 {
    #[inline]
    pub(in crate::isa) fn detect() -> Option<Self> {
        cpuid::get().then_some(Self(()))
    }

    #[inline(always)]
    pub(in crate::isa) const fn narrower(self) -> Isa {
        Isa::Avx2(Avx2::implied_by(self))
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn entry<K: Kernel>(cpu: Avx512, kernel: K) -> K::Output {
    kernel.run(cpu)
}

impl Cpu for Avx512 {
    const NAME: &'static str = "avx512";

    type Group = Quad<F32x16>;
    #[cfg(feature = "storage")]
    type Stored = Quad<F32x16>;
    type Squares = [F64x4; 8];

    const SHORTEST: usize = 16;
    const WHOLE_LINES: bool = true;

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
        // SAFETY: `self` proves AVX-512 F, BW, DQ and VL.
        unsafe { entry(self, kernel) }
    }

    #[inline(always)]
    fn run_narrower<K: Kernel>(self, kernel: K) -> K::Output {
        Avx2::implied_by(self).run(kernel)
    }
}

register! {
    Avx512;
    F32x16(__m512), 16: _mm512_loadu_ps _mm512_storeu_ps _mm512_set1_ps
        _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_sqrt_ps _mm512_min_ps _mm512_max_ps
        _mm512_andnot_ps _mm512_xor_ps;

    #[cfg(gradstep_fma_roots)]
    #[inline(always)]
    fn sqrt_of_four(four: [Self; 4]) -> [Self; 4] {
        super::roots::of_four(four)
    }
}

/// A bit a lane.
type Mask = __mmask16;

impl F32x16 {
    #[inline(always)]
    fn greater(self, other: Self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0) }
    }

    #[inline(always)]
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm512_mask_blend_ps(mask, no.0, yes.0) })
    }

    /// `self`, and NaN where `other` is.
    #[inline(always)]
    fn or_nan_of(self, other: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm512_mask_mov_ps(self.0, _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(other.0, other.0), other.0) })
    }

    #[inline(always)]
    fn sign_or_nan(self) -> Self {
        // What to replace a value by, four bits a class of values, the lowest first: NaN, signalling NaN (each by itself, made
        // quiet), zero (+0), one (unused), −∞, ∞, negative, positive.
        const BY_CLASS: i32 = 0xA9A9_A822_u32 as i32;
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm512_fixupimm_ps::<0>(self.0, self.0, _mm512_set1_epi32(BY_CLASS)) })
    }

    /// `self`, and +0 where that is zero or subnormal.
    #[inline(always)]
    fn unless_subnormal(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let exponent = _mm512_set1_epi32(f32::INFINITY.to_bits() as i32);
            let normal = _mm512_test_epi32_mask(_mm512_castps_si512(self.0), exponent);
            _mm512_maskz_mov_ps(normal, self.0)
        })
    }
}
