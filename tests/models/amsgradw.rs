//! AMSGrad over AdamW.

use gradstep::{AdamW, AmsGrad};
use gradstep_checks::model::*;

use crate::adam::torch_options;
use crate::adamw::{self, decoupled};
use crate::amsgrad;

pub struct Model;

impl gradstep_checks::Model<3> for Model {
    type Optimizer = AmsGrad<AdamW>;
    const STATE: [(&'static str, Slot, Holds); 3] = amsgrad::Model::STATE;
    const DECAY: Decay = Decay::Shrink;

    fn cases() -> impl Iterator<Item = (&'static str, AmsGrad<AdamW>)> {
        adamw::Model::cases().map(|(name, adamw)| (name, adamw.amsgrad()))
    }

    fn random(rng: &mut Rng) -> AmsGrad<AdamW> {
        adamw::Model::random(rng).amsgrad()
    }

    fn fields(amsgrad: &mut AmsGrad<AdamW>) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        adamw::Model::fields(&mut amsgrad.base)
    }

    fn requirements(amsgrad: &AmsGrad<AdamW>, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        adamw::Model::requirements(&amsgrad.base, t)
    }

    fn written_out(amsgrad: &AmsGrad<AdamW>, t: u64) -> impl Fn(f32, f32, [f32; 3]) -> (f32, [f32; 3]) {
        amsgrad::written_out(&amsgrad.base.adam, t)
    }

    fn reference(o: &AmsGrad<AdamW>, t: u64, params: &mut [f64], grads: &[f64], [m, v, v_max]: [&mut [f64]; 3]) {
        reference::amsgradw(o, t, params, grads, m, v, v_max);
    }

    fn bounds(amsgrad: &AmsGrad<AdamW>, t: u64, e: &Element<3>) -> Option<Bounds<3>> {
        amsgrad::bounds(&amsgrad.base.adam, Self::DECAY, t, e)
    }

    const GOLDEN: u64 = 0x63b6_f1ef_53bf_2051;

    fn golden(variation: Variation) -> AmsGrad<AdamW> {
        adamw::Model::golden(variation).amsgrad()
    }

    fn from_torch(torch: &TorchOptions) -> Option<AmsGrad<AdamW>> {
        let is_this = torch.kind() == "AdamW" && torch.is_set("amsgrad");
        is_this.then(|| decoupled(torch_options(torch)).amsgrad())
    }

    fn terms(amsgrad: &AmsGrad<AdamW>, t: u64, e: &Element<3>) -> Option<Bounds<3>> {
        Some(amsgrad::terms(&amsgrad.base.adam, Self::DECAY, t, e))
    }
}
