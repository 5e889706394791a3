//! Says which backends were not tested, so that nobody takes green for tested: the last program of `cargo test`, which
//! runs them in alphabetical order. Only the documentation's examples come after it.
//!
//! A test for each backend of the crate: ignored where this machine cannot run it, failed where it can and [`Isa`] does not
//! offer it.
//!
//! [`Isa`]: gradstep::Isa

mod common;

use common::backends::{backends, obstacles};
use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let trials = obstacles().map(|(name, obstacle)| {
        let offered = move || match backends().iter().any(|isa| isa.name() == name) {
            true => Ok(()),
            false => Err(obstacle.unwrap_or("not offered").into()),
        };
        Trial::test(name, offered).with_ignored_flag(obstacle.is_some())
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    // With a filter, the programs before this one left out what they left out.
    if !arguments.list && conclusion.num_filtered_out == 0 && !conclusion.has_failed() {
        let list = |entries: Vec<String>| entries.join(", ");
        let tested = obstacles().into_iter().filter(|(_, why)| why.is_none()).map(|(name, _)| name.into());
        let untested = obstacles().into_iter().filter_map(|(name, why)| Some(format!("{name} ({})", why?)));
        println!("tested here:     {}", list(tested.collect()));
        println!("NOT TESTED HERE: {}", list(untested.collect()));
        println!("                 tests/targets/run has them tested on emulated processors\n");
    }
    conclusion.exit();
}
