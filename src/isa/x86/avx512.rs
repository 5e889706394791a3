//! AVX-512: sixteen lanes.

use super::{operators, prefetch};
use crate::isa::{Cpu, Kernel};
use crate::lanes::{Block, Lanes, Quad, Register, Squares};

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
    type Squares = [F64x8; 4];

    const WHOLE_LINES: bool = true;

    #[inline(always)]
    fn prefetch<B: Block>(self, block: &B) {
        prefetch(block);
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves AVX-512 F, BW, DQ and VL.
        unsafe { entry(self, kernel) }
    }
}

#[derive(Clone, Copy)]
pub struct F32x16(__m512);

operators!(F32x16, Add add _mm512_add_ps, Sub sub _mm512_sub_ps, Mul mul _mm512_mul_ps, Div div _mm512_div_ps);
operators!(F32x16, _mm512_set1_ps, Add add _mm512_add_ps, Mul mul _mm512_mul_ps);

impl Lanes for F32x16 {
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let at_least = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(self.0, other.0);
            let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
            _mm512_mask_blend_ps(at_least | nan, other.0, self.0)
        })
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            // Both instructions return their second operand if the first is not strictly smaller (greater), so for NaN.
            let below = _mm512_min_ps(_mm512_set1_ps(limit), self.0);
            _mm512_max_ps(_mm512_set1_ps(-limit), below)
        })
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let infinity = _mm512_set1_epi32(f32::INFINITY.to_bits() as i32);
            let normal = _mm512_test_epi32_mask(_mm512_castps_si512(self.0), infinity);
            _mm512_maskz_mov_ps(normal, self.0)
        })
    }
}

impl Register<Avx512> for F32x16 {
    type Block = [f32; 16];
    type Narrower = wide::f32x4;

    #[inline(always)]
    fn load(_: Avx512, from: &[f32; 16]) -> Self {
        // SAFETY: the argument proves AVX-512, the array is 16 readable values.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 16]) {
        // SAFETY: a register exists only where its processor was proved, and the array is 16 writable values.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }
}

#[derive(Clone, Copy)]
pub struct F64x8(__m512d);

impl Squares<Avx512> for F64x8 {
    type Block = [f32; 8];

    #[inline(always)]
    fn zero(_: Avx512) -> Self {
        // SAFETY: the argument proves AVX-512.
        Self(unsafe { _mm512_setzero_pd() })
    }

    #[inline(always)]
    fn add_squares(self, x: &[f32; 8]) -> Self {
        // SAFETY: `zero` asked for the proof of AVX-512, and the array is 8 readable values.
        Self(unsafe {
            let x = _mm512_cvtps_pd(_mm256_loadu_ps(x.as_ptr()));
            // The square of an f32 is exact in f64, so fusing rounds once as well: the same bits.
            _mm512_fmadd_pd(x, x, self.0)
        })
    }

    #[inline(always)]
    fn sums(self, put: impl FnMut(f64)) {
        let mut sums = [0.0; 8];
        // SAFETY: `zero` asked for the proof of AVX-512, and the array is 8 writable values.
        unsafe { _mm512_storeu_pd(sums.as_mut_ptr(), self.0) };
        sums.into_iter().for_each(put);
    }
}
