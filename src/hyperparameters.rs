//! Hyper-parameters by name: for configuration files, other languages, and sweeps over them.

use crate::error::Error;
use crate::scalars::require;

/// The hyper-parameters of an optimizer or of a schedule, by name.
///
/// A boolean counts as 0 or 1. Names are those of the fields, and the same for the whole family: those of
/// [`AdamW`](crate::AdamW) are [`Adam`](crate::Adam)'s.
///
/// ```
/// use gradstep::{AdamW, Hyperparameters};
///
/// let adamw = AdamW::new(1e-3).with("beta1", 0.8)?.with("maximize", 1.0)?;
/// assert_eq!(adamw, AdamW::new(1e-3).beta1(0.8).maximize(true));
/// assert_eq!((adamw.get("beta1"), adamw.get("beta3")), (Some(0.8), None));
///
/// let unknown = adamw.with("beta3", 0.8).unwrap_err();
/// assert_eq!(
///     unknown.to_string(),
///     "no hyper-parameter has this name; there are lr, beta1, beta2, eps, eps_root, bias_correction, weight_decay, maximize"
/// );
/// # Ok::<(), gradstep::Error>(())
/// ```
pub trait Hyperparameters: Copy {
    /// All names, the learning rate first.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd};
    ///
    /// assert_eq!(Sgd::NAMES, ["lr", "weight_decay", "maximize"]);
    /// ```
    const NAMES: &'static [&'static str];

    /// Those that have no default.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd, schedule::Cosine};
    ///
    /// assert_eq!((Sgd::REQUIRED, Cosine::REQUIRED), (&["lr"][..], &["lr", "steps"][..]));
    /// ```
    const REQUIRED: &'static [&'static str];

    /// What its values are; `None` if there is none of this name.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, ValueKind, Sgd};
    ///
    /// let kinds = ["lr", "maximize", "abacus"].map(Sgd::kind);
    /// assert_eq!(kinds, [Some(ValueKind::Real), Some(ValueKind::Boolean), None]);
    /// ```
    #[must_use]
    fn kind(name: &str) -> Option<ValueKind>;

    /// The value; `None` if there is none of this name.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd};
    ///
    /// assert_eq!(Sgd::new(0.1).get("lr"), Some(0.1));
    /// ```
    #[must_use]
    fn get(&self, name: &str) -> Option<f64>;

    /// The same with another value. Its range is not looked at here, since it may depend on the others':
    /// [`Optimizer::validate`](crate::Optimizer::validate) and [`Optimizer::at`](crate::Optimizer::at) do that.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHyperparameter`]; [`Error::Hyperparameter`] for a value that is none of its [`ValueKind`].
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd};
    ///
    /// assert_eq!(Sgd::new(0.1).with("lr", 0.2), Ok(Sgd::new(0.2)));
    /// assert!(Sgd::new(0.1).with("maximize", 0.5).is_err());
    /// ```
    fn with(self, name: &str, value: f64) -> Result<Self, Error>;
}

/// What the values of a hyper-parameter are. All are given and taken as `f64`.
///
/// ```
/// use gradstep::{Hyperparameters, ValueKind, schedule::OneCycle};
///
/// assert_eq!(OneCycle::kind("steps"), Some(ValueKind::Integer));
/// assert_eq!(OneCycle::kind("anneal"), Some(ValueKind::Choice(&["cosine", "linear"])));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueKind {
    /// Any `f64`.
    Real,
    /// A whole number, from 0 to 2⁵³.
    Integer,
    /// 0 or 1.
    Boolean,
    /// One of these, by its place in the list: 0, 1, …
    Choice(&'static [&'static str]),
}

/// A type that a hyper-parameter may have.
pub trait Value: Copy {
    const KIND: ValueKind;

    fn to_f64(self) -> f64;

    fn from_f64(name: &'static str, value: f64) -> Result<Self, Error>;
}

impl Value for f64 {
    const KIND: ValueKind = ValueKind::Real;

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(_: &'static str, value: f64) -> Result<Self, Error> {
        Ok(value)
    }
}

impl Value for u64 {
    const KIND: ValueKind = ValueKind::Integer;

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn from_f64(name: &'static str, value: f64) -> Result<Self, Error> {
        let whole = value as u64;
        require(name, value, whole as f64 == value && whole <= 1 << f64::MANTISSA_DIGITS, "a whole number up to 2^53")?;
        Ok(whole)
    }
}

impl Value for bool {
    const KIND: ValueKind = ValueKind::Boolean;

    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }

    fn from_f64(name: &'static str, value: f64) -> Result<Self, Error> {
        match value {
            0.0 => Ok(false),
            1.0 => Ok(true),
            _ => Err(Error::hyperparameter(name, value, "0 or 1")),
        }
    }
}

/// What has a `new` of all that is required.
pub trait FromRequired: Hyperparameters {
    /// Everything else has its default.
    fn from_required(given: impl Fn(&'static str) -> Option<f64>) -> Result<Self, Error>;
}

/// [`Hyperparameters`], and a builder for each that has a default: [`builders!`](crate::builders::builders).
macro_rules! hyperparameters {
    // Fields of its own, beside `lr`.
    ($Config:ident: $($(#[$example:meta])* $field:ident: $Type:ty),* $(,)?) => {
        $crate::hyperparameters::hyperparameters!($Config, from lr: f64; $($(#[$example])* $field: $Type),*);
    };
    // And others that have no default.
    ($Config:ident, from $($required:ident: $Required:ty),*; $($(#[$example:meta])* $field:ident: $Type:ty),* $(,)?) => {
        $crate::builders::builders!($Config: $($(#[$example])* $field: $Type),*);

        impl $crate::hyperparameters::FromRequired for $Config {
            fn from_required(given: impl Fn(&'static str) -> Option<f64>) -> Result<Self, $crate::error::Error> {
                Ok(Self::new($({
                    let name = stringify!($required);
                    let value = given(name).ok_or($crate::error::Error::MissingHyperparameter { name })?;
                    $crate::hyperparameters::Value::from_f64(name, value)?
                }),*))
            }
        }

        impl $crate::hyperparameters::Hyperparameters for $Config {
            const NAMES: &'static [&'static str] = &[$(stringify!($required),)* $(stringify!($field)),*];
            const REQUIRED: &'static [&'static str] = &[$(stringify!($required)),*];

            fn kind(name: &str) -> Option<$crate::hyperparameters::ValueKind> {
                match name {
                    $(stringify!($required) => Some(<$Required as $crate::hyperparameters::Value>::KIND),)*
                    $(stringify!($field) => Some(<$Type as $crate::hyperparameters::Value>::KIND),)*
                    _ => None,
                }
            }

            fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($required) => Some($crate::hyperparameters::Value::to_f64(self.$required)),)*
                    $(stringify!($field) => Some($crate::hyperparameters::Value::to_f64(self.$field)),)*
                    _ => None,
                }
            }

            fn with(mut self, name: &str, value: f64) -> Result<Self, $crate::error::Error> {
                match name {
                    $(stringify!($required) => {
                        self.$required = $crate::hyperparameters::Value::from_f64(stringify!($required), value)?
                    })*
                    $(stringify!($field) => {
                        self.$field = $crate::hyperparameters::Value::from_f64(stringify!($field), value)?
                    })*
                    _ => return Err($crate::error::Error::UnknownHyperparameter { names: Self::NAMES }),
                }
                Ok(self)
            }
        }
    };
    // Those of a configuration inside this one, and then its own.
    (
        $Config:ident, of its $inner:ident, $an:ident $Inner:ident:
        $($(#[$doc:meta])* $field:ident: $Type:ty),* $(,)?
        $(; and from its own: $($(#[$example:meta])* $own:ident: $Own:ty),* $(,)?)?
    ) => {
        $crate::builders::builders!($Config, of its $inner, $an $Inner: $($(#[$doc])* $field: $Type),*);
        $($crate::builders::builders!($Config: $($(#[$example])* $own: $Own),*);)?

        impl $crate::hyperparameters::Hyperparameters for $Config {
            const NAMES: &'static [&'static str] = &["lr", $(stringify!($field),)* $($(stringify!($own)),*)?];
            const REQUIRED: &'static [&'static str] = &["lr", $($(stringify!($own)),*)?];

            fn kind(name: &str) -> Option<$crate::hyperparameters::ValueKind> {
                match name {
                    $($(stringify!($own) => Some(<$Own as $crate::hyperparameters::Value>::KIND),)*)?
                    _ => <$Inner as $crate::hyperparameters::Hyperparameters>::kind(name),
                }
            }

            fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $($(stringify!($own) => Some($crate::hyperparameters::Value::to_f64(self.$own)),)*)?
                    _ => $crate::hyperparameters::Hyperparameters::get(&self.$inner, name),
                }
            }

            fn with(mut self, name: &str, value: f64) -> Result<Self, $crate::error::Error> {
                match name {
                    $($(stringify!($own) => {
                        self.$own = $crate::hyperparameters::Value::from_f64(stringify!($own), value)?
                    })*)?
                    _ if Self::NAMES.contains(&name) => {
                        self.$inner = $crate::hyperparameters::Hyperparameters::with(self.$inner, name, value)?;
                    }
                    _ => return Err($crate::error::Error::UnknownHyperparameter { names: Self::NAMES }),
                }
                Ok(self)
            }
        }
    };
    // All those of what it wraps.
    ($Config:ident<B>, of its $inner:ident) => {
        impl<B: $crate::hyperparameters::Hyperparameters> $crate::hyperparameters::Hyperparameters for $Config<B> {
            const NAMES: &'static [&'static str] = B::NAMES;
            const REQUIRED: &'static [&'static str] = B::REQUIRED;

            fn kind(name: &str) -> Option<$crate::hyperparameters::ValueKind> {
                B::kind(name)
            }

            fn get(&self, name: &str) -> Option<f64> {
                self.$inner.get(name)
            }

            fn with(self, name: &str, value: f64) -> Result<Self, $crate::error::Error> {
                Ok(Self { $inner: self.$inner.with(name, value)? })
            }
        }
    };
}
pub(crate) use hyperparameters;

/// In an `impl Optimizer`: its learning rate, weight decay and direction are fields, or those of the optimizer in its field
/// `$of`.
macro_rules! accessors {
    () => {
        fn lr(&self) -> f64 {
            self.lr
        }

        fn with_lr(self, lr: f64) -> Self {
            Self { lr, ..self }
        }

        fn weight_decay(&self) -> f64 {
            self.weight_decay
        }

        fn maximize(&self) -> bool {
            self.maximize
        }
    };
    ($of:ident) => {
        fn lr(&self) -> f64 {
            $crate::optimizer::Optimizer::lr(&self.$of)
        }

        fn with_lr(mut self, lr: f64) -> Self {
            self.$of = $crate::optimizer::Optimizer::with_lr(self.$of, lr);
            self
        }

        fn weight_decay(&self) -> f64 {
            $crate::optimizer::Optimizer::weight_decay(&self.$of)
        }

        fn maximize(&self) -> bool {
            $crate::optimizer::Optimizer::maximize(&self.$of)
        }
    };
}
pub(crate) use accessors;
