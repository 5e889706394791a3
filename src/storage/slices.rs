//! Whole slices, element by element.

use super::{BLOCK, Format};
use crate::error::Error;
use crate::isa::{Cpu, Isa, Kernel};
use crate::lanes::{Block, Element, Register};
use core::marker::PhantomData;

/// What becomes of a block of 64 and of what stands in its place already.
pub(crate) trait Convert<A, B>: Copy {
    fn convert<C: Cpu>(self, cpu: C, from: &[A; BLOCK], to: &mut [B; BLOCK]);
}

/// `convert` of two slices of equal length.
struct Blocks<'a, A, B, F> {
    from: &'a [A],
    to: &'a mut [B],
    convert: F,
}

impl<A: Element, B: Element, F: Convert<A, B>> Kernel for Blocks<'_, A, B, F> {
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let (from, from_end) = self.from.as_chunks();
        let (to, to_end) = self.to.as_chunks_mut();
        for (from, to) in from.iter().zip(to) {
            self.convert.convert(cpu, from, to);
        }
        let (mut padded_from, mut padded_to) = ([A::ZERO; BLOCK], [B::ZERO; BLOCK]);
        padded_from.iter_mut().zip(from_end).for_each(|(padded, from)| *padded = *from);
        padded_to.iter_mut().zip(&*to_end).for_each(|(padded, to)| *padded = *to);
        self.convert.convert(cpu, &padded_from, &mut padded_to);
        to_end.iter_mut().zip(padded_to).for_each(|(to, padded)| *to = padded);
    }
}

/// `convert` of each element of `from` and of `to`, if that, which an error calls by this name, is as long.
pub(crate) fn convert<A: Element, B: Element>(
    isa: Isa,
    convert: impl Convert<A, B>,
    from: &[A],
    (slice, to): (&'static str, &mut [B]),
) -> Result<(), Error> {
    let (expected, found) = (from.len(), to.len());
    if found != expected {
        return Err(Error::Length { tensor: None, slice, expected, found });
    }
    isa.run(Blocks { from, to, convert });
    Ok(())
}

/// From `f32`, to nearest.
#[derive(Clone, Copy)]
pub(crate) struct Encode<F>(pub PhantomData<F>);

/// To `f32`.
#[derive(Clone, Copy)]
pub(crate) struct Decode<F>(pub PhantomData<F>);

impl<F: Format> Convert<f32, u16> for Encode<F> {
    #[inline(always)]
    fn convert<C: Cpu>(self, cpu: C, from: &[f32; BLOCK], to: &mut [u16; BLOCK]) {
        for (from, to) in Block::of(from).iter().zip(Block::of_mut(to)) {
            F::store_nearest(C::Stored::load(cpu, from), to);
        }
    }
}

impl<F: Format> Convert<u16, f32> for Decode<F> {
    #[inline(always)]
    fn convert<C: Cpu>(self, cpu: C, from: &[u16; BLOCK], to: &mut [f32; BLOCK]) {
        for (from, to) in Block::of(from).iter().zip(Block::of_mut(to)) {
            F::load::<C, C::Stored>(cpu, from).store(to);
        }
    }
}
