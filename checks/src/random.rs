//! Hyper-parameters at random, for [`Model::random`](crate::Model::random): legal, and with their corners.

use core::ops::Range;

#[allow(unused_imports)] // the logarithms, where there is no std
use num_traits::Float as _;

use crate::Rng;

/// A learning rate: 0, usual, or anywhere from 10⁻³⁰ to 1000.
pub fn rate(rng: &mut Rng) -> f64 {
    match rng.u8(0..9) {
        0 => 0.0,
        1..7 => log_uniform(rng, 1e-7..1.0),
        _ => log_uniform(rng, 1e-30..1e3),
    }
}

/// A weight decay: as [`rate`], but often 0.
pub fn weight_decay(rng: &mut Rng) -> f64 {
    match rng.u8(0..7) {
        0..2 => 0.0,
        2..6 => log_uniform(rng, 1e-6..1.0),
        _ => log_uniform(rng, 1e-30..1e3),
    }
}

/// The decay rate β of a moving average: from 0 to as close to 1 as `f32` allows.
pub fn decay_rate(rng: &mut Rng) -> f64 {
    match rng.u8(0..7) {
        0 => 0.0,
        1..3 => rng.f64(),
        _ => 1.0 - log_uniform(rng, 1e-7..1.0),
    }
}

/// Any magnitude in `range` equally often.
pub fn log_uniform(rng: &mut Rng, range: Range<f64>) -> f64 {
    uniform(rng, range.start.ln()..range.end.ln()).exp()
}

/// Any number in `range` equally often.
pub fn uniform(rng: &mut Rng, range: Range<f64>) -> f64 {
    range.start + (range.end - range.start) * rng.f64()
}
