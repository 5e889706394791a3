//! The training loop: where the crate is used.

use crate::{
    digits::Set,
    network::{Network, Role},
};
use gradstep::{AnyOptimizer, AnyStep, Error, Isa, grads, schedule::Schedule};
use std::{
    array, iter,
    time::{Duration, Instant},
};

/// How a network is trained.
#[derive(Clone, Copy)]
pub struct Recipe<'a> {
    /// Two parameter groups: what decays the weights need not decay the biases.
    pub weights: AnyOptimizer,
    pub biases: AnyOptimizer,
    /// The λ of a penalty ½λ‖θ‖² that the gradient must contain because the optimizers' decay is not it.
    pub penalty: f64,
    /// The learning rate of both groups.
    pub schedule: &'a dyn Schedule,
    /// Images a step.
    pub batch: usize,
    /// A longer gradient is clipped to this norm.
    pub max_norm: f64,
}

pub struct Trainer<'a> {
    pub network: Network,
    recipe: Recipe<'a>,
    isa: Isa,
    /// For each tensor its state slices, one after the other.
    states: Vec<Vec<f32>>,
    /// Steps done.
    t: u64,
    batches: Batches<'a>,
    pub clock: Clock,
}

/// Batches drawn at random: the whole set in a new order, again and again.
struct Batches<'a> {
    set: &'a Set,
    size: usize,
    rng: fastrand::Rng,
    order: Vec<usize>,
    used: usize,
    batch: Set,
}

/// How long each step took.
#[derive(Default)]
pub struct Clock {
    steps: Vec<Duration>,
    /// Of that: norm, clip factor and update.
    optimizer: Vec<Duration>,
}

impl<'a> Trainer<'a> {
    pub fn new(network: Network, set: &'a Set, recipe: Recipe<'a>, isa: Isa, seed: u64) -> Self {
        // Both groups have the same optimizer but for the decay, and so the same state.
        let slices = recipe.weights.state().len();
        Self {
            states: network.tensors().map(|tensor| vec![0.0; slices * tensor.values.len()]).collect(),
            batches: Batches {
                set,
                size: recipe.batch,
                rng: fastrand::Rng::with_seed(seed),
                order: (0..set.len()).collect(),
                used: set.len(),
                batch: Set::default(),
            },
            network,
            recipe,
            isa,
            t: 0,
            clock: Clock::default(),
        }
    }

    /// Steps until every image has been seen once more.
    pub fn steps_per_epoch(&self) -> usize {
        self.batches.set.len().div_ceil(self.batches.size)
    }

    /// One epoch. A gradient that is not finite ends it with the error of the refused step: training has diverged.
    pub fn epoch(&mut self) -> Result<(), Error> {
        (0..self.steps_per_epoch()).try_for_each(|_| self.step())
    }

    /// One step on the next batch.
    pub fn step(&mut self) -> Result<(), Error> {
        let start = Instant::now();
        self.batches.draw();
        self.network.add_gradient(&self.batches.batch);
        if self.recipe.penalty != 0.0 {
            add_penalty(&mut self.network, self.recipe.penalty * self.batches.batch.len() as f64);
        }
        let backward = Instant::now();
        self.update()?;
        let end = Instant::now();
        self.clock.steps.push(end - start);
        self.clock.optimizer.push(end - backward);
        Ok(())
    }

    /// From the summed gradients to new parameters: the gradients are read twice, everything is written once.
    fn update(&mut self) -> Result<(), Error> {
        let t = self.t + 1;
        let lr = self.recipe.schedule.at(t)?;
        let mean = 1.0 / self.batches.batch.len() as f32;
        let norm = f64::from(mean) * grads::on(self.isa).norm(self.network.tensors().map(|tensor| &tensor.grads));
        let clip = grads::clip_factor(norm, self.recipe.max_norm);
        let step = |optimizer: AnyOptimizer| -> Result<AnyStep, Error> {
            Ok(optimizer.with_lr(lr).at(t)?.scale_grads(mean).scale_grads(clip).on(self.isa))
        };
        let (weights, biases) = (step(self.recipe.weights)?, step(self.recipe.biases)?);
        for (tensor, state) in iter::zip(self.network.tensors_mut(), &mut self.states) {
            let len = tensor.values.len();
            let slices = state.len() / len;
            let mut state = state.chunks_exact_mut(len);
            let mut state: [&mut [f32]; 3] = array::from_fn(|_| state.next().unwrap_or_default());
            let step = if tensor.role == Role::Weights { weights } else { biases };
            step.apply_and_zero(&mut tensor.values, &mut tensor.grads, &mut state[..slices])?;
        }
        self.t = t; // Not before: a step that was refused has not happened.
        Ok(())
    }
}

impl Clock {
    /// Microseconds of a step, and of these in the optimizer. Medians: other programs lengthen some steps.
    pub fn step(&self) -> (f64, f64) {
        let median = |times: &[Duration]| {
            let mut times = times.to_vec();
            times.sort_unstable();
            times.get(times.len() / 2).map_or(f64::NAN, |time| 1e6 * time.as_secs_f64())
        };
        (median(&self.steps), median(&self.optimizer))
    }
}

impl Batches<'_> {
    fn draw(&mut self) {
        if self.used == self.order.len() {
            self.rng.shuffle(&mut self.order);
            self.used = 0;
        }
        let rest = &self.order[self.used..];
        let drawn = &rest[..self.size.min(rest.len())];
        self.batch.gather(self.set, drawn);
        self.used += drawn.len();
    }
}

/// Adds the gradient of ½λ‖θ‖² to the gradients.
pub fn add_penalty(network: &mut Network, lambda: f64) {
    for tensor in network.tensors_mut() {
        for (grad, value) in iter::zip(&mut tensor.grads, &tensor.values) {
            *grad += lambda as f32 * value;
        }
    }
}
