//! Centered RMSProp with momentum.

use gradstep::{Centered, RmsProp, RmsPropMomentum};
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

use crate::rmsprop::{Scalars, Terms, torch_options};
use crate::rmsprop_centered::{error_mean, terms, variance};
use crate::rmsprop_momentum;

pub struct Model;

impl gradstep_checks::Model<3> for Model {
    type Optimizer = Centered<RmsPropMomentum>;
    const STATE: [(&'static str, Slot, Holds); 3] = [
        ("v", Slot::Exact, Holds::Squares),
        ("mean", Slot::Exact, Holds::Gradients),
        ("velocity", Slot::Signed, Holds::Gradients),
    ];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Centered<RmsPropMomentum>)> {
        rmsprop_momentum::Model::cases().map(|(name, base)| (name, base.centered()))
    }

    fn random(rng: &mut Rng) -> Centered<RmsPropMomentum> {
        rmsprop_momentum::Model::random(rng).centered()
    }

    fn fields(o: &mut Centered<RmsPropMomentum>) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        rmsprop_momentum::Model::fields(&mut o.base)
    }

    fn requirements(o: &Centered<RmsPropMomentum>, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        rmsprop_momentum::Model::requirements(&o.base, t)
    }

    fn written_out(o: &Centered<RmsPropMomentum>, _: u64) -> impl Fn(f32, f32, [f32; 3]) -> (f32, [f32; 3]) {
        let (scalars, momentum) = (Scalars::of(&o.base.rms_prop), o.base.momentum as f32);
        move |p, g, [v, h, b]| {
            let (v, h) = (scalars.second_moment(g, v), scalars.mean(g, h));
            let (kept, new) = (momentum * b, g / scalars.denominator(variance(v, h)));
            let b = kept + new;
            let step = scalars.lr * b;
            (p - step, [v, h, b])
        }
    }

    fn reference(o: &Centered<RmsPropMomentum>, _: u64, params: &mut [f64], grads: &[f64], [v, h, b]: [&mut [f64]; 3]) {
        let RmsProp { lr, alpha, eps, eps_root, weight_decay, maximize, .. } = o.base.rms_prop;
        for ((((p, &g), v), h), b) in params.iter_mut().zip(grads).zip(v).zip(h).zip(b) {
            let g = if maximize { -g } else { g } + weight_decay * *p;
            *v = alpha * *v + (1.0 - alpha) * g * g;
            *h = alpha * *h + (1.0 - alpha) * g;
            let variance = larger(*v - *h * *h, 0.0);
            *b = o.base.momentum * *b + g / ((variance + eps_root).sqrt() + eps);
            *p -= lr * *b;
        }
    }

    fn bounds(o: &Centered<RmsPropMomentum>, _: u64, e: &Element<3>) -> Option<Bounds<3>> {
        let ([v, h, b], [new_v, new_h, _]) = (e.state, e.new_state);
        let (terms, mean) = terms(&o.base.rms_prop, e.p, e.g, [v, h], [new_v, new_h]);
        let [p, b] = rmsprop_momentum::bounds(&o.base, &terms, e.p, b)?;
        in_domain(&[], &[mean, mean * mean]).then_some(Bounds { p, state: [terms.error_v(), error_mean(mean), b] })
    }

    const GOLDEN: u64 = 0xaa4a_0d8c_6f12_b46a;

    fn golden(variation: Variation) -> Centered<RmsPropMomentum> {
        rmsprop_momentum::Model::golden(variation).centered()
    }

    fn from_torch(torch: &TorchOptions) -> Option<Centered<RmsPropMomentum>> {
        let is_this = torch.kind() == "RmsProp" && torch.number("momentum") != 0.0 && torch.is_set("centered");
        is_this.then(|| torch_options(torch).momentum(torch.number("momentum")).centered())
    }

    fn terms(o: &Centered<RmsPropMomentum>, _: u64, e: &Element<3>) -> Option<Bounds<3>> {
        let ([v, h, b], [new_v, new_h, _]) = (e.state, e.new_state);
        let (Terms { g, v, d, .. }, mean) = terms(&o.base.rms_prop, e.p, e.g, [v, h], [new_v, new_h]);
        let b = o.base.momentum * b.abs() + g / d;
        Some(Bounds { p: e.p.abs() + o.base.rms_prop.lr * b, state: [v, mean, b] })
    }
}
