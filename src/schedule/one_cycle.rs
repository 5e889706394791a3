use super::{Schedule, blend, check_rate, check_steps, half_cosine, require, updates_before};
use crate::Error;

/// Up from start_lr to lr in the first part of the training, and down to end_lr in the rest.
///
/// From Smith and Topin, *Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates* (2018).
/// With T = steps, step t has made n = t − 1 updates of T − 1; the peak is at n = pct_start·T − 1, which may lie between
/// two steps. [`three_phase`](Self::three_phase) comes back to start_lr as fast as it went up, and only then goes to
/// end_lr. After T steps the rate stays end_lr.
///
/// In PyTorch: `OneCycleLR(optimizer, max_lr=lr, total_steps=steps, pct_start, anneal_strategy, three_phase,
/// div_factor=lr / start_lr, final_div_factor=start_lr / end_lr, cycle_momentum=False)`, which raises after
/// `total_steps`. To cycle a momentum too, as PyTorch does by default, ask a second `OneCycle` for it, from 0.95 down to
/// 0.85 and back: `OneCycle::new(0.85, steps).start_lr(0.95).end_lr(0.95)`.
///
/// ```
/// use gradstep::schedule::{OneCycle, Schedule};
///
/// let schedule = OneCycle::new(0.1, 100);
/// assert_eq!(schedule.at(1)?, 0.1 / 25.0);
/// assert_eq!(schedule.at(30)?, 0.1);
/// assert_eq!(schedule.at(100)?, 0.1 / 25.0 / 1e4);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct OneCycle {
    /// The peak: finite, at least 0.
    pub lr: f64,
    /// The length of the training in steps: at least 1.
    pub steps: u64,
    /// The rate of step 1, `lr / 25` unless set: finite, at least 0.
    pub start_lr: f64,
    /// The rate of the last step and of all that follow, `lr / 250_000` unless set: finite, at least 0.
    pub end_lr: f64,
    /// The part of the steps in which the rate goes up, 0.3 unless set: from 0 to 1, with three phases to 0.5.
    pub pct_start: f64,
    /// The shape of each phase, [`Anneal::Cosine`] unless set.
    pub anneal: Anneal,
    /// Whether the rate comes back to `start_lr` before it goes to `end_lr`.
    pub three_phase: bool,
}

/// The way of a [`OneCycle`] from one rate to the next.
///
/// ```
/// use gradstep::schedule::{Anneal, OneCycle, Schedule};
///
/// let cosine = OneCycle::new(1.0, 41).pct_start(1.0).start_lr(0.0);
/// let linear = cosine.anneal(Anneal::Linear);
/// assert_eq!(linear.at(11)?, 0.25);
/// assert!(cosine.at(11)? < 0.15); // a slow start
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Anneal {
    /// Half a cosine; in PyTorch `anneal_strategy="cos"`.
    Cosine,
    /// A straight line; in PyTorch `anneal_strategy="linear"`.
    Linear,
}

impl OneCycle {
    /// From `lr / 25` up to `lr` in 30 % of `steps` steps, then down to `lr / 250_000`.
    pub const fn new(lr: f64, steps: u64) -> Self {
        let start_lr = lr / 25.0;
        let end_lr = start_lr / 1e4;
        Self { lr, steps, start_lr, end_lr, pct_start: 0.3, anneal: Anneal::Cosine, three_phase: false }
    }

    /// Sets the rate of step 1.
    pub const fn start_lr(mut self, start_lr: f64) -> Self {
        self.start_lr = start_lr;
        self
    }

    /// Sets the last rate.
    pub const fn end_lr(mut self, end_lr: f64) -> Self {
        self.end_lr = end_lr;
        self
    }

    /// Sets the part of the steps in which the rate goes up.
    pub const fn pct_start(mut self, pct_start: f64) -> Self {
        self.pct_start = pct_start;
        self
    }

    /// Sets the shape of each phase.
    pub const fn anneal(mut self, anneal: Anneal) -> Self {
        self.anneal = anneal;
        self
    }

    /// Sets whether the rate comes back to `start_lr` before it goes to `end_lr`.
    pub const fn three_phase(mut self, three_phase: bool) -> Self {
        self.three_phase = three_phase;
        self
    }
}

impl Schedule for OneCycle {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)? as f64;
        check_rate("lr", self.lr)?;
        check_steps("steps", self.steps)?;
        check_rate("start_lr", self.start_lr)?;
        check_rate("end_lr", self.end_lr)?;
        let (most, range) = if self.three_phase { (0.5, "from 0 to 0.5") } else { (1.0, "from 0 to 1") };
        require((0.0..=most).contains(&self.pct_start), "pct_start", self.pct_start, range)?;

        // PyTorch's fractional ends: a phase may end between two steps, or before the first.
        let up = self.pct_start * self.steps as f64 - 1.0;
        let last = self.steps as f64 - 1.0;
        let (back, valley) = if self.three_phase { (2.0 * up, self.start_lr) } else { (up, self.lr) };
        let phases =
            [(self.start_lr, self.lr, 0.0, up), (self.lr, valley, up, back), (valley, self.end_lr, back, last)];
        for (from, to, begin, end) in phases {
            if n <= end && begin < end {
                let left = (end - n) / (end - begin);
                let weight = match self.anneal {
                    Anneal::Cosine => half_cosine(left),
                    Anneal::Linear => left,
                };
                return Ok(blend(from, to, weight));
            }
        }
        Ok(self.end_lr)
    }
}
