//! The digits networks with an optimizer chosen at run time, and what the page in this folder calls.

#![cfg_attr(target_family = "wasm", no_std)]

#[cfg(target_family = "wasm")]
mod exports;

use digits::{Network, Random, Relu, Softmax, TEST};
use gradstep::{AnyOptimizer, Error};

pub const BATCH: usize = 16;
/// The steps of a whole training.
pub const STEPS: u64 = 300;

/// One of the two models in training.
pub enum Training {
    Softmax(Run<Softmax>),
    Network(Run<Relu<16>>),
}

impl Training {
    /// `None` for a model that is not one of `MODELS`.
    pub fn new(model: &str, optimizer: AnyOptimizer) -> Option<Self> {
        match model {
            "softmax" => Some(Self::Softmax(Run::new(optimizer))),
            "network" => Some(Self::Network(Run::new(optimizer))),
            _ => None,
        }
    }

    /// One step; the mean loss of its batch before it.
    pub fn step(&mut self) -> Result<f32, Error> {
        match self {
            Self::Softmax(run) => run.step(),
            Self::Network(run) => run.step(),
        }
    }

    /// Right answers of the test digits, in percent.
    pub fn accuracy(&self) -> f32 {
        let (_, right) = match self {
            Self::Softmax(run) => run.params.test(TEST),
            Self::Network(run) => run.params.test(TEST),
        };
        right as f32 * 100.0 / TEST.len() as f32
    }

    pub fn hash(&self) -> u64 {
        match self {
            Self::Softmax(run) => run.params.hash(),
            Self::Network(run) => run.params.hash(),
        }
    }
}

/// Softmax regression, and 16 ReLU units before it.
pub const MODELS: [&str; 2] = ["softmax", "network"];

/// One model in training, with room for the state of any optimizer.
pub struct Run<N> {
    params: N,
    grads: N,
    state: [N; 3],
    optimizer: AnyOptimizer,
    random: Random,
    t: u64,
}

impl<N: Network> Run<N> {
    fn new(optimizer: AnyOptimizer) -> Self {
        let (mut params, mut random) = (N::ZERO, Random(1));
        params.randomize(&mut random);
        Self { params, grads: N::ZERO, state: [N::ZERO; 3], optimizer, random, t: 0 }
    }

    fn step(&mut self) -> Result<f32, Error> {
        let mut loss = 0.0;
        for _ in 0..BATCH {
            loss += self.params.backward(self.random.digit(), &mut self.grads);
        }
        self.t += 1;
        let step = self.optimizer.at(self.t)?.scale_grads(1.0 / BATCH as f32);
        let states = self.optimizer.state().len();
        let mut state = self.state.each_mut().map(N::tensors_mut);
        for (params, grads) in self.params.tensors_mut().zip(self.grads.tensors_mut()) {
            let mut slices = state.each_mut().map(|tensors| tensors.next().unwrap_or_default());
            step.apply_and_zero(params, grads, &mut slices[..states])?;
        }
        Ok(loss / BATCH as f32)
    }
}
