//! From hyper-parameters in `f64` to the scalars of a step in `f32`: validation, folding, one rounding. For the
//! [`Optimizer::rule`](crate::Optimizer::rule) of every optimizer, ours and yours.
//!
//! ```
//! use gradstep::{Error, scalars::*};
//! use std::num::NonZeroU64;
//!
//! /// η/(1 − βᵗ), rounded once.
//! fn corrected(lr: f64, beta: f64, t: NonZeroU64) -> Result<f32, Error> {
//!     let (lr, beta) = (non_negative("lr", lr)?, decay_rate("beta", beta)?);
//!     to_f32("lr", lr, lr / one_minus_power(beta, t))
//! }
//!
//! assert_eq!(corrected(0.25, 0.5, NonZeroU64::MIN), Ok(0.5));
//! ```
//!
//! This is the only `f64` of a step, and it is done once per step. Everything here has the same bits on every target.
//! `powi` and the platform's `pow` have not.

use crate::error::Error;
use core::num::NonZeroU64;

/// `value`, or the error that says what it must be: [`Error::Hyperparameter`]. `range` is the end of a sentence. Write
/// conditions so that NaN fails them.
///
/// # Errors
///
/// If not `ok`.
///
/// ```
/// use gradstep::scalars::require;
///
/// assert_eq!(require("power", 2.0, 2.0 > 1.0, "above 1"), Ok(2.0));
/// let refused = require("power", 0.5, 0.5 > 1.0, "above 1").unwrap_err();
/// assert_eq!(refused.to_string(), "power is 0.5, but it must be above 1");
/// ```
pub fn require(name: &'static str, value: f64, ok: bool, range: &'static str) -> Result<f64, Error> {
    if ok { Ok(value) } else { Err(Error::hyperparameter(name, value, range)) }
}

/// A learning rate, a weight decay, an ε: finite and at least 0.
///
/// # Errors
///
/// [`Error::Hyperparameter`].
///
/// ```
/// use gradstep::scalars::non_negative;
///
/// assert_eq!(non_negative("lr", 0.1), Ok(0.1));
/// assert!(non_negative("lr", f64::NAN).is_err());
/// ```
pub fn non_negative(name: &'static str, value: f64) -> Result<f64, Error> {
    require(name, value, is_non_negative(value), "finite and at least 0")
}

/// Finite and at least 0 (−0 too), by the bits: in soft float each kind of comparison of f64 is 100 bytes of flash.
fn is_non_negative(value: f64) -> bool {
    value.to_bits() < f64::INFINITY.to_bits() || value.to_bits() == (-0.0_f64).to_bits()
}

/// The magnitude, by the bits: LLVM would compare the f64 that `value` was rounded from.
fn is_below_one(value: f32) -> bool {
    value.abs().to_bits() < 1.0_f32.to_bits()
}

/// The decay rate β of a moving average: at least 0 and, rounded to `f32`, below 1.
///
/// # Errors
///
/// [`Error::Hyperparameter`].
///
/// ```
/// use gradstep::scalars::decay_rate;
///
/// assert_eq!(decay_rate("beta1", 0.9), Ok(0.9));
/// assert!(decay_rate("beta1", 1.0 - 1e-9).is_err()); // 1 as an f32
/// ```
pub fn decay_rate(name: &'static str, value: f64) -> Result<f64, Error> {
    require(name, value, is_non_negative(value) && is_below_one(value as f32), "at least 0 and below 1, also as an f32")
}

/// Rounds `folded` to `f32`. For the error, `value` is what the caller wrote, from which it was computed.
///
/// # Errors
///
/// [`Error::Hyperparameter`] if the rounded one is not finite.
///
/// ```
/// use gradstep::scalars::to_f32;
///
/// assert_eq!(to_f32("lr", 0.25, 0.25 / 0.5), Ok(0.5));
/// assert!(to_f32("lr", 1e38, 1e38 / 0.1).is_err());
/// ```
pub fn to_f32(name: &'static str, value: f64, folded: f64) -> Result<f32, Error> {
    let single = folded as f32;
    require(name, value, single.is_finite(), "small enough for what is computed from it to be finite as an f32")?;
    Ok(single)
}

/// 1 − βᵗ, within a relative 1.5·2⁻⁵³, and 1 − β itself for t = 1: the bias correction of a moving average that began
/// at 0. NaN unless β is a legal [`decay_rate`].
///
/// ```
/// use gradstep::scalars::one_minus_power;
/// use std::num::NonZeroU64;
///
/// assert_eq!(one_minus_power(0.999, NonZeroU64::MAX), 1.0);
/// assert_eq!(NonZeroU64::new(3).map(|t| one_minus_power(0.5, t)), Some(0.875));
/// ```
#[must_use]
pub fn one_minus_power(beta: f64, t: NonZeroU64) -> f64 {
    if decay_rate("beta", beta).is_ok() { bias_correction(beta, t.get()) } else { f64::NAN }
}

/// [`one_minus_power`] of a legal β, for t ≥ 1. (Inlined, for callers who need 1 − β too.)
#[inline(always)]
pub(crate) fn bias_correction(beta: f64, t: u64) -> f64 {
    complement_of_power(1.0 - beta, t)
}

/// 1 − (1 − w)ᵗ in integers: the same on every processor, and cheap on those without f64.
///
/// By the bits of t from the lowest: c = 1 − βˢ, where s is the bits so far, and w = 1 − β^(2ᵏ) for bit k. Nothing
/// cancels, because β itself does not occur.
///
/// Both count units of 2^(−63 − `shift`), at first so small that w fills 64 bits. From bit to bit w doubles, or nearly,
/// and so does the unit until it is 2⁻⁶³: w keeps its leading bits, however close to 1 β is.
fn complement_of_power(w: f64, mut t: u64) -> f64 {
    debug_assert!(0.0 < w && w <= 1.0 && t >= 1);
    let bits = w.to_bits();
    let mut shift = 1023_u32.wrapping_sub((bits >> 52) as u32);
    let mut w = bits << 11 | 1 << 63;
    let mut c = 0;
    loop {
        if shift > 0 {
            shift -= 1;
            c >>= 1;
            w >>= 1;
        }
        if t & 1 == 1 {
            c = join(c, w, shift);
        }
        t >>= 1;
        if t == 0 {
            break;
        }
        w = join(w, w, shift);
    }
    while c >> 63 == 0 {
        c <<= 1;
        shift += 1;
    }
    // The highest bit, which an f64 only implies, adds 1 to the exponent. So may rounding to the nearest.
    f64::from_bits((u64::from(1022_u32.wrapping_sub(shift)) << 52) + (c >> 11) + (c >> 10 & 1))
}

/// 1 − (1 − a)(1 − b) = a + b − a·b, in units of 2^(−63 − `shift`).
#[inline(never)] // Twice the code would be 60 bytes more of flash.
fn join(a: u64, b: u64, shift: u32) -> u64 {
    let product = (u128::from(a) * u128::from(b)) >> 63;
    // A β that is below 1 as an f32 needs no shift above 24; one known to be below 32 is short on 32-bit processors.
    a + (b - (product as u64 >> (shift % 32)))
}

/// √x, exactly rounded. NaN below 0.
///
/// ```
/// assert_eq!(gradstep::scalars::sqrt(2.25), 1.5);
/// ```
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    if x < 0.0 {
        f64::NAN
    } else if x < f64::MIN_POSITIVE {
        // Exactly, and back: the root is normal.
        root(x * f64::from_bits((1023 + 108) << 52)) * f64::from_bits((1023 - 54) << 52)
    } else {
        root(x)
    }
}

/// [`sqrt`] of x ≥ 0 that is not subnormal.
pub(crate) fn root(x: f64) -> f64 {
    if crate::isa::SIMD { wide::f64x2::splat(x).sqrt().to_array()[0] } else { bitwise_sqrt(x) }
}

/// The root, a bit at a time: less code than `libm::sqrt` with its table, for what a step needs once.
///
/// With x = m·4ᵏ and 2⁵² ≤ m < 2⁵⁴, the root is √m·2ᵏ. `root` collects the bits of 2²⁷·√m, of which the last decides the
/// rounding; `rest` is what the square of those found so far lacks, and moves left instead of them.
fn bitwise_sqrt(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = bits >> 52;
    if exponent == 0 || exponent >= 0x7FF {
        // Zero (a square of f32 that is not, is normal), infinity, NaN.
        return x;
    }
    let odd = exponent & 1;
    let mut rest = ((bits << 12 >> 12) | 1 << 52) << (2 - odd);
    let (mut root, mut twice) = (0, 0);
    let mut bit: u64 = 1 << 53;
    while bit > 0 {
        if twice + bit <= rest {
            rest -= twice + bit;
            twice += bit << 1;
            root |= bit;
        }
        rest <<= 1;
        bit >>= 1;
    }
    // No root lies halfway between two f64, so the bit below the last decides.
    let rounded = (root + 1) >> 1;
    f64::from_bits(((((exponent + odd) >> 1) + 510) << 52) + rounded)
}

#[cfg(test)]
mod tests;
