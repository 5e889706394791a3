//! Adagrad: the step follows the gradient, divided by the root of the sum of all its squares.

use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot, placed_here};
use crate::rule::Rule;
use crate::scalars::{non_negative, require, to_f32};
use core::num::NonZeroU64;

/// Adagrad, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                                  unless λ = 0
/// s ← s + g²
/// θ ← θ − ηₜ · g / (√(s + ε_root) + ε)         ηₜ = η/(1 + (t − 1)·lr_decay)
/// ```
///
/// From Duchi, Hazan and Singer, *Adaptive subgradient methods for online learning and stochastic optimization* (2011),
/// Journal of Machine Learning Research 12.
///
/// As PyTorch's `Adagrad`, with its defaults; `lr_decay` is not in the paper. The book "Dive into Deep Learning" has ε
/// inside the root: here that is `eps_root`, with `eps` 0.
///
/// A finite gradient above √MAX, 1.8e19, makes s infinite, and its element then never moves again. One that is NaN
/// makes s and θ NaN.
///
/// Choose it for convex problems and for features that are mostly 0: each has a learning rate of its own, which falls
/// only when it occurs. The sum never forgets, so that in long training of a network steps become too short.
///
/// State: `sum` (as in PyTorch), initially +0.0, or PyTorch's `initial_accumulator_value`.
///
/// ```
/// use gradstep::{Adagrad, Optimizer};
///
/// let adagrad = Adagrad::new(1.25);
/// let (mut params, mut sum) = ([2.0, 2.0], [0.0, 0.0]);
/// adagrad.at(1)?.apply(&mut params, &[4.0, 0.0], [&mut sum])?;
/// adagrad.at(2)?.apply(&mut params, &[3.0, 3.0], [&mut sum])?;
/// assert_eq!(sum, [25.0, 9.0]);
/// assert_eq!(params, [0.0, 0.75]); // η · (4/√16 + 3/√25), and η · 3/√9
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Adagrad {
    /// Learning rate η, finite and at least 0.
    pub lr: f64,
    /// Step t divides η by 1 + (t − 1)·`lr_decay`, finite and at least 0. Default 0.
    pub lr_decay: f64,
    /// ε, finite and at least 0. Above 0, as an f32, unless ε_root is. Default 1e-10.
    pub eps: f64,
    /// ε inside the root, finite and at least 0. Default 0.
    pub eps_root: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl Adagrad {
    /// With learning rate `lr` and PyTorch's defaults: ε 1e-10, no decay of η, no weight decay.
    ///
    /// ```
    /// let adagrad = gradstep::Adagrad::new(1e-2);
    /// assert_eq!((adagrad.lr_decay, adagrad.eps, adagrad.weight_decay), (0.0, 1e-10, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, lr_decay: 0.0, eps: 1e-10, eps_root: 0.0, weight_decay: 0.0, maximize: false }
    }
}

hyperparameters!(Adagrad:
    /// let [mut p, mut sum] = [[0.0]; 2];
    /// Adagrad::new(1.0).lr_decay(0.5).at(3)?.apply(&mut p, &[2.0], [&mut sum])?;
    /// assert_eq!(p, [-0.5]); // η/(1 + 2·lr_decay), in the direction of −g
    lr_decay: f64,
    /// let [mut p, mut sum] = [[0.0]; 2];
    /// Adagrad::new(1.0).eps(6.0).at(1)?.apply(&mut p, &[2.0], [&mut sum])?;
    /// assert_eq!(p, [-0.25]); // −ηg/(√g² + ε)
    eps: f64,
    /// let [mut p, mut sum] = [[0.0]; 2];
    /// Adagrad::new(1.0).eps_root(12.0).at(1)?.apply(&mut p, &[2.0], [&mut sum])?;
    /// assert_eq!(p, [-0.5]); // −ηg/√(g² + ε_root)
    eps_root: f64,
    /// let [mut p, mut sum] = [[1.0], [0.0]];
    /// Adagrad::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut sum])?;
    /// assert_eq!((sum, p), ([0.0625], [0.5])); // λθ is a gradient as any other: the step is η, whatever λ
    weight_decay: f64,
    /// let [mut p, mut sum] = [[0.0]; 2];
    /// Adagrad::new(0.5).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut sum])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<1> for Adagrad {
    type Rule = AdagradRule;
    const STATE: [&'static str; 1] = ["sum"];
    const SLOTS: [Slot; 1] = [Slot::SecondMoment];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<AdagradRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let lr_decay = non_negative("lr_decay", self.lr_decay)?;
        let eps = non_negative("eps", self.eps)?;
        let eps_root = non_negative("eps_root", self.eps_root)?;
        let rule = AdagradRule {
            lr: to_f32("lr", lr, lr / (1.0 + (t.get() - 1) as f64 * lr_decay))?,
            eps: to_f32("eps", eps, eps)?,
            eps_root: to_f32("eps_root", eps_root, eps_root)?,
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0 || rule.eps_root != 0.0, "above 0 as an f32 unless eps_root is")?;
        Ok(rule)
    }

    placed_here!(1);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdagradRule {
    /// η/(1 + (t − 1)·lr_decay).
    lr: f32,
    eps: f32,
    eps_root: f32,
}

impl Rule<1> for AdagradRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [s]: [L; 1]) -> [L; 1] {
        [s + g * g]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, _: [L; 1], [s]: [L; 1]) -> L {
        p - g * self.lr / ((s + self.eps_root).sqrt() + self.eps)
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        // Adding −0 changes nothing, and the compiler knows it.
        (self.eps_root == 0.0).then_some(Self { eps_root: -0.0, ..*self })
    }
}
