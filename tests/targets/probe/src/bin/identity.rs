//! Every backend against the written-out arithmetic, in 16 KB of memory: prints each backend and the number of its calls;
//! the first wrong bit is a panic.

#![no_std]
#![no_main]

use core::fmt::Write;

use gradstep::Isa;
use gradstep_checks::Model;
use gradstep_checks::identity::in_small_memory;
use gradstep_models::{Visitor, each};
use probe::Console;

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    for isa in Isa::available() {
        let mut run = Run { isa, calls: 0 };
        each(&mut run);
        let _ = writeln!(Console, "{isa} {}", run.calls);
    }
    probe::exit(true)
}

struct Run {
    isa: Isa,
    calls: usize,
}

impl Visitor for Run {
    fn visit<M: Model<S>, const S: usize>(&mut self, _: &'static str) {
        self.calls += in_small_memory::<M, S>(self.isa);
    }
}
