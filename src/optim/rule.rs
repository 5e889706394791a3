//! Rule: the mathematics of one optimizer, and the way from its configuration to it.
//!
//! All of these are public in a private module, which seals [`Optimizer`].

use super::Optimizer;
use crate::kernel::{Options, Slices, Sweep};
use crate::lanes::Lanes;
use crate::{Error, Step};

/// From the configuration at step `t` ≥ 1 to the rule's scalars.
pub trait Fold<const S: usize>: Copy + Send + Sync {
    type Rule: Rule<S>;

    fn fold(&self, t: u64) -> Result<Folded<Self::Rule>, Error>;
}

/// The kernels of one optimizer, from its row in the registry: compiled here, once, optimized as this crate is, rather
/// than again in every crate (and debug build) that applies a step.
pub trait Compiled<const S: usize>: Sized {
    fn update<'a>(step: &Step<Self, S>, slices: &mut Slices<'a, &'a [f32], S>)
    where
        Self: Optimizer<S>;

    fn update_and_zero<'a>(step: &Step<Self, S>, slices: &mut Slices<'a, &'a mut [f32], S>)
    where
        Self: Optimizer<S>;
}

/// What an optimizer asks of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Folded<R> {
    pub rule: R,
    /// The weight of the L2 penalty; its gradient λθ is added to g before the rule sees it. 0: nothing is added.
    pub weight_decay: f32,
    /// Ascent instead of descent: g is negated.
    pub maximize: bool,
}

/// The mathematics of one optimizer, element by element.
pub trait Rule<const S: usize>: Copy + Send + Sync + Sweep<S> {
    /// Whether `step` divides or takes roots: the sweep then prefetches.
    const DIVIDES: bool = false;

    /// The new parameter and the new state from parameter `p`, gradient `g` and the old state.
    ///
    /// Each new value of the state passes through `options.state`, and what only some configurations have is asked for
    /// by `options.has`. Must be `#[inline(always)]`.
    fn step<L: Lanes, O: Options>(&self, options: O, p: L, g: L, state: [L; S]) -> (L, [L; S]);

    /// Whether this step has none of the options that `step` asks for by `options.has`.
    #[inline(always)]
    fn is_plain(&self) -> bool {
        true
    }
}
