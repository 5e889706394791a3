//! Asgd: gradient descent, and beside it the average of the parameters that it passes.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot};
use crate::rule::Rule;
use crate::scalars::{non_negative, to_f32};
use core::num::NonZeroU64;

/// Averaged stochastic gradient descent.
///
/// ```text
/// g ← g + λθ                                  unless λ = 0
/// θ ← (1 − λₐη_t)θ − η_t·g                    η_t = η/(1 + λₐη(t − 1))^α
/// average ← average + (θ − average)/n         n = max(1, t − 1 − t₀)
/// ```
///
/// Up to step t₀ + 2, n is 1 and the average is θ itself; from then on it is the mean of all θ since. It is what to
/// evaluate in the end. The steps do not depend on it.
///
/// From Polyak and Juditsky, *Acceleration of stochastic approximation by averaging* (1992). As PyTorch's `ASGD`,
/// except that a learning rate that changes reaches η_t at once, and in PyTorch a step later. A gradient that is NaN
/// makes its parameter and its average NaN.
///
/// Choose it for the last part of a run, when parameters wander around a minimum: their mean is usually nearer to it
/// than they are. PyTorch's default of t₀ averages nothing in a run of less than a million steps, so set it to where
/// the averaging shall begin.
///
/// State: `average` (PyTorch's `ax`), initially +0.0.
///
/// ```
/// use gradstep::{Asgd, Optimizer};
///
/// let asgd = Asgd::new(0.5).lambda(0.0).t0(0.0);
/// let (mut params, mut average) = ([3.0], [0.0]);
/// for (t, grad, position, mean) in [(1, 2.0, 2.0, 2.0), (2, 2.0, 1.0, 1.0), (3, 4.0, -1.0, 0.0)] {
///     asgd.at(t)?.apply(&mut params, &[grad], [&mut average])?;
///     assert_eq!((params, average), ([position], [mean])); // n is 1, 1, 2
/// }
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Asgd {
    /// Learning rate η, finite and at least 0: that of the first step.
    pub lr: f64,
    /// Decay λₐ of the learning rate and, decoupled from the gradient, of the parameters; finite and at least 0.
    /// (λₐη above 1 is allowed, and flips the sign of θ.) Default 1e-4.
    pub lambda: f64,
    /// Exponent α of the learning rate's decay, finite and at least 0. Default 0.75.
    pub alpha: f64,
    /// Step t₀, from which on parameters are averaged, finite and at least 0. Default 1e6.
    pub t0: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Asgd {
    /// With learning rate `lr` and PyTorch's defaults: λₐ 1e-4, α 0.75, t₀ 1e6, no weight decay.
    ///
    /// ```
    /// let asgd = gradstep::Asgd::new(1e-2);
    /// assert_eq!((asgd.lambda, asgd.alpha, asgd.t0, asgd.weight_decay), (1e-4, 0.75, 1e6, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, lambda: 1e-4, alpha: 0.75, t0: 1e6, weight_decay: 0.0, maximize: false }
    }
}

hyperparameters!(Asgd:
    /// let (mut p, mut average) = ([1.0], [0.0]);
    /// Asgd::new(0.5).lambda(0.5).at(1)?.apply(&mut p, &[0.0], [&mut average])?;
    /// assert_eq!(p, [0.75]); // (1 − λₐη)θ
    lambda: f64,
    /// let (mut p, mut average) = ([0.0], [0.0]);
    /// Asgd::new(1.0).lambda(1.0).alpha(2.0).at(2)?.apply(&mut p, &[1.0], [&mut average])?;
    /// assert_eq!(p, [-0.25]); // η/(1 + λₐη)²
    alpha: f64,
    /// let (mut p, mut average) = ([1.0], [0.0]);
    /// Asgd::new(0.5).lambda(0.0).t0(0.0).at(5)?.apply(&mut p, &[0.0], [&mut average])?;
    /// assert_eq!(average, [0.25]); // a fourth of the way
    t0: f64,
    /// let (mut p, mut average) = ([1.0], [0.0]);
    /// Asgd::new(0.5).lambda(0.0).weight_decay(0.5).at(1)?.apply(&mut p, &[0.0], [&mut average])?;
    /// assert_eq!(p, [0.75]);
    weight_decay: f64,
    /// let (mut p, mut average) = ([0.0], [0.0]);
    /// Asgd::new(0.5).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut average])?;
    /// assert_eq!(p, [1.0]);
    maximize: bool,
);

impl Optimizer<1> for Asgd {
    type Rule = AsgdRule;
    const STATE: [&'static str; 1] = ["average"];
    const SLOTS: [Slot; 1] = [Slot::Exact];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<AsgdRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let lambda = non_negative("lambda", self.lambda)?;
        let alpha = non_negative("alpha", self.alpha)?;
        let t0 = non_negative("t0", self.t0)?;
        let before = (t.get() - 1) as f64;
        let decayed = lr / libm::pow(1.0 + lambda * lr * before, alpha);
        let averaged = before - t0;
        Ok(AsgdRule {
            lr: to_f32("lr", lr, decayed)?,
            shrink: to_f32("lambda", lambda, 1.0 - lambda * decayed)?,
            weight: (averaged > 1.0).then(|| (1.0 / averaged) as f32),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AsgdRule {
    /// η_t.
    lr: f32,
    /// 1 − λₐη_t.
    shrink: f32,
    /// 1/n, the weight of θ in the average; if n is 1, the average is θ.
    weight: Option<f32>,
}

impl AsgdRule {
    /// The new parameter.
    #[inline(always)]
    fn descended<L: Lanes>(&self, p: L, g: L) -> L {
        p * self.shrink - g * self.lr
    }
}

impl Rule<1> for AsgdRule {
    #[inline(always)]
    fn state<L: Lanes>(&self, p: L, g: L, [average]: [L; 1]) -> [L; 1] {
        let p = self.descended(p, g);
        // Not `map_or`: a closure is not always inlined.
        match self.weight {
            Some(weight) => [average + (p - average) * weight],
            None => [p],
        }
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, _: [L; 1], _: [L; 1]) -> L {
        self.descended(p, g)
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        self.weight.is_none().then_some(Self { weight: None, ..*self })
    }
}
