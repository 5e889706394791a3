//! The textbook loops: what the kernels of this crate compute, written for the reader.
//!
//! Each function is one update of one optimizer, by the formula in that optimizer's documentation. It is generic over
//! [`num_traits::Float`] and free of tricks: no precomputed scalars, no chosen order of operations, no vectors. In
//! `f64` these loops are the oracle of the crate's property tests, which bound how far an `f32` kernel may be from
//! them. They share no code with the kernels.
//!
//! Nothing is validated here. A hyper-parameter out of range gives what the formula gives, and slices of unequal length
//! are updated up to the end of the shortest. State starts at zero, and `t` counts the updates from 1. The loops are
//! for finite values (`max` drops a NaN that the kernels keep). They promise no bits: `num_traits` takes logarithms
//! from std or from `libm`, depending on which features other crates turn on.
//!
//! ```
//! use gradstep::{Adam, Optimizer, reference};
//!
//! let adam = Adam::new(1e-3).weight_decay(0.01);
//! let (mut params, mut m, mut v) = ([0.5f32, -2.0], [0.0f32; 2], [0.0f32; 2]);
//! let (mut exact, mut exact_m, mut exact_v) = ([0.5f64, -2.0], [0.0f64; 2], [0.0f64; 2]);
//!
//! for t in 1..=100 {
//!     adam.at(t)?.apply(&mut params, &[0.1, 0.3], [&mut m, &mut v])?;
//!     reference::adam(&adam, t, &mut exact, &[0.1, 0.3], &mut exact_m, &mut exact_v);
//! }
//! assert!((f64::from(params[0]) - exact[0]).abs() < 1e-6);
//! # Ok::<(), gradstep::Error>(())
//! ```

use num_traits::Float;

use crate::optim::{Adam, AdamW, AmsGrad, Momentum, Sgd};

/// Gradient descent, as a loop: see [`Sgd`].
///
/// ```
/// use gradstep::{Sgd, reference};
///
/// let mut params = [1.0, 2.0];
/// reference::sgd(&Sgd::new(0.5), &mut params, &[2.0, -2.0]);
/// assert_eq!(params, [0.0, 3.0]);
/// ```
pub fn sgd<F: Float>(sgd: &Sgd, params: &mut [F], grads: &[F]) {
    let [lr, weight_decay] = [sgd.lr, sgd.weight_decay].map(real::<F>);
    for (p, &g) in params.iter_mut().zip(grads) {
        let g = penalised(signed(sgd.maximize, g), weight_decay, *p);
        *p = *p - lr * g;
    }
}

/// Momentum, heavy ball or Nesterov, as a loop: see [`Momentum`].
///
/// ```
/// use gradstep::{Momentum, reference};
///
/// let momentum = Momentum::new(1.0, 0.5);
/// let (mut params, mut velocity) = ([0.0], [0.0]);
/// reference::momentum(&momentum, 1, &mut params, &[1.0], &mut velocity);
/// reference::momentum(&momentum, 2, &mut params, &[1.0], &mut velocity);
/// assert_eq!((params, velocity), ([-2.5], [1.5]));
/// ```
pub fn momentum<F: Float>(momentum: &Momentum, t: u64, params: &mut [F], grads: &[F], velocity: &mut [F]) {
    let [lr, mu, tau, weight_decay] =
        [momentum.lr, momentum.momentum, momentum.dampening, momentum.weight_decay].map(real::<F>);
    for ((p, &g), b) in params.iter_mut().zip(grads).zip(velocity) {
        let g = penalised(signed(momentum.maximize, g), weight_decay, *p);
        *b = if t == 1 { g } else { mu * *b + (F::one() - tau) * g };
        *p = *p - lr * if momentum.nesterov { g + mu * *b } else { *b };
    }
}

/// Adam, as a loop: see [`Adam`].
///
/// ```
/// use gradstep::{Adam, reference};
///
/// let (mut params, mut m, mut v) = ([1.0f64], [0.0], [0.0]);
/// reference::adam(&Adam::new(0.1), 1, &mut params, &[42.0], &mut m, &mut v);
/// assert!((params[0] - 0.9).abs() < 1e-9); // the first step is lr, whatever the gradient
/// ```
pub fn adam<F: Float>(adam: &Adam, t: u64, params: &mut [F], grads: &[F], m: &mut [F], v: &mut [F]) {
    let [lr, beta1, beta2, eps, eps_root, weight_decay] =
        [adam.lr, adam.beta1, adam.beta2, adam.eps, adam.eps_root, adam.weight_decay].map(real::<F>);
    let [c1, c2] = [beta1, beta2].map(|beta| correction(adam.bias_correction, beta, t));
    for (((p, &g), m), v) in params.iter_mut().zip(grads).zip(m).zip(v) {
        let g = penalised(signed(adam.maximize, g), weight_decay, *p);
        *m = beta1 * *m + (F::one() - beta1) * g;
        *v = beta2 * *v + (F::one() - beta2) * g * g;
        *p = *p - lr * (*m / c1) / ((*v / c2 + eps_root).sqrt() + eps);
    }
}

/// AdamW, as a loop: see [`AdamW`].
///
/// ```
/// use gradstep::{AdamW, reference};
///
/// let (mut params, mut m, mut v) = ([1.0], [0.0], [0.0]);
/// reference::adamw(&AdamW::new(0.5).weight_decay(0.5), 1, &mut params, &[0.0], &mut m, &mut v);
/// assert_eq!(params, [0.75]);
/// ```
pub fn adamw<F: Float>(adamw: &AdamW, t: u64, params: &mut [F], grads: &[F], m: &mut [F], v: &mut [F]) {
    let adam = &adamw.adam;
    let [lr, beta1, beta2, eps, eps_root, weight_decay] =
        [adam.lr, adam.beta1, adam.beta2, adam.eps, adam.eps_root, adam.weight_decay].map(real::<F>);
    let [c1, c2] = [beta1, beta2].map(|beta| correction(adam.bias_correction, beta, t));
    for (((p, &g), m), v) in params.iter_mut().zip(grads).zip(m).zip(v) {
        let g = signed(adam.maximize, g);
        *p = *p - lr * weight_decay * *p;
        *m = beta1 * *m + (F::one() - beta1) * g;
        *v = beta2 * *v + (F::one() - beta2) * g * g;
        *p = *p - lr * (*m / c1) / ((*v / c2 + eps_root).sqrt() + eps);
    }
}

/// AMSGrad over Adam, as a loop: see [`AmsGrad`].
///
/// ```
/// use gradstep::{Adam, reference};
///
/// let amsgrad = Adam::new(1e-3).amsgrad();
/// let (mut params, mut m, mut v, mut v_max) = ([1.0], [0.0], [0.0], [9.0]);
/// reference::amsgrad(&amsgrad, 5, &mut params, &[1.0], &mut m, &mut v, &mut v_max);
/// assert_eq!(v_max, [9.0]);
/// ```
pub fn amsgrad<F: Float>(
    amsgrad: &AmsGrad<Adam>,
    t: u64,
    params: &mut [F],
    grads: &[F],
    m: &mut [F],
    v: &mut [F],
    v_max: &mut [F],
) {
    let adam = &amsgrad.base;
    let [lr, beta1, beta2, eps, eps_root, weight_decay] =
        [adam.lr, adam.beta1, adam.beta2, adam.eps, adam.eps_root, adam.weight_decay].map(real::<F>);
    let [c1, c2] = [beta1, beta2].map(|beta| correction(adam.bias_correction, beta, t));
    for ((((p, &g), m), v), v_max) in params.iter_mut().zip(grads).zip(m).zip(v).zip(v_max) {
        let g = penalised(signed(adam.maximize, g), weight_decay, *p);
        *m = beta1 * *m + (F::one() - beta1) * g;
        *v = beta2 * *v + (F::one() - beta2) * g * g;
        *v_max = v_max.max(*v);
        *p = *p - lr * (*m / c1) / ((*v_max / c2 + eps_root).sqrt() + eps);
    }
}

/// AMSGrad over AdamW, as a loop: [`amsgrad`] with the weight decay of [`adamw`].
///
/// ```
/// use gradstep::{AdamW, reference};
///
/// let amsgrad = AdamW::new(0.5).weight_decay(0.5).amsgrad();
/// let (mut params, mut m, mut v, mut v_max) = ([1.0], [0.0], [0.0], [0.0]);
/// reference::amsgradw(&amsgrad, 1, &mut params, &[0.0], &mut m, &mut v, &mut v_max);
/// assert_eq!(params, [0.75]);
/// ```
pub fn amsgradw<F: Float>(
    amsgrad: &AmsGrad<AdamW>,
    t: u64,
    params: &mut [F],
    grads: &[F],
    m: &mut [F],
    v: &mut [F],
    v_max: &mut [F],
) {
    let adam = &amsgrad.base.adam;
    let [lr, beta1, beta2, eps, eps_root, weight_decay] =
        [adam.lr, adam.beta1, adam.beta2, adam.eps, adam.eps_root, adam.weight_decay].map(real::<F>);
    let [c1, c2] = [beta1, beta2].map(|beta| correction(adam.bias_correction, beta, t));
    for ((((p, &g), m), v), v_max) in params.iter_mut().zip(grads).zip(m).zip(v).zip(v_max) {
        let g = signed(adam.maximize, g);
        *p = *p - lr * weight_decay * *p;
        *m = beta1 * *m + (F::one() - beta1) * g;
        *v = beta2 * *v + (F::one() - beta2) * g * g;
        *v_max = v_max.max(*v);
        *p = *p - lr * (*m / c1) / ((*v_max / c2 + eps_root).sqrt() + eps);
    }
}

/// `maximize` climbs instead of descending.
fn signed<F: Float>(maximize: bool, g: F) -> F {
    if maximize { -g } else { g }
}

/// With the gradient of the penalty; without a penalty 0·∞ must not leak in.
fn penalised<F: Float>(g: F, weight_decay: F, p: F) -> F {
    if weight_decay == F::zero() { g } else { g + weight_decay * p }
}

/// 1 − βᵗ, or 1 without bias correction. As −expm1(t·ln β), because 1 − βᵗ cancels when β is close to 1.
fn correction<F: Float>(bias_correction: bool, beta: F, t: u64) -> F {
    if bias_correction { -(F::from(t).unwrap_or_else(F::infinity) * beta.ln()).exp_m1() } else { F::one() }
}

/// A hyper-parameter in the type of the loop.
fn real<F: Float>(x: f64) -> F {
    F::from(x).unwrap_or_else(F::nan)
}
