//! Square roots that do not wait for the divider: with `--cfg gradstep_fma_roots`, three registers of each group of four.
//!
//! The unit that divides also takes roots, and meanwhile the ports of fused multiply-adds idle. The correctly rounded root
//! is unique, so whatever provably computes it has the same bits. Six operations do, from an estimate of 1/√v that is off
//! by less than 2⁻¹⁴ of it: of all significands with all such estimates, 2.5·10¹⁰ pairs, none is wrong
//! (`tests/hardening/checks/fma-roots`). They hold for 0 and from 2⁻¹⁰⁰ up to 2¹²⁶. If any value of the group is another,
//! the divider takes all its roots.
//!
//! By a model of the processor they gain 1.6 times on Intel's with AVX-512. That was not measured, so they are off. On
//! Zen 4 they lose.

use super::avx512::F32x16;
use crate::lanes::Lanes;

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

#[inline(always)]
pub fn of_four([a, b, c, d]: [F32x16; 4]) -> [F32x16; 4] {
    if are_usual(a, b, c, d) {
        [a.sqrt(), of_one(b), of_one(c), of_one(d)]
    } else {
        // Not by `map`, which is a call here.
        [a.sqrt(), b.sqrt(), c.sqrt(), d.sqrt()]
    }
}

/// The root of each value, which is 0 or from 2⁻¹⁰⁰ up to 2¹²⁶.
#[inline(always)]
fn of_one(F32x16(v): F32x16) -> F32x16 {
    // SAFETY: a register exists only where its processor was proved, by `load`.
    F32x16(unsafe {
        // Of 0 the estimate is ∞, and 0·∞ would be NaN.
        let y = _mm512_min_ps(_mm512_rsqrt14_ps(v), _mm512_set1_ps(1e24));
        let g = _mm512_mul_ps(v, y);
        // Half of it, by its exponent.
        let h = _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_castps_si512(y), _mm512_set1_epi32(1 << 23)));
        let r = _mm512_fnmadd_ps(g, h, _mm512_set1_ps(0.5));
        let g = _mm512_fmadd_ps(g, r, g);
        let h = _mm512_fmadd_ps(h, r, h);
        let d = _mm512_fnmadd_ps(g, g, v);
        _mm512_fmadd_ps(d, h, g)
    })
}

/// Whether every value is 0 or from 2⁻¹⁰⁰ up to 2¹²⁶: by their bits, of which −0, NaN and what is negative have more.
#[inline(always)]
fn are_usual(a: F32x16, b: F32x16, c: F32x16, d: F32x16) -> bool {
    const LEAST: u32 = (127 - 100) << 23;
    const ABOVE: u32 = (127 + 126) << 23;
    // SAFETY: a register exists only where its processor was proved, by `load`.
    unsafe {
        let [a, b, c, d] =
            [_mm512_castps_si512(a.0), _mm512_castps_si512(b.0), _mm512_castps_si512(c.0), _mm512_castps_si512(d.0)];
        let largest = _mm512_max_epu32(_mm512_max_epu32(a, b), _mm512_max_epu32(c, d));
        // 1 less, so that 0 is large.
        let one = _mm512_set1_epi32(1);
        let [a, b, c, d] =
            [_mm512_sub_epi32(a, one), _mm512_sub_epi32(b, one), _mm512_sub_epi32(c, one), _mm512_sub_epi32(d, one)];
        let least = _mm512_min_epu32(_mm512_min_epu32(a, b), _mm512_min_epu32(c, d));
        let too_large = _mm512_cmpge_epu32_mask(largest, _mm512_set1_epi32(ABOVE as i32));
        let too_small = _mm512_cmplt_epu32_mask(least, _mm512_set1_epi32(LEAST as i32 - 1));
        too_large | too_small == 0
    }
}
