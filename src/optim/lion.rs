//! Lion: the step is the sign of a moving average of the gradient.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Decay, Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{decay_rate, non_negative, to_f32};
use core::num::NonZeroU64;

/// Lion, "evolved sign momentum", with decoupled weight decay.
///
/// ```text
/// θ ← (1 − ηλ)θ
/// θ ← θ − η · sign(β₁m + (1 − β₁)g)          of the old m; sign(0) is 0
/// m ← β₂m + (1 − β₂)g
/// ```
///
/// From Chen et al., *Symbolic discovery of optimization algorithms* (2023), arXiv:2302.06675, with its defaults.
/// PyTorch has no Lion; timm's is the same formula. Every element moves by η, so η is some ten times smaller than
/// Adam's, and λ as much larger. A gradient that is NaN makes its parameter and its m NaN.
///
/// State: `m` (timm's `exp_avg`), initially +0.0: half of Adam's.
///
/// ```
/// use gradstep::{Lion, Optimizer};
///
/// let (mut params, mut m) = ([1.0; 3], [0.0; 3]);
/// Lion::new(0.25).at(1)?.apply(&mut params, &[1e-3, 0.0, -1e9], [&mut m])?;
/// assert_eq!(params, [0.75, 1.0, 1.25]); // η, however large the gradient
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Lion {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Weight β₁ of the old m in the step, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub beta1: f64,
    /// Decay rate β₂ of m, at least 0 and, rounded to f32, below 1. Default 0.99.
    pub beta2: f64,
    /// Decoupled weight decay λ, finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Lion {
    /// With learning rate `lr` and the paper's defaults: β₁ 0.9, β₂ 0.99, no weight decay.
    ///
    /// ```
    /// let lion = gradstep::Lion::new(1e-4);
    /// assert_eq!((lion.beta1, lion.beta2, lion.weight_decay), (0.9, 0.99, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, maximize: false }
    }

    /// Sets [`beta1`](Self#structfield.beta1) and [`beta2`](Self#structfield.beta2).
    ///
    /// ```
    /// let lion = gradstep::Lion::new(1e-4).betas(0.95, 0.98);
    /// assert_eq!((lion.beta1, lion.beta2), (0.95, 0.98));
    /// ```
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }
}

hyperparameters!(Lion:
    /// let (mut p, mut m) = ([0.0], [1.0]);
    /// Lion::new(0.5).beta1(0.25).at(1)?.apply(&mut p, &[-1.0], [&mut m])?;
    /// assert_eq!(p, [0.5]); // β₁m + (1 − β₁)g is below 0
    beta1: f64,
    /// let (mut p, mut m) = ([0.0], [1.0]);
    /// Lion::new(0.5).beta2(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m])?;
    /// assert_eq!(m, [1.25]); // β₂m + (1 − β₂)g
    beta2: f64,
    /// let (mut p, mut m) = ([1.0], [0.0]);
    /// Lion::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m])?;
    /// assert_eq!(p, [0.875]); // (1 − ηλ)θ
    weight_decay: f64,
    /// let (mut p, mut m) = ([0.0], [0.0]);
    /// Lion::new(0.5).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut m])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<1> for Lion {
    type Rule = LionRule;
    const STATE: [&'static str; 1] = ["m"];
    const SLOTS: [Slot; 1] = [Slot::Signed];
    const DECAY: Decay = Decay::Shrink;

    accessors!();

    fn rule(&self, _: NonZeroU64) -> Result<LionRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let beta1 = decay_rate("beta1", self.beta1)?;
        let beta2 = decay_rate("beta2", self.beta2)?;
        Ok(LionRule {
            lr: to_f32("lr", lr, lr)?,
            beta1: beta1 as f32,
            one_minus_beta1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            one_minus_beta2: (1.0 - beta2) as f32,
        })
    }

    placed_here!(1);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LionRule {
    lr: f32,
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
}

impl Rule<1> for LionRule {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [m]: [L; 1]) -> [L; 1] {
        [m * self.beta2 + g * self.one_minus_beta2]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, [m]: [L; 1], _: [L; 1]) -> L {
        p - (m * self.beta1 + g * self.one_minus_beta1).sign() * self.lr
    }
}
