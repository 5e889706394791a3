//! Optimizer update kernels over `f32` slices.
#![no_std]
mod error;
pub use error::Error;
