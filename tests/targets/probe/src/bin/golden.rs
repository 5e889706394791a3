//! Prints backend, part and hash of every part of the golden run; exits with 0 if all are the golden ones.

#![no_std]
#![no_main]

use core::fmt::Write;

use gradstep::Isa;
use gradstep_checks::{Model, golden};
use gradstep_models::{Visitor, each};
use probe::Console;

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let mut same = true;
    for isa in Isa::available() {
        let mut run = Run { isa, same: true };
        each(&mut run);
        golden::other_parts(isa).for_each(|(part, found, golden)| run.part(part, found, golden));
        same &= run.same;
    }
    probe::exit(same)
}

struct Run {
    isa: Isa,
    same: bool,
}

impl Run {
    fn part(&mut self, part: &str, found: u64, golden: u64) {
        let _ = writeln!(Console, "{} {part} {found:016x}", self.isa);
        self.same &= found == golden;
    }
}

impl Visitor for Run {
    fn visit<M: Model<S>, const S: usize>(&mut self, name: &'static str) {
        self.part(name, golden::updates::<M, S>(self.isa), M::GOLDEN);
    }
}
