//! Promise 3: nothing is allocated, whatever is called and whether it succeeds.

use std::hint::black_box;

use gradstep::schedule::{Cosine, Schedule, Warmup};
use gradstep::{Adam, Error, Isa, Optimizer, grads, split_state};
use gradstep_checks::allocation::{allocates_nothing, allocations};
use gradstep_checks::backends::backends;

gradstep_models::tests!(allocation: steps);

/// The counter counts.
#[test]
fn an_allocation_is_seen() {
    assert_eq!(allocations(|| drop(black_box(vec![1.0f32; 8]))), 1);
}

#[test]
fn what_stands_around_the_steps() {
    let (mut params, mut grads, mut arena) = ([0.5; 100], [0.25; 100], [0.0; 200]);
    allocates_nothing("a step over an arena", || {
        let [m, v] = split_state(&mut arena, 100)?;
        Adam::new(1e-3).at(1)?.apply_and_zero(&mut params, &mut grads, [m, v])
    });
    allocates_nothing("a rate", || Warmup::new(10, Cosine::new(1e-3, 90)).at(50));
    allocates_nothing("the backends", || {
        Isa::available().map(|isa| isa.name().len()).sum::<usize>() + Isa::detect().name().len()
    });
}

#[test]
fn gradient_tools() {
    let (mut sum, grads) = (vec![0.5f32; 10_000], vec![0.25f32; 10_000]);
    for isa in backends() {
        allocates_nothing("gradient tools", || {
            let tools = grads::on(isa);
            let norm = tools.norm([&grads[..], &grads[..77]]);
            tools.accumulate(&mut sum, &grads)?;
            tools.scale(&mut sum, grads::clip_factor(norm, 1.0))?;
            tools.clamp(&mut sum, 0.5)?;
            assert!(tools.all_finite([&sum]));
            Ok::<f64, Error>(tools.sum_of_squares([&sum]))
        });
    }
}
