//! RAdam: Adam that is rectified, and what its family shares.

use gradstep::RAdam;
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

use crate::adam::Moments;

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = RAdam;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("m", Slot::Signed, Holds::Gradients), ("v", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, RAdam)> {
        let radam = RAdam::new(2e-3);
        let cases = [
            ("default", RAdam::new(1e-3)),
            ("weight decay", radam.weight_decay(0.01)),
            ("no weight decay", radam.weight_decay(0.0)),
            ("maximize", radam.maximize(true)),
            ("no averages", radam.betas(0.0, 0.0)),
            ("β₂ near 1", radam.betas(0.5, 0.999_999_9)),
            ("rectified from t = 12", radam.betas(0.5, 0.68)),
            ("never rectified", radam.betas(0.5, 0.66)),
            ("a large ε", radam.eps(1e-3)),
            ("all", radam.betas(0.8, 0.95).eps(1e-6).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> RAdam {
        RAdam::new(random::rate(rng))
            .betas(random::decay_rate(rng), random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(radam: &mut RAdam) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut radam.lr),
            ("beta1", &mut radam.beta1),
            ("beta2", &mut radam.beta2),
            ("eps", &mut radam.eps),
            ("weight_decay", &mut radam.weight_decay),
        ]
    }

    fn requirements(radam: &RAdam, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        // (No rate of a β that is refused.)
        let legal = decay_rate(radam.beta1) && decay_rate(radam.beta2);
        [
            ("lr", non_negative(radam.lr)),
            ("beta1", decay_rate(radam.beta1)),
            ("beta2", decay_rate(radam.beta2)),
            ("eps", non_negative(radam.eps)),
            ("lr", !legal || single(Rate::of(radam, t).a)),
            ("eps", single(radam.eps)),
            ("eps", radam.eps as f32 > 0.0),
        ]
    }

    fn written_out(radam: &RAdam, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let moments = Moments::of(radam.beta1, radam.beta2);
        let Rate { a, rho } = Rate::of(radam, t);
        let (a, eps) = (a as f32, radam.eps as f32);
        move |p, g, old| {
            let [m, v] = moments.next(g, old);
            let mut change = a * m;
            if rho > 5.0 {
                let denominator = v.sqrt() + eps;
                change /= denominator;
            }
            (p - change, [m, v])
        }
    }

    fn reference(radam: &RAdam, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        let penalised = |g: f64, p: f64| g + radam.weight_decay * p;
        reference(radam, t, penalised, params, grads, m, v);
    }

    fn bounds(radam: &RAdam, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Terms::of(radam, Self::DECAY, t, e).bounds(radam, e)
    }

    const GOLDEN: u64 = 0x469a_0e6d_9dbf_d8d5;

    fn golden(variation: Variation) -> RAdam {
        let radam = RAdam::new(1e-3).weight_decay(variation.weight_decay).maximize(variation.maximize);
        match variation.number {
            2 => radam.eps(1e-30),
            // Rectified in the last quarter alone.
            4 => radam.beta2(0.68),
            _ => radam,
        }
    }

    fn from_torch(torch: &TorchOptions) -> Option<RAdam> {
        (torch.kind() == "RAdam" && !torch.is_set("decoupled_weight_decay")).then(|| torch_options(torch))
    }

    fn terms(radam: &RAdam, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Some(Terms::of(radam, Self::DECAY, t, e).magnitudes())
    }
}

/// The options of PyTorch's class but for `decoupled_weight_decay`.
pub(crate) fn torch_options(torch: &TorchOptions) -> RAdam {
    let (beta1, beta2) = torch.pair("betas");
    RAdam::new(torch.number("lr"))
        .betas(beta1, beta2)
        .eps(torch.number("eps"))
        .weight_decay(torch.number("weight_decay"))
        .maximize(torch.is_set("maximize"))
}

/// a, by the operations of the specification, and the ρ that decides.
struct Rate {
    a: f64,
    rho: f64,
}

impl Rate {
    fn of(radam: &RAdam, t: u64) -> Self {
        let [c1, c2] = [radam.beta1, radam.beta2].map(|beta| one_minus_power(beta, t));
        let rho_inf = 2.0 / (1.0 - radam.beta2) - 1.0;
        let lost = 2.0 * t as f64 * (1.0 - c2);
        let rho = rho_inf - lost / c2;
        let mut a = radam.lr;
        if rho > 5.0 {
            let above = (rho - 4.0) * (rho - 2.0) * rho_inf;
            let below = (rho_inf - 4.0) * (rho_inf - 2.0) * rho;
            a *= (above / below).sqrt();
            a *= c2.sqrt();
        }
        Self { a: a / c1, rho }
    }
}

/// The textbook loop. `penalised` is what becomes of a gradient and its parameter.
pub(crate) fn reference(
    radam: &RAdam,
    t: u64,
    penalised: impl Fn(f64, f64) -> f64,
    params: &mut [f64],
    grads: &[f64],
    m: &mut [f64],
    v: &mut [f64],
) {
    let RAdam { lr, beta1, beta2, eps, maximize, .. } = *radam;
    let [correction1, correction2] = [beta1, beta2].map(|beta| one_minus_power(beta, t));
    let rho_inf = 2.0 / (1.0 - beta2) - 1.0;
    let rho = rho_inf - 2.0 * t as f64 * beta2.powf(t as f64) / correction2;
    for (((p, &g), m), v) in params.iter_mut().zip(grads).zip(m).zip(v) {
        let g = penalised(if maximize { -g } else { g }, *p);
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let corrected = *m / correction1;
        *p -= if rho > 5.0 {
            let r = ((rho - 4.0) / (rho_inf - 4.0) * (rho - 2.0) / (rho_inf - 2.0) * rho_inf / rho).sqrt();
            lr * r * corrected * correction2.sqrt() / (v.sqrt() + eps)
        } else {
            lr * corrected
        };
    }
}

/// The magnitudes of what a step adds up.
pub(crate) struct Terms {
    p: f64,
    /// What decoupled decay leaves of the parameter, and how often it is rounded.
    kept: f64,
    roundings: f64,
    g: f64,
    m: f64,
    v: f64,
    a: f64,
    rho: f64,
    /// The root and, if the step is rectified, the denominator.
    r: f64,
    d: Option<f64>,
}

impl Terms {
    pub(crate) fn of(radam: &RAdam, decay: Decay, t: u64, e: &Element<2>) -> Self {
        let ([m, v], [_, new_v]) = (e.state, e.new_state);
        let shrink = decay == Decay::Shrink;
        let g = e.g.abs() + if shrink { 0.0 } else { radam.weight_decay * e.p.abs() };
        let Rate { a, rho } = Rate::of(radam, t);
        let r = new_v.sqrt();
        Self {
            p: e.p.abs(),
            kept: if shrink { 1.0 - radam.lr * radam.weight_decay } else { 1.0 },
            roundings: if shrink { 3.0 } else { 1.0 },
            g,
            m: radam.beta1 * m.abs() + (1.0 - radam.beta1) * g,
            v: radam.beta2 * v + (1.0 - radam.beta2) * g * g,
            a,
            rho,
            r,
            d: (rho > 5.0).then_some(r + radam.eps),
        }
    }

    pub(crate) fn magnitudes(&self) -> Bounds<2> {
        Bounds { p: self.p + self.a * self.m / self.d.unwrap_or(1.0), state: [self.m, self.v] }
    }

    /// m and v are as Adam's, and so is a rectified step, but for the factor of the root, which is 1, and a, of which ρ
    /// takes another rounding. Without a denominator there is no quotient. None where the error of the denominator is not
    /// small against it, and where ρ is so close to 5 that f64 decides.
    pub(crate) fn bounds(&self, radam: &RAdam, e: &Element<2>) -> Option<Bounds<2>> {
        let Self { p, kept, roundings, g, m, v, a, rho, r, d } = *self;
        let error_m = 6.0 * U * m + 2.0 * W;
        let new_m = e.new_state[0].abs();
        let error_d = 5.0 * U * r + 4.0 * U * (1.0 - radam.beta2).sqrt() * g + (4.0 * W).sqrt() + 2.0 * U * radam.eps;
        let RAdam { lr, weight_decay, beta1, beta2, eps, .. } = *radam;
        let folded = [lr, weight_decay, kept, beta1, 1.0 - beta1, beta2, 1.0 - beta2, eps, a];
        let terms = [p, kept * p, e.g, g, m, v, a * m, r, a * m / d.unwrap_or(1.0)];
        if !in_domain(&folded, &terms) || (rho - 5.0).abs() < 1e-6 || d.is_some_and(|d| error_d >= d / 2.0) {
            return None;
        }
        let error_step = match d {
            Some(d) => (a * (error_m + 5.0 * U * new_m + new_m * error_d / d) + W) / (d - error_d) + 2.0 * W,
            None => a * (error_m + 3.0 * U * new_m) + 2.0 * W,
        };
        let error_p = roundings * U * (kept * p).abs() + error_step;
        Some(Bounds { p: error_p, state: [error_m, 10.0 * U * v + 3.0 * W] })
    }
}
