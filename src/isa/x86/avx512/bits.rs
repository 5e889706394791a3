//! Sixteen lanes as integers.

use super::{Avx512, F32x16};
use crate::lanes::{Bits, Bitwise, NAN, UPPER};

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

/// The halves of two registers that are the upper ones.
static ODD: [u16; 32] = {
    let mut places = [0; 32];
    let mut i = 0;
    while i < 32 {
        places[i] = 2 * i as u16 + 1;
        i += 1;
    }
    places
};

/// The 32 halves, each for the upper one of the place where it belongs and for the lower one.
static SPREAD: [[u16; 32]; 2] = {
    let mut places = [[0; 32]; 2];
    let mut i = 0;
    while i < 64 {
        places[i / 32][i % 32] = i as u16 / 2;
        i += 1;
    }
    places
};

/// Sixteen integers.
#[derive(Clone, Copy)]
pub struct U32x16(__m512i);

impl Bits for U32x16 {
    #[inline(always)]
    fn splat(self, x: u32) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_set1_epi32(x as i32) })
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_sub_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_and_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_or_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn up<const N: u32>(self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_slli_epi32::<N>(self.0) })
    }

    #[inline(always)]
    fn down<const N: u32>(self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_srli_epi32::<N>(self.0) })
    }

    #[inline(always)]
    fn where_below(self, limit: u32, yes: Self, no: Self) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_mask_blend_epi32(_mm512_cmplt_epi32_mask(self.0, self.splat(limit).0), no.0, yes.0) })
    }
}

impl Bitwise<Avx512> for F32x16 {
    type Bits = U32x16;
    type Halves = [u16; 16];

    #[inline(always)]
    fn bits(self) -> U32x16 {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        U32x16(unsafe { _mm512_castps_si512(self.0) })
    }

    #[inline(always)]
    fn from_bits(bits: U32x16) -> Self {
        // SAFETY: integers come from a register or a load, for which the processor was proved.
        Self(unsafe { _mm512_castsi512_ps(bits.0) })
    }

    #[inline(always)]
    fn where_nan(self, yes: U32x16, no: U32x16) -> U32x16 {
        // SAFETY: a register exists only where its processor was proved, by `load`.
        U32x16(unsafe { _mm512_mask_blend_epi32(_mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0), no.0, yes.0) })
    }

    #[inline(always)]
    fn tamed(self) -> Self {
        // For each class of numbers, 4 bits: 1 for the number itself, 0 for what is in the first operand. The first two
        // classes are NaN.
        const TABLE: i32 = 0x1111_1100;
        // SAFETY: a register exists only where its processor was proved, by `load`.
        Self(unsafe {
            let nan = _mm512_castsi512_ps(_mm512_set1_epi32(NAN as i32));
            _mm512_fixupimm_ps::<0>(nan, self.0, _mm512_set1_epi32(TABLE))
        })
    }

    #[inline(always)]
    fn load_two_upper(_: Avx512, from: &[[u16; 16]; 2]) -> [U32x16; 2] {
        // SAFETY: the argument proves AVX-512, and the arrays are 64 readable bytes.
        unsafe {
            let x = _mm512_loadu_si512(from.as_ptr().cast());
            let [front, back] =
                [_mm512_loadu_si512(SPREAD[0].as_ptr().cast()), _mm512_loadu_si512(SPREAD[1].as_ptr().cast())];
            [
                U32x16(_mm512_maskz_permutexvar_epi16(0xAAAA_AAAA, front, x)),
                U32x16(_mm512_maskz_permutexvar_epi16(0xAAAA_AAAA, back, x)),
            ]
        }
    }

    #[inline(always)]
    fn store_two_upper([a, b]: [U32x16; 2], to: &mut [[u16; 16]; 2]) {
        // SAFETY: integers come from a register or a load, for which the processor was proved, and the arrays are 64
        // writable bytes.
        unsafe {
            let halves = _mm512_permutex2var_epi16(a.0, _mm512_loadu_si512(ODD.as_ptr().cast()), b.0);
            _mm512_storeu_si512(to.as_mut_ptr().cast(), halves);
        }
    }

    #[inline(always)]
    fn load_two_woven(_: Avx512, from: &[[u16; 16]; 2]) -> [U32x16; 2] {
        // SAFETY: the argument proves AVX-512, and the arrays are 64 readable bytes.
        let both = U32x16(unsafe { _mm512_loadu_si512(from.as_ptr().cast()) });
        [both.up::<16>(), both.and(both.splat(UPPER))]
    }

    #[inline(always)]
    fn store_two_woven([even, odd]: [U32x16; 2], to: &mut [[u16; 16]; 2]) {
        let both = even.down::<16>().or(odd.and(odd.splat(UPPER)));
        // SAFETY: integers come from a register or a load, for which the processor was proved, and the arrays are 64
        // writable bytes.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), both.0) }
    }

    #[inline(always)]
    fn load_halves(_: Avx512, from: &[u16; 16]) -> U32x16 {
        // SAFETY: the argument proves AVX-512, and the array is 32 readable bytes.
        U32x16(unsafe { _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().cast())) })
    }

    #[inline(always)]
    fn load_signed_halves(_: Avx512, from: &[u16; 16]) -> U32x16 {
        // SAFETY: the argument proves AVX-512, and the array is 32 readable bytes.
        U32x16(unsafe { _mm512_cvtepi16_epi32(_mm256_loadu_si256(from.as_ptr().cast())) })
    }

    #[inline(always)]
    fn store_halves(bits: U32x16, to: &mut [u16; 16]) {
        // SAFETY: integers come from a register or a load, for which the processor was proved, and the array is 32 writable
        // bytes.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(bits.0)) }
    }
}
