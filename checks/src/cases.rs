//! What the checks run through beside the [cases of an optimizer](crate::Model::cases): options of a step, and values.

use crate::Rng;
use crate::model::Holds;
use crate::written_out::Options;

/// Options that between them take every loop of a kernel: the plain one, the scaled one and the general one.
pub const LOOPS: [Options; 3] = [Options::NONE, Options { scale: 0.75, ..Options::NONE }, Options::ALL];

/// The options of a step: none, each alone, all together, and zeros.
pub const OPTIONS: [Options; 7] = [
    Options::NONE,
    Options { scale: 1.0 / 3.0, ..Options::NONE },
    Options { clamp: Some(0.5), ..Options::NONE },
    Options { flush: true, ..Options::NONE },
    Options { scale: -128.0, clamp: Some(3.0), flush: true },
    Options { scale: 0.0, ..Options::NONE },
    Options { clamp: Some(0.0), ..Options::NONE },
];

/// The corners of `f32`: zeros, subnormals, the edges of the normal range, infinities, NaN.
pub const SPECIAL: [f32; 20] = [
    0.0,
    -0.0,
    f32::from_bits(1),
    -f32::from_bits(1),
    f32::from_bits(500), // where v sticks for beta2 = 0.999
    f32::from_bits(0x007F_FFFF),
    -f32::from_bits(0x007F_FFFF),
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    f32::EPSILON,
    1.0,
    -1.0,
    0.5,
    -0.5,
    5.8e20, // its square overflows
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Any `f32`: half of them of everyday magnitude, the others of any bits or a corner.
pub fn any_value(rng: &mut Rng) -> f32 {
    match rng.u8(0..4) {
        0 => SPECIAL[rng.usize(..SPECIAL.len())],
        1 => f32::from_bits(rng.u32(..)),
        _ => everyday(rng),
    }
}

/// Between −1 and 1.
pub fn everyday(rng: &mut Rng) -> f32 {
    2.0 * rng.f32() - 1.0
}

/// A value of state. Squares and magnitudes are mostly not negative, as a root wants them.
pub fn state(rng: &mut Rng, holds: Holds) -> f32 {
    let x = any_value(rng);
    if matches!(holds, Holds::Squares | Holds::Magnitudes) && rng.u8(..) != 0 { x.abs() } else { x }
}
