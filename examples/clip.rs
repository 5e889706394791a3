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
const STEPS: u64 = 10;

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

/// The median time of a step.
fn time(tensors: &mut [Tensor], step: fn(u64, &mut [Tensor]) -> Result<(), Error>) -> Result<Duration, Error> {
    let mut times = Vec::new();
    for t in 1..=STEPS {
        let mut rng = fastrand::Rng::with_seed(t);
        for tensor in &mut *tensors {
            tensor.grads.iter_mut().for_each(|grad| *grad = rng.f32() - 0.5); // the backward pass
        }
        let start = Instant::now();
        step(t, tensors)?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn main() -> Result<(), Error> {
    let mut one = TENSORS.map(|len| {
        let zeros = vec![0.0; len];
        Tensor { params: vec![0.5; len], grads: zeros.clone(), m: zeros.clone(), v: zeros }
    });
    let mut other = one.clone();
    let (fused, separate) = (time(&mut one, fused)?, time(&mut other, separate)?);
    println!("{} elements in {} tensors, {STEPS} steps", TENSORS.iter().sum::<usize>(), TENSORS.len());
    println!("norm, then one pass       {:6.1} ms a step", 1e3 * fused.as_secs_f64());
    println!(
        "norm, then a pass for each{:6.1} ms a step, × {:.2}",
        1e3 * separate.as_secs_f64(),
        separate.as_secs_f64() / fused.as_secs_f64()
    );
    assert!(one == other, "both ways give the same bits");
    println!("the same bits");
    Ok(())
}
