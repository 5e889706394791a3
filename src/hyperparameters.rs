//! Hyper-parameters by name: for configuration files, other languages, and sweeps over them.

use crate::error::Error;

/// The hyper-parameters of an optimizer, by name.
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

    /// Whether it is 0 or 1 and nothing else.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd};
    ///
    /// assert_eq!(["lr", "maximize", "abacus"].map(Sgd::is_boolean), [false, true, false]);
    /// ```
    #[must_use]
    fn is_boolean(name: &str) -> bool;

    /// The value; `None` if there is none of this name.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd};
    ///
    /// assert_eq!(Sgd::new(0.1).get("lr"), Some(0.1));
    /// ```
    #[must_use]
    fn get(&self, name: &str) -> Option<f64>;

    /// The same optimizer with another value. Its range is not looked at here, since it may depend on the others':
    /// [`Optimizer::validate`](crate::Optimizer::validate) and [`Optimizer::at`](crate::Optimizer::at) do that.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownHyperparameter`]; [`Error::Hyperparameter`] for a boolean that is not 0 or 1.
    ///
    /// ```
    /// use gradstep::{Hyperparameters, Sgd};
    ///
    /// assert_eq!(Sgd::new(0.1).with("lr", 0.2), Ok(Sgd::new(0.2)));
    /// assert!(Sgd::new(0.1).with("maximize", 0.5).is_err());
    /// ```
    fn with(self, name: &str, value: f64) -> Result<Self, Error>;
}

/// A type of fields.
pub trait Value: Copy {
    const BOOLEAN: bool;

    fn to_f64(self) -> f64;

    fn from_f64(name: &'static str, value: f64) -> Result<Self, Error>;
}

impl Value for f64 {
    const BOOLEAN: bool = false;

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(_: &'static str, value: f64) -> Result<Self, Error> {
        Ok(value)
    }
}

impl Value for bool {
    const BOOLEAN: bool = true;

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

/// [`Hyperparameters`], and a builder for each but `lr`: [`builders!`](crate::builders::builders).
macro_rules! hyperparameters {
    // Fields of its own.
    ($Config:ident: $($(#[$example:meta])* $field:ident: $Type:ty),* $(,)?) => {
        $crate::builders::builders!($Config: $($(#[$example])* $field: $Type),*);

        impl $crate::hyperparameters::Hyperparameters for $Config {
            const NAMES: &'static [&'static str] = &["lr", $(stringify!($field)),*];

            fn is_boolean(name: &str) -> bool {
                match name {
                    $(stringify!($field) => <$Type as $crate::hyperparameters::Value>::BOOLEAN,)*
                    _ => false,
                }
            }

            fn get(&self, name: &str) -> Option<f64> {
                match name {
                    "lr" => Some(self.lr),
                    $(stringify!($field) => Some($crate::hyperparameters::Value::to_f64(self.$field)),)*
                    _ => None,
                }
            }

            fn with(mut self, name: &str, value: f64) -> Result<Self, $crate::error::Error> {
                match name {
                    "lr" => self.lr = value,
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
        $(; and its own: $($(#[$example:meta])* $own:ident: $Own:ty),* $(,)?)?
    ) => {
        $crate::builders::builders!($Config, of its $inner, $an $Inner: $($(#[$doc])* $field: $Type),*);
        $($crate::builders::builders!($Config: $($(#[$example])* $own: $Own),*);)?

        impl $crate::hyperparameters::Hyperparameters for $Config {
            const NAMES: &'static [&'static str] = &["lr", $(stringify!($field),)* $($(stringify!($own)),*)?];

            fn is_boolean(name: &str) -> bool {
                match name {
                    $($(stringify!($own) => <$Own as $crate::hyperparameters::Value>::BOOLEAN,)*)?
                    _ => <$Inner as $crate::hyperparameters::Hyperparameters>::is_boolean(name),
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

            fn is_boolean(name: &str) -> bool {
                B::is_boolean(name)
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

/// In an `impl Optimizer`: its learning rate, weight decay and direction are fields, its own or those of the field `$of`.
macro_rules! accessors {
    ($($of:ident)?) => {
        fn lr(&self) -> f64 {
            self.$($of.)?lr
        }

        fn with_lr(mut self, lr: f64) -> Self {
            self.$($of.)?lr = lr;
            self
        }

        fn weight_decay(&self) -> f64 {
            self.$($of.)?weight_decay
        }

        fn maximize(&self) -> bool {
            self.$($of.)?maximize
        }
    };
}
pub(crate) use accessors;
