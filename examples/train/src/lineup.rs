//! Who trains what: two models, four optimizers.

use crate::{
    digits::{Digits, Set},
    network::Network,
    picture::{BLUE, GREEN, ORANGE, PURPLE, Stroke},
    training::{Recipe, Trainer, add_penalty},
};
use gradstep::{Adam, AdamW, AnyOptimizer, Isa, Momentum, Sgd, grads, schedule::Schedule};
use std::path::PathBuf;

pub struct Model {
    pub name: &'static str,
    pub hidden: &'static [usize],
    /// λ of the penalty ½λ‖θ‖² in the objective.
    pub penalty: f64,
}

/// Convex, and because of the penalty with one minimum.
pub const SOFTMAX: Model = Model { name: "softmax regression", hidden: &[], penalty: 1e-3 };
/// Not convex.
pub const RELU: Model = Model { name: "ReLU network", hidden: &[32, 32], penalty: 0.0 };
pub const MODELS: [&Model; 2] = [&SOFTMAX, &RELU];

/// The cross-entropy of a guess that gives each digit the same chance: ln 10.
pub const GUESS: f64 = std::f64::consts::LN_10;

/// An optimizer as it is used on a model. Learning rates come from a schedule.
#[derive(Clone, Copy)]
pub struct Contender {
    pub name: &'static str,
    pub stroke: Stroke,
    weights: AnyOptimizer,
    biases: AnyOptimizer,
    penalty: f64,
}

/// What all experiments share.
pub struct Lab {
    pub digits: Digits,
    pub isa: Isa,
    pub seed: u64,
    pub epochs: usize,
    pub out: PathBuf,
}

impl Model {
    /// SGD, momentum, Adam and AdamW.
    pub fn contenders(&self) -> [Contender; 4] {
        // The gradient of ½λ‖θ‖² is λθ, just what the weight decay of SGD, momentum and Adam adds to the gradient in the
        // pass of the step. AdamW's decay is something else: it goes around the division by √v, so that AdamW with decay
        // λ comes to rest elsewhere. To solve the same problem it decays nothing, and the gradient contains the penalty.
        //
        // Without a penalty, decay is a means against overfitting, and biases are left out of it.
        let lambda = self.penalty;
        let (coupled, decoupled, biases) = if lambda > 0.0 { (lambda, 0.0, 1.0) } else { (1e-4, 1e-2, 0.0) };
        let contender = |name, color, optimizer: fn(f64) -> AnyOptimizer, decay, penalty| Contender {
            name,
            stroke: Stroke { color, dashed: false },
            weights: optimizer(decay),
            biases: optimizer(decay * biases),
            penalty,
        };
        let sgd = |decay| Sgd::new(0.0).weight_decay(decay).into();
        let momentum = |decay| Momentum::new(0.0, 0.9).weight_decay(decay).into();
        let adam = |decay| Adam::new(0.0).weight_decay(decay).into();
        let adamw = |decay| AdamW::new(0.0).weight_decay(decay).into();
        let mut lineup = [
            contender("SGD", BLUE, sgd, coupled, 0.0),
            contender("momentum", GREEN, momentum, coupled, 0.0),
            contender("Adam", ORANGE, adam, coupled, 0.0),
            contender("AdamW", PURPLE, adamw, decoupled, lambda),
        ];
        lineup[3].stroke.dashed = true; // It often lies on Adam.
        lineup
    }

    /// What is minimised: the mean cross-entropy of `set` and the penalty.
    pub fn objective(&self, network: &mut Network, set: &Set) -> f64 {
        let squares = grads::sum_of_squares(network.tensors().map(|tensor| &tensor.values));
        network.score(set).loss + 0.5 * self.penalty * squares
    }

    /// The norm of the objective's gradient. Leaves the gradients zero.
    pub fn gradient_norm(&self, network: &mut Network, set: &Set) -> f64 {
        let n = set.len() as f64;
        network.add_gradient(set);
        add_penalty(network, self.penalty * n);
        let norm = grads::norm(network.tensors().map(|tensor| &tensor.grads)) / n;
        network.tensors_mut().for_each(|tensor| tensor.grads.fill(0.0));
        norm
    }
}

impl Contender {
    pub fn recipe<'a>(&self, schedule: &'a dyn Schedule, batch: usize) -> Recipe<'a> {
        let Self { weights, biases, penalty, .. } = *self;
        Recipe { weights, biases, penalty, schedule, batch, max_norm: f64::INFINITY }
    }
}

impl Lab {
    /// The same first parameters for every contender.
    pub fn network(&self, model: &Model) -> Network {
        Network::new(model.hidden, &mut fastrand::Rng::with_seed(self.seed))
    }

    pub fn trainer<'a>(&'a self, network: Network, recipe: Recipe<'a>) -> Trainer<'a> {
        Trainer::new(network, &self.digits.train, recipe, self.isa, self.seed)
    }
}
