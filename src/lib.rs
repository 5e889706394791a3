//! Optimizer update kernels over `f32` slices.
#![no_std]
#![deny(missing_docs)]
#![deny(unsafe_code)]

mod error;
mod fold;
pub mod grads;
#[allow(unsafe_code)]
mod isa;
mod kernel;
mod lanes;
mod optim;
mod step;

pub use error::Error;
pub use isa::{Avx2, Avx512, Isa};
pub use optim::{Adam, AdamW, AmsGrad, AnyOptimizer, AnyStep, Momentum, Optimizer, Sgd};
pub use step::Step;
