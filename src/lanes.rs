//! Lanes: as many `f32` as a register holds, under the operations that a rule may use.
//!
//! Every operation rounds exactly once, as IEEE 754 says, on every instruction set: this is what makes all backends
//! agree bit for bit. There is no fused multiply-add, no approximation and nothing that crosses lanes.
//!
//! All methods here and in the implementations are `#[inline(always)]`: a call that is not inlined into the
//! `#[target_feature]` entry of its instruction set would be compiled without that instruction set.

mod block;
mod quad;
mod squares;

pub use block::Block;
pub use quad::Quad;
pub use squares::Squares;

use core::ops::{Add, Div, Mul, Sub};

/// The whole list of operations a rule may use. An `f32` operand stands for itself in every lane.
pub trait Lanes:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f32, Output = Self>
    + Mul<f32, Output = Self>
{
    /// √x.
    fn sqrt(self) -> Self;

    /// `self` where it is at least `other` or NaN, else `other`. (The `max` of the instruction sets differ on NaN.)
    fn larger(self, other: Self) -> Self;

    /// 1 above 0, −1 below 0, +0 for either zero; NaN stays NaN.
    fn sign(self) -> Self;

    /// `limit` above `limit`, `-limit` below `-limit`; NaN stays NaN. `limit` is at least 0 and not NaN.
    fn clamp(self, limit: f32) -> Self;

    /// +0 for a zero or subnormal value, anything else unchanged.
    fn flush_subnormals(self) -> Self;
}

/// Lanes that can be loaded and stored on the processor `C`.
///
/// A value of `C` is the zero-sized proof that this processor executes the instructions of `Self`. Only `load` asks for it:
/// every other operation starts from a loaded register, so no rule and no loop needs `unsafe`.
pub trait Register<C: Copy>: Lanes {
    /// What the register holds, in memory.
    type Block: Block;

    /// The register that continues where less than a whole `Self` is left.
    type Narrower: Register<C>;

    fn load(cpu: C, from: &Self::Block) -> Self;

    fn store(self, to: &mut Self::Block);
}
