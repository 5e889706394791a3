//! Centered RMSProp, and what it shares with that with momentum.

use gradstep::{Centered, RmsProp};
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

use crate::rmsprop::{self, Scalars, Terms, torch_options};

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = Centered<RmsProp>;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("v", Slot::Exact, Holds::Squares), ("mean", Slot::Exact, Holds::Gradients)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Centered<RmsProp>)> {
        rmsprop::Model::cases().map(|(name, rms_prop)| (name, rms_prop.centered()))
    }

    fn random(rng: &mut Rng) -> Centered<RmsProp> {
        rmsprop::Model::random(rng).centered()
    }

    fn fields(o: &mut Centered<RmsProp>) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        rmsprop::Model::fields(&mut o.base)
    }

    fn requirements(o: &Centered<RmsProp>, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        rmsprop::Model::requirements(&o.base, t)
    }

    fn written_out(o: &Centered<RmsProp>, _: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let scalars = Scalars::of(&o.base);
        move |p, g, [v, h]| {
            let (v, h) = (scalars.second_moment(g, v), scalars.mean(g, h));
            let (numerator, denominator) = (scalars.lr * g, scalars.denominator(variance(v, h)));
            let step = numerator / denominator;
            (p - step, [v, h])
        }
    }

    fn reference(o: &Centered<RmsProp>, _: u64, params: &mut [f64], grads: &[f64], [v, h]: [&mut [f64]; 2]) {
        let RmsProp { lr, alpha, eps, eps_root, weight_decay, maximize, .. } = o.base;
        for (((p, &g), v), h) in params.iter_mut().zip(grads).zip(v).zip(h) {
            let g = if maximize { -g } else { g } + weight_decay * *p;
            *v = alpha * *v + (1.0 - alpha) * g * g;
            *h = alpha * *h + (1.0 - alpha) * g;
            let variance = larger(*v - *h * *h, 0.0);
            *p -= lr * g / ((variance + eps_root).sqrt() + eps);
        }
    }

    fn bounds(o: &Centered<RmsProp>, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let [v, h] = e.state;
        let (terms, mean) = terms(&o.base, e.p, e.g, [v, h], e.new_state);
        let p = rmsprop::bound(&o.base, &terms, e.p)?;
        in_domain(&[], &[mean, mean * mean]).then_some(Bounds { p, state: [terms.error_v(), error_mean(mean)] })
    }

    const GOLDEN: u64 = 0x5d11_b5a6_c430_1e69;

    fn golden(variation: Variation) -> Centered<RmsProp> {
        rmsprop::Model::golden(variation).centered()
    }

    fn from_torch(torch: &TorchOptions) -> Option<Centered<RmsProp>> {
        let is_this = torch.kind() == "RmsProp" && torch.number("momentum") == 0.0 && torch.is_set("centered");
        is_this.then(|| torch_options(torch).centered())
    }

    fn terms(o: &Centered<RmsProp>, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let (Terms { g, v, d, .. }, mean) = terms(&o.base, e.p, e.g, e.state, e.new_state);
        Some(Bounds { p: e.p.abs() + o.base.lr * g / d, state: [v, mean] })
    }
}

/// v − h², but not below 0.
pub(crate) fn variance(v: f32, h: f32) -> f32 {
    let square = h * h;
    let variance = v - square;
    if variance >= 0.0 || variance.is_nan() { variance } else { 0.0 }
}

/// Those of the base, with the denominator and its error from the variance; and the terms of h. Of the old v and h, and
/// the exact new ones.
pub(crate) fn terms(o: &RmsProp, p: f64, g: f64, [v, h]: [f64; 2], [new_v, new_h]: [f64; 2]) -> (Terms, f64) {
    let base = Terms::of(o, p, g, v, new_v);
    let mean = o.alpha * h.abs() + (1.0 - o.alpha) * base.g;
    let (square, error_h) = (new_h * new_h, error_mean(mean));
    let difference = new_v - square;
    let error = base.error_v() + error_h * (2.0 * new_h.abs() + error_h) + U * (square + difference.abs()) + W;
    // Where the difference is below 0 by more than its error, both are 0.
    let error = if difference > -error { error } else { 0.0 };
    let q = larger(difference, 0.0) + o.eps_root;
    let error_q = error + U * (o.eps_root + q);
    let d = q.sqrt() + o.eps;
    (Terms { d, f: error_q.sqrt().min(error_q / q.sqrt()) + 2.0 * U * d, ..base }, mean)
}

/// As of Adam's m.
pub(crate) fn error_mean(mean: f64) -> f64 {
    6.0 * U * mean + 2.0 * W
}
