//! Promise 1: the same bits on every backend, at every length and alignment, and however the slices are split; and
//! they are the bits of the written-out arithmetic.

use std::io::Write;

use gradstep::Isa;
use gradstep_checks::backends::available;

gradstep_models::tests!(identity: small_memory, lengths, offsets, long_slices, splits, special_pairs, usual_rule, builders);

#[test]
fn every_backend_of_this_machine_runs() {
    let names: Vec<_> = available().iter().map(|isa| isa.name()).collect();
    // Past the capture of the test harness: a run always says what it ran.
    writeln!(std::io::stderr(), "\nbackends tested: {}", names.join(", ")).unwrap();
    for (isa, name) in available().into_iter().zip(names) {
        assert_eq!(Isa::from_name(name), Some(isa));
        assert_eq!(isa.to_string(), name);
    }
    assert_eq!(Isa::from_name("mmx"), None);
}
