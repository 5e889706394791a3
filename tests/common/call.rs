//! One call through the public face, with everything that a test may vary.

use gradstep::{AnyOptimizer, AnyStep, Error, Isa};

use super::bits::Options;

/// The step with its options and backend.
pub fn configured(optimizer: &AnyOptimizer, t: u64, options: Options, isa: Isa) -> Result<AnyStep, Error> {
    let mut step = optimizer.at(t)?.on(isa);
    if options.scale != 1.0 {
        step = step.scale_grads(options.scale);
    }
    if let Some(limit) = options.clamp {
        step = step.clamp_grads(limit);
    }
    if options.flush {
        step = step.flush_subnormals();
    }
    Ok(step)
}

/// [`AnyStep::apply_and_zero`] if `zero`, else [`AnyStep::apply`].
pub fn apply(
    step: &AnyStep,
    zero: bool,
    params: &mut [f32],
    grads: &mut [f32],
    state: &mut [&mut [f32]],
) -> Result<(), Error> {
    if zero { step.apply_and_zero(params, grads, state) } else { step.apply(params, grads, state) }
}
