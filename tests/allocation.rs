//! Promise 3: nothing is allocated, whatever is called and whether it succeeds.

mod common;

use std::hint::black_box;

use allocation_counter::measure;
use common::backends::{available, backends};
use gradstep::schedule::{Cosine, Schedule, Warmup};
use gradstep::{Adam, AnyOptimizer, Error, Isa, Optimizer, grads, split_state};

#[track_caller]
fn allocates_nothing<R>(what: &str, call: impl FnOnce() -> R) {
    let counted = measure(|| {
        black_box(call());
    });
    assert_eq!(counted.count_total, 0, "{what}");
}

/// The counter counts.
#[test]
fn an_allocation_is_seen() {
    assert_eq!(measure(|| drop(black_box(vec![1.0f32; 8]))).count_total, 1);
}

#[test]
fn steps() {
    let isas = available();
    for optimizer in AnyOptimizer::ALL {
        for &isa in &isas {
            for n in [0, 1, 95, 5000] {
                let (mut params, mut grads) = (vec![0.5f32; n], vec![0.25f32; n]);
                let mut state = vec![vec![0.0f32; n]; optimizer.state().len()];
                let mut state: Vec<&mut [f32]> = state.iter_mut().map(|s| &mut s[..]).collect();
                allocates_nothing(optimizer.name(), || {
                    let step = optimizer.at(1)?.on(isa);
                    step.apply(&mut params, &grads, &mut state)?;
                    step.scale_grads(0.5).clamp_grads(1.0).flush_subnormals().apply_and_zero(
                        &mut params,
                        &mut grads,
                        &mut state,
                    )
                });
                allocates_nothing("a refused step", || {
                    assert!(matches!(optimizer.at(0), Err(Error::StepZero)));
                    assert!(optimizer.at(1)?.scale_grads(f32::NAN).apply(&mut params, &grads, &mut state).is_err());
                    optimizer.at(1)?.apply(&mut params, &[1.0; 3], &mut state)
                });
            }
        }
    }
}

#[test]
fn typed_steps_and_what_stands_around_them() {
    let (mut params, mut grads, mut arena) = ([0.5; 100], [0.25; 100], [0.0; 200]);
    allocates_nothing("a typed step", || {
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
