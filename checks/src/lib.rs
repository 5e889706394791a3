//! What every optimizer must hold: the same bits on every backend, near its formula, every bad input refused without a
//! trace, nothing touched outside of its slices, nothing allocated.
//!
//! Each check is a function that takes any optimizer, by its [`Model`]: `identity::lengths::<sgd::Model, 0>()`. A model is
//! what is known of an optimizer beyond its code: cases, ranges, and its arithmetic, written out once more. The models of
//! gradstep's own optimizers are in `tests/models`, and one of them is the best beginning of another.
//!
//! Without the feature `std` there is what runs on a microcontroller: [`golden`], and [`identity::in_small_memory`].

#![no_std]
#![deny(missing_docs)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "allocation")]
pub mod allocation;
#[cfg(feature = "std")]
pub mod any;
#[cfg(feature = "std")]
pub mod backends;
pub mod bounds;
pub mod cases;
pub mod errors;
pub mod golden;
#[cfg(all(feature = "std", not(miri)))]
pub mod guard_pages;
pub mod identity;
pub mod model;
#[cfg(feature = "std")]
pub mod norm;
#[cfg(feature = "rayon")]
pub mod parallel;
pub mod random;
pub mod tensors;
pub mod torch;
pub mod written_out;

pub use fastrand::Rng;
pub use model::Model;
