//! What is handed to a step: tensors, whose slices may have other formats than `f32`; and one flat buffer as state.

#[cfg(feature = "half")]
mod half;

use crate::error::Error;

/// One tensor of a call of [`Step::apply_all`](crate::Step::apply_all): its parameters, gradients and state, each slice in
/// a format of its own. `G` is [`Grads`], or [`GradsMut`] where the step zeroes them.
///
/// ```
/// use gradstep::{Adam, Grads, Optimizer, Params, State, Tensor};
///
/// let [mut weights, mut m, mut v] = [[0.0; 3]; 3];
/// let (mut biases, mut bm, mut bv) = ([0.0], [0.0], [0.0]);
/// Adam::new(1e-3).at(1)?.apply_all(&mut [
///     Tensor::new(Params::F32(&mut weights), Grads::F32(&[2.0, 0.0, -2.0]), [State::F32(&mut m), State::F32(&mut v)]),
///     Tensor::new(Params::F32(&mut biases), Grads::F32(&[1.0]), [State::F32(&mut bm), State::F32(&mut bv)]),
/// ])?;
/// assert_eq!((weights, biases), ([-0.001, 0.0, 0.001], [-0.001]));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Tensor<'a, G, const S: usize> {
    pub(crate) params: Params<'a>,
    pub(crate) grads: G,
    pub(crate) state: [State<'a>; S],
    #[cfg(feature = "storage")]
    pub(crate) place: Place,
}

impl<'a, const S: usize> Tensor<'a, Grads<'a>, S> {
    /// Parameters, gradients, and the state slices that [`Optimizer::STATE`](crate::Optimizer::STATE) names, in that
    /// order.
    ///
    /// ```
    /// use gradstep::{Grads, Optimizer, Params, Sgd, Tensor};
    ///
    /// let mut params = [1.0];
    /// Sgd::new(0.25).at(1)?.apply_all(&mut [Tensor::new(Params::F32(&mut params), Grads::F32(&[2.0]), [])])?;
    /// assert_eq!(params, [0.5]);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn new(params: Params<'a>, grads: Grads<'a>, state: [State<'a>; S]) -> Self {
        Self {
            params,
            grads,
            state,
            #[cfg(feature = "storage")]
            place: Place::NONE,
        }
    }
}

impl<'a, const S: usize> Tensor<'a, GradsMut<'a>, S> {
    /// As [`new`](Tensor::new), for [`Step::apply_all_and_zero`](crate::Step::apply_all_and_zero).
    ///
    /// ```
    /// use gradstep::{GradsMut, Optimizer, Params, Sgd, Tensor};
    ///
    /// let (mut params, mut grads) = ([1.0], [2.0]);
    /// let mut tensors = [Tensor::zeroing(Params::F32(&mut params), GradsMut::F32(&mut grads), [])];
    /// Sgd::new(0.25).at(1)?.apply_all_and_zero(&mut tensors)?;
    /// assert_eq!((params, grads), ([0.5], [0.0]));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn zeroing(params: Params<'a>, grads: GradsMut<'a>, state: [State<'a>; S]) -> Self {
        Self {
            params,
            grads,
            state,
            #[cfg(feature = "storage")]
            place: Place::NONE,
        }
    }
}

#[cfg(feature = "storage")]
impl<G, const S: usize> Tensor<'_, G, S> {
    /// A number for the tensor, which the noise of stochastic rounding depends on. Unique among all tensors of a step,
    /// over all its calls, and the same from step to step. By default it is the tensor's place in the call, from 0.
    ///
    /// ```
    /// use gradstep::{Grads, Optimizer, Params, Sgd, Tensor};
    ///
    /// let step = Sgd::new(0.001).at(1)?;
    /// let after = |id| {
    ///     let mut params = [0x3f80; 64]; // 1 as bf16
    ///     step.apply_all(&mut [Tensor::new(Params::Bf16(&mut params), Grads::Bf16(&[0x3f80; 64]), []).id(id)])?;
    ///     Ok::<_, gradstep::Error>(params)
    /// };
    /// assert_eq!(after(7)?, after(7)?);
    /// assert_ne!(after(7)?, after(8)?);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn id(mut self, id: u64) -> Self {
        self.place.id = Some(id);
        self
    }

    /// Where in its tensor this piece begins, in elements: for shards, which then have the bits of the whole. By
    /// default 0.
    ///
    /// If something in the piece is rounded stochastically it must be a multiple of 64, or the step refuses. It has no
    /// meaning where all is in `f32`.
    ///
    /// ```
    /// use gradstep::{Grads, Optimizer, Params, Sgd, Tensor};
    ///
    /// let (step, grads) = (Sgd::new(0.001).at(1)?, [0x3f80; 100]);
    /// let (mut whole, mut shards) = ([0x3f80; 100], [0x3f80; 100]);
    /// step.apply_all(&mut [Tensor::new(Params::Bf16(&mut whole), Grads::Bf16(&grads), [])])?;
    /// for (shard, grads, offset) in [(0..64, &grads[..64], 0), (64..100, &grads[64..], 64)] {
    ///     let shard = Params::Bf16(&mut shards[shard]);
    ///     step.apply_all(&mut [Tensor::new(shard, Grads::Bf16(grads), []).offset(offset)])?;
    /// }
    /// assert_eq!(shards, whole);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub const fn offset(mut self, offset: u64) -> Self {
        self.place.offset = offset;
        self
    }
}

/// One tensor of a call of [`AnyStep::apply_all`](crate::AnyStep::apply_all): a [`Tensor`] whose number of state slices is
/// known at run time.
///
/// ```
/// use gradstep::{AnyOptimizer, AnyTensor, Grads, Params, State};
///
/// let optimizer = AnyOptimizer::from_name("momentum").unwrap();
/// let (mut params, mut velocity) = ([1.0], [0.0]);
/// let mut state = [State::F32(&mut velocity)]; // as many as optimizer.state() names
/// let tensor = AnyTensor::new(Params::F32(&mut params), Grads::F32(&[2.0]), &mut state);
/// optimizer.with_lr(0.25).at(1)?.apply_all(&mut [tensor])?;
/// assert_eq!((params, velocity), ([0.5], [2.0]));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct AnyTensor<'a, 's, G> {
    pub(crate) params: Params<'a>,
    pub(crate) grads: G,
    pub(crate) state: &'a mut [State<'s>],
    #[cfg(feature = "storage")]
    pub(crate) place: Place,
}

impl<'a, 's> AnyTensor<'a, 's, Grads<'a>> {
    /// As [`Tensor::new`], with the state slices that [`AnyOptimizer::state`](crate::AnyOptimizer::state) names, in that
    /// order.
    pub const fn new(params: Params<'a>, grads: Grads<'a>, state: &'a mut [State<'s>]) -> Self {
        Self {
            params,
            grads,
            state,
            #[cfg(feature = "storage")]
            place: Place::NONE,
        }
    }
}

impl<'a, 's> AnyTensor<'a, 's, GradsMut<'a>> {
    /// As [`new`](AnyTensor::new), for [`AnyStep::apply_all_and_zero`](crate::AnyStep::apply_all_and_zero).
    pub const fn zeroing(params: Params<'a>, grads: GradsMut<'a>, state: &'a mut [State<'s>]) -> Self {
        Self {
            params,
            grads,
            state,
            #[cfg(feature = "storage")]
            place: Place::NONE,
        }
    }
}

#[cfg(feature = "storage")]
impl<G> AnyTensor<'_, '_, G> {
    /// As [`Tensor::id`].
    pub const fn id(mut self, id: u64) -> Self {
        self.place.id = Some(id);
        self
    }

    /// As [`Tensor::offset`].
    pub const fn offset(mut self, offset: u64) -> Self {
        self.place.offset = offset;
        self
    }
}

/// Which tensor this is, and where in it this piece begins.
#[cfg(feature = "storage")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub id: Option<u64>,
    pub offset: u64,
}

#[cfg(feature = "storage")]
impl Place {
    const NONE: Self = Self { id: None, offset: 0 };
}

/// The parameters of a [`Tensor`]. Those in 16 bits are the bits of the values.
///
/// ```
/// use gradstep::{Grads, Optimizer, Params, Sgd, Tensor};
///
/// let mut params = [1.0];
/// Sgd::new(0.5).at(1)?.apply_all(&mut [Tensor::new(Params::F32(&mut params), Grads::F32(&[1.0]), [])])?;
/// assert_eq!(params, [0.5]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Params<'a> {
    /// `f32`.
    F32(&'a mut [f32]),
    /// `f32`, and a copy of the new values in 16 bits, for the device that computes with them. What is in the copy
    /// before does not matter.
    #[cfg(feature = "storage")]
    Copied {
        /// The parameters.
        f32: &'a mut [f32],
        /// Their copy, each rounded to nearest, ties to even. As long as `f32`.
        copy: Half<'a>,
    },
    /// `f32` in two halves: the parameter rounded to bf16, for the device that computes with it, and what is missing to
    /// the exact `f32`. Steps give the bits that they give on `f32`. [`split`](crate::storage::split) converts.
    #[cfg(feature = "storage")]
    Split {
        /// The parameters, rounded to nearest, ties away from zero.
        bf16: &'a mut [u16],
        /// The low 16 bits of each `f32`. As long as `bf16`.
        rest: &'a mut [u16],
    },
    /// bf16 alone, rounded stochastically: up or down, so that the mean is right.
    #[cfg(feature = "storage")]
    Bf16(&'a mut [u16]),
}

/// A slice of 16-bit values to write, as their bits.
///
/// ```
/// use gradstep::{Grads, Half, Optimizer, Params, Sgd, Tensor};
///
/// let (mut f32, mut copy) = ([1.0], [0]);
/// let params = Params::Copied { f32: &mut f32, copy: Half::F16(&mut copy) };
/// Sgd::new(0.5).at(1)?.apply_all(&mut [Tensor::new(params, Grads::F32(&[1.0]), [])])?;
/// assert_eq!((f32, copy), ([0.5], [0x3800]));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[cfg(feature = "storage")]
#[derive(Debug)]
#[non_exhaustive]
pub enum Half<'a> {
    /// bfloat16: the upper half of an `f32`.
    Bf16(&'a mut [u16]),
    /// IEEE 754's binary16.
    F16(&'a mut [u16]),
}

/// The gradients of a [`Tensor`]. Those in 16 bits are the bits of the values.
///
/// ```
/// use gradstep::Grads;
///
/// let grads = Grads::F32(&[1.0, 2.0]);
/// # let _ = grads;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Grads<'a> {
    /// `f32`.
    F32(&'a [f32]),
    /// bfloat16: the upper half of an `f32`.
    #[cfg(feature = "storage")]
    Bf16(&'a [u16]),
    /// IEEE 754's binary16.
    #[cfg(feature = "storage")]
    F16(&'a [u16]),
}

/// The gradients of a [`Tensor`] that the step sets to +0.
///
/// ```
/// use gradstep::GradsMut;
///
/// let mut sum = [1.0, 2.0];
/// let grads = GradsMut::F32(&mut sum);
/// # let _ = grads;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum GradsMut<'a> {
    /// `f32`.
    F32(&'a mut [f32]),
    /// bfloat16: the upper half of an `f32`.
    #[cfg(feature = "storage")]
    Bf16(&'a mut [u16]),
    /// IEEE 754's binary16.
    #[cfg(feature = "storage")]
    F16(&'a mut [u16]),
}

/// A state slice of a [`Tensor`]. It begins as zeros in any format. In one tensor, all slots that are not
/// [`Slot::Exact`](crate::Slot::Exact) have the same format; those that are stay `f32`.
///
/// ```
/// use gradstep::State;
///
/// let mut m = [0.0; 2];
/// let state = [State::F32(&mut m)];
/// # let _ = state;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum State<'a> {
    /// `f32`.
    F32(&'a mut [f32]),
    /// bfloat16, rounded stochastically: up or down, so that the mean is right.
    #[cfg(feature = "storage")]
    Bf16(&'a mut [u16]),
}

impl Params<'_> {
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::F32(slice) => slice.len(),
            #[cfg(feature = "storage")]
            Self::Copied { f32, .. } => f32.len(),
            #[cfg(feature = "storage")]
            Self::Split { bf16, .. } => bf16.len(),
            #[cfg(feature = "storage")]
            Self::Bf16(slice) => slice.len(),
        }
    }

    /// Where all are in `f32`.
    #[inline]
    pub(crate) const fn as_f32(&mut self) -> Option<&mut [f32]> {
        match self {
            Self::F32(slice) => Some(slice),
            #[cfg(feature = "storage")]
            _ => None,
        }
    }

    #[cfg(feature = "storage")]
    pub(crate) const fn reborrow(&mut self) -> Params<'_> {
        match self {
            Self::F32(slice) => Params::F32(slice),
            Self::Copied { f32, copy: Half::Bf16(copy) } => Params::Copied { f32, copy: Half::Bf16(copy) },
            Self::Copied { f32, copy: Half::F16(copy) } => Params::Copied { f32, copy: Half::F16(copy) },
            Self::Split { bf16, rest } => Params::Split { bf16, rest },
            Self::Bf16(slice) => Params::Bf16(slice),
        }
    }
}

#[cfg(feature = "storage")]
impl Grads<'_> {
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::F32(slice) => slice.len(),
            Self::Bf16(slice) | Self::F16(slice) => slice.len(),
        }
    }
}

#[cfg(feature = "storage")]
impl GradsMut<'_> {
    #[inline]
    pub(crate) const fn as_kept(&self) -> Grads<'_> {
        match self {
            Self::F32(slice) => Grads::F32(slice),
            Self::Bf16(slice) => Grads::Bf16(slice),
            Self::F16(slice) => Grads::F16(slice),
        }
    }

    pub(crate) const fn reborrow(&mut self) -> GradsMut<'_> {
        match self {
            Self::F32(slice) => GradsMut::F32(slice),
            Self::Bf16(slice) => GradsMut::Bf16(slice),
            Self::F16(slice) => GradsMut::F16(slice),
        }
    }
}

impl State<'_> {
    #[cfg(feature = "storage")]
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::F32(slice) => slice.len(),
            Self::Bf16(slice) => slice.len(),
        }
    }

    #[inline]
    pub(crate) const fn as_f32(&mut self) -> Option<&mut [f32]> {
        match self {
            Self::F32(slice) => Some(slice),
            #[cfg(feature = "storage")]
            Self::Bf16(_) => None,
        }
    }

    #[cfg(feature = "storage")]
    pub(crate) const fn reborrow(&mut self) -> State<'_> {
        match self {
            Self::F32(slice) => State::F32(slice),
            Self::Bf16(slice) => State::Bf16(slice),
        }
    }
}

/// An empty slice.
impl Default for State<'_> {
    fn default() -> Self {
        Self::F32(&mut [])
    }
}

/// The `S·n` elements of `arena` as `S` slices of `n`, for `n` parameters: state from a single buffer, static or
/// part of a checkpoint.
///
/// # Errors
///
/// [`Error::Length`] with the name `arena` unless `arena` has exactly `S·n` elements.
///
/// ```
/// use gradstep::{Adam, Optimizer, split_state};
///
/// let mut arena = [0.0; 2 * 100];
/// let (mut params, grads) = ([1.0; 100], [0.5; 100]);
/// let state = split_state::<2>(&mut arena, params.len())?;
/// Adam::new(1e-3).at(1)?.apply(&mut params, &grads, state)?;
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn split_state<const S: usize>(arena: &mut [f32], n: usize) -> Result<[&mut [f32]; S], Error> {
    let (expected, found) = (S.saturating_mul(n), arena.len());
    if found != expected {
        return Err(Error::Length { tensor: None, slice: "arena", expected, found });
    }
    let mut slices = arena.chunks_exact_mut(n.max(1));
    Ok(core::array::from_fn(|_| slices.next().unwrap_or_default()))
}
