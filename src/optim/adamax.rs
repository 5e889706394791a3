//! Adamax: Adam with the largest gradient of late in the place of the root of the average square.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot};
use crate::rule::Rule;
use crate::scalars::{bias_correction, decay_rate, non_negative, require, to_f32};
use core::num::NonZeroU64;

/// Adamax, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                     unless λ = 0
/// m ← β₁m + (1 − β₁)g
/// u ← max(β₂u, |g| + ε)
/// θ ← θ − η · m̂ / u              m̂ = m/(1 − β₁ᵗ)
/// ```
///
/// From Kingma and Ba, *Adam: a method for stochastic optimization* (2015), arXiv:1412.6980, section 7.1, which has no
/// ε.
///
/// As PyTorch's `Adamax`: ε is inside the maximum. (Keras adds it to u instead.) It is also u's value where no gradient
/// has arrived.
///
/// With the default β, no step is more than 1 % longer than η, and nothing is squared. Choose it where gradients are of
/// any magnitude, or where steps should stay small for long after a large one. A gradient that is NaN makes its
/// parameter, m and u NaN; an infinite one makes u infinite and its parameter NaN.
///
/// State: `m` and `u` (PyTorch's `exp_avg`, `exp_inf`), initially +0.0.
///
/// ```
/// use gradstep::{Adamax, Optimizer};
///
/// let [mut params, mut m, mut u] = [[1.0; 3], [0.0; 3], [0.0; 3]];
/// Adamax::new(0.25).at(1)?.apply(&mut params, &[1.0, 0.0, -1e30], [&mut m, &mut u])?;
/// assert_eq!(params, [0.75, 1.0, 1.25]); // η at first, however large the gradient
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Adamax {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate β₁ of the average of gradients, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub beta1: f64,
    /// Decay rate β₂ of the largest magnitude, at least 0 and, rounded to f32, below 1. Default 0.999.
    pub beta2: f64,
    /// ε, finite and, as an f32, above 0. Default 1e-8.
    pub eps: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Adamax {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
    ///
    /// ```
    /// let adamax = gradstep::Adamax::new(2e-3);
    /// assert_eq!((adamax.beta1, adamax.beta2, adamax.eps, adamax.weight_decay), (0.9, 0.999, 1e-8, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, maximize: false }
    }

    /// Sets [`beta1`](Self#structfield.beta1) and [`beta2`](Self#structfield.beta2).
    ///
    /// ```
    /// let adamax = gradstep::Adamax::new(2e-3).betas(0.8, 0.99);
    /// assert_eq!((adamax.beta1, adamax.beta2), (0.8, 0.99));
    /// ```
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }
}

hyperparameters!(Adamax:
    /// let [mut p, mut m, mut u] = [[0.0]; 3];
    /// Adamax::new(1e-3).beta1(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut u])?;
    /// assert_eq!(m, [0.5]); // (1 − β₁)g
    beta1: f64,
    /// let [mut p, mut m, mut u] = [[0.0], [0.0], [8.0]];
    /// Adamax::new(1e-3).beta2(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut u])?;
    /// assert_eq!(u, [6.0]); // β₂u, which is above |g|
    beta2: f64,
    /// let [mut p, mut m, mut u] = [[0.0]; 3];
    /// Adamax::new(1.0).beta1(0.0).eps(6.0).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut u])?;
    /// assert_eq!((u, p), ([8.0], [-0.25])); // −ηg/(|g| + ε)
    eps: f64,
    /// let [mut p, mut m, mut u] = [[1.0], [0.0], [0.0]];
    /// Adamax::new(0.5).beta1(0.0).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut u])?;
    /// assert_eq!((m, p), ([0.25], [0.5])); // λθ is a gradient as any other: the step is η, whatever λ
    weight_decay: f64,
    /// let [mut p, mut m, mut u] = [[0.0]; 3];
    /// Adamax::new(0.5).beta1(0.0).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut u])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<2> for Adamax {
    type Rule = AdamaxRule;
    const STATE: [&'static str; 2] = ["m", "u"];
    const SLOTS: [Slot; 2] = [Slot::Signed, Slot::Exact];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<AdamaxRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let beta1 = decay_rate("beta1", self.beta1)?;
        let beta2 = decay_rate("beta2", self.beta2)?;
        let eps = non_negative("eps", self.eps)?;
        let rule = AdamaxRule {
            beta1: beta1 as f32,
            one_minus_beta1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            lr: to_f32("lr", lr, lr / bias_correction(beta1, t.get()))?,
            eps: to_f32("eps", eps, eps)?,
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0, "above 0 as an f32")?;
        Ok(rule)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamaxRule {
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    /// η/(1 − β₁ᵗ).
    lr: f32,
    eps: f32,
}

impl Rule<2> for AdamaxRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [m, u]: [L; 2]) -> [L; 2] {
        [m * self.beta1 + g * self.one_minus_beta1, (u * self.beta2).larger(g.abs() + self.eps)]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 2], [m, u]: [L; 2]) -> L {
        p - m * self.lr / u
    }
}
