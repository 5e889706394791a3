//! Storage in fewer bits: whatever formats the slices of a tensor have, a step is `encode ∘ the step over f32 ∘ decode`,
//! on every backend, at every length, however tensors are grouped and split.
//!
//! The conversions and the noise are written here once more, from their definitions.

use core::fmt::Arguments;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

use gradstep::{Grads, GradsMut, Half, Optimizer, Params, Slot, State, Step, Tensor};

use crate::backends::backends;
use crate::written_out::{self, Options, same};
use crate::{Model, Rng, cases};

/// How parameters are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum ParamsFormat {
    F32,
    CopiedBf16,
    CopiedF16,
    Split,
    Bf16,
}

/// How gradients are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum GradsFormat {
    F32,
    Bf16,
    F16,
}

/// How state is stored, but for what is exact.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum StateFormat {
    F32,
    Bf16,
}

/// How a tensor is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Formats {
    pub params: ParamsFormat,
    pub grads: GradsFormat,
    pub state: StateFormat,
}

impl Formats {
    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        use ParamsFormat::*;
        [F32, CopiedBf16, CopiedF16, Split, Bf16].into_iter().flat_map(|params| {
            [GradsFormat::F32, GradsFormat::Bf16, GradsFormat::F16].into_iter().flat_map(move |grads| {
                [StateFormat::F32, StateFormat::Bf16].into_iter().map(move |state| Self { params, grads, state })
            })
        })
    }
}

/// The rounding of `x`, which is finite, to a number of `digits` binary digits whose last is not below 2^`last`: to
/// nearest, ties to even.
fn nearest(x: f32, digits: i32, last: i32) -> f64 {
    let x = f64::from(x);
    let exponent = if x == 0.0 { 0 } else { ((x.abs().to_bits() >> 52) as i32) - 1023 };
    let unit = 2f64.powi((exponent + 1 - digits).max(last));
    (x / unit).round_ties_even() * unit
}

/// The value of bf16 bits.
pub fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The bf16 nearest to `x`, ties to even.
pub fn to_bf16(x: f32) -> u16 {
    if !x.is_finite() {
        return (x.to_bits() >> 16) as u16 | if x.is_nan() { 0x40 } else { 0 };
    }
    // What is above the largest bf16 is infinite as an f32, too, once it is rounded.
    ((nearest(x, 8, -133) as f32).to_bits() >> 16) as u16
}

/// The value of f16 bits: sign, five bits of exponent, ten of mantissa.
pub fn from_f16(bits: u16) -> f32 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + mantissa) * 2f64.powi(exponent - 25),
    } as f32;
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// The f16 nearest to `x`, ties to even.
pub fn to_f16(x: f32) -> u16 {
    let sign = (x.to_bits() >> 16) as u16 & 0x8000;
    if x.is_nan() {
        return sign | 0x7E00;
    }
    let magnitude = if x.is_finite() { nearest(x.abs(), 11, -24) } else { f64::INFINITY };
    sign | match magnitude {
        m if m >= 65536.0 => 0x7C00,
        m if m < 2f64.powi(-14) => (m * 2f64.powi(24)) as u16,
        m => {
            let exponent = (m.to_bits() >> 52) as i32 - 1023;
            (((exponent + 15) as u16) << 10) + (m * 2f64.powi(10 - exponent)) as u16 - 1024
        }
    }
}

/// `x` as a bf16, ties away from zero, and the low half of its bits.
pub fn to_split(x: f32) -> (u16, u16) {
    if x.is_nan() {
        return (to_bf16(x), 0);
    }
    let (up, rest) = ((x.to_bits() >> 16) as u16, x.to_bits() as u16);
    (if rest >= 0x8000 { up + 1 } else { up }, rest)
}

/// The `f32` of [`to_split`].
pub fn from_split(bf16: u16, rest: u16) -> f32 {
    let up = if rest >= 0x8000 { bf16.wrapping_sub(1) } else { bf16 };
    f32::from_bits(u32::from(up) << 16 | u32::from(rest))
}

/// `x` as a bf16, rounded up if what is cut off and the upper half of the noise make a whole.
pub fn to_bf16_stochastic(x: f32, noise: u32) -> u16 {
    let bits = if x.is_nan() { 0x7FC0_0000 } else { x.to_bits() };
    let (kept, cut) = ((bits >> 16) as u16, bits & 0xFFFF);
    if cut + (noise >> 16) > 0xFFFF { kept + 1 } else { kept }
}

/// The noise, by its formula.
pub fn noise(seed: u64, t: u64, id: u64, slot: u64, index: u64) -> u32 {
    let mix = |z: u64| {
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let golden = 0x9E37_79B9_7F4A_7C15_u64;
    let sum = [(t, golden), (id, 0xD1B5_4A32_D192_ED03), (slot, 0xA076_1D64_78BD_642F)]
        .into_iter()
        .fold(seed, |sum, (x, factor)| sum.wrapping_add(x.wrapping_mul(factor)));
    let k = mix(sum);
    let step = ((k >> 32) as u32 | 1) << 26;
    let base = mix(k.wrapping_add((index / 64).wrapping_mul(golden))) as u32;
    base.wrapping_add(((index % 64) as u32).wrapping_mul(step))
}

/// What the noise of a call is made of.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Source {
    pub seed: u64,
    pub t: u64,
    pub id: u64,
}

impl Source {
    fn noise(self, slot: usize, index: usize) -> u32 {
        noise(self.seed, self.t, self.id, slot as u64, index as u64)
    }
}

/// The slices of a tensor in its formats. Those that a format does not have are empty.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Stored<const S: usize> {
    pub formats: Formats,
    pub slots: [Slot; S],
    pub params: Slice,
    /// The copy, or the rest of a split.
    pub beside: Vec<u16>,
    pub grads: Slice,
    pub state: [Slice; S],
}

/// A slice in one of two widths.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Slice {
    F32(Vec<f32>),
    U16(Vec<u16>),
}

impl Slice {
    /// How many elements there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(slice) => slice.len(),
            Self::U16(slice) => slice.len(),
        }
    }

    /// Whether they have 32 bits.
    pub fn is_f32(&self) -> bool {
        matches!(self, Self::F32(_))
    }

    fn f32(&mut self) -> &mut Vec<f32> {
        match self {
            Self::F32(slice) => slice,
            Self::U16(_) => panic!("a slice of f32"),
        }
    }

    fn u16(&mut self) -> &mut Vec<u16> {
        match self {
            Self::U16(slice) => slice,
            Self::F32(_) => panic!("a slice of 16 bits"),
        }
    }

    /// The part, and zeros where `self` is not.
    fn part(&self, part: Range<usize>) -> Self {
        match self {
            Self::F32(slice) => Self::F32(slice[part].to_vec()),
            Self::U16(slice) => Self::U16(slice[part].to_vec()),
        }
    }

    fn put(&mut self, start: usize, part: &Self) {
        match (self, part) {
            (Self::F32(to), Self::F32(from)) => to[start..][..from.len()].copy_from_slice(from),
            (Self::U16(to), Self::U16(from)) => to[start..][..from.len()].copy_from_slice(from),
            _ => panic!("two widths"),
        }
    }
}

impl<const S: usize> Stored<S> {
    /// Values of every kind.
    pub fn random<M: Model<S>>(rng: &mut Rng, n: usize, formats: Formats) -> Self {
        let mut values = |of: &mut dyn FnMut(&mut Rng) -> f32| -> Vec<f32> { (0..n).map(|_| of(rng)).collect() };
        let params = values(&mut cases::any_value);
        let grads = values(&mut cases::any_value);
        let state = M::STATE.map(|(.., holds)| values(&mut |rng| cases::state(rng, holds)));
        let beside = params.iter().map(|&p| to_split(p).1).collect();
        let bf16 = |x: Vec<f32>| Slice::U16(x.into_iter().map(to_bf16).collect());
        let mut kinds = M::STATE.iter();
        Self {
            formats,
            slots: M::STATE.map(|(_, slot, _)| slot),
            beside: match formats.params {
                ParamsFormat::F32 | ParamsFormat::Bf16 => vec![],
                _ => beside,
            },
            params: match formats.params {
                ParamsFormat::Bf16 => bf16(params),
                ParamsFormat::Split => Slice::U16(params.into_iter().map(|p| to_split(p).0).collect()),
                _ => Slice::F32(params),
            },
            grads: match formats.grads {
                GradsFormat::F32 => Slice::F32(grads),
                GradsFormat::Bf16 => bf16(grads),
                GradsFormat::F16 => Slice::U16(grads.into_iter().map(to_f16).collect()),
            },
            state: state.map(|slice| {
                let exact = kinds.next().is_some_and(|(_, slot, _)| *slot == Slot::Exact);
                if exact || formats.state == StateFormat::F32 { Slice::F32(slice) } else { bf16(slice) }
            }),
        }
    }

    /// How many elements there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.params.len()
    }

    fn param(&self, i: usize) -> f32 {
        match (&self.params, self.formats.params) {
            (Slice::F32(slice), _) => slice[i],
            (Slice::U16(slice), ParamsFormat::Split) => from_split(slice[i], self.beside[i]),
            (Slice::U16(slice), _) => from_bf16(slice[i]),
        }
    }

    fn grad(&self, i: usize) -> f32 {
        match (&self.grads, self.formats.grads) {
            (Slice::F32(slice), _) => slice[i],
            (Slice::U16(slice), GradsFormat::F16) => from_f16(slice[i]),
            (Slice::U16(slice), _) => from_bf16(slice[i]),
        }
    }

    fn slot(&self, k: usize, i: usize) -> f32 {
        match &self.state[k] {
            Slice::F32(slice) => slice[i],
            Slice::U16(slice) => from_bf16(slice[i]),
        }
    }

    /// The step by the written-out arithmetic, where the elements begin at `offset` of their tensor.
    #[must_use]
    pub fn updated<M: Model<S>>(
        &self,
        optimizer: &M::Optimizer,
        options: Options,
        source: Source,
        offset: usize,
        zero: bool,
    ) -> Self {
        let step = written_out::step::<M, S>(optimizer, source.t, options);
        let mut after = self.clone();
        for i in 0..self.len() {
            let (p, new) = step(self.param(i), self.grad(i), core::array::from_fn(|k| self.slot(k, i)));
            for (k, x) in new.into_iter().enumerate() {
                match &mut after.state[k] {
                    Slice::F32(slice) => slice[i] = x,
                    Slice::U16(slice) => slice[i] = to_bf16_stochastic(x, source.noise(k + 1, offset + i)),
                }
            }
            match self.formats.params {
                ParamsFormat::F32 => after.params.f32()[i] = p,
                ParamsFormat::CopiedBf16 => (after.params.f32()[i], after.beside[i]) = (p, to_bf16(p)),
                ParamsFormat::CopiedF16 => (after.params.f32()[i], after.beside[i]) = (p, to_f16(p)),
                ParamsFormat::Split => (after.params.u16()[i], after.beside[i]) = to_split(p),
                ParamsFormat::Bf16 => after.params.u16()[i] = to_bf16_stochastic(p, source.noise(0, offset + i)),
            }
            if zero {
                match &mut after.grads {
                    Slice::F32(slice) => slice[i] = 0.0,
                    Slice::U16(slice) => slice[i] = 0,
                }
            }
        }
        after
    }

    /// What a tensor is made of.
    pub fn parts(&mut self) -> (Params<'_>, GradsMut<'_>, [State<'_>; S]) {
        let params = match (&mut self.params, self.formats.params) {
            (Slice::F32(f32), ParamsFormat::CopiedBf16) => Params::Copied { f32, copy: Half::Bf16(&mut self.beside) },
            (Slice::F32(f32), ParamsFormat::CopiedF16) => Params::Copied { f32, copy: Half::F16(&mut self.beside) },
            (Slice::F32(slice), _) => Params::F32(slice),
            (Slice::U16(bf16), ParamsFormat::Split) => Params::Split { bf16, rest: &mut self.beside },
            (Slice::U16(slice), _) => Params::Bf16(slice),
        };
        let grads = match (&mut self.grads, self.formats.grads) {
            (Slice::F32(slice), _) => GradsMut::F32(slice),
            (Slice::U16(slice), GradsFormat::F16) => GradsMut::F16(slice),
            (Slice::U16(slice), _) => GradsMut::Bf16(slice),
        };
        let state = self.state.each_mut().map(|slice| match slice {
            Slice::F32(slice) => State::F32(slice),
            Slice::U16(slice) => State::Bf16(slice),
        });
        (params, grads, state)
    }

    /// For a call that keeps the gradients.
    pub fn tensor(&mut self) -> Tensor<'_, Grads<'_>, S> {
        let (params, grads, state) = self.parts();
        Tensor::new(params, kept(grads), state)
    }

    /// For a call that zeroes the gradients.
    pub fn zeroing(&mut self) -> Tensor<'_, GradsMut<'_>, S> {
        let (params, grads, state) = self.parts();
        Tensor::zeroing(params, grads, state)
    }

    /// Some of the elements.
    fn part(&self, part: Range<usize>) -> Self {
        Self {
            formats: self.formats,
            slots: self.slots,
            params: self.params.part(part.clone()),
            beside: self.beside.get(part.clone()).unwrap_or_default().to_vec(),
            grads: self.grads.part(part.clone()),
            state: self.state.each_ref().map(|slice| slice.part(part.clone())),
        }
    }

    /// Puts them back.
    fn put(&mut self, start: usize, part: &Self) {
        self.params.put(start, &part.params);
        self.beside.iter_mut().skip(start).zip(&part.beside).for_each(|(to, from)| *to = *from);
        self.grads.put(start, &part.grads);
        self.state.iter_mut().zip(&part.state).for_each(|(to, from)| to.put(start, from));
    }

    /// Panics unless every bit is that of `expected`, all NaN being one value.
    #[track_caller]
    pub fn assert_same(&self, expected: &Self, before: &Self, what: Arguments) {
        let n = self.len();
        assert_eq!(n, expected.len(), "{what}");
        for i in 0..n {
            let copy = |stored: &Self| match stored.formats.params {
                ParamsFormat::CopiedBf16 => from_bf16(stored.beside[i]),
                ParamsFormat::CopiedF16 => from_f16(stored.beside[i]),
                _ => 0.0,
            };
            // A split is its f32 exactly, but for the halves of a NaN.
            let halves = |stored: &Self| match (&stored.params, stored.formats.params) {
                (Slice::U16(bf16), ParamsFormat::Split) if !stored.param(i).is_nan() => (bf16[i], stored.beside[i]),
                (_, ParamsFormat::Split) => (0, stored.beside[i]),
                _ => (0, 0),
            };
            let equal = same(self.param(i), expected.param(i))
                && same(copy(self), copy(expected))
                && halves(self) == halves(expected)
                && same(self.grad(i), expected.grad(i))
                && (0..S).all(|k| same(self.slot(k, i), expected.slot(k, i)));
            let show = |stored: &Self| {
                let state: [f32; S] = core::array::from_fn(|k| stored.slot(k, i));
                (stored.param(i), copy(stored), halves(stored), stored.grad(i), state)
            };
            assert!(
                equal,
                "{what}, {:?}: element {i} of {n} is {:?}, expected {:?}; it was {:?} (param, copy, halves, grad, state)",
                self.formats,
                show(self),
                show(expected),
                show(before),
            );
        }
    }
}

/// The same gradients, for a call that keeps them.
pub fn kept(grads: GradsMut<'_>) -> Grads<'_> {
    match grads {
        GradsMut::F32(slice) => Grads::F32(slice),
        GradsMut::Bf16(slice) => Grads::Bf16(slice),
        GradsMut::F16(slice) => Grads::F16(slice),
        other => panic!("no format of these checks: {other:?}"),
    }
}

/// Lengths around blocks of 64 and groups of registers.
const LENGTHS: [usize; 8] = [0, 1, 15, 63, 64, 65, 130, 200];

/// Tensors of all formats in one call.
pub fn groups<M: Model<S>, const S: usize>() {
    let mut rng = Rng::with_seed(31);
    for (case, (_, optimizer)) in M::cases().enumerate() {
        for options in cases::LOOPS {
            let source = |id| Source { seed: 7 * case as u64, t: 1 + case as u64, id };
            let before: Vec<Stored<S>> = Formats::all()
                .enumerate()
                .map(|(i, f)| Stored::random::<M>(&mut rng, LENGTHS[(i + case) % 8], f))
                .collect();
            for zero in [false, true] {
                let expected: Vec<_> = (0..)
                    .zip(&before)
                    .map(|(id, tensor)| tensor.updated::<M>(&optimizer, options, source(id), 0, zero))
                    .collect();
                for isa in backends() {
                    let step = options.step(&optimizer, source(0).t, isa).unwrap().seed(source(0).seed);
                    let mut found = before.clone();
                    apply_all(&step, &mut found, zero);
                    for ((found, expected), before) in found.iter().zip(&expected).zip(&before) {
                        found.assert_same(
                            expected,
                            before,
                            format_args!("{optimizer:?}, {options:?}, {isa}, zero {zero}"),
                        );
                    }
                }
            }
        }
    }
}

fn apply_all<O: Optimizer<S>, const S: usize>(step: &Step<O, S>, tensors: &mut [Stored<S>], zero: bool) {
    if zero {
        step.apply_all_and_zero(&mut tensors.iter_mut().map(Stored::zeroing).collect::<Vec<_>>()).unwrap();
    } else {
        step.apply_all(&mut tensors.iter_mut().map(Stored::tensor).collect::<Vec<_>>()).unwrap();
    }
}

/// Every length, in pieces that begin at multiples of 64, each a call of its own.
pub fn splits<M: Model<S>, const S: usize>() {
    let mut rng = Rng::with_seed(32);
    let (_, optimizer) = M::cases().next().expect("the default case");
    for (formats, options) in Formats::all().zip(cases::LOOPS.into_iter().cycle()) {
        for isa in backends() {
            let n = rng.usize(1..500);
            let before = Stored::<S>::random::<M>(&mut rng, n, formats);
            let source = Source { seed: rng.u64(..), t: 3, id: rng.u64(..) };
            let step = options.step(&optimizer, source.t, isa).unwrap().seed(source.seed);
            let mut found = before.clone();
            let mut start = 0;
            while start < n {
                let end = (start + 64 * rng.usize(1..4)).min(n);
                let mut part = before.part(start..end);
                step.apply_all(&mut [part.tensor().id(source.id).offset(start as u64)]).unwrap();
                found.put(start, &part);
                start = end;
            }
            let expected = before.updated::<M>(&optimizer, options, source, 0, false);
            found.assert_same(&expected, &before, format_args!("{optimizer:?}, {options:?}, {isa}, in pieces"));
        }
    }
}

/// Tensors of several formats that are large enough for two threads, and some small ones.
#[cfg(feature = "rayon")]
pub fn threads<M: Model<S>, const S: usize>() {
    let mut rng = Rng::with_seed(33);
    let (_, optimizer) = M::cases().next().expect("the default case");
    let source = |id| Source { seed: 5, t: 4, id };
    let lengths = [300_000, 17, 1000, 64, 500_001, 0, 300_000].into_iter().cycle();
    let formats = Formats::all().skip(20).step_by(3).chain(Formats::all().take(4));
    let before: Vec<_> = formats.zip(lengths).map(|(f, n)| Stored::<S>::random::<M>(&mut rng, n, f)).collect();
    let step = optimizer.at(source(0).t).unwrap().seed(source(0).seed);
    let one = {
        let mut serial = before.clone();
        apply_all(&step, &mut serial, true);
        serial
    };
    for threads in [1, 2, 3] {
        let mut found = before.clone();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut tensors: Vec<_> = found.iter_mut().map(Stored::zeroing).collect();
        pool.install(|| step.par_apply_all_and_zero(&mut tensors)).unwrap();
        for (id, ((found, expected), before)) in found.iter().zip(&one).zip(&before).enumerate() {
            found.assert_same(expected, before, format_args!("{optimizer:?}, tensor {id} on {threads} threads"));
        }
    }
}

/// [`groups`] and [`splits`].
pub fn in_any_formats<M: Model<S>, const S: usize>() {
    groups::<M, S>();
    splits::<M, S>();
}
