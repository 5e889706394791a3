//! Signum: the step is the sign of the average gradient. And SignumW, with the weight decay taken out of the gradient.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Decay, Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{decay_rate, non_negative, to_f32};
use core::num::NonZeroU64;

/// Signum, "sign momentum", with L2 weight decay. With momentum 0 it is signSGD.
///
/// ```text
/// g ← g + λθ                     unless λ = 0
/// m ← μm + (1 − μ)g
/// θ ← θ − η · sign(m)            sign(0) is 0
/// ```
///
/// From Bernstein et al., *signSGD: compressed optimisation for non-convex problems* (2018), arXiv:1802.04434, whose
/// workers send the sign of each element, one bit.
///
/// PyTorch has none. MXNet's `Signum` has both weight decays, this one as `wd` and that of [`SignumW`] as `wd_lh`. A
/// gradient that is NaN makes its parameter and its m NaN.
///
/// Choose it as the simplest of the sign rules, or where gradients arrive as signs. [`Lion`](crate::Lion) has two decay
/// rates, one for the step and one for m; with both μ it is SignumW. Every element moves by η, so η is smaller than
/// Adam's.
///
/// State: `m`, initially +0.0: half of Adam's.
///
/// ```
/// use gradstep::{Optimizer, Signum};
///
/// let (mut params, mut m) = ([1.0; 3], [0.0; 3]);
/// Signum::new(0.25).at(1)?.apply(&mut params, &[1e-3, 0.0, -1e9], [&mut m])?;
/// assert_eq!(params, [0.75, 1.0, 1.25]); // η, however large the gradient
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Signum {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Momentum μ, the decay rate of m, at least 0 and, rounded to f32, below 1. Default 0.9.
    pub momentum: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Signum {
    /// With learning rate `lr`, momentum 0.9 and no weight decay.
    ///
    /// ```
    /// let signum = gradstep::Signum::new(1e-3);
    /// assert_eq!((signum.momentum, signum.weight_decay), (0.9, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, momentum: 0.9, weight_decay: 0.0, maximize: false }
    }
}

hyperparameters!(Signum:
    /// let (mut p, mut m) = ([0.0], [1.0]);
    /// Signum::new(0.5).momentum(0.75).at(1)?.apply(&mut p, &[-1.0], [&mut m])?;
    /// assert_eq!((m, p), ([0.5], [-0.5])); // μm + (1 − μ)g is still above 0
    momentum: f64,
    /// let (mut p, mut m) = ([1.0], [0.0]);
    /// Signum::new(0.5).momentum(0.0).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m])?;
    /// assert_eq!((m, p), ([0.25], [0.5])); // λθ is a gradient as any other: the step is η, whatever λ
    weight_decay: f64,
    /// let (mut p, mut m) = ([0.0], [0.0]);
    /// Signum::new(0.5).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut m])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<1> for Signum {
    type Rule = SignumRule;
    const STATE: [&'static str; 1] = ["m"];
    const SLOTS: [Slot; 1] = [Slot::Signed];

    accessors!();

    fn rule(&self, _: NonZeroU64) -> Result<SignumRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let momentum = decay_rate("momentum", self.momentum)?;
        Ok(SignumRule {
            lr: to_f32("lr", lr, lr)?,
            momentum: momentum as f32,
            one_minus_momentum: (1.0 - momentum) as f32,
        })
    }

    placed_here!(1);
}

/// Signum with decoupled weight decay.
///
/// ```text
/// θ ← (1 − ηλ)θ
/// then as Signum without weight decay
/// ```
///
/// The decay is [`AdamW`](crate::AdamW)'s. In the sign of an average, an L2 penalty is lost where gradients are large
/// and decides alone where they are small; this decay does neither.
///
/// State: `m`, initially +0.0.
///
/// ```
/// use gradstep::{Optimizer, SignumW};
///
/// let (mut params, mut m) = ([1.0], [0.0]);
/// SignumW::new(0.5).weight_decay(0.5).at(1)?.apply(&mut params, &[-3.0], [&mut m])?;
/// assert_eq!(params, [1.25]); // (1 − ηλ)θ + η
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct SignumW {
    /// The options. Here, Signum's `weight_decay` λ is decoupled: each step multiplies θ by 1 − ηλ. (ηλ above 1 is
    /// allowed, and flips the sign of θ.) Default 0.
    pub signum: Signum,
}

impl SignumW {
    /// With learning rate `lr`, momentum 0.9 and no weight decay.
    ///
    /// ```
    /// let signum = gradstep::SignumW::new(1e-3).signum;
    /// assert_eq!((signum.momentum, signum.weight_decay), (0.9, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { signum: Signum::new(lr) }
    }
}

hyperparameters!(SignumW, of its signum, a Signum:
    momentum: f64,
    /// Here it is decoupled:
    /// ```
    /// # use gradstep::*;
    /// let (mut p, mut m) = ([1.0], [0.0]);
    /// SignumW::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m])?;
    /// assert_eq!((m, p), ([0.0], [0.875])); // (1 − ηλ)θ, past m
    /// # Ok::<(), Error>(())
    /// ```
    weight_decay: f64,
    maximize: bool,
);

impl Optimizer<1> for SignumW {
    type Rule = SignumRule;
    const STATE: [&'static str; 1] = Signum::STATE;
    const SLOTS: [Slot; 1] = Signum::SLOTS;
    const DECAY: Decay = Decay::Shrink;

    accessors!(signum);

    fn rule(&self, t: NonZeroU64) -> Result<SignumRule, Error> {
        self.signum.rule(t)
    }

    placed_here!(1);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignumRule {
    lr: f32,
    momentum: f32,
    one_minus_momentum: f32,
}

impl Rule<1> for SignumRule {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [m]: [L; 1]) -> [L; 1] {
        [m * self.momentum + g * self.one_minus_momentum]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 1], [m]: [L; 1]) -> L {
        p - m.sign() * self.lr
    }
}
