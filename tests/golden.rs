//! The golden run on every backend of this machine. `tests/targets/run` has it run on other processors.

#[path = "golden/run.rs"]
mod run;

use gradstep::Isa;

#[test]
fn every_backend_has_the_golden_hashes() {
    for isa in Isa::available() {
        let found: Vec<_> = run::run(isa).map(|(part, hash)| format!("{part} {hash:016x}")).collect();
        assert!(run::holds(isa), "on {isa}: {found:#?}");
    }
}
