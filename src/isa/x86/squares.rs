//! Sums of squares, four f64 at a time: also with AVX-512, whose registers of eight are slower where the processor splits
//! them, and not faster elsewhere.

use super::{Avx2, Avx512};
use crate::lanes::Squares;

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

/// Processors with AVX2 and FMA.
pub trait Fma: Copy {}
impl Fma for Avx2 {}
impl Fma for Avx512 {}

#[derive(Clone, Copy)]
pub struct F64x4(__m256d);

impl<C: Fma> Squares<C> for F64x4 {
    type Block = [f32; 4];

    #[inline(always)]
    fn zero(_: C) -> Self {
        // SAFETY: the argument proves the processor.
        Self(unsafe { _mm256_setzero_pd() })
    }

    #[inline(always)]
    fn add_squares(self, x: &[f32; 4]) -> Self {
        // SAFETY: `zero` asked for the proof of AVX2 and FMA, and the array is 4 readable values.
        Self(unsafe {
            let x = _mm256_cvtps_pd(_mm_loadu_ps(x.as_ptr()));
            // The square of an f32 is exact in f64, so fusing rounds once as well: the same bits.
            _mm256_fmadd_pd(x, x, self.0)
        })
    }

    #[inline(always)]
    fn sums(self, put: impl FnMut(f64)) {
        let mut sums = [0.0; 4];
        // SAFETY: `zero` asked for the proof, and the array is as many writable values as a register holds.
        unsafe { _mm256_storeu_pd(sums.as_mut_ptr(), self.0) };
        sums.into_iter().for_each(put);
    }
}
