//! What one thread sweeps in one go.

use crate::optimizer::{Optimizer, Step, TensorGrads, View};
use crate::sweep::Slices;
#[cfg(feature = "storage")]
use crate::sweep::Stored;

/// A tensor that was checked, or a part of one.
pub enum Piece<'t, G: TensorGrads + 't, const S: usize> {
    F32(Slices<'t, G::F32<'t>, S>),
    #[cfg(feature = "storage")]
    Stored(Stored<'t, S>),
}

impl<'t, G: TensorGrads, const S: usize> Piece<'t, G, S> {
    /// All of the tensor at `index` of a call.
    pub fn whole<O: Optimizer<S>>(view: View<'t, '_, '_, G, S>, index: usize, step: &Step<O, S>) -> Option<Self> {
        #[cfg(feature = "storage")]
        if !view.is_f32() {
            return Some(Self::Stored(view.stored(step, index)));
        }
        let _ = (step, index); // Of the noise.
        view.f32().map(Self::F32)
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(slices) => slices.params.len(),
            #[cfg(feature = "storage")]
            Self::Stored(piece) => piece.params.len(),
        }
    }

    /// The elements up to `mid`, a multiple of 64, and from there on.
    pub fn split(self, mid: usize) -> (Self, Self) {
        match self {
            Self::F32(slices) => {
                let (front, rest) = slices.split(mid);
                (Self::F32(front), Self::F32(rest))
            }
            #[cfg(feature = "storage")]
            Self::Stored(piece) => {
                let (front, rest) = piece.split(mid);
                (Self::Stored(front), Self::Stored(rest))
            }
        }
    }

    pub fn update<O: Optimizer<S>>(self, step: &Step<O, S>) {
        match self {
            Self::F32(mut slices) => _ = G::place(step.pass(&mut slices)),
            #[cfg(feature = "storage")]
            Self::Stored(piece) => _ = O::__place_stored(step.stored_pass(piece)),
        }
    }
}
