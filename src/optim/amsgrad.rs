//! AMSGrad: Adam whose denominator never shrinks.

use super::adam::AdamRule;
use super::{Adam, AdamW};
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Decay, Optimizer, Slot, placed_here};
use crate::rule::Rule;
use core::num::NonZeroU64;

/// AMSGrad over [`Adam`] or [`AdamW`], from their method `amsgrad`.
///
/// ```text
/// m, v as in the base
/// v_max ← max(v_max, v)
/// θ ← θ − η · m̂ / (√(v̂_max + ε_root) + ε)
/// ```
///
/// From Reddi, Kale and Kumar, *On the convergence of Adam and beyond* (2018), arXiv:1904.09237.
///
/// As PyTorch's `amsgrad=True`: the maximum is taken of v before the bias correction. (optax takes it after.)
///
/// State: `m`, `v`, `v_max` (PyTorch's `exp_avg`, `exp_avg_sq`, `max_exp_avg_sq`), initially +0.0.
///
/// ```
/// use gradstep::{Adam, Optimizer};
///
/// let amsgrad = Adam::new(1e-3).weight_decay(1e-4).amsgrad();
/// let [mut params, mut m, mut v, mut v_max] = [[0.5; 4]; 4];
/// amsgrad.at(7)?.apply(&mut params, &[0.1; 4], [&mut m, &mut v, &mut v_max])?;
/// assert!(v < [0.5; 4] && v_max == [0.5; 4]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct AmsGrad<B> {
    /// The optimizer, with all its options.
    pub base: B,
}

hyperparameters!(AmsGrad<B>, of its base);

macro_rules! amsgrad {
    ($($Base:ty),*) => {$(
        impl Optimizer<3> for AmsGrad<$Base> {
            type Rule = AmsGradRule;
            const STATE: [&'static str; 3] = ["m", "v", "v_max"];
            // A maximum keeps the largest error of what it is of, so v is exact, too.
            const SLOTS: [Slot; 3] = [Slot::Signed, Slot::Exact, Slot::Exact];
            const DECAY: Decay = <$Base>::DECAY;

            accessors!(base);

            fn rule(&self, t: NonZeroU64) -> Result<AmsGradRule, Error> {
                Ok(AmsGradRule(self.base.rule(t)?))
            }

            placed_here!(3);
        }
    )*};
}
amsgrad!(Adam, AdamW);

/// Adam's scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmsGradRule(AdamRule);

impl Rule<3> for AmsGradRule {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, p: L, g: L, [m, v, v_max]: [L; 3]) -> [L; 3] {
        let [m, v] = self.0.state(p, g, [m, v]);
        [m, v, v_max.larger(v)]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, [old_m, old_v, _]: [L; 3], [m, _, v_max]: [L; 3]) -> L {
        self.0.param(p, g, [old_m, old_v], [m, v_max])
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        self.0.usual().map(Self)
    }
}
