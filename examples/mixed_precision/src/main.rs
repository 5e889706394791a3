//! Mixed precision, as a framework has it: the device computes with bf16 parameters and hands back bf16 gradients; the
//! master parameters are f32, and the state is bf16, too. One pass reads the gradients, updates the master and the state,
//! and writes the copy for the device.
//!
//! `cargo run --release -p mixed_precision`

use gradstep::grads::{LossScale, clip_factor, mixed};
use gradstep::storage::bf16;
use gradstep::{AdamW, Error, Grads, Half, Optimizer, Params, State, Tensor};

const STEPS: u32 = 2000;
const SEED: u64 = 42;

/// One tensor of the model, on the side of the optimizer.
#[derive(Clone, PartialEq)]
struct Master {
    /// Of its own, and kept in checkpoints: the noise of the bf16 state depends on it, not on the order of the tensors.
    id: u64,
    params: Vec<f32>,
    m: Vec<u16>,
    v: Vec<u16>,
}

/// What a checkpoint has.
#[derive(Clone, PartialEq)]
struct Trainer {
    adamw: AdamW,
    loss_scale: LossScale,
    /// The steps done. The noise depends on it, too: it must advance.
    t: u64,
    masters: Vec<Master>,
}

impl Trainer {
    fn new(parameters: &[Vec<f32>]) -> Self {
        let masters = (0..).zip(parameters).map(|(id, params)| {
            let n = params.len();
            Master { id, params: params.clone(), m: vec![0; n], v: vec![0; n] }
        });
        // So large a scale overflows at first: some steps are skipped.
        let loss_scale = LossScale::new().scale(2f32.powi(127)).interval(200);
        Self { adamw: AdamW::new(3e-3).weight_decay(1e-4), loss_scale, t: 0, masters: masters.collect() }
    }

    /// Takes a step along the scaled gradients, and writes the device's copy. If a gradient is not finite, it returns false,
    /// and only the scale of the loss changes.
    fn step(&mut self, grads: &[Vec<u16>], device: &mut [Vec<u16>]) -> Result<bool, Error> {
        let norm = mixed::norm(grads.iter().map(|g| Grads::Bf16(g))) * f64::from(self.loss_scale.inverse());
        let finite = norm.is_finite();
        if finite {
            self.t += 1;
            let step =
                self.adamw.at(self.t)?.scale_grads(self.loss_scale.inverse()).scale_grads(clip_factor(norm, 1.0));
            let mut tensors: Vec<_> = (self.masters.iter_mut().zip(grads).zip(device))
                .map(|((master, grads), copy)| {
                    let Master { id, params, m, v } = master;
                    let params = Params::Copied { f32: params, copy: Half::Bf16(copy) };
                    Tensor::new(params, Grads::Bf16(grads), [State::Bf16(m), State::Bf16(v)]).id(*id)
                })
                .collect();
            // Large tensors, or many small ones, go to all threads; the bits are the same.
            step.seed(SEED).par_apply_all(&mut tensors)?;
        }
        self.loss_scale.update(finite);
        Ok(finite)
    }

    /// The parameters as the device gets them, also after loading a checkpoint.
    fn copy(&self) -> Result<Vec<Vec<u16>>, Error> {
        let copy = |master: &Master| {
            let mut copy = vec![0; master.params.len()];
            bf16::encode(&master.params, &mut copy).map(|()| copy)
        };
        self.masters.iter().map(copy).collect()
    }
}

/// The device: the loss ½·‖parameters − target‖², computed in bf16, and its gradients times `scale`.
fn backward(device: &[Vec<u16>], target: f32, scale: f32, grads: &mut [Vec<u16>]) -> Result<f64, Error> {
    let mut loss = 0.0;
    for (params, grads) in device.iter().zip(grads) {
        let mut values = vec![0.0; params.len()];
        bf16::decode(params, &mut values)?;
        loss += values.iter().map(|p| f64::from(p - target).powi(2) / 2.0).sum::<f64>();
        values.iter_mut().for_each(|p| *p = (*p - target) * scale);
        bf16::encode(&values, grads)?;
    }
    Ok(loss)
}

/// Trains for so many steps, and returns the last loss and the number of skipped steps.
fn train(trainer: &mut Trainer, steps: u32) -> Result<(f64, u32), Error> {
    let mut device = trainer.copy()?;
    let mut grads = device.clone();
    let (mut loss, mut skipped) = (0.0, 0);
    for _ in 0..steps {
        loss = backward(&device, 0.75, trainer.loss_scale.scale, &mut grads)?;
        skipped += u32::from(!trainer.step(&grads, &mut device)?);
    }
    assert!(device == trainer.copy()?, "the copy is the parameters, rounded");
    Ok((loss, skipped))
}

fn main() -> Result<(), Error> {
    let parameters =
        [1000, 7, 64 * 64].map(|n: usize| (0..n).map(|i| 4.0 * (i as f32 * 0.7).sin()).collect::<Vec<f32>>());

    let mut through = Trainer::new(&parameters);
    let (loss, skipped) = train(&mut through, STEPS)?;
    println!(
        "{STEPS} steps, {skipped} of them skipped, scale 2^{:.0}: loss {loss:.4}",
        through.loss_scale.scale.log2()
    );
    assert!(loss < 0.05 && skipped > 0 && through.t + u64::from(skipped) == STEPS.into());

    // Stopped halfway, and resumed from what was kept: the same bits.
    let mut first = Trainer::new(&parameters);
    train(&mut first, STEPS / 2)?;
    let checkpoint = first.clone();
    let mut resumed = checkpoint;
    train(&mut resumed, STEPS / 2)?;
    assert!(resumed == through);
    println!("stopped at {} and resumed: the same bits", STEPS / 2);

    // A gradient that is not finite leaves no trace.
    let mut refused = through.clone();
    let mut grads = through.copy()?;
    grads[1][3] = 0x7f80; // ∞
    let mut device = through.copy()?;
    assert!(!refused.step(&grads, &mut device)?);
    assert!(refused.t == through.t && refused.masters == through.masters && device == through.copy()?);
    println!("a gradient of ∞: skipped, without a trace");
    Ok(())
}
