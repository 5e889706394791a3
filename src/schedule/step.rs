//! Staircases: a factor now and then.

use super::{Schedule, at_least_one, decay, updates_before};
use crate::error::Error;
use crate::hyperparameters::hyperparameters;

/// A staircase with steps of one length.
///
/// ```text
/// lr·γ^⌊(t − 1)/step_size⌋
/// ```
///
/// In PyTorch: `StepLR(optimizer, step_size, gamma)`.
///
/// ```
/// use gradstep::schedule::{Schedule, StepDecay};
///
/// let schedule = StepDecay::new(0.1, 30).gamma(0.5);
/// assert_eq!(schedule.at(30)?, 0.1);
/// assert_eq!(schedule.at(31)?, 0.05);
/// assert_eq!(schedule.at(61)?, 0.025);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct StepDecay {
    /// The first rate: finite, at least 0.
    pub lr: f64,
    /// How many steps share a rate: at least 1.
    pub step_size: u64,
    /// The factor from one rate to the next, default 0.1: finite, at least 0. Above 1 the rate grows, and `at`
    /// refuses once it overflows.
    pub gamma: f64,
}

impl StepDecay {
    /// `step_size` steps at `lr`, then as many at a tenth of it, and so on.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(StepDecay::new(1.0, 30).at(31)?, 0.1);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, step_size: u64) -> Self {
        Self { lr, step_size, gamma: 0.1 }
    }
}

hyperparameters!(StepDecay, from lr: f64, step_size: u64;
    /// assert_eq!(StepDecay::new(1.0, 30).gamma(0.5).at(61)?, 0.25);
    gamma: f64,
);

impl Schedule for StepDecay {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        at_least_one("step_size", self.step_size)?;
        decay(self.lr, self.gamma, n / self.step_size)
    }
}

/// A staircase that descends at given milestones.
///
/// ```text
/// lr·γᵏ        k: how many milestones are at most t − 1
/// ```
///
/// A milestone is a number of updates made: with milestone 30, steps 1 to 30 have the old rate and step 31 the new one.
/// Milestones may come in any order; one that stands twice counts twice. In PyTorch:
/// `MultiStepLR(optimizer, milestones, gamma)`.
///
/// ```
/// use gradstep::schedule::{MultiStep, Schedule};
///
/// let schedule = MultiStep::new(0.1, &[30, 80]).gamma(0.5);
/// assert_eq!(schedule.at(30)?, 0.1);
/// assert_eq!(schedule.at(31)?, 0.05);
/// assert_eq!(schedule.at(81)?, 0.025);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct MultiStep<'a> {
    /// The first rate: finite, at least 0.
    pub lr: f64,
    /// After how many updates the rate changes.
    pub milestones: &'a [u64],
    /// The factor from one rate to the next, default 0.1: finite, at least 0. Above 1 the rate grows, and `at`
    /// refuses once it overflows.
    pub gamma: f64,
}

impl<'a> MultiStep<'a> {
    /// The rate `lr`, and a tenth of the rate before from each milestone on.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(MultiStep::new(1.0, &[30, 80]).at(31)?, 0.1);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, milestones: &'a [u64]) -> Self {
        Self { lr, milestones, gamma: 0.1 }
    }

    /// Sets the factor from one rate to the next.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(MultiStep::new(1.0, &[30, 80]).gamma(0.5).at(81)?, 0.25);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }
}

impl Schedule for MultiStep<'_> {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        decay(self.lr, self.gamma, self.milestones.iter().filter(|&&milestone| milestone <= n).count() as u64)
    }
}
