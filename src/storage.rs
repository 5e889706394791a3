//! Formats in fewer bits than `f32`: conversions of whole slices, for checkpoints and for data from elsewhere.
//!
//! A [`Tensor`](crate::Tensor) says in which format its slices are, and a step converts by itself. 16-bit values are
//! their bits, as `u16`.
//!
//! ```
//! use gradstep::storage::{bf16, f16};
//!
//! // A checkpoint in f16, for a model in bf16.
//! let (mut values, mut bits) = ([0.0; 2], [0; 2]);
//! f16::decode(&[0x3c00, 0xc000], &mut values)?;
//! bf16::encode(&values, &mut bits)?;
//! assert_eq!((values, bits), ([1.0, -2.0], [0x3f80, 0xc000]));
//! # Ok::<(), gradstep::Error>(())
//! ```

pub mod bf16;
pub mod f16;
mod noise;
mod slices;
pub mod split;

pub(crate) use bf16::{Bf16, Stochastic, Woven};
pub(crate) use f16::F16;
pub(crate) use noise::{Noise, SlotNoise};
pub(crate) use slices::{Convert, Decode, Encode, convert};

use crate::lanes::Bitwise;

/// Noise is stratified over blocks of this many elements of a tensor. So a piece with stochastic rounding begins at a
/// multiple of it, and a sweep takes one block after another.
pub(crate) const BLOCK: usize = 64;

/// A format of 16 bits.
pub(crate) trait Format: Copy {
    fn load<C: Copy, L: Bitwise<C>>(cpu: C, from: &L::Halves) -> L;

    /// Rounded to nearest, ties to even. NaN stays NaN, and becomes quiet.
    fn store_nearest<C: Copy, L: Bitwise<C>>(x: L, to: &mut L::Halves);
}
