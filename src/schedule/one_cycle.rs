//! Up, and down again.

use super::{Schedule, at_least_one, blend, half_cosine, updates_before};
use crate::error::Error;
use crate::hyperparameters::{Value, ValueKind, hyperparameters};
use crate::scalars::{non_negative, require};

/// Up from `start_lr` to `lr` in the first part of the training, and down to `end_lr` in the rest.
///
/// ```text
/// start_lr → lr       n = 0 … up
/// lr → end_lr         n = up … steps − 1        n = t − 1, up = pct_start·steps − 1
/// ```
///
/// Each arrow is half a cosine or a straight line. The peak may lie between two steps. With
/// [`three_phase`](Self#structfield.three_phase) the rate comes back to `start_lr` as fast as it went up, until n = 2·up,
/// and only then goes to `end_lr`. After `steps` steps it stays there.
///
/// From Smith and Topin, *Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates* (2018).
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
    /// The rate of step 1 (unless `pct_start·steps` is below 1, when the way up lies before it), default `lr / 25`: finite,
    /// at least 0.
    pub start_lr: f64,
    /// The rate of the last step and of all that follow, default `lr / 250_000`: finite, at least 0.
    pub end_lr: f64,
    /// The part of the steps in which the rate goes up, default 0.3: from 0 to 1, with three phases from 0 to 0.5.
    pub pct_start: f64,
    /// The shape of each phase, default [`Anneal::Cosine`].
    pub anneal: Anneal,
    /// Whether the rate comes back to `start_lr` before it goes to `end_lr`, default `false`.
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

impl Value for Anneal {
    const KIND: ValueKind = ValueKind::Choice(&["cosine", "linear"]);

    fn to_f64(self) -> f64 {
        match self {
            Self::Cosine => 0.0,
            Self::Linear => 1.0,
        }
    }

    fn from_f64(name: &'static str, value: f64) -> Result<Self, Error> {
        match value {
            0.0 => Ok(Self::Cosine),
            1.0 => Ok(Self::Linear),
            _ => Err(Error::hyperparameter(name, value, "0 (cosine) or 1 (linear)")),
        }
    }
}

impl OneCycle {
    /// From `lr / 25` up to `lr` in 30 % of `steps` steps, then down to `lr / 250_000`.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(OneCycle::new(1.0, 100).at(1)?, 0.04);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, steps: u64) -> Self {
        let start_lr = lr / 25.0;
        let end_lr = start_lr / 1e4;
        Self { lr, steps, start_lr, end_lr, pct_start: 0.3, anneal: Anneal::Cosine, three_phase: false }
    }
}

hyperparameters!(OneCycle, from lr: f64, steps: u64;
    /// assert_eq!(OneCycle::new(1.0, 100).start_lr(0.25).at(1)?, 0.25);
    start_lr: f64,
    /// assert_eq!(OneCycle::new(1.0, 100).end_lr(0.25).at(100)?, 0.25);
    end_lr: f64,
    /// assert_eq!(OneCycle::new(1.0, 100).pct_start(0.5).at(50)?, 1.0);
    pct_start: f64,
    /// let schedule = OneCycle::new(1.0, 34).start_lr(0.0).pct_start(0.5).anneal(Anneal::Linear);
    /// assert_eq!([1, 5, 9].map(|t| schedule.at(t)), [Ok(0.0), Ok(0.25), Ok(0.5)]);
    anneal: Anneal,
    /// let schedule = OneCycle::new(1.0, 100).three_phase(true);
    /// assert_eq!(schedule.at(1)?, schedule.at(59)?); // up in 29 steps, down in as many
    three_phase: bool,
);

impl Schedule for OneCycle {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)? as f64;
        non_negative("lr", self.lr)?;
        at_least_one("steps", self.steps)?;
        non_negative("start_lr", self.start_lr)?;
        non_negative("end_lr", self.end_lr)?;
        let (most, range) = if self.three_phase { (0.5, "from 0 to 0.5") } else { (1.0, "from 0 to 1") };
        require("pct_start", self.pct_start, (0.0..=most).contains(&self.pct_start), range)?;

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
