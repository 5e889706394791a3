//! Kernel: a loop over slices, written once and compiled for every instruction set. An update, a map, or a reduction.

mod map;
mod options;
mod reduce;
mod slices;
mod update;

pub use map::{InPlace, Map};
pub use options::{General, Options, Plain, Scaled};
#[cfg(feature = "rayon")]
pub use reduce::BLOCK;
pub use reduce::{AllFinite, Pairwise, SumOfSquares};
pub use slices::{Gradients, Slices};
pub use update::{Sweep, Update};

use slices::split_mut;

use crate::isa::Cpu;
use crate::lanes::Block;

/// Bytes of a cache line.
pub const LINE: usize = 64;

/// A sweep over memory prefetches what it needs this many elements later. By itself the processor looks ahead in the
/// program, which is not far where divisions queue up, and along a page, but not beyond its end. (Measured on an Intel Xeon.)
const AHEAD: usize = 256;

/// Slices of fewer elements are likely in the first caches.
const FAR: usize = 1 << 14;

/// The block that a sweep over blocks of type `B` prefetches when it is at block `i`.
#[inline(always)]
const fn ahead<B: Block>(i: usize) -> usize {
    i + AHEAD / B::LEN
}

pub trait Kernel {
    type Output;

    /// The whole loop, in registers of `C`. Must be `#[inline(always)]`, to be compiled for `C`.
    fn run<C: Cpu>(self, cpu: C) -> Self::Output;
}
