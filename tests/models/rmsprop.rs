//! RMSProp.

use gradstep::RmsProp;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = RmsProp;
    const STATE: [(&'static str, Slot, Holds); 1] = [("v", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, RmsProp)> {
        let rms_prop = RmsProp::new(2e-3);
        let cases = [
            ("default", RmsProp::new(1e-3)),
            ("weight decay", rms_prop.weight_decay(0.01)),
            ("maximize", rms_prop.maximize(true)),
            ("no average", rms_prop.alpha(0.0)),
            ("α near 1", rms_prop.alpha(0.999_999_9)),
            ("large ε", rms_prop.eps(1e-3)),
            ("ε in the root alone, as the book", rms_prop.alpha(0.9).eps(0.0).eps_root(1e-6)),
            ("ε in the root that is 0 as f32: no term", rms_prop.eps_root(1e-60)),
            ("all", rms_prop.alpha(0.95).eps(1e-6).eps_root(1e-12).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> RmsProp {
        RmsProp::new(random::rate(rng))
            .alpha(random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .eps_root(if rng.bool() { 0.0 } else { random::log_uniform(rng, 1e-20..1.0) })
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(o: &mut RmsProp) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut o.lr),
            ("alpha", &mut o.alpha),
            ("eps", &mut o.eps),
            ("eps_root", &mut o.eps_root),
            ("weight_decay", &mut o.weight_decay),
        ]
    }

    fn requirements(o: &RmsProp, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(o.lr)),
            ("alpha", decay_rate(o.alpha)),
            ("eps", non_negative(o.eps)),
            ("eps_root", non_negative(o.eps_root)),
            ("lr", single(o.lr)),
            ("eps", single(o.eps)),
            ("eps_root", single(o.eps_root)),
            ("eps", o.eps as f32 > 0.0 || o.eps_root as f32 > 0.0),
        ]
    }

    fn written_out(o: &RmsProp, _: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let (lr, alpha, one_minus_alpha) = (o.lr as f32, o.alpha as f32, (1.0 - o.alpha) as f32);
        let (eps, eps_root) = (o.eps as f32, o.eps_root as f32);
        move |p, g, [v]| {
            let (kept, weighed) = (alpha * v, one_minus_alpha * g);
            let square = weighed * g;
            let v = kept + square;
            let q = if eps_root != 0.0 { v + eps_root } else { v };
            let (numerator, denominator) = (lr * g, q.sqrt() + eps);
            let step = numerator / denominator;
            (p - step, [v])
        }
    }

    fn reference(o: &RmsProp, _: u64, params: &mut [f64], grads: &[f64], [v]: [&mut [f64]; 1]) {
        for ((p, &g), v) in params.iter_mut().zip(grads).zip(v) {
            let g = if o.maximize { -g } else { g } + o.weight_decay * *p;
            *v = o.alpha * *v + (1.0 - o.alpha) * g.powi(2);
            *p -= o.lr * g / ((*v + o.eps_root).sqrt() + o.eps);
        }
    }

    fn bounds(o: &RmsProp, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { g, v, r, d } = Terms::of(o, e);
        let error_d = 5.0 * U * r + 4.0 * U * (1.0 - o.alpha).sqrt() * g + (4.0 * W).sqrt() + 2.0 * U * o.eps;
        let folded = [o.lr, o.weight_decay, o.alpha, 1.0 - o.alpha, o.eps, o.eps_root];
        if !in_domain(&folded, &[e.p, g, v, r, d, o.lr * g, o.lr * g / d]) || error_d >= d / 2.0 {
            return None;
        }
        let error_p =
            U * e.p.abs() + o.lr * g * (7.0 * U + error_d / d) / (d - error_d) + W * (2.0 + (1.0 + 2.0 * o.lr) / d);
        Some(Bounds { p: error_p, state: [10.0 * U * v + 3.0 * W] })
    }

    const GOLDEN: u64 = 0xd196_2721_2903_882a;

    fn golden(variation: Variation) -> RmsProp {
        RmsProp::new(1e-3)
            .eps_root(if variation.number == 2 { 1e-30 } else { 0.0 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<RmsProp> {
        let is_this = torch.kind() == "RmsProp" && torch.number("momentum") == 0.0 && !torch.is_set("centered");
        is_this.then(|| torch_options(torch))
    }

    fn terms(o: &RmsProp, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { g, v, d, .. } = Terms::of(o, e);
        Some(Bounds { p: e.p.abs() + o.lr * g / d, state: [v] })
    }
}

/// The options that PyTorch's class has whatever else it is told.
fn torch_options(torch: &TorchOptions) -> RmsProp {
    RmsProp::new(torch.number("lr"))
        .alpha(torch.number("alpha"))
        .eps(torch.number("eps"))
        .weight_decay(torch.number("weight_decay"))
        .maximize(torch.is_set("maximize"))
}

/// G, V, R and D of the bounds.
struct Terms {
    g: f64,
    v: f64,
    r: f64,
    d: f64,
}

impl Terms {
    fn of(o: &RmsProp, e: &Element<1>) -> Self {
        let g = e.g.abs() + o.weight_decay * e.p.abs();
        let r = (e.new_state[0] + o.eps_root).sqrt();
        Self { g, v: o.alpha * e.state[0] + (1.0 - o.alpha) * g * g, r, d: r + o.eps }
    }
}
