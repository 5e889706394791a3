//! AdamW: Adam, but for the decay.

use gradstep::{Adam, AdamW};
use gradstep_checks::model::*;

use crate::adam::{self, Terms, torch_options};

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = AdamW;
    const STATE: [(&'static str, Slot, Holds); 2] = adam::Model::STATE;
    const DECAY: Decay = Decay::Shrink;

    fn cases() -> impl Iterator<Item = (&'static str, AdamW)> {
        let default = [("default", AdamW::new(1e-3)), ("default decay", AdamW::new(2e-3))];
        default.into_iter().chain(adam::Model::cases().skip(1).map(|(name, adam)| (name, decoupled(adam))))
    }

    fn random(rng: &mut Rng) -> AdamW {
        decoupled(adam::Model::random(rng))
    }

    fn fields(adamw: &mut AdamW) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        adam::Model::fields(&mut adamw.adam)
    }

    fn requirements(adamw: &AdamW, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        adam::Model::requirements(&adamw.adam, t)
    }

    fn written_out(adamw: &AdamW, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        adam::Model::written_out(&adamw.adam, t)
    }

    fn reference(adamw: &AdamW, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        reference::adamw(adamw, t, params, grads, m, v);
    }

    fn bounds(adamw: &AdamW, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let terms = Terms::of(&adamw.adam, Self::DECAY, t, e.p, e.g, e.state, e.new_state[1]);
        terms.bounds(&adamw.adam, e.new_state[0]).map(|[p, m, v]| Bounds { p, state: [m, v] })
    }

    const GOLDEN: u64 = 0xeeec_392a_3d30_0000;

    fn golden(variation: Variation) -> AdamW {
        decoupled(adam::Model::golden(variation))
    }

    fn from_torch(torch: &TorchOptions) -> Option<AdamW> {
        (torch.kind() == "AdamW" && !torch.is_set("amsgrad")).then(|| decoupled(torch_options(torch)))
    }

    fn terms(adamw: &AdamW, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let terms = Terms::of(&adamw.adam, Self::DECAY, t, e.p, e.g, e.state, e.new_state[1]);
        Some(Bounds { p: terms.p(), state: [terms.m, terms.v] })
    }
}

/// AdamW with the options of `adam`.
pub(crate) fn decoupled(adam: Adam) -> AdamW {
    let mut adamw = AdamW::new(adam.lr);
    adamw.adam = adam;
    adamw
}
