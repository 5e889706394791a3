//! AVX2: eight lanes.

use super::{operators, prefetch};
use crate::isa::{Cpu, Kernel};
use crate::lanes::{Block, Lanes, Quad, Register, Squares};

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
    type Squares = [F64x4; 8];

    #[inline(always)]
    fn prefetch<B: Block>(self, block: &B) {
        prefetch(block);
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves AVX2.
        unsafe { entry(self, kernel) }
    }
}

#[derive(Clone, Copy)]
pub struct F32x8(__m256);

operators!(F32x8, Add add _mm256_add_ps, Sub sub _mm256_sub_ps, Mul mul _mm256_mul_ps, Div div _mm256_div_ps);
operators!(F32x8, _mm256_set1_ps, Add add _mm256_add_ps, Mul mul _mm256_mul_ps);

impl Lanes for F32x8 {
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe { _mm256_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let at_least = _mm256_cmp_ps::<_CMP_GE_OQ>(self.0, other.0);
            let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0);
            _mm256_blendv_ps(other.0, self.0, _mm256_or_ps(at_least, nan))
        })
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            // Both instructions return their second operand if the first is not strictly smaller (greater), so for NaN.
            let below = _mm256_min_ps(_mm256_set1_ps(limit), self.0);
            _mm256_max_ps(_mm256_set1_ps(-limit), below)
        })
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let exponent = _mm256_and_ps(self.0, _mm256_set1_ps(f32::INFINITY));
            let subnormal = _mm256_cmp_ps::<_CMP_EQ_OQ>(exponent, _mm256_setzero_ps());
            _mm256_andnot_ps(subnormal, self.0)
        })
    }
}

impl Register<Avx2> for F32x8 {
    type Block = [f32; 8];
    type Narrower = wide::f32x4;

    #[inline(always)]
    fn load(_: Avx2, from: &[f32; 8]) -> Self {
        // SAFETY: the argument proves AVX2, the array is 8 readable values.
        Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 8]) {
        // SAFETY: a register exists only where its processor was proved, and the array is 8 writable values.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }
}

#[derive(Clone, Copy)]
pub struct F64x4(__m256d);

impl Squares<Avx2> for F64x4 {
    type Block = [f32; 4];

    #[inline(always)]
    fn zero(_: Avx2) -> Self {
        // SAFETY: the argument proves AVX2.
        Self(unsafe { _mm256_setzero_pd() })
    }

    #[inline(always)]
    fn add_squares(self, x: &[f32; 4]) -> Self {
        // SAFETY: `zero` asked for the proof of AVX2, and the array is 4 readable values.
        Self(unsafe {
            let x = _mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr()));
            _mm256_add_pd(self.0, _mm256_mul_pd(x, x))
        })
    }

    #[inline(always)]
    fn sums(self, put: impl FnMut(f64)) {
        let mut sums = [0.0; 4];
        // SAFETY: `zero` asked for the proof of AVX2, and the array is 4 writable values.
        unsafe { _mm256_storeu_pd(sums.as_mut_ptr(), self.0) };
        sums.into_iter().for_each(put);
    }
}
