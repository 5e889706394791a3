//! Training on a microcontroller: everything in static memory, the data in flash, no panic.
//!
//! The same program runs on the host, where it prints the same text, down to the hash of the parameters.

#![cfg_attr(target_os = "none", no_std)]

pub mod console;
#[cfg(target_os = "none")]
mod panic;

use console::{Decimal, Hex, println};
use digits::{Network, Random, TEST};
use gradstep::{Adam, Error, Momentum, Optimizer, Sgd, Step};

const BATCH: usize = 16;
const STEPS: u64 = 300;
/// How often the training says how it does, in steps.
const REPORT: u64 = 100;

/// All the memory of a training: the parameters, their gradients, and Adam's two slices of state.
pub struct Memory<N> {
    params: N,
    grads: N,
    state: [N; 2],
}

impl<N: Network> Memory<N> {
    pub const ZERO: Self = Self { params: N::ZERO, grads: N::ZERO, state: [N::ZERO; 2] };
}

/// Trains with one optimizer after the other.
pub fn compare<N: Network>(name: &str, memory: &mut Memory<N>) -> Result<(), Error> {
    println!("{}, sgd", name);
    train(Sgd::new(0.5), memory)?;
    println!("{}, momentum", name);
    train(Momentum::new(0.1, 0.9), memory)?;
    println!("{}, adam", name);
    train(Adam::new(0.01), memory)
}

/// Ends the program: on a target without an operating system, the debugger's or QEMU's session.
pub fn exit(ok: bool) -> ! {
    let status = i32::from(!ok);
    #[cfg(target_os = "none")]
    semihosting::process::exit(status);
    #[cfg(not(target_os = "none"))]
    std::process::exit(status)
}

/// Trains from a fresh start, and prints how it goes.
fn train<N: Network, O: Optimizer<S>, const S: usize>(optimizer: O, memory: &mut Memory<N>) -> Result<(), Error> {
    let Memory { params, grads, state } = memory;
    let Some(state) = state.first_chunk_mut::<S>() else { return Ok(()) };
    let mut random = Random(1);
    params.randomize(&mut random);
    grads.clear();
    state.iter_mut().for_each(N::clear);

    for t in 1..=STEPS {
        for _ in 0..BATCH {
            params.backward(random.digit(), grads);
        }
        // The clamp needs no second look at the gradients; their norm would be soft-float f64 for every element.
        let step = optimizer.at(t)?.scale_grads(1.0 / BATCH as f32).clamp_grads(1.0);
        update(&step, params, grads, state)?;

        if t % REPORT == 0 {
            let (loss, right) = params.test(TEST);
            let loss = Decimal((loss * 10_000.0) as u32, 4);
            let accuracy = Decimal(right * 1000 / TEST.len() as u32, 1);
            println!("  step {}: loss {}, accuracy {} %", t, loss, accuracy);
        }
    }
    println!("  parameters {}", Hex(params.hash()));
    Ok(())
}

/// One step of all tensors. The gradients are 0 afterwards, ready for the next batch.
fn update<N: Network, O: Optimizer<S>, const S: usize>(
    step: &Step<O, S>,
    params: &mut N,
    grads: &mut N,
    state: &mut [N; S],
) -> Result<(), Error> {
    let mut state = state.each_mut().map(N::tensors_mut);
    for (params, grads) in params.tensors_mut().zip(grads.tensors_mut()) {
        let state = state.each_mut().map(|tensors| tensors.next().unwrap_or_default());
        step.apply_and_zero(params, grads, state)?;
    }
    Ok(())
}
