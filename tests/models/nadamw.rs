//! NAdamW: NAdam, but for the decay.

use gradstep::{NAdam, NAdamW};
use gradstep_checks::model::*;

use crate::nadam::{self, Terms, torch_options};

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = NAdamW;
    const STATE: [(&'static str, Slot, Holds); 2] = nadam::Model::STATE;
    const DECAY: Decay = Decay::Shrink;

    fn cases() -> impl Iterator<Item = (&'static str, NAdamW)> {
        nadam::Model::cases().map(|(name, nadam)| (name, decoupled(nadam)))
    }

    fn random(rng: &mut Rng) -> NAdamW {
        decoupled(nadam::Model::random(rng))
    }

    fn fields(nadamw: &mut NAdamW) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        nadam::Model::fields(&mut nadamw.nadam)
    }

    fn requirements(nadamw: &NAdamW, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        nadam::Model::requirements(&nadamw.nadam, t)
    }

    fn written_out(nadamw: &NAdamW, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        nadam::Model::written_out(&nadamw.nadam, t)
    }

    fn reference(nadamw: &NAdamW, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        let NAdam { lr, weight_decay, .. } = nadamw.nadam;
        params.iter_mut().for_each(|p| *p -= lr * weight_decay * *p);
        nadam::reference(&nadamw.nadam, t, |g, _| g, params, grads, m, v);
    }

    fn bounds(nadamw: &NAdamW, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Terms::of(&nadamw.nadam, Self::DECAY, t, e).bounds(&nadamw.nadam, e)
    }

    const GOLDEN: u64 = 0x4698_9ab2_98fa_0414;

    fn golden(variation: Variation) -> NAdamW {
        decoupled(nadam::Model::golden(variation))
    }

    fn from_torch(torch: &TorchOptions) -> Option<NAdamW> {
        (torch.kind() == "NAdam" && torch.is_set("decoupled_weight_decay")).then(|| decoupled(torch_options(torch)))
    }

    fn terms(nadamw: &NAdamW, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Some(Terms::of(&nadamw.nadam, Self::DECAY, t, e).magnitudes())
    }
}

/// NAdamW with the options of `nadam`.
fn decoupled(nadam: NAdam) -> NAdamW {
    let mut nadamw = NAdamW::new(nadam.lr);
    nadamw.nadam = nadam;
    nadamw
}
