//! RAdamW: RAdam, but for the decay.

use gradstep::{RAdam, RAdamW};
use gradstep_checks::model::*;

use crate::radam::{self, Terms, torch_options};

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = RAdamW;
    const STATE: [(&'static str, Slot, Holds); 2] = radam::Model::STATE;
    const DECAY: Decay = Decay::Shrink;

    fn cases() -> impl Iterator<Item = (&'static str, RAdamW)> {
        radam::Model::cases().map(|(name, radam)| (name, decoupled(radam)))
    }

    fn random(rng: &mut Rng) -> RAdamW {
        decoupled(radam::Model::random(rng))
    }

    fn fields(radamw: &mut RAdamW) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        radam::Model::fields(&mut radamw.radam)
    }

    fn requirements(radamw: &RAdamW, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        radam::Model::requirements(&radamw.radam, t)
    }

    fn written_out(radamw: &RAdamW, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        radam::Model::written_out(&radamw.radam, t)
    }

    fn reference(radamw: &RAdamW, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        let RAdam { lr, weight_decay, .. } = radamw.radam;
        params.iter_mut().for_each(|p| *p -= lr * weight_decay * *p);
        radam::reference(&radamw.radam, t, |g, _| g, params, grads, m, v);
    }

    fn bounds(radamw: &RAdamW, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Terms::of(&radamw.radam, Self::DECAY, t, e).bounds(&radamw.radam, e)
    }

    const GOLDEN: u64 = 0x2d4e_49ca_8da9_96b6;

    fn golden(variation: Variation) -> RAdamW {
        decoupled(radam::Model::golden(variation))
    }

    fn from_torch(torch: &TorchOptions) -> Option<RAdamW> {
        (torch.kind() == "RAdam" && torch.is_set("decoupled_weight_decay")).then(|| decoupled(torch_options(torch)))
    }

    fn terms(radamw: &RAdamW, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Some(Terms::of(&radamw.radam, Self::DECAY, t, e).magnitudes())
    }
}

/// RAdamW with the options of `radam`.
fn decoupled(radam: RAdam) -> RAdamW {
    let mut radamw = RAdamW::new(radam.lr);
    radamw.radam = radam;
    radamw
}
