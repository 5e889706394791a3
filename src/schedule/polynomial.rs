use super::{Schedule, blend, check_rate, check_steps, left, updates_before};
use crate::Error;

/// A polynomial from lr down to end_lr: the rate of step t is end_lr + (lr − end_lr)·(1 − (t − 1) / steps)ᵖ with
/// p = power, and end_lr once `steps` updates were made.
///
/// Power 1, the default, is linear decay. In PyTorch: `PolynomialLR(optimizer, total_iters=steps, power=power)` with
/// end_lr = 0; and with power 1
/// `LinearLR(optimizer, start_factor=1, end_factor=end_lr / lr, total_iters=steps)`. The decay of TensorFlow's
/// `PolynomialDecay` and of BERT. An `end_lr` above `lr` makes the rate grow.
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
    /// The exponent, 1 unless set: finite, at least 0 (at 0 the rate stays `lr`).
    pub power: f64,
    /// The last rate, 0 unless set: finite, at least 0.
    pub end_lr: f64,
}

impl Polynomial {
    /// A straight line from `lr` to 0 in `steps` steps.
    pub const fn new(lr: f64, steps: u64) -> Self {
        Self { lr, steps, power: 1.0, end_lr: 0.0 }
    }

    /// Sets the exponent.
    pub const fn power(mut self, power: f64) -> Self {
        self.power = power;
        self
    }

    /// Sets the last rate.
    pub const fn end_lr(mut self, end_lr: f64) -> Self {
        self.end_lr = end_lr;
        self
    }
}

impl Schedule for Polynomial {
    fn at(&self, t: u64) -> Result<f64, Error> {
        let n = updates_before(t)?;
        check_rate("lr", self.lr)?;
        check_steps("steps", self.steps)?;
        check_rate("power", self.power)?;
        check_rate("end_lr", self.end_lr)?;
        Ok(blend(self.lr, self.end_lr, libm::pow(left(n, self.steps), self.power)))
    }
}
