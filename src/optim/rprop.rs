//! Rprop: each parameter has a step size of its own, which grows while the gradient keeps its sign.

use crate::error::Error;
use crate::hyperparameters::hyperparameters;
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot};
use crate::rule::Rule;
use crate::scalars::{non_negative, require, to_f32};
use core::num::NonZeroU64;

/// Rprop, "resilient backpropagation": only the signs of gradients count.
///
/// ```text
/// x ← g · prev;  w ← step_size                at t = 1: x ← 0, w ← η
/// w ← η₊w if x > 0,  η₋w if x < 0             the sign was kept; it changed
/// w ← w brought into [min_step, max_step]
/// g ← 0 if x < 0                              the last step went too far: wait
/// θ ← θ − w · sign(g)                         sign(0) is 0
/// prev ← g;  step_size ← w
/// ```
///
/// From Riedmiller and Braun, *A direct adaptive method for faster backpropagation learning: the RPROP algorithm*
/// (1993), where a parameter steps back when its gradient changes sign. Here, as in PyTorch's `Rprop`, it waits: the
/// variant iRprop⁻ of Igel and Hüsken, *Improving the Rprop learning algorithm* (2000).
///
/// The learning rate is the first step size, so [`with_lr`](Optimizer::with_lr) matters at t = 1 alone, where neither
/// slice of the state is read. The product g·prev underflows where both are below some 1e-23, and then counts as 0, in
/// PyTorch too. A gradient that is NaN makes its parameter and its `prev` NaN; its step size stays.
///
/// Choose it for gradients of the full batch, whose scale may then be anything. The sign of a mini-batch's gradient is
/// too noisy for it.
///
/// State: `prev` and `step_size` (PyTorch's names), initially +0.0.
///
/// ```
/// use gradstep::{Optimizer, Rprop};
///
/// let rprop = Rprop::new(0.25);
/// let (mut params, mut prev, mut step_size) = ([1.0; 3], [0.0; 3], [0.0; 3]);
/// rprop.at(1)?.apply(&mut params, &[1e-3, 0.0, -1e9], [&mut prev, &mut step_size])?;
/// assert_eq!(params, [0.75, 1.0, 1.25]); // η, however large the gradient
/// rprop.at(2)?.apply(&mut params, &[5.0, 5.0, 5.0], [&mut prev, &mut step_size])?;
/// assert_eq!(params, [0.45, 0.75, 1.25]); // faster; as before; the sign has changed
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Rprop {
    /// Learning rate η, finite and at least 0: the first step size.
    pub lr: f64,
    /// The factor η₋ of a step size after a change of sign, above 0 and below 1. Default 0.5.
    pub eta_minus: f64,
    /// The factor η₊ of a step size otherwise, finite and above 1. Default 1.2.
    pub eta_plus: f64,
    /// The smallest step size, finite and above 0. Default 1e-6.
    pub min_step: f64,
    /// The largest step size, finite and at least `min_step`. Default 50.
    pub max_step: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Rprop {
    /// With learning rate `lr` and PyTorch's defaults, the paper's: η₋ 0.5, η₊ 1.2, step sizes from 1e-6 to 50.
    ///
    /// ```
    /// let rprop = gradstep::Rprop::new(1e-2);
    /// assert_eq!((rprop.eta_minus, rprop.eta_plus, rprop.min_step, rprop.max_step), (0.5, 1.2, 1e-6, 50.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, eta_minus: 0.5, eta_plus: 1.2, min_step: 1e-6, max_step: 50.0, maximize: false }
    }
}

hyperparameters!(Rprop:
    /// let [mut p, mut prev, mut step_size] = [[1.0], [-1.0], [1.0]];
    /// Rprop::new(0.1).eta_minus(0.25).at(2)?.apply(&mut p, &[1.0], [&mut prev, &mut step_size])?;
    /// assert_eq!((p, prev, step_size), ([1.0], [0.0], [0.25])); // a smaller step, from the next one on
    eta_minus: f64,
    /// let [mut p, mut prev, mut step_size] = [[1.0], [1.0], [1.0]];
    /// Rprop::new(0.1).eta_plus(1.5).at(2)?.apply(&mut p, &[1.0], [&mut prev, &mut step_size])?;
    /// assert_eq!((p, step_size), ([-0.5], [1.5]));
    eta_plus: f64,
    /// let [mut p, mut prev, mut step_size] = [[1.0], [-1.0], [1.0]];
    /// Rprop::new(0.1).min_step(0.75).at(2)?.apply(&mut p, &[1.0], [&mut prev, &mut step_size])?;
    /// assert_eq!(step_size, [0.75]);
    min_step: f64,
    /// let [mut p, mut prev, mut step_size] = [[1.0], [1.0], [1.0]];
    /// Rprop::new(0.1).max_step(1.0).at(2)?.apply(&mut p, &[1.0], [&mut prev, &mut step_size])?;
    /// assert_eq!((p, step_size), ([0.0], [1.0]));
    max_step: f64,
    /// let [mut p, mut prev, mut step_size] = [[0.0]; 3];
    /// Rprop::new(0.5).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut prev, &mut step_size])?;
    /// assert_eq!((p, prev), ([0.5], [-2.0]));
    maximize: bool,
);

impl Optimizer<2> for Rprop {
    type Rule = RpropRule;
    const STATE: [&'static str; 2] = ["prev", "step_size"];
    const SLOTS: [Slot; 2] = [Slot::Signed, Slot::Exact];

    fn lr(&self) -> f64 {
        self.lr
    }

    fn with_lr(self, lr: f64) -> Self {
        Self { lr, ..self }
    }

    fn maximize(&self) -> bool {
        self.maximize
    }

    fn rule(&self, t: NonZeroU64) -> Result<RpropRule, Error> {
        let Self { eta_minus, eta_plus, min_step, max_step, .. } = *self;
        let lr = non_negative("lr", self.lr)?;
        require("eta_minus", eta_minus, 0.0 < eta_minus && eta_minus < 1.0, "above 0 and below 1")?;
        require("eta_plus", eta_plus, eta_plus > 1.0 && eta_plus.is_finite(), "finite and above 1")?;
        require("min_step", min_step, min_step > 0.0 && min_step.is_finite(), "finite and above 0")?;
        require("max_step", max_step, max_step >= min_step && max_step.is_finite(), "finite and at least min_step")?;
        Ok(RpropRule {
            lr: to_f32("lr", lr, lr)?,
            eta_minus: eta_minus as f32,
            eta_plus: to_f32("eta_plus", eta_plus, eta_plus)?,
            min_step: to_f32("min_step", min_step, min_step)?,
            max_step: to_f32("max_step", max_step, max_step)?,
            first: t.get() == 1,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RpropRule {
    lr: f32,
    eta_minus: f32,
    eta_plus: f32,
    min_step: f32,
    max_step: f32,
    /// At t = 1 the old state is not read.
    first: bool,
}

impl Rule<2> for RpropRule {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [prev, step_size]: [L; 2]) -> [L; 2] {
        let zero = g.splat(0.0);
        let (x, w) = if self.first { (zero, g.splat(self.lr)) } else { (g * prev, step_size) };
        let unless_kept = zero.where_greater(x, g.splat(self.eta_minus), g.splat(1.0));
        let factor = x.where_greater(zero, g.splat(self.eta_plus), unless_kept);
        let w = (w * factor).larger(g.splat(self.min_step)).smaller(g.splat(self.max_step));
        [zero.where_greater(x, zero, g), w]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 2], [g, w]: [L; 2]) -> L {
        p - g.sign() * w
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        (!self.first).then_some(Self { first: false, ..*self })
    }
}
