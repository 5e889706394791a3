//! Any tensors in any formats, in one call: refused just where the model says, then without a trace; else, on every
//! backend, the bits of the written-out arithmetic between decoders and encoders that are written out, too.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::{AnyOptimizer, AnyStep, AnyTensor, Error, Isa, MAX_STATE, Slot, State};
use gradstep_checks::backends::backends;
use gradstep_checks::errors::fault;
use gradstep_checks::storage::{Formats, GradsFormat, ParamsFormat, Slice, Source, StateFormat, Stored, kept};
use gradstep_checks::{Model, any};
use gradstep_fuzz::assert_verdict;
use gradstep_fuzz::number::{Count, Single, cycle};
use gradstep_fuzz::optimizer::Call;
use gradstep_models::{Visitor, one};

#[derive(Arbitrary, Debug)]
struct Input {
    call: Call,
    flush: bool,
    zero: bool,
    seed: u64,
    tensors: Vec<Drawn>,
    pool: Vec<Single>,
}

/// A tensor of the call.
#[derive(Arbitrary, Debug)]
struct Drawn {
    n: u8,
    formats: u8,
    id: Option<u64>,
    offset: Count,
    /// Counted from the last there is.
    from_end: bool,
    /// Not at a multiple of 64, rarely.
    unaligned: u8,
    /// Rarely.
    flawed: u8,
    flaw: Flaw,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Flaw {
    /// A slice of this length.
    Length { slice: u8, n: u8 },
    /// A slice of state in the other format.
    Format { slot: u8 },
    /// So many slices of state.
    States(u8),
}

libfuzzer_sys::fuzz_target!(|input: Input| one(input.call.which(), &mut &input));

impl Visitor for &Input {
    fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, _: &'static str) {
        let (optimizer, t, options) = (self.call.optimizer::<M, S>(), self.call.t(), self.call.options(self.flush));
        if fault::<M, S>(&optimizer, t).is_some() {
            return;
        }
        let drawn = &self.tensors[..self.tensors.len().min(4)];
        let before: Vec<Stored<S>> = drawn.iter().map(|drawn| drawn.stored::<M, S>(&self.pool)).collect();
        let mut first = drawn.iter().zip(&before).find_map(|(drawn, stored)| drawn.fault::<M, S>(stored));
        if !options.scale.is_finite() {
            first = first.or(Some(if options.scale.is_nan() { "gradients" } else { "grad_scale" }));
        }
        if options.clamp.is_some_and(|limit| !(limit >= 0.0)) {
            first = first.or(Some("clamp_grads"));
        }
        let step = |isa| any::step(&optimizer.into(), t, options, isa).unwrap().seed(self.seed);
        if first.is_some() {
            let mut called = before.clone();
            assert_verdict(&apply(&step(Isa::detect()), drawn, &mut called, self.zero), first.as_slice());
            assert!(called.iter().map(bits).eq(before.iter().map(bits)), "written in spite of {first:?}");
            return;
        }

        let updated = |(place, (drawn, before)): (u64, (&Drawn, &Stored<S>))| {
            let source = Source { seed: self.seed, t, id: drawn.id.unwrap_or(place) };
            before.updated::<M>(&optimizer, options, source, drawn.offset() as usize, self.zero)
        };
        let expected: Vec<_> = (0..).zip(drawn.iter().zip(&before)).map(updated).collect();
        for isa in backends() {
            let mut found = before.clone();
            apply(&step(isa), drawn, &mut found, self.zero).unwrap();
            for ((found, expected), before) in found.iter().zip(&expected).zip(&before) {
                found.assert_same(expected, before, format_args!("{optimizer:?} at {t}, {options:?}, {isa}"));
            }
        }
    }
}

impl Drawn {
    fn offset(&self) -> u64 {
        let offset = if self.from_end { !self.offset.get() } else { self.offset.get() };
        if self.unaligned % 16 == 15 { offset } else { offset & !63 }
    }

    fn place<'a, 's, G>(&self, tensor: AnyTensor<'a, 's, G>) -> AnyTensor<'a, 's, G> {
        match self.id {
            Some(id) => tensor.id(id),
            None => tensor,
        }
        .offset(self.offset())
    }

    fn flaw(&self) -> Option<Flaw> {
        (self.flawed % 16 == 15).then_some(self.flaw)
    }

    /// Any bits in 16, too: the upper or lower ones of an `f32`.
    fn stored<M: Model<S>, const S: usize>(&self, pool: &[Single]) -> Stored<S> {
        let n = self.n.into();
        let kinds = Formats::all().count();
        let formats = Formats::all().nth(usize::from(self.formats) % kinds).expect("one of the formats");
        let bits = |skip, shift| cycle(pool, skip, n).into_iter().map(|x| (x.to_bits() >> shift) as u16).collect();
        let slice = |skip, f32| if f32 { Slice::F32(cycle(pool, skip, n)) } else { Slice::U16(bits(skip, 16)) };
        let slots = M::STATE.map(|(_, slot, _)| slot);
        let mut stored = Stored {
            formats,
            slots,
            params: slice(0, !matches!(formats.params, ParamsFormat::Split | ParamsFormat::Bf16)),
            beside: match formats.params {
                ParamsFormat::F32 | ParamsFormat::Bf16 => vec![],
                _ => bits(0, 0),
            },
            grads: slice(1, formats.grads == GradsFormat::F32),
            state: std::array::from_fn(|k| slice(2 + k, formats.state == StateFormat::F32 || slots[k] == Slot::Exact)),
        };
        match self.flaw() {
            Some(Flaw::Length { slice, n }) => match (usize::from(slice) % (2 + S)).checked_sub(1) {
                None => stored.beside.resize(n.into(), 7),
                Some(k) => match [&mut stored.grads].into_iter().chain(&mut stored.state).nth(k) {
                    Some(Slice::F32(slice)) => slice.resize(n.into(), 0.5),
                    Some(Slice::U16(slice)) => slice.resize(n.into(), 7),
                    None => unreachable!("below 1 + S"),
                },
            },
            Some(Flaw::Format { slot }) => {
                if let Some(slice) = stored.state.get_mut(usize::from(slot) % MAX_STATE) {
                    *slice = if is_f32(slice) { Slice::U16(vec![7; n]) } else { Slice::F32(vec![0.5; n]) };
                }
            }
            Some(Flaw::States(_)) | None => {}
        }
        stored
    }

    /// How many slices of state the call is given.
    fn states<const S: usize>(&self) -> usize {
        if let Some(Flaw::States(states)) = self.flaw() { usize::from(states) % 6 } else { S }
    }

    /// What the call must complain of first.
    fn fault<M: Model<S>, const S: usize>(&self, stored: &Stored<S>) -> Option<&'static str> {
        if self.states::<S>() != S {
            return Some("state");
        }
        let n = stored.len();
        let beside = match stored.formats.params {
            ParamsFormat::F32 | ParamsFormat::Bf16 => None,
            ParamsFormat::Split => Some(("rest", stored.beside.len())),
            _ => Some(("copy", stored.beside.len())),
        };
        let state = || M::STATE.iter().zip(&stored.state);
        let lengths = [("grads", len(&stored.grads))].into_iter();
        let mut lengths = lengths.chain(state().map(|((name, ..), slice)| (*name, len(slice)))).chain(beside);
        if let Some((name, _)) = lengths.find(|(_, found)| *found != n) {
            return Some(name);
        }
        // What is exact is f32, and the others are as their first.
        let common = state().find(|((_, slot, _), _)| *slot != Slot::Exact).is_none_or(|(_, slice)| is_f32(slice));
        let right = |slot| slot == Slot::Exact || common;
        if let Some(((name, ..), _)) = state().find(|((_, slot, _), slice)| is_f32(slice) != right(*slot)) {
            return Some(name);
        }
        let stochastic = stored.formats.params == ParamsFormat::Bf16 || !common;
        // Where all is f32, an offset has no meaning.
        let exact = stored.formats.params == ParamsFormat::F32 && is_f32(&stored.grads) && common;
        let (offset, last) = (self.offset(), (n as u64).saturating_sub(1));
        let legal = exact || offset.checked_add(last).is_some() && !(stochastic && offset % 64 != 0);
        (!legal).then_some("offset")
    }
}

fn apply<const S: usize>(step: &AnyStep, drawn: &[Drawn], tensors: &mut [Stored<S>], zero: bool) -> Result<(), Error> {
    let (slices, mut states): (Vec<_>, Vec<_>) = (tensors.iter_mut().zip(drawn))
        .map(|(stored, drawn)| {
            let (params, grads, state) = stored.parts();
            let more = std::iter::repeat_with(State::default);
            let state: Vec<State> = state.into_iter().chain(more).take(drawn.states::<S>()).collect();
            ((params, grads, drawn), state)
        })
        .unzip();
    let tensors = slices.into_iter().zip(&mut states);
    if zero {
        let tensors = tensors.map(|((p, g, drawn), state)| drawn.place(AnyTensor::zeroing(p, g, state)));
        step.apply_all_and_zero(&mut tensors.collect::<Vec<_>>())
    } else {
        let tensors = tensors.map(|((p, g, drawn), state)| drawn.place(AnyTensor::new(p, kept(g), state)));
        step.apply_all(&mut tensors.collect::<Vec<_>>())
    }
}

fn len(slice: &Slice) -> usize {
    match slice {
        Slice::F32(slice) => slice.len(),
        Slice::U16(slice) => slice.len(),
    }
}

fn is_f32(slice: &Slice) -> bool {
    matches!(slice, Slice::F32(_))
}

/// All that a call might write.
fn bits<const S: usize>(stored: &Stored<S>) -> Vec<u32> {
    let slices = [&stored.params, &stored.grads].into_iter().chain(&stored.state);
    let bits = slices.flat_map(|slice| match slice {
        Slice::F32(slice) => slice.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        Slice::U16(slice) => slice.iter().map(|&x| x.into()).collect(),
    });
    bits.chain(stored.beside.iter().map(|&x| x.into())).collect()
}
