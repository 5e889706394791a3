//! A step: an optimizer's scalars at one `t`, with the options of the pass, ready to be applied to slices.

#[cfg(feature = "rayon")]
mod parallel;

use crate::fold::require;
use crate::isa::SIMD;
use crate::kernel::{General, Gradients, Options, Plain, Scaled, Slices, Update};
use crate::optim::{Folded, Optimizer, Rule};
use crate::{Error, Isa};
use core::marker::PhantomData;

/// One update, from [`Optimizer::at`]: plain data that any number of calls (tensors, shards, threads) may use.
///
/// The builders add work to the same pass over memory. A step that only scales has a loop of its own; any other option
/// costs a few branches. Whatever the order of the builders, the gradient is first scaled, then clamped, then the
/// optimizer's formula begins.
///
/// Gradients of NaN and ∞ are no error: they go through the formula as IEEE 754 says and reach parameters and state,
/// unless a clamp stops the infinite ones. To skip such a step see [`grads`](crate::grads).
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
    maximize: bool,
    options: General,
    isa: Isa,
    optimizer: PhantomData<O>,
}

impl<O: Optimizer<S>, const S: usize> Step<O, S> {
    pub(crate) fn new(folded: Folded<O::Rule>) -> Self {
        Self {
            rule: folded.rule,
            maximize: folded.maximize,
            options: General {
                scale: 1.0,
                clamp: f32::INFINITY,
                weight_decay: folded.weight_decay,
                flush_subnormals: false,
            },
            isa: Isa::detect(),
            optimizer: PhantomData,
        }
    }

    /// Multiplies each gradient by `scale`, once more if there is a scale already: 1/n for a mean over a batch, 1/s to
    /// undo a loss scale s, [`clip_factor`](crate::grads::clip_factor) to clip by the norm.
    ///
    /// The product, rounded to `f32` at each call, must be finite, or [`apply`](Self::apply) refuses and writes nothing:
    /// so it does on a NaN from `clip_factor`. To skip such a step match `Error::Hyperparameter { name: "grad_scale", .. }`,
    /// zero the gradients, and do not advance `t`. A product below 2⁻¹⁵⁰ is 0. (PyTorch's fused optimizers divide by their
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
        self.options.scale *= scale;
        self
    }

    /// Clamps each gradient, after scaling, into [−`limit`, `limit`]. NaN stays NaN. Of several limits the lowest counts.
    ///
    /// Must be at least 0, or [`apply`](Self::apply) refuses; ∞ clamps nothing.
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
        // A limit that will be refused stays.
        if limit < self.options.clamp || limit.is_nan() {
            self.options.clamp = limit;
        }
        self
    }

    /// Makes new values of the state below 2⁻¹²⁶ in magnitude +0.0.
    ///
    /// Where gradients have died out (a dead unit, an unused embedding) subnormal state slows a processor down several
    /// times, and never decays to 0 by itself. √v is then below 1.1e-19, so results keep their meaning only if ε is far
    /// above that, as the default 1e-8 is: do not combine this with a much smaller one.
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
        self.options.flush_subnormals = true;
        self
    }

    /// Uses this instruction set instead of [`Isa::detect`]. The results are the same bits.
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
    /// All slices have the length of `params`; 0 is fine. The slices of `state` are those that
    /// [`Optimizer::STATE`] names, in that order.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] for the first slice of another length, [`Error::Hyperparameter`] with the name `grad_scale` or
    /// `clamp_grads`. Nothing has been written then.
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
        O::update(self, &mut slices);
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
        O::update_and_zero(self, &mut slices);
        Ok(())
    }

    /// Whether the slices and the options are as they must be.
    #[inline]
    fn check<'a, G: Gradients<'a>>(&self, slices: &Slices<'a, G, S>) -> Result<(), Error> {
        let expected = slices.params.len();
        let length =
            |slice, found| if found == expected { Ok(()) } else { Err(Error::Length { slice, expected, found }) };
        length("grads", slices.grads.len())?;
        for (name, slice) in const { &O::STATE }.iter().zip(&slices.state) {
            length(name, slice.len())?;
        }
        let General { scale, clamp, .. } = self.options;
        require(
            "grad_scale",
            scale.into(),
            scale.is_finite(),
            "finite: it is the product of all scales, and clip_factor is NaN where gradients are not finite",
        )?;
        require("clamp_grads", clamp.into(), clamp >= 0.0, "at least 0")?;
        Ok(())
    }

    /// The whole step, of slices that were checked. Only [`Compiled`](crate::optim::Compiled) calls it.
    #[inline(always)]
    pub(crate) fn sweep<'a, G: Gradients<'a>>(&self, slices: &mut Slices<'a, G, S>) {
        let scale = if self.maximize { -self.options.scale } else { self.options.scale };
        let General { clamp, weight_decay, flush_subnormals, .. } = self.options;
        let plain = clamp == f32::INFINITY && weight_decay == 0.0 && !flush_subnormals && self.rule.is_plain();
        // A third loop is too much code for a microcontroller, where a multiplication by 1 is one cycle.
        if plain && SIMD && scale == 1.0 {
            self.sweep_with(Plain, slices);
        } else if plain {
            self.sweep_with(Scaled(scale), slices);
        } else {
            self.sweep_with(General { scale, ..self.options }, slices);
        }
    }

    #[inline(always)]
    fn sweep_with<'a, G: Gradients<'a>>(&self, options: impl Options, slices: &mut Slices<'a, G, S>) {
        self.isa.run(Update { rule: &self.rule, options, slices });
    }
}
