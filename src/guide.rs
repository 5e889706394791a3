//! # Write your own optimizer
//!
//! An optimizer is a configuration that becomes a rule at each step, and the rule is two formulas: the new state, and
//! the new parameter. Write them, and your optimizer runs on every instruction set, takes every option, gives the same
//! bits at every length and on any number of threads, and has the same checks as gradstep's own. Here is
//! quasi-hyperbolic momentum (Ma and Yarats, 2019, arXiv:1810.06801), whole:
//!
//! ```
//! use core::num::NonZeroU64;
//! use gradstep::{Error, Lanes, Optimizer, Rule, Slot, scalars::*};
//!
//! #[derive(Clone, Copy, Debug, PartialEq)]
//! pub struct Qhm { pub lr: f64, pub beta: f64, pub nu: f64 }
//!
//! impl Optimizer<1> for Qhm {
//!     type Rule = QhmRule;
//!     const STATE: [&'static str; 1] = ["momentum"];
//!     const SLOTS: [Slot; 1] = [Slot::Signed];
//!     fn lr(&self) -> f64 { self.lr }
//!     fn with_lr(self, lr: f64) -> Self { Self { lr, ..self } }
//!     fn rule(&self, _t: NonZeroU64) -> Result<QhmRule, Error> {
//!         let (lr, beta) = (non_negative("lr", self.lr)?, decay_rate("beta", self.beta)?);
//!         let nu = require("nu", self.nu, (0.0..=1.0).contains(&self.nu), "from 0 to 1")?;
//!         Ok(QhmRule { beta: beta as f32, one_minus_beta: (1.0 - beta) as f32,
//!             along_g: to_f32("lr", lr, lr * (1.0 - nu))?, along_b: to_f32("lr", lr, lr * nu)? })
//!     }
//! }
//! #[derive(Clone, Copy, Debug, PartialEq)]
//! pub struct QhmRule { beta: f32, one_minus_beta: f32, along_g: f32, along_b: f32 }
//! impl Rule<1> for QhmRule {
//!     #[inline(always)]
//!     fn state<L: Lanes>(&self, _p: L, g: L, [b]: [L; 1]) -> [L; 1] { [b * self.beta + g * self.one_minus_beta] }
//!     #[inline(always)]
//!     fn param<L: Lanes>(&self, p: L, g: L, _old: [L; 1], [b]: [L; 1]) -> L { p - (g * self.along_g + b * self.along_b) }
//! }
//!
//! let (qhm, mut params, mut momentum) = (Qhm { lr: 0.1, beta: 0.999, nu: 0.7 }, [0.5; 100], [0.0; 100]);
//! qhm.at(1)?.clamp_grads(1.0).apply(&mut params, &[2.0; 100], [&mut momentum])?;
//! # Ok::<(), Error>(())
//! ```
//!
//! A rule that divides or takes roots says so with [`Rule::DIVIDES`]. A bias correction is
//! [`one_minus_power`](crate::scalars::one_minus_power) of `t`. The template below has both.
//!
//! Storage in fewer bits needs nothing but [`Optimizer::SLOTS`]: what is [`Slot::Exact`](crate::Slot::Exact) stays in
//! `f32`, the rest may be in any format, and the sweep converts around the rule.
//!
//! **What the rule is given.** `g` has been scaled, clamped, and negated to `maximize`. To have weight decay, return it
//! from [`Optimizer::weight_decay`]; the sweep adds λθ to `g` before the rule, or shrinks `p` by 1 − ηλ if
//! [`Optimizer::DECAY`] is [`Decay::Shrink`](crate::Decay::Shrink). State begins as +0.0. `param` gets the state before
//! and after; `state` comes first, and what it returns is stored before `param` divides.
//!
//! **By name.** [`AnyOptimizer`](crate::AnyOptimizer) and configuration files know gradstep's own optimizers alone. For
//! the hyper-parameters of yours by name, implement [`Hyperparameters`](crate::Hyperparameters).
//!
//! **Which bits are promised.** Every operation of [`Lanes`] rounds once, and the expressions are evaluated as Rust
//! reads them. (A scalar stands on the right: `m * self.beta1`, not `self.beta1 * m`.) So a rule has the same bits on
//! every processor, at every length, split and thread count, if it is a function of its arguments: compute with `L`
//! alone, never ask how large it is, and keep nothing elsewhere. Scalars have the same bits on every target if they
//! come from + − × ÷ and [`scalars`](crate::scalars), or from the crate `libm`. Promise 4 is yours to keep: a rule that
//! panics does so in the middle of a step.
//!
//! **Rare options.** An option that is a field of the rule costs a branch in the loop. If it is seldom on, return the
//! rule with a literal in its place from [`Rule::usual`]: the plain loop then has no trace of it.
//!
//! **Why both methods are `#[inline(always)]`.** An instruction set is enabled for one function, the loop. What is not
//! inlined into it is compiled without, and is some 28 times slower.
//!
//! **Where the machine code lands.** In the crate that applies the step; with [`placed_here!`](crate::placed_here) in
//! the impl, in the crate that defines the optimizer. It is compiled with the profile of that crate, and a debug build
//! is over a hundred times slower: Adam of 1024 parameters takes 47 ns an element on an AMD Zen 4, and 0.3 ns in
//! release. Three lines in the root of the workspace cure it, for the crate that has the code (0.7 ns with the first
//! alone, 0.4 with all three):
//!
//! ```toml
//! [profile.dev.package.my-optimizers]
//! opt-level = 3
//! debug-assertions = false
//! overflow-checks = false
//! ```
//!
//! Most of gradstep's own optimizers are placed in gradstep (`[profile.dev.package.gradstep]`);
//! [`NAdam`](crate::NAdam), [`RAdam`](crate::RAdam) (and theirs with decoupled decay), [`Adamax`](crate::Adamax),
//! [`Centered`](crate::Centered), [`Adadelta`](crate::Adadelta), [`Rprop`](crate::Rprop) and [`Asgd`](crate::Asgd) are not,
//! to keep the build of gradstep short.
//!
//! **Is it right?** The crate `gradstep-checks` has every promise as a check. Describe the optimizer as a model of
//! three items, one of them the paper's loop in `f64`, and `gradstep_checks::promises!(Model, 2)` is a test of each.
//! The folder `examples/template` of the repository is a crate with an optimizer, its model and its tests, to be
//! copied.
//!
//! **What stays closed.** `Lanes` cannot be implemented elsewhere, a [`Step`](crate::Step) comes from
//! [`at`](crate::Optimizer::at) alone, and its loop runs over slices that were checked.

#[allow(unused_imports)] // for the links
use crate::{Lanes, Optimizer, Rule};
