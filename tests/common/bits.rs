//! The arithmetic of the crate, one element at a time and one `f32` rounding an operation: the bits that every backend
//! must give. Written out from the specification, not from the crate's own source.

use gradstep::AnyOptimizer;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

use super::family::{AdamFamily, adam_family};

/// What a step is told beyond its optimizer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub scale: f32,
    pub clamp: Option<f32>,
    pub flush: bool,
}

impl Options {
    pub const NONE: Self = Self { scale: 1.0, clamp: None, flush: false };
    pub const ALL: Self = Self { scale: 0.75, clamp: Some(0.5), flush: true };
}

/// One step of one optimizer, its scalars folded.
#[derive(Clone, Copy, Debug)]
pub struct Oracle {
    scale: f32,
    clamp: Option<f32>,
    flush: bool,
    lr: f32,
    weight_decay: f32,
    rule: Rule,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Sgd,
    Momentum { first: bool, momentum: f32, undamped: f32, nesterov: bool },
    Adam(Moments),
}

#[derive(Clone, Copy, Debug)]
struct Moments {
    /// AdamW's `1 - lr * weight_decay`.
    decay: Option<f32>,
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
    lr_corrected: f32,
    rsqrt_correction2: f32,
    eps: f32,
    eps_root: f32,
    amsgrad: bool,
}

impl Oracle {
    /// `None` for an optimizer that is not written out here: then the scalar backend is the reference.
    pub fn fold(optimizer: &AnyOptimizer, t: u64, options: Options) -> Option<Self> {
        let (maximize, weight_decay, rule) = match optimizer {
            AnyOptimizer::Sgd(o) => (o.maximize, o.weight_decay, Rule::Sgd),
            AnyOptimizer::Momentum(o) => {
                let (momentum, undamped) = (o.momentum as f32, (1.0 - o.dampening) as f32);
                let rule = Rule::Momentum { first: t == 1, momentum, undamped, nesterov: o.nesterov };
                (o.maximize, o.weight_decay, rule)
            }
            _ => {
                let family = adam_family(optimizer)?;
                let adam = family.adam;
                let penalty = if family.decoupled { 0.0 } else { adam.weight_decay };
                (adam.maximize, penalty, Rule::Adam(Moments::fold(family, t)))
            }
        };
        Some(Self {
            scale: if maximize { -options.scale } else { options.scale },
            clamp: options.clamp,
            flush: options.flush,
            lr: optimizer.lr() as f32,
            weight_decay: weight_decay as f32,
            rule,
        })
    }

    /// The new parameter and state of one element. Slots that the optimizer does not use come back as they were.
    pub fn step(&self, p: f32, g: f32, state: [f32; 3]) -> (f32, [f32; 3]) {
        let mut g = self.scale * g;
        if let Some(limit) = self.clamp {
            if g > limit {
                g = limit;
            }
            if g < -limit {
                g = -limit;
            }
        }
        if self.weight_decay != 0.0 {
            let decay = self.weight_decay * p;
            g += decay;
        }
        let [first, second, third] = state;
        match self.rule {
            Rule::Sgd => (p - self.lr * g, state),
            Rule::Momentum { first: true, momentum, nesterov, .. } => {
                (p - self.lr * if nesterov { g + momentum * g } else { g }, [self.flushed(g), second, third])
            }
            Rule::Momentum { momentum, undamped, nesterov, .. } => {
                let (kept, new) = (momentum * first, undamped * g);
                let b = kept + new;
                (p - self.lr * if nesterov { g + momentum * b } else { b }, [self.flushed(b), second, third])
            }
            Rule::Adam(rule) => {
                let p = match rule.decay {
                    Some(decay) => decay * p,
                    None => p,
                };
                let (kept, new) = (rule.beta1 * first, rule.one_minus_beta1 * g);
                let m = kept + new;
                let (kept, weighed) = (rule.beta2 * second, rule.one_minus_beta2 * g);
                let v = kept + weighed * g;
                let (mut q, mut v_max) = (v, third);
                if rule.amsgrad {
                    if !(v_max >= v || v_max.is_nan()) {
                        v_max = v;
                    }
                    q = v_max;
                }
                if rule.eps_root != 0.0 {
                    q += rule.eps_root;
                }
                let denominator = q.sqrt() * rule.rsqrt_correction2 + rule.eps;
                let numerator = rule.lr_corrected * m;
                (p - numerator / denominator, [m, v, v_max].map(|x| self.flushed(x)))
            }
        }
    }

    fn flushed(&self, x: f32) -> f32 {
        if self.flush && x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
    }
}

impl Moments {
    fn fold(AdamFamily { adam, decoupled, amsgrad }: AdamFamily, t: u64) -> Self {
        let [c1, c2] =
            [adam.beta1, adam.beta2].map(|beta| if adam.bias_correction { one_minus_power(beta, t) } else { 1.0 });
        Self {
            decay: decoupled.then_some((1.0 - adam.lr * adam.weight_decay) as f32),
            beta1: adam.beta1 as f32,
            one_minus_beta1: (1.0 - adam.beta1) as f32,
            beta2: adam.beta2 as f32,
            one_minus_beta2: (1.0 - adam.beta2) as f32,
            lr_corrected: (adam.lr / c1) as f32,
            rsqrt_correction2: (1.0 / c2.sqrt()) as f32,
            eps: adam.eps as f32,
            eps_root: (adam.eps_root * c2) as f32,
            amsgrad,
        }
    }
}

/// 1 − βᵗ by the binary digits of t: with 1 − βᵃ = x and 1 − βᵇ = y, 1 − βᵃ⁺ᵇ = x + y − x·y. In integers, with `one`
/// for 1: at first so large that 1 − β has 64 bits; each digit halves it, down to 2⁶³. To 53 bits, halves up.
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
pub fn assert_same(found: &[f32], expected: &[f32], what: core::fmt::Arguments) {
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
