//! Dense layers with ReLU between them: forward and backward. Without a hidden layer this is softmax regression.

use crate::digits::{CLASSES, PIXELS, Set};

/// One array of parameters and its gradients: what an optimizer is given.
pub struct Tensor {
    pub role: Role,
    pub values: Vec<f32>,
    /// Gradients are *added* here; whoever has used them sets them back to zero.
    pub grads: Vec<f32>,
}

/// What a tensor is for: its parameter group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Weights,
    Biases,
}

struct Dense {
    /// A row of `outputs` for each input.
    weights: Tensor,
    biases: Tensor,
}

pub struct Network {
    layers: Vec<Dense>,
    /// What goes into each layer, then what comes out of the last: a row for each image.
    activations: Vec<Vec<f32>>,
    /// The gradients of what comes out of a layer and of what went into it.
    deltas: [Vec<f32>; 2],
}

/// How well a network does on a set.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Share of the images read rightly.
    pub accuracy: f64,
}

impl Tensor {
    /// Uniform within ±1/√inputs, as PyTorch's `nn.Linear` begins.
    fn new(role: Role, len: usize, inputs: usize, rng: &mut fastrand::Rng) -> Self {
        let bound = 1.0 / (inputs as f32).sqrt();
        let values = (0..len).map(|_| bound * (2.0 * rng.f32() - 1.0)).collect();
        Self { role, values, grads: vec![0.0; len] }
    }
}

impl Dense {
    fn new(inputs: usize, outputs: usize, rng: &mut fastrand::Rng) -> Self {
        Self {
            weights: Tensor::new(Role::Weights, inputs * outputs, inputs, rng),
            biases: Tensor::new(Role::Biases, outputs, inputs, rng),
        }
    }

    fn outputs(&self) -> usize {
        self.biases.values.len()
    }

    fn inputs(&self) -> usize {
        self.weights.values.len() / self.outputs()
    }

    /// `y = x W + b`
    fn forward(&self, x: &[f32], y: &mut Vec<f32>) {
        y.clear();
        for x in x.chunks_exact(self.inputs()) {
            let row = y.len();
            y.extend_from_slice(&self.biases.values);
            for (&x, w) in x.iter().zip(self.weights.values.chunks_exact(self.outputs())) {
                add_scaled(&mut y[row..], x, w);
            }
        }
    }

    /// `dW += xᵀ dy`, `db += dy`
    fn add_gradient(&mut self, x: &[f32], dy: &[f32]) {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        for (x, dy) in x.chunks_exact(inputs).zip(dy.chunks_exact(outputs)) {
            add_scaled(&mut self.biases.grads, 1.0, dy);
            for (&x, dw) in x.iter().zip(self.weights.grads.chunks_exact_mut(outputs)) {
                add_scaled(dw, x, dy);
            }
        }
    }

    /// `dx = dy Wᵀ` where the ReLU let `x` through, else 0
    fn backward(&self, x: &[f32], dy: &[f32], dx: &mut Vec<f32>) {
        dx.clear();
        for (x, dy) in x.chunks_exact(self.inputs()).zip(dy.chunks_exact(self.outputs())) {
            let columns = self.weights.values.chunks_exact(self.outputs());
            dx.extend(x.iter().zip(columns).map(|(&x, w)| if x > 0.0 { dot(w, dy) } else { 0.0 }));
        }
    }
}

impl Network {
    pub fn new(hidden: &[usize], rng: &mut fastrand::Rng) -> Self {
        let sizes: Vec<_> = [PIXELS].iter().chain(hidden).chain([&CLASSES]).copied().collect();
        let layers: Vec<_> = sizes.windows(2).map(|io| Dense::new(io[0], io[1], rng)).collect();
        Self { activations: vec![Vec::new(); sizes.len()], deltas: Default::default(), layers }
    }

    /// Each layer's weights, then its biases.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().flat_map(|layer| [&layer.weights, &layer.biases])
    }

    pub fn tensors_mut(&mut self) -> impl Iterator<Item = &mut Tensor> {
        self.layers.iter_mut().flat_map(|layer| [&mut layer.weights, &mut layer.biases])
    }

    pub fn score(&mut self, set: &Set) -> Score {
        self.forward(set.pixels());
        let (mut loss, mut right) = (0.0, 0);
        for (logits, label) in self.logits().chunks_exact(CLASSES).zip(set.labels()) {
            loss += f64::from(log_sum_exp(logits) - logits[label]);
            // A tie counts as wrong, and so does NaN.
            right += usize::from((0..CLASSES).all(|k| k == label || logits[k] < logits[label]));
        }
        let n = set.len() as f64;
        Score { loss: loss / n, accuracy: right as f64 / n }
    }

    /// Adds the gradient of the *sum* of the cross-entropies of `set` to the gradients.
    pub fn add_gradient(&mut self, set: &Set) {
        self.forward(set.pixels());
        let [dy, dx] = &mut self.deltas;
        dy.clear();
        for (logits, label) in self.activations[self.layers.len()].chunks_exact(CLASSES).zip(set.labels()) {
            let (row, log_sum) = (dy.len(), log_sum_exp(logits));
            dy.extend(logits.iter().map(|z| (z - log_sum).exp()));
            dy[row + label] -= 1.0;
        }
        for (i, layer) in self.layers.iter_mut().enumerate().rev() {
            let x = &self.activations[i];
            layer.add_gradient(x, dy);
            if i > 0 {
                layer.backward(x, dy, dx);
                std::mem::swap(dy, dx);
            }
        }
    }

    fn forward(&mut self, pixels: &[f32]) {
        self.activations[0].clear();
        self.activations[0].extend_from_slice(pixels);
        for (i, layer) in self.layers.iter().enumerate() {
            let (x, y) = self.activations.split_at_mut(i + 1);
            layer.forward(&x[i], &mut y[0]);
            if i + 1 < self.layers.len() {
                y[0].iter_mut().for_each(|y| *y = y.max(0.0));
            }
        }
    }

    fn logits(&self) -> &[f32] {
        &self.activations[self.layers.len()]
    }
}

/// `y += a x`
fn add_scaled(y: &mut [f32], a: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// ln Σ exp zₖ, the largest taken out first so that nothing overflows.
fn log_sum_exp(z: &[f32]) -> f32 {
    let top = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    top + z.iter().map(|z| (z - top).exp()).sum::<f32>().ln()
}
