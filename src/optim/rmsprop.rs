//! RMSProp: the step follows the gradient, divided by the root of a moving average of its square; and RMSProp with
//! momentum.

use super::Centered;
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{decay_rate, non_negative, require, to_f32};
use core::num::NonZeroU64;

/// RMSProp, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                                  unless λ = 0
/// v ← αv + (1 − α)g²
/// θ ← θ − η · g / (√(v + ε_root) + ε)
/// ```
///
/// From Hinton, Srivastava and Swersky, *Neural networks for machine learning*, lecture 6e (2012); there is no paper.
///
/// As PyTorch's `RMSprop`, with its defaults. The book "Dive into Deep Learning" and TensorFlow have ε inside the root:
/// here that is `eps_root`, with `eps` 0. Nothing corrects the bias of v, which begins at 0, so the first steps are
/// longer than η: up to η/√(1 − α), ten times η with the defaults.
///
/// A finite gradient above √(MAX/(1 − α)), 1.8e20 with the defaults, makes v infinite, and its element then never moves
/// again. One that is NaN makes v and θ NaN.
///
/// Choose it to reproduce what was trained with it, such as much of reinforcement learning. For new work there is
/// [`Adam`](crate::Adam), which averages the gradient, too, and corrects the bias of both.
///
/// State: `v` (PyTorch's `square_avg`), initially +0.0: half of Adam's.
///
/// ```
/// use gradstep::{Optimizer, RmsProp};
///
/// let rms_prop = RmsProp::new(0.25).alpha(0.75);
/// let (mut params, mut v) = ([1.0; 4], [0.0; 4]);
/// rms_prop.at(1)?.apply(&mut params, &[100.0, 1.0, -1.0, 0.0], [&mut v])?;
/// // The first step is η/√(1 − α) in the direction of −g, however large the gradient.
/// assert_eq!(params, [0.5, 0.5, 1.5, 1.0]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct RmsProp {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Decay rate α of the average of squared gradients, at least 0 and, rounded to f32, below 1. Default 0.99.
    pub alpha: f64,
    /// ε, finite and at least 0. Above 0, as an f32, unless ε_root is. Default 1e-8.
    pub eps: f64,
    /// ε inside the root, finite and at least 0. Default 0.
    pub eps_root: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl RmsProp {
    /// With learning rate `lr` and PyTorch's defaults: α 0.99, ε 1e-8, no weight decay.
    ///
    /// ```
    /// let rms_prop = gradstep::RmsProp::new(1e-2);
    /// assert_eq!((rms_prop.alpha, rms_prop.eps, rms_prop.weight_decay), (0.99, 1e-8, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, alpha: 0.99, eps: 1e-8, eps_root: 0.0, weight_decay: 0.0, maximize: false }
    }

    /// With momentum μ = `momentum`.
    ///
    /// ```
    /// use gradstep::{AnyOptimizer, RmsProp};
    ///
    /// assert_eq!(AnyOptimizer::from(RmsProp::new(1e-2).momentum(0.9)).state(), ["v", "velocity"]);
    /// ```
    pub const fn momentum(self, momentum: f64) -> RmsPropMomentum {
        RmsPropMomentum { rms_prop: self, momentum }
    }

    /// The centered variant.
    ///
    /// ```
    /// use gradstep::{AnyOptimizer, RmsProp};
    ///
    /// assert_eq!(AnyOptimizer::from(RmsProp::new(1e-2).centered()).state(), ["v", "mean"]);
    /// ```
    pub const fn centered(self) -> Centered<Self> {
        Centered { base: self }
    }

    /// Each field by its own range.
    fn in_range(&self) -> Result<(), Error> {
        non_negative("lr", self.lr)?;
        decay_rate("alpha", self.alpha)?;
        non_negative("eps", self.eps)?;
        non_negative("eps_root", self.eps_root)?;
        Ok(())
    }

    /// The scalars of fields that are in range.
    fn folded(&self) -> Result<RmsPropRule, Error> {
        let Self { lr, alpha, eps, eps_root, .. } = *self;
        let rule = RmsPropRule {
            lr: to_f32("lr", lr, lr)?,
            alpha: alpha as f32,
            one_minus_alpha: (1.0 - alpha) as f32,
            eps: to_f32("eps", eps, eps)?,
            eps_root: to_f32("eps_root", eps_root, eps_root)?,
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0 || rule.eps_root != 0.0, "above 0 as an f32 unless eps_root is")?;
        Ok(rule)
    }
}

hyperparameters!(RmsProp:
    /// let [mut p, mut v] = [[0.0]; 2];
    /// RmsProp::new(1.0).alpha(0.75).at(1)?.apply(&mut p, &[2.0], [&mut v])?;
    /// assert_eq!(v, [1.0]); // (1 − α)g²
    alpha: f64,
    /// let [mut p, mut v] = [[0.0]; 2];
    /// RmsProp::new(1.0).alpha(0.0).eps(6.0).at(1)?.apply(&mut p, &[2.0], [&mut v])?;
    /// assert_eq!(p, [-0.25]); // −ηg/(√g² + ε)
    eps: f64,
    /// let [mut p, mut v] = [[0.0]; 2];
    /// RmsProp::new(1.0).alpha(0.0).eps_root(12.0).at(1)?.apply(&mut p, &[2.0], [&mut v])?;
    /// assert_eq!(p, [-0.5]); // −ηg/√(g² + ε_root)
    eps_root: f64,
    /// let [mut p, mut v] = [[1.0], [0.0]];
    /// RmsProp::new(0.5).alpha(0.0).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut v])?;
    /// assert_eq!((v, p), ([0.0625], [0.5])); // λθ is a gradient as any other: the step is η, whatever λ
    weight_decay: f64,
    /// let [mut p, mut v] = [[0.0]; 2];
    /// RmsProp::new(0.5).alpha(0.0).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut v])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<1> for RmsProp {
    type Rule = RmsPropRule;
    const STATE: [&'static str; 1] = ["v"];
    const SLOTS: [Slot; 1] = [Slot::SecondMoment];

    accessors!();

    fn rule(&self, _: NonZeroU64) -> Result<RmsPropRule, Error> {
        self.in_range()?;
        self.folded()
    }

    placed_here!(1);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropRule {
    lr: f32,
    alpha: f32,
    one_minus_alpha: f32,
    eps: f32,
    eps_root: f32,
}

impl RmsPropRule {
    /// The new average of gradients, for the centered variant.
    #[inline(always)]
    pub(super) fn mean<L: Lanes>(&self, g: L, h: L) -> L {
        h * self.alpha + g * self.one_minus_alpha
    }

    /// `x`, divided by the root of `v`.
    #[inline(always)]
    fn over_root<L: Lanes>(&self, x: L, v: L) -> L {
        x / ((v + self.eps_root).sqrt() + self.eps)
    }
}

impl Rule<1> for RmsPropRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [v]: [L; 1]) -> [L; 1] {
        [v * self.alpha + g * self.one_minus_alpha * g]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, _: [L; 1], [v]: [L; 1]) -> L {
        p - self.over_root(g * self.lr, v)
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        // Adding −0 changes nothing, and the compiler knows it.
        (self.eps_root == 0.0).then_some(Self { eps_root: -0.0, ..*self })
    }
}

/// RMSProp with momentum, from [`RmsProp::momentum`].
///
/// ```text
/// g, v as in RmsProp
/// b ← μb + g / (√(v + ε_root) + ε)
/// θ ← θ − ηb
/// ```
///
/// From Graves, *Generating sequences with recurrent neural networks* (2013), arXiv:1308.0850.
///
/// As PyTorch's `RMSprop(momentum=μ)`. Graves, TensorFlow and Keras keep ηb as their state, which differs once η
/// changes.
///
/// A gradient that is NaN makes v, b and θ NaN. Choose it, as RMSProp, to reproduce what was trained with it. The first
/// steps, longer than η already, add up in b.
///
/// State: `v` and `velocity` (PyTorch's `square_avg`, `momentum_buffer`), initially +0.0.
///
/// ```
/// use gradstep::{Optimizer, RmsProp};
///
/// let rms_prop = RmsProp::new(0.25).alpha(0.0).momentum(0.5);
/// let [mut params, mut v, mut velocity] = [[1.0], [0.0], [0.0]];
/// rms_prop.at(1)?.apply(&mut params, &[100.0], [&mut v, &mut velocity])?;
/// assert_eq!((params, velocity), ([0.75], [1.0]));
/// rms_prop.at(2)?.apply(&mut params, &[1.0], [&mut v, &mut velocity])?;
/// assert_eq!((params, velocity), ([0.375], [1.5]));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct RmsPropMomentum {
    /// The other options.
    pub rms_prop: RmsProp,
    /// Momentum μ, finite and above 0. The velocity forgets only if it is below 1.
    pub momentum: f64,
}

impl RmsPropMomentum {
    /// As [`RmsProp::centered`].
    ///
    /// ```
    /// use gradstep::{AnyOptimizer, RmsProp};
    ///
    /// let centered = RmsProp::new(1e-2).momentum(0.9).centered();
    /// assert_eq!(AnyOptimizer::from(centered).state(), ["v", "mean", "velocity"]);
    /// ```
    pub const fn centered(self) -> Centered<Self> {
        Centered { base: self }
    }
}

hyperparameters!(RmsPropMomentum, of its rms_prop, an RmsProp:
    alpha: f64, eps: f64, eps_root: f64, weight_decay: f64, maximize: bool;
    and from its own:
    /// let [mut p, mut v, mut b] = [[0.0], [0.0], [1.0]];
    /// RmsProp::new(0.5).momentum(0.9).momentum(0.5).at(1)?.apply(&mut p, &[0.0], [&mut v, &mut b])?;
    /// assert_eq!(b, [0.5]); // μb
    momentum: f64,
);

impl Optimizer<2> for RmsPropMomentum {
    type Rule = RmsPropMomentumRule;
    const STATE: [&'static str; 2] = ["v", "velocity"];
    const SLOTS: [Slot; 2] = [Slot::SecondMoment, Slot::Signed];

    accessors!(rms_prop);

    fn rule(&self, _: NonZeroU64) -> Result<RmsPropMomentumRule, Error> {
        self.rms_prop.in_range()?;
        let Self { rms_prop, momentum } = *self;
        require("momentum", momentum, momentum > 0.0 && momentum.is_finite(), "finite and above 0")?;
        Ok(RmsPropMomentumRule { rms_prop: rms_prop.folded()?, momentum: to_f32("momentum", momentum, momentum)? })
    }

    placed_here!(2);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropMomentumRule {
    pub(super) rms_prop: RmsPropRule,
    momentum: f32,
}

impl RmsPropMomentumRule {
    /// The new velocity, from the old one and the new `v`.
    #[inline(always)]
    pub(super) fn velocity<L: Lanes>(&self, g: L, v: L, b: L) -> L {
        b * self.momentum + self.rms_prop.over_root(g, v)
    }
}

impl Rule<2> for RmsPropMomentumRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, p: L, g: L, [v, b]: [L; 2]) -> [L; 2] {
        let [v] = self.rms_prop.state(p, g, [v]);
        [v, self.velocity(g, v, b)]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 2], [_, b]: [L; 2]) -> L {
        p - b * self.rms_prop.lr
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        Some(Self { rms_prop: self.rms_prop.usual()?, ..*self })
    }
}
