//! Each optimizer as a function, and the tools beside it. `tests/targets/run` links one at a time and reads its size.

#![no_std]

use gradstep::schedule::{Cosine, Schedule};
use gradstep::{Adam, AdamW, AmsGrad, Error, Momentum, Optimizer, Sgd, Step, grads};

unsafe extern "C" {
    /// Does not exist: a panic that can be reached is a program that cannot be linked.
    safe fn a_panic_can_be_reached() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    a_panic_can_be_reached()
}

/// `sweep`: the loop over the slices alone. `whole`: with the folding of a step's scalars in f64.
macro_rules! optimizers {
    ($($Optimizer:ty, $S:literal: $sweep:ident $whole:ident $zero:ident;)*) => {$(
        #[unsafe(no_mangle)]
        fn $sweep(
            step: &Step<$Optimizer, $S>,
            params: &mut [f32],
            grads: &[f32],
            state: [&mut [f32]; $S],
        ) -> Result<(), Error> {
            step.apply(params, grads, state)
        }

        #[unsafe(no_mangle)]
        fn $whole(
            optimizer: &$Optimizer,
            t: u64,
            params: &mut [f32],
            grads: &[f32],
            state: [&mut [f32]; $S],
        ) -> Result<(), Error> {
            optimizer.at(t)?.apply(params, grads, state)
        }

        #[unsafe(no_mangle)]
        fn $zero(
            step: &Step<$Optimizer, $S>,
            params: &mut [f32],
            grads: &mut [f32],
            state: [&mut [f32]; $S],
        ) -> Result<(), Error> {
            step.apply_and_zero(params, grads, state)
        }
    )*};
}

optimizers! {
    Sgd, 0: sgd_sweep sgd_whole sgd_zero;
    Momentum, 1: momentum_sweep momentum_whole momentum_zero;
    Adam, 2: adam_sweep adam_whole adam_zero;
    AdamW, 2: adamw_sweep adamw_whole adamw_zero;
    AmsGrad<Adam>, 3: amsgrad_sweep amsgrad_whole amsgrad_zero;
    AmsGrad<AdamW>, 3: amsgradw_sweep amsgradw_whole amsgradw_zero;
}

#[unsafe(no_mangle)]
fn norm(gradients: &[f32]) -> f64 {
    grads::norm([gradients])
}

#[unsafe(no_mangle)]
fn all_finite(gradients: &[f32]) -> bool {
    grads::all_finite([gradients])
}

#[unsafe(no_mangle)]
fn cosine(schedule: &Cosine, t: u64) -> Result<f64, Error> {
    schedule.at(t)
}
