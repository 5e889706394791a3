//! What the tests run through: optimizers with their options, step options, and values.
//!
//! Plain `core`, as `bits` and `call` are, so that they also run on a Cortex-M0 (`tests/targets`).

use fastrand::Rng;
use gradstep::{Adam, AdamW, AnyOptimizer, Momentum, Sgd};

use super::bits::Options;

/// The registry, then every option of every optimizer, alone and together, and the values at which the arithmetic
/// takes another path.
pub fn optimizers() -> impl Iterator<Item = AnyOptimizer> {
    [AnyOptimizer::ALL, SGD, MOMENTUM, ADAM, ADAMW].into_iter().flatten().copied()
}

const SGD: &[AnyOptimizer] = &{
    let sgd = Sgd::new(0.1);
    [
        AnyOptimizer::Sgd(sgd.weight_decay(0.01)),
        AnyOptimizer::Sgd(sgd.weight_decay(1e-50)), // 0 as f32: no term
        AnyOptimizer::Sgd(sgd.maximize(true)),
        AnyOptimizer::Sgd(Sgd::new(0.0).weight_decay(0.5).maximize(true)),
    ]
};

const MOMENTUM: &[AnyOptimizer] = &{
    let momentum = Momentum::new(0.01, 0.9);
    [
        AnyOptimizer::Momentum(momentum.dampening(0.5)),
        AnyOptimizer::Momentum(momentum.dampening(1.0)),
        AnyOptimizer::Momentum(momentum.nesterov(true)),
        AnyOptimizer::Momentum(momentum.weight_decay(0.01)),
        AnyOptimizer::Momentum(momentum.nesterov(true).weight_decay(5e-4).maximize(true)),
        AnyOptimizer::Momentum(Momentum::new(0.01, 0.0).dampening(0.25)),
    ]
};

/// The same options for Adam and AdamW, which share the builders' names but no type, and for AMSGrad over them.
macro_rules! adam_family {
    ($Base:ident, $Ams:ident, $new:expr) => {
        adam_family!($Base, $Ams:
            $new.weight_decay(0.01),
            $new.weight_decay(0.0),
            $new.maximize(true),
            $new.betas(0.0, 0.0),
            $new.betas(0.5, 0.999_999_9),
            $new.eps(1e-3).bias_correction(false),
            $new.eps(0.0).eps_root(1e-8),
            $new.eps_root(1e-60), // 0 as f32: no term
            $new.betas(0.8, 0.95).eps(1e-6).eps_root(1e-12).weight_decay(0.1).maximize(true)
        )
    };
    ($Base:ident, $Ams:ident: $($base:expr),*) => {
        &[$(AnyOptimizer::$Base($base), AnyOptimizer::$Ams($base.amsgrad())),*]
    };
}

const ADAM: &[AnyOptimizer] = adam_family!(Adam, AmsGrad, Adam::new(2e-3));
const ADAMW: &[AnyOptimizer] = adam_family!(AdamW, AmsGradW, AdamW::new(2e-3));

/// Options that between them take every loop of a kernel: the plain one, the scaled one and the general one.
pub const LOOPS: [Options; 3] = [Options::NONE, Options { scale: 0.75, ..Options::NONE }, Options::ALL];

/// The step's options: none, each alone, all together, and zeros.
pub fn options() -> [Options; 7] {
    let none = Options::NONE;
    [
        none,
        Options { scale: 1.0 / 3.0, ..none },
        Options { clamp: Some(0.5), ..none },
        Options { flush: true, ..none },
        Options { scale: -128.0, clamp: Some(3.0), flush: true },
        Options { scale: 0.0, ..none },
        Options { clamp: Some(0.0), ..none },
    ]
}

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

/// Between -1 and 1.
pub fn everyday(rng: &mut Rng) -> f32 {
    2.0 * rng.f32() - 1.0
}

/// A value for a slice of this name. Second moments are mostly not negative, as a square root wants them.
pub fn value(rng: &mut Rng, slice: &str) -> f32 {
    let x = any_value(rng);
    let square = slice.starts_with('v') && slice != "velocity";
    if square && rng.u8(..) != 0 { x.abs() } else { x }
}
