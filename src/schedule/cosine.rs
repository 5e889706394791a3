//! Half a cosine, once or again and again.

use super::{Schedule, at_least_one, blend, half_cosine, left, updates_before};
use crate::error::Error;
use crate::hyperparameters::hyperparameters;
use crate::scalars::non_negative;

/// Half a cosine from `lr` to `end_lr`.
///
/// ```text
/// end_lr + (lr − end_lr)·½(1 + cos(π(t − 1)/steps))        end_lr once `steps` updates were made
/// ```
///
/// From Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (2017), without the restarts. In
/// PyTorch: `CosineAnnealingLR(optimizer, T_max=steps, eta_min=end_lr)`, but that climbs again after `T_max`, and this
/// stays down.
///
/// ```
/// use gradstep::schedule::{Cosine, Schedule};
///
/// let schedule = Cosine::new(0.1, 100).end_lr(0.02);
/// assert_eq!(schedule.at(1)?, 0.1);
/// assert!((schedule.at(51)? - 0.06).abs() < 1e-15);
/// assert_eq!(schedule.at(101)?, 0.02);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Cosine {
    /// The first rate: finite, at least 0.
    pub lr: f64,
    /// After how many updates `end_lr` is reached: at least 1.
    pub steps: u64,
    /// The last rate, default 0: finite, at least 0.
    pub end_lr: f64,
}

impl Cosine {
    /// From `lr` to 0 in `steps` steps.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(Cosine::new(0.1, 100).at(101)?, 0.0);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, steps: u64) -> Self {
        Self { lr, steps, end_lr: 0.0 }
    }
}

hyperparameters!(Cosine, from lr: f64, steps: u64;
    /// assert_eq!(Cosine::new(0.1, 100).end_lr(0.01).at(101)?, 0.01);
    end_lr: f64,
);

impl Schedule for Cosine {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        non_negative("lr", self.lr)?;
        at_least_one("steps", self.steps)?;
        non_negative("end_lr", self.end_lr)?;
        Ok(blend(self.lr, self.end_lr, half_cosine(left(n, self.steps))))
    }
}

/// Half a cosine from `lr` to `end_lr` again and again, each cycle `growth` times as long as the one before.
///
/// ```text
/// end_lr + (lr − end_lr)·½(1 + cos(πn/length))        n updates into a cycle of `length` steps
/// ```
///
/// From Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (2017). In PyTorch:
/// `CosineAnnealingWarmRestarts(optimizer, T_0=period, T_mult=growth, eta_min=end_lr)`. A cycle comes close to `end_lr`
/// but jumps back to `lr` instead of reaching it.
///
/// ```
/// use gradstep::schedule::{CosineRestarts, Schedule};
///
/// let schedule = CosineRestarts::new(0.1, 10).growth(2); // cycles of 10, 20, 40, … steps
/// assert_eq!(schedule.at(1)?, 0.1);
/// assert_eq!(schedule.at(11)?, 0.1);
/// assert_eq!(schedule.at(31)?, 0.1);
/// assert!(schedule.at(30)? < 0.001);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct CosineRestarts {
    /// The first rate of each cycle: finite, at least 0.
    pub lr: f64,
    /// The length of the first cycle in steps: at least 1.
    pub period: u64,
    /// The length of a cycle over that of the one before, default 1: at least 1.
    pub growth: u64,
    /// The rate that each cycle descends to, default 0: finite, at least 0.
    pub end_lr: f64,
}

impl CosineRestarts {
    /// From `lr` to 0 every `period` steps.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// let schedule = CosineRestarts::new(0.1, 100);
    /// assert_eq!(schedule.at(130)?, schedule.at(30)?);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, period: u64) -> Self {
        Self { lr, period, growth: 1, end_lr: 0.0 }
    }

    /// The cycle that contains the update after `n`: how many updates were made in it, and its length.
    fn cycle(&self, mut n: u64) -> (u64, u64) {
        if self.growth == 1 {
            return (n % self.period, self.period);
        }
        let mut length = self.period;
        while n >= length {
            n -= length;
            // A length that does not fit in u64 is longer than what is left of n.
            length = length.saturating_mul(self.growth);
        }
        (n, length)
    }
}

hyperparameters!(CosineRestarts, from lr: f64, period: u64;
    /// let schedule = CosineRestarts::new(0.1, 100).growth(3);
    /// assert_eq!([1, 101, 401].map(|t| schedule.at(t)), [Ok(0.1); 3]);
    growth: u64,
    /// assert!(CosineRestarts::new(0.1, 100).end_lr(0.01).at(100)? > 0.01);
    end_lr: f64,
);

impl Schedule for CosineRestarts {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        non_negative("lr", self.lr)?;
        at_least_one("period", self.period)?;
        at_least_one("growth", self.growth)?;
        non_negative("end_lr", self.end_lr)?;
        let (n, length) = self.cycle(n);
        Ok(blend(self.lr, self.end_lr, half_cosine(left(n, length))))
    }
}
