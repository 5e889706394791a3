//! A tensor in any formats.

use crate::number::{Count, Single, cycle};
use arbitrary::Arbitrary;
use gradstep::{AnyTensor, MAX_STATE, Slot};
use gradstep_checks::Model;
use gradstep_checks::storage::{Formats, GradsFormat, ParamsFormat, Slice, StateFormat, Stored};

/// A tensor, mostly a legal one.
#[derive(Arbitrary, Debug)]
pub struct Drawn {
    n: u8,
    formats: u8,
    pub id: Option<u64>,
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

impl Drawn {
    pub fn offset(&self) -> u64 {
        let offset = if self.from_end { !self.offset.get() } else { self.offset.get() };
        if self.unaligned % 16 == 15 { offset } else { offset & !63 }
    }

    /// With its id and offset.
    pub fn place<'a, 's, G>(&self, tensor: AnyTensor<'a, 's, G>) -> AnyTensor<'a, 's, G> {
        match self.id {
            Some(id) => tensor.id(id),
            None => tensor,
        }
        .offset(self.offset())
    }

    fn flaw(&self) -> Option<Flaw> {
        (self.flawed % 16 == 15).then_some(self.flaw)
    }

    /// Its slices, flaws included. Those in 16 bits hold any bits, the upper or lower ones of an `f32`.
    pub fn stored<M: Model<S>, const S: usize>(&self, pool: &[Single]) -> Stored<S> {
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
                    *slice = if slice.is_f32() { Slice::U16(vec![7; n]) } else { Slice::F32(vec![0.5; n]) };
                }
            }
            Some(Flaw::States(_)) | None => {}
        }
        stored
    }

    /// How many slices of state the call is given.
    pub fn states<const S: usize>(&self) -> usize {
        if let Some(Flaw::States(states)) = self.flaw() { usize::from(states) % 6 } else { S }
    }

    /// What the call must complain of first.
    pub fn fault<M: Model<S>, const S: usize>(&self, stored: &Stored<S>) -> Option<&'static str> {
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
        let lengths = [("grads", stored.grads.len())].into_iter();
        let mut lengths = lengths.chain(state().map(|((name, ..), slice)| (*name, slice.len()))).chain(beside);
        if let Some((name, _)) = lengths.find(|(_, found)| *found != n) {
            return Some(name);
        }
        // What is exact is f32, and the others are as their first.
        let common = state().find(|((_, slot, _), _)| *slot != Slot::Exact).is_none_or(|(_, slice)| slice.is_f32());
        let right = |slot| slot == Slot::Exact || common;
        if let Some(((name, ..), _)) = state().find(|((_, slot, _), slice)| slice.is_f32() != right(*slot)) {
            return Some(name);
        }
        let stochastic = stored.formats.params == ParamsFormat::Bf16 || !common;
        // Where all is f32, an offset has no meaning.
        let exact = stored.formats.params == ParamsFormat::F32 && stored.grads.is_f32() && common;
        let (offset, last) = (self.offset(), (n as u64).saturating_sub(1));
        let legal = exact || offset.checked_add(last).is_some() && !(stochastic && offset % 64 != 0);
        (!legal).then_some("offset")
    }
}
