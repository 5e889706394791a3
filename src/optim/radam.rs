//! RAdam: Adam, which waits until it has seen enough gradients to divide by their average square; and RAdamW, which
//! takes the weight decay out of the gradient.

use super::adam::Moments;
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Decay, Optimizer, Slot};
use crate::rule::Rule;
use crate::scalars::{bias_correction, decay_rate, non_negative, require, root, to_f32};
use core::num::NonZeroU64;

/// RAdam, rectified Adam, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                             unless λ = 0
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// θ ← θ − η · m̂                          while ρ ≤ 5
/// θ ← θ − η · R · m̂ / √v̂                 once ρ > 5;  √v̂ = (√v + ε)/√(1 − β₂ᵗ),  m̂ = m/(1 − β₁ᵗ)
///
/// R = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))
/// ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ),  ρ∞ = 2/(1 − β₂) − 1
/// ```
///
/// From Liu et al., *On the variance of the adaptive learning rate and beyond* (2020), arXiv:1908.03265, where the
/// second form begins at ρ > 4 and has no ε.
///
/// As PyTorch's `RAdam`, which adds ε to √v before the correction. Adam adds it afterwards. With β₂ of at least 0.9 the
/// first five steps are of the first form; with one up to 2/3 all are.
///
/// R rises from nearly 0 to 1, as a warm-up of η would: choose RAdam where Adam needs one and nobody wants to tune it.
/// But the first steps are as long as the gradient, so that it should not be huge. A gradient that is NaN makes its
/// parameter, m and v NaN.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{Optimizer, RAdam};
///
/// let radam = RAdam::new(0.25);
/// let [mut params, mut m, mut v] = [[1.0; 3], [0.0; 3], [0.0; 3]];
/// radam.at(1)?.apply(&mut params, &[2.0, 0.0, -4.0], [&mut m, &mut v])?;
/// assert_eq!(params, [0.5, 1.0, 2.0]); // the first step is plain descent
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct RAdam {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate β₁ of the average of gradients, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub beta1: f64,
    /// Decay rate β₂ of the average of squared gradients, at least 0 and, rounded to f32, below 1. Default 0.999.
    pub beta2: f64,
    /// ε, finite and, as an f32, above 0. Default 1e-8.
    pub eps: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl RAdam {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
    ///
    /// ```
    /// let radam = gradstep::RAdam::new(1e-3);
    /// assert_eq!((radam.beta1, radam.beta2, radam.eps, radam.weight_decay), (0.9, 0.999, 1e-8, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, maximize: false }
    }

    /// Sets [`beta1`](Self#structfield.beta1) and [`beta2`](Self#structfield.beta2).
    ///
    /// ```
    /// let radam = gradstep::RAdam::new(1e-3).betas(0.8, 0.99);
    /// assert_eq!((radam.beta1, radam.beta2), (0.8, 0.99));
    /// ```
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }
}

hyperparameters!(RAdam:
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// RAdam::new(1e-3).beta1(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(m, [0.5]); // (1 − β₁)g
    beta1: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// RAdam::new(1e-3).beta2(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(v, [1.0]); // (1 − β₂)g²
    beta2: f64,
    /// let [mut p, mut m, mut v] = [[0.0], [0.0], [1.0]];
    /// RAdam::new(1.0).beta1(0.5).eps(1.0).at(1_000_000)?.apply(&mut p, &[1.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [-0.25]); // −ηm/(√v + ε), when R is 1
    eps: f64,
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// RAdam::new(0.5).beta1(0.0).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.25], [0.875])); // λθ is a gradient as any other
    weight_decay: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// RAdam::new(0.5).beta1(0.0).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [1.0]);
    maximize: bool,
);

impl Optimizer<2> for RAdam {
    type Rule = RAdamRule;
    const STATE: [&'static str; 2] = ["m", "v"];
    const SLOTS: [Slot; 2] = [Slot::Signed, Slot::SecondMoment];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<RAdamRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let beta1 = decay_rate("beta1", self.beta1)?;
        let beta2 = decay_rate("beta2", self.beta2)?;
        let eps = non_negative("eps", self.eps)?;
        let (c1, c2) = (bias_correction(beta1, t.get()), bias_correction(beta2, t.get()));
        let rectification = rectification(beta2, t.get(), c2);
        let adaptive_lr = rectification.map_or(lr, |r| lr * r * root(c2));
        let rule = RAdamRule {
            moments: Moments::new(beta1, beta2),
            lr: to_f32("lr", lr, adaptive_lr / c1)?,
            eps: to_f32("eps", eps, eps)?,
            rectified: rectification.is_some(),
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0, "above 0 as an f32")?;
        Ok(rule)
    }
}

/// RAdam with decoupled weight decay.
///
/// ```text
/// θ ← (1 − ηλ)θ
/// then as RAdam without weight decay
/// ```
///
/// As PyTorch's `RAdam` with `decoupled_weight_decay=True`; the decay is that of [`AdamW`](crate::AdamW), also in the
/// steps that are not rectified. As in PyTorch's, λ is 0 unless it is set. Choose it over [`RAdam`] wherever there is a
/// decay: a penalty is divided by √v̂, and decays least where gradients are largest.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{Optimizer, RAdamW};
///
/// let radamw = RAdamW::new(0.1).weight_decay(0.5);
/// let (mut params, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// radamw.at(1)?.apply(&mut params, &[0.0], [&mut m, &mut v])?;
/// assert_eq!(params, [0.95]); // the decay alone: the gradient is 0
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct RAdamW {
    /// The options. Here, RAdam's `weight_decay` λ is decoupled: each step multiplies θ by 1 − ηλ. (ηλ above 1 is
    /// allowed, and flips the sign of θ.) Default 0.
    pub radam: RAdam,
}

impl RAdamW {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
    ///
    /// ```
    /// let radam = gradstep::RAdamW::new(1e-3).radam;
    /// assert_eq!((radam.beta1, radam.beta2, radam.eps, radam.weight_decay), (0.9, 0.999, 1e-8, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { radam: RAdam::new(lr) }
    }

    /// As [`RAdam::betas`].
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }
}

hyperparameters!(RAdamW, of its radam, an RAdam:
    beta1: f64, beta2: f64, eps: f64,
    /// Here it is decoupled:
    /// ```
    /// # use gradstep::*;
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// RAdamW::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.0], [0.875])); // (1 − ηλ)θ, past m and v
    /// # Ok::<(), Error>(())
    /// ```
    weight_decay: f64,
    maximize: bool,
);

impl Optimizer<2> for RAdamW {
    type Rule = RAdamRule;
    const STATE: [&'static str; 2] = RAdam::STATE;
    const SLOTS: [Slot; 2] = RAdam::SLOTS;
    const DECAY: Decay = Decay::Shrink;

    accessors!(radam);

    fn rule(&self, t: NonZeroU64) -> Result<RAdamRule, Error> {
        self.radam.rule(t)
    }
}

/// R, if ρ > 5: if v is an average of enough gradients. `c2` is 1 − β₂ᵗ.
fn rectification(beta2: f64, t: u64, c2: f64) -> Option<f64> {
    let longest = 2.0 / (1.0 - beta2) - 1.0;
    let length = longest - 2.0 * t as f64 * (1.0 - c2) / c2;
    let ratio = ((length - 4.0) * (length - 2.0) * longest) / ((longest - 4.0) * (longest - 2.0) * length);
    (length > 5.0).then(|| root(ratio))
}

/// Adam's scalars, but for the correction of √v, which is in `lr`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RAdamRule {
    moments: Moments,
    /// η/(1 − β₁ᵗ), and R·√(1 − β₂ᵗ) times that if rectified.
    lr: f32,
    eps: f32,
    /// Whether ρ > 5.
    rectified: bool,
}

impl Rule<2> for RAdamRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, old: [L; 2]) -> [L; 2] {
        self.moments.next(g, old)
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 2], [m, v]: [L; 2]) -> L {
        let step = m * self.lr;
        p - if self.rectified { step / (v.sqrt() + self.eps) } else { step }
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        self.rectified.then_some(Self { rectified: true, ..*self })
    }
}
