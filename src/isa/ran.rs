//! Which backend ran, for the tests: a test that names a backend proves nothing about it unless it was that one.
//!
//! Behind the feature `_ran`, which is not part of the public face.

use super::{Cpu, Kernel};
use std::cell::Cell;

std::thread_local! {
    static RAN: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// A kernel that notes, when it begins, whose registers it was given.
pub struct Noted<K>(pub K);

impl<K: Kernel> Kernel for Noted<K> {
    type Output = K::Output;

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) -> K::Output {
        RAN.set(match RAN.get() {
            Some(other) if other != C::NAME => Some("several"),
            _ => Some(C::NAME),
        });
        self.0.run(cpu)
    }
}

/// The backend of all kernels that ran on this thread since the last call, by its name; `"several"` if they differ.
#[doc(hidden)]
pub fn ran() -> Option<&'static str> {
    RAN.take()
}
