//! A step over many tensors in one call, each in formats of its own.

use super::{Optimizer, Pass, Step, Swept, check_lengths};
#[cfg(feature = "storage")]
use super::{Slot, check_length};
use crate::error::Error;
#[cfg(feature = "storage")]
use crate::storage::{BLOCK, Noise};
#[cfg(feature = "storage")]
use crate::sweep::{AnyGrads, Stored};
use crate::sweep::{Gradients, Slices};
use crate::tensor::{AnyTensor, Grads, GradsMut, Params, State, Tensor};
#[cfg(feature = "storage")]
use crate::tensor::{Half, Place};

impl<O: Optimizer<S>, const S: usize> Step<O, S> {
    /// Updates many tensors, each in one pass: as one [`apply`](Self::apply) after the other, but all are checked before
    /// anything is written, and each slice has a format of its own.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply), with the tensor's place in the call. With formats other than `f32` also
    /// `Error::ExactState`, `Error::MixedState`, `Error::OffsetUnaligned` and `Error::OffsetTooLarge`. Nothing has been
    /// written then, to no tensor.
    ///
    /// # Panics
    ///
    /// Never.
    ///
    /// ```
    /// use gradstep::{Error, Grads, Momentum, Optimizer, Params, State, Tensor};
    ///
    /// let step = Momentum::new(0.5, 0.9).at(1)?;
    /// let [mut a, mut b, mut va, mut vb] = [[1.0; 2], [2.0; 2], [0.0; 2], [0.0; 2]];
    /// let refused = step.apply_all(&mut [
    ///     Tensor::new(Params::F32(&mut a), Grads::F32(&[1.0; 2]), [State::F32(&mut va)]),
    ///     Tensor::new(Params::F32(&mut b), Grads::F32(&[1.0; 3]), [State::F32(&mut vb)]),
    /// ]);
    /// assert!(matches!(refused, Err(Error::Length { tensor: Some(1), slice: "grads", .. })));
    /// assert_eq!(a, [1.0; 2]); // the first one, too, is as it was
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn apply_all<'a>(&self, tensors: &mut [Tensor<'a, Grads<'a>, S>]) -> Result<(), Error> {
        self.update_all(tensors)
    }

    /// As [`apply_all`](Self::apply_all), and every gradient is +0.0 afterwards.
    ///
    /// # Errors
    ///
    /// As [`apply_all`](Self::apply_all).
    ///
    /// # Panics
    ///
    /// Never.
    ///
    /// ```
    /// use gradstep::{GradsMut, Optimizer, Params, Sgd, Tensor};
    ///
    /// let (mut params, mut grads) = ([1.0; 100], [2.0; 100]);
    /// let mut tensors = [Tensor::zeroing(Params::F32(&mut params), GradsMut::F32(&mut grads), [])];
    /// Sgd::new(0.25).at(1)?.apply_all_and_zero(&mut tensors)?;
    /// assert_eq!((params, grads), ([0.5; 100], [0.0; 100]));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline]
    pub fn apply_all_and_zero<'a>(&self, tensors: &mut [Tensor<'a, GradsMut<'a>, S>]) -> Result<(), Error> {
        self.update_all(tensors)
    }

    /// The seed of the noise with which parameters and state are rounded stochastically. By default 0.
    ///
    /// The noise is a function of the seed, of `t`, of a tensor's [`id`](Tensor::id), and of the slot and index of the
    /// element. So a run can be repeated, and `t` must advance at every step, even where the optimizer ignores it: with
    /// the same noise, most bf16 parameters would never move.
    ///
    /// ```
    /// use gradstep::{Grads, Optimizer, Params, Sgd, Tensor};
    ///
    /// let after = |seed| {
    ///     let mut params = [0x3f80; 64]; // 1 as bf16
    ///     let mut tensors = [Tensor::new(Params::Bf16(&mut params), Grads::Bf16(&[0x3f80; 64]), [])];
    ///     Sgd::new(0.001).at(1)?.seed(seed).apply_all(&mut tensors)?;
    ///     Ok::<_, gradstep::Error>(params)
    /// };
    /// assert_eq!(after(7)?, after(7)?);
    /// assert_ne!(after(7)?, after(8)?);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[cfg(feature = "storage")]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    #[inline]
    pub(crate) fn update_all<'a, 's, G: TensorGrads, T: AsTensor<'a, 's, G, S>>(
        &self,
        tensors: &mut [T],
    ) -> Result<(), Error> {
        self.check_all(tensors)?;
        for (index, tensor) in tensors.iter_mut().enumerate() {
            // Each was checked, so this is no error.
            if let Some(mut slices) = tensor.view(index)?.f32() {
                let _swept = G::place(self.pass(&mut slices));
            } else {
                #[cfg(feature = "storage")]
                self.update_stored(tensor, index)?;
            }
        }
        Ok(())
    }

    /// A tensor in other formats, which was checked.
    #[cfg(feature = "storage")]
    #[inline(never)]
    fn update_stored<'a, 's, G: TensorGrads, T: AsTensor<'a, 's, G, S>>(
        &self,
        tensor: &mut T,
        index: usize,
    ) -> Result<(), Error> {
        let _swept = O::__place_stored(self.stored_pass(tensor.view(index)?.stored(self, index)));
        Ok(())
    }

    /// Whether all is as it must be. If so, the number of elements.
    #[inline]
    pub(crate) fn check_all<'a, 's, G: TensorGrads, T: AsTensor<'a, 's, G, S>>(
        &self,
        tensors: &mut [T],
    ) -> Result<usize, Error> {
        let mut elements = 0_usize;
        for (index, tensor) in tensors.iter_mut().enumerate() {
            // In `f32` apart, because a call takes many small tensors.
            let n = if let Some(slices) = tensor.view(index)?.f32() {
                check_lengths::<O, _, S>(&slices).map_err(|error| error.in_tensor(index))?;
                slices.params.len()
            } else {
                #[cfg(feature = "storage")]
                tensor.view(index)?.check_stored::<O>(index)?;
                tensor.view(index)?.params.len()
            };
            elements = elements.saturating_add(n);
        }
        self.check_options()?;
        Ok(elements)
    }
}

/// What a call can update: a [`Tensor`], whose number of states is known to the compiler, or one where it is not.
pub trait AsTensor<'a, 's, G, const S: usize> {
    /// Its slices, if it is the tensor at this place in the call.
    ///
    /// # Errors
    ///
    /// [`Error::States`].
    fn view(&mut self, index: usize) -> Result<View<'_, 'a, 's, G, S>, Error>;
}

/// The slices of a tensor.
pub struct View<'t, 'a, 's, G, const S: usize> {
    params: &'t mut Params<'a>,
    grads: &'t mut G,
    state: &'t mut [State<'s>; S],
    #[cfg(feature = "storage")]
    place: &'t Place,
}

impl<'a, G, const S: usize> AsTensor<'a, 'a, G, S> for Tensor<'a, G, S> {
    #[inline]
    fn view(&mut self, _: usize) -> Result<View<'_, 'a, 'a, G, S>, Error> {
        Ok(View {
            params: &mut self.params,
            grads: &mut self.grads,
            state: &mut self.state,
            #[cfg(feature = "storage")]
            place: &self.place,
        })
    }
}

impl<'a, 's, G, const S: usize> AsTensor<'a, 's, G, S> for AnyTensor<'a, 's, G> {
    #[inline]
    fn view(&mut self, index: usize) -> Result<View<'_, 'a, 's, G, S>, Error> {
        let found = self.state.len();
        let states = |_| Error::States { tensor: Some(index), expected: S, found };
        Ok(View {
            params: &mut self.params,
            grads: &mut self.grads,
            state: (&mut *self.state).try_into().map_err(states)?,
            #[cfg(feature = "storage")]
            place: &self.place,
        })
    }
}

impl<'t, G: TensorGrads, const S: usize> View<'t, '_, '_, G, S> {
    /// The slices, if they are all of `f32`, as nearly everywhere.
    #[inline]
    pub fn f32(self) -> Option<Slices<'t, G::F32<'t>, S>> {
        let state = self.state.each_mut().map(State::as_f32);
        if state.iter().any(Option::is_none) {
            return None;
        }
        Some(Slices {
            params: self.params.as_f32()?,
            grads: self.grads.as_f32()?,
            state: state.map(Option::unwrap_or_default),
        })
    }

    /// Whether they are.
    #[cfg(all(feature = "rayon", feature = "storage"))]
    pub fn is_f32(&self) -> bool {
        matches!(self.params, Params::F32(_))
            && self.grads.is_f32()
            && self.state.iter().all(|slot| matches!(slot, State::F32(_)))
    }

    /// Of a tensor in any formats.
    #[cfg(feature = "storage")]
    #[inline(never)]
    fn check_stored<O: Optimizer<S>>(self, index: usize) -> Result<(), Error> {
        self.check_length(index, "grads", self.grads.len())?;
        for (name, slot) in const { &O::STATE }.iter().zip(self.state.iter()) {
            self.check_length(index, name, slot.len())?;
        }
        self.check_formats::<O>(index)?;
        if self.place.offset.checked_add((self.params.len() as u64).saturating_sub(1)).is_none() {
            return Err(Error::OffsetTooLarge { tensor: index, offset: self.place.offset });
        }
        Ok(())
    }

    #[cfg(feature = "storage")]
    fn check_length(&self, index: usize, slice: &'static str, found: usize) -> Result<(), Error> {
        check_length(slice, found, self.params.len()).map_err(|error| error.in_tensor(index))
    }

    #[cfg(feature = "storage")]
    fn check_formats<O: Optimizer<S>>(&self, tensor: usize) -> Result<(), Error> {
        match &*self.params {
            Params::Copied { copy: Half::Bf16(copy) | Half::F16(copy), .. } => {
                self.check_length(tensor, "copy", copy.len())?
            }
            Params::Split { rest, .. } => self.check_length(tensor, "rest", rest.len())?,
            Params::F32(_) | Params::Bf16(_) => {}
        }
        let mut common = None;
        for ((&slice, slot), state) in const { &O::STATE }.iter().zip(const { &O::SLOTS }).zip(self.state.iter()) {
            let is_f32 = matches!(state, State::F32(_));
            if matches!(slot, Slot::Exact) {
                if !is_f32 {
                    return Err(Error::ExactState { tensor, slice });
                }
            } else if *common.get_or_insert(is_f32) != is_f32 {
                return Err(Error::MixedState { tensor, slice });
            }
        }
        let stochastic = matches!(self.params, Params::Bf16(_)) || common == Some(false);
        let Place { offset, .. } = *self.place;
        if stochastic && !offset.is_multiple_of(BLOCK as u64) {
            return Err(Error::OffsetUnaligned { tensor, offset });
        }
        Ok(())
    }

    /// The slices, whatever their formats.
    #[cfg(feature = "storage")]
    pub fn stored<O: Optimizer<S>>(self, step: &Step<O, S>, index: usize) -> Stored<'t, S> {
        let Place { id, offset } = *self.place;
        Stored {
            params: self.params.reborrow(),
            grads: self.grads.reborrow(),
            state: self.state.each_mut().map(State::reborrow),
            noise: Noise::new(step.seed, step.t.get(), id.unwrap_or(index as u64)),
            first: offset / BLOCK as u64,
        }
    }
}

/// The gradients of a tensor: those that are kept, and those that are zeroed.
pub trait TensorGrads {
    type F32<'t>: Gradients<'t> + Send
    where
        Self: 't;

    #[cfg(feature = "storage")]
    fn len(&self) -> usize;

    fn as_f32(&mut self) -> Option<Self::F32<'_>>;

    #[cfg(all(feature = "rayon", feature = "storage"))]
    fn is_f32(&self) -> bool;

    #[cfg(feature = "storage")]
    fn reborrow(&mut self) -> AnyGrads<'_>;

    /// Sweeps slices of `f32`.
    fn place<'p, 't, O: Optimizer<S>, const S: usize>(pass: Pass<'p, 't, O, Self::F32<'t>, S>) -> Swept<'p>
    where
        Self: 't;
}

impl<'a> TensorGrads for Grads<'a> {
    type F32<'t>
        = &'t [f32]
    where
        Self: 't;

    #[cfg(feature = "storage")]
    fn len(&self) -> usize {
        Grads::len(self)
    }

    #[inline]
    fn as_f32(&mut self) -> Option<&[f32]> {
        match self {
            Self::F32(slice) => Some(slice),
            #[cfg(feature = "storage")]
            _ => None,
        }
    }

    #[cfg(all(feature = "rayon", feature = "storage"))]
    fn is_f32(&self) -> bool {
        matches!(self, Self::F32(_))
    }

    #[cfg(feature = "storage")]
    fn reborrow(&mut self) -> AnyGrads<'_> {
        AnyGrads::Kept(*self)
    }

    #[inline]
    fn place<'p, 't, O: Optimizer<S>, const S: usize>(pass: Pass<'p, 't, O, &'t [f32], S>) -> Swept<'p>
    where
        Self: 't,
    {
        O::__place(pass)
    }
}

impl<'a> TensorGrads for GradsMut<'a> {
    type F32<'t>
        = &'t mut [f32]
    where
        Self: 't;

    #[cfg(feature = "storage")]
    fn len(&self) -> usize {
        self.as_kept().len()
    }

    #[inline]
    fn as_f32(&mut self) -> Option<&mut [f32]> {
        match self {
            Self::F32(slice) => Some(slice),
            #[cfg(feature = "storage")]
            _ => None,
        }
    }

    #[cfg(all(feature = "rayon", feature = "storage"))]
    fn is_f32(&self) -> bool {
        matches!(self, Self::F32(_))
    }

    #[cfg(feature = "storage")]
    fn reborrow(&mut self) -> AnyGrads<'_> {
        AnyGrads::Zeroed(GradsMut::reborrow(self))
    }

    #[inline]
    fn place<'p, 't, O: Optimizer<S>, const S: usize>(pass: Pass<'p, 't, O, &'t mut [f32], S>) -> Swept<'p>
    where
        Self: 't,
    {
        O::__place_and_zero(pass)
    }
}
