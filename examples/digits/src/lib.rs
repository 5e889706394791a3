//! Handwritten digits, and two classifiers for them: softmax regression and a small ReLU network.
//!
//! `no_std`, no allocation, no panic, and the same bits on every target: `f32` operations in a written order, and of
//! the elementary functions only `libm`'s. Shared by `examples/firmware` and `examples/web`.

#![no_std]

use core::array;
use core::hash::Hasher;

/// 8×8 pixels, 0 (paper) to 16 (ink), and the label. Where the data is from: `examples/data/README.md`.
pub type Digit = [u8; PIXELS + 1];

pub const PIXELS: usize = 64;
pub const CLASSES: usize = 10;

const DIGITS: (&[Digit], &[Digit]) = include_bytes!("../../data/digits.bin").as_chunks().0.split_at(1500);

/// To learn from, in flash.
pub const TRAINING: &[Digit] = DIGITS.0;
/// To test with.
pub const TEST: &[Digit] = DIGITS.1;

/// A classifier. Its gradients, and each slice of an optimizer's state, are values of the same type.
pub trait Network {
    /// All parameters 0.
    const ZERO: Self;

    /// The parameters, slice by slice.
    fn tensors(&self) -> impl Iterator<Item = &[f32]>;
    fn tensors_mut(&mut self) -> impl Iterator<Item = &mut [f32]>;

    /// One score a class; the highest wins.
    fn scores(&self, pixels: &[f32; PIXELS]) -> [f32; CLASSES];

    /// Adds the gradient of the loss of one digit to `grads`, and gives the loss.
    fn backward(&self, digit: &Digit, grads: &mut Self) -> f32;

    /// Parameters at random, small enough to start from.
    fn randomize(&mut self, random: &mut Random) {
        for tensor in self.tensors_mut() {
            tensor.fill_with(|| random.symmetric() * 0.125);
        }
    }

    fn clear(&mut self) {
        self.tensors_mut().for_each(|tensor| tensor.fill(0.0));
    }

    /// Mean loss and number of right answers.
    fn test(&self, digits: &[Digit]) -> (f32, u32) {
        let (mut loss, mut right) = (0.0, 0);
        for digit in digits {
            let (pixels, label) = split(digit);
            let scores = self.scores(&pixels);
            let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            right += u32::from(scores.iter().position(|&score| score == best) == Some(label));
            loss += cross_entropy(&scores, label).0;
        }
        (loss / digits.len() as f32, right)
    }

    /// FNV-1a over the bits of the parameters.
    fn hash(&self) -> u64 {
        let mut hash = fnv::FnvHasher::default();
        for parameter in self.tensors().flatten() {
            hash.write(&parameter.to_bits().to_le_bytes());
        }
        hash.finish()
    }
}

/// Softmax regression: one layer, a convex problem.
pub type Softmax = Dense<PIXELS, CLASSES>;

/// A layer of `HIDDEN` ReLU units, then softmax.
pub struct Relu<const HIDDEN: usize> {
    hidden: Dense<PIXELS, HIDDEN>,
    output: Dense<HIDDEN, CLASSES>,
}

/// A fully connected layer.
pub struct Dense<const IN: usize, const OUT: usize> {
    weights: [[f32; IN]; OUT],
    biases: [f32; OUT],
}

impl<const IN: usize, const OUT: usize> Dense<IN, OUT> {
    const ZERO: Self = Self { weights: [[0.0; IN]; OUT], biases: [0.0; OUT] };

    fn tensors(&self) -> [&[f32]; 2] {
        [self.weights.as_flattened(), &self.biases]
    }

    fn tensors_mut(&mut self) -> [&mut [f32]; 2] {
        [self.weights.as_flattened_mut(), &mut self.biases]
    }

    fn forward(&self, x: &[f32; IN]) -> [f32; OUT] {
        let mut y = self.biases;
        for (y, row) in y.iter_mut().zip(&self.weights) {
            for (weight, x) in row.iter().zip(x) {
                *y += weight * x;
            }
        }
        y
    }

    /// From the gradient `dy` of the outputs to those of the parameters.
    fn backward(x: &[f32; IN], dy: &[f32; OUT], grads: &mut Self) {
        for ((row, bias), dy) in grads.weights.iter_mut().zip(&mut grads.biases).zip(dy) {
            *bias += dy;
            for (weight, x) in row.iter_mut().zip(x) {
                *weight += dy * x;
            }
        }
    }

    /// From the gradient `dy` of the outputs to that of the inputs.
    fn input_gradient(&self, dy: &[f32; OUT]) -> [f32; IN] {
        let mut dx = [0.0; IN];
        for (row, dy) in self.weights.iter().zip(dy) {
            for (dx, weight) in dx.iter_mut().zip(row) {
                *dx += weight * dy;
            }
        }
        dx
    }
}

impl Network for Softmax {
    const ZERO: Self = Dense::ZERO;

    fn tensors(&self) -> impl Iterator<Item = &[f32]> {
        self.tensors().into_iter()
    }

    fn tensors_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.tensors_mut().into_iter()
    }

    fn scores(&self, pixels: &[f32; PIXELS]) -> [f32; CLASSES] {
        self.forward(pixels)
    }

    fn backward(&self, digit: &Digit, grads: &mut Self) -> f32 {
        let (pixels, label) = split(digit);
        let (loss, gradient) = cross_entropy(&self.forward(&pixels), label);
        Dense::backward(&pixels, &gradient, grads);
        loss
    }
}

impl<const HIDDEN: usize> Relu<HIDDEN> {
    fn activations(&self, pixels: &[f32; PIXELS]) -> [f32; HIDDEN] {
        self.hidden.forward(pixels).map(|x| if x > 0.0 { x } else { 0.0 })
    }
}

impl<const HIDDEN: usize> Network for Relu<HIDDEN> {
    const ZERO: Self = Self { hidden: Dense::ZERO, output: Dense::ZERO };

    fn tensors(&self) -> impl Iterator<Item = &[f32]> {
        self.hidden.tensors().into_iter().chain(self.output.tensors())
    }

    fn tensors_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.hidden.tensors_mut().into_iter().chain(self.output.tensors_mut())
    }

    fn scores(&self, pixels: &[f32; PIXELS]) -> [f32; CLASSES] {
        self.output.forward(&self.activations(pixels))
    }

    fn backward(&self, digit: &Digit, grads: &mut Self) -> f32 {
        let (pixels, label) = split(digit);
        let active = self.activations(&pixels);
        let (loss, gradient) = cross_entropy(&self.output.forward(&active), label);
        Dense::backward(&active, &gradient, &mut grads.output);
        let mut hidden_gradient = self.output.input_gradient(&gradient);
        for (gradient, active) in hidden_gradient.iter_mut().zip(active) {
            if active == 0.0 {
                *gradient = 0.0;
            }
        }
        Dense::backward(&pixels, &hidden_gradient, &mut grads.hidden);
        loss
    }
}

fn split(digit: &Digit) -> ([f32; PIXELS], usize) {
    let [pixels @ .., label] = digit;
    (pixels.map(|ink| f32::from(ink) * (1.0 / 16.0)), usize::from(*label))
}

/// The loss of softmax, −ln of the label's probability, and its gradient by the scores.
fn cross_entropy(scores: &[f32; CLASSES], label: usize) -> (f32, [f32; CLASSES]) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = scores.map(|score| libm::expf(score - highest));
    let sum: f32 = powers.iter().sum();
    let target = scores.get(label).copied().unwrap_or(highest);
    let gradient = array::from_fn(|class| powers[class] / sum - if class == label { 1.0 } else { 0.0 });
    (libm::logf(sum) - (target - highest), gradient)
}

/// xorshift32 (Marsaglia 2003).
pub struct Random(pub u32);

impl Random {
    fn bits(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// From −1 to 1.
    fn symmetric(&mut self) -> f32 {
        (self.bits() as i32 >> 8) as f32 * (1.0 / (1 << 23) as f32)
    }

    /// One of `TRAINING`.
    pub fn digit(&mut self) -> &'static Digit {
        // The high half of the product: no division, which a Cortex-M0 does not have.
        let index = ((u64::from(self.bits()) * TRAINING.len() as u64) >> 32) as usize;
        TRAINING.get(index).unwrap_or(&[0; PIXELS + 1])
    }
}
