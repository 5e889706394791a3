//! Adamax: Adam with a fading maximum.

use gradstep::Adamax;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = Adamax;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("m", Slot::Signed, Holds::Gradients), ("u", Slot::Exact, Holds::Magnitudes)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Adamax)> {
        let adamax = Adamax::new(2e-3);
        let cases = [
            ("default", Adamax::new(1e-3)),
            ("weight decay", adamax.weight_decay(0.01)),
            ("no weight decay", adamax.weight_decay(0.0)),
            ("maximize", adamax.maximize(true)),
            ("no averages", adamax.betas(0.0, 0.0)),
            ("β₂ near 1", adamax.betas(0.5, 0.999_999_9)),
            ("a large ε", adamax.eps(1e-3)),
            ("all", adamax.betas(0.8, 0.95).eps(1e-6).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Adamax {
        Adamax::new(random::rate(rng))
            .betas(random::decay_rate(rng), random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(adamax: &mut Adamax) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut adamax.lr),
            ("beta1", &mut adamax.beta1),
            ("beta2", &mut adamax.beta2),
            ("eps", &mut adamax.eps),
            ("weight_decay", &mut adamax.weight_decay),
        ]
    }

    fn requirements(adamax: &Adamax, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(adamax.lr)),
            ("beta1", decay_rate(adamax.beta1)),
            ("beta2", decay_rate(adamax.beta2)),
            ("eps", non_negative(adamax.eps)),
            // (No c₁ of a β₁ that is refused.)
            ("lr", !decay_rate(adamax.beta1) || single(corrected_lr(adamax, t))),
            ("eps", single(adamax.eps)),
            ("eps", adamax.eps as f32 > 0.0),
        ]
    }

    fn written_out(adamax: &Adamax, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let [beta1, one_minus_beta1] = [adamax.beta1 as f32, (1.0 - adamax.beta1) as f32];
        let [beta2, eps] = [adamax.beta2 as f32, adamax.eps as f32];
        let a = corrected_lr(adamax, t) as f32;
        move |p, g, [m, u]| {
            let (kept, new) = (beta1 * m, one_minus_beta1 * g);
            let m = kept + new;
            let (faded, found) = (beta2 * u, g.abs() + eps);
            let u = if faded >= found || faded.is_nan() { faded } else { found };
            let numerator = a * m;
            let change = numerator / u;
            (p - change, [m, u])
        }
    }

    fn reference(adamax: &Adamax, t: u64, params: &mut [f64], grads: &[f64], [m, u]: [&mut [f64]; 2]) {
        let Adamax { lr, beta1, beta2, eps, weight_decay, maximize, .. } = *adamax;
        let correction1 = one_minus_power(beta1, t);
        for (((p, &g), m), u) in params.iter_mut().zip(grads).zip(m).zip(u) {
            let g = if maximize { -g } else { g } + weight_decay * *p;
            *m = beta1 * *m + (1.0 - beta1) * g;
            *u = larger(beta2 * *u, g.abs() + eps);
            *p -= lr * (*m / correction1) / *u;
        }
    }

    /// m is as Adam's. Of two values, each off by at most so much, the larger is off by no more: u takes 2 roundings on
    /// the way of the old u, 4 on that of the gradient, 2 on that of ε. The step: the scalar, the product, the quotient
    /// and the difference, besides the errors of m and u.
    fn bounds(adamax: &Adamax, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let Terms { g, m, u, a } = Terms::of(adamax, t, e);
        let [new_m, new_u] = e.new_state.map(f64::abs);
        let error_m = 6.0 * U * m + 2.0 * W;
        let error_u = 4.0 * U * u + 2.0 * W;
        let Adamax { lr, beta1, beta2, eps, weight_decay, .. } = *adamax;
        let folded = [lr, weight_decay, beta1, 1.0 - beta1, beta2, eps, a];
        let terms = [e.p, e.g, g, m, u, a * m, a * m / new_u];
        if !in_domain(&folded, &terms) || error_u >= new_u / 2.0 {
            return None;
        }
        let error_p = U * e.p.abs()
            + (a * (error_m + 4.0 * U * new_m + new_m * error_u / new_u) + W) / (new_u - error_u)
            + 2.0 * W;
        Some(Bounds { p: error_p, state: [error_m, error_u] })
    }

    const GOLDEN: u64 = 0x88f2_886a_0cfc_651e;

    fn golden(variation: Variation) -> Adamax {
        Adamax::new(1e-3)
            .eps(if variation.number == 2 { 1e-30 } else { 1e-8 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<Adamax> {
        let (beta1, beta2) = (torch.kind() == "Adamax").then(|| torch.pair("betas"))?;
        let adamax = Adamax::new(torch.number("lr")).betas(beta1, beta2).eps(torch.number("eps"));
        Some(adamax.weight_decay(torch.number("weight_decay")).maximize(torch.is_set("maximize")))
    }

    fn terms(adamax: &Adamax, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let Terms { m, u, a, .. } = Terms::of(adamax, t, e);
        Some(Bounds { p: e.p.abs() + a * m / e.new_state[1], state: [m, u] })
    }
}

/// η/c₁.
fn corrected_lr(adamax: &Adamax, t: u64) -> f64 {
    adamax.lr / one_minus_power(adamax.beta1, t)
}

/// The magnitudes of what a step adds up, and η/c₁.
struct Terms {
    g: f64,
    m: f64,
    u: f64,
    a: f64,
}

impl Terms {
    fn of(adamax: &Adamax, t: u64, e: &Element<2>) -> Self {
        let [m, u] = e.state;
        let g = e.g.abs() + adamax.weight_decay * e.p.abs();
        Self {
            g,
            m: adamax.beta1 * m.abs() + (1.0 - adamax.beta1) * g,
            u: larger(adamax.beta2 * u, g + adamax.eps),
            a: corrected_lr(adamax, t),
        }
    }
}
