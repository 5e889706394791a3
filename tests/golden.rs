//! The golden run on every backend of this machine. `tests/targets/run` has it run on other processors.

use gradstep_checks::backends::backends;
use gradstep_checks::golden::other_parts;

gradstep_models::tests!(golden: hash);

#[test]
fn other_hashes() {
    for isa in backends() {
        for (part, found, golden) in other_parts(isa) {
            assert_eq!(found, golden, "{part} on {isa}: {found:#018x}");
        }
    }
}
