//! The proofs of instruction sets that this target cannot have: types without a value.

use super::{Cpu, Isa, Kernel};

macro_rules! absent {
    ($($Name:ident)*) => {$(
        /// Proof that this processor has the instruction set: none can exist on this target.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $Name {}

        impl $Name {
            #[inline(always)]
            pub(super) const fn detect() -> Option<Self> {
                None
            }
        }

        impl Cpu for $Name {
            const NAME: &'static str = "absent";
            type Group = f32;
            #[cfg(feature = "storage")]
            type Stored = f32;
            type Squares = f64;

            #[inline(always)]
            fn run<K: Kernel>(self, _: K) -> K::Output {
                match self {}
            }
        }
    )*};
}

absent!(Avx2 Avx512);

impl Avx512 {
    #[inline(always)]
    pub(super) const fn narrower(self) -> Isa {
        match self {}
    }
}
