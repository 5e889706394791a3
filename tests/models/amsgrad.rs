//! AMSGrad over Adam, and what it shares with that over AdamW.

use gradstep::{Adam, AmsGrad};
use gradstep_checks::model::*;

use crate::adam::{self, Scalars, Terms, torch_options};

pub struct Model;

impl gradstep_checks::Model<3> for Model {
    type Optimizer = AmsGrad<Adam>;
    const STATE: [(&'static str, Slot, Holds); 3] = [
        ("m", Slot::Signed, Holds::Gradients),
        ("v", Slot::Exact, Holds::Squares),
        ("v_max", Slot::Exact, Holds::Squares),
    ];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, AmsGrad<Adam>)> {
        adam::Model::cases().map(|(name, adam)| (name, adam.amsgrad()))
    }

    fn random(rng: &mut Rng) -> AmsGrad<Adam> {
        adam::Model::random(rng).amsgrad()
    }

    fn fields(amsgrad: &mut AmsGrad<Adam>) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        adam::Model::fields(&mut amsgrad.base)
    }

    fn requirements(amsgrad: &AmsGrad<Adam>, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        adam::Model::requirements(&amsgrad.base, t)
    }

    fn written_out(amsgrad: &AmsGrad<Adam>, t: u64) -> impl Fn(f32, f32, [f32; 3]) -> (f32, [f32; 3]) {
        written_out(&amsgrad.base, t)
    }

    fn reference(o: &AmsGrad<Adam>, t: u64, params: &mut [f64], grads: &[f64], [m, v, v_max]: [&mut [f64]; 3]) {
        reference::amsgrad(o, t, params, grads, m, v, v_max);
    }

    fn bounds(amsgrad: &AmsGrad<Adam>, t: u64, e: &Element<3>) -> Option<Bounds<3>> {
        bounds(&amsgrad.base, Self::DECAY, t, e)
    }

    const GOLDEN: u64 = 0x6d34_189e_b0b9_448a;

    fn golden(variation: Variation) -> AmsGrad<Adam> {
        adam::Model::golden(variation).amsgrad()
    }

    fn from_torch(torch: &TorchOptions) -> Option<AmsGrad<Adam>> {
        (torch.kind() == "Adam" && torch.is_set("amsgrad")).then(|| torch_options(torch).amsgrad())
    }

    fn terms(amsgrad: &AmsGrad<Adam>, t: u64, e: &Element<3>) -> Option<Bounds<3>> {
        Some(terms(&amsgrad.base, Self::DECAY, t, e))
    }
}

pub(crate) fn written_out(adam: &Adam, t: u64) -> impl Fn(f32, f32, [f32; 3]) -> (f32, [f32; 3]) + use<> {
    let scalars = Scalars::of(adam, t);
    move |p, g, [m, v, v_max]| {
        let [m, v] = scalars.moments(g, [m, v]);
        let v_max = if v_max >= v || v_max.is_nan() { v_max } else { v };
        (scalars.param(p, m, v_max), [m, v, v_max])
    }
}

pub(crate) fn bounds(adam: &Adam, decay: Decay, t: u64, e: &Element<3>) -> Option<Bounds<3>> {
    let [m, v, v_max] = e.state;
    let terms = Terms::of(adam, decay, t, e.p, e.g, [m, v], e.new_state[2]);
    if !in_domain(&[], &[v_max]) {
        return None;
    }
    let [p, m, v] = terms.bounds(adam, e.new_state[0])?;
    Some(Bounds { p, state: [m, v, v.max(10.0 * U * v_max + 3.0 * W)] })
}

pub(crate) fn terms(adam: &Adam, decay: Decay, t: u64, e: &Element<3>) -> Bounds<3> {
    let [m, v, v_max] = e.state;
    let terms = Terms::of(adam, decay, t, e.p, e.g, [m, v], e.new_state[2]);
    Bounds { p: terms.p(), state: [terms.m, terms.v, terms.v.max(v_max)] }
}
