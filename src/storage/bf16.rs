//! bfloat16: the upper half of an `f32`.
//!
//! ```
//! use gradstep::storage::bf16;
//!
//! let (mut bits, mut values) = ([0], [0.0]);
//! bf16::encode(&[0.1], &mut bits)?;
//! bf16::decode(&bits, &mut values)?;
//! assert_eq!(values, [0.100097656]); // 8 bits of precision
//! # Ok::<(), gradstep::Error>(())
//! ```

use super::{Decode, Encode, Format, convert};
use crate::error::Error;
use crate::isa::Isa;
use crate::lanes::{Bits, Bitwise};
use core::marker::PhantomData;

/// The bits of each of `values`, rounded to nearest, ties to even. NaN stays NaN.
///
/// # Errors
///
/// [`Error::Length`] if `bits` is not as long as `values`. Nothing has been written then.
///
/// ```
/// let mut bits = [0; 2];
/// gradstep::storage::bf16::encode(&[1.0, -0.5], &mut bits)?;
/// assert_eq!(bits, [0x3f80, 0xbf00]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn encode(values: &[f32], bits: &mut [u16]) -> Result<(), Error> {
    encode_on(Isa::detect(), values, bits)
}

/// As [`encode`], on this instruction set: the same bits.
///
/// # Errors
///
/// As [`encode`].
pub fn encode_on(isa: Isa, values: &[f32], bits: &mut [u16]) -> Result<(), Error> {
    convert(isa, Encode(PhantomData::<Bf16>), values, ("bits", bits))
}

/// The value of each of `bits`, which an `f32` has exactly.
///
/// # Errors
///
/// [`Error::Length`] if `values` is not as long as `bits`. Nothing has been written then.
///
/// ```
/// let mut values = [0.0; 2];
/// gradstep::storage::bf16::decode(&[0x3f80, 0xbf00], &mut values)?;
/// assert_eq!(values, [1.0, -0.5]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn decode(bits: &[u16], values: &mut [f32]) -> Result<(), Error> {
    decode_on(Isa::detect(), bits, values)
}

/// As [`decode`], on this instruction set: the same bits.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_on(isa: Isa, bits: &[u16], values: &mut [f32]) -> Result<(), Error> {
    convert(isa, Decode(PhantomData::<Bf16>), bits, ("values", values))
}

#[derive(Clone, Copy)]
pub(crate) enum Bf16 {}

impl Format for Bf16 {
    #[inline(always)]
    fn load<C: Copy, L: Bitwise<C>>(cpu: C, from: &L::Halves) -> L {
        L::from_bits(L::load_upper(cpu, from))
    }

    #[inline(always)]
    fn store_nearest<C: Copy, L: Bitwise<C>>(x: L, to: &mut L::Halves) {
        let b = x.bits();
        let odd = b.down::<16>().and(b.splat(1));
        let rounded = b.plus(odd).plus(b.splat(0x7FFF));
        L::store_upper(x.where_nan(b.or(b.splat(0x40_0000)), rounded), to);
    }
}

/// bf16 that is rounded stochastically: up with the probability that makes the mean right, if noise is uniform.
pub(crate) trait Stochastic {
    fn load<C: Copy, L: Bitwise<C>>(cpu: C, from: &L::Halves) -> L;

    /// `noise` is what may be carried into the bits that are kept.
    fn store<C: Copy, L: Bitwise<C>>(cpu: C, x: L, noise: &L::Halves, to: &mut L::Halves);
}

/// Beside slices in other formats.
///
/// A NaN is [`tamed`](Bitwise::tamed): with other bits, noise could carry it into an infinity or a number.
impl Stochastic for Bf16 {
    #[inline(always)]
    fn load<C: Copy, L: Bitwise<C>>(cpu: C, from: &L::Halves) -> L {
        <Self as Format>::load(cpu, from)
    }

    #[inline(always)]
    fn store<C: Copy, L: Bitwise<C>>(cpu: C, x: L, noise: &L::Halves, to: &mut L::Halves) {
        L::store_upper(x.tamed().bits().plus(L::load_halves(cpu, noise)), to);
    }
}

/// Beside slices that are all in bf16, so that any order of lanes will do.
///
/// The low half of a NaN is zero in bf16, and arithmetic, which makes it quiet, [leaves it so](LOW_HALF_IS_ZERO). So noise
/// carries nothing into the half that is kept.
pub(crate) enum Woven {}

/// Whether the NaN that arithmetic makes has a low half of zeros, and another keeps its own. Not so on SPARC, 68k and Hexagon,
/// and WebAssembly leaves it open.
const LOW_HALF_IS_ZERO: bool = cfg!(any(
    target_arch = "x86",
    target_arch = "x86_64",
    target_arch = "arm",
    target_arch = "aarch64",
    target_arch = "riscv32",
    target_arch = "riscv64",
));

impl Stochastic for Woven {
    #[inline(always)]
    fn load<C: Copy, L: Bitwise<C>>(cpu: C, from: &L::Halves) -> L {
        L::from_bits(L::load_woven(cpu, from))
    }

    #[inline(always)]
    fn store<C: Copy, L: Bitwise<C>>(cpu: C, x: L, noise: &L::Halves, to: &mut L::Halves) {
        let x = if LOW_HALF_IS_ZERO { x } else { x.tamed() };
        L::store_woven(x.bits().plus(L::load_woven(cpu, noise).down::<16>()), to);
    }
}
