//! Momentum.

use gradstep::Momentum;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = Momentum;
    const STATE: [(&'static str, Slot, Holds); 1] = [("velocity", Slot::Signed, Holds::Gradients)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Momentum)> {
        let momentum = Momentum::new(0.01, 0.9);
        let cases = [
            ("default", Momentum::new(1e-3, 0.9)),
            ("dampening", momentum.dampening(0.5)),
            ("all of it", momentum.dampening(1.0)),
            ("Nesterov", momentum.nesterov(true)),
            ("weight decay", momentum.weight_decay(0.01)),
            ("several", momentum.nesterov(true).weight_decay(5e-4).maximize(true)),
            ("no momentum", Momentum::new(0.01, 0.0).dampening(0.25)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Momentum {
        let momentum = if rng.bool() {
            Momentum::new(random::rate(rng), random::log_uniform(rng, 1e-3..1.1)).nesterov(true)
        } else {
            let mu = [0.0, random::uniform(rng, 0.0..1.0), random::uniform(rng, 0.9..1.1)][rng.usize(..3)];
            Momentum::new(random::rate(rng), mu).dampening(rng.f64())
        };
        momentum.weight_decay(random::weight_decay(rng)).maximize(rng.bool())
    }

    fn fields(o: &mut Momentum) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut o.lr),
            ("momentum", &mut o.momentum),
            ("dampening", &mut o.dampening),
            ("weight_decay", &mut o.weight_decay),
        ]
    }

    fn requirements(o: &Momentum, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(o.lr)),
            ("momentum", non_negative(o.momentum)),
            ("dampening", (0.0..=1.0).contains(&o.dampening)),
            ("momentum", !o.nesterov || o.momentum > 0.0),
            ("dampening", !o.nesterov || o.dampening == 0.0),
            ("lr", single(o.lr)),
            ("momentum", single(o.momentum)),
        ]
    }

    fn written_out(o: &Momentum, t: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let (lr, momentum, undamped) = (o.lr as f32, o.momentum as f32, (1.0 - o.dampening) as f32);
        let nesterov = o.nesterov;
        move |p, g, [velocity]| {
            let b = if t == 1 {
                g
            } else {
                let (kept, new) = (momentum * velocity, undamped * g);
                kept + new
            };
            let ahead = momentum * b;
            let change = lr * if nesterov { g + ahead } else { b };
            (p - change, [b])
        }
    }

    fn reference(o: &Momentum, t: u64, params: &mut [f64], grads: &[f64], [velocity]: [&mut [f64]; 1]) {
        reference::momentum(o, t, params, grads, velocity);
    }

    fn bounds(o: &Momentum, t: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { g, b, n } = Terms::of(o, t, e);
        let step = if o.nesterov { 12.0 * o.lr * n } else { 9.0 * o.lr * b };
        let folded = [o.lr, o.weight_decay, o.momentum, 1.0 - o.dampening];
        in_domain(&folded, &[e.p, g, b, n, o.lr * b, o.lr * n])
            .then_some(Bounds { p: U * (e.p.abs() + step) + W * (1.0 + 4.0 * o.lr), state: [6.0 * U * b + 2.0 * W] })
    }

    const GOLDEN: u64 = 0x55de_c9ee_b89e_5a5a;

    fn golden(variation: Variation) -> Momentum {
        Momentum::new(1e-3, 0.9)
            .dampening(if variation.number == 2 { 0.1 } else { 0.0 })
            .nesterov(variation.number == 1)
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<Momentum> {
        let is_this = torch.kind() == "SGD" && torch.number("momentum") != 0.0;
        is_this.then(|| {
            Momentum::new(torch.number("lr"), torch.number("momentum"))
                .dampening(torch.number("dampening"))
                .nesterov(torch.is_set("nesterov"))
                .weight_decay(torch.number("weight_decay"))
                .maximize(torch.is_set("maximize"))
        })
    }

    fn terms(o: &Momentum, t: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { b, n, .. } = Terms::of(o, t, e);
        Some(Bounds { p: e.p.abs() + o.lr * if o.nesterov { n } else { b }, state: [b] })
    }
}

/// The magnitudes of the gradient, of the new velocity, and of what Nesterov steps along.
struct Terms {
    g: f64,
    b: f64,
    n: f64,
}

impl Terms {
    fn of(o: &Momentum, t: u64, e: &Element<1>) -> Self {
        let g = e.g.abs() + o.weight_decay * e.p.abs();
        let b = if t == 1 { g } else { o.momentum * e.state[0].abs() + (1.0 - o.dampening) * g };
        Self { g, b, n: g + o.momentum * b }
    }
}
