//! What stands between a backward pass and the update: norms, clipping, finiteness, sums of mini-batches.
//!
//! All functions run on [`Isa::detect`] and give the same bits on every instruction set; [`on`] chooses another.
//!
//! # Clipping by the global norm
//!
//! One read of the gradients for the norm, and the factor rides along in the step: nothing else touches memory.
//!
//! ```
//! use gradstep::{AdamW, Optimizer, grads};
//!
//! # let [mut w, mut b, mut wm, mut wv, mut bm, mut bv] = [[0.5f32; 4]; 6];
//! # let [mut dw, mut db] = [[2048.0f32; 4]; 2];
//! let loss_scale = 1024.0; // the loss was multiplied by it, so the gradients are
//! let norm = grads::norm([&dw, &db]) / loss_scale;
//! let factor = grads::clip_factor(norm, 1.0);
//! let step = AdamW::new(1e-3).at(1)?.scale_grads(1.0 / loss_scale as f32).scale_grads(factor);
//! step.apply_and_zero(&mut w, &mut dw, [&mut wm, &mut wv])?;
//! step.apply_and_zero(&mut b, &mut db, [&mut bm, &mut bv])?;
//! # Ok::<(), gradstep::Error>(())
//! ```
//!
//! The norm of finite gradients is finite (its squares are summed in f64, where no `f32` overflows), so a finite norm
//! proves every gradient finite. If it is not, [`clip_factor`] is NaN and the step refuses before it writes anything:
//! parameters, state and gradients are as they were.
//!
//! On a processor without `f64` in hardware a norm is soft float: hundreds of instructions an element. There,
//! [`Step::clamp_grads`](crate::Step::clamp_grads) clips for a few.
//!
//! Gradients in other formats than `f32` have the same functions in `grads::mixed`, with the feature `storage`.
//!
//! # Loss scaling
//!
//! Gradients in half precision underflow, so the loss is multiplied by a scale and the gradients divided by it.
//! [`LossScale`] finds the scale, and has the loop.

mod loss_scale;
#[cfg(feature = "storage")]
pub mod mixed;
#[cfg(feature = "rayon")]
mod parallel;

pub use loss_scale::LossScale;
#[cfg(feature = "rayon")]
pub use parallel::{par_norm, par_sum_of_squares};

use crate::error::Error;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::rule::Rule;
use crate::scalars::{require, root};
use crate::sweep::{AllFinite, Around, InPlace, Map, Pairwise, Plain, Slices, SumOfSquares, Update};

/// The sum of the squares of all elements of `slices`, in f64.
///
/// Neither overflows nor underflows for finite elements; the relative error is below 1e-13 up to 2⁶⁰ elements. Infinite
/// if an element is, NaN if one is, +0.0 without elements. Its bits depend on the elements and on where one slice ends
/// and the next begins, not on the processor nor on a number of threads.
///
/// ```
/// let (weights, biases) = ([3.0; 10_000], [4.0; 100]);
/// let sum = gradstep::grads::sum_of_squares([&weights[..], &biases]);
/// assert_eq!(sum, 90_000.0 + 1_600.0);
/// ```
#[must_use]
pub fn sum_of_squares(slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
    on(Isa::detect()).sum_of_squares(slices)
}

/// The Euclidean norm of all elements of `slices` together: √ of [`sum_of_squares`]. Of one slice: `norm([&g])`.
///
/// ```
/// use gradstep::grads::norm;
///
/// assert_eq!(norm([[3.0, 4.0]]), 5.0);
/// assert_eq!(norm([&[1e25; 4]]), 2.0 * f64::from(1e25f32)); // an f32 sum of squares would be infinite
/// ```
#[must_use]
pub fn norm(slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
    on(Isa::detect()).norm(slices)
}

/// Whether no element of `slices` is infinite or NaN.
///
/// ```
/// use gradstep::grads::all_finite;
///
/// assert!(all_finite([[1.0, f32::MAX]]));
/// assert!(!all_finite([[1.0, f32::NAN]]));
/// ```
#[must_use]
pub fn all_finite(slices: impl IntoIterator<Item: AsRef<[f32]>>) -> bool {
    on(Isa::detect()).all_finite(slices)
}

/// Adds `grads` to `sum`, element by element: the gradient of one more mini-batch.
///
/// # Errors
///
/// [`Error::Length`] if `grads` is not as long as `sum`. Nothing has been written then.
///
/// ```
/// let mut sum = [1.0, 2.0];
/// gradstep::grads::accumulate(&mut sum, &[0.5, 0.5])?;
/// assert_eq!(sum, [1.5, 2.5]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn accumulate(sum: &mut [f32], grads: &[f32]) -> Result<(), Error> {
    on(Isa::detect()).accumulate(sum, grads)
}

/// Multiplies each gradient by `factor`. Where a step follows, [`Step::scale_grads`](crate::Step::scale_grads) does it
/// without a pass of its own.
///
/// # Errors
///
/// [`Error::Hyperparameter`] if `factor` is not finite. Nothing has been written then.
///
/// ```
/// let mut g = [1.0, -2.0];
/// gradstep::grads::scale(&mut g, 0.5)?;
/// assert_eq!(g, [0.5, -1.0]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn scale(grads: &mut [f32], factor: f32) -> Result<(), Error> {
    on(Isa::detect()).scale(grads, factor)
}

/// Clamps each gradient into [−`limit`, `limit`]; NaN stays NaN. Where a step follows,
/// [`Step::clamp_grads`](crate::Step::clamp_grads) does it without a pass of its own.
///
/// # Errors
///
/// [`Error::Hyperparameter`] if `limit` is negative or NaN. Nothing has been written then.
///
/// ```
/// let mut g = [0.5, f32::INFINITY, -7.0];
/// gradstep::grads::clamp(&mut g, 1.0)?;
/// assert_eq!(g, [0.5, 1.0, -1.0]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn clamp(grads: &mut [f32], limit: f32) -> Result<(), Error> {
    on(Isa::detect()).clamp(grads, limit)
}

/// The factor that brings gradients of norm `norm` to `max_norm`, but for the rounding of the factor to `f32`, for
/// [`Step::scale_grads`](crate::Step::scale_grads): `max_norm / norm` (0 up to 2⁻¹⁵⁰), or 1 if `norm` is not above
/// `max_norm`.
///
/// NaN if `norm` is not finite or `max_norm` is NaN or negative: the step then refuses. PyTorch's `clip_grad_norm_`
/// uses max_norm/(norm + 1e-6).
///
/// ```
/// use gradstep::grads::clip_factor;
///
/// assert_eq!(clip_factor(4.0, 1.0), 0.25);
/// assert_eq!(clip_factor(0.5, 1.0), 1.0);
/// assert!(clip_factor(f64::INFINITY, 1.0).is_nan());
/// ```
#[must_use]
pub fn clip_factor(norm: f64, max_norm: f64) -> f32 {
    if !norm.is_finite() || max_norm.is_nan() || max_norm < 0.0 {
        f32::NAN
    } else if norm <= max_norm {
        1.0
    } else {
        (max_norm / norm) as f32
    }
}

/// The functions of this module on the instruction set `isa`: the same bits.
///
/// ```
/// use gradstep::{Isa, grads};
///
/// let g = [0.1; 1000];
/// for isa in Isa::available() {
///     assert_eq!(grads::on(isa).norm([&g]), grads::norm([&g]));
/// }
/// ```
pub const fn on(isa: Isa) -> Tools {
    Tools { isa }
}

/// The functions of this module, bound to one instruction set by [`on`].
///
/// ```
/// use gradstep::{Isa, grads};
///
/// let scalar = grads::on(Isa::Scalar);
/// let mut sum = [3.0, 0.0];
/// scalar.accumulate(&mut sum, &[0.0, -4.0])?;
/// assert_eq!((scalar.norm([&sum]), scalar.all_finite([&sum])), (5.0, true));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Tools {
    isa: Isa,
}

impl Tools {
    /// As [`sum_of_squares`].
    #[must_use]
    pub fn sum_of_squares(self, slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
        self.sum_slices(slices, |slice| self.sum_slice(slice))
    }

    /// Not generic, so compiled in this crate.
    fn sum_slice(self, slice: &[f32]) -> f64 {
        self.isa.run(SumOfSquares(slice))
    }

    /// The sum over the slices that are not empty of the sum over each.
    fn sum_slices(self, slices: impl IntoIterator<Item: AsRef<[f32]>>, sum_of_squares: impl Fn(&[f32]) -> f64) -> f64 {
        let mut sum = Pairwise::new();
        for slice in slices {
            let slice = slice.as_ref();
            if !slice.is_empty() {
                sum.add(sum_of_squares(slice));
            }
        }
        sum.total()
    }

    /// As [`norm`].
    #[must_use]
    pub fn norm(self, slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
        root(self.sum_of_squares(slices))
    }

    /// As [`all_finite`].
    #[must_use]
    pub fn all_finite(self, slices: impl IntoIterator<Item: AsRef<[f32]>>) -> bool {
        slices.into_iter().all(|slice| self.all_finite_slice(slice.as_ref()))
    }

    /// Not generic, so compiled in this crate.
    fn all_finite_slice(self, slice: &[f32]) -> bool {
        self.isa.run(AllFinite(slice))
    }

    /// As [`accumulate`].
    ///
    /// # Errors
    ///
    /// As [`accumulate`].
    pub fn accumulate(self, sum: &mut [f32], grads: &[f32]) -> Result<(), Error> {
        let (expected, found) = (sum.len(), grads.len());
        if found != expected {
            return Err(Error::Length { tensor: None, slice: "grads", expected, found });
        }
        let mut slices = Slices { params: sum, grads, state: [] };
        self.isa.run(Update::<Plain, false, _, _, 0>::new(&Sum, &Around::NOTHING, &mut slices));
        Ok(())
    }

    /// As [`scale`].
    ///
    /// # Errors
    ///
    /// As [`scale`].
    pub fn scale(self, grads: &mut [f32], factor: f32) -> Result<(), Error> {
        require("factor", factor.into(), factor.is_finite(), "finite")?;
        self.map(Scale(factor), grads);
        Ok(())
    }

    /// As [`clamp`].
    ///
    /// # Errors
    ///
    /// As [`clamp`].
    pub fn clamp(self, grads: &mut [f32], limit: f32) -> Result<(), Error> {
        require("limit", limit.into(), limit >= 0.0, "at least 0")?;
        self.map(Clamp(limit), grads);
        Ok(())
    }

    fn map(self, map: impl Map, slice: &mut [f32]) {
        self.isa.run(InPlace { map, slice });
    }
}

/// A sum of gradients is an update, too.
#[derive(Clone, Copy)]
struct Sum;

impl Rule<0> for Sum {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, _: L, []: [L; 0]) -> [L; 0] {
        []
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, sum: L, g: L, []: [L; 0], []: [L; 0]) -> L {
        sum + g
    }
}

#[derive(Clone, Copy)]
struct Scale(f32);

impl Map for Scale {
    #[inline(always)]
    fn map<L: Lanes>(self, x: L) -> L {
        x * self.0
    }
}

#[derive(Clone, Copy)]
struct Clamp(f32);

impl Map for Clamp {
    #[inline(always)]
    fn map<L: Lanes>(self, x: L) -> L {
        x.clamp(self.0)
    }
}
