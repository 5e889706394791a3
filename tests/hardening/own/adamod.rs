use core::num::NonZeroU64;

use gradstep::scalars::{decay_rate, non_negative, one_minus_power, require, sqrt, to_f32};
use gradstep::{Decay, Error, Lanes, Optimizer, Rule, Slot, placed_here};

/// AdaMod: AdamW whose rates are bounded by their own average. From Ding et al., *An adaptive and momental bound method for
/// stochastic learning* (2019), arXiv:1910.12249.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaMod {
    pub lr: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub beta3: f64,
    pub eps: f64,
    /// Added to v, or 0.
    pub floor: f64,
    pub weight_decay: f64,
}

impl AdaMod {
    pub const fn new(lr: f64) -> Self {
        Self { lr, beta1: 0.9, beta2: 0.999, beta3: 0.99, eps: 1e-8, floor: 0.0, weight_decay: 0.01 }
    }
}

impl Optimizer<3> for AdaMod {
    type Rule = AdaModRule;
    const STATE: [&'static str; 3] = ["m", "v", "s"];
    const SLOTS: [Slot; 3] = [Slot::Signed, Slot::SecondMoment, Slot::Exact];
    const DECAY: Decay = Decay::Shrink;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn with_lr(self, lr: f64) -> Self {
        Self { lr, ..self }
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn rule(&self, t: NonZeroU64) -> Result<AdaModRule, Error> {
        let lr = non_negative("lr", self.lr)?;
        let [beta1, beta2, beta3] =
            [decay_rate("beta1", self.beta1)?, decay_rate("beta2", self.beta2)?, decay_rate("beta3", self.beta3)?];
        let eps = to_f32("eps", self.eps, non_negative("eps", self.eps)?)?;
        require("eps", self.eps, eps > 0.0, "above 0 as an f32")?;
        let floor = non_negative("floor", self.floor)?;
        Ok(AdaModRule {
            lr: to_f32("lr", lr, lr)?,
            beta1: beta1 as f32,
            one_minus_beta1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            one_minus_beta2: (1.0 - beta2) as f32,
            beta3: beta3 as f32,
            one_minus_beta3: (1.0 - beta3) as f32,
            correction: (1.0 / one_minus_power(beta1, t)) as f32,
            root_correction: (1.0 / sqrt(one_minus_power(beta2, t))) as f32,
            eps,
            floor: to_f32("floor", floor, floor)?,
        })
    }

    placed_here!(3);
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaModRule {
    lr: f32,
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
    beta3: f32,
    one_minus_beta3: f32,
    correction: f32,
    root_correction: f32,
    eps: f32,
    floor: f32,
}

impl AdaModRule {
    /// η/(√v̂ + ε).
    #[inline(always)]
    fn rate<L: Lanes>(&self, v: L) -> L {
        v.splat(self.lr) / ((v + self.floor).sqrt() * self.root_correction + self.eps)
    }
}

impl Rule<3> for AdaModRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, g: L, [m, v, s]: [L; 3]) -> [L; 3] {
        let m = m * self.beta1 + g * self.one_minus_beta1;
        let v = v * self.beta2 + g * self.one_minus_beta2 * g;
        let s = s * self.beta3 + self.rate(v) * self.one_minus_beta3;
        [m, v, s]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, _: L, _: [L; 3], [m, v, s]: [L; 3]) -> L {
        p - self.rate(v).smaller(s) * (m * self.correction)
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        (self.floor == 0.0).then_some(Self { floor: -0.0, ..*self })
    }
}
