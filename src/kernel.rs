//! Kernel: a loop over slices, written once and compiled for every instruction set. There are three.

mod map;
mod reduce;
mod update;

pub use map::{Clamp, Map, MapKernel, Scale};
#[cfg(feature = "rayon")]
pub use reduce::BLOCK;
pub use reduce::{AllFinite, Pairwise, SumOfSquares};
pub use update::{Accumulate, General, Gradients, Options, Plain, Slices, Sweep, Update};

use crate::isa::Cpu;

pub trait Kernel {
    type Output;

    /// The whole loop, in registers of `C`. Must be `#[inline(always)]`, to be compiled for `C`.
    fn run<C: Cpu>(self, cpu: C) -> Self::Output;
}
