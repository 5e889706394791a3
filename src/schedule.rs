//! Learning rates that change from step to step: plain data, a closed formula in the step number each.
//!
//! A schedule knows nothing of the optimizer and keeps no state. Ask it for the rate of step `t` and hand that to the
//! optimizer, with the same `t`; to resume from a checkpoint, go on with the next `t`.
//!
//! ```
//! use gradstep::{Adam, Optimizer, schedule::{Cosine, Schedule, Warmup}};
//!
//! const SCHEDULE: Warmup<Cosine> = Warmup::new(10, Cosine::new(1e-3, 90));
//! let adam = Adam::new(SCHEDULE.then.lr);
//! # let [mut params, grads, mut m, mut v] = [[0.0; 4]; 4];
//! for t in 1..=100 {
//!     let step = adam.with_lr(SCHEDULE.at(t)?).at(t)?;
//!     step.apply(&mut params, &grads, [&mut m, &mut v])?;
//! }
//! # Ok::<(), gradstep::Error>(())
//! ```
//!
//! Steps are counted from 1, as the optimizers count them. With n = t − 1 (PyTorch's `last_epoch`), k the number of
//! milestones up to n, and x the part of `steps` (`period`) that is still left, 1 at the first step and 0 at the end:
//!
//! | schedule | rate of step t | PyTorch |
//! |---|---|---|
//! | [`Constant`] | lr | no scheduler |
//! | [`StepDecay`] | lr·γ^⌊n / step_size⌋ | `StepLR` |
//! | [`MultiStep`] | lr·γᵏ | `MultiStepLR` |
//! | [`Exponential`] | lr·γⁿ | `ExponentialLR` |
//! | [`InverseSqrt`] | lr·min(t / w, √(w / t)), w = `warmup_steps` | `LambdaLR` |
//! | [`Polynomial`] | end_lr + (lr − end_lr)·xᵖ, p = `power` | `PolynomialLR`, `LinearLR` |
//! | [`Cosine`] | end_lr + (lr − end_lr)·½(1 + cos π(1 − x)) | `CosineAnnealingLR` |
//! | [`CosineRestarts`] | the same in each cycle, a cycle being `growth` times the one before | `CosineAnnealingWarmRestarts` |
//! | [`OneCycle`] | up from start_lr to lr, down to end_lr | `OneCycleLR` |
//! | [`Warmup`] | a straight line up to the first rate of any of them, which then starts at its t = 1 | `LinearLR` in a `SequentialLR` |
//!
//! `schedule.at(1)` is the rate with which PyTorch makes its first update, `schedule.at(2)` the one after the first
//! `scheduler.step()`. Whoever calls `scheduler.step()` once an epoch hands the epoch, counted from 1, to the schedule.
//! Defaults are PyTorch's. PyTorch derives most rates from the one before and so drifts by a rounding a step; these are
//! computed afresh for each `t`.
//!
//! **What holds for all of them.** Every `t` up to `u64::MAX` has a rate, except that a growing one is refused where it
//! overflows. It is finite and at least 0 and takes O(log t) operations at the most, and a comparison a milestone. It
//! has the same bits on every target, because it comes from exactly rounded `f64` operations and from the code of the
//! crate `libm`, never from the platform's mathematics: the rates of [`Cosine`], [`CosineRestarts`], [`OneCycle`] and a
//! [`Polynomial`] with a power that is no integer have the bits of the version of `libm` that Cargo chose. Nothing panics.
//!
//! **Errors of `at`.** [`Error::StepZero`] for t = 0, and [`Error::Hyperparameter`] with the name of the field that is
//! out of its range. Rates are finite and at least 0, lengths at least 1; each field says what else it must be.

mod any;
mod constant;
mod cosine;
mod exponential;
mod inverse_sqrt;
mod one_cycle;
mod polynomial;
mod step;
mod warmup;

pub use any::AnySchedule;
pub use constant::Constant;
pub use cosine::{Cosine, CosineRestarts};
pub use exponential::Exponential;
pub use inverse_sqrt::InverseSqrt;
pub use one_cycle::{Anneal, OneCycle};
pub use polynomial::Polynomial;
pub use step::{MultiStep, StepDecay};
pub use warmup::Warmup;

use crate::error::Error;
use crate::scalars::{non_negative, require};

/// The learning rate as a function of the step number.
///
/// Dyn-compatible, and implemented for references, so that a schedule chosen at run time is a `&dyn Schedule`, which
/// [`Warmup`] takes like any other. Implement it for a schedule of your own:
///
/// ```
/// use gradstep::{Error, schedule::{Constant, Cosine, Schedule, Warmup}};
///
/// /// A triangle wave of 100 steps.
/// struct Triangle { peak: f64 }
///
/// impl Schedule for Triangle {
///     fn at(&self, t: u64) -> Result<f64, Error> {
///         let n = t.checked_sub(1).ok_or(Error::StepZero)?;
///         if !(self.peak >= 0.0) {
///             return Err(Error::hyperparameter("peak", self.peak, "at least 0"));
///         }
///         Ok(self.peak * (n % 100).min(100 - n % 100) as f64 / 50.0)
///     }
/// }
///
/// let schedules: [&dyn Schedule; 3] = [&Constant::new(0.1), &Cosine::new(0.1, 1000), &Triangle { peak: 0.1 }];
/// for schedule in schedules {
///     let warm = Warmup::new(10, schedule);
///     assert_eq!(warm.at(11)?, schedule.at(1)?);
///     assert_eq!(schedule.at(0), Err(Error::StepZero));
/// }
/// # Ok::<(), Error>(())
/// ```
pub trait Schedule {
    /// The learning rate of step `t`, counted from 1.
    ///
    /// # Errors
    ///
    /// [`Error::StepZero`] for t = 0; [`Error::Hyperparameter`] when a field is out of its range.
    ///
    /// ```
    /// use gradstep::schedule::{Polynomial, Schedule};
    ///
    /// let linear = Polynomial::new(1.0, 4);
    /// let rates = [1, 2, 3, 4, 5].map(|t| linear.at(t));
    /// assert_eq!(rates, [1.0, 0.75, 0.5, 0.25, 0.0].map(Ok));
    /// ```
    fn at(&self, t: u64) -> Result<f64, Error>;
}

impl<S: Schedule + ?Sized> Schedule for &S {
    fn at(&self, t: u64) -> Result<f64, Error> {
        (**self).at(t)
    }
}

/// The updates made before step `t`.
fn updates_before(t: u64) -> Result<u64, Error> {
    t.checked_sub(1).ok_or(Error::StepZero)
}

/// Checks a hyper-parameter that is a number of steps.
fn at_least_one(name: &'static str, steps: u64) -> Result<f64, Error> {
    require(name, steps as f64, steps >= 1, "at least 1")
}

/// The part of `steps` that is left after `n` of them: 1 at the start, 0 at the end and ever after.
fn left(n: u64, steps: u64) -> f64 {
    steps.saturating_sub(n) as f64 / steps as f64
}

/// `from` at weight 1 and `to` at weight 0, exactly; monotone between them, and never outside: a weight below 1 takes at
/// least as much off the difference as its rounding has added.
fn blend(from: f64, to: f64, weight: f64) -> f64 {
    if weight == 1.0 { from } else { to + (from - to) * weight }
}

/// Half a cosine as a weight, 1 at x = 1 and 0 at x = 0: ½(1 + cos π(1 − x)) is sin²(πx/2), which cancels nothing.
fn half_cosine(x: f64) -> f64 {
    let sine = libm::sin(core::f64::consts::FRAC_PI_2 * x);
    sine * sine
}

/// lr·γᵏ, refused where it overflows. The relative error is below k·2⁻⁵² up to k = 2⁵³, but for the last rounding of a
/// subnormal rate.
fn decay(lr: f64, gamma: f64, k: u64) -> Result<f64, Error> {
    non_negative("lr", lr)?;
    non_negative("gamma", gamma)?;
    if lr == 0.0 {
        return Ok(lr);
    }
    let whole = power(gamma, k);
    let rate = if whole.is_normal() {
        lr * whole
    } else {
        // lr·γᵏ may be an f64 where γᵏ is none. Four nearly equal powers lead to every such rate through normal numbers.
        (0..4).fold(lr, |rate, i| rate * power(gamma, k / 4 + u64::from(i < k % 4)))
    };
    require("gamma", gamma, rate.is_finite(), "small enough for the learning rate of this step to be finite")?;
    Ok(rate)
}

/// xᵏ by repeated squaring: `powi` differs between targets.
fn power(x: f64, mut k: u64) -> f64 {
    let (mut power, mut square) = (1.0, x);
    while k > 0 {
        if k & 1 == 1 {
            power *= square;
        }
        square *= square;
        k >>= 1;
    }
    power
}
