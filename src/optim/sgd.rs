//! Stochastic gradient descent: the step follows the gradient.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{non_negative, to_f32};
use core::num::NonZeroU64;

/// Stochastic gradient descent.
///
/// ```text
/// g ← g + λθ        unless λ = 0
/// θ ← θ − ηg
/// ```
///
/// From Robbins and Monro, *A stochastic approximation method* (1951). It is the same for the gradient of the full
/// batch, of a mini-batch, and of a single sample; they differ in how noisy g is and in what it costs.
///
/// As PyTorch's `SGD` without momentum.
///
/// State: none.
///
/// ```
/// use gradstep::{Optimizer, Sgd};
///
/// let mut params = [1.0, 2.0];
/// Sgd::new(0.5).at(1)?.apply(&mut params, &[2.0, -2.0], [])?;
/// assert_eq!(params, [0.0, 3.0]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Sgd {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Sgd {
    /// With learning rate `lr` and nothing else.
    ///
    /// ```
    /// let sgd = gradstep::Sgd::new(0.1);
    /// assert_eq!((sgd.lr, sgd.weight_decay, sgd.maximize), (0.1, 0.0, false));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, weight_decay: 0.0, maximize: false }
    }
}

hyperparameters!(Sgd:
    /// let mut params = [1.0];
    /// Sgd::new(0.5).weight_decay(0.5).at(1)?.apply(&mut params, &[0.0], [])?;
    /// assert_eq!(params, [0.75]);
    weight_decay: f64,
    /// let mut params = [1.0];
    /// Sgd::new(0.5).maximize(true).at(1)?.apply(&mut params, &[2.0], [])?;
    /// assert_eq!(params, [2.0]);
    maximize: bool,
);

impl Optimizer<0> for Sgd {
    type Rule = SgdRule;
    const STATE: [&'static str; 0] = [];
    const SLOTS: [Slot; 0] = [];

    accessors!();

    fn rule(&self, _: NonZeroU64) -> Result<SgdRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        Ok(SgdRule { lr: to_f32("lr", lr, lr)? })
    }

    placed_here!(0);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdRule {
    lr: f32,
}

impl Rule<0> for SgdRule {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, _: L, []: [L; 0]) -> [L; 0] {
        []
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, []: [L; 0], []: [L; 0]) -> L {
        p - g * self.lr
    }
}
