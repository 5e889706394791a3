//! Rprop: a step size for each parameter.

use gradstep::Rprop;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = Rprop;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("prev", Slot::Signed, Holds::Gradients), ("step_size", Slot::Exact, Holds::Magnitudes)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Rprop)> {
        let rprop = Rprop::new(2e-3);
        let cases = [
            ("default", Rprop::new(1e-3)),
            ("η₋", rprop.eta_minus(0.3)),
            ("η₊", rprop.eta_plus(1.7)),
            ("min_step, above η", rprop.min_step(0.25)),
            ("max_step, below η", rprop.max_step(1e-3)),
            ("one step size", rprop.min_step(0.1).max_step(0.1)),
            ("factors that are 0 and 1 as f32", rprop.eta_minus(1e-50).eta_plus(1.0 + 1e-9)),
            ("no least step size as f32", rprop.eta_minus(1.0 - 1e-9).min_step(1e-50)),
            ("maximize", rprop.maximize(true)),
            ("all", rprop.eta_minus(0.7).eta_plus(3.0).min_step(0.01).max_step(0.8).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Rprop {
        let min_step = random::log_uniform(rng, 1e-12..1.0);
        Rprop::new(random::rate(rng))
            .eta_minus(random::log_uniform(rng, 1e-3..1.0))
            .eta_plus(1.0 + random::log_uniform(rng, 1e-3..10.0))
            .min_step(min_step)
            .max_step(min_step * random::log_uniform(rng, 1.0..1e9))
            .maximize(rng.bool())
    }

    fn fields(o: &mut Rprop) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut o.lr),
            ("eta_minus", &mut o.eta_minus),
            ("eta_plus", &mut o.eta_plus),
            ("min_step", &mut o.min_step),
            ("max_step", &mut o.max_step),
        ]
    }

    fn requirements(o: &Rprop, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(o.lr)),
            ("eta_minus", o.eta_minus > 0.0 && o.eta_minus < 1.0),
            ("eta_plus", o.eta_plus > 1.0 && o.eta_plus < f64::INFINITY),
            ("min_step", o.min_step > 0.0 && o.min_step < f64::INFINITY),
            ("max_step", o.max_step >= o.min_step && o.max_step < f64::INFINITY),
            ("lr", single(o.lr)),
            ("eta_plus", single(o.eta_plus)),
            ("min_step", single(o.min_step)),
            ("max_step", single(o.max_step)),
        ]
    }

    fn written_out(o: &Rprop, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let [lr, minus, plus] = [o.lr as f32, o.eta_minus as f32, o.eta_plus as f32];
        let [least, most] = [o.min_step as f32, o.max_step as f32];
        move |p, g, [prev, step_size]| {
            let (x, w) = if t == 1 { (0.0, lr) } else { (g * prev, step_size) };
            let mut w = w * match x {
                x if x > 0.0 => plus,
                x if x < 0.0 => minus,
                _ => 1.0,
            };
            if w < least {
                w = least;
            }
            if w > most {
                w = most;
            }
            let h = if x < 0.0 { 0.0 } else { g };
            let change = w * sign(h);
            (p - change, [h, w])
        }
    }

    fn reference(o: &Rprop, t: u64, params: &mut [f64], grads: &[f64], [prev, step_size]: [&mut [f64]; 2]) {
        for (((p, &g), prev), step_size) in params.iter_mut().zip(grads).zip(prev).zip(step_size) {
            let g = if o.maximize { -g } else { g };
            let (x, w) = if t == 1 { (0.0, o.lr) } else { (g * *prev, *step_size) };
            [*p, *prev, *step_size] = textbook(o, *p, g, x, w);
        }
    }

    /// The gradient has one rounding; the step size w has two, and that its limits have one each adds none. The
    /// parameter has that of the difference, too. All this for each sign that g·prev and g may have in f32: their own,
    /// or 0 where they are so small that they underflow.
    fn bounds(o: &Rprop, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let g = if o.maximize { -e.g } else { e.g };
        let [prev, w] = if t == 1 { [0.0, o.lr] } else { e.state };
        let x = g * prev;
        let signs = [(true, x, g), (x.abs() <= W * (prev.abs() + 1.0), 0.0, g), (g.abs() <= W, 0.0, 0.0)];
        let mut bounds = Bounds { p: 0.0, state: [0.0; 2] };
        for (_, x, g) in signs.into_iter().filter(|(possible, ..)| *possible) {
            let [p, h, w] = textbook(o, e.p, g, x, w);
            bounds.p = bounds.p.max((p - e.new_p).abs() + U * (e.p.abs() + 3.0 * w) + W);
            let [of_prev, of_step_size] = &mut bounds.state;
            *of_prev = of_prev.max((h - e.new_state[0]).abs() + U * h.abs() + W);
            *of_step_size = of_step_size.max((w - e.new_state[1]).abs() + 2.0 * U * w + W);
        }
        let folded = [o.lr, o.eta_minus, o.eta_plus, o.min_step, o.max_step];
        in_domain(&folded, &[e.p, g, e.new_state[1]]).then_some(bounds)
    }

    const GOLDEN: u64 = 0x133f_2ea8_5b65_f1c4;

    fn golden(variation: Variation) -> Rprop {
        let rprop = Rprop::new(1e-3).maximize(variation.maximize);
        if variation.number < 3 { rprop } else { rprop.eta_minus(0.3).eta_plus(1.7).min_step(1e-4).max_step(0.05) }
    }

    fn from_torch(torch: &TorchOptions) -> Option<Rprop> {
        let (eta_minus, eta_plus) = (torch.kind() == "Rprop").then(|| torch.pair("etas"))?;
        let (min_step, max_step) = torch.pair("step_sizes");
        let rprop = Rprop::new(torch.number("lr")).maximize(torch.is_set("maximize"));
        Some(rprop.eta_minus(eta_minus).eta_plus(eta_plus).min_step(min_step).max_step(max_step))
    }

    /// PyTorch rounds g·prev alike, so it has the same sign.
    fn terms(_: &Rprop, _: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let [_, w] = e.new_state;
        Some(Bounds { p: e.p.abs() + w, state: [e.g.abs(), w] })
    }
}

/// The new parameter, gradient and step size, where g·prev is x and the step size w.
fn textbook(o: &Rprop, p: f64, g: f64, x: f64, w: f64) -> [f64; 3] {
    let factor = match x {
        x if x > 0.0 => o.eta_plus,
        x if x < 0.0 => o.eta_minus,
        _ => 1.0,
    };
    let w = (w * factor).clamp(o.min_step, o.max_step);
    let g = if x < 0.0 { 0.0 } else { g };
    let sign = if g == 0.0 { 0.0 } else { g.signum() };
    [p - w * sign, g, w]
}
