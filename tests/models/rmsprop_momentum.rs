//! RMSProp with momentum.

use gradstep::{RmsProp, RmsPropMomentum};
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

use crate::rmsprop::{self, Scalars, Terms, computed, in_range, torch_options};

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = RmsPropMomentum;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("v", Slot::SecondMoment, Holds::Squares), ("velocity", Slot::Signed, Holds::Gradients)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, RmsPropMomentum)> {
        let cases = rmsprop::Model::cases().map(|(name, rms_prop)| (name, rms_prop.momentum(0.9)));
        cases.chain([("momentum that grows", RmsProp::new(2e-3).momentum(1.25))])
    }

    fn random(rng: &mut Rng) -> RmsPropMomentum {
        let momentum = [random::log_uniform(rng, 1e-3..1.0), random::uniform(rng, 0.9..1.1)][rng.usize(..2)];
        rmsprop::Model::random(rng).momentum(momentum)
    }

    fn fields(o: &mut RmsPropMomentum) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        rmsprop::Model::fields(&mut o.rms_prop).into_iter().chain([("momentum", &mut o.momentum)])
    }

    fn requirements(o: &RmsPropMomentum, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        let above_0 = ("momentum", o.momentum > 0.0 && o.momentum.is_finite());
        let [in_range, computed] = [in_range(&o.rms_prop), computed(&o.rms_prop)];
        in_range.into_iter().chain([above_0]).chain(computed).chain([("momentum", single(o.momentum))])
    }

    fn written_out(o: &RmsPropMomentum, _: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let (scalars, momentum) = (Scalars::of(&o.rms_prop), o.momentum as f32);
        move |p, g, [v, b]| {
            let v = scalars.second_moment(g, v);
            let (kept, new) = (momentum * b, g / scalars.denominator(v));
            let b = kept + new;
            let step = scalars.lr * b;
            (p - step, [v, b])
        }
    }

    fn reference(o: &RmsPropMomentum, _: u64, params: &mut [f64], grads: &[f64], [v, b]: [&mut [f64]; 2]) {
        let RmsProp { lr, alpha, eps, eps_root, weight_decay, maximize, .. } = o.rms_prop;
        for (((p, &g), v), b) in params.iter_mut().zip(grads).zip(v).zip(b) {
            let g = if maximize { -g } else { g } + weight_decay * *p;
            *v = alpha * *v + (1.0 - alpha) * g * g;
            *b = o.momentum * *b + g / ((*v + eps_root).sqrt() + eps);
            *p -= lr * *b;
        }
    }

    fn bounds(o: &RmsPropMomentum, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let terms = Terms::of(&o.rms_prop, e.p, e.g, e.state[0], e.new_state[0]);
        let [p, b] = bounds(o, &terms, e.p, e.state[1])?;
        Some(Bounds { p, state: [terms.error_v(), b] })
    }

    const GOLDEN: u64 = 0xc7f6_60df_e253_bbf0;

    fn golden(variation: Variation) -> RmsPropMomentum {
        rmsprop::Model::golden(variation).momentum(0.9)
    }

    fn from_torch(torch: &TorchOptions) -> Option<RmsPropMomentum> {
        let is_this = torch.kind() == "RmsProp" && torch.number("momentum") != 0.0 && !torch.is_set("centered");
        is_this.then(|| torch_options(torch).momentum(torch.number("momentum")))
    }

    fn terms(o: &RmsPropMomentum, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let Terms { g, v, d, .. } = Terms::of(&o.rms_prop, e.p, e.g, e.state[0], e.new_state[0]);
        let b = o.momentum * e.state[1].abs() + g / d;
        Some(Bounds { p: e.p.abs() + o.rms_prop.lr * b, state: [v, b] })
    }
}

/// Of the parameter and the velocity, from the parameter and the old velocity.
pub(crate) fn bounds(o: &RmsPropMomentum, terms: &Terms, p: f64, b: f64) -> Option<[f64; 2]> {
    let Terms { g, d, f, .. } = *terms;
    let lr = o.rms_prop.lr;
    let (kept, new) = (o.momentum * b.abs(), g / d);
    let error_b = 3.0 * U * kept + (g * (5.0 * U + f / d) + W) / (d - f) + 2.0 * W;
    let error_p = U * p.abs() + lr * (3.0 * U * (kept + new) + error_b) + W;
    let in_domain = in_domain(&[o.momentum], &[]) && terms.in_domain(&o.rms_prop, &[p, kept, new, lr * (kept + new)]);
    in_domain.then_some([error_p, error_b])
}
