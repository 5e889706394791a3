//! The registry: one type for an optimizer that is chosen at run time, and one for its step.

use super::each;
use super::{AnyOptimizer, AnyStep};
use crate::error::Error;
use crate::hyperparameters::{Hyperparameters, ValueKind};
use crate::isa::Isa;
use crate::optimizer::{Optimizer, Slot, Step};
use crate::sweep::MAX_STATE;
use crate::tensor::{AnyTensor, Grads, GradsMut, split_state};
use core::fmt;
use core::ops::{Deref, DerefMut};

/// From the rows in `optim.rs`, the two enums and what converts into them; `each!`, with which the methods below are
/// plain code; and, for the tests, the list of the rows.
macro_rules! registry {
    ($d:tt $($(#[$doc:meta])* $name:ident: $Variant:ident($Optimizer:ty, $S:literal) = $example:expr;)*) => {
        /// Any optimizer of this crate, chosen at run time: for frameworks and for callers from other languages.
        ///
        /// ```
        /// use gradstep::{Adam, AnyOptimizer, Sgd};
        ///
        /// let name = "adam"; // from a configuration
        /// let optimizer: AnyOptimizer = match name {
        ///     "sgd" => Sgd::new(0.1).into(),
        ///     "adam" => Adam::new(1e-3).betas(0.9, 0.99).into(),
        ///     other => AnyOptimizer::from_name(other).expect("the name of an optimizer"),
        /// };
        /// let mut params = vec![1.0; 100];
        /// let mut state: Vec<Vec<f32>> = optimizer.state().iter().map(|_| vec![0.0; 100]).collect();
        /// let mut state: Vec<&mut [f32]> = state.iter_mut().map(Vec::as_mut_slice).collect();
        /// optimizer.at(1)?.apply(&mut params, &[0.5; 100], &mut state)?;
        /// # Ok::<(), gradstep::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[must_use]
        #[non_exhaustive]
        pub enum AnyOptimizer {
            $($(#[$doc])* $Variant($Optimizer),)*
        }

        /// One update of an [`AnyOptimizer`]: a [`Step`](crate::Step) whose number of state slices is known at run
        /// time.
        ///
        /// ```
        /// use gradstep::{AnyOptimizer, Error, Momentum};
        ///
        /// let step = AnyOptimizer::from(Momentum::new(0.5, 0.9)).at(1)?.scale_grads(0.5).clamp_grads(1.0);
        /// let [mut params, mut grads, mut velocity] = [[1.0], [8.0], [0.0]];
        /// step.apply_and_zero(&mut params, &mut grads, &mut [&mut velocity])?;
        /// assert_eq!((params, grads, velocity), ([0.5], [0.0], [1.0]));
        ///
        /// let missing = step.apply(&mut params, &grads, &mut []).unwrap_err();
        /// assert_eq!(missing.to_string(), "the number of state slices is 0, but the optimizer keeps 1");
        /// # Ok::<(), Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[must_use = "a step does nothing until it is applied"]
        #[non_exhaustive]
        pub enum AnyStep {
            $($(#[$doc])* $Variant($crate::optimizer::Step<$Optimizer, $S>),)*
        }

        $(
            impl From<$Optimizer> for AnyOptimizer {
                fn from(optimizer: $Optimizer) -> Self {
                    Self::$Variant(optimizer)
                }
            }

            impl From<$crate::optimizer::Step<$Optimizer, $S>> for AnyStep {
                fn from(step: $crate::optimizer::Step<$Optimizer, $S>) -> Self {
                    Self::$Variant(step)
                }
            }
        )*

        impl AnyOptimizer {
            /// Every optimizer once, with learning rate 1e-3, momentum 0.9 and default options.
            ///
            /// ```
            /// let names: Vec<_> = gradstep::AnyOptimizer::ALL.iter().map(|optimizer| optimizer.name()).collect();
            /// assert_eq!(names[..3], ["sgd", "momentum", "adam"]);
            /// ```
            pub const ALL: &'static [Self] = &[$(Self::$Variant($example)),*];

            /// The names of all.
            ///
            /// ```
            /// assert_eq!(gradstep::AnyOptimizer::NAMES[..3], ["sgd", "momentum", "adam"]);
            /// ```
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The name in the registry: `"sgd"`, `"adam"`, `"amsgradw"` (AMSGrad over AdamW).
            ///
            /// ```
            /// use gradstep::{AnyOptimizer, Momentum};
            ///
            /// assert_eq!(AnyOptimizer::from(Momentum::new(0.1, 0.9)).name(), "momentum");
            /// ```
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant(_) => stringify!($name),)*
                }
            }
        }

        #[cfg(feature = "serde")]
        mod tables {
            use super::*;
            use $crate::serde::{Row, Values, any, given, table};

            $(
                table!($Optimizer);

                impl Row for $Optimizer {
                    const WHAT: &'static str = stringify!($name);

                    fn new(values: Values) -> Result<Self, $crate::error::Error> {
                        given(<Self as $crate::hyperparameters::Hyperparameters>::REQUIRED, values)?;
                        Ok($example)
                    }
                }
            )*

            any!(AnyOptimizer = "an optimizer": $($Optimizer),*);
        }

        /// `$body` for the optimizer or step in an `AnyOptimizer` or `AnyStep`.
        macro_rules! each {
            ($d Any:ident, $d any:expr, $d of:ident => $d body:expr) => {
                match $d any {
                    $($d Any::$Variant($d of) => $d body,)*
                }
            };
        }
        pub(crate) use each;

        /// Calls `callback! { context name Variant slots, … }` with the rows: for tests, which must not leave one out.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __registry {
            ($d($d callback:ident)::+ $d(, $d context:tt)?) => {
                $d($d callback)::+! { $d($d context)? $($name $Variant $S,)* }
            };
        }
    };
}
pub(super) use registry;

impl AnyOptimizer {
    /// The one of [`ALL`](Self::ALL) with this [`name`](Self::name): learning rate 1e-3, momentum 0.9, everything else
    /// as `new` has it. [`with`](Self::with) changes what it is to have.
    ///
    /// ```
    /// use gradstep::AnyOptimizer;
    ///
    /// let adamw = AnyOptimizer::from_name("adamw").map(|optimizer| optimizer.with_lr(1e-4));
    /// assert_eq!(adamw.map(|optimizer| optimizer.state()), Some(&["m", "v"][..]));
    /// assert_eq!(AnyOptimizer::from_name("abacus"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|optimizer| optimizer.name() == name)
    }

    /// The names of the state slices, in the order in which a step takes them: [`Optimizer::STATE`].
    ///
    /// ```
    /// use gradstep::{Adam, AnyOptimizer};
    ///
    /// let optimizer = AnyOptimizer::from(Adam::new(1e-3));
    /// let state: Vec<Vec<f32>> = optimizer.state().iter().map(|_| vec![0.0; 100]).collect();
    /// assert_eq!(state.len(), 2);
    /// ```
    #[must_use]
    pub const fn state(&self) -> &'static [&'static str] {
        const fn of<O: Optimizer<S>, const S: usize>(_: &O) -> &'static [&'static str] {
            &O::STATE
        }
        each!(AnyOptimizer, self, optimizer => of(optimizer))
    }

    /// What each state slice holds, in the same order: [`Optimizer::SLOTS`].
    ///
    /// ```
    /// use gradstep::{AnyOptimizer, Lion, Slot};
    ///
    /// assert_eq!(AnyOptimizer::from(Lion::new(1e-4)).slots(), [Slot::Signed]);
    /// ```
    #[must_use]
    pub const fn slots(&self) -> &'static [Slot] {
        const fn of<O: Optimizer<S>, const S: usize>(_: &O) -> &'static [Slot] {
            &O::SLOTS
        }
        each!(AnyOptimizer, self, optimizer => of(optimizer))
    }

    /// One flat buffer as the state slices of this optimizer, for `n` parameters: [`split_state`] for a number of
    /// slices that is known at run time.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] with the name `arena` unless `arena` has `n` elements for each name in [`state`](Self::state).
    ///
    /// ```
    /// use gradstep::{Adam, AnyOptimizer};
    ///
    /// let optimizer = AnyOptimizer::from(Adam::new(1e-3));
    /// let (mut params, mut arena) = ([1.0; 100], vec![0.0; 100 * optimizer.state().len()]);
    /// let mut state = optimizer.split_state(&mut arena, params.len())?;
    /// optimizer.at(1)?.apply(&mut params, &[0.5; 100], &mut state)?;
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn split_state<'a>(&self, arena: &'a mut [f32], n: usize) -> Result<StateSlices<'a>, Error> {
        fn of<'a, O: Optimizer<S>, const S: usize>(
            _: &O,
            arena: &'a mut [f32],
            n: usize,
        ) -> Result<StateSlices<'a>, Error> {
            Ok(StateSlices::new(split_state::<S>(arena, n)?))
        }
        each!(AnyOptimizer, self, optimizer => of(optimizer, arena, n))
    }

    /// The names of the hyper-parameters: [`Hyperparameters::NAMES`].
    ///
    /// ```
    /// use gradstep::{AnyOptimizer, Sgd};
    ///
    /// let sgd = AnyOptimizer::from(Sgd::new(0.1));
    /// assert_eq!(sgd.hyperparameters(), ["lr", "weight_decay", "maximize"]);
    /// ```
    #[must_use]
    pub const fn hyperparameters(&self) -> &'static [&'static str] {
        const fn of<O: Hyperparameters>(_: &O) -> &'static [&'static str] {
            O::NAMES
        }
        each!(AnyOptimizer, self, optimizer => of(optimizer))
    }

    /// Those that have no default: [`Hyperparameters::REQUIRED`].
    ///
    /// ```
    /// use gradstep::{AnyOptimizer, Momentum};
    ///
    /// assert_eq!(AnyOptimizer::from(Momentum::new(0.1, 0.9)).required(), ["lr", "momentum"]);
    /// ```
    #[must_use]
    pub const fn required(&self) -> &'static [&'static str] {
        const fn of<O: Hyperparameters>(_: &O) -> &'static [&'static str] {
            O::REQUIRED
        }
        each!(AnyOptimizer, self, optimizer => of(optimizer))
    }

    /// As [`Hyperparameters::kind`].
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<ValueKind> {
        fn of<O: Hyperparameters>(_: &O, name: &str) -> Option<ValueKind> {
            O::kind(name)
        }
        each!(AnyOptimizer, self, optimizer => of(optimizer, name))
    }

    /// As [`Hyperparameters::get`].
    ///
    /// ```
    /// use gradstep::{Adam, AnyOptimizer};
    ///
    /// let adam = AnyOptimizer::from(Adam::new(1e-3));
    /// assert_eq!((adam.get("beta1"), adam.get("beta3")), (Some(0.9), None));
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        each!(AnyOptimizer, self, optimizer => optimizer.get(name))
    }

    /// As [`Hyperparameters::with`]. It never changes which optimizer this is, nor its number of state slices.
    ///
    /// # Errors
    ///
    /// As [`Hyperparameters::with`].
    ///
    /// ```
    /// use gradstep::{Adam, AnyOptimizer};
    ///
    /// let adam = AnyOptimizer::from(Adam::new(1e-3)).with("beta1", 0.8)?;
    /// assert_eq!(adam, Adam::new(1e-3).beta1(0.8).into());
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn with(self, name: &str, value: f64) -> Result<Self, Error> {
        Ok(each!(AnyOptimizer, self, optimizer => optimizer.with(name, value)?.into()))
    }

    /// As [`Optimizer::validate`].
    ///
    /// # Errors
    ///
    /// As [`Optimizer::validate`].
    pub fn validate(&self) -> Result<(), Error> {
        each!(AnyOptimizer, self, optimizer => optimizer.validate())
    }

    /// As [`Optimizer::lr`].
    #[must_use]
    pub fn lr(&self) -> f64 {
        each!(AnyOptimizer, self, optimizer => optimizer.lr())
    }

    /// As [`Optimizer::with_lr`].
    pub fn with_lr(self, lr: f64) -> Self {
        each!(AnyOptimizer, self, optimizer => optimizer.with_lr(lr).into())
    }

    /// As [`Optimizer::at`].
    ///
    /// # Errors
    ///
    /// As [`Optimizer::at`].
    pub fn at(&self, t: u64) -> Result<AnyStep, Error> {
        each!(AnyOptimizer, self, optimizer => optimizer.at(t).map(AnyStep::from))
    }
}

#[cfg(feature = "serde")]
impl AnyOptimizer {
    /// For a table.
    pub(crate) fn from_values(name: &str, values: crate::serde::Values) -> Result<Self, Error> {
        let optimizer = Self::from_name(name).ok_or(Error::UnknownName { names: Self::NAMES })?;
        crate::serde::given(optimizer.required(), values)?;
        Ok(optimizer)
    }
}

impl fmt::Display for AnyOptimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The state slices of an [`AnyOptimizer`], from [`AnyOptimizer::split_state`]: a slice of slices, without an
/// allocation.
///
/// ```
/// use gradstep::{Adam, AnyOptimizer};
///
/// let mut arena = [0.0; 6];
/// let state = AnyOptimizer::from(Adam::new(1e-3)).split_state(&mut arena, 3)?;
/// assert_eq!((state.len(), state[0].len()), (2, 3));
/// # Ok::<(), gradstep::Error>(())
/// ```
#[derive(Debug)]
pub struct StateSlices<'a> {
    slices: [&'a mut [f32]; MAX_STATE],
    count: usize,
}

impl<'a> StateSlices<'a> {
    fn new<const S: usize>(given: [&'a mut [f32]; S]) -> Self {
        let mut slices = <[&mut [f32]; MAX_STATE]>::default();
        slices.iter_mut().zip(given).for_each(|(to, from)| *to = from);
        Self { slices, count: S }
    }
}

impl<'a> Deref for StateSlices<'a> {
    type Target = [&'a mut [f32]];

    fn deref(&self) -> &Self::Target {
        self.slices.get(..self.count).unwrap_or_default()
    }
}

impl DerefMut for StateSlices<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.slices.get_mut(..self.count).unwrap_or_default()
    }
}

impl AnyStep {
    /// As [`Step::scale_grads`](crate::Step::scale_grads).
    pub fn scale_grads(self, scale: f32) -> Self {
        each!(AnyStep, self, step => step.scale_grads(scale).into())
    }

    /// As [`Step::clamp_grads`](crate::Step::clamp_grads).
    pub fn clamp_grads(self, limit: f32) -> Self {
        each!(AnyStep, self, step => step.clamp_grads(limit).into())
    }

    /// As [`Step::flush_subnormals`](crate::Step::flush_subnormals).
    pub fn flush_subnormals(self) -> Self {
        each!(AnyStep, self, step => step.flush_subnormals().into())
    }

    /// As [`Step::on`](crate::Step::on).
    pub fn on(self, isa: Isa) -> Self {
        each!(AnyStep, self, step => step.on(isa).into())
    }

    /// The number of state slices that a call takes: that of [`AnyOptimizer::state`].
    ///
    /// ```
    /// use gradstep::{Adam, AnyOptimizer};
    ///
    /// assert_eq!(AnyOptimizer::from(Adam::new(1e-3)).at(1)?.state_len(), 2);
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[must_use]
    pub const fn state_len(&self) -> usize {
        self.slots().len()
    }

    /// As [`AnyOptimizer::slots`].
    #[must_use]
    pub const fn slots(&self) -> &'static [Slot] {
        const fn of<O: Optimizer<S>, const S: usize>(_: &Step<O, S>) -> &'static [Slot] {
            &O::SLOTS
        }
        each!(AnyStep, self, step => of(step))
    }

    /// As [`Step::apply`](crate::Step::apply), with as many `state` slices as [`AnyOptimizer::state`] names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::apply`](crate::Step::apply).
    #[inline]
    pub fn apply(&self, params: &mut [f32], grads: &[f32], state: &mut [&mut [f32]]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.apply(params, grads, exactly(state)?))
    }

    /// As [`Step::apply_and_zero`](crate::Step::apply_and_zero), with as many `state` slices as [`AnyOptimizer::state`]
    /// names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::apply_and_zero`](crate::Step::apply_and_zero).
    #[inline]
    pub fn apply_and_zero(&self, params: &mut [f32], grads: &mut [f32], state: &mut [&mut [f32]]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.apply_and_zero(params, grads, exactly(state)?))
    }

    /// As [`Step::par_apply`](crate::Step::par_apply), with as many `state` slices as [`AnyOptimizer::state`] names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::par_apply`](crate::Step::par_apply).
    #[cfg(feature = "rayon")]
    #[inline]
    pub fn par_apply(&self, params: &mut [f32], grads: &[f32], state: &mut [&mut [f32]]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.par_apply(params, grads, exactly(state)?))
    }

    /// As [`Step::par_apply_and_zero`](crate::Step::par_apply_and_zero), with as many `state` slices as
    /// [`AnyOptimizer::state`] names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::par_apply_and_zero`](crate::Step::par_apply_and_zero).
    #[cfg(feature = "rayon")]
    #[inline]
    pub fn par_apply_and_zero(
        &self,
        params: &mut [f32],
        grads: &mut [f32],
        state: &mut [&mut [f32]],
    ) -> Result<(), Error> {
        each!(AnyStep, self, step => step.par_apply_and_zero(params, grads, exactly(state)?))
    }
}

/// Many tensors in one call.
impl AnyStep {
    /// As [`Step::seed`](crate::Step::seed).
    #[cfg(feature = "storage")]
    pub fn seed(self, seed: u64) -> Self {
        each!(AnyStep, self, step => step.seed(seed).into())
    }

    /// As [`Step::apply_all`](crate::Step::apply_all), with as many state slices as [`AnyOptimizer::state`] names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::apply_all`](crate::Step::apply_all).
    #[inline]
    pub fn apply_all<'a, 's>(&self, tensors: &mut [AnyTensor<'a, 's, Grads<'a>>]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.update_all(tensors))
    }

    /// As [`Step::apply_all_and_zero`](crate::Step::apply_all_and_zero), with as many state slices as
    /// [`AnyOptimizer::state`] names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::apply_all`](crate::Step::apply_all).
    #[inline]
    pub fn apply_all_and_zero<'a, 's>(&self, tensors: &mut [AnyTensor<'a, 's, GradsMut<'a>>]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.update_all(tensors))
    }

    /// As [`Step::par_apply_all`](crate::Step::par_apply_all), with as many state slices as [`AnyOptimizer::state`]
    /// names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::apply_all`](crate::Step::apply_all).
    #[cfg(feature = "rayon")]
    #[inline]
    pub fn par_apply_all<'a, 's>(&self, tensors: &mut [AnyTensor<'a, 's, Grads<'a>>]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.par_update_all(tensors))
    }

    /// As [`Step::par_apply_all_and_zero`](crate::Step::par_apply_all_and_zero), with as many state slices as
    /// [`AnyOptimizer::state`] names.
    ///
    /// # Errors
    ///
    /// [`Error::States`], else as [`Step::apply_all`](crate::Step::apply_all).
    #[cfg(feature = "rayon")]
    #[inline]
    pub fn par_apply_all_and_zero<'a, 's>(&self, tensors: &mut [AnyTensor<'a, 's, GradsMut<'a>>]) -> Result<(), Error> {
        each!(AnyStep, self, step => step.par_update_all(tensors))
    }
}

/// The `S` slices of `state`.
fn exactly<'a, const S: usize>(state: &'a mut [&mut [f32]]) -> Result<[&'a mut [f32]; S], Error> {
    let found = state.len();
    let state: &mut [&mut [f32]; S] =
        state.try_into().map_err(|_| Error::States { tensor: None, expected: S, found })?;
    Ok(state.each_mut().map(|slice| &mut **slice))
}
