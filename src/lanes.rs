//! Lanes: as many `f32` as a register holds, and the operations that a rule may use.
//!
//! All methods, here and in the implementations, are `#[inline(always)]`. A method that is not inlined into the
//! `#[target_feature]` entry of its instruction set is compiled without that instruction set, and is some 28 times
//! slower.

#[cfg(feature = "storage")]
mod bits;
mod block;
mod pair;
mod squares;

#[cfg(feature = "storage")]
pub use bits::{Bits, Bitwise, NAN, UPPER};
pub use block::Block;
#[cfg(feature = "storage")]
pub use block::Element;
pub use pair::{Pair, Quad};
pub use squares::Squares;

use core::ops::{Add, Div, Mul, Neg, Sub};

/// As many `f32` as a register holds, and all operations that a [`Rule`](crate::Rule) may use on them.
///
/// Each operation acts on every lane by itself and rounds exactly once, as IEEE 754 says, on every instruction set; those
/// that choose or change a sign do not round. That is why all backends agree bit for bit. There is no fused
/// multiply-add, no approximation, and nothing that crosses lanes.
///
/// An `f32` on the right of an operator stands for itself in every lane. `x + -0.0` is `x`, and the compiler knows it.
///
/// A `NaN` is kept or chosen as each method says, the same everywhere; only its sign and payload are left open.
///
/// The trait is sealed. `f32` is one lane, so that a rule can be tried on one element:
///
/// ```
/// use gradstep::Lanes;
///
/// fn leaky<L: Lanes>(x: L) -> L {
///     x.where_greater(x.splat(0.0), x, x * 0.25)
/// }
///
/// assert_eq!([2.0, -2.0].map(leaky::<f32>), [2.0, -0.5]);
/// ```
pub trait Lanes:
    sealed::Sealed
    + Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f32, Output = Self>
    + Sub<f32, Output = Self>
    + Mul<f32, Output = Self>
    + Div<f32, Output = Self>
{
    /// `x` in every lane, of lanes like `self`.
    ///
    /// ```
    /// use gradstep::Lanes;
    ///
    /// assert_eq!(7.0.splat(2.5), 2.5);
    /// ```
    fn splat(self, x: f32) -> Self;

    /// √x.
    ///
    /// ```
    /// assert_eq!(gradstep::Lanes::sqrt(2.25), 1.5);
    /// ```
    fn sqrt(self) -> Self;

    /// Of two, for groups of registers.
    #[doc(hidden)]
    #[inline(always)]
    fn sqrt_of_two([a, b]: [Self; 2]) -> [Self; 2] {
        [a.sqrt(), b.sqrt()]
    }

    /// Of four, for groups of registers: where there are several ways to take roots, they may go different ones.
    #[doc(hidden)]
    #[inline(always)]
    fn sqrt_of_four([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        [a.sqrt(), b.sqrt(), c.sqrt(), d.sqrt()]
    }

    /// |x|. NaN stays NaN.
    ///
    /// ```
    /// assert_eq!(gradstep::Lanes::abs(-2.0), 2.0);
    /// ```
    fn abs(self) -> Self;

    /// 1 above 0, −1 below 0, +0 at either zero. NaN stays NaN.
    ///
    /// ```
    /// assert_eq!([3.0, -3.0, -0.0].map(gradstep::Lanes::sign), [1.0, -1.0, 0.0]);
    /// ```
    fn sign(self) -> Self;

    /// `self` where it is at least `other` or NaN, else `other`: a maximum that is NaN if either is. (Instruction sets
    /// differ in the NaN of `max`. Of two zeros it is `self`.)
    ///
    /// ```
    /// use gradstep::Lanes;
    ///
    /// assert_eq!(1.0.larger(2.0), 2.0);
    /// assert!(1.0.larger(f32::NAN).is_nan() && f32::NAN.larger(1.0).is_nan());
    /// ```
    fn larger(self, other: Self) -> Self;

    /// `self` where it is at most `other` or NaN, else `other`: a minimum that is NaN if either is.
    ///
    /// ```
    /// use gradstep::Lanes;
    ///
    /// assert_eq!(1.0.smaller(2.0), 1.0);
    /// assert!(1.0.smaller(f32::NAN).is_nan() && f32::NAN.smaller(1.0).is_nan());
    /// ```
    fn smaller(self, other: Self) -> Self;

    /// `yes` where `self` is greater than `than`, else `no`: also where either is NaN.
    ///
    /// ```
    /// use gradstep::Lanes;
    ///
    /// assert_eq!(2.0.where_greater(1.0, 10.0, 20.0), 10.0);
    /// assert_eq!(f32::NAN.where_greater(1.0, 10.0, 20.0), 20.0);
    /// ```
    fn where_greater(self, than: Self, yes: Self, no: Self) -> Self;

    /// `self` brought into [−`limit`, `limit`]. NaN stays NaN. `limit` must be at least 0.
    ///
    /// ```
    /// use gradstep::Lanes;
    ///
    /// assert_eq!(Lanes::clamp(-7.0, 2.0), -2.0);
    /// ```
    fn clamp(self, limit: f32) -> Self;

    /// +0 where `self` is zero or subnormal; anything else as it is.
    ///
    /// ```
    /// use gradstep::Lanes;
    ///
    /// assert_eq!([1e-40, 1e-30].map(Lanes::flush_subnormals), [0.0, 1e-30]);
    /// ```
    fn flush_subnormals(self) -> Self;
}

/// What only this crate can implement.
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Lanes that can be loaded and stored on the processor `C`.
///
/// A value of `C` is a zero-sized proof that this processor executes the instructions of `Self`. Only `load` asks for
/// it, because every other operation starts from a register, and registers come from `load`. That is why no rule and no
/// loop needs `unsafe`.
pub trait Register<C: Copy>: Lanes {
    /// What a register holds, in memory.
    type Block: Block;

    /// One register of those that `Self` is made of.
    type Single: Register<C>;

    /// The register to go on with where less than a whole `Self` is left.
    type Narrower: Register<C>;

    fn load(cpu: C, from: &Self::Block) -> Self;

    fn store(self, to: &mut Self::Block);
}

/// Nobody else makes lanes.
///
/// ```compile_fail,E0277
/// #[derive(Clone, Copy)]
/// struct Mine(f32);
/// # macro_rules! operator { ($($Op:ident $op:ident $Other:ty)*) => {$(
/// #     impl std::ops::$Op<$Other> for Mine { type Output = Self; fn $op(self, _: $Other) -> Self { self } }
/// # )*} }
/// # operator! { Add add Self Sub sub Self Mul mul Self Div div Self Add add f32 Sub sub f32 Mul mul f32 Div div f32 }
/// # impl std::ops::Neg for Mine { type Output = Self; fn neg(self) -> Self { self } }
/// impl gradstep::Lanes for Mine {
///     fn splat(self, _: f32) -> Self { self }
///     # fn sqrt(self) -> Self { self }
///     # fn abs(self) -> Self { self }
///     # fn sign(self) -> Self { self }
///     # fn larger(self, _: Self) -> Self { self }
///     # fn smaller(self, _: Self) -> Self { self }
///     # fn where_greater(self, _: Self, _: Self, _: Self) -> Self { self }
///     # fn clamp(self, _: f32) -> Self { self }
///     # fn flush_subnormals(self) -> Self { self }
/// }
/// ```
#[cfg(doctest)]
struct Unforgeable;
