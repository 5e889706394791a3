//! Says which backends were not tested, so that nobody takes green for tested: the last program of `cargo test`, which
//! runs them in alphabetical order. Only the documentation's examples come after it.
//!
//! It fails if this machine can run a backend that the crate does not offer, or the other way round.

use gradstep_checks::backends::{available, obstacles};

fn main() {
    let offered: Vec<_> = available().iter().map(|isa| isa.name()).collect();
    let untested: Vec<_> =
        obstacles().into_iter().filter_map(|(name, why)| Some(format!("{name} ({})", why?))).collect();
    println!("\ntested here:     {}", offered.join(", "));
    println!("NOT TESTED HERE: {}", untested.join(", "));
    println!("                 tests/targets/run has them tested on emulated processors\n");
}
