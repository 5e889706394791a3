//! Rule: the mathematics of one optimizer, element by element.

use crate::lanes::Lanes;

/// An update rule with the scalars of one step, as the paper writes it: first the new state, then the new parameter.
///
/// `p` is the parameter θ, already shrunk if the optimizer has decoupled decay. `g` is the gradient: scaled, clamped,
/// and with λθ added if the optimizer has a penalty. `old` and `new` are the state before and after. The sweep does all
/// of this around the rule, so that a rule is nothing but its paper's lines. [The guide](crate::guide) has a whole one.
///
/// There are two methods and not one, because the sweep stores the new state before the parameter's root and quotient
/// begin. The stores then do not wait for the divider, and fewer registers are in use while it works: Adam is up to 9 %
/// faster than with one method that returns both, AMSGrad up to 26 %.
///
/// Each operation rounds once, in the order in which it is written.
///
/// Both methods must be `#[inline(always)]`. What is not inlined into the entry of an instruction set is compiled
/// without that instruction set.
pub trait Rule<const S: usize>: Copy + Send + Sync {
    /// Whether the rule divides or takes roots. The sweep then prefetches, because the processor does not look far ahead
    /// while divisions queue up.
    const DIVIDES: bool = false;

    /// The new state.
    fn state<L: Lanes>(&self, p: L, g: L, old: [L; S]) -> [L; S];

    /// The new parameter.
    fn param<L: Lanes>(&self, p: L, g: L, old: [L; S], new: [L; S]) -> L;

    /// The same rule, with its rare options written as literals that turn them off; `None` if one of them is on.
    ///
    /// The compiler folds the literals away, and the plain loop, which runs this rule in the place of `self`, has no
    /// trace of the options. It must be the same function as `self`, bit for bit, and for the same
    /// scalars always `Some` or always `None`.
    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        Some(*self)
    }
}
