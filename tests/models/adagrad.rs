//! Adagrad.

use gradstep::Adagrad;
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = Adagrad;
    const STATE: [(&'static str, Slot, Holds); 1] = [("sum", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Adagrad)> {
        let adagrad = Adagrad::new(2e-3);
        let cases = [
            ("default", Adagrad::new(1e-3)),
            ("decay of η", adagrad.lr_decay(0.1)),
            ("decay of η to 0", adagrad.lr_decay(1e300)),
            ("weight decay", adagrad.weight_decay(0.01)),
            ("maximize", adagrad.maximize(true)),
            ("large ε", adagrad.eps(1e-3)),
            ("ε in the root alone, as the book", adagrad.eps(0.0).eps_root(1e-6)),
            ("ε in the root that is 0 as f32: no term", adagrad.eps_root(1e-60)),
            ("all", adagrad.lr_decay(1e-3).eps(1e-6).eps_root(1e-12).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Adagrad {
        Adagrad::new(random::rate(rng))
            .lr_decay(if rng.bool() { 0.0 } else { random::log_uniform(rng, 1e-9..1.0) })
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .eps_root(if rng.bool() { 0.0 } else { random::log_uniform(rng, 1e-20..1.0) })
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(o: &mut Adagrad) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut o.lr),
            ("lr_decay", &mut o.lr_decay),
            ("eps", &mut o.eps),
            ("eps_root", &mut o.eps_root),
            ("weight_decay", &mut o.weight_decay),
        ]
    }

    fn requirements(o: &Adagrad, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(o.lr)),
            ("lr_decay", non_negative(o.lr_decay)),
            ("eps", non_negative(o.eps)),
            ("eps_root", non_negative(o.eps_root)),
            ("lr", single(decayed_lr(o, t))),
            ("eps", single(o.eps)),
            ("eps_root", single(o.eps_root)),
            ("eps", o.eps as f32 > 0.0 || o.eps_root as f32 > 0.0),
        ]
    }

    fn written_out(o: &Adagrad, t: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let (lr, eps, eps_root) = (decayed_lr(o, t) as f32, o.eps as f32, o.eps_root as f32);
        move |p, g, [sum]| {
            let square = g * g;
            let sum = sum + square;
            let q = if eps_root != 0.0 { sum + eps_root } else { sum };
            let (numerator, denominator) = (lr * g, q.sqrt() + eps);
            let step = numerator / denominator;
            (p - step, [sum])
        }
    }

    fn reference(o: &Adagrad, t: u64, params: &mut [f64], grads: &[f64], [sum]: [&mut [f64]; 1]) {
        let lr = decayed_lr(o, t);
        for ((p, &g), sum) in params.iter_mut().zip(grads).zip(sum) {
            let g = if o.maximize { -g } else { g } + o.weight_decay * *p;
            *sum += g * g;
            *p -= lr * g / ((*sum + o.eps_root).sqrt() + o.eps);
        }
    }

    fn bounds(o: &Adagrad, t: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { lr, g, s, r, d } = Terms::of(o, t, e);
        let f = 4.0 * U * (r + g) + (4.0 * W).sqrt() + 2.0 * U * o.eps;
        let folded = [lr, o.weight_decay, o.eps, o.eps_root];
        if !in_domain(&folded, &[e.p, g, s, r, d, lr * g, lr * g / d]) || f >= d / 2.0 {
            return None;
        }
        let step = lr * g * (7.0 * U + f / d) / (d - f) + W * (2.0 + (1.0 + 2.0 * lr) / d);
        Some(Bounds { p: U * e.p.abs() + step, state: [8.0 * U * s + 3.0 * W] })
    }

    const GOLDEN: u64 = 0x3518_b734_c1bc_d2c6;

    fn golden(variation: Variation) -> Adagrad {
        Adagrad::new(1e-3)
            .lr_decay(if variation.number == 1 { 0.1 } else { 0.0 })
            .eps_root(if variation.number == 4 { 1e-6 } else { 0.0 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<Adagrad> {
        (torch.kind() == "Adagrad").then(|| {
            Adagrad::new(torch.number("lr"))
                .lr_decay(torch.number("lr_decay"))
                .eps(torch.number("eps"))
                .weight_decay(torch.number("weight_decay"))
                .maximize(torch.is_set("maximize"))
        })
    }

    fn terms(o: &Adagrad, t: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { lr, g, s, d, .. } = Terms::of(o, t, e);
        Some(Bounds { p: e.p.abs() + lr * g / d, state: [s] })
    }
}

/// The learning rate of step `t`.
fn decayed_lr(o: &Adagrad, t: u64) -> f64 {
    o.lr / (1.0 + (t - 1) as f64 * o.lr_decay)
}

/// a, G, S, R and D of the bounds.
struct Terms {
    lr: f64,
    g: f64,
    s: f64,
    r: f64,
    d: f64,
}

impl Terms {
    fn of(o: &Adagrad, t: u64, e: &Element<1>) -> Self {
        let g = e.g.abs() + o.weight_decay * e.p.abs();
        let r = (e.new_state[0] + o.eps_root).sqrt();
        Self { lr: decayed_lr(o, t), g, s: e.state[0] + g * g, r, d: r + o.eps }
    }
}
