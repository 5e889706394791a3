//! One rate for all steps.

use super::{Schedule, updates_before};
use crate::error::Error;
use crate::hyperparameters::hyperparameters;
use crate::scalars::non_negative;

/// The same rate at every step.
///
/// The schedule of whoever wants none, and the plateau behind a [`Warmup`](super::Warmup). In PyTorch: an optimizer
/// without a scheduler.
///
/// ```
/// use gradstep::schedule::{Constant, Schedule};
///
/// assert_eq!(Constant::new(1e-3).at(1)?, 1e-3);
/// assert_eq!(Constant::new(1e-3).at(u64::MAX)?, 1e-3);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Constant {
    /// The learning rate: finite, at least 0.
    pub lr: f64,
}

impl Constant {
    /// The rate `lr` at every step.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(Constant::new(0.1).at(7)?, 0.1);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64) -> Self {
        Self { lr }
    }
}

hyperparameters!(Constant, from lr: f64;);

impl Schedule for Constant {
    fn at(&self, t: u64) -> Result<f64, Error> {
        updates_before(t)?;
        non_negative("lr", self.lr)?;
        Ok(self.lr)
    }
}
