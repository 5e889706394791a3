//! Every backend against the written-out arithmetic, in 16 KB of memory: prints each backend and the number of its calls;
//! the first wrong bit is a panic.

#![no_std]
#![no_main]

use core::fmt::Write;

use gradstep::Isa;
use gradstep_checks::Model;
use gradstep_checks::identity::in_small_memory;
use gradstep_models::{Visitor, each};
use my_optimizers::Yogi;
use probe::Console;

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    for isa in Isa::available() {
        let mut run = Run { isa, calls: 0 };
        each(&mut run);
        run.visit_own();
        let _ = writeln!(Console, "{isa} {}", run.calls);
    }
    probe::exit(true)
}

struct Run {
    isa: Isa,
    calls: usize,
}

impl Run {
    /// An optimizer of another crate.
    fn visit_own(&mut self) {
        self.calls += in_small_memory::<Own, 2>(self.isa);
    }
}

struct Own;

impl Model<2> for Own {
    type Optimizer = Yogi;

    fn cases() -> impl Iterator<Item = (&'static str, Yogi)> {
        let yogi = Yogi::new(1e-2);
        [("default", yogi), ("weight decay", Yogi { weight_decay: 0.1, ..yogi })].into_iter()
    }

    fn reference(_: &Yogi, _: u64, _: &mut [f64], _: &[f64], _: [&mut [f64]; 2]) {
        unreachable!("bits are compared, not values");
    }
}

impl Visitor for Run {
    fn visit<M: Model<S>, const S: usize>(&mut self, _: &'static str) {
        self.calls += in_small_memory::<M, S>(self.isa);
    }
}
