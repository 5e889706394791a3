//! Optimizer update kernels over `f32` slices: SGD, momentum, Adam, AdamW, Lion, every element-wise optimizer in
//! PyTorch, or [one of your own](guide).
//!
//! The step from gradients to new parameters, and nothing else: for frameworks to call, for firmware to train with, for
//! benchmarks to compare against. Explicitly vectorised, `no_std`, and free of allocations.
//!
//! ```
//! use gradstep::{Adam, Optimizer};
//!
//! let adam = Adam::new(1e-3).betas(0.9, 0.999).eps(1e-8); // plain data, f64
//! let [mut params, mut m, mut v] = [[0.0_f32; 1000]; 3]; // m and v are the state: yours, +0.0 at first
//! for t in 1..=10 {
//!     let mut grads = [0.5; 1000]; // from the backward pass
//!     let step = adam.at(t)?; // validated; its scalars, computed once in f64
//!     step.scale_grads(1.0 / 32.0).apply_and_zero(&mut params, &mut grads, [&mut m, &mut v])?; // one pass, in place
//! }
//! # Ok::<(), gradstep::Error>(())
//! ```
//!
//! # Five promises
//!
//! 1. **The same bits everywhere.** A step gives the same bits on every instruction set, at every alignment and length,
//!    and however the slices are split over calls, shards and threads. Only the sign and payload of a NaN are left
//!    open. These bits are part of the version; `docs/arithmetic.md` in the repository specifies them, operation by
//!    operation.
//! 2. **One pass.** Gradient scale, clamp, weight decay, update and zeroing of the gradients are one sweep over memory.
//! 3. **You own everything.** No allocation, no hidden state, no global setting. State is plain `&mut [f32]`, and the
//!    step number is an argument.
//! 4. **Never a panic, never a partial write.** Wrong lengths and hyper-parameters are errors, found before the first
//!    write.
//! 5. **As fast as the machine.** In the caches the limit is the arithmetic units (for Adam, the divider); beyond them
//!    it is the memory.
//!
//! (The `par_` functions of the feature `rayon` allocate and panic where rayon does.)
//!
//! # The optimizers
//!
//! | | steps along | state |
//! |---|---|---|
//! | [`Sgd`] | the gradient | none |
//! | [`Momentum`] | a running sum of gradients: heavy ball or Nesterov | `velocity` |
//! | [`Adam`] | the average gradient, divided by the root of the average square | `m`, `v` |
//! | [`AdamW`] | the same; weight decay shrinks the parameters instead of adding to the gradient | `m`, `v` |
//! | [`AmsGrad`] | the same as Adam or AdamW, divided by the root of the largest average so far | `m`, `v`, `v_max` |
//! | [`NAdam`], [`NAdamW`] | as Adam or AdamW, with the gradient once more: Nesterov's momentum | `m`, `v` |
//! | [`RAdam`], [`RAdamW`] | the average gradient; after some steps as Adam or AdamW, with a warm-up | `m`, `v` |
//! | [`Adamax`] | the average gradient, divided by its largest magnitude of late | `m`, `u` |
//! | [`Adagrad`] | the gradient, divided by the root of the sum of squares | `sum` |
//! | [`RmsProp`] | the gradient, divided by the root of the average square | `v` |
//! | [`RmsPropMomentum`] | a running sum of the same | `v`, `velocity` |
//! | [`Centered`] | the same as either, divided by the root of the variance | `v`, `mean`; `velocity` |
//! | [`Adadelta`] | the same as `RmsProp`, times the root of the average square step | `v`, `u` |
//! | [`Lion`] | the sign of an average gradient | `m` |
//! | [`Signum`] | the sign of the average gradient; without momentum, that of the gradient | `m` |
//! | [`SignumW`] | the same; weight decay shrinks the parameters instead of adding to the gradient | `m` |
//! | [`Rprop`] | the sign of the gradient, by a step size for each parameter | `prev`, `step_size` |
//! | [`Asgd`] | the gradient, and averages the parameters | `average` |
//!
//! The page of each has its formula and its paper, and says how others differ. Defaults are PyTorch's. An optimizer
//! that is chosen at run time is an [`AnyOptimizer`].
//!
//! Around them: [`grads`] clips, checks and accumulates gradients before the step, [`schedule`] has the learning rates,
//! and [`reference`](mod@reference) the optimizers as textbook loops.
//!
//! # The contract
//!
//! - `t` counts the updates *of these slices*, from 1. All tensors of a model share one `t` and one [`Step`]. Rows that
//!   are updated only now and then (a sparse embedding) need a call and a `t` each. Repeating a `t` repeats its bias
//!   correction; `t` = 1 also makes [`Momentum`] and [`Rprop`] discard their state.
//! - State begins as +0.0. [`Optimizer::STATE`] has its names and order, for checkpoints. Neither the learning rate nor
//!   an option of the step changes what the state means.
//! - Call [`Optimizer::at`] once a step, not once a tensor: it computes in `f64`, which in soft float costs as much as
//!   updating a hundred parameters or more.
//! - Slices may have any alignment. With AVX-512, long ones are fastest when all slices of a call begin at the same
//!   distance from a cache line, as equally allocated ones do.
//! - Slices may be empty. Strided data takes a call for each contiguous run.
//! - A call is all or nothing, a loop over calls is not: an error in the 57th tensor leaves 56 updated.
//!   [`Step::apply_all`] takes all tensors in one call, and checks them all first.
//! - NaN and ∞ in gradients are not errors. They pass through the formula as IEEE 754 says, into parameters and state.
//!   [`Step::clamp_grads`] stops the infinite ones; [`grads`] tells how to skip the step.
//!
//! # Features
//!
//! None by default, and none changes a bit. `rayon`: [`Step`]'s `par_apply`, `par_apply_all` and the like,
//! `grads::par_norm` and `grads::par_sum_of_squares`, on the threads of a pool. `serde`: optimizers and schedules from
//! configuration files, as [below](#configuration-files). `storage`: formats in fewer bits, as
//! [below](#storage-in-fewer-bits); `half`: `storage`, from slices of the crate of that name.
//!
//! # Storage in fewer bits
//!
//! From memory a step is as fast as its bytes are few. With the feature `storage`, a [`Tensor`] of [`Step::apply_all`]
//! says of each slice which format it has: gradients in bf16 or f16; parameters in `f32` with a copy in 16 bits, in two
//! halves that are exactly the `f32`, or in bf16 alone; state in bf16. The arithmetic stays that of `f32`.
//!
//! | Adam | bytes moved an element | bytes held, with the gradient |
//! |---|---|---|
//! | `f32` | 28 | 16 |
//! | `f32` and a 16-bit copy, 16-bit gradients | 28; 40 in three passes | 16 |
//! | `Split`, 16-bit gradients | 26 | 14 |
//! | the same, and state in bf16 | 18 | 10 |
//! | all in bf16 | 14 | 8 |
//!
//! Where an optimizer's slices are in the first caches, `f32` is faster: there the conversions cost more than the bytes.
//! With the feature the whole crate has 2.0 MB of code on x86-64 instead of 0.8; a program has what it uses.
//!
//! bf16 parameters and state are rounded *stochastically*, up or down with such probabilities that the mean is right.
//! Rounding to nearest would lose every change below half a unit: parameters would stop, averages stick. The noise
//! depends on `Step::seed`, `t`, `Tensor::id` and the index of the element alone, so runs repeat bit for bit on any
//! processor, split and number of threads. Give each tensor an id of its own, and let `t` advance at each step.
//!
//! ```
//! # #[cfg(feature = "storage")] {
//! use gradstep::{Adam, Grads, Half, Optimizer, Params, State, Tensor};
//!
//! let (mut weights, mut for_the_device) = ([0.5; 100], [0; 100]); // f32, and bf16 for the forward pass
//! let (mut m, mut v) = ([0; 100], [0; 100]); // bf16, as bits
//! let grads = [0x3f80; 100]; // from the device, in bf16: 1
//! let params = Params::Copied { f32: &mut weights, copy: Half::Bf16(&mut for_the_device) };
//! let tensor = Tensor::new(params, Grads::Bf16(&grads), [State::Bf16(&mut m), State::Bf16(&mut v)]);
//! Adam::new(0.25).at(1)?.seed(7).apply_all(&mut [tensor.id(0)])?;
//! assert_eq!((weights[0], for_the_device[0]), (0.25, 0x3e80));
//! # }
//! # Ok::<(), gradstep::Error>(())
//! ```
//!
//! # Configuration files
//!
//! With the feature `serde`, [`AnyOptimizer`] and [`schedule::AnySchedule`] are tables of their hyper-parameters, by
//! their names, with the name of the optimizer or schedule as `name`. The optimizers and schedules themselves are the
//! same tables without it, and a [`Warmup`](schedule::Warmup) has `steps`, `start_factor` and `then`. In TOML:
//!
//! ```toml
//! optimizer = { name = "adamw", lr = 1e-3, beta2 = 0.95, weight_decay = 0.1, maximize = false }
//! schedule = { steps = 500, then = { name = "one_cycle", lr = 1e-3, steps = 9_500, anneal = "linear" } }
//! ```
//! ```
//! # use gradstep::{AnyOptimizer, schedule::{AnySchedule, Warmup}};
//! // #[derive(serde::Deserialize)]
//! struct Group {
//!     optimizer: AnyOptimizer,
//!     schedule: Warmup<AnySchedule>, // no warm-up is `steps = 0`
//! }
//! ```
//!
//! What `new` takes as an argument must be given: `lr`, a momentum, a schedule's `steps`. The rest have their defaults.
//! Unknown names, unknown fields, fields that stand twice and values of another [`ValueKind`] are errors. Ranges are
//! not looked at before [`AnyOptimizer::validate`] and `at`, which name what is wrong. The format must be
//! self-describing, as TOML, JSON and YAML are. (`serde_json` reads the last digit of a number only with its feature
//! `float_roundtrip`.)
//!
//! # Where the same bits hold
//!
//! On every target with IEEE 754 arithmetic, in hardware or soft float, as long as every thread runs in the default
//! floating-point environment: round to nearest, subnormals neither flushed (FTZ, FPSCR.FZ) nor read as zero (DAZ).
//!
//! The exceptions: on 32-bit Arm Apple targets, and on PowerPC with AltiVec but without VSX, vector instructions flush
//! subnormals. So does the ROM of the RP2040, unless `rp2040-hal`'s feature `disable-intrinsics` is on. x86 without
//! SSE2 does not compile.
//!
//! # Inside
//!
//! A *rule* is the mathematics of one optimizer, element by element. A *sweep* is the loop that takes it over the
//! slices, and does around it what a step may be told: scale, clamp, decay, flush, zero. Both compute with *lanes*, as
//! many `f32` as a register holds. An *isa* is an instruction set with its registers, chosen at run time by
//! [`Isa::detect`]. Each optimizer is one rule, written once, which every isa runs.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs, unsafe_code)]

#[cfg(any(feature = "rayon", feature = "_ran"))]
extern crate std;

mod builders;
mod error;
pub mod grads;
pub mod guide;
mod hyperparameters;
mod isa;
mod lanes;
mod optim;
mod optimizer;
#[cfg(feature = "rayon")]
mod parallel;
pub mod reference;
mod rule;
pub mod scalars;
pub mod schedule;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "storage")]
pub mod storage;
mod sweep;
mod tensor;

pub use error::Error;
pub use hyperparameters::{Hyperparameters, ValueKind};
#[cfg(feature = "_ran")]
#[doc(hidden)]
pub use isa::ran;
pub use isa::{Avx2, Avx512, Isa};
pub use lanes::Lanes;
pub use optim::*;
pub use optimizer::{Decay, Optimizer, Slot, Step};
pub use rule::Rule;
pub use sweep::MAX_STATE;
#[cfg(feature = "storage")]
pub use tensor::Half;
pub use tensor::{AnyTensor, Grads, GradsMut, Params, State, Tensor, split_state};

/// For [`placed_here!`] alone.
#[doc(hidden)]
pub mod __placement {
    #[cfg(feature = "storage")]
    pub use crate::optimizer::StoredPass;
    pub use crate::optimizer::{Pass, Swept};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
