//! A straight line up to where another schedule starts.

use super::{Schedule, blend, updates_before};
use crate::error::Error;
use crate::scalars::require;

/// A straight line up to the first rate of another schedule, which then starts.
///
/// ```text
/// then.at(1)·(f + (1 − f)·(t − 1)/steps)     t ≤ steps, f = start_factor
/// then.at(t − steps)                         t > steps
/// ```
///
/// The other schedule counts from its own t = 1: a decay that is to be over after 10,000 steps has 9,500 of them behind
/// a warm-up of 500. In PyTorch: `SequentialLR(optimizer, [LinearLR(optimizer, start_factor,
/// total_iters=steps), then], milestones=[steps])`. Often credited to Goyal et al., *Accurate, Large Minibatch SGD*
/// (2017), section 2.2.
///
/// The start factor is PyTorch's 1/3 unless set. At 0, which PyTorch refuses, the first step does not move.
///
/// ```
/// use gradstep::schedule::{Cosine, Schedule, Warmup};
///
/// const SCHEDULE: Warmup<Cosine> = Warmup::new(500, Cosine::new(1e-3, 9_500)).start_factor(0.1);
/// assert_eq!(SCHEDULE.at(1)?, 1e-4);
/// assert_eq!(SCHEDULE.at(501)?, 1e-3);
/// assert_eq!(SCHEDULE.at(10_001)?, 0.0);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Warmup<S> {
    /// The length of the warm-up; 0 is none.
    pub steps: u64,
    /// The schedule that follows. A reference will do, `&dyn Schedule` too.
    pub then: S,
    /// The rate of step 1 over the first rate of `then`, default 1/3: from 0 to 1.
    pub start_factor: f64,
}

impl<S> Warmup<S> {
    /// `steps` steps of warm-up, then the schedule `then` from its beginning.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// let warm = Warmup::new(500, Exponential::new(0.1, 0.5));
    /// assert_eq!((warm.at(501)?, warm.at(502)?), (0.1, 0.05));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(steps: u64, then: S) -> Self {
        Self { steps, then, start_factor: 1.0 / 3.0 }
    }

    /// Sets the rate of step 1 over the first rate of `then`.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(Warmup::new(500, Constant::new(0.1)).start_factor(0.5).at(1)?, 0.05);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn start_factor(mut self, start_factor: f64) -> Self {
        self.start_factor = start_factor;
        self
    }
}

impl<S: Schedule> Schedule for Warmup<S> {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        require("start_factor", self.start_factor, (0.0..=1.0).contains(&self.start_factor), "from 0 to 1")?;
        if n >= self.steps {
            return self.then.at(t - self.steps);
        }
        let top = self.then.at(1)?;
        Ok(blend(top, top * self.start_factor, n as f64 / self.steps as f64))
    }
}
