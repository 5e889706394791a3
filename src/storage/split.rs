//! An `f32` in two halves of 16 bits: rounded to bf16, and the rest, with which it is exactly the `f32`.
//!
//! Ties go away from zero, since nearest even could not be undone.
//!
//! ```
//! use gradstep::storage::split;
//!
//! let (mut bf16, mut rest, mut values) = ([0], [0], [0.0]);
//! split::encode(&[0.1], &mut bf16, &mut rest)?;
//! split::decode(&bf16, &rest, &mut values)?;
//! assert_eq!(values, [0.1]); // nothing is lost
//! # Ok::<(), gradstep::Error>(())
//! ```

use super::{BLOCK, Bf16, Convert, Decode, convert};
use crate::error::Error;
use crate::isa::{Cpu, Isa};
use crate::lanes::{Bits, Bitwise, Block, Register};
use core::marker::PhantomData;

/// The halves of each of `values`. NaN becomes a bf16 that is NaN, with a rest of 0.
///
/// # Errors
///
/// [`Error::Length`] if `bf16` or `rest` is not as long as `values`. Nothing has been written then.
///
/// ```
/// let [mut bf16, mut rest] = [[0; 2]; 2];
/// gradstep::storage::split::encode(&[1.0, 0.1], &mut bf16, &mut rest)?;
/// assert_eq!((bf16, rest), ([0x3f80, 0x3dcd], [0, 0xcccd])); // 0.1 is 0x3dcccccd: rounded up
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn encode(values: &[f32], bf16: &mut [u16], rest: &mut [u16]) -> Result<(), Error> {
    encode_on(Isa::detect(), values, bf16, rest)
}

/// As [`encode`], on this instruction set: the same bits.
///
/// # Errors
///
/// As [`encode`].
pub fn encode_on(isa: Isa, values: &[f32], bf16: &mut [u16], rest: &mut [u16]) -> Result<(), Error> {
    let (expected, found) = (values.len(), rest.len());
    if bf16.len() == expected && found != expected {
        return Err(Error::Length { tensor: None, slice: "rest", expected, found });
    }
    convert(isa, ToBf16, values, ("bf16", bf16))?;
    convert(isa, ToRest, values, ("rest", rest))
}

/// The `f32` of each pair of halves.
///
/// # Errors
///
/// [`Error::Length`] if `rest` or `values` is not as long as `bf16`. Nothing has been written then.
///
/// ```
/// let mut values = [0.0; 2];
/// gradstep::storage::split::decode(&[0x3f80, 0x3dcd], &[0, 0xcccd], &mut values)?;
/// assert_eq!(values, [1.0, 0.1]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn decode(bf16: &[u16], rest: &[u16], values: &mut [f32]) -> Result<(), Error> {
    decode_on(Isa::detect(), bf16, rest, values)
}

/// As [`decode`], on this instruction set: the same bits.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_on(isa: Isa, bf16: &[u16], rest: &[u16], values: &mut [f32]) -> Result<(), Error> {
    let (expected, found) = (bf16.len(), rest.len());
    if found != expected {
        return Err(Error::Length { tensor: None, slice: "rest", expected, found });
    }
    convert(isa, Decode(PhantomData::<Bf16>), bf16, ("values", values))?;
    convert(isa, WithRest, rest, ("values", values))
}

#[inline(always)]
pub(crate) fn load<C: Copy, L: Bitwise<C>>(cpu: C, bf16: &L::Halves, rest: &L::Halves) -> L {
    with_rest(L::from_bits(L::load_upper(cpu, bf16)), L::load_signed_halves(cpu, rest))
}

#[inline(always)]
pub(crate) fn store<C: Copy, L: Bitwise<C>>(x: L, bf16: &mut L::Halves, rest: &mut L::Halves) {
    // The NaN 0x7FC00000 needs no more care.
    let b = x.tamed().bits();
    L::store_upper(b.plus(b.splat(0x8000)), bf16);
    L::store_halves(b.and(b.splat(0xFFFF)), rest);
}

#[inline(always)]
fn store_bf16<C: Copy, L: Bitwise<C>>(x: L, to: &mut L::Halves) {
    let b = x.bits();
    L::store_upper(x.where_nan(b.or(b.splat(0x40_0000)), b.plus(b.splat(0x8000))), to);
}

#[inline(always)]
fn store_rest<C: Copy, L: Bitwise<C>>(x: L, to: &mut L::Halves) {
    let b = x.bits();
    L::store_halves(x.where_nan(b.splat(0), b.and(b.splat(0xFFFF))), to);
}

#[inline(always)]
fn with_rest<C: Copy, L: Bitwise<C>>(bf16: L, rest: L::Bits) -> L {
    // Where the bf16 was rounded up, the rest is negative as two's complement.
    L::from_bits(bf16.bits().plus(rest))
}

#[derive(Clone, Copy)]
struct ToBf16;

#[derive(Clone, Copy)]
struct ToRest;

/// To the `f32`, from the bf16 as one.
#[derive(Clone, Copy)]
struct WithRest;

impl Convert<f32, u16> for ToBf16 {
    #[inline(always)]
    fn convert<C: Cpu>(self, cpu: C, from: &[f32; BLOCK], to: &mut [u16; BLOCK]) {
        for (from, to) in Block::of(from).iter().zip(Block::of_mut(to)) {
            store_bf16(C::Stored::load(cpu, from), to);
        }
    }
}

impl Convert<f32, u16> for ToRest {
    #[inline(always)]
    fn convert<C: Cpu>(self, cpu: C, from: &[f32; BLOCK], to: &mut [u16; BLOCK]) {
        for (from, to) in Block::of(from).iter().zip(Block::of_mut(to)) {
            store_rest(C::Stored::load(cpu, from), to);
        }
    }
}

impl Convert<u16, f32> for WithRest {
    #[inline(always)]
    fn convert<C: Cpu>(self, cpu: C, from: &[u16; BLOCK], to: &mut [f32; BLOCK]) {
        for (from, to) in Block::of(from).iter().zip(Block::of_mut(to)) {
            with_rest::<C, C::Stored>(C::Stored::load(cpu, to), C::Stored::load_signed_halves(cpu, from)).store(to);
        }
    }
}
