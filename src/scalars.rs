//! From hyper-parameters in f64 to the scalars of a step in f32: validation, folding, one rounding.
//!
//! This is the only f64 of a step, and it is done once per step.

use crate::error::Error;

/// `value`, or the error that says what it must be. Write conditions so that NaN fails them.
pub fn require(name: &'static str, value: f64, ok: bool, range: &'static str) -> Result<f64, Error> {
    if ok { Ok(value) } else { Err(Error::hyperparameter(name, value, range)) }
}

/// A learning rate, a weight decay, an ε.
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

/// The decay rate β of a moving average.
pub fn decay_rate(name: &'static str, value: f64) -> Result<f64, Error> {
    require(name, value, is_non_negative(value) && is_below_one(value as f32), "at least 0 and below 1, also as an f32")
}

/// `folded`, which `value` led to, rounded to f32.
pub fn single(name: &'static str, value: f64, folded: f64) -> Result<f32, Error> {
    let single = folded as f32;
    require(name, value, single.is_finite(), "small enough for what is computed from it to be finite as an f32")?;
    Ok(single)
}

/// 1 − βᵗ without cancellation, to 5e-16 for every t: by the bits of t, with c = 1 − βˢ for the bits so far and
/// w = 1 − β^(2ᵏ) for bit k.
pub fn one_minus_power(beta: f64, t: u64) -> f64 {
    let mut c = 0.0;
    let mut w = 1.0 - beta;
    let mut bits = t;
    while bits != 0 {
        if bits & 1 == 1 {
            c += w * (1.0 - c);
        }
        w *= 2.0 - w;
        bits >>= 1;
    }
    c
}

/// √x, exactly rounded.
pub fn sqrt(x: f64) -> f64 {
    if crate::isa::SIMD { wide::f64x2::splat(x).sqrt().to_array()[0] } else { libm::sqrt(x) }
}
