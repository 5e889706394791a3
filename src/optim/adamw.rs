//! AdamW: Adam with the weight decay taken out of the gradient.

use super::{Adam, AmsGrad};
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::optimizer::{Decay, Optimizer, Slot, placed_here};
use core::num::NonZeroU64;

/// Adam with decoupled weight decay.
///
/// ```text
/// θ ← (1 − ηλ)θ
/// then as Adam without weight decay
/// ```
///
/// From Loshchilov and Hutter, *Decoupled weight decay regularization* (2019), arXiv:1711.05101.
///
/// As PyTorch's `AdamW`: the decay is scaled by η. (In the paper it is scaled by the schedule alone.) Below ηλ = 2⁻²⁵
/// (η 1e-6 with λ 0.01) the factor rounds to 1 and nothing decays, in PyTorch as here.
///
/// State: `m` and `v` (PyTorch's `exp_avg`, `exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{AdamW, Optimizer};
///
/// let adamw = AdamW::new(0.1).weight_decay(0.5);
/// let (mut params, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// adamw.at(1)?.apply(&mut params, &[0.0], [&mut m, &mut v])?;
/// assert_eq!(params, [0.95]); // the decay alone: the gradient is 0
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct AdamW {
    /// The options. Here, Adam's `weight_decay` λ is decoupled: each step multiplies θ by 1 − ηλ. (ηλ above 1 is
    /// allowed, and flips the sign of θ.) Default 0.01.
    pub adam: Adam,
}

impl AdamW {
    /// With learning rate `lr` and PyTorch's defaults: β₁ 0.9, β₂ 0.999, ε 1e-8, weight decay 0.01.
    ///
    /// ```
    /// let adam = gradstep::AdamW::new(1e-3).adam;
    /// assert_eq!((adam.beta1, adam.beta2, adam.eps, adam.weight_decay), (0.9, 0.999, 1e-8, 0.01));
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { adam: Adam::new(lr).weight_decay(0.01) }
    }

    /// As [`Adam::betas`].
    pub const fn betas(self, beta1: f64, beta2: f64) -> Self {
        self.beta1(beta1).beta2(beta2)
    }

    /// As [`Adam::amsgrad`].
    pub const fn amsgrad(self) -> AmsGrad<Self> {
        AmsGrad { base: self }
    }
}

hyperparameters!(AdamW, of its adam, an Adam:
    beta1: f64, beta2: f64, eps: f64, eps_root: f64, bias_correction: bool,
    /// Here it is decoupled:
    /// ```
    /// # use gradstep::*;
    /// let [mut p, mut m, mut v] = [[1.0], [0.0], [0.0]];
    /// AdamW::new(0.5).weight_decay(0.25).at(1)?.apply(&mut p, &[0.0], [&mut m, &mut v])?;
    /// assert_eq!((m, p), ([0.0], [0.875])); // (1 − ηλ)θ, past m and v
    /// # Ok::<(), Error>(())
    /// ```
    weight_decay: f64,
    maximize: bool,
);

impl Optimizer<2> for AdamW {
    type Rule = <Adam as Optimizer<2>>::Rule;
    const STATE: [&'static str; 2] = Adam::STATE;
    const SLOTS: [Slot; 2] = Adam::SLOTS;
    const DECAY: Decay = Decay::Shrink;

    accessors!(adam);

    fn rule(&self, t: NonZeroU64) -> Result<Self::Rule, Error> {
        self.adam.rule(t)
    }

    placed_here!(2);
}
