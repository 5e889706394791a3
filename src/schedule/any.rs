//! One type for a schedule that is chosen at run time.

use super::*;
use crate::hyperparameters::{FromRequired, Hyperparameters, ValueKind};
use core::fmt;

macro_rules! schedules {
    ($d:tt $($name:ident: $Schedule:ident;)*) => {
        /// Any schedule of this module that is a few numbers, chosen at run time. (Not [`MultiStep`], which borrows its
        /// milestones.)
        ///
        /// ```
        /// use gradstep::schedule::{AnySchedule, Cosine, Schedule};
        ///
        /// let (name, fields) = ("cosine", [("lr", 0.1), ("steps", 100.0), ("end_lr", 0.02)]); // from a configuration
        /// let schedule = AnySchedule::from_name(name, fields)?;
        /// assert_eq!(schedule, Cosine::new(0.1, 100).end_lr(0.02).into());
        /// assert_eq!(schedule.at(101)?, 0.02);
        /// # Ok::<(), gradstep::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[must_use]
        #[non_exhaustive]
        pub enum AnySchedule {
            $(#[doc = concat!("`", stringify!($name), "`")] $Schedule($Schedule),)*
        }

        $(
            impl From<$Schedule> for AnySchedule {
                fn from(schedule: $Schedule) -> Self {
                    Self::$Schedule(schedule)
                }
            }
        )*

        impl AnySchedule {
            /// The names of all.
            ///
            /// ```
            /// assert_eq!(gradstep::schedule::AnySchedule::NAMES[..2], ["constant", "step_decay"]);
            /// ```
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The name of this one.
            ///
            /// ```
            /// use gradstep::schedule::{AnySchedule, Cosine};
            ///
            /// assert_eq!(AnySchedule::from(Cosine::new(0.1, 100)).name(), "cosine");
            /// ```
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Schedule(_) => stringify!($name),)*
                }
            }

            /// The one with this name and these hyper-parameters; the others have their defaults. Of two values for one
            /// the last counts.
            ///
            /// ```
            /// use gradstep::schedule::{AnySchedule, StepDecay};
            ///
            /// let schedule = AnySchedule::from_name("step_decay", [("lr", 0.1), ("step_size", 30.0)])?;
            /// assert_eq!(schedule, StepDecay::new(0.1, 30).into());
            /// # Ok::<(), gradstep::Error>(())
            /// ```
            ///
            /// # Errors
            ///
            /// [`Error::UnknownName`]; [`Error::MissingHyperparameter`] for one that has no default; else as
            /// [`Hyperparameters::with`].
            pub fn from_name<'f>(
                name: &str,
                fields: impl IntoIterator<Item = (&'f str, f64), IntoIter: Clone>,
            ) -> Result<Self, Error> {
                let fields = fields.into_iter();
                let schedule = Self::with_defaults(name, |name| {
                    fields.clone().filter_map(|(field, value)| (field == name).then_some(value)).last()
                })?;
                fields.clone().try_fold(schedule, |schedule, (field, value)| schedule.with(field, value))
            }

            /// The one with this name, with what has no default.
            pub(crate) fn with_defaults(
                name: &str,
                given: impl Fn(&'static str) -> Option<f64>,
            ) -> Result<Self, Error> {
                match name {
                    $(stringify!($name) => $Schedule::from_required(given).map(Self::from),)*
                    _ => Err(Error::UnknownName { names: Self::NAMES }),
                }
            }
        }

        #[cfg(feature = "serde")]
        mod tables {
            use super::*;
            use $crate::serde::{Row, Values, any, table, value_of};

            $(
                table!($Schedule);

                impl Row for $Schedule {
                    const WHAT: &'static str = stringify!($name);

                    fn new(values: Values) -> Result<Self, Error> {
                        Self::from_required(|name| value_of(values, name))
                    }
                }
            )*

            any!(AnySchedule = "a schedule": $($Schedule),*);
        }

        macro_rules! each {
            ($d any:expr, $d of:ident => $d body:expr) => {
                match $d any {
                    $(AnySchedule::$Schedule($d of) => $d body,)*
                }
            };
        }
    };
}

schedules! { $
    constant: Constant;
    step_decay: StepDecay;
    exponential: Exponential;
    inverse_sqrt: InverseSqrt;
    polynomial: Polynomial;
    cosine: Cosine;
    cosine_restarts: CosineRestarts;
    one_cycle: OneCycle;
}

impl AnySchedule {
    /// The names of the hyper-parameters: [`Hyperparameters::NAMES`].
    ///
    /// ```
    /// use gradstep::schedule::{AnySchedule, Constant};
    ///
    /// assert_eq!(AnySchedule::from(Constant::new(0.1)).hyperparameters(), ["lr"]);
    /// ```
    #[must_use]
    pub const fn hyperparameters(&self) -> &'static [&'static str] {
        const fn of<T: Hyperparameters>(_: &T) -> &'static [&'static str] {
            T::NAMES
        }
        each!(self, schedule => of(schedule))
    }

    /// As [`Hyperparameters::kind`].
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<ValueKind> {
        fn of<T: Hyperparameters>(_: &T, name: &str) -> Option<ValueKind> {
            T::kind(name)
        }
        each!(self, schedule => of(schedule, name))
    }

    /// As [`Hyperparameters::get`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        each!(self, schedule => schedule.get(name))
    }

    /// As [`Hyperparameters::with`].
    ///
    /// # Errors
    ///
    /// As [`Hyperparameters::with`].
    pub fn with(self, name: &str, value: f64) -> Result<Self, Error> {
        Ok(each!(self, schedule => schedule.with(name, value)?.into()))
    }
}

impl Schedule for AnySchedule {
    fn at(&self, t: u64) -> Result<f64, Error> {
        each!(self, schedule => schedule.at(t))
    }
}

impl fmt::Display for AnySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(feature = "serde")]
impl AnySchedule {
    /// For a table.
    pub(crate) fn from_values(name: &str, values: crate::serde::Values) -> Result<Self, Error> {
        Self::with_defaults(name, |name| crate::serde::value_of(values, name))
    }
}
