//! AdamW: Adam with the weight decay taken out of the gradient.

use super::adam::{AdamFamily, AdamRule};
use super::{Adam, AmsGrad, Fold, Folded, Optimizer, Rule};
use crate::Error;
use crate::builders::builders;
use crate::fold::{non_negative, single};
use crate::kernel::Options;
use crate::lanes::Lanes;

/// Adam with decoupled weight decay.
///
/// ```text
/// θ ← (1 − ηλ)θ
/// then as Adam without weight decay
/// ```
///
/// From Loshchilov and Hutter, *Decoupled weight decay regularization* (2019), arXiv:1711.05101.
///
/// As PyTorch's `AdamW`, which like this scales the decay by η. Below ηλ = 2⁻²⁵ (η 1e-6 with λ 0.01) the factor rounds to 1 and nothing decays, in PyTorch
/// as here.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{AdamW, Optimizer};
///
/// let adamw = AdamW::new(0.1).weight_decay(0.5);
/// let (mut params, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// adamw.at(1)?.apply(&mut params, &[0.0], [&mut m, &mut v])?;
/// assert_eq!(params, [0.95]); // the decay alone: the gradient is 0
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct AdamW {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate β₁ of the average of gradients, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub beta1: f64,
    /// Decay rate β₂ of the average of squared gradients, at least 0 and, rounded to f32, below 1. Default 0.999.
    pub beta2: f64,
    /// ε, finite and at least 0; above 0 (as f32) unless ε_root·(1 − β₂ᵗ) is, which is smallest at t = 1. Default 1e-8.
    pub eps: f64,
    /// ε inside the root, finite and at least 0. Default 0.
    pub eps_root: f64,
    /// Divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ. Default `true`.
    pub bias_correction: bool,
    /// Decoupled weight decay λ, finite and at least 0: a step shrinks θ by the factor 1 − ηλ (ηλ above 1 is
    /// allowed and flips the sign of θ). Default 0.01.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl AdamW {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, weight decay 0.01.
    ///
    /// ```
    /// let adamw = gradstep::AdamW::new(1e-3);
    /// assert_eq!((adamw.beta1, adamw.beta2, adamw.eps, adamw.weight_decay), (0.9, 0.999, 1e-8, 0.01));
    /// ```
    pub const fn new(lr: f64) -> Self {
        let Adam { beta1, beta2, eps, eps_root, bias_correction, maximize, .. } = Adam::new(lr);
        Self { lr, beta1, beta2, eps, eps_root, bias_correction, weight_decay: 0.01, maximize }
    }

    /// As [`Adam::betas`].
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }

    /// As [`Adam::amsgrad`].
    pub const fn amsgrad(self) -> AmsGrad<Self> {
        AmsGrad { base: self }
    }
}

builders!(AdamW as Adam:
    beta1: f64, beta2: f64, eps: f64, eps_root: f64, bias_correction: bool, maximize: bool);

builders!(AdamW:
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// AdamW::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.0], [0.875])); // (1 − ηλ)θ, past m and v
    weight_decay: f64,
);

impl Optimizer<2> for AdamW {
    const STATE: [&'static str; 2] = ["m", "v"];

    fn lr(&self) -> f64 {
        self.lr
    }

    fn with_lr(self, lr: f64) -> Self {
        Self { lr, ..self }
    }
}

impl Fold<2> for AdamW {
    type Rule = AdamWRule;

    fn fold(&self, t: u64) -> Result<Folded<AdamWRule>, Error> {
        let Self { lr, beta1, beta2, eps, eps_root, bias_correction, weight_decay, maximize } = *self;
        let adam = Adam { lr, beta1, beta2, eps, eps_root, bias_correction, weight_decay: 0.0, maximize }.rule(t)?;
        let weight_decay = non_negative("weight_decay", weight_decay)?;
        single("weight_decay", weight_decay, weight_decay)?;
        let shrink = single("weight_decay", weight_decay, 1.0 - lr * weight_decay)?;
        Ok(Folded { rule: AdamWRule { adam, shrink }, weight_decay: 0.0, maximize })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWRule {
    adam: AdamRule,
    /// 1 − ηλ.
    shrink: f32,
}

impl AdamFamily for AdamWRule {
    #[inline(always)]
    fn decayed<L: Lanes>(&self, p: L) -> L {
        p * self.shrink
    }

    #[inline(always)]
    fn adam(&self) -> &AdamRule {
        &self.adam
    }
}

impl Rule<2> for AdamWRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn step<L: Lanes, O: Options>(&self, options: O, p: L, g: L, state: [L; 2]) -> (L, [L; 2]) {
        self.adam.step(options, self.decayed(p), g, state)
    }

    #[inline(always)]
    fn is_plain(&self) -> bool {
        self.adam.is_plain()
    }
}
