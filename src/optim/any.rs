//! The registry's product: one type for an optimizer that is chosen at run time.

/// From the list of optimizers to their compiled kernels, `AnyOptimizer` and `AnyStep`.
macro_rules! registry {
    ($($(#[$doc:meta])* $Variant:ident($Optimizer:ty, $S:literal), $name:literal, $example:expr;)*) => {
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

        impl AnyOptimizer {
            /// Every optimizer once, with learning rate 1e-3, momentum 0.9 and default options.
            ///
            /// ```
            /// let names: Vec<_> = gradstep::AnyOptimizer::ALL.iter().map(|optimizer| optimizer.name()).collect();
            /// assert_eq!(names, ["sgd", "momentum", "adam", "adamw", "amsgrad", "amsgradw"]);
            /// ```
            pub const ALL: &'static [Self] = &[$(Self::$Variant($example)),*];

            /// The one of [`ALL`](Self::ALL) with this [`name`](Self::name). Its learning rate is set by
            /// [`with_lr`](Self::with_lr); for other options build the optimizer itself and convert it.
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

            /// `"sgd"`, `"momentum"`, `"adam"`, `"adamw"`, `"amsgrad"` (over Adam) or `"amsgradw"` (over AdamW).
            ///
            /// ```
            /// use gradstep::{AnyOptimizer, Momentum};
            ///
            /// assert_eq!(AnyOptimizer::from(Momentum::new(0.1, 0.9)).name(), "momentum");
            /// ```
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant(_) => $name,)*
                }
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
                match self {
                    $(Self::$Variant(_) => &<$Optimizer as $crate::Optimizer<$S>>::STATE,)*
                }
            }

            /// As [`Optimizer::lr`].
            #[must_use]
            pub fn lr(&self) -> f64 {
                match self {
                    $(Self::$Variant(optimizer) => optimizer.lr(),)*
                }
            }

            /// As [`Optimizer::with_lr`].
            pub fn with_lr(self, lr: f64) -> Self {
                match self {
                    $(Self::$Variant(optimizer) => Self::$Variant(optimizer.with_lr(lr)),)*
                }
            }

            /// As [`Optimizer::at`].
            ///
            /// # Errors
            ///
            /// As [`Optimizer::at`].
            pub fn at(&self, t: u64) -> Result<AnyStep, $crate::Error> {
                match self {
                    $(Self::$Variant(optimizer) => optimizer.at(t).map(AnyStep::$Variant),)*
                }
            }
        }

        impl core::fmt::Display for AnyOptimizer {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.name())
            }
        }

        $(
            impl $crate::optim::Compiled<$S> for $Optimizer {
                fn update<'a>(step: &$crate::Step<Self, $S>, slices: &mut $crate::kernel::Slices<'a, &'a [f32], $S>) {
                    step.sweep(slices);
                }

                fn update_and_zero<'a>(step: &$crate::Step<Self, $S>, slices: &mut $crate::kernel::Slices<'a, &'a mut [f32], $S>) {
                    step.sweep(slices);
                }
            }

            impl From<$Optimizer> for AnyOptimizer {
                fn from(optimizer: $Optimizer) -> Self {
                    Self::$Variant(optimizer)
                }
            }
        )*

        /// One update of an [`AnyOptimizer`]: a [`Step`] whose number of state slices is known at run time.
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
            $($(#[$doc])* $Variant($crate::Step<$Optimizer, $S>),)*
        }

        impl AnyStep {
            /// As [`Step::scale_grads`].
            pub fn scale_grads(self, scale: f32) -> Self {
                match self {
                    $(Self::$Variant(step) => Self::$Variant(step.scale_grads(scale)),)*
                }
            }

            /// As [`Step::clamp_grads`].
            pub fn clamp_grads(self, limit: f32) -> Self {
                match self {
                    $(Self::$Variant(step) => Self::$Variant(step.clamp_grads(limit)),)*
                }
            }

            /// As [`Step::flush_subnormals`].
            pub fn flush_subnormals(self) -> Self {
                match self {
                    $(Self::$Variant(step) => Self::$Variant(step.flush_subnormals()),)*
                }
            }

            /// As [`Step::on`].
            pub fn on(self, isa: $crate::Isa) -> Self {
                match self {
                    $(Self::$Variant(step) => Self::$Variant(step.on(isa)),)*
                }
            }

            /// As [`Step::apply`], with as many `state` slices as [`AnyOptimizer::state`] names.
            ///
            /// # Errors
            ///
            /// [`Error::States`], else as [`Step::apply`].
            pub fn apply(&self, params: &mut [f32], grads: &[f32], state: &mut [&mut [f32]]) -> Result<(), $crate::Error> {
                match self {
                    $(Self::$Variant(step) => step.apply(params, grads, $crate::optim::any::exactly(state)?),)*
                }
            }

            /// As [`Step::apply_and_zero`], with as many `state` slices as [`AnyOptimizer::state`] names.
            ///
            /// # Errors
            ///
            /// [`Error::States`], else as [`Step::apply_and_zero`].
            pub fn apply_and_zero(&self, params: &mut [f32], grads: &mut [f32], state: &mut [&mut [f32]]) -> Result<(), $crate::Error> {
                match self {
                    $(Self::$Variant(step) => step.apply_and_zero(params, grads, $crate::optim::any::exactly(state)?),)*
                }
            }

            /// As [`Step::par_apply`], with as many `state` slices as [`AnyOptimizer::state`] names.
            ///
            /// # Errors
            ///
            /// [`Error::States`], else as [`Step::par_apply`].
            #[cfg(feature = "rayon")]
            pub fn par_apply(&self, params: &mut [f32], grads: &[f32], state: &mut [&mut [f32]]) -> Result<(), $crate::Error> {
                match self {
                    $(Self::$Variant(step) => step.par_apply(params, grads, $crate::optim::any::exactly(state)?),)*
                }
            }

            /// As [`Step::par_apply_and_zero`], with as many `state` slices as [`AnyOptimizer::state`] names.
            ///
            /// # Errors
            ///
            /// [`Error::States`], else as [`Step::par_apply_and_zero`].
            #[cfg(feature = "rayon")]
            pub fn par_apply_and_zero(&self, params: &mut [f32], grads: &mut [f32], state: &mut [&mut [f32]]) -> Result<(), $crate::Error> {
                match self {
                    $(Self::$Variant(step) => step.par_apply_and_zero(params, grads, $crate::optim::any::exactly(state)?),)*
                }
            }
        }
    };
}

pub(super) use registry;

use crate::Error;

/// The `S` slices of `state`.
pub(super) fn exactly<'a, const S: usize>(state: &'a mut [&mut [f32]]) -> Result<[&'a mut [f32]; S], Error> {
    let found = state.len();
    let state: &mut [&mut [f32]; S] = state.try_into().map_err(|_| Error::States { expected: S, found })?;
    Ok(state.each_mut().map(|slice| &mut **slice))
}
