//! An optimizer of one's own: a configuration, and the rule of its steps.

#![no_std]

use core::num::NonZeroU64;

use gradstep::scalars::{decay_rate, non_negative, one_minus_power, require, sqrt, to_f32};
use gradstep::{Error, Lanes, Optimizer, Rule, Slot, placed_here};

/// Yogi: Adam whose second moment moves by a step of its own size, so that it does not forget at once.
///
/// ```text
/// m ← β₁m + (1 − β₁)g
/// v ← v − (1 − β₂) · sign(v − g²) · g²
/// θ ← θ − η · m̂ / (√v̂ + ε)                    m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)
/// ```
///
/// From Zaheer et al., *Adaptive methods for nonconvex optimization* (2018).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yogi {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate β₁ of the average of gradients, at least 0 and below 1.
    pub beta1: f64,
    /// Decay rate β₂ of the second moment, at least 0 and below 1.
    pub beta2: f64,
    /// ε, finite and above 0 as an f32.
    pub eps: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0.
    pub weight_decay: f64,
}

impl Yogi {
    /// With learning rate `lr` and the paper's β₁ 0.9, β₂ 0.999, ε 1e-3.
    pub const fn new(lr: f64) -> Self {
        Self { lr, beta1: 0.9, beta2: 0.999, eps: 1e-3, weight_decay: 0.0 }
    }
}

impl Optimizer<2> for Yogi {
    type Rule = YogiRule;
    const STATE: [&'static str; 2] = ["m", "v"];
    const SLOTS: [Slot; 2] = [Slot::Signed, Slot::SecondMoment];

    fn lr(&self) -> f64 {
        self.lr
    }

    fn with_lr(self, lr: f64) -> Self {
        Self { lr, ..self }
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn rule(&self, t: NonZeroU64) -> Result<YogiRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let beta1 = decay_rate("beta1", self.beta1)?;
        let beta2 = decay_rate("beta2", self.beta2)?;
        let eps = to_f32("eps", self.eps, non_negative("eps", self.eps)?)?;
        require("eps", self.eps, eps > 0.0, "above 0 as an f32")?;
        Ok(YogiRule {
            lr: to_f32("lr", lr, lr / one_minus_power(beta1, t))?,
            beta1: beta1 as f32,
            one_minus_beta1: (1.0 - beta1) as f32,
            one_minus_beta2: (1.0 - beta2) as f32,
            root_correction: (1.0 / sqrt(one_minus_power(beta2, t))) as f32,
            eps,
        })
    }

    placed_here!(2);
}

/// Yogi's scalars, with the bias corrections in `lr` and `root_correction`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct YogiRule {
    lr: f32,
    beta1: f32,
    one_minus_beta1: f32,
    one_minus_beta2: f32,
    root_correction: f32,
    eps: f32,
}

impl Rule<2> for YogiRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [m, v]: [L; 2]) -> [L; 2] {
        let square = g * g;
        [m * self.beta1 + g * self.one_minus_beta1, v - (v - square).sign() * (square * self.one_minus_beta2)]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 2], [m, v]: [L; 2]) -> L {
        p - m * self.lr / (v.sqrt() * self.root_correction + self.eps)
    }
}
