//! Which backend ran, for the tests: a test that names a backend proves nothing about it unless it was that one.
//!
//! Behind the feature `_ran`, which is not part of the public face.

use std::cell::Cell;

std::thread_local! {
    static RAN: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Notes that the backend `name` begins a kernel on this thread.
pub fn note(name: &'static str) {
    RAN.set(match RAN.get() {
        Some(other) if other != name => Some("several"),
        _ => Some(name),
    });
}

/// The backend of all kernels that ran on this thread since the last call, by its name; `"several"` if they differ.
#[doc(hidden)]
pub fn ran() -> Option<&'static str> {
    RAN.take()
}
