//! The bits that every backend must give: one element at a time, one `f32` rounding an operation, written out from the
//! specification. Here is what the sweep does around a rule; the rule is [`Model::written_out`].

use core::fmt::Arguments;

use gradstep::{Decay, Error, Isa, Optimizer, Rule, Step};

use crate::Model;

/// What a step is told beyond its optimizer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// `scale_grads`.
    pub scale: f32,
    /// `clamp_grads`.
    pub clamp: Option<f32>,
    /// `flush_subnormals`.
    pub flush: bool,
}

impl Options {
    /// None.
    pub const NONE: Self = Self { scale: 1.0, clamp: None, flush: false };
    /// Each.
    pub const ALL: Self = Self { scale: 0.75, clamp: Some(0.5), flush: true };

    /// The step with these options.
    pub fn step<O: Optimizer<S>, const S: usize>(self, optimizer: &O, t: u64, isa: Isa) -> Result<Step<O, S>, Error> {
        let mut step = optimizer.at(t)?.on(isa);
        if self.scale != 1.0 {
            step = step.scale_grads(self.scale);
        }
        if let Some(limit) = self.clamp {
            step = step.clamp_grads(limit);
        }
        if self.flush {
            step = step.flush_subnormals();
        }
        Ok(step)
    }
}

/// Step `t`: from a parameter, a gradient and the old state to the new parameter and state. The scalars are folded once.
pub fn step<M: Model<S>, const S: usize>(
    optimizer: &M::Optimizer,
    t: u64,
    options: Options,
) -> impl Fn(f32, f32, [f32; S]) -> (f32, [f32; S]) {
    let Options { scale, clamp, flush } = options;
    let scale = if optimizer.maximize() { -scale } else { scale };
    let decay = optimizer.weight_decay();
    let penalty = if M::DECAY == Decay::Penalty { decay as f32 } else { 0.0 };
    let shrink = (M::DECAY == Decay::Shrink).then_some((1.0 - optimizer.lr() * decay) as f32);
    let rule = M::written_out(optimizer, t);
    move |p, g, old| {
        let mut g = scale * g;
        if let Some(limit) = clamp {
            if g > limit {
                g = limit;
            }
            if g < -limit {
                g = -limit;
            }
        }
        if penalty != 0.0 {
            let gradient = penalty * p;
            g += gradient;
        }
        let p = match shrink {
            Some(shrink) => shrink * p,
            None => p,
        };
        let (p, new) = rule(p, g, old);
        (p, if flush { new.map(flushed) } else { new })
    }
}

/// A rule, one element at a time.
pub fn by_rule<R: Rule<S>, const S: usize>(rule: R) -> impl Fn(f32, f32, [f32; S]) -> (f32, [f32; S]) {
    move |p, g, old| {
        let new = rule.state(p, g, old);
        (rule.param(p, g, old, new), new)
    }
}

/// Z of the specification.
fn flushed(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}

/// The larger of two, and NaN if either is: `f64::max` drops a NaN.
pub fn larger(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}

/// 1, −1, +0 at either zero, and NaN of a NaN.
pub fn sign(x: f32) -> f32 {
    match x {
        x if x.is_nan() => x,
        0.0 => 0.0,
        x => 1f32.copysign(x),
    }
}

/// 1 − βᵗ by the binary digits of t: with 1 − βᵃ = x and 1 − βᵇ = y, 1 − βᵃ⁺ᵇ = x + y − x·y. In integers, with `one`
/// for 1: at first so large that 1 − β has 64 bits; each digit halves it, down to 2⁶³. To 53 bits, halves up. For a
/// legal β, and t ≥ 1.
pub fn one_minus_power(beta: f64, t: u64) -> f64 {
    let (mut c, mut w, mut one) = (0_u128, 1.0 - beta, 1_u128 << 63);
    while w < 1.0 {
        (w, one) = (2.0 * w, 2 * one);
    }
    let mut w = (w * (1_u64 << 63) as f64) as u128;
    for digit in 0..u64::BITS - t.leading_zeros() {
        if one > 1 << 63 {
            (c, w, one) = (c / 2, w / 2, one / 2);
        }
        let and = |x: u128, y: u128| x + y - ((x * y) >> one.trailing_zeros());
        if t >> digit & 1 == 1 {
            c = and(c, w);
        }
        w = and(w, w);
    }
    let excess = u128::BITS - c.leading_zeros() - 53;
    (((c >> (excess - 1)) + 1) >> 1) as f64 * ((1_u128 << excess) as f64 / one as f64)
}

/// Whether two values are the same bits, all NaNs being one value.
pub fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Panics at the first element whose bits differ.
#[track_caller]
pub fn assert_same(found: &[f32], expected: &[f32], what: Arguments) {
    assert_eq!(found.len(), expected.len(), "{what}");
    if let Some(i) = (0..found.len()).find(|&i| !same(found[i], expected[i])) {
        let (found, expected) = (found[i], expected[i]);
        panic!(
            "{what}: element {i} is {found:e} ({:#010x}), expected {expected:e} ({:#010x})",
            found.to_bits(),
            expected.to_bits()
        );
    }
}
