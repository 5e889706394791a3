//! What is known of each optimizer beyond its code: a file each, by the names of the registry. An optimizer that has none
//! does not compile.

#![no_std]

use gradstep::AnyOptimizer;
use gradstep_checks::Model;

/// What is done with every model.
pub trait Visitor {
    /// Once for each optimizer, with its name.
    fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, name: &'static str);
}

macro_rules! models {
    ($($name:ident $Variant:ident $S:literal,)*) => {
        $(pub mod $name;)*

        /// The names of all optimizers.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Has all models visited, in the order of the registry.
        pub fn each(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name::Model, $S>(stringify!($name));)*
        }

        /// Has one model visited, of any number from 0 on.
        pub fn one(number: usize, visitor: &mut impl Visitor) {
            match NAMES[number % NAMES.len()] {
                $(name @ stringify!($name) => visitor.visit::<$name::Model, $S>(name),)*
                _ => unreachable!("a name of the registry"),
            }
        }
    };
}
gradstep::__registry!(models);

/// A test of each check for each optimizer, by their names: `tests!(identity: lengths, offsets)` has a test
/// `adam::lengths`, which calls `gradstep_checks::identity::lengths::<adam::Model, 2>()`.
#[macro_export]
macro_rules! tests {
    ($module:ident: $($check:ident),* $(,)?) => {
        ::gradstep::__registry!($crate::__tests_of_each, [$module $($check)*]);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests_of_each {
    ($checks:tt $($name:ident $Variant:ident $S:literal,)*) => {
        $(mod $name {
            $crate::__tests_of!($checks $name $S);
        })*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests_of {
    ([$module:ident $($check:ident)*] $name:ident $S:literal) => {
        $(#[test]
        fn $check() {
            ::gradstep_checks::$module::$check::<$crate::$name::Model, $S>();
        })*
    };
}
