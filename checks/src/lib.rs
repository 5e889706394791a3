//! The promises of [gradstep](https://docs.rs/gradstep), as checks of any optimizer: the same bits on every backend,
//! near its formula, every bad input refused without a trace, nothing touched outside of its slices, nothing allocated.
//!
//! For an optimizer of your own, add this crate to the dev-dependencies, describe the optimizer as a [`Model`] of three
//! items, and have all promises tested:
//!
//! ```
//! use gradstep::Sgd;
//!
//! struct Model;
//!
//! impl gradstep_checks::Model<0> for Model {
//!     type Optimizer = Sgd;
//!
//!     fn cases() -> impl Iterator<Item = (&'static str, Sgd)> {
//!         [("default", Sgd::new(0.1)), ("uphill", Sgd::new(0.1).maximize(true))].into_iter()
//!     }
//!
//!     fn reference(sgd: &Sgd, _: u64, params: &mut [f64], grads: &[f64], _: [&mut [f64]; 0]) {
//!         for (p, g) in params.iter_mut().zip(grads) {
//!             *p -= sgd.lr * if sgd.maximize { -g } else { *g };
//!         }
//!     }
//! }
//!
//! gradstep_checks::promises!(Model, 0); // a test of each promise
//! # gradstep_checks::promises::all::<Model, 0>();
//! ```
//!
//! Behind the promises are the checks of gradstep itself, each a function that takes any optimizer by its model:
//! `identity::lengths::<sgd::Model, 0>()`. They are in the modules below. Stricter ones want more of a model than the
//! three items; the models of gradstep's own optimizers, in `tests/models` of its repository, have everything.
//!
//! # Features
//!
//! All but `property` are on by default. `allocation` counts allocations, and takes the place of the global allocator
//! for that. `storage` checks formats in fewer bits. `rayon` checks the parallel functions. `property` has the property tests of [`bounds`]. Without `std`
//! there is what runs on a microcontroller: [`golden`], and [`identity::in_small_memory`].
//!
//! The checks have gradstep note which backend runs, by a feature of it that is for tests alone. Cargo turns it on for
//! everything that is built with the dev-dependencies: tests, examples and benchmarks. Have benchmarks in a package of
//! their own. What others build is not affected.
//!
//! # Without std
//!
//! What no test can show is that the optimizer builds where there is no `std`: `cargo build --target
//! thumbv7em-none-eabihf`.

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
#[cfg(feature = "std")]
pub mod promises;
pub mod random;
#[cfg(all(feature = "storage", feature = "std"))]
pub mod storage;
pub mod tensors;
pub mod torch;
pub mod written_out;

pub use fastrand::Rng;
pub use model::Model;
