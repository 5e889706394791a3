//! Adam: the step follows a moving average of the gradient, divided by the root of a moving average of its square.

use super::AmsGrad;
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{bias_correction, decay_rate, non_negative, require, root, to_f32};
use core::num::NonZeroU64;

/// Adam, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                                  unless λ = 0
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// θ ← θ − η · m̂ / (√(v̂ + ε_root) + ε)         m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)
/// ```
///
/// From Kingma and Ba, *Adam: a method for stochastic optimization* (2015), arXiv:1412.6980.
///
/// As PyTorch's `Adam`, whose fused kernel rounds differently because it fuses multiply-adds. ε is where the paper and
/// the book "Dive into Deep Learning" have it; TensorFlow adds its own to √v before the correction ("ε-hat").
/// `eps_root` is optax's, and 0 in the paper.
///
/// A finite gradient above √(MAX/(1 − β₂)), 5.8e20 with the defaults, makes v infinite, and its element then never
/// moves again.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{Adam, Optimizer};
///
/// let adam = Adam::new(1e-3).betas(0.9, 0.99).eps(1e-7);
/// let (mut params, mut m, mut v) = ([1.0; 4], [0.0; 4], [0.0; 4]);
/// adam.at(1)?.apply(&mut params, &[100.0, 1.0, -1.0, 0.0], [&mut m, &mut v])?;
/// // The first step is η in the direction of −g, however large the gradient.
/// assert_eq!(params, [0.999, 0.999, 1.001, 1.0]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Adam {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate β₁ of the average of gradients, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub beta1: f64,
    /// Decay rate β₂ of the average of squared gradients, at least 0 and, rounded to f32, below 1. Default 0.999.
    pub beta2: f64,
    /// ε, finite and at least 0. Above 0, as an f32, unless ε_root·(1 − β₂ᵗ) is. (That is smallest at t = 1.) Default
    /// 1e-8.
    pub eps: f64,
    /// ε inside the root, finite and at least 0. Default 0.
    pub eps_root: f64,
    /// Divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ. Default `true`.
    pub bias_correction: bool,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Adam {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
    ///
    /// ```
    /// let adam = gradstep::Adam::new(1e-3);
    /// assert_eq!((adam.beta1, adam.beta2, adam.eps, adam.weight_decay), (0.9, 0.999, 1e-8, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self {
            lr,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            eps_root: 0.0,
            bias_correction: true,
            weight_decay: 0.0,
            maximize: false,
        }
    }

    /// Sets [`beta1`](Self#structfield.beta1) and [`beta2`](Self#structfield.beta2).
    ///
    /// ```
    /// let adam = gradstep::Adam::new(1e-3).betas(0.8, 0.99);
    /// assert_eq!((adam.beta1, adam.beta2), (0.8, 0.99));
    /// ```
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }

    /// The AMSGrad variant.
    ///
    /// ```
    /// use gradstep::{Adam, AnyOptimizer};
    ///
    /// assert_eq!(AnyOptimizer::from(Adam::new(1e-3).amsgrad()).state(), ["m", "v", "v_max"]);
    /// ```
    pub const fn amsgrad(self) -> AmsGrad<Self> {
        AmsGrad { base: self }
    }
}

hyperparameters!(Adam:
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// Adam::new(1e-3).beta1(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(m, [0.5]); // (1 − β₁)g
    beta1: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// Adam::new(1e-3).beta2(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(v, [1.0]); // (1 − β₂)g²
    beta2: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// Adam::new(1.0).betas(0.0, 0.0).eps(6.0).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [-0.25]); // −ηg/(√g² + ε)
    eps: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// Adam::new(1.0).betas(0.0, 0.0).eps_root(12.0).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [-0.5]); // −ηg/√(g² + ε_root)
    eps_root: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// Adam::new(1.0).betas(0.75, 0.0).bias_correction(false).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [-0.25]); // −ηm/√v, where m is still small; corrected it would be −η
    bias_correction: bool,
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// Adam::new(0.5).betas(0.0, 0.0).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.25], [0.5])); // λθ is a gradient as any other: the step is η, whatever λ
    weight_decay: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// Adam::new(0.5).betas(0.0, 0.0).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<2> for Adam {
    type Rule = AdamRule;
    const STATE: [&'static str; 2] = ["m", "v"];
    const SLOTS: [Slot; 2] = [Slot::Signed, Slot::SecondMoment];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<AdamRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let beta1 = decay_rate("beta1", self.beta1)?;
        let beta2 = decay_rate("beta2", self.beta2)?;
        let eps = non_negative("eps", self.eps)?;
        let eps_root = non_negative("eps_root", self.eps_root)?;
        let correction = |beta| if self.bias_correction { bias_correction(beta, t.get()) } else { 1.0 };
        let (c1, c2) = (correction(beta1), correction(beta2));
        let rule = AdamRule {
            moments: Moments::new(beta1, beta2),
            lr: to_f32("lr", lr, lr / c1)?,
            root_correction: (1.0 / root(c2)) as f32,
            eps: to_f32("eps", eps, eps)?,
            eps_root: to_f32("eps_root", eps_root, eps_root * c2)?,
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0 || rule.eps_root != 0.0, "above 0 as an f32 unless eps_root is")?;
        Ok(rule)
    }

    placed_here!(2);
}

/// Adam's scalars. They contain the bias corrections, so that no element needs one: that of m is in `lr`, that of √v is
/// `root_correction`, and `eps_root` is what is added to the uncorrected v.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamRule {
    moments: Moments,
    /// η/(1 − β₁ᵗ).
    lr: f32,
    /// 1/√(1 − β₂ᵗ).
    root_correction: f32,
    eps: f32,
    /// ε_root·(1 − β₂ᵗ).
    eps_root: f32,
}

impl Rule<2> for AdamRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, old: [L; 2]) -> [L; 2] {
        self.moments.next(g, old)
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 2], [m, v]: [L; 2]) -> L {
        p - m * self.lr / ((v + self.eps_root).sqrt() * self.root_correction + self.eps)
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        // Adding −0 changes nothing, and the compiler knows it.
        (self.eps_root == 0.0).then_some(Self { eps_root: -0.0, ..*self })
    }
}

/// The averages of g and g², which Adam's whole family keeps alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
}

impl Moments {
    /// Of legal decay rates.
    pub(super) fn new(beta1: f64, beta2: f64) -> Self {
        Self {
            beta1: beta1 as f32,
            one_minus_beta1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            one_minus_beta2: (1.0 - beta2) as f32,
        }
    }

    /// The new m and v.
    #[inline(always)]
    pub(super) fn next<L: Lanes>(&self, g: L, [m, v]: [L; 2]) -> [L; 2] {
        [m * self.beta1 + g * self.one_minus_beta1, v * self.beta2 + g * self.one_minus_beta2 * g]
    }
}
