//! Adadelta: the step follows the gradient, divided by the root of a moving average of its square, and multiplied by
//! that of the steps' square.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot};
use crate::rule::Rule;
use crate::scalars::{decay_rate, non_negative, require, to_f32};
use core::num::NonZeroU64;

/// Adadelta, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                                  unless λ = 0
/// v ← ρv + (1 − ρ)g²
/// δ ← √(u + ε) / √(v + ε) · g                 of the old u
/// u ← ρu + (1 − ρ)δ²
/// θ ← θ − ηδ
/// ```
///
/// From Zeiler, *ADADELTA: an adaptive learning rate method* (2012), arXiv:1212.5701.
///
/// As PyTorch's `Adadelta`, with its defaults. The paper and the book "Dive into Deep Learning" have no η: there it is
/// 1. u averages δ without η, so that a schedule of η does not act on u.
///
/// A finite gradient above √(MAX/(1 − ρ)), 5.8e19 with the defaults, makes v infinite, and its element then never moves
/// again. One that is NaN makes v, u and θ NaN.
///
/// Choose it to reproduce what was trained with it. No learning rate has to be found, but ε takes its role: the first
/// steps are about √ε/√(1 − ρ) long, whatever the gradient, and grow only slowly.
///
/// State: `v` and `u` (PyTorch's `square_avg`, `acc_delta`), initially +0.0.
///
/// ```
/// use gradstep::{Adadelta, Optimizer};
///
/// let adadelta = Adadelta::new(1.0);
/// let [mut params, mut v, mut u] = [[1.0; 2], [0.0; 2], [0.0; 2]];
/// for t in 1..=10 {
///     adadelta.at(t)?.apply(&mut params, &[100.0, 1.0], [&mut v, &mut u])?;
/// }
/// assert!(params.iter().all(|p| (0.96..0.97).contains(p))); // a little more than √ε/√(1 − ρ) a step
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Adadelta {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate ρ of both averages, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub rho: f64,
    /// ε, finite and, as an f32, above 0. Default 1e-6.
    pub eps: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Adadelta {
    /// With learning rate `lr` and PyTorch's defaults: ρ 0.9, ε 1e-6, no weight decay.
    ///
    /// ```
    /// let adadelta = gradstep::Adadelta::new(1.0);
    /// assert_eq!((adadelta.rho, adadelta.eps, adadelta.weight_decay), (0.9, 1e-6, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, rho: 0.9, eps: 1e-6, weight_decay: 0.0, maximize: false }
    }
}

hyperparameters!(Adadelta:
    /// let [mut p, mut v, mut u] = [[0.0]; 3];
    /// Adadelta::new(1.0).rho(0.75).at(1)?.apply(&mut p, &[2.0], [&mut v, &mut u])?;
    /// assert_eq!(v, [1.0]); // (1 − ρ)g²
    rho: f64,
    /// let [mut p, mut v, mut u] = [[0.0]; 3];
    /// Adadelta::new(1.0).rho(0.0).eps(9.0).at(1)?.apply(&mut p, &[4.0], [&mut v, &mut u])?;
    /// assert_eq!(p, [-2.4]); // −√ε/√(g² + ε) · g
    eps: f64,
    /// let [mut p, mut v, mut u] = [[1.0], [0.0], [0.0]];
    /// Adadelta::new(1.0).rho(0.75).weight_decay(2.0).at(1)?.apply(&mut p, &[0.0], [&mut v, &mut u])?;
    /// assert_eq!(v, [1.0]); // λθ is a gradient as any other
    weight_decay: f64,
    /// let [mut p, mut v, mut u] = [[0.0]; 3];
    /// Adadelta::new(1.0).rho(0.0).eps(9.0).maximize(true).at(1)?.apply(&mut p, &[4.0], [&mut v, &mut u])?;
    /// assert_eq!(p, [2.4]);
    maximize: bool,
);

impl Optimizer<2> for Adadelta {
    type Rule = AdadeltaRule;
    const STATE: [&'static str; 2] = ["v", "u"];
    const SLOTS: [Slot; 2] = [Slot::SecondMoment, Slot::SecondMoment];

    accessors!();

    fn rule(&self, _: NonZeroU64) -> Result<AdadeltaRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let rho = decay_rate("rho", self.rho)?;
        let eps = non_negative("eps", self.eps)?;
        let rule = AdadeltaRule {
            lr: to_f32("lr", lr, lr)?,
            rho: rho as f32,
            one_minus_rho: (1.0 - rho) as f32,
            eps: to_f32("eps", eps, eps)?,
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0, "above 0 as an f32")?;
        Ok(rule)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdadeltaRule {
    lr: f32,
    rho: f32,
    one_minus_rho: f32,
    eps: f32,
}

impl AdadeltaRule {
    /// δ, from the new v and the old u. State and parameter both need it; the compiler computes it once.
    #[inline(always)]
    fn delta<L: Lanes>(&self, g: L, v: L, u: L) -> L {
        (u + self.eps).sqrt() / (v + self.eps).sqrt() * g
    }
}

impl Rule<2> for AdadeltaRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [v, u]: [L; 2]) -> [L; 2] {
        let v = v * self.rho + g * self.one_minus_rho * g;
        let delta = self.delta(g, v, u);
        [v, u * self.rho + delta * self.one_minus_rho * delta]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, [_, old_u]: [L; 2], [v, _]: [L; 2]) -> L {
        p - self.delta(g, v, old_u) * self.lr
    }
}
