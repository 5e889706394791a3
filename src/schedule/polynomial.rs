//! A power of the part that is left; straight lines.

use super::{Schedule, at_least_one, blend, left, updates_before};
use crate::error::Error;
use crate::hyperparameters::hyperparameters;
use crate::scalars::non_negative;

/// A polynomial from `lr` to `end_lr`.
///
/// ```text
/// end_lr + (lr − end_lr)·(1 − (t − 1)/steps)^power        end_lr once `steps` updates were made
/// ```
///
/// Power 1, the default, is linear decay. In PyTorch: `PolynomialLR(optimizer, total_iters=steps, power)` where `end_lr`
/// is 0; where `power` is 1, `LinearLR(optimizer, start_factor=1, end_factor=end_lr / lr, total_iters=steps)`. In
/// TensorFlow: `PolynomialDecay(lr, decay_steps=steps, end_lr, power)`. An `end_lr` above `lr` makes the rate grow.
///
/// ```
/// use gradstep::schedule::{Polynomial, Schedule};
///
/// let schedule = Polynomial::new(0.1, 100).power(2.0);
/// assert_eq!(schedule.at(1)?, 0.1);
/// assert_eq!(schedule.at(51)?, 0.025);
/// assert_eq!(schedule.at(101)?, 0.0);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Polynomial {
    /// The first rate: finite, at least 0.
    pub lr: f64,
    /// After how many updates `end_lr` is reached: at least 1.
    pub steps: u64,
    /// The exponent, default 1: finite, at least 0 (at 0 the rate stays `lr`).
    pub power: f64,
    /// The last rate, default 0: finite, at least 0.
    pub end_lr: f64,
}

impl Polynomial {
    /// A straight line from `lr` to 0 in `steps` steps.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(Polynomial::new(0.1, 100).at(51)?, 0.05);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, steps: u64) -> Self {
        Self { lr, steps, power: 1.0, end_lr: 0.0 }
    }
}

hyperparameters!(Polynomial, from lr: f64, steps: u64;
    /// assert_eq!(Polynomial::new(1.0, 100).power(2.0).at(51)?, 0.25);
    power: f64,
    /// assert_eq!(Polynomial::new(1.0, 100).end_lr(0.5).at(51)?, 0.75);
    end_lr: f64,
);

impl Schedule for Polynomial {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        non_negative("lr", self.lr)?;
        at_least_one("steps", self.steps)?;
        non_negative("power", self.power)?;
        non_negative("end_lr", self.end_lr)?;
        Ok(blend(self.lr, self.end_lr, libm::pow(left(n, self.steps), self.power)))
    }
}
