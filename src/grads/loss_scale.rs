//! The scale of the loss, where gradients are in half precision.

use crate::builders::builders;
use crate::error::Error;
use crate::scalars::require;

/// A loss scale that finds its own size: it grows from time to time, and backs off when a gradient overflows.
///
/// Gradients in half precision underflow, so the loss is multiplied by a scale before the backward pass, and the step
/// divides the gradients by it: [`scale_grads`](crate::Step::scale_grads)`(`[`inverse`](Self::inverse)`())`. Where they are
/// not finite the scale was too large: the step is skipped, and `t` does not advance.
///
/// As PyTorch's `GradScaler`, with its defaults; and as plain data, to be stored with a checkpoint. From Micikevicius et
/// al., *Mixed precision training* (2018), arXiv:1710.03740.
///
/// ```
/// use gradstep::{Adam, Optimizer, grads};
///
/// # fn backward(loss_scale: f32, g: &mut [f32]) { g.fill(if loss_scale > 4096.0 { f32::INFINITY } else { loss_scale }) }
/// # let [mut params, mut m, mut v, mut g] = [[0.5f32; 4]; 4];
/// let (adam, mut t, mut loss_scale) = (Adam::new(1e-3), 0, grads::LossScale::new());
/// for _ in 0..10 {
///     backward(loss_scale.scale, &mut g); // of scale × loss
///     let finite = grads::all_finite([&g]);
///     if finite {
///         t += 1;
///         adam.at(t)?.scale_grads(loss_scale.inverse()).apply(&mut params, &g, [&mut m, &mut v])?;
///     }
///     loss_scale.update(finite);
/// }
/// assert_eq!((t, loss_scale.scale), (6, 4096.0));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct LossScale {
    /// What the loss is multiplied by: above 0, and normal, as its inverse is. Default 65536.
    pub scale: f32,
    /// What the scale is multiplied by after `interval` steps without an overflow, above 1. Default 2.
    pub growth: f32,
    /// What it is multiplied by after an overflow, between 0 and 1. Default 0.5.
    pub backoff: f32,
    /// The steps without an overflow after which it grows, at least 1. Default 2000.
    pub interval: u32,
    /// The steps since it last changed.
    pub steps: u32,
}

impl LossScale {
    /// With PyTorch's defaults.
    ///
    /// ```
    /// let loss_scale = gradstep::grads::LossScale::new();
    /// assert_eq!((loss_scale.scale, loss_scale.growth, loss_scale.backoff), (65536.0, 2.0, 0.5));
    /// assert_eq!((loss_scale.interval, loss_scale.steps), (2000, 0));
    /// ```
    pub const fn new() -> Self {
        Self { scale: 65536.0, growth: 2.0, backoff: 0.5, interval: 2000, steps: 0 }
    }

    /// 1/scale, for [`scale_grads`](crate::Step::scale_grads). Exact as long as the scale is a power of two.
    ///
    /// ```
    /// assert_eq!(gradstep::grads::LossScale::new().scale(256.0).inverse(), 1.0 / 256.0);
    /// ```
    #[must_use]
    pub const fn inverse(&self) -> f32 {
        1.0 / self.scale
    }

    /// Whether the fields are in their ranges, of one read from a file, say.
    ///
    /// # Errors
    ///
    /// [`Error::Hyperparameter`] for the first that is not.
    ///
    /// ```
    /// use gradstep::grads::LossScale;
    ///
    /// assert!(LossScale::new().validate().is_ok());
    /// assert!(LossScale::new().backoff(2.0).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), Error> {
        let Self { scale, growth, backoff, interval, .. } = *self;
        let legal = scale > 0.0 && scale.is_normal() && (1.0 / scale).is_normal();
        require("scale", scale.into(), legal, "above 0, and normal as its inverse is")?;
        require("growth", growth.into(), growth > 1.0 && growth.is_finite(), "finite and above 1")?;
        require("backoff", backoff.into(), backoff > 0.0 && backoff < 1.0, "between 0 and 1")?;
        require("interval", interval.into(), interval >= 1, "at least 1")?;
        Ok(())
    }

    /// After a step that was made, or skipped because its gradients were not `finite`: backs off, or counts and grows.
    ///
    /// A legal scale stays in the normal range of `f32`, in which both it and its inverse are finite and above 0.
    ///
    /// ```
    /// let mut loss_scale = gradstep::grads::LossScale::new().interval(2);
    /// loss_scale.update(false);
    /// assert_eq!(loss_scale.scale, 32768.0);
    /// loss_scale.update(true);
    /// assert_eq!((loss_scale.scale, loss_scale.steps), (32768.0, 1));
    /// loss_scale.update(true);
    /// assert_eq!((loss_scale.scale, loss_scale.steps), (65536.0, 0));
    /// ```
    pub fn update(&mut self, finite: bool) {
        self.steps = if finite { self.steps.saturating_add(1) } else { 0 };
        let factor = if !finite {
            self.backoff
        } else if self.steps >= self.interval {
            self.steps = 0;
            self.growth
        } else {
            return;
        };
        let scale = self.scale * factor;
        if scale.is_normal() && (1.0 / scale).is_normal() {
            self.scale = scale;
        }
    }
}

impl Default for LossScale {
    fn default() -> Self {
        Self::new()
    }
}

builders!(LossScale:
    /// assert_eq!(grads::LossScale::new().scale(1024.0).scale, 1024.0);
    scale: f32,
    /// let mut loss_scale = grads::LossScale::new().interval(1).growth(4.0);
    /// loss_scale.update(true);
    /// assert_eq!(loss_scale.scale, 4.0 * 65536.0);
    growth: f32,
    /// let mut loss_scale = grads::LossScale::new().backoff(0.25);
    /// loss_scale.update(false);
    /// assert_eq!(loss_scale.scale, 65536.0 / 4.0);
    backoff: f32,
    /// let mut loss_scale = grads::LossScale::new().interval(1);
    /// loss_scale.update(true);
    /// assert_eq!(loss_scale.scale, 2.0 * 65536.0);
    interval: u32,
);
