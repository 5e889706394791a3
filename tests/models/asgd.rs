//! Asgd: gradient descent and the average of its parameters.

use gradstep::Asgd;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = Asgd;
    const STATE: [(&'static str, Slot, Holds); 1] = [("average", Slot::Exact, Holds::Parameters)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Asgd)> {
        let asgd = Asgd::new(2e-3);
        let cases = [
            ("default", Asgd::new(1e-3)),
            ("λₐ", asgd.lambda(0.1)),
            ("no decay of the rate", asgd.lambda(0.0)),
            ("1 − λₐη below 0", asgd.lambda(1000.0)),
            ("α", asgd.lambda(0.1).alpha(1.0)),
            ("α 0", asgd.lambda(0.1).alpha(0.0)),
            ("t₀", asgd.t0(0.0)),
            ("1/n that is 1 as f32", asgd.t0(1.0 - 1e-9)),
            ("weight decay", asgd.weight_decay(0.1)),
            ("maximize", asgd.maximize(true)),
            ("all", asgd.lambda(0.5).alpha(1.5).t0(0.5).weight_decay(0.5).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Asgd {
        Asgd::new(random::rate(rng))
            .lambda(random::weight_decay(rng))
            .alpha([0.0, 1.0, random::uniform(rng, 0.0..2.0)][rng.usize(..3)])
            .t0([0.0, random::uniform(rng, 0.0..100.0), random::log_uniform(rng, 1.0..1e7)][rng.usize(..3)])
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(asgd: &mut Asgd) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut asgd.lr),
            ("lambda", &mut asgd.lambda),
            ("alpha", &mut asgd.alpha),
            ("t0", &mut asgd.t0),
            ("weight_decay", &mut asgd.weight_decay),
        ]
    }

    fn requirements(asgd: &Asgd, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        let (rate, kept) = descent(asgd, t);
        [
            ("lr", non_negative(asgd.lr)),
            ("lambda", non_negative(asgd.lambda)),
            ("alpha", non_negative(asgd.alpha)),
            ("t0", non_negative(asgd.t0)),
            ("lr", single(rate)),
            ("lambda", single(kept)),
        ]
    }

    fn written_out(asgd: &Asgd, t: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let ((rate, kept), n) = (descent(asgd, t), averaged(asgd, t));
        let [rate, kept, weight] = [rate, kept, 1.0 / n].map(|x| x as f32);
        move |p, g, [average]| {
            let (kept, change) = (kept * p, rate * g);
            let p = kept - change;
            if n == 1.0 {
                return (p, [p]);
            }
            let difference = p - average;
            let change = weight * difference;
            (p, [average + change])
        }
    }

    fn reference(asgd: &Asgd, t: u64, params: &mut [f64], grads: &[f64], [average]: [&mut [f64]; 1]) {
        let ((rate, kept), n) = (descent(asgd, t), averaged(asgd, t));
        for ((p, &g), average) in params.iter_mut().zip(grads).zip(average) {
            let g = asgd.weight_decay * *p + if asgd.maximize { -g } else { g };
            *p = kept * *p - rate * g;
            *average = if n == 1.0 { *p } else { *average + (*p - *average) / n };
        }
    }

    /// The parameter: the factor, its product and the difference; as Sgd's, 6 on the way of the gradient. The average:
    /// the error of the parameter in the difference, with a rounding of the difference, of 1/n and of their product;
    /// and that of the sum.
    fn bounds(asgd: &Asgd, t: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let ((rate, factor), n) = (descent(asgd, t), averaged(asgd, t));
        let Terms { g, kept } = Terms::of(asgd, factor, e);
        let p = U * (3.0 * kept + 6.0 * rate * g) + W * (1.0 + rate);
        let difference = e.new_p - e.state[0];
        let average = if n == 1.0 { p } else { U * e.new_state[0].abs() + (3.0 * U * difference.abs() + p) / n + W };
        let folded = [rate, asgd.weight_decay, factor, 1.0 / n];
        let terms = [e.p, kept, g, rate * g, e.state[0], difference];
        in_domain(&folded, &terms).then_some(Bounds { p, state: [average] })
    }

    const GOLDEN: u64 = 0x6a5f_016a_34b8_1e38;

    fn golden(variation: Variation) -> Asgd {
        let asgd = Asgd::new(1e-3).weight_decay(variation.weight_decay).maximize(variation.maximize);
        match variation.number {
            0 | 1 => asgd,
            2 => asgd.t0(10.0),
            3 => asgd.lambda(0.01).t0(0.0),
            _ => asgd.lambda(0.5).alpha(1.0).t0(30.0),
        }
    }

    fn from_torch(torch: &TorchOptions) -> Option<Asgd> {
        (torch.kind() == "Asgd").then(|| {
            Asgd::new(torch.number("lr"))
                .lambda(torch.number("lambd"))
                .alpha(torch.number("alpha"))
                .t0(torch.number("t0"))
                .weight_decay(torch.number("weight_decay"))
                .maximize(torch.is_set("maximize"))
        })
    }

    fn terms(asgd: &Asgd, t: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let ((rate, factor), n) = (descent(asgd, t), averaged(asgd, t));
        let Terms { g, kept } = Terms::of(asgd, factor, e);
        let p = kept + rate * g;
        let average = e.state[0].abs();
        Some(Bounds { p, state: [if n == 1.0 { p } else { average + (p + average) / n }] })
    }
}

/// η_t, and what is kept of the parameter, 1 − λₐη_t.
fn descent(asgd: &Asgd, t: u64) -> (f64, f64) {
    let rate = asgd.lr / libm::pow(1.0 + asgd.lambda * asgd.lr * (t - 1) as f64, asgd.alpha);
    (rate, 1.0 - asgd.lambda * rate)
}

/// n, how many parameters are averaged.
fn averaged(asgd: &Asgd, t: u64) -> f64 {
    ((t - 1) as f64 - asgd.t0).max(1.0)
}

/// The magnitudes of the gradient and of what is kept of the parameter.
struct Terms {
    g: f64,
    kept: f64,
}

impl Terms {
    fn of(asgd: &Asgd, factor: f64, e: &Element<1>) -> Self {
        Self { g: e.g.abs() + asgd.weight_decay * e.p.abs(), kept: (factor * e.p).abs() }
    }
}
