//! The functions of [`grads`](super) over gradients in any formats, which [`Grads`] and [`GradsMut`] name.
//!
//! One norm over tensors of several formats:
//!
//! ```
//! use gradstep::{Grads, grads::{clip_factor, mixed}};
//!
//! let (weights, biases) = ([3.0; 16], [0x4080; 9]); // the biases in bf16: 4
//! let norm = mixed::norm([Grads::F32(&weights), Grads::Bf16(&biases)]);
//! assert_eq!(norm, f64::sqrt(16.0 * 9.0 + 9.0 * 16.0));
//! assert!(clip_factor(norm, 1.0) < 1.0); // for Step::scale_grads
//! ```

use super::{Clamp, Scale};
use crate::error::Error;
use crate::isa::{Cpu, Isa, Kernel};
use crate::lanes::{Bitwise, Block, Register};
use crate::scalars::{require, root};
use crate::storage::{BLOCK, Bf16, Convert, Decode, F16, Format, convert};
use crate::sweep::{BLOCK as LEAF, Map, Pairwise};
use crate::tensor::{Grads, GradsMut};
use core::marker::PhantomData;

/// As [`grads::sum_of_squares`](super::sum_of_squares): the same bits as over the values in `f32`. Needs 16 KiB of stack.
///
/// ```
/// use gradstep::{Grads, grads::mixed};
///
/// assert_eq!(mixed::sum_of_squares([Grads::F16(&[0x3c00; 100])]), 100.0);
/// ```
#[must_use]
pub fn sum_of_squares<'a>(grads: impl IntoIterator<Item = Grads<'a>>) -> f64 {
    on(Isa::detect()).sum_of_squares(grads)
}

/// As [`grads::norm`](super::norm): √ of [`sum_of_squares`].
///
/// ```
/// use gradstep::{Grads, grads::mixed};
///
/// assert_eq!(mixed::norm([Grads::F32(&[3.0]), Grads::Bf16(&[0x4080])]), 5.0);
/// ```
#[must_use]
pub fn norm<'a>(grads: impl IntoIterator<Item = Grads<'a>>) -> f64 {
    on(Isa::detect()).norm(grads)
}

/// As [`grads::all_finite`](super::all_finite). Needs 16 KiB of stack.
///
/// ```
/// use gradstep::{Grads, grads::mixed};
///
/// assert!(mixed::all_finite([Grads::F16(&[0x7bff])]));
/// assert!(!mixed::all_finite([Grads::F16(&[0x7c00])])); // ∞
/// ```
#[must_use]
pub fn all_finite<'a>(grads: impl IntoIterator<Item = Grads<'a>>) -> bool {
    on(Isa::detect()).all_finite(grads)
}

/// As [`grads::accumulate`](super::accumulate): adds `grads` to `sum` in `f32`.
///
/// # Errors
///
/// [`Error::Length`] if `grads` is not as long as `sum`. Nothing has been written then.
///
/// ```
/// use gradstep::{Grads, grads::mixed};
///
/// let mut sum = [1.0, 2.0];
/// mixed::accumulate(&mut sum, Grads::Bf16(&[0x3f80, 0xbf80]))?; // 1 and −1
/// assert_eq!(sum, [2.0, 1.0]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn accumulate(sum: &mut [f32], grads: Grads<'_>) -> Result<(), Error> {
    on(Isa::detect()).accumulate(sum, grads)
}

/// As [`grads::scale`](super::scale): each product is rounded to `f32` and then to the format, to
/// nearest, ties to even.
///
/// # Errors
///
/// [`Error::Hyperparameter`] if `factor` is not finite. Nothing has been written then.
///
/// ```
/// use gradstep::{GradsMut, grads::mixed};
///
/// let mut bits = [0x3f80, 0xc000]; // 1 and −2 in bf16
/// mixed::scale(GradsMut::Bf16(&mut bits), 0.5)?;
/// assert_eq!(bits, [0x3f00, 0xbf80]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn scale(grads: GradsMut<'_>, factor: f32) -> Result<(), Error> {
    on(Isa::detect()).scale(grads, factor)
}

/// As [`grads::clamp`](super::clamp). What `limit` is in the format of the gradients is rounded towards 0, so none is
/// above it.
///
/// # Errors
///
/// [`Error::Hyperparameter`] if `limit` is negative or NaN. Nothing has been written then.
///
/// ```
/// use gradstep::{GradsMut, grads::mixed};
///
/// let mut bits = [0x3f00, 0x7f80, 0xc000]; // ½, ∞ and −2 in bf16
/// mixed::clamp(GradsMut::Bf16(&mut bits), 1.0)?;
/// assert_eq!(bits, [0x3f00, 0x3f80, 0xbf80]);
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn clamp(grads: GradsMut<'_>, limit: f32) -> Result<(), Error> {
    on(Isa::detect()).clamp(grads, limit)
}

/// The functions of this module on the instruction set `isa`: the same bits.
///
/// ```
/// use gradstep::{Grads, Isa, grads::mixed};
///
/// let bits = [0x3f80; 1000];
/// for isa in Isa::available() {
///     assert_eq!(mixed::on(isa).sum_of_squares([Grads::Bf16(&bits)]), 1000.0);
/// }
/// ```
pub const fn on(isa: Isa) -> Tools {
    Tools { tools: super::on(isa) }
}

/// The functions of this module, bound to one instruction set by [`on`].
///
/// ```
/// use gradstep::{Grads, Isa, grads::mixed};
///
/// assert!(mixed::on(Isa::Scalar).all_finite([Grads::Bf16(&[0x3f80])]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Tools {
    tools: super::Tools,
}

impl Tools {
    /// As [`sum_of_squares`].
    #[must_use]
    pub fn sum_of_squares<'a>(self, grads: impl IntoIterator<Item = Grads<'a>>) -> f64 {
        let mut sum = Pairwise::new();
        for grads in grads {
            let of_one = match grads {
                Grads::F32(slice) => self.tools.sum_slice(slice),
                Grads::Bf16(bits) => sum_decoded::<Bf16>(self.tools, bits),
                Grads::F16(bits) => sum_decoded::<F16>(self.tools, bits),
            };
            if grads.len() > 0 {
                sum.add(of_one);
            }
        }
        sum.total()
    }

    /// As [`norm`].
    #[must_use]
    pub fn norm<'a>(self, grads: impl IntoIterator<Item = Grads<'a>>) -> f64 {
        root(self.sum_of_squares(grads))
    }

    /// As [`all_finite`].
    #[must_use]
    pub fn all_finite<'a>(self, grads: impl IntoIterator<Item = Grads<'a>>) -> bool {
        grads.into_iter().all(|grads| match grads {
            Grads::F32(slice) => self.tools.all_finite_slice(slice),
            Grads::Bf16(bits) => decoded::<Bf16>(self.tools, bits, |leaf| self.tools.all_finite_slice(leaf)),
            Grads::F16(bits) => decoded::<F16>(self.tools, bits, |leaf| self.tools.all_finite_slice(leaf)),
        })
    }

    /// As [`accumulate`].
    ///
    /// # Errors
    ///
    /// As [`accumulate`].
    pub fn accumulate(self, sum: &mut [f32], grads: Grads<'_>) -> Result<(), Error> {
        let (expected, found) = (sum.len(), grads.len());
        if found != expected {
            return Err(Error::Length { tensor: None, slice: "grads", expected, found });
        }
        match grads {
            Grads::F32(slice) => self.tools.accumulate(sum, slice),
            Grads::Bf16(bits) => convert(self.tools.isa, Accumulate(PhantomData::<Bf16>), bits, ("sum", sum)),
            Grads::F16(bits) => convert(self.tools.isa, Accumulate(PhantomData::<F16>), bits, ("sum", sum)),
        }
    }

    /// As [`scale`].
    ///
    /// # Errors
    ///
    /// As [`scale`].
    pub fn scale(self, grads: GradsMut<'_>, factor: f32) -> Result<(), Error> {
        require("factor", factor.into(), factor.is_finite(), "finite")?;
        self.map(grads, |_| Scale(factor));
        Ok(())
    }

    /// As [`clamp`].
    ///
    /// # Errors
    ///
    /// As [`clamp`].
    pub fn clamp(self, grads: GradsMut<'_>, limit: f32) -> Result<(), Error> {
        require("limit", limit.into(), limit >= 0.0, "at least 0")?;
        self.map(grads, |towards_zero| Clamp(towards_zero(limit)));
        Ok(())
    }

    /// The map in place. It is told how to round a positive number to the format of the gradients, towards 0.
    fn map<M: Map>(self, grads: GradsMut<'_>, of: impl Fn(fn(f32) -> f32) -> M) {
        let isa = self.tools.isa;
        match grads {
            GradsMut::F32(slice) => self.tools.map(of(|x| x), slice),
            GradsMut::Bf16(slice) => {
                isa.run(InPlace { map: of(towards_zero::<Bf16>), slice, format: PhantomData::<Bf16> });
            }
            GradsMut::F16(slice) => {
                isa.run(InPlace { map: of(towards_zero::<F16>), slice, format: PhantomData::<F16> })
            }
        }
    }
}

/// The sum over the leaves of the tree, each decoded.
fn sum_decoded<F: Format>(tools: super::Tools, bits: &[u16]) -> f64 {
    let mut sum = Pairwise::new();
    decoded::<F>(tools, bits, |leaf| {
        sum.add(tools.sum_slice(leaf));
        true
    });
    sum.total()
}

/// Whether all leaves, decoded one after the other, are so.
fn decoded<F: Format>(tools: super::Tools, bits: &[u16], mut so: impl FnMut(&[f32]) -> bool) -> bool {
    let mut room = [0.0; LEAF];
    bits.chunks(LEAF).all(|bits| {
        let Some(leaf) = room.get_mut(..bits.len()) else { return false };
        convert(tools.isa, Decode(PhantomData::<F>), bits, ("", &mut *leaf)).is_ok() && so(leaf)
    })
}

fn towards_zero<F: Format>(x: f32) -> f32 {
    let mut bits = 0;
    F::store_nearest::<(), f32>(x, &mut bits);
    let nearest: f32 = F::load((), &bits);
    if nearest > x { F::load((), &(bits - 1)) } else { nearest }
}

/// Added to `f32`.
#[derive(Clone, Copy)]
struct Accumulate<F>(PhantomData<F>);

impl<F: Format> Convert<u16, f32> for Accumulate<F> {
    #[inline(always)]
    fn convert<C: Cpu>(self, cpu: C, from: &[u16; BLOCK], to: &mut [f32; BLOCK]) {
        for (from, to) in Block::of(from).iter().zip(Block::of_mut(to)) {
            (C::Stored::load(cpu, to) + F::load::<C, C::Stored>(cpu, from)).store(to);
        }
    }
}

/// `map` of each element of `slice`, in its place.
struct InPlace<'a, M, F> {
    map: M,
    slice: &'a mut [u16],
    format: PhantomData<F>,
}

impl<M: Map, F: Format> Kernel for InPlace<'_, M, F> {
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let (blocks, end) = self.slice.as_chunks_mut();
        for block in blocks {
            map_block::<C, F>(cpu, self.map, block);
        }
        let mut padded = [0; BLOCK];
        padded.iter_mut().zip(&*end).for_each(|(padded, x)| *padded = *x);
        map_block::<C, F>(cpu, self.map, &mut padded);
        end.iter_mut().zip(padded).for_each(|(x, padded)| *x = padded);
    }
}

#[inline(always)]
fn map_block<C: Cpu, F: Format>(cpu: C, map: impl Map, block: &mut [u16; BLOCK]) {
    for x in <C::Stored as Bitwise<C>>::Halves::of_mut(block) {
        F::store_nearest(map.map(F::load::<C, C::Stored>(cpu, x)), x);
    }
}
