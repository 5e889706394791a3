//! Which backend ran, for the tests: a test that names a backend proves nothing about it unless it was that one.
//!
//! Behind the feature `_ran`, which is not part of the public face.

use super::{Cpu, Isa, Kernel};
use std::cell::Cell;

std::thread_local! {
    static RAN: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// A kernel that notes, when it begins, whose registers it was given.
pub struct Noted<K> {
    pub kernel: K,
    pub asked: Isa,
}

/// Slices shorter than the longest register may go to another backend than the one asked for.
const SHORT: usize = 16;

impl<K: Kernel> Kernel for Noted<K> {
    type Output = K::Output;

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) -> K::Output {
        let name = if self.kernel.elements() < SHORT { self.asked.name() } else { C::NAME };
        RAN.set(match RAN.get() {
            Some(other) if other != name => Some("several"),
            _ => Some(name),
        });
        self.kernel.run(cpu)
    }
}

/// The backend of all kernels that ran on this thread since the last call, by its name; `"several"` if they differ.
/// What is short counts as the work of the one that was asked for.
#[doc(hidden)]
pub fn ran() -> Option<&'static str> {
    RAN.take()
}
