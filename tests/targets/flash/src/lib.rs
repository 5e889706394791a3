//! Each optimizer as a function, and the tools beside it. `tests/targets/run` links one at a time and reads its size.

#![no_std]

use gradstep::schedule::{Cosine, Schedule};
use gradstep::{Error, grads};

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
    ($($name:ident $Variant:ident $S:literal,)*) => {$(
        mod $name {
            use gradstep::{Error, Optimizer, Step};

            type Model = gradstep_models::$name::Model;
            type This = <Model as gradstep_checks::Model<$S>>::Optimizer;

            #[unsafe(export_name = concat!(stringify!($name), "_sweep"))]
            fn sweep(
                step: &Step<This, $S>,
                params: &mut [f32],
                grads: &[f32],
                state: [&mut [f32]; $S],
            ) -> Result<(), Error> {
                step.apply(params, grads, state)
            }

            #[unsafe(export_name = concat!(stringify!($name), "_whole"))]
            fn whole(
                optimizer: &This,
                t: u64,
                params: &mut [f32],
                grads: &[f32],
                state: [&mut [f32]; $S],
            ) -> Result<(), Error> {
                optimizer.at(t)?.apply(params, grads, state)
            }

            #[unsafe(export_name = concat!(stringify!($name), "_zero"))]
            fn zero(
                step: &Step<This, $S>,
                params: &mut [f32],
                grads: &mut [f32],
                state: [&mut [f32]; $S],
            ) -> Result<(), Error> {
                step.apply_and_zero(params, grads, state)
            }
        }
    )*};
}
gradstep::__registry!(optimizers);

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

#[unsafe(no_mangle)]
fn error_pieces(error: &Error, put: fn(&str)) {
    error.pieces(put);
}
