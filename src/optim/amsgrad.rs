//! AMSGrad: Adam whose denominator never shrinks.

use super::adam::AdamFamily;
use super::{Compiled, Fold, Folded, Optimizer, Rule};
use crate::Error;
use crate::kernel::Options;
use crate::lanes::Lanes;

/// AMSGrad over [`Adam`](crate::Adam) or [`AdamW`](crate::AdamW), from their method `amsgrad`.
///
/// ```text
/// m, v as in the base
/// v_max ← max(v_max, v)
/// θ ← θ − η · m̂ / (√(v̂_max + ε_root) + ε)
/// ```
///
/// From Reddi, Kale and Kumar, *On the convergence of Adam and beyond* (2018), arXiv:1904.09237.
///
/// As PyTorch's `amsgrad=True`: the maximum is of the uncorrected v. (optax maximises the corrected one.)
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

impl<B: Optimizer<2>> Optimizer<3> for AmsGrad<B>
where
    B::Rule: AdamFamily,
    Self: Compiled<3>,
{
    const STATE: [&'static str; 3] = ["m", "v", "v_max"];

    fn lr(&self) -> f64 {
        self.base.lr()
    }

    fn with_lr(self, lr: f64) -> Self {
        Self { base: self.base.with_lr(lr) }
    }
}

impl<B: Optimizer<2>> Fold<3> for AmsGrad<B>
where
    B::Rule: AdamFamily,
{
    type Rule = AmsGradRule<B::Rule>;

    fn fold(&self, t: u64) -> Result<Folded<Self::Rule>, Error> {
        let Folded { rule, weight_decay, maximize } = self.base.fold(t)?;
        Ok(Folded { rule: AmsGradRule { base: rule }, weight_decay, maximize })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmsGradRule<B> {
    base: B,
}

impl<B: AdamFamily> Rule<3> for AmsGradRule<B> {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn step<L: Lanes, O: Options>(&self, options: O, p: L, g: L, [m, v, v_max]: [L; 3]) -> (L, [L; 3]) {
        let adam = self.base.adam();
        let [m, v] = adam.moments(options, g, m, v);
        let v_max = options.state(v_max.larger(v));
        (adam.update(options, self.base.decayed(p), m, v_max), [m, v, v_max])
    }

    #[inline(always)]
    fn is_plain(&self) -> bool {
        self.base.is_plain()
    }
}
