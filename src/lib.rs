//! Optimizer update kernels over `f32` slices: SGD, momentum, Adam, AdamW, AMSGrad.
//!
//! The step from gradients to new parameters, and nothing else: for frameworks to call, for firmware to train with, for
//! benchmarks to compare against. Explicitly vectorised, `no_std`, without an allocation.
//!
//! ```
//! use gradstep::{Adam, Optimizer};
//!
//! let adam = Adam::new(1e-3).betas(0.9, 0.999).eps(1e-8); // plain data, f64
//! let [mut params, mut m, mut v] = [[0.0_f32; 1000]; 3]; // the state is yours, +0.0 at first
//! for t in 1..=10 {
//!     let mut grads = [0.5; 1000]; // from the backward pass
//!     let step = adam.at(t)?; // its scalars, folded once in f64
//!     step.scale_grads(1.0 / 32.0).apply_and_zero(&mut params, &mut grads, [&mut m, &mut v])?; // one pass, in place
//! }
//! # Ok::<(), gradstep::Error>(())
//! ```
//!
//! # Five promises
//!
//! 1. **The same bits everywhere.** For any input without NaN, a step gives the same bits on every instruction set, at
//!    every alignment and length, and however the slices are split over calls, shards and threads. Only the sign and
//!    payload of NaN are left open. These bits are part of the version.
//! 2. **One pass.** Gradient scale, clamp, weight decay, update and zeroing of the gradients are one sweep over memory.
//! 3. **You own everything.** No allocation, no hidden state, no global setting. State is plain `&mut [f32]`, and the
//!    step number is an argument.
//! 4. **Never a panic, never a partial write.** Wrong lengths and hyper-parameters are errors, found before the first
//!    write.
//! 5. **As fast as the machine.** In the caches the arithmetic units are the limit (for Adam the divider), beyond them the
//!    memory.
//!
//! (The `par_` functions of the feature `rayon` allocate and panic where rayon does.)
//!
//! # The optimizers
//!
//! | | update, after g ← g + λθ where λ ≠ 0 | state |
//! |---|---|---|
//! | [`Sgd`] | θ ← θ − ηg | |
//! | [`Momentum`] | b ← μb + (1 − τ)g, first b ← g;  θ ← θ − ηb, Nesterov: θ ← θ − η(g + μb) | `velocity` |
//! | [`Adam`] | m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  θ ← θ − η·m̂/(√(v̂ + ε_root) + ε) | `m`, `v` |
//! | [`AdamW`] | θ ← (1 − ηλ)θ;  then Adam without g ← g + λθ | `m`, `v` |
//! | [`AmsGrad`] | Adam's or AdamW's, with v_max ← max(v_max, v) in the place of v in θ's line | `m`, `v`, `v_max` |
//!
//! m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). [`reference`](mod@reference) has them as textbook loops, [`schedule`] the learning
//! rates, [`grads`] what to do before the step. An optimizer chosen at run time is an [`AnyOptimizer`].
//!
//! # The contract
//!
//! - `t` counts the updates *of these slices*, from 1. All tensors of a model share one `t` and one [`Step`]; rows that
//!   are updated now and then (a sparse embedding) need a call and a `t` each. Repeating a `t` repeats its bias
//!   correction; `t` = 1 also makes [`Momentum`] discard its velocity.
//! - State begins as +0.0. Its names and order for checkpoints are [`Optimizer::STATE`]. Neither the learning rate nor an
//!   option of the step changes what the state means.
//! - Any alignment is right. With AVX-512, long slices are fastest when all slices of a call lie at the same distance from
//!   a cache line, as equally allocated ones do.
//! - [`Optimizer::at`] folds in `f64` (Adam: some 11,000 instructions in soft float): call it once a step, not once a
//!   tensor.
//! - Strided data is one call for each contiguous run. Slices may be empty.
//! - An error in the 57th tensor of a loop leaves 56 updated.
//! - NaN and ∞ in gradients are no error. They go through the formula as IEEE 754 says, into parameters and state;
//!   [`Step::clamp_grads`] stops the infinite ones, [`grads`] tells how to skip the step.
//!
//! # Features
//!
//! None by default. `rayon`: [`Step`]'s `par_apply` and `par_apply_and_zero`, `grads::par_norm` and
//! `grads::par_sum_of_squares`, on the threads of a pool.
//!
//! # Where the same bits hold
//!
//! On every target with IEEE 754 arithmetic, in hardware or soft float, in the default floating-point environment on
//! every thread: round to nearest, subnormals neither flushed (FTZ, FPSCR.FZ) nor taken for zero (DAZ). Not on 32-bit
//! Arm Apple targets and PowerPC with AltiVec but without VSX, whose vector units flush; on the RP2040 only with
//! `rp2040-hal`'s feature `disable-intrinsics`, because the floats in its ROM flush. x86 without SSE2 does not compile.
//!
//! # Inside
//!
//! A *rule*, the mathematics of one optimizer, is swept by a *kernel*, a loop, over *lanes*, a register, of an *isa*,
//! which [`Isa::detect`] chooses at run time. Each rule is written once; every backend runs the same rule.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs, unsafe_code)]

#[cfg(any(feature = "rayon", feature = "_ran"))]
extern crate std;

mod builders;
mod error;
pub mod grads;
mod isa;
mod lanes;
mod optim;
mod optimizer;
#[cfg(feature = "rayon")]
mod parallel;
pub mod reference;
mod rule;
mod scalars;
pub mod schedule;
mod sweep;
mod tensor;

pub use error::Error;
#[cfg(feature = "_ran")]
#[doc(hidden)]
pub use isa::ran;
pub use isa::{Avx2, Avx512, Isa};
pub use optim::*;
pub use optimizer::{Decay, Optimizer, Slot, Step};
pub use tensor::split_state;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
