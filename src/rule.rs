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
///
/// ```
/// use gradstep::{Lanes, Rule};
///
/// /// θ ← θ − η·sign(g)
/// #[derive(Clone, Copy)]
/// struct SignDescent {
///     lr: f32,
/// }
///
/// impl Rule<0> for SignDescent {
///     #[inline(always)]
///     fn state<L: Lanes>(&self, _: L, _: L, []: [L; 0]) -> [L; 0] {
///         []
///     }
///
///     #[inline(always)]
///     fn param<L: Lanes>(&self, p: L, g: L, []: [L; 0], []: [L; 0]) -> L {
///         p - g.sign() * self.lr
///     }
/// }
///
/// assert_eq!(SignDescent { lr: 0.5 }.param(1.0_f32, -7.0, [], []), 1.5); // one element
/// ```
pub trait Rule<const S: usize>: Copy + Send + Sync {
    /// Whether the rule divides or takes roots. On processors that do not look far ahead while divisions queue up, the
    /// sweep then prefetches.
    ///
    /// ```
    /// use gradstep::{Adam, Momentum, Optimizer, Rule};
    ///
    /// assert!(<Adam as Optimizer<2>>::Rule::DIVIDES && !<Momentum as Optimizer<1>>::Rule::DIVIDES);
    /// ```
    const DIVIDES: bool = false;

    /// The new state.
    ///
    /// ```
    /// use gradstep::{Momentum, Optimizer, Rule};
    /// use std::num::NonZeroU64;
    ///
    /// let rule = Momentum::new(0.1, 0.5).rule(NonZeroU64::MAX)?;
    /// assert_eq!(rule.state(1.0_f32, 3.0, [2.0]), [4.0]); // μb + g
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    fn state<L: Lanes>(&self, p: L, g: L, old: [L; S]) -> [L; S];

    /// The new parameter.
    ///
    /// ```
    /// use gradstep::{Momentum, Optimizer, Rule};
    /// use std::num::NonZeroU64;
    ///
    /// let rule = Momentum::new(0.25, 0.5).rule(NonZeroU64::MAX)?;
    /// assert_eq!(rule.param(1.0_f32, 3.0, [2.0], [4.0]), 0.0); // θ − ηb, of the new b
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    fn param<L: Lanes>(&self, p: L, g: L, old: [L; S], new: [L; S]) -> L;

    /// The same rule, with its rare options written as literals that turn them off; `None` if one of them is on.
    ///
    /// The compiler folds the literals away, and the plain loop, which runs this rule in the place of `self`, has no
    /// trace of the options. It must be the same function as `self`, bit for bit, and for the same scalars always `Some`
    /// or always `None`.
    ///
    /// ```
    /// use gradstep::{Adam, Optimizer, Rule};
    /// use std::num::NonZeroU64;
    ///
    /// let adam = Adam::new(1e-3);
    /// assert!(adam.rule(NonZeroU64::MIN)?.usual().is_some());
    /// assert!(adam.eps_root(1e-8).rule(NonZeroU64::MIN)?.usual().is_none());
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline(always)]
    fn usual(&self) -> Option<Self> {
        Some(*self)
    }
}
