//! Momentum: the step follows a running sum of gradients, which fades.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{non_negative, require, to_f32};
use core::num::NonZeroU64;

/// Gradient descent with momentum: heavy ball or Nesterov.
///
/// ```text
/// g ← g + λθ                     unless λ = 0
/// b ← g                          at t = 1, whatever b was
/// b ← μb + (1 − τ)g              at t > 1
/// θ ← θ − ηb                     Nesterov: θ ← θ − η(g + μb)
/// ```
///
/// From Polyak, *Some methods of speeding up the convergence of iteration methods* (1964); Nesterov's variant as in
/// Sutskever et al., *On the importance of initialization and momentum in deep learning* (2013).
///
/// As PyTorch's `SGD(momentum=μ, dampening=τ)`, with two exceptions: if μ = 0, PyTorch ignores τ; and if the buffer is
/// fresh at t > 1, it becomes g there and (1 − τ)g here. Keras and MXNet keep ηb as their state, which differs once η
/// changes.
///
/// State: `velocity` (PyTorch's `momentum_buffer`), initially +0.0.
///
/// ```
/// use gradstep::{Momentum, Optimizer};
///
/// let momentum = Momentum::new(0.1, 0.9).nesterov(true).weight_decay(1e-4);
/// let (mut params, mut velocity) = ([1.0; 4], [0.0; 4]);
/// for t in 1..=10 {
///     let grads = params; // of ½‖θ‖²
///     momentum.at(t)?.apply(&mut params, &grads, [&mut velocity])?;
/// }
/// assert!(params[0].abs() < 0.5);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Momentum {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Momentum μ, finite and at least 0. The velocity forgets only if it is below 1. Nesterov needs it above 0.
    pub momentum: f64,
    /// Dampening τ, from 0 to 1. Default 0. Nesterov needs 0.
    pub dampening: f64,
    /// Step along the velocity that the next step would have with the same gradient. Default `false`.
    pub nesterov: bool,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Momentum {
    /// Heavy ball with learning rate `lr` and momentum μ = `momentum`.
    ///
    /// ```
    /// let momentum = gradstep::Momentum::new(0.1, 0.9);
    /// assert_eq!((momentum.momentum, momentum.dampening, momentum.nesterov), (0.9, 0.0, false));
    /// ```
    pub const fn new(lr: f64, momentum: f64) -> Self {
        Self { lr, momentum, dampening: 0.0, nesterov: false, weight_decay: 0.0, maximize: false }
    }

    /// Sets [`momentum`](Self#structfield.momentum).
    ///
    /// ```
    /// # use gradstep::*;
    /// let [mut p, mut b] = [[0.0], [1.0]];
    /// Momentum::new(0.1, 0.9).momentum(0.5).at(2)?.apply(&mut p, &[0.0], [&mut b])?;
    /// assert_eq!(b, [0.5]); // μb
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }
}

hyperparameters!(Momentum, from lr: f64, momentum: f64;
    /// let [mut p, mut b] = [[0.0]; 2];
    /// Momentum::new(0.1, 0.9).dampening(0.75).at(2)?.apply(&mut p, &[1.0], [&mut b])?;
    /// assert_eq!(b, [0.25]); // (1 − τ)g
    dampening: f64,
    /// let [mut p, mut b] = [[0.0]; 2];
    /// Momentum::new(1.0, 0.5).nesterov(true).at(1)?.apply(&mut p, &[1.0], [&mut b])?;
    /// assert_eq!(p, [-1.5]); // −η(g + μb)
    nesterov: bool,
    /// let [mut p, mut b] = [[1.0], [0.0]];
    /// Momentum::new(0.5, 0.9).weight_decay(0.5).at(1)?.apply(&mut p, &[0.0], [&mut b])?;
    /// assert_eq!((b, p), ([0.5], [0.75])); // λθ is a gradient as any other
    weight_decay: f64,
    /// let [mut p, mut b] = [[0.0]; 2];
    /// Momentum::new(0.5, 0.9).maximize(true).at(1)?.apply(&mut p, &[1.0], [&mut b])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<1> for Momentum {
    type Rule = MomentumRule;
    const STATE: [&'static str; 1] = ["velocity"];
    const SLOTS: [Slot; 1] = [Slot::Signed];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<MomentumRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let momentum = non_negative("momentum", self.momentum)?;
        let dampening = require("dampening", self.dampening, (0.0..=1.0).contains(&self.dampening), "from 0 to 1")?;
        if self.nesterov {
            require("momentum", momentum, momentum > 0.0, "above 0 for Nesterov")?;
            require("dampening", dampening, dampening == 0.0, "0 for Nesterov")?;
        }
        Ok(MomentumRule {
            lr: to_f32("lr", lr, lr)?,
            momentum: to_f32("momentum", momentum, momentum)?,
            one_minus_dampening: to_f32("dampening", dampening, 1.0 - dampening)?,
            first: t.get() == 1,
            nesterov: self.nesterov,
        })
    }

    placed_here!(1);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentumRule {
    lr: f32,
    momentum: f32,
    one_minus_dampening: f32,
    /// At t = 1 the old velocity is not read.
    first: bool,
    nesterov: bool,
}

impl Rule<1> for MomentumRule {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [b]: [L; 1]) -> [L; 1] {
        if self.first { [g] } else { [b * self.momentum + g * self.one_minus_dampening] }
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, _: [L; 1], [b]: [L; 1]) -> L {
        let along = if self.nesterov { g + b * self.momentum } else { b };
        p - along * self.lr
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        let rare = self.first || self.nesterov || self.one_minus_dampening != 1.0;
        (!rare).then_some(Self { first: false, nesterov: false, one_minus_dampening: 1.0, ..*self })
    }
}
