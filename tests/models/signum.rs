//! Signum: the sign of an average, and what it shares with SignumW.

use gradstep::Signum;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = Signum;
    const STATE: [(&'static str, Slot, Holds); 1] = [("m", Slot::Signed, Holds::Gradients)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Signum)> {
        let signum = Signum::new(2e-3);
        let cases = [
            ("default", Signum::new(1e-3)),
            ("signSGD", signum.momentum(0.0)),
            ("μ near 1", signum.momentum(0.999_999_9)),
            ("weight decay", signum.weight_decay(0.1)),
            ("weight decay that is 0 as f32: no term", signum.weight_decay(1e-50)),
            ("maximize", signum.maximize(true)),
            ("all", signum.momentum(0.5).weight_decay(0.5).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Signum {
        Signum::new(random::rate(rng))
            .momentum(random::decay_rate(rng))
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(signum: &mut Signum) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [("lr", &mut signum.lr), ("momentum", &mut signum.momentum), ("weight_decay", &mut signum.weight_decay)]
    }

    fn requirements(signum: &Signum, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [("lr", non_negative(signum.lr)), ("momentum", decay_rate(signum.momentum)), ("lr", single(signum.lr))]
    }

    fn written_out(signum: &Signum, _: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let [lr, kept, new] = [signum.lr, signum.momentum, 1.0 - signum.momentum].map(|x| x as f32);
        move |p, g, [m]| {
            let (kept, new) = (kept * m, new * g);
            let m = kept + new;
            let change = lr * sign(m);
            (p - change, [m])
        }
    }

    fn reference(signum: &Signum, _: u64, params: &mut [f64], grads: &[f64], [m]: [&mut [f64]; 1]) {
        for ((p, &g), m) in params.iter_mut().zip(grads).zip(m) {
            let g = signum.weight_decay * *p + if signum.maximize { -g } else { g };
            textbook(signum, p, g, m);
        }
    }

    fn bounds(signum: &Signum, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let penalty = signum.weight_decay * e.p.abs();
        bounds(signum, e.p, 1.0, e.g.abs() + penalty, e)
    }

    const GOLDEN: u64 = 0xb878_b03a_0666_76c3;

    fn golden(variation: Variation) -> Signum {
        Signum::new(1e-3)
            .momentum(if variation.number == 4 { 0.0 } else { 0.9 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }
}

/// The update of one element, past the decay.
pub(crate) fn textbook(signum: &Signum, p: &mut f64, g: f64, m: &mut f64) {
    *m = signum.momentum * *m + (1.0 - signum.momentum) * g;
    *p -= if *m == 0.0 { 0.0 } else { signum.lr * m.signum() };
}

/// The average as Adam's m: 6uM + 2w. The parameter: of `p`, what decay has left, so many `roundings`, and of η its own
/// and that of the difference; and the other sign, 2η away, where m is within its error of 0. The terms of the gradient
/// add up to `g`.
pub(crate) fn bounds(signum: &Signum, p: f64, roundings: f64, g: f64, e: &Element<1>) -> Option<Bounds<1>> {
    let Signum { lr, momentum, weight_decay, .. } = *signum;
    let m = momentum * e.state[0].abs() + (1.0 - momentum) * g;
    let error = 6.0 * U * m + 2.0 * W;
    let other_sign = if e.new_state[0].abs() <= error { 2.0 * lr } else { 0.0 };
    let bounds = Bounds { p: U * (roundings * p.abs() + 2.0 * lr) + W + other_sign, state: [error] };
    in_domain(&[lr, momentum, 1.0 - momentum, weight_decay], &[e.p, p, g, m]).then_some(bounds)
}
