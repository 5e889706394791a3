//! An optimizer, and its step at one `t`. Each names the other, so they share a file.

mod all;

#[cfg(feature = "rayon")]
pub(crate) use all::{AsTensor, TensorGrads, View};

use crate::error::Error;
use crate::isa::Isa;
use crate::rule::Rule;
use crate::scalars::{non_negative, require, to_f32};
#[cfg(feature = "storage")]
use crate::storage::{Bf16, Woven};
use crate::sweep::{Around, Gradients, LoopKind, MAX_STATE, Slices, update};
#[cfg(feature = "storage")]
use crate::sweep::{Formats, Stored, update_stored};
use core::marker::PhantomData;
use core::num::NonZeroU64;

/// A configuration that becomes a [`Step`] over `S` state slices: 0 for [`Sgd`](crate::Sgd), 2 for
/// [`Adam`](crate::Adam).
///
/// [Write your own](crate::guide), in your own crate. For a choice at run time see [`AnyOptimizer`](crate::AnyOptimizer).
///
/// ```
/// use gradstep::{Error, Optimizer};
///
/// /// One step with a learning rate of the moment, for any optimizer with one state slice.
/// fn step(optimizer: impl Optimizer<1>, lr: f64, t: u64, p: &mut [f32], g: &[f32], s: &mut [f32]) -> Result<(), Error> {
///     optimizer.with_lr(lr).at(t)?.apply(p, g, [s])
/// }
///
/// let (mut p, mut s) = ([1.0], [0.0]);
/// step(gradstep::Momentum::new(0.1, 0.9), 0.5, 1, &mut p, &[1.0], &mut s)?;
/// assert_eq!((p, s), ([0.5], [1.0]));
/// # Ok::<(), Error>(())
/// ```
pub trait Optimizer<const S: usize>: Copy + Send + Sync {
    /// The formula, with the scalars of one step.
    ///
    /// ```
    /// use gradstep::{Adam, AdamW, Optimizer};
    ///
    /// /// Only optimizers with the same formula.
    /// fn alike<A: Optimizer<2>, B: Optimizer<2, Rule = A::Rule>>(_: A, _: B) {}
    ///
    /// alike(Adam::new(1e-3), AdamW::new(1e-3)); // they differ in what decay does
    /// ```
    type Rule: Rule<S>;

    /// The names of the state slices, in the order in which a step takes them. Errors use them, and so can checkpoints.
    ///
    /// ```
    /// use gradstep::{AdamW, Optimizer};
    ///
    /// assert_eq!(AdamW::STATE, ["m", "v"]);
    /// ```
    const STATE: [&'static str; S];

    /// What each state slice holds, in the same order.
    ///
    /// ```
    /// use gradstep::{Adam, Optimizer, Slot};
    ///
    /// assert_eq!(Adam::SLOTS, [Slot::Signed, Slot::SecondMoment]);
    /// ```
    const SLOTS: [Slot; S];

    /// What [`weight_decay`](Self::weight_decay) does.
    ///
    /// ```
    /// use gradstep::{Adam, AdamW, Decay, Optimizer};
    ///
    /// assert_eq!((Adam::DECAY, AdamW::DECAY), (Decay::Penalty, Decay::Shrink));
    /// ```
    const DECAY: Decay = Decay::Penalty;

    /// The learning rate η.
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// assert_eq!(Sgd::new(0.1).lr(), 0.1);
    /// ```
    #[must_use]
    fn lr(&self) -> f64;

    /// The same optimizer with the learning rate `lr`, as a schedule changes it from step to step.
    ///
    /// ```
    /// use gradstep::{AdamW, Optimizer, schedule::{Cosine, Schedule}};
    ///
    /// let (adamw, schedule) = (AdamW::new(1e-3), Cosine::new(1e-3, 100));
    /// let step = adamw.with_lr(schedule.at(7)?).at(7)?;
    /// # let _ = step;
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[must_use]
    fn with_lr(self, lr: f64) -> Self;

    /// The weight decay λ, which [`at`](Self::at) validates (finite, at least 0) and the step applies as
    /// [`DECAY`](Self::DECAY) says.
    ///
    /// ```
    /// use gradstep::{AdamW, Optimizer};
    ///
    /// assert_eq!(Optimizer::weight_decay(&AdamW::new(1e-3)), 0.01);
    /// ```
    #[must_use]
    fn weight_decay(&self) -> f64 {
        0.0
    }

    /// Whether to climb instead of descend. If so, the step negates each gradient first.
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// assert!(!Optimizer::maximize(&Sgd::new(0.1)));
    /// ```
    #[must_use]
    fn maximize(&self) -> bool {
        false
    }

    /// The scalars of step `t`, validated: all but `maximize` and, unless it is [`Decay::Own`], the weight decay, which
    /// [`at`](Self::at) sees to.
    ///
    /// # Errors
    ///
    /// [`Error::Hyperparameter`] for the first field that is out of its range, then for what is computed from several.
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    /// use std::num::NonZeroU64;
    ///
    /// assert!(Sgd::new(0.1).rule(NonZeroU64::MIN).is_ok());
    /// ```
    fn rule(&self, t: NonZeroU64) -> Result<Self::Rule, Error>;

    /// Step number `t`, where `t` counts the updates of the slices that the step will be applied to: 1, 2, …
    ///
    /// One step can be applied to any number of tensors or shards.
    ///
    /// # Errors
    ///
    /// [`Error::StepZero`], and [`Error::Hyperparameter`] for the first field that is out of its range: the fields of
    /// the optimizer in their order, then what is computed from them, and `weight_decay` last. ([`Error`] has the whole
    /// order.)
    ///
    /// ```
    /// use gradstep::{Error, Optimizer, Sgd};
    ///
    /// let [mut weights, mut biases] = [[1.0; 8], [0.0; 8]];
    /// let step = Sgd::new(0.5).at(1)?;
    /// step.apply(&mut weights, &[1.0; 8], [])?;
    /// step.apply(&mut biases, &[1.0; 8], [])?;
    /// assert_eq!((weights, biases), ([0.5; 8], [-0.5; 8]));
    /// assert_eq!(Sgd::new(0.5).at(0), Err(Error::StepZero));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    fn at(&self, t: u64) -> Result<Step<Self, S>, Error> {
        Step::new(self, NonZeroU64::new(t).ok_or(Error::StepZero)?)
    }

    /// Whether every step `t` would be legal: as [`at`](Self::at), for the first step and for the last.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at).
    ///
    /// ```
    /// use gradstep::{Adam, Optimizer};
    ///
    /// assert!(Adam::new(1e-3).validate().is_ok());
    /// assert!(Adam::new(1e-3).eps(-1.0).validate().is_err());
    /// ```
    fn validate(&self) -> Result<(), Error> {
        [NonZeroU64::MIN, NonZeroU64::MAX].into_iter().try_for_each(|t| Step::new(self, t).map(drop))
    }

    /// Sweeps a pass. The machine code lands where this is compiled: see [`placed_here`](crate::placed_here).
    #[doc(hidden)]
    fn __place<'p, 'a>(pass: Pass<'p, 'a, Self, &'a [f32], S>) -> Swept<'p> {
        pass.sweep()
    }

    /// Sweeps a pass that leaves the gradients at +0.
    #[doc(hidden)]
    fn __place_and_zero<'p, 'a>(pass: Pass<'p, 'a, Self, &'a mut [f32], S>) -> Swept<'p> {
        pass.sweep()
    }

    /// Sweeps a pass over slices in other formats than `f32`.
    #[cfg(feature = "storage")]
    #[doc(hidden)]
    fn __place_stored<'p>(pass: StoredPass<'p, '_, Self, S>) -> Swept<'p> {
        pass.sweep()
    }
}

/// In an `impl Optimizer<S>`, `placed_here!(S);` compiles the optimizer's loops in this crate: once, and optimized as this
/// crate is.
///
/// Without it they are compiled in every crate that applies a step, and without optimization if that is a debug build.
/// The optimizers of gradstep are placed in gradstep.
///
/// ```
/// use gradstep::{Error, Lanes, Optimizer, Rule, Slot};
/// use std::num::NonZeroU64;
///
/// #[derive(Clone, Copy)]
/// struct Descent {
///     lr: f32,
/// }
///
/// impl Optimizer<0> for Descent {
///     # type Rule = Self;
///     # const STATE: [&'static str; 0] = [];
///     # const SLOTS: [Slot; 0] = [];
///     # fn lr(&self) -> f64 { self.lr.into() }
///     # fn with_lr(self, lr: f64) -> Self { Self { lr: lr as f32 } }
///     # fn rule(&self, _: NonZeroU64) -> Result<Self, Error> { Ok(*self) }
///     // …
///     gradstep::placed_here!(0);
/// }
/// # impl Rule<0> for Descent {
/// #     fn state<L: Lanes>(&self, _: L, _: L, _: [L; 0]) -> [L; 0] { [] }
/// #     fn param<L: Lanes>(&self, p: L, g: L, _: [L; 0], _: [L; 0]) -> L { p - g * self.lr }
/// # }
/// let mut params = [1.0];
/// Descent { lr: 0.5 }.at(1)?.apply(&mut params, &[1.0], [])?;
/// assert_eq!(params, [0.5]);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! placed_here {
    ($S:literal) => {
        fn __place<'p, 'a>(
            pass: $crate::__placement::Pass<'p, 'a, Self, &'a [f32], $S>,
        ) -> $crate::__placement::Swept<'p> {
            pass.sweep()
        }

        fn __place_and_zero<'p, 'a>(
            pass: $crate::__placement::Pass<'p, 'a, Self, &'a mut [f32], $S>,
        ) -> $crate::__placement::Swept<'p> {
            pass.sweep()
        }

        $crate::__stored_placed_here!($S);
    };
}

pub(crate) use placed_here;

/// A macro of its own, because a `cfg` inside of `placed_here` would ask for a feature of the crate that calls it.
#[cfg(feature = "storage")]
#[doc(hidden)]
#[macro_export]
macro_rules! __stored_placed_here {
    ($S:literal) => {
        fn __place_stored<'p>(
            pass: $crate::__placement::StoredPass<'p, '_, Self, $S>,
        ) -> $crate::__placement::Swept<'p> {
            pass.sweep()
        }
    };
}

#[cfg(not(feature = "storage"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __stored_placed_here {
    ($S:literal) => {};
}

/// A step and the slices that it was checked with. Only a call of a [`Step`] makes one.
#[doc(hidden)]
pub struct Pass<'p, 'a, O: Optimizer<S>, G, const S: usize> {
    step: &'p Step<O, S>,
    slices: &'p mut Slices<'a, G, S>,
}

/// Proof that this very pass was swept. Invariant in `'p`, so that the proof of another pass does not fit.
#[doc(hidden)]
#[must_use]
pub struct Swept<'p>(PhantomData<fn(&'p ()) -> &'p ()>);

impl<'p, 'a, O: Optimizer<S>, G: Gradients<'a>, const S: usize> Pass<'p, 'a, O, G, S> {
    /// Takes the rule over all elements.
    #[inline(always)]
    pub fn sweep(self) -> Swept<'p> {
        let Step { rule, around, kind, isa, .. } = self.step;
        if const { matches!(O::DECAY, Decay::Shrink) } {
            update::<true, _, _, S>(*isa, *kind, rule, around, self.slices);
        } else {
            update::<false, _, _, S>(*isa, *kind, rule, around, self.slices);
        }
        Swept(PhantomData)
    }
}

/// A step and a piece of a tensor in any formats, which was checked. Only a call of a [`Step`] makes one.
#[cfg(feature = "storage")]
#[doc(hidden)]
pub struct StoredPass<'p, 'a, O: Optimizer<S>, const S: usize> {
    step: &'p Step<O, S>,
    piece: Stored<'a, S>,
}

#[cfg(feature = "storage")]
impl<'p, O: Optimizer<S>, const S: usize> StoredPass<'p, '_, O, S> {
    /// Takes the rule over all elements.
    #[inline(always)]
    pub fn sweep(self) -> Swept<'p> {
        if const { matches!(O::DECAY, Decay::Shrink) } {
            self.sweep_shrinking::<true>();
        } else {
            self.sweep_shrinking::<false>();
        }
        Swept(PhantomData)
    }

    #[inline(always)]
    fn sweep_shrinking<const SHRINK: bool>(self) {
        let Step { rule, around, kind, isa, .. } = self.step;
        let (isa, kind, piece) = (*isa, *kind, self.piece);
        if const { AllBf16::<O, S>::POSSIBLE } && kind.is_usual() && piece.is_all_bf16() {
            update_stored::<SHRINK, AllBf16<O, S>, _, S>(isa, kind, rule, around, piece);
        } else if const { InBf16::<O, S>::POSSIBLE } && piece.has_bf16_state() {
            update_stored::<SHRINK, InBf16<O, S>, _, S>(isa, kind, rule, around, piece);
        } else {
            update_stored::<SHRINK, InF32, _, S>(isa, kind, rule, around, piece);
        }
    }
}

/// All state in `f32`.
#[cfg(feature = "storage")]
struct InF32;

#[cfg(feature = "storage")]
impl Formats for InF32 {
    const BF16: [bool; MAX_STATE] = [false; MAX_STATE];
    const ALL: bool = false;
    type Bf16 = Bf16;
}

/// The state of `O` in bf16, but for what is exact.
#[cfg(feature = "storage")]
struct InBf16<O, const S: usize>(PhantomData<O>);

#[cfg(feature = "storage")]
impl<O: Optimizer<S>, const S: usize> InBf16<O, S> {
    /// How many slots are in bf16.
    const COUNT: usize = {
        let (mut count, mut slot) = (0, 0);
        while slot < S {
            count += !matches!(O::SLOTS[slot], Slot::Exact) as usize;
            slot += 1;
        }
        count
    };

    /// Whether there is such state: a loop for it is compiled only then.
    const POSSIBLE: bool = Self::COUNT > 0;
}

#[cfg(feature = "storage")]
impl<O: Optimizer<S>, const S: usize> Formats for InBf16<O, S> {
    const BF16: [bool; MAX_STATE] = {
        let mut bf16 = [false; MAX_STATE];
        let mut slot = 0;
        while slot < S {
            bf16[slot] = !matches!(O::SLOTS[slot], Slot::Exact);
            slot += 1;
        }
        bf16
    };
    const ALL: bool = false;
    type Bf16 = Bf16;
}

/// The state of `O`, and everything else, in bf16.
#[cfg(feature = "storage")]
struct AllBf16<O, const S: usize>(PhantomData<O>);

#[cfg(feature = "storage")]
impl<O: Optimizer<S>, const S: usize> AllBf16<O, S> {
    const POSSIBLE: bool = InBf16::<O, S>::COUNT == S;
}

#[cfg(feature = "storage")]
impl<O: Optimizer<S>, const S: usize> Formats for AllBf16<O, S> {
    const BF16: [bool; MAX_STATE] = InBf16::<O, S>::BF16;
    const ALL: bool = true;
    type Bf16 = Woven;
}

/// What a slice of state holds: which formats a [`Tensor`](crate::Tensor) may keep it in. A step in `f32` does not look at
/// it.
///
/// ```
/// use gradstep::{Momentum, Optimizer, Slot};
///
/// assert_eq!(Momentum::SLOTS, [Slot::Signed]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// Values of either sign, such as an average of gradients.
    Signed,
    /// Values that are never negative and change slowly, such as an average of squared gradients.
    SecondMoment,
    /// Values that must be kept exactly: a maximum, a step size, averages whose difference matters.
    Exact,
}

/// What a weight decay λ does.
///
/// ```
/// use gradstep::{AdamW, Decay, Optimizer};
///
/// assert_eq!(AdamW::DECAY, Decay::Shrink);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decay {
    /// It weighs an L2 penalty λ/2·‖θ‖², whose gradient λθ is added to g before the update.
    Penalty,
    /// It is decoupled from the gradient: the parameter is multiplied by 1 − ηλ before the update.
    Shrink,
    /// It is part of the optimizer's own formula.
    Own,
}

/// One update, from [`Optimizer::at`]: plain data that any number of calls (tensors, shards, threads) may use.
///
/// The builders add work to the same pass over memory. A step that only scales has a loop of its own; any other option
/// costs a few branches. Whatever the order of the builders, the gradient is scaled first and clamped second; only then
/// does the optimizer's formula begin.
///
/// Gradients of NaN and ∞ are not errors. They pass through the formula as IEEE 754 says, and reach parameters and
/// state unless a clamp stops the infinite ones. [`grads`](crate::grads) tells how to skip such a step.
///
/// ```
/// use gradstep::{Adam, Optimizer};
///
/// let [mut params, mut m, mut v] = [[0.0; 3]; 3];
/// let mut grads = [32.0, -6400.0, f32::INFINITY]; // sums over a batch of 32
/// Adam::new(1e-3)
///     .at(1)?
///     .scale_grads(1.0 / 32.0)
///     .clamp_grads(1.0)
///     .flush_subnormals()
///     .apply_and_zero(&mut params, &mut grads, [&mut m, &mut v])?;
/// assert_eq!(params, [-0.001, 0.001, -0.001]);
/// assert_eq!(grads, [0.0; 3]);
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a step does nothing until it is applied"]
pub struct Step<O: Optimizer<S>, const S: usize> {
    rule: O::Rule,
    around: Around,
    maximize: bool,
    /// The loop that `rule` and `around` need. Chosen when they change, not at each call, which would cost a short call
    /// a quarter.
    kind: LoopKind,
    isa: Isa,
    /// The noise of stochastic rounding is that of `t` and the seed.
    #[cfg(feature = "storage")]
    t: NonZeroU64,
    #[cfg(feature = "storage")]
    seed: u64,
    optimizer: PhantomData<O>,
}

impl<O: Optimizer<S>, const S: usize> Step<O, S> {
    fn new(optimizer: &O, t: NonZeroU64) -> Result<Self, Error> {
        const { assert!(S <= MAX_STATE, "an optimizer keeps at most MAX_STATE slices of state") }
        let rule = optimizer.rule(t)?;
        let mut around = Around::NOTHING;
        let maximize = optimizer.maximize();
        if maximize {
            around.scale = -1.0;
        }
        if const { !matches!(O::DECAY, Decay::Own) } {
            let decay = non_negative("weight_decay", optimizer.weight_decay())?;
            // λ itself must be an f32 whatever becomes of it, so that one value is legal for both kinds.
            let penalty = to_f32("weight_decay", decay, decay)?;
            match O::DECAY {
                Decay::Shrink => around.shrink = to_f32("weight_decay", decay, 1.0 - optimizer.lr() * decay)?,
                _ => around.penalty = penalty,
            }
        }
        let step = Self {
            rule,
            around,
            maximize,
            kind: LoopKind::General,
            isa: Isa::detect(),
            #[cfg(feature = "storage")]
            t,
            #[cfg(feature = "storage")]
            seed: 0,
            optimizer: PhantomData,
        };
        Ok(step.with_loop())
    }

    /// With the loop that it needs now.
    #[inline]
    fn with_loop(mut self) -> Self {
        self.kind = self.around.loop_kind(&self.rule);
        self
    }

    /// Multiplies each gradient by `scale`, once more if there is a scale already: 1/n for a mean over a batch, 1/s to
    /// undo a loss scale s, [`clip_factor`](crate::grads::clip_factor) to clip by the norm.
    ///
    /// The product is rounded to `f32` at each call; below 2⁻¹⁵⁰ it is 0. If it is infinite, [`apply`](Self::apply)
    /// refuses; if it is NaN, as `clip_factor` is where gradients are not finite, with
    /// [`Error::GradientsNotFinite`], and the step is to be skipped. (PyTorch's fused optimizers divide by their
    /// `grad_scale`.)
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd, grads};
    ///
    /// let (mut params, sum) = ([0.0; 2], [96.0, 128.0]); // over a batch of 32
    /// let factor = grads::clip_factor(grads::norm([sum]) / 32.0, 1.0);
    /// assert_eq!(factor, 0.2);
    /// Sgd::new(1.0).at(1)?.scale_grads(1.0 / 32.0).scale_grads(factor).apply(&mut params, &sum, [])?;
    /// assert_eq!(params, [-0.6, -0.8]);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn scale_grads(mut self, scale: f32) -> Self {
        self.around.scale *= scale;
        self.with_loop()
    }

    /// Clamps each gradient, after scaling, into [−`limit`, `limit`]. NaN stays NaN. Of several limits the lowest
    /// counts.
    ///
    /// A limit must be at least 0, or [`apply`](Self::apply) refuses. ∞ clamps nothing.
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// let mut params = [0.0; 3];
    /// Sgd::new(1.0).at(1)?.clamp_grads(0.5).apply(&mut params, &[0.25, -7.0, f32::INFINITY], [])?;
    /// assert_eq!(params, [-0.25, 0.5, -0.5]);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn clamp_grads(mut self, limit: f32) -> Self {
        // A limit that `apply` will refuse must not get lost.
        if limit < self.around.clamp || limit.is_nan() {
            self.around.clamp = limit;
        }
        self.with_loop()
    }

    /// Stores a new value of the state as +0.0 if it is below 2⁻¹²⁶ in magnitude. Only what is stored changes: this
    /// update still uses the value itself.
    ///
    /// Where gradients have died out (a dead unit, an unused embedding), state becomes subnormal, slows a processor
    /// down several times, and never decays to 0 by itself. Flushing changes √v by up to 1.1e-19, which means nothing
    /// as long as ε is far larger, as the default 1e-8 is. Do not combine it with a much smaller ε.
    ///
    /// ```
    /// use gradstep::{Momentum, Optimizer};
    ///
    /// let (mut params, mut velocity) = ([0.0], [f32::MIN_POSITIVE]);
    /// Momentum::new(0.1, 0.9).at(2)?.flush_subnormals().apply(&mut params, &[0.0], [&mut velocity])?;
    /// assert_eq!(velocity, [0.0]); // 0.9 of the smallest normal number is subnormal
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn flush_subnormals(mut self) -> Self {
        self.around.flush_subnormals = true;
        self.with_loop()
    }

    /// Uses this instruction set instead of [`Isa::detect`]. The bits are the same.
    ///
    /// ```
    /// use gradstep::{Adam, Isa, Optimizer};
    ///
    /// let run = |isa| {
    ///     let [mut params, mut m, mut v] = [[0.5; 100]; 3];
    ///     Adam::new(1e-3).at(7)?.on(isa).apply(&mut params, &[0.1; 100], [&mut m, &mut v])?;
    ///     Ok::<_, gradstep::Error>([params, m, v])
    /// };
    /// assert_eq!(run(Isa::detect())?, run(Isa::Scalar)?);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn on(mut self, isa: Isa) -> Self {
        self.isa = isa;
        self
    }

    /// Updates `params` and `state` in place, in one pass.
    ///
    /// All slices must be as long as `params`, which may be empty. `state` has the slices that [`Optimizer::STATE`]
    /// names, in that order.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] for the first slice of another length, `grads` before those of `state`; then
    /// [`Error::GradientsNotFinite`] if the scale is NaN, [`Error::Hyperparameter`] with the name `grad_scale` if it is
    /// infinite, then with `clamp_grads`. Nothing has been written then.
    ///
    /// # Panics
    ///
    /// Never.
    ///
    /// ```
    /// use gradstep::{Error, Momentum, Optimizer};
    ///
    /// let step = Momentum::new(0.5, 0.9).at(1)?;
    /// let [mut params, mut velocity] = [[1.0; 100], [0.0; 100]];
    /// step.apply(&mut params, &[1.0; 100], [&mut velocity])?;
    /// assert_eq!(params, [0.5; 100]);
    ///
    /// let refused = step.apply(&mut params, &[1.0; 99], [&mut velocity]);
    /// assert!(matches!(refused, Err(Error::Length { slice: "grads", .. })));
    /// assert_eq!(params, [0.5; 100]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn apply(&self, params: &mut [f32], grads: &[f32], state: [&mut [f32]; S]) -> Result<(), Error> {
        let mut slices = Slices { params, grads, state };
        self.check(&slices)?;
        let _ = O::__place(self.pass(&mut slices));
        Ok(())
    }

    /// As [`apply`](Self::apply), and every gradient is +0.0 afterwards, ready to be accumulated into.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply). Nothing has been written then, the gradients are as they were.
    ///
    /// # Panics
    ///
    /// Never.
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// let (mut params, mut grads) = ([1.0], [2.0]);
    /// Sgd::new(0.25).at(1)?.apply_and_zero(&mut params, &mut grads, [])?;
    /// assert_eq!((params, grads), ([0.5], [0.0]));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline]
    pub fn apply_and_zero(&self, params: &mut [f32], grads: &mut [f32], state: [&mut [f32]; S]) -> Result<(), Error> {
        let mut slices = Slices { params, grads, state };
        self.check(&slices)?;
        let _ = O::__place_and_zero(self.pass(&mut slices));
        Ok(())
    }

    /// Whether the slices and the options are as they must be.
    #[inline]
    pub(crate) fn check<'a, G: Gradients<'a>>(&self, slices: &Slices<'a, G, S>) -> Result<(), Error> {
        // Not by `?`: the errors would then share code ahead of the options, and a jump back to it looks like a loop.
        match check_lengths::<O, _, S>(slices) {
            Ok(()) => self.check_options(),
            refused => refused,
        }
    }

    /// Whether the options are as they must be.
    #[inline]
    fn check_options(&self) -> Result<(), Error> {
        let Around { scale, clamp, .. } = self.around;
        // By the bits, because in soft float each comparison is a call.
        let (magnitude, infinity) = (scale.to_bits() & (u32::MAX >> 1), f32::INFINITY.to_bits());
        if magnitude > infinity {
            return Err(Error::GradientsNotFinite);
        }
        // An error shows it as the caller wrote it.
        let scale = if self.maximize { -scale } else { scale };
        require("grad_scale", scale.into(), magnitude < infinity, "finite: it is the product of all scales")?;
        require("clamp_grads", clamp.into(), clamp >= 0.0, "at least 0")?;
        Ok(())
    }
    /// A pass over slices that were checked.
    #[inline(always)]
    pub(crate) fn pass<'p, 'a, G>(&'p self, slices: &'p mut Slices<'a, G, S>) -> Pass<'p, 'a, O, G, S> {
        Pass { step: self, slices }
    }

    /// A pass over a piece of a tensor that was checked.
    #[cfg(feature = "storage")]
    pub(crate) fn stored_pass<'a>(&self, piece: Stored<'a, S>) -> StoredPass<'_, 'a, O, S> {
        StoredPass { step: self, piece }
    }
}

/// Whether there is one of everything for each parameter.
#[inline]
fn check_lengths<'a, O: Optimizer<S>, G: Gradients<'a>, const S: usize>(
    slices: &Slices<'a, G, S>,
) -> Result<(), Error> {
    let n = slices.params.len();
    check_length("grads", slices.grads.len(), n)?;
    for (name, slice) in const { &O::STATE }.iter().zip(&slices.state) {
        check_length(name, slice.len(), n)?;
    }
    Ok(())
}

#[inline]
fn check_length(slice: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::Length { tensor: None, slice, expected, found }) }
}

/// Safe code outside cannot run a step that was not validated, nor over slices that were not checked. A pass is not made by
/// hand,
///
/// ```compile_fail,E0451
/// use gradstep::{__placement::Pass, Sgd, Step};
/// fn forge<'p, 'a>(step: &'p Step<Sgd, 0>) -> Pass<'p, 'a, Sgd, &'a [f32], 0> {
///     Pass { step, slices: todo!() }
/// }
/// ```
///
/// nor the proof that one was swept,
///
/// ```compile_fail,E0423
/// let swept = gradstep::__placement::Swept(Default::default());
/// ```
///
/// nor does the pass of one optimizer serve for another's,
///
/// ```compile_fail,E0308
/// use gradstep::{__placement::{Pass, Swept}, Momentum, Lion, Optimizer};
/// fn other<'p, 'a>(pass: Pass<'p, 'a, Lion, &'a [f32], 1>) -> Swept<'p> {
///     Momentum::__place(pass)
/// }
/// ```
///
/// nor an old proof for a new pass,
///
/// ```compile_fail
/// use gradstep::{__placement::{Pass, Swept}, Lion};
/// fn old<'p, 'a>(_: Pass<'p, 'a, Lion, &'a [f32], 1>, kept: Swept<'static>) -> Swept<'p> {
///     kept
/// }
/// ```
///
/// nor is there a step 0 for a rule,
///
/// ```compile_fail,E0308
/// use gradstep::{Optimizer, Sgd};
/// let rule = Sgd::new(0.1).rule(0);
/// ```
///
/// nor a step around a rule that was not validated,
///
/// ```compile_fail,E0451
/// use gradstep::{Optimizer, Sgd, Step};
/// let step = Step::<Sgd, 0> { rule: todo!(), ..Sgd::new(0.1).at(1).unwrap() };
/// ```
///
/// and no bound of a generic function leads to what loads a register.
///
/// ```compile_fail,E0599
/// fn load<L: gradstep::Lanes>(from: &[f32; 4]) -> L {
///     L::load((), from)
/// }
/// ```
///
/// The names above are right, for this compiles:
///
/// ```
/// use gradstep::{__placement::{Pass, Swept}, Momentum, Optimizer};
/// fn place<'p, 'a>(pass: Pass<'p, 'a, Momentum, &'a [f32], 1>) -> Swept<'p> {
///     Momentum::__place(pass)
/// }
/// ```
#[cfg(doctest)]
struct Unforgeable;
