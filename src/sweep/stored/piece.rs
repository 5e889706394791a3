//! A piece of a tensor: what a call of the sweep is given.

use crate::lanes::Element;
use crate::storage::{BLOCK, Noise};
use crate::sweep::slices::split_mut;
use crate::tensor::{Grads, GradsMut, Half, Params, State};
use core::mem;

/// A piece of a tensor, in any formats: of each slice the same elements.
#[derive(Debug)]
pub struct Stored<'a, const S: usize> {
    pub params: Params<'a>,
    pub grads: AnyGrads<'a>,
    pub state: [State<'a>; S],
    pub noise: Noise,
    /// The number of its first block in the tensor.
    pub first: u64,
}

/// Gradients that are kept, and those that are zeroed.
#[derive(Debug)]
pub enum AnyGrads<'a> {
    Kept(Grads<'a>),
    Zeroed(GradsMut<'a>),
}

impl<const S: usize> Stored<'_, S> {
    /// Whether any slot of the state is in bf16.
    #[inline(always)]
    pub fn has_bf16_state(&self) -> bool {
        self.state.iter().any(|slot| matches!(slot, State::Bf16(_)))
    }

    /// Whether everything is in bf16.
    #[inline(always)]
    pub fn is_all_bf16(&self) -> bool {
        matches!(self.params, Params::Bf16(_))
            && matches!(self.grads.as_kept(), Grads::Bf16(_))
            && self.state.iter().all(|slot| matches!(slot, State::Bf16(_)))
    }

    #[inline(always)]
    pub fn reborrow(&mut self) -> Stored<'_, S> {
        Stored {
            params: self.params.reborrow(),
            grads: match &mut self.grads {
                AnyGrads::Kept(grads) => AnyGrads::Kept(*grads),
                AnyGrads::Zeroed(grads) => AnyGrads::Zeroed(grads.reborrow()),
            },
            state: self.state.each_mut().map(State::reborrow),
            noise: self.noise,
            first: self.first,
        }
    }

    /// The elements up to `mid`, a multiple of [`BLOCK`], and from there on.
    pub fn split(self, mid: usize) -> (Self, Self) {
        let Self { params, grads, mut state, noise, first } = self;
        let (params, rest_params) = params.split(mid);
        let (grads, rest_grads) = grads.split(mid);
        let rest_state = state.each_mut().map(|slot| {
            let (front, rest) = mem::take(slot).split(mid);
            *slot = front;
            rest
        });
        let rest_first = first.wrapping_add((mid / BLOCK) as u64);
        (
            Self { params, grads, state, noise, first },
            Self { params: rest_params, grads: rest_grads, state: rest_state, noise, first: rest_first },
        )
    }

    /// A copy of less than a block, as a whole one.
    pub fn padded<'r>(&self, room: &'r mut Room<S>) -> Stored<'r, S> {
        let mut places = room.state.iter_mut();
        Stored {
            params: self.params.padded(&mut room.params),
            grads: self.grads.padded(&mut room.grads),
            state: self.state.each_ref().map(|slot| places.next().map(|place| slot.padded(place)).unwrap_or_default()),
            noise: self.noise,
            first: self.first,
        }
    }

    /// Takes back what became of the [`padded`](Self::padded) copy.
    pub fn copy_from(&mut self, padded: &Stored<'_, S>) {
        self.params.copy_from(&padded.params);
        self.grads.copy_from(&padded.grads);
        self.state.iter_mut().zip(&padded.state).for_each(|(to, from)| to.copy_from(from));
    }
}

/// Room for one block of each slice, in whatever format it is.
pub struct Room<const S: usize> {
    params: [Place; 2],
    grads: Place,
    state: [Place; S],
}

#[derive(Clone, Copy)]
struct Place {
    f32: [f32; BLOCK],
    u16: [u16; BLOCK],
}

impl<const S: usize> Room<S> {
    pub const fn new() -> Self {
        const ZERO: Place = Place { f32: [0.0; BLOCK], u16: [0; BLOCK] };
        Self { params: [ZERO; 2], grads: ZERO, state: [ZERO; S] }
    }
}

/// `slice` at the front of `block`.
fn pad<'r, T: Element>(slice: &[T], block: &'r mut [T; BLOCK]) -> &'r mut [T] {
    copy(block, slice);
    block
}

/// As many elements as both have.
fn copy<T: Element>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

impl Params<'_> {
    fn split(self, mid: usize) -> (Self, Self) {
        match self {
            Self::F32(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::F32(front), Self::F32(rest))
            }
            Self::Copied { f32, copy } => {
                let (front, rest) = split_mut(f32, mid);
                let (front_copy, rest_copy) = copy.split(mid);
                (Self::Copied { f32: front, copy: front_copy }, Self::Copied { f32: rest, copy: rest_copy })
            }
            Self::Split { bf16, rest } => {
                let (front_bf16, rest_bf16) = split_mut(bf16, mid);
                let (front_rest, rest_rest) = split_mut(rest, mid);
                (Self::Split { bf16: front_bf16, rest: front_rest }, Self::Split { bf16: rest_bf16, rest: rest_rest })
            }
            Self::Bf16(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::Bf16(front), Self::Bf16(rest))
            }
        }
    }

    fn padded<'r>(&self, [a, b]: &'r mut [Place; 2]) -> Params<'r> {
        match self {
            Self::F32(slice) => Params::F32(pad(slice, &mut a.f32)),
            // What is in the copy before does not matter.
            Self::Copied { f32, copy: Half::Bf16(_) } => {
                Params::Copied { f32: pad(f32, &mut a.f32), copy: Half::Bf16(&mut b.u16) }
            }
            Self::Copied { f32, copy: Half::F16(_) } => {
                Params::Copied { f32: pad(f32, &mut a.f32), copy: Half::F16(&mut b.u16) }
            }
            Self::Split { bf16, rest } => Params::Split { bf16: pad(bf16, &mut a.u16), rest: pad(rest, &mut b.u16) },
            Self::Bf16(slice) => Params::Bf16(pad(slice, &mut a.u16)),
        }
    }

    fn copy_from(&mut self, padded: &Params<'_>) {
        match (self, padded) {
            (Self::F32(to), Params::F32(from)) => copy(to, from),
            (
                Self::Copied { f32: to, copy: Half::Bf16(to_copy) | Half::F16(to_copy) },
                Params::Copied { f32: from, copy: Half::Bf16(from_copy) | Half::F16(from_copy) },
            ) => {
                copy(to, from);
                copy(to_copy, from_copy);
            }
            (Self::Split { bf16: to, rest: to_rest }, Params::Split { bf16: from, rest: from_rest }) => {
                copy(to, from);
                copy(to_rest, from_rest);
            }
            (Self::Bf16(to), Params::Bf16(from)) => copy(to, from),
            _ => {} // The copy has the format of the original.
        }
    }
}

impl Half<'_> {
    fn split(self, mid: usize) -> (Self, Self) {
        match self {
            Self::Bf16(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::Bf16(front), Self::Bf16(rest))
            }
            Self::F16(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::F16(front), Self::F16(rest))
            }
        }
    }
}

impl AnyGrads<'_> {
    fn split(self, mid: usize) -> (Self, Self) {
        match self {
            Self::Kept(grads) => {
                let (front, rest) = grads.split(mid);
                (Self::Kept(front), Self::Kept(rest))
            }
            Self::Zeroed(grads) => {
                let (front, rest) = grads.split(mid);
                (Self::Zeroed(front), Self::Zeroed(rest))
            }
        }
    }

    /// As if they were kept.
    #[inline(always)]
    pub fn as_kept(&self) -> Grads<'_> {
        match self {
            Self::Kept(grads) => *grads,
            Self::Zeroed(grads) => grads.as_kept(),
        }
    }

    fn padded<'r>(&self, place: &'r mut Place) -> AnyGrads<'r> {
        let padded = match self.as_kept() {
            Grads::F32(slice) => GradsMut::F32(pad(slice, &mut place.f32)),
            Grads::Bf16(slice) => GradsMut::Bf16(pad(slice, &mut place.u16)),
            Grads::F16(slice) => GradsMut::F16(pad(slice, &mut place.u16)),
        };
        AnyGrads::Zeroed(padded)
    }

    fn copy_from(&mut self, padded: &AnyGrads<'_>) {
        let Self::Zeroed(to) = self else { return };
        match (to, padded.as_kept()) {
            (GradsMut::F32(to), Grads::F32(from)) => copy(to, from),
            (GradsMut::Bf16(to), Grads::Bf16(from)) | (GradsMut::F16(to), Grads::F16(from)) => copy(to, from),
            _ => {} // The copy has the format of the original.
        }
    }
}

impl State<'_> {
    fn split(self, mid: usize) -> (Self, Self) {
        match self {
            Self::F32(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::F32(front), Self::F32(rest))
            }
            Self::Bf16(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::Bf16(front), Self::Bf16(rest))
            }
        }
    }

    fn padded<'r>(&self, place: &'r mut Place) -> State<'r> {
        match self {
            Self::F32(slice) => State::F32(pad(slice, &mut place.f32)),
            Self::Bf16(slice) => State::Bf16(pad(slice, &mut place.u16)),
        }
    }

    fn copy_from(&mut self, padded: &State<'_>) {
        match (self, padded) {
            (Self::F32(to), State::F32(from)) => copy(to, from),
            (Self::Bf16(to), State::Bf16(from)) => copy(to, from),
            _ => {} // The copy has the format of the original.
        }
    }
}

impl Grads<'_> {
    pub(crate) fn split(self, mid: usize) -> (Self, Self) {
        fn halves<T>(slice: &[T], mid: usize) -> (&[T], &[T]) {
            slice.split_at_checked(mid).unwrap_or_default()
        }
        match self {
            Self::F32(slice) => {
                let (front, rest) = halves(slice, mid);
                (Self::F32(front), Self::F32(rest))
            }
            Self::Bf16(slice) => {
                let (front, rest) = halves(slice, mid);
                (Self::Bf16(front), Self::Bf16(rest))
            }
            Self::F16(slice) => {
                let (front, rest) = halves(slice, mid);
                (Self::F16(front), Self::F16(rest))
            }
        }
    }
}

impl GradsMut<'_> {
    fn split(self, mid: usize) -> (Self, Self) {
        match self {
            Self::F32(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::F32(front), Self::F32(rest))
            }
            Self::Bf16(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::Bf16(front), Self::Bf16(rest))
            }
            Self::F16(slice) => {
                let (front, rest) = split_mut(slice, mid);
                (Self::F16(front), Self::F16(rest))
            }
        }
    }
}
