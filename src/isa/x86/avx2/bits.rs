//! Eight lanes as integers.

use super::{Avx2, F32x8};
use crate::lanes::{Bits, Bitwise, UPPER};

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

/// Eight integers.
#[derive(Clone, Copy)]
pub struct U32x8(__m256i);

impl Bits for U32x8 {
    #[inline(always)]
    fn splat(self, x: u32) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_set1_epi32(x as i32) })
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_sub_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_and_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_or_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn up<const N: u32>(self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_sll_epi32(self.0, _mm_cvtsi32_si128(N as i32)) })
    }

    #[inline(always)]
    fn down<const N: u32>(self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_srl_epi32(self.0, _mm_cvtsi32_si128(N as i32)) })
    }

    #[inline(always)]
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_blendv_epi8(no.0, yes.0, _mm256_cmpgt_epi32(self.splat(limit).0, self.0)) })
    }
}

impl Bitwise<Avx2> for F32x8 {
    type Bits = U32x8;
    type Halves = [u16; 8];

    #[inline(always)]
    fn bits(self) -> U32x8 {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        U32x8(unsafe { _mm256_castps_si256(self.0) })
    }

    #[inline(always)]
    fn from_bits(bits: U32x8) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm256_castsi256_ps(bits.0) })
    }

    #[inline(always)]
    fn where_nan(self, yes: U32x8, no: U32x8) -> U32x8 {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        U32x8(unsafe {
            let nan = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0));
            _mm256_blendv_epi8(no.0, yes.0, nan)
        })
    }

    #[inline(always)]
    fn load_two_upper(_: Avx2, from: &[[u16; 8]; 2]) -> [U32x8; 2] {
        // SAFETY: the argument proves AVX2, and the arrays are 32 readable bytes.
        unsafe {
            // The quarters in such an order that both halves are in place after the next instruction.
            let x = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_loadu_si256(from.as_ptr().cast()));
            let zero = _mm256_setzero_si256();
            [U32x8(_mm256_unpacklo_epi16(zero, x)), U32x8(_mm256_unpackhi_epi16(zero, x))]
        }
    }

    #[inline(always)]
    fn store_two_upper([a, b]: [U32x8; 2], to: &mut [[u16; 8]; 2]) {
        // SAFETY: integers come from a register or a load, for which the processor was proved, and the arrays are 32
        // writable bytes.
        unsafe {
            let halves = _mm256_packus_epi32(a.down::<16>().0, b.down::<16>().0);
            _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm256_permute4x64_epi64::<0b11_01_10_00>(halves));
        }
    }

    #[inline(always)]
    fn load_two_woven(_: Avx2, from: &[[u16; 8]; 2]) -> [U32x8; 2] {
        // SAFETY: the argument proves AVX2, and the arrays are 32 readable bytes.
        let both = U32x8(unsafe { _mm256_loadu_si256(from.as_ptr().cast()) });
        [both.up::<16>(), both.and(both.splat(UPPER))]
    }

    #[inline(always)]
    fn store_two_woven([even, odd]: [U32x8; 2], to: &mut [[u16; 8]; 2]) {
        let both = even.down::<16>().or(odd.and(odd.splat(UPPER)));
        // SAFETY: integers come from a register or a load, for which the processor was proved, and the arrays are 32
        // writable bytes.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), both.0) }
    }

    #[inline(always)]
    fn load_halves(_: Avx2, from: &[u16; 8]) -> U32x8 {
        // SAFETY: the argument proves AVX2, and the array is 16 readable bytes.
        U32x8(unsafe { _mm256_cvtepu16_epi32(_mm_loadu_si128(from.as_ptr().cast())) })
    }

    #[inline(always)]
    fn load_signed_halves(_: Avx2, from: &[u16; 8]) -> U32x8 {
        // SAFETY: the argument proves AVX2, and the array is 16 readable bytes.
        U32x8(unsafe { _mm256_cvtepi16_epi32(_mm_loadu_si128(from.as_ptr().cast())) })
    }

    #[inline(always)]
    fn store_halves(bits: U32x8, to: &mut [u16; 8]) {
        // SAFETY: integers come from a register or a load, for which the processor was proved, and the array is 16 writable
        // bytes.
        unsafe {
            let halves = _mm_packus_epi32(_mm256_castsi256_si128(bits.0), _mm256_extracti128_si256::<1>(bits.0));
            _mm_storeu_si128(to.as_mut_ptr().cast(), halves);
        }
    }
}
