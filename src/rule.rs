//! Rule: the mathematics of one optimizer, element by element.

use crate::lanes::Lanes;

/// An update rule with the scalars of one step, as the paper writes it: first the new state, then the new parameter.
///
/// `p` is the parameter θ, after decoupled decay if the optimizer has it; `g` the gradient, scaled, clamped and with the
/// gradient λθ of a penalty; `old` and `new` the state before and after. All that is done around the rule, the
/// [sweep](crate::sweep) does.
///
/// In two methods, because the sweep stores the new state before it starts on the root and the quotient of the
/// parameter: the stores then need not wait for the divider, and fewer registers are in use while it works. (Adam up to
/// 9 %, AMSGrad up to 26 % faster than with one method for both.)
///
/// Both must be `#[inline(always)]`: what is not inlined into the entry of an instruction set is compiled without it.
pub trait Rule<const S: usize>: Copy + Send + Sync {
    /// Whether `param` divides or takes roots: the sweep then prefetches.
    const DIVIDES: bool = false;

    /// The new state.
    fn state<L: Lanes>(&self, p: L, g: L, old: [L; S]) -> [L; S];

    /// The new parameter.
    fn param<L: Lanes>(&self, p: L, g: L, old: [L; S], new: [L; S]) -> L;

    /// The same rule with the choices that few make turned off by literals, which the compiler folds away; `None` if one
    /// of these choices was made. It must be the same function: the plain loop runs it in the place of `self`.
    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        Some(*self)
    }
}
