//! AVX-512: sixteen lanes.

#[cfg(feature = "storage")]
mod bits;

use super::{prefetch, registers};
use crate::isa::{Cpu, Kernel};
use crate::lanes::{Lanes, Quad, Register, Squares};

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
    type Squares = [F64x8; 4];

    const WHOLE_LINES: bool = true;

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
}

registers! {
    Avx512;
    F32x16(__m512), 16: _mm512_loadu_ps _mm512_storeu_ps _mm512_set1_ps
        _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_sqrt_ps _mm512_min_ps _mm512_max_ps
        _mm512_andnot_ps _mm512_xor_ps;
    F64x8(__m512d), 8: _mm512_setzero_pd _mm512_storeu_pd
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
    fn at_least(self, other: Self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GE_OQ>(self.0, other.0) }
    }

    #[inline(always)]
    fn is_nan(self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0) }
    }

    /// Or zero.
    #[inline(always)]
    fn is_subnormal(self) -> Mask {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        unsafe {
            let exponent = _mm512_set1_epi32(f32::INFINITY.to_bits() as i32);
            _mm512_testn_epi32_mask(_mm512_castps_si512(self.0), exponent)
        }
    }

    #[inline(always)]
    fn either(a: Mask, b: Mask) -> Mask {
        a | b
    }

    #[inline(always)]
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm512_mask_blend_ps(mask, no.0, yes.0) })
    }
}

impl F64x8 {
    #[inline(always)]
    fn add_square_of(self, x: &[f32; 8]) -> Self {
        // SAFETY: `zero` asked for the proof of AVX-512, and the array is 8 readable values.
        Self(unsafe {
            let x = _mm512_cvtps_pd(_mm256_loadu_ps(x.as_ptr()));
            // The square of an f32 is exact in f64, so fusing rounds once as well: the same bits.
            _mm512_fmadd_pd(x, x, self.0)
        })
    }
}
