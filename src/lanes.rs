//! Lanes: as many `f32` as a register holds, and the operations that a rule may use.
//!
//! Every operation rounds exactly once, as IEEE 754 says, on every instruction set. That is why all backends agree bit
//! for bit. There is no fused multiply-add, no approximation, and nothing that crosses lanes.
//!
//! All methods, here and in the implementations, are `#[inline(always)]`. A method that is not inlined into the
//! `#[target_feature]` entry of its instruction set is compiled without that instruction set, and is some 28 times
//! slower.

mod block;
mod quad;
mod squares;

pub use block::Block;
pub use quad::Quad;
pub use squares::Squares;

use core::ops::{Add, Div, Mul, Sub};

/// All operations that a rule may use. An `f32` operand stands for itself in every lane.
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

    /// `self` where it is at least `other` or NaN, else `other`. (Not `max`: instruction sets differ in its NaN.)
    fn larger(self, other: Self) -> Self;

    /// 1 above 0, −1 below 0, +0 at either zero; NaN stays NaN.
    fn sign(self) -> Self;

    /// `self` brought into [`-limit`, `limit`]; NaN stays NaN. `limit` must be at least 0 and not NaN.
    fn clamp(self, limit: f32) -> Self;

    /// +0 where `self` is zero or subnormal; anything else as it is.
    fn flush_subnormals(self) -> Self;
}

/// Lanes that can be loaded and stored on the processor `C`.
///
/// A value of `C` is a zero-sized proof that this processor executes the instructions of `Self`. Only `load` asks for
/// it, because every other operation starts from a register, and registers come from `load`. That is why no rule and no
/// loop needs `unsafe`.
pub trait Register<C: Copy>: Lanes {
    /// What a register holds, in memory.
    type Block: Block;

    /// The register to go on with where less than a whole `Self` is left.
    type Narrower: Register<C>;

    fn load(cpu: C, from: &Self::Block) -> Self;

    fn store(self, to: &mut Self::Block);
}
