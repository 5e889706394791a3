//! A factor at each step.

use super::{Schedule, decay, updates_before};
use crate::error::Error;
use crate::hyperparameters::hyperparameters;

/// A constant factor from step to step.
///
/// ```text
/// lr·γ^(t − 1)
/// ```
///
/// In PyTorch: `ExponentialLR(optimizer, gamma)`. With γ > 1 it is the sweep of the learning-rate range test
/// (Smith, *Cyclical Learning Rates for Training Neural Networks*, 2017).
///
/// ```
/// use gradstep::schedule::{Exponential, Schedule};
///
/// let schedule = Exponential::new(0.1, 0.5);
/// assert_eq!(schedule.at(1)?, 0.1);
/// assert_eq!(schedule.at(4)?, 0.0125);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Exponential {
    /// The first rate: finite, at least 0.
    pub lr: f64,
    /// The factor from one step to the next: finite, at least 0. Above 1 the rate grows, and `at` refuses once
    /// it overflows.
    pub gamma: f64,
}

impl Exponential {
    /// The rate `lr`, multiplied by `gamma` after every step.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(Exponential::new(0.1, 0.5).at(2)?, 0.05);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, gamma: f64) -> Self {
        Self { lr, gamma }
    }
}

hyperparameters!(Exponential, from lr: f64, gamma: f64;);

impl Schedule for Exponential {
    fn at(&self, t: u64) -> Result<f64, Error> {
        decay(self.lr, self.gamma, updates_before(t)?)
    }
}
