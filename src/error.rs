//! What can be wrong with a call. It is found before anything is written.

use core::fmt;

/// Why a call was refused. Nothing has been written: parameters, gradients and state are as they were.
///
/// Variants and fields may be added in a minor release; match with `..` and a wildcard arm.
///
/// ```
/// use gradstep::{Adam, Error, Optimizer};
///
/// let refused = Adam::new(f64::NAN).at(1).unwrap_err();
/// assert!(matches!(refused, Error::Hyperparameter { name: "lr", .. }));
/// assert_eq!(refused.to_string(), "lr is NaN, but it must be finite and at least 0");
/// ```
///
/// # Which error, if there are several
///
/// The first in this order. [`Optimizer::at`](crate::Optimizer::at) reports
///
/// 1. [`StepZero`](Self::StepZero);
/// 2. each field of the optimizer, in its order, by its own range;
/// 3. what is computed from them, by the name of the field that it comes from: η/(1 − β₁ᵗ) may be too large for an
///    `f32` (`lr`), ε and ε_root may both be 0 (`eps`);
/// 4. `weight_decay`, by its range and then by what is computed from it.
///
/// [`Step::apply`](crate::Step::apply) and all that is like it report
///
/// 1. [`States`](Self::States), on an [`AnyStep`](crate::AnyStep);
/// 2. the [`Length`](Self::Length) of `grads`;
/// 3. that of each state slice, in the order of [`STATE`](crate::Optimizer::STATE);
/// 4. [`GradientsNotFinite`](Self::GradientsNotFinite), then an infinite `grad_scale`;
/// 5. `clamp_grads`.
///
/// [`Step::apply_all`](crate::Step::apply_all) and all that is like it report, of the first tensor in which something is
/// wrong, its 1 to 3, then the length of `copy` or `rest`, then slot by slot a format that may not be, then the offset;
/// and if no tensor is to blame, 4 and 5.
///
/// An error names what the caller wrote, and gives the value that the caller wrote: not its negative under `maximize`,
/// and not what was computed from it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A slice is not as long as the call needs: as `params`, as `sum` in [`accumulate`](crate::grads::accumulate), as
    /// `S·n` in [`split_state`](crate::split_state). That is a mistake in the calling code.
    #[non_exhaustive]
    Length {
        /// The tensor's place in the call, from 0, where a call takes several.
        tensor: Option<usize>,
        /// The slice: `"grads"`, `"arena"`, `"copy"`, `"rest"`, the name of a state slice as in
        /// [`Optimizer::STATE`](crate::Optimizer::STATE), or that of an argument of a conversion.
        slice: &'static str,
        /// The length it must have, in elements.
        expected: usize,
        /// The length it has, in elements.
        found: usize,
    },
    /// A hyper-parameter is outside its range, or what is computed from it is not a finite `f32`. Change the
    /// configuration.
    #[non_exhaustive]
    Hyperparameter {
        /// The hyper-parameter: a field, an argument, or `"grad_scale"`, the product of all `scale_grads`.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be, as the end of a sentence: `"finite and at least 0"`.
        range: &'static str,
    },
    /// The product of all [`scale_grads`](crate::Step::scale_grads) is NaN, as it is after a
    /// [`clip_factor`](crate::grads::clip_factor) of gradients that are not finite, or to a `max_norm` that is NaN or
    /// negative. If it is the gradients, skip the step: zero them, and do not advance `t`.
    GradientsNotFinite,
    /// There is no hyper-parameter of this name.
    #[non_exhaustive]
    UnknownHyperparameter {
        /// The names that there are.
        names: &'static [&'static str],
    },
    /// A hyper-parameter that has no default was not given.
    #[non_exhaustive]
    MissingHyperparameter {
        /// Its name.
        name: &'static str,
    },
    /// Nothing of the kind has this name.
    #[non_exhaustive]
    UnknownName {
        /// The names that there are.
        names: &'static [&'static str],
    },
    /// `t` was 0. Steps are counted from 1, because bias correction divides by 1 − βᵗ.
    StepZero,
    /// An [`AnyStep`](crate::AnyStep) was given another number of state slices than its optimizer keeps.
    #[non_exhaustive]
    States {
        /// The tensor's place in the call, from 0, where a call takes several.
        tensor: Option<usize>,
        /// The number of state slices that the optimizer keeps.
        expected: usize,
        /// The number that the call was given.
        found: usize,
    },
    /// A state slice is not `f32`, but its slot is [`Slot::Exact`](crate::Slot::Exact).
    #[cfg(feature = "storage")]
    #[non_exhaustive]
    ExactState {
        /// The tensor's place in the call, from 0.
        tensor: usize,
        /// The name of the slice.
        slice: &'static str,
    },
    /// A state slice has another format than one before it. In one tensor, all whose slot is not
    /// [`Slot::Exact`](crate::Slot::Exact) have the same.
    #[cfg(feature = "storage")]
    #[non_exhaustive]
    MixedState {
        /// The tensor's place in the call, from 0.
        tensor: usize,
        /// The name of the slice.
        slice: &'static str,
    },
    /// The [`offset`](crate::Tensor::offset) of a piece that is rounded stochastically is not a multiple of 64.
    #[cfg(feature = "storage")]
    #[non_exhaustive]
    OffsetUnaligned {
        /// The tensor's place in the call, from 0.
        tensor: usize,
        /// The offset.
        offset: u64,
    },
    /// With this [`offset`](crate::Tensor::offset), the index of the last element is not below 2⁶⁴. Only of a tensor that is
    /// not all in `f32`, where the offset matters.
    #[cfg(feature = "storage")]
    #[non_exhaustive]
    OffsetTooLarge {
        /// The tensor's place in the call, from 0.
        tensor: usize,
        /// The offset.
        offset: u64,
    },
}

impl Error {
    /// Of the tensor at this place in the call.
    pub(crate) const fn in_tensor(mut self, index: usize) -> Self {
        if let Self::Length { tensor, .. } | Self::States { tensor, .. } = &mut self {
            *tensor = Some(index);
        }
        self
    }

    /// A value out of its range, for a [`Schedule`](crate::schedule::Schedule) of your own. `range` ends the sentence
    /// "`name` is `value`, but it must be …".
    ///
    /// ```
    /// let error = gradstep::Error::hyperparameter("peak", -1.0, "at least 0");
    /// assert_eq!(error.to_string(), "peak is -1, but it must be at least 0");
    /// ```
    #[must_use]
    pub const fn hyperparameter(name: &'static str, value: f64, range: &'static str) -> Self {
        Self::Hyperparameter { name, value, range }
    }

    /// A number for the variant, for callers in other languages. A release may add numbers, but never changes one.
    ///
    /// | | |
    /// |---|---|
    /// | 1 | [`Length`](Self::Length) |
    /// | 2 | [`Hyperparameter`](Self::Hyperparameter) |
    /// | 3 | [`StepZero`](Self::StepZero) |
    /// | 4 | [`States`](Self::States) |
    /// | 5 | [`GradientsNotFinite`](Self::GradientsNotFinite) |
    /// | 6 | [`UnknownHyperparameter`](Self::UnknownHyperparameter) |
    /// | 7 | [`MissingHyperparameter`](Self::MissingHyperparameter) |
    /// | 8 | [`UnknownName`](Self::UnknownName) |
    /// | 9 | `ExactState` |
    /// | 10 | `MixedState` |
    /// | 11 | `OffsetUnaligned` |
    /// | 12 | `OffsetTooLarge` |
    ///
    /// The last four are of the feature `storage`.
    ///
    /// ```
    /// assert_eq!(gradstep::Error::StepZero.code(), 3);
    /// ```
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Length { .. } => 1,
            Self::Hyperparameter { .. } => 2,
            Self::StepZero => 3,
            Self::States { .. } => 4,
            Self::GradientsNotFinite => 5,
            Self::UnknownHyperparameter { .. } => 6,
            Self::MissingHyperparameter { .. } => 7,
            Self::UnknownName { .. } => 8,
            #[cfg(feature = "storage")]
            Self::ExactState { .. } => 9,
            #[cfg(feature = "storage")]
            Self::MixedState { .. } => 10,
            #[cfg(feature = "storage")]
            Self::OffsetUnaligned { .. } => 11,
            #[cfg(feature = "storage")]
            Self::OffsetTooLarge { .. } => 12,
        }
    }

    /// No error of this crate is longer, in bytes, when it is displayed.
    ///
    /// ```
    /// let error = gradstep::Adam::new(-1.0).validate().unwrap_err();
    /// assert!(error.to_string().len() <= gradstep::Error::MAX_MESSAGE);
    /// # use gradstep::Optimizer;
    /// ```
    pub const MAX_MESSAGE: usize = 511;

    /// Hands out the message in pieces, without `core::fmt`, which is some 16 KB of flash. Values other than counts
    /// are left out: they are in the [`Hyperparameter`](Self::Hyperparameter).
    ///
    /// ```
    /// let mut uart = String::new();
    /// gradstep::Error::hyperparameter("lr", -1.5, "at least 0").pieces(|piece| uart.push_str(piece));
    /// assert_eq!(uart, "lr must be at least 0");
    /// ```
    pub fn pieces(&self, mut put: impl FnMut(&str)) {
        match *self {
            Self::Length { tensor, slice, expected, found } => {
                put(slice);
                of_tensor(tensor, &mut put);
                put(" has length ");
                digits(found, &mut put);
                put(", but it must have length ");
                digits(expected, &mut put);
            }
            Self::Hyperparameter { name, range, .. } => [name, " must be ", range].into_iter().for_each(put),
            Self::MissingHyperparameter { name } => [name, " is missing, and has no default"].into_iter().for_each(put),
            Self::StepZero => put("the step number t is 0, but steps are counted from 1"),
            Self::States { tensor, expected, found } => {
                put("the number of state slices");
                of_tensor(tensor, &mut put);
                put(" is ");
                digits(found, &mut put);
                put(", but the optimizer keeps ");
                digits(expected, &mut put);
            }
            Self::GradientsNotFinite => put(
                "the scale of the step is NaN: the gradients are not finite, or what they are clipped to is no limit",
            ),
            Self::UnknownHyperparameter { names } => {
                put("no hyper-parameter has this name; there are");
                list(names, &mut put);
            }
            Self::UnknownName { names } => {
                put("nothing has this name; there are");
                list(names, &mut put);
            }
            #[cfg(feature = "storage")]
            Self::ExactState { tensor, slice } => {
                put(slice);
                of_tensor(Some(tensor), &mut put);
                put(" is not f32, but it must be kept exactly");
            }
            #[cfg(feature = "storage")]
            Self::MixedState { tensor, slice } => {
                put(slice);
                of_tensor(Some(tensor), &mut put);
                put(" has another format than the state before it");
            }
            #[cfg(feature = "storage")]
            Self::OffsetUnaligned { tensor, .. } => {
                put("the offset");
                of_tensor(Some(tensor), &mut put);
                put(" must be a multiple of 64, where values are rounded stochastically");
            }
            #[cfg(feature = "storage")]
            Self::OffsetTooLarge { tensor, .. } => {
                put("the offset");
                of_tensor(Some(tensor), &mut put);
                put(" must be such that every index is below 2^64");
            }
        }
    }
}

/// " of tensor 7", if it is one of several.
fn of_tensor(tensor: Option<usize>, put: &mut impl FnMut(&str)) {
    if let Some(index) = tensor {
        put(" of tensor ");
        digits(index, put);
    }
}

/// " a, b, c".
fn list(names: &[&str], put: &mut impl FnMut(&str)) {
    for (i, name) in names.iter().enumerate() {
        put(if i == 0 { " " } else { ", " });
        put(name);
    }
}

/// `n` in decimal.
fn digits(mut n: usize, put: &mut impl FnMut(&str)) {
    let mut buffer = [0; 20]; // of 2⁶⁴ − 1
    let mut first = buffer.len();
    for place in buffer.iter_mut().rev() {
        *place = b'0' + (n % 10) as u8;
        first -= 1;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    put(buffer.get(first..).and_then(|digits| str::from_utf8(digits).ok()).unwrap_or_default());
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            // A field that is an integer reads as one.
            Self::Hyperparameter { name, value, range } if value as i32 as f64 == value => {
                write!(f, "{name} is {}, but it must be {range}", value as i32)
            }
            // And one that is an f32 as an f32 does: 0.3, not 0.30000001192092896.
            Self::Hyperparameter { name, value, range } if f64::from(value as f32) == value => {
                write!(f, "{name} is {:?}, but it must be {range}", value as f32)
            }
            Self::Hyperparameter { name, value, range } => write!(f, "{name} is {value:?}, but it must be {range}"),
            _ => {
                let mut written = Ok(());
                self.pieces(|piece| written = written.and_then(|()| f.write_str(piece)));
                written
            }
        }
    }
}

impl core::error::Error for Error {}
