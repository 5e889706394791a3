//! Prints backend, part and hash of every part of the golden run; exits with 0 if all are the golden ones.

#![no_std]
#![no_main]

#[path = "../../../../golden/run.rs"]
mod run;

use core::fmt::Write;

use gradstep::Isa;
use probe::Console;

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let mut same = true;
    for isa in Isa::available() {
        for (part, hash) in run::run(isa) {
            let _ = writeln!(Console, "{isa} {part} {hash:016x}");
        }
        same &= run::holds(isa);
    }
    probe::exit(same)
}
