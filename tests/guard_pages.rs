//! Slices right against memory that must not be touched: one byte too far at either end is a fault, not a wrong value.
#![cfg(not(miri))]

use gradstep::grads;
use gradstep_checks::backends::on;
use gradstep_checks::guard_pages::{Edge, Guarded, everywhere};
use gradstep_checks::written_out::assert_same;
use gradstep_checks::{Rng, norm};

gradstep_models::tests!(guard_pages: steps);

#[test]
fn gradient_tools_stay_within_their_slices() {
    let (mut room, mut other) = (Guarded::new(), Guarded::new());
    let mut rng = Rng::with_seed(7);
    everywhere(|isa, edge, n| {
        let values: Vec<f32> = (0..n).map(|_| rng.f32() - 0.5).collect();
        let what = format_args!("{isa}, {edge:?}, n = {n}");
        let x = room.place(edge, &values);
        on(isa, || {
            let tools = grads::on(isa);
            assert_eq!(tools.sum_of_squares([&x]), norm::sum_of_squares(&values), "{what}");
            assert!(tools.all_finite([&x]), "{what}");
            tools.scale(x, 3.0).unwrap();
            tools.clamp(x, 0.75).unwrap();
            tools.accumulate(x, other.place(edge, &values)).unwrap();
        });
        let expected: Vec<f32> = values.iter().map(|v| (3.0 * v).clamp(-0.75, 0.75) + v).collect();
        assert_same(x, &expected, what);
    });
}

/// The other tests prove something only if a touch of the guard is fatal.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn touching_a_guard_page_is_fatal() {
    use std::os::unix::process::ExitStatusExt;
    const SIGSEGV: i32 = 11;
    for edge in ["before", "after"] {
        let this = std::env::current_exe().unwrap();
        let child = std::process::Command::new(this)
            .args(["--exact", "guard_pages::touch", "--ignored"])
            .env("GRADSTEP_TOUCH", edge)
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(SIGSEGV), "one value {edge} the slice: {child:?}");
    }
}

#[test]
#[ignore = "dies: the child process of touching_a_guard_page_is_fatal"]
fn touch() {
    let before = std::env::var("GRADSTEP_TOUCH").is_ok_and(|edge| edge == "before");
    let mut guarded = Guarded::new();
    let slice = guarded.place(if before { Edge::Start } else { Edge::End }, &[0.0; 8]);
    let one_too_far = if before { slice.as_ptr().wrapping_sub(1) } else { slice.as_ptr().wrapping_add(8) };
    // SAFETY: none: this is the error that the guard pages are there to catch.
    std::hint::black_box(unsafe { one_too_far.read_volatile() });
}
