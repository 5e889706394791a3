//! Dynamic loss scaling: training on gradients in half precision.
//!
//! Half precision ends at 65504 and, downwards, at 6·10⁻⁸. Gradients that are smaller vanish, so the loss is multiplied by
//! a scale before the backward pass and the gradients are divided by it in the step. Which scale is right changes during
//! training; it is found by trying: up from time to time, down when a gradient has overflowed, and that step is skipped.
//!
//! `cargo run --release -p loss_scaling`

use gradstep::grads::{self, LossScale};
use gradstep::{Adam, Error, Optimizer};
use half::f16;

const LEN: usize = 1000;
const STEPS: u32 = 2000;
const TARGET: f32 = 0.25;

/// The backward pass of `scale` × ½·10⁻⁸·‖params − TARGET‖², its gradients in half precision.
fn backward(params: &[f32], scale: f32, grads: &mut [f16]) {
    for (grad, param) in grads.iter_mut().zip(params) {
        *grad = f16::from_f32(scale * 1e-8 * (param - TARGET));
    }
}

/// Trains, and returns the parameters, the steps done and the steps skipped.
fn train(mut loss_scale: LossScale, dynamic: bool) -> Result<(Vec<f32>, u64, u32), Error> {
    let adam = Adam::new(1e-3).eps(1e-12);
    let (mut params, mut m, mut v) = (vec![0.0; LEN], vec![0.0; LEN], vec![0.0; LEN]);
    let (mut half, mut grads) = (vec![f16::ZERO; LEN], vec![0.0f32; LEN]);
    let (mut t, mut skipped) = (0, 0);
    for _ in 0..STEPS {
        backward(&params, loss_scale.scale, &mut half);
        for (grad, half) in grads.iter_mut().zip(&half) {
            *grad = half.to_f32();
        }
        // A finite norm proves every gradient finite. Where no norm is needed, `grads::all_finite` says it too.
        let norm = grads::norm([&grads]) / f64::from(loss_scale.scale);
        if norm.is_finite() {
            t += 1;
            adam.at(t)?.scale_grads(loss_scale.inverse()).scale_grads(grads::clip_factor(norm, 1.0)).apply(
                &mut params,
                &grads,
                [&mut m, &mut v],
            )?;
        } else {
            // Nothing to undo: without the step, parameters, moments and t are as they were. Had it been made with the
            // clip factor of this norm, it would have refused.
            let step = adam.at(t + 1)?.scale_grads(grads::clip_factor(norm, 1.0));
            let before = [&params, &m, &v].map(Vec::clone);
            assert_eq!(step.apply(&mut params, &grads, [&mut m, &mut v]), Err(Error::GradientsNotFinite));
            assert!(before == [&params, &m, &v].map(Vec::clone));
            skipped += 1;
        }
        if dynamic {
            loss_scale.update(norm.is_finite());
        }
    }
    println!(
        "{:7} scale: {skipped} of {STEPS} steps skipped, scale 2^{:.0} in the end, parameters {:.4} (should be {TARGET})",
        if dynamic { "dynamic" } else { "no" },
        loss_scale.scale.log2(),
        params[0],
    );
    Ok((params, t, skipped))
}

fn main() -> Result<(), Error> {
    // Without a scale every gradient is 0 in half precision, and nothing moves.
    let (params, ..) = train(LossScale::new().scale(1.0), false)?;
    assert_eq!(params, [0.0; LEN]);

    // 2^60 is too much to begin with: a few steps are skipped until nothing overflows.
    let (params, t, skipped) = train(LossScale::new().scale(2f32.powi(60)).interval(200), true)?;
    assert!(params.iter().all(|param| (param - TARGET).abs() < 1e-3));
    assert!(skipped > 0 && t + u64::from(skipped) == STEPS.into());
    Ok(())
}
