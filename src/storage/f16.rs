//! IEEE 754's binary16.
//!
//! ```
//! use gradstep::storage::f16;
//!
//! let (mut bits, mut values) = ([0; 2], [0.0; 2]);
//! f16::encode(&[0.1, 1e6], &mut bits)?;
//! f16::decode(&bits, &mut values)?;
//! assert_eq!(values, [0.099975586, f32::INFINITY]); // 11 bits of precision, up to 65504
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
/// gradstep::storage::f16::encode(&[1.0, -0.5], &mut bits)?;
/// assert_eq!(bits, [0x3c00, 0xb800]);
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
    convert(isa, Encode(PhantomData::<F16>), values, ("bits", bits))
}

/// The value of each of `bits`, which an `f32` has exactly.
///
/// # Errors
///
/// [`Error::Length`] if `values` is not as long as `bits`. Nothing has been written then.
///
/// ```
/// let mut values = [0.0; 2];
/// gradstep::storage::f16::decode(&[0x3c00, 0xb800], &mut values)?;
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
    convert(isa, Decode(PhantomData::<F16>), bits, ("values", values))
}

#[derive(Clone, Copy)]
pub(crate) enum F16 {}

/// All bits but the sign.
const MAGNITUDE: u32 = u32::MAX >> 1;

impl Format for F16 {
    #[inline(always)]
    fn load<C: Copy, L: Bitwise<C>>(cpu: C, from: &L::Halves) -> L {
        let bits = L::load_halves(cpu, from);
        let splat = |x| bits.splat(x);
        let sign = bits.and(splat(0x8000)).up::<16>();
        let t = bits.and(splat(0x7FFF)).up::<13>();
        // Exact: the subtraction does what the exponent of a subnormal would.
        let smallest = splat(0x3880_0000);
        let subnormal = (L::from_bits(t.plus(smallest)) - L::from_bits(smallest)).bits();
        let finite = t.where_below(0x400 << 13, subnormal, t.plus(splat(0x3800_0000)));
        L::from_bits(t.where_below(0x7C00 << 13, finite, t.plus(splat(0x7000_0000))).or(sign))
    }

    #[inline(always)]
    fn store_nearest<C: Copy, L: Bitwise<C>>(x: L, to: &mut L::Halves) {
        let b = x.bits();
        let splat = |x| b.splat(x);
        let sign = b.down::<16>().and(splat(0x8000));
        let a = b.and(splat(MAGNITUDE));
        // The addition rounds to a multiple of the smallest subnormal.
        let subnormal = (L::from_bits(a) + 0.5).bits().minus(splat(0x3F00_0000));
        let odd = a.down::<13>().and(splat(1));
        let normal = a.plus(splat(0xC800_0FFF)).plus(odd).down::<13>();
        let finite = a.where_below(0x3880_0000, subnormal, normal);
        let number = a.where_below(0x4780_0000, finite, splat(0x7C00));
        L::store_halves(x.where_nan(splat(0x7E00), number).or(sign), to);
    }
}
