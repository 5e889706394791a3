//! Clipping by the global norm, L2 decay, Adam and zeroing: the gradients are read twice, everything is written once.
//!
//! Beside it the same as a pass for each, which gives the same bits and takes longer.
//!
//! `cargo run --release --example clip`

use gradstep::{Adam, Error, Optimizer, grads};
use std::time::{Duration, Instant};

const MAX_NORM: f64 = 1.0;
const DECAY: f32 = 0.01;
/// More than the caches hold.
const TENSORS: [usize; 3] = [4 << 20, 3 << 20, 1 << 10];
const STEPS: u64 = 15;

#[derive(Clone, PartialEq)]
struct Tensor {
    params: Vec<f32>,
    grads: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
}

/// One pass for the norm, one for all the rest.
fn fused(t: u64, tensors: &mut [Tensor]) -> Result<(), Error> {
    let norm = grads::norm(tensors.iter().map(|tensor| &tensor.grads));
    let adam = Adam::new(1e-3).weight_decay(DECAY.into());
    let step = adam.at(t)?.scale_grads(grads::clip_factor(norm, MAX_NORM));
    for Tensor { params, grads, m, v } in tensors {
        step.apply_and_zero(params, grads, [m, v])?;
    }
    Ok(())
}

/// A pass for each: norm, clip, decay, Adam, zero.
fn separate(t: u64, tensors: &mut [Tensor]) -> Result<(), Error> {
    let norm = grads::norm(tensors.iter().map(|tensor| &tensor.grads));
    let step = Adam::new(1e-3).at(t)?;
    for Tensor { params, grads, m, v } in tensors {
        grads::scale(grads, grads::clip_factor(norm, MAX_NORM))?;
        for (grad, param) in grads.iter_mut().zip(&*params) {
            *grad += DECAY * param;
        }
        step.apply(params, grads, [m, v])?;
        grads.fill(0.0);
    }
    Ok(())
}

type Step = fn(u64, &mut [Tensor]) -> Result<(), Error>;

/// One step on new gradients, and the time it takes.
fn time(step: Step, t: u64, tensors: &mut [Tensor]) -> Result<Duration, Error> {
    let mut rng = fastrand::Rng::with_seed(t);
    for grad in tensors.iter_mut().flat_map(|tensor| &mut tensor.grads) {
        *grad = rng.f32() - 0.5; // Stands for the backward pass.
    }
    let start = Instant::now();
    step(t, tensors)?;
    Ok(start.elapsed())
}

fn main() -> Result<(), Error> {
    let mut one = TENSORS.map(|len| {
        let zeros = vec![0.0; len];
        Tensor { params: vec![0.5; len], grads: zeros.clone(), m: zeros.clone(), v: zeros }
    });
    let mut other = one.clone();
    let mut times = [Vec::new(), Vec::new()];
    for t in 1..=STEPS {
        times[0].push(time(fused, t, &mut one)?);
        times[1].push(time(separate, t, &mut other)?);
    }
    assert!(one == other, "both ways give the same bits");

    let [fused, separate] = times.map(|mut times| {
        times.sort_unstable();
        1e3 * times[times.len() / 2].as_secs_f64()
    });
    println!("{} elements in {} tensors, {STEPS} steps, the same bits", TENSORS.iter().sum::<usize>(), TENSORS.len());
    println!("norm, then one pass        {fused:6.1} ms a step");
    println!("norm, then a pass for each {separate:6.1} ms a step, × {:.2}", separate / fused);
    Ok(())
}
