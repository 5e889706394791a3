//! Builders of plain data: configurations of optimizers and schedules.

/// A `const` builder for each public field.
macro_rules! builders {
    ($Config:ident: $($field:ident: $Type:ty),* $(,)?) => {
        impl $Config {$(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self#structfield.", stringify!($field), ").")]
            pub const fn $field(mut self, $field: $Type) -> Self {
                self.$field = $field;
                self
            }
        )*}
    };
}
pub(crate) use builders;
