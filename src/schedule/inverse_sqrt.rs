//! The Transformer's schedule.

use super::{Schedule, at_least_one, updates_before};
use crate::error::Error;
use crate::hyperparameters::hyperparameters;
use crate::scalars::{non_negative, sqrt};

/// The Transformer's schedule: a straight line up to the peak, then the inverse square root of the step number.
///
/// ```text
/// lr·min(t/w, √(w/t))        w = warmup_steps
/// ```
///
/// From Vaswani et al., *Attention Is All You Need* (2017), section 5.3, where
/// lrate = d_model^−½·min(t^−½, t·w^−3⁄2); that is this schedule with the peak lr = 1 / √(d_model·w). The peak, lr
/// itself, is the rate of step w. One warm-up step leaves lr / √t. PyTorch has no class of its own for it:
/// `LambdaLR(optimizer, lambda n: min((n + 1) / w, (w / (n + 1)) ** 0.5))`.
///
/// ```
/// use gradstep::schedule::{InverseSqrt, Schedule};
///
/// let (d_model, warmup_steps) = (512.0_f64, 4000);
/// let paper = InverseSqrt::new(1.0 / (d_model * 4000.0).sqrt(), warmup_steps);
/// assert_eq!(paper.at(4000)?, paper.lr);
/// assert_eq!(paper.at(1000)?, paper.lr / 4.0);
/// assert_eq!(paper.at(16_000)?, paper.lr / 2.0);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct InverseSqrt {
    /// The peak, reached at step `warmup_steps`: finite, at least 0.
    pub lr: f64,
    /// The step of the peak: at least 1.
    pub warmup_steps: u64,
}

impl InverseSqrt {
    /// Up to `lr` at step `warmup_steps`, and down from there.
    ///
    /// ```
    /// # use gradstep::schedule::*;
    /// assert_eq!(InverseSqrt::new(0.1, 100).at(400)?, 0.05);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(lr: f64, warmup_steps: u64) -> Self {
        Self { lr, warmup_steps }
    }
}

hyperparameters!(InverseSqrt, from lr: f64, warmup_steps: u64;);

impl Schedule for InverseSqrt {
    fn at(&self, t: u64) -> Result<f64, Error> {
        updates_before(t)?;
        non_negative("lr", self.lr)?;
        at_least_one("warmup_steps", self.warmup_steps)?;
        let (step, peak) = (t as f64, self.warmup_steps as f64);
        Ok(self.lr * if step < peak { step / peak } else { sqrt(peak / step) })
    }
}
