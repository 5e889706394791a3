//! Adadelta.

use gradstep::Adadelta;
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = Adadelta;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("v", Slot::SecondMoment, Holds::Squares), ("u", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Adadelta)> {
        let adadelta = Adadelta::new(0.5);
        let cases = [
            ("default", Adadelta::new(1e-3)),
            ("without η, as the paper", Adadelta::new(1.0).rho(0.95)),
            ("weight decay", adadelta.weight_decay(0.01)),
            ("maximize", adadelta.maximize(true)),
            ("no averages", adadelta.rho(0.0)),
            ("ρ near 1", adadelta.rho(0.999_999_9)),
            ("large ε", adadelta.eps(0.1)),
            ("all", adadelta.rho(0.8).eps(1e-9).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Adadelta {
        Adadelta::new(random::rate(rng))
            .rho(random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-20..1.0))
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(o: &mut Adadelta) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [("lr", &mut o.lr), ("rho", &mut o.rho), ("eps", &mut o.eps), ("weight_decay", &mut o.weight_decay)]
    }

    fn requirements(o: &Adadelta, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(o.lr)),
            ("rho", decay_rate(o.rho)),
            ("eps", non_negative(o.eps)),
            ("lr", single(o.lr)),
            ("eps", single(o.eps)),
            ("eps", o.eps as f32 > 0.0),
        ]
    }

    fn written_out(o: &Adadelta, _: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let (lr, rho, one_minus_rho, eps) = (o.lr as f32, o.rho as f32, (1.0 - o.rho) as f32, o.eps as f32);
        let average = move |old: f32, x: f32| {
            let (kept, weighed) = (rho * old, one_minus_rho * x);
            let square = weighed * x;
            kept + square
        };
        move |p, g, [v, u]| {
            let v = average(v, g);
            let (above, below) = (u + eps, v + eps);
            let ratio = above.sqrt() / below.sqrt();
            let delta = ratio * g;
            let step = lr * delta;
            (p - step, [v, average(u, delta)])
        }
    }

    fn reference(o: &Adadelta, _: u64, params: &mut [f64], grads: &[f64], [v, u]: [&mut [f64]; 2]) {
        for (((p, &g), v), u) in params.iter_mut().zip(grads).zip(v).zip(u) {
            let g = if o.maximize { -g } else { g } + o.weight_decay * *p;
            *v = o.rho * *v + (1.0 - o.rho) * g * g;
            let delta = ((*u + o.eps) / (*v + o.eps)).sqrt() * g;
            *u = o.rho * *u + (1.0 - o.rho) * delta * delta;
            *p -= o.lr * delta;
        }
    }

    fn bounds(o: &Adadelta, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let Terms { g, v, n, d, delta } = Terms::of(o, e);
        let f = 4.0 * U * d + 4.0 * U * (1.0 - o.rho).sqrt() * g + (4.0 * W).sqrt();
        if f >= d / 2.0 {
            return None;
        }
        let error_delta = n / (d - f) * (g * (7.0 * U + f / d) + W) + W;
        let most = delta + error_delta;
        let u = o.rho * e.state[1] + (1.0 - o.rho) * most * most;
        let error_u = 4.0 * U * u + (1.0 - o.rho) * (delta + most) * error_delta + 3.0 * W;
        let error_p = U * e.p.abs() + o.lr * (3.0 * U * most + error_delta) + W;
        let folded = [o.lr, o.weight_decay, o.rho, 1.0 - o.rho, o.eps];
        in_domain(&folded, &[e.p, g, v, e.state[1], u, most, o.lr * most])
            .then_some(Bounds { p: error_p, state: [10.0 * U * v + 3.0 * W, error_u] })
    }

    const GOLDEN: u64 = 0xb9df_d76f_7c61_5d55;

    fn golden(variation: Variation) -> Adadelta {
        Adadelta::new(0.5)
            .eps(if variation.number == 2 { 1e-30 } else { 1e-6 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<Adadelta> {
        (torch.kind() == "Adadelta").then(|| {
            Adadelta::new(torch.number("lr"))
                .rho(torch.number("rho"))
                .eps(torch.number("eps"))
                .weight_decay(torch.number("weight_decay"))
                .maximize(torch.is_set("maximize"))
        })
    }

    fn terms(o: &Adadelta, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let Terms { v, delta, .. } = Terms::of(o, e);
        let u = o.rho * e.state[1] + (1.0 - o.rho) * delta * delta;
        Some(Bounds { p: e.p.abs() + o.lr * delta, state: [v, u] })
    }
}

/// G, V, N, D and T of the bounds.
struct Terms {
    g: f64,
    v: f64,
    n: f64,
    d: f64,
    delta: f64,
}

impl Terms {
    fn of(o: &Adadelta, e: &Element<2>) -> Self {
        let g = e.g.abs() + o.weight_decay * e.p.abs();
        let [n, d] = [e.state[1], e.new_state[0]].map(|square| (square + o.eps).sqrt());
        Self { g, v: o.rho * e.state[0] + (1.0 - o.rho) * g * g, n, d, delta: n * g / d }
    }
}
