//! Many small tensors: what a call costs on top of the work.
//!
//! 10,000 tensors of 10 elements in the natural loop, and the same 100,000 elements as one tensor.
//!
//! `cargo run --release --example many_tensors`

use gradstep::{Adam, Error, Momentum, Optimizer, Sgd};
use std::{array, hint::black_box, time::Instant};

const TENSORS: usize = 10_000;
const LEN: usize = 10;
const SWEEPS: usize = 200;

struct Tensor<const S: usize> {
    params: Vec<f32>,
    grads: Vec<f32>,
    state: [Vec<f32>; S],
}

impl<const S: usize> Tensor<S> {
    fn new(len: usize) -> Self {
        Self { params: vec![0.5; len], grads: vec![0.1; len], state: array::from_fn(|_| vec![0.0; len]) }
    }
}

/// Nanoseconds of one step of all `tensors`: the median of many.
fn time<O: Optimizer<S>, const S: usize>(optimizer: O, tensors: &mut [Tensor<S>]) -> Result<f64, Error> {
    let mut times = Vec::new();
    for t in 1..=SWEEPS as u64 {
        let start = Instant::now();
        let step = optimizer.at(t)?; // Once for all: the scalars are folded here.
        for Tensor { params, grads, state } in black_box(&mut *tensors) {
            step.apply(params, grads, state.each_mut().map(Vec::as_mut_slice))?;
        }
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(1e9 * times[SWEEPS / 2].as_secs_f64())
}

fn compare<O: Optimizer<S>, const S: usize>(name: &str, optimizer: O) -> Result<(), Error> {
    let mut many: Vec<_> = (0..TENSORS).map(|_| Tensor::new(LEN)).collect();
    let mut one = [Tensor::new(TENSORS * LEN)];
    let (many, one) = (time(optimizer, &mut many)? / TENSORS as f64, time(optimizer, &mut one)? / TENSORS as f64);
    println!("{name:9} {many:10.1} ns {one:18.1} ns {:15.1} ns", many - one);
    Ok(())
}

fn main() -> Result<(), Error> {
    println!("{TENSORS} tensors of {LEN} elements, on {}", gradstep::Isa::detect());
    println!("          a tensor   the work in one tensor   the call");
    compare("sgd", Sgd::new(1e-3))?;
    compare("momentum", Momentum::new(1e-3, 0.9))?;
    compare("adam", Adam::new(1e-3))
}
