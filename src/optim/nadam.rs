//! NAdam: Adam with Nesterov's momentum, whose weight grows; and NAdamW, which takes the weight decay out of the
//! gradient.

use super::adam::Moments;
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Decay, Optimizer, Slot};
use crate::rule::Rule;
use crate::scalars::{bias_correction, decay_rate, non_negative, require, root, to_f32};
use core::num::NonZeroU64;

/// NAdam, Adam with Nesterov's momentum, with L2 weight decay.
///
/// ```text
/// g ← g + λθ                                 unless λ = 0
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// n = M(t+1)·m / (1 − M(1)·…·M(t+1))  +  (1 − M(t))·g / (1 − M(1)·…·M(t))
/// θ ← θ − η · n / (√v̂ + ε)                   v̂ = v/(1 − β₂ᵗ),  M(i) = β₁(1 − ½·0.96^(iψ))
/// ```
///
/// From Dozat, *Incorporating Nesterov momentum into Adam* (2016), whose m decays by M(t) where this one decays by β₁,
/// as PyTorch's `NAdam` does. PyTorch divides m and g by the root one after the other, and keeps the product of all M
/// as a state in f32. Here it is no state: each step computes it once, in f64, in at most 53 turns of a loop with the
/// defaults, however large t is. (Measured on an x86-64 server, that is 0.2 µs a step more than Adam's.) So a β₁ or ψ
/// that is changed midway acts as if it had always been so.
///
/// NAdam takes the same gradient twice, as Nesterov does: in m and by itself. Choose it where Adam works and a gradient
/// should act sooner. A gradient that is NaN makes its parameter, m and v NaN.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{NAdam, Optimizer};
///
/// // Late in training, a gradient of which m knows nothing.
/// let [mut params, mut m, mut v] = [[0.0], [0.0], [1.0]];
/// NAdam::new(1.0).at(1_000_000)?.apply(&mut params, &[1.0], [&mut m, &mut v])?;
/// // β₁(1 − β₁) + (1 − β₁). Adam would move by 1 − β₁ alone.
/// assert_eq!(params, [-0.19]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct NAdam {
    /// Learning rate η, finite and at least 0; η/(1 − β₁) must be finite as an f32.
    pub lr: f64,
    /// Decay rate β₁ of the average of gradients, and what M rises to, at least 0 and, rounded to f32, below 1. Default
    /// 0.9.
    pub beta1: f64,
    /// Decay rate β₂ of the average of squared gradients, at least 0 and, rounded to f32, below 1. Default 0.999.
    pub beta2: f64,
    /// ε, finite and, as an f32, above 0. Default 1e-8.
    pub eps: f64,
    /// How fast M rises from β₁/2 to β₁: ψ, finite and at least 0. Default 0.004, which is half of the way in 4,245
    /// steps.
    pub momentum_decay: f64,
    /// Weight λ of the L2 penalty λ/2·‖θ‖², finite and at least 0. Default 0.
    pub weight_decay: f64,
    /// Climb instead of descend: the gradient is negated first. Default `false`.
    pub maximize: bool,
}

impl NAdam {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, ψ 0.004, no weight decay.
    ///
    /// ```
    /// let nadam = gradstep::NAdam::new(2e-3);
    /// assert_eq!((nadam.beta1, nadam.beta2, nadam.eps, nadam.momentum_decay), (0.9, 0.999, 1e-8, 0.004));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, momentum_decay: 0.004, weight_decay: 0.0, maximize: false }
    }

    /// Sets [`beta1`](Self#structfield.beta1) and [`beta2`](Self#structfield.beta2).
    ///
    /// ```
    /// let nadam = gradstep::NAdam::new(2e-3).betas(0.8, 0.99);
    /// assert_eq!((nadam.beta1, nadam.beta2), (0.8, 0.99));
    /// ```
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }
}

hyperparameters!(NAdam:
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// NAdam::new(1e-3).beta1(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(m, [0.5]); // (1 − β₁)g
    beta1: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// NAdam::new(1e-3).beta2(0.75).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(v, [1.0]); // (1 − β₂)g²
    beta2: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// NAdam::new(1.0).betas(0.0, 0.0).eps(6.0).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [-0.25]); // −ηg/(√g² + ε)
    eps: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// NAdam::new(1.0).betas(0.5, 0.0).momentum_decay(1e9).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [-4.0 / 3.0]); // M is β₁ at once: −η(β₁m/(1 − β₁²) + g)/√g²
    momentum_decay: f64,
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// NAdam::new(0.5).betas(0.0, 0.0).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.25], [0.5])); // λθ is a gradient as any other: the step is η, whatever λ
    weight_decay: f64,
    /// let [mut p, mut m, mut v] = [[0.0]; 3];
    /// NAdam::new(0.5).betas(0.0, 0.0).maximize(true).at(1)?.apply(&mut p, &[2.0], [&mut m, &mut v])?;
    /// assert_eq!(p, [0.5]);
    maximize: bool,
);

impl Optimizer<2> for NAdam {
    type Rule = NAdamRule;
    const STATE: [&'static str; 2] = ["m", "v"];
    const SLOTS: [Slot; 2] = [Slot::Signed, Slot::SecondMoment];

    accessors!();

    fn rule(&self, t: NonZeroU64) -> Result<NAdamRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let beta1 = decay_rate("beta1", self.beta1)?;
        let beta2 = decay_rate("beta2", self.beta2)?;
        let eps = non_negative("eps", self.eps)?;
        let momentum_decay = non_negative("momentum_decay", self.momentum_decay)?;
        // η/(1 − β₁) bounds both rates at every t. Checked here, because that of m may peak between the first step and the
        // last, which are all that `validate` sees.
        to_f32("lr", lr, lr / (1.0 - beta1))?;
        let momentum = |i| beta1 * (1.0 - 0.5 * libm::pow(0.96, i * momentum_decay));
        let (now, next) = (momentum(t.get() as f64), momentum(t.get() as f64 + 1.0));
        let product = product_of_momenta(beta1, momentum_decay, t.get());
        let rule = NAdamRule {
            moments: Moments::new(beta1, beta2),
            lr_m: (lr * next / (1.0 - product * next)) as f32,
            lr_g: (lr * (1.0 - now) / (1.0 - product)) as f32,
            root_correction: (1.0 / root(bias_correction(beta2, t.get()))) as f32,
            eps: to_f32("eps", eps, eps)?,
        };
        // A zero gradient would be divided by zero.
        require("eps", eps, rule.eps != 0.0, "above 0 as an f32")?;
        Ok(rule)
    }
}

/// NAdam with decoupled weight decay.
///
/// ```text
/// θ ← (1 − ηλ)θ
/// then as NAdam without weight decay
/// ```
///
/// As PyTorch's `NAdam` with `decoupled_weight_decay=True`; the decay is that of [`AdamW`](crate::AdamW). λ is 0 unless
/// it is set, as in PyTorch. Choose it over [`NAdam`] wherever there is a decay: a penalty is divided by √v̂, and
/// decays least where gradients are largest.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{NAdamW, Optimizer};
///
/// let nadamw = NAdamW::new(0.1).weight_decay(0.5);
/// let (mut params, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// nadamw.at(1)?.apply(&mut params, &[0.0], [&mut m, &mut v])?;
/// assert_eq!(params, [0.95]); // the decay alone: the gradient is 0
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct NAdamW {
    /// The options. Here, NAdam's `weight_decay` λ is decoupled: each step multiplies θ by 1 − ηλ. (ηλ above 1 is
    /// allowed, and flips the sign of θ.) Default 0.
    pub nadam: NAdam,
}

impl NAdamW {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, ψ 0.004, no weight decay.
    ///
    /// ```
    /// let nadam = gradstep::NAdamW::new(2e-3).nadam;
    /// assert_eq!((nadam.beta1, nadam.beta2, nadam.eps, nadam.weight_decay), (0.9, 0.999, 1e-8, 0.0));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { nadam: NAdam::new(lr) }
    }

    /// As [`NAdam::betas`].
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }
}

hyperparameters!(NAdamW, of its nadam, an NAdam:
    beta1: f64, beta2: f64, eps: f64, momentum_decay: f64,
    /// Here it is decoupled:
    /// ```
    /// # use gradstep::*;
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// NAdamW::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.0], [0.875])); // (1 − ηλ)θ, past m and v
    /// # Ok::<(), Error>(())
    /// ```
    weight_decay: f64,
    maximize: bool,
);

impl Optimizer<2> for NAdamW {
    type Rule = NAdamRule;
    const STATE: [&'static str; 2] = NAdam::STATE;
    const SLOTS: [Slot; 2] = NAdam::SLOTS;
    const DECAY: Decay = Decay::Shrink;

    accessors!(nadam);

    fn rule(&self, t: NonZeroU64) -> Result<NAdamRule, Error> {
        self.nadam.rule(t)
    }
}

/// M(1)·…·M(t), where M(i) = β₁(1 − ½·0.96^(iψ)).
///
/// The loop ends as soon as the product is negligible beside 1, or all later M are β₁. That takes 53 turns at the
/// defaults, and 2,996 at the worst that was found.
fn product_of_momenta(beta1: f64, momentum_decay: f64, t: u64) -> f64 {
    const NOTHING: f64 = 1.0 / (1_u64 << 60) as f64;
    let ratio = libm::pow(0.96, momentum_decay);
    let (mut power, mut product) = (1.0, 1.0);
    for i in 0..t {
        if power < NOTHING {
            return product * (1.0 - bias_correction(beta1, t - i));
        }
        power *= ratio;
        product *= beta1 * (1.0 - power / 2.0);
        if product < NOTHING {
            return 0.0;
        }
    }
    product
}

/// Adam's scalars, but with a learning rate each for m and g. They contain the bias corrections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdamRule {
    moments: Moments,
    /// η·M(t+1)/(1 − M(1)·…·M(t+1)).
    lr_m: f32,
    /// η·(1 − M(t))/(1 − M(1)·…·M(t)).
    lr_g: f32,
    /// 1/√(1 − β₂ᵗ).
    root_correction: f32,
    eps: f32,
}

impl Rule<2> for NAdamRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, old: [L; 2]) -> [L; 2] {
        self.moments.next(g, old)
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, _: [L; 2], [m, v]: [L; 2]) -> L {
        p - (m * self.lr_m + g * self.lr_g) / (v.sqrt() * self.root_correction + self.eps)
    }
}
