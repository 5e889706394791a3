//! Slices right against memory that must not be touched: one byte too far at either end is a fault, not a wrong value.
#![cfg(not(miri))]

mod common;

use common::backends::{available, on};
use common::bits::{Options, assert_same};
use common::run::{apply, configured, expected};
use common::{norm, tensors::Tensors};
use fastrand::Rng;
use gradstep::{AnyOptimizer, grads};
use region::Protection;

/// Every short length, and around the lengths from which a sweep first goes to a cache line, and prefetches.
fn lengths() -> impl Iterator<Item = usize> {
    (0..=200).chain(4095..=4096 + 32).chain(LONGEST - 34..=LONGEST)
}
const LONGEST: usize = (1 << 14) + 32;

/// Which edge of the accessible pages a slice lies against.
#[derive(Clone, Copy, Debug)]
enum Edge {
    Start,
    End,
}

/// Pages to read and write between two that fault.
struct Guarded {
    pages: region::Allocation,
}

impl Guarded {
    fn new() -> Self {
        let page = region::page::size();
        let room = (LONGEST * size_of::<f32>()).next_multiple_of(page);
        let pages = region::alloc(page + room + page, Protection::READ_WRITE).unwrap();
        for guard in [0, page + room] {
            // SAFETY: nothing refers to these pages.
            unsafe { region::protect(pages.as_ptr::<u8>().add(guard), page, Protection::NONE) }.unwrap();
        }
        Self { pages }
    }

    /// Room for `n` values, as they were left.
    fn slice(&mut self, edge: Edge, n: usize) -> &mut [f32] {
        assert!(n <= LONGEST);
        let page = region::page::size() / size_of::<f32>();
        let first = match edge {
            Edge::Start => page,
            Edge::End => self.pages.len() / size_of::<f32>() - page - n,
        };
        // SAFETY: the values lie in pages that may be accessed, exclusively through `self`, and any bits are an f32.
        unsafe { std::slice::from_raw_parts_mut(self.pages.as_mut_ptr::<f32>().add(first), n) }
    }

    fn place(&mut self, edge: Edge, values: &[f32]) -> &mut [f32] {
        let slice = self.slice(edge, values.len());
        slice.copy_from_slice(values);
        slice
    }
}

/// Calls `check` with every backend, both edges and every length.
fn everywhere(mut check: impl FnMut(gradstep::Isa, Edge, usize)) {
    for isa in available() {
        for edge in [Edge::Start, Edge::End] {
            lengths().for_each(|n| check(isa, edge, n));
        }
    }
}

#[test]
fn steps_stay_within_their_slices() {
    // The plain loop, the scaled one and the general one.
    let loops = [
        Options::NONE,
        Options { scale: 0.5, ..Options::NONE },
        Options { scale: 0.5, clamp: Some(0.25), flush: true },
    ];
    let mut guarded: [Guarded; 5] = std::array::from_fn(|_| Guarded::new());
    let mut rng = Rng::with_seed(6);
    for optimizer in AnyOptimizer::ALL {
        everywhere(|isa, edge, n| {
            let before = Tensors::random(&mut rng, optimizer, n);
            for (options, zero) in loops.into_iter().flat_map(|options| [(options, false), (options, true)]) {
                let after = expected(optimizer, 2, options, &before);
                let step = configured(optimizer, 2, options, isa).unwrap();

                let [params, grads, state @ ..] = &mut guarded;
                let params = params.place(edge, &before.params);
                let grads = grads.place(edge, &before.grads);
                let state = state.iter_mut().zip(&before.state);
                let mut state: Vec<&mut [f32]> = state.map(|(room, values)| room.place(edge, values)).collect();
                on(isa, || apply(&step, zero, params, grads, &mut state)).unwrap();

                let what = format_args!("{} on {isa}, {edge:?}, n = {n}, {options:?}", optimizer.name());
                assert_same(params, &after.params, what);
                state.iter().zip(&after.state).for_each(|(found, expected)| assert_same(found, expected, what));
            }
        });
    }
}

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
            .args(["--exact", "touch", "--ignored"])
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
    let slice = guarded.slice(if before { Edge::Start } else { Edge::End }, 8);
    let one_too_far = if before { slice.as_ptr().wrapping_sub(1) } else { slice.as_ptr().wrapping_add(8) };
    // SAFETY: none: this is the error that the guard pages are there to catch.
    std::hint::black_box(unsafe { one_too_far.read_volatile() });
}
