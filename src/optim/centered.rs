//! Centered RMSProp: the average square is replaced by the variance.

use super::rmsprop::{RmsPropMomentumRule, RmsPropRule};
use super::{RmsProp, RmsPropMomentum};
use crate::error::Error;
use crate::hyperparameters::{accessors, hyperparameters};
use crate::lanes::Lanes;
use crate::optimizer::{Optimizer, Slot};
use crate::rule::Rule;
use core::num::NonZeroU64;

/// Centered RMSProp over [`RmsProp`] or [`RmsPropMomentum`], from their method `centered`.
///
/// ```text
/// g, v as in the base
/// h ← αh + (1 − α)g
/// then as the base, with max(v − h², 0) in the place of v
/// ```
///
/// From Graves, *Generating sequences with recurrent neural networks* (2013), arXiv:1308.0850, who has ε inside the
/// root.
///
/// As PyTorch's `RMSprop(centered=True)`, but for the maximum with 0. Where gradients hardly change, v and h² are all
/// but equal, and rounding can make their difference negative: PyTorch's root of it is NaN. Here it is 0, and the step
/// is then ηg/ε. That is far too long with an ε of 1e-8, so set `eps_root` (1e-4 in Graves), or a larger `eps`.
///
/// A finite gradient above √(MAX/(1 − α)), 1.8e20 with the defaults, makes v infinite, and its element then never moves
/// again. One above √MAX/(1 − α), 1.8e21, makes h² infinite, too, and θ NaN, as a gradient does that is NaN.
///
/// Choose it to reproduce what was trained with it. Its steps grow as the noise of the gradient falls, which makes it
/// more delicate than RMSProp.
///
/// State: `v`, `mean` and, with momentum, `velocity` (PyTorch's `square_avg`, `grad_avg`, `momentum_buffer`), initially
/// +0.0.
///
/// ```
/// use gradstep::{Optimizer, RmsProp};
///
/// let centered = RmsProp::new(0.5).alpha(0.5).eps(0.0).eps_root(1.0).centered();
/// let [mut params, mut v, mut mean] = [[0.0], [18.0], [2.0]];
/// centered.at(1)?.apply(&mut params, &[4.0], [&mut v, &mut mean])?;
/// assert_eq!((v, mean), ([17.0], [3.0]));
/// assert_eq!(params, [-2.0 / 3.0]); // −ηg/√(v − h² + ε_root)
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Centered<B> {
    /// The optimizer, with all its options.
    pub base: B,
}

hyperparameters!(Centered<B>, of its base);

macro_rules! centered {
    ($($Base:ty, $S:literal: $($state:literal $Slot:ident),*;)*) => {$(
        impl Optimizer<$S> for Centered<$Base> {
            type Rule = CenteredRule<<$Base as Optimizer<{ $S - 1 }>>::Rule>;
            const STATE: [&'static str; $S] = [$($state),*];
            const SLOTS: [Slot; $S] = [$(Slot::$Slot),*];

            accessors!(base);

            fn rule(&self, t: NonZeroU64) -> Result<Self::Rule, Error> {
                Ok(CenteredRule(self.base.rule(t)?))
            }
        }
    )*};
}
centered! {
    // The errors of v and mean do not cancel in v − h², so both are exact.
    RmsProp, 2: "v" Exact, "mean" Exact;
    RmsPropMomentum, 3: "v" Exact, "mean" Exact, "velocity" Signed;
}

/// The base's scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CenteredRule<R>(R);

impl Rule<2> for CenteredRule<RmsPropRule> {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, p: L, g: L, [v, h]: [L; 2]) -> [L; 2] {
        let [v] = self.0.state(p, g, [v]);
        [v, self.0.mean(g, h)]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, [old_v, _]: [L; 2], [v, h]: [L; 2]) -> L {
        self.0.param(p, g, [old_v], [variance(v, h)])
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        self.0.usual().map(Self)
    }
}

impl Rule<3> for CenteredRule<RmsPropMomentumRule> {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, p: L, g: L, [v, h, b]: [L; 3]) -> [L; 3] {
        let [v] = self.0.rms_prop.state(p, g, [v]);
        let h = self.0.rms_prop.mean(g, h);
        [v, h, self.0.velocity(g, variance(v, h), b)]
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, [old_v, _, old_b]: [L; 3], [v, _, b]: [L; 3]) -> L {
        self.0.param(p, g, [old_v, old_b], [v, b])
    }

    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        self.0.usual().map(Self)
    }
}

/// v − h², but not below 0.
#[inline(always)]
fn variance<L: Lanes>(v: L, h: L) -> L {
    (v - h * h).larger(v.splat(0.0))
}
