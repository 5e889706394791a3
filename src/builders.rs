//! Builders of plain data: configurations of optimizers and schedules.

/// A `const` builder for each public field. Above each stands the example of its documentation: what it changes.
macro_rules! builders {
    ($Config:ident: $($(#[$example:meta])* $field:ident: $Type:ty),* $(,)?) => {
        impl $Config {$(
            #[doc = concat!(" Sets [`", stringify!($field), "`](Self#structfield.", stringify!($field), ").")]
            #[doc = "\n ```\n # use gradstep::{*, schedule::*};"]
            $(#[$example])*
            #[doc = " # Ok::<(), Error>(())\n ```"]
            pub const fn $field(mut self, $field: $Type) -> Self {
                self.$field = $field;
                self
            }
        )*}
    };
    // Those of a configuration inside this one. What differs is said above.
    ($Config:ident, of its $inner:ident, $an:ident $Inner:ident: $($(#[$doc:meta])* $field:ident: $Type:ty),* $(,)?) => {
        impl $Config {$(
            #[doc = concat!(" As [`", stringify!($Inner), "::", stringify!($field), "`].")]
            $(#[$doc])*
            pub const fn $field(mut self, $field: $Type) -> Self {
                self.$inner.$field = $field;
                self
            }
        )*}
    };
}
pub(crate) use builders;
