//! NAdam: Adam with Nesterov's momentum, and what its family shares.

use gradstep::NAdam;
use gradstep_checks::model::*;
#[allow(unused_imports)] // the powers and square roots, where there is no std
use num_traits::Float as _;

use crate::adam::Moments;

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = NAdam;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("m", Slot::Signed, Holds::Gradients), ("v", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, NAdam)> {
        let nadam = NAdam::new(2e-3);
        let cases = [
            ("default", NAdam::new(1e-3)),
            ("weight decay", nadam.weight_decay(0.01)),
            ("no weight decay", nadam.weight_decay(0.0)),
            ("maximize", nadam.maximize(true)),
            ("no averages", nadam.betas(0.0, 0.0)),
            ("β₂ near 1", nadam.betas(0.5, 0.999_999_9)),
            ("a large ε", nadam.eps(1e-3)),
            ("M is always β₁/2", nadam.momentum_decay(0.0)),
            ("M is soon β₁", nadam.beta1(0.99).momentum_decay(100.0)),
            ("most turns", nadam.beta1(0.999_999).momentum_decay(0.35)),
            ("all", nadam.betas(0.8, 0.95).eps(1e-6).momentum_decay(0.1).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> NAdam {
        NAdam::new(random::rate(rng))
            .betas(random::decay_rate(rng), random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .momentum_decay(if rng.u8(0..7) == 0 { 0.0 } else { random::log_uniform(rng, 1e-5..1e4) })
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(nadam: &mut NAdam) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut nadam.lr),
            ("beta1", &mut nadam.beta1),
            ("beta2", &mut nadam.beta2),
            ("eps", &mut nadam.eps),
            ("momentum_decay", &mut nadam.momentum_decay),
            ("weight_decay", &mut nadam.weight_decay),
        ]
    }

    fn requirements(nadam: &NAdam, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(nadam.lr)),
            ("beta1", decay_rate(nadam.beta1)),
            ("beta2", decay_rate(nadam.beta2)),
            ("eps", non_negative(nadam.eps)),
            ("momentum_decay", non_negative(nadam.momentum_decay)),
            ("lr", single(nadam.lr / (1.0 - nadam.beta1))),
            ("eps", single(nadam.eps)),
            ("eps", nadam.eps as f32 > 0.0),
        ]
    }

    fn written_out(nadam: &NAdam, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let moments = Moments::of(nadam.beta1, nadam.beta2);
        let [a_m, a_g] = rates(nadam, t).map(|rate| rate as f32);
        let k = (1.0 / one_minus_power(nadam.beta2, t).sqrt()) as f32;
        let eps = nadam.eps as f32;
        move |p, g, old| {
            let [m, v] = moments.next(g, old);
            let (of_m, of_g) = (a_m * m, a_g * g);
            let numerator = of_m + of_g;
            let root = v.sqrt() * k;
            let denominator = root + eps;
            let change = numerator / denominator;
            (p - change, [m, v])
        }
    }

    fn reference(nadam: &NAdam, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        let penalised = |g: f64, p: f64| g + nadam.weight_decay * p;
        reference(nadam, t, penalised, params, grads, m, v);
    }

    fn bounds(nadam: &NAdam, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Terms::of(nadam, Self::DECAY, t, e).bounds(nadam, e)
    }

    const GOLDEN: u64 = 0x7574_ed5a_1650_4d4f;

    fn golden(variation: Variation) -> NAdam {
        let nadam = NAdam::new(1e-3).weight_decay(variation.weight_decay).maximize(variation.maximize);
        match variation.number {
            2 => nadam.eps(1e-30),
            // From t = 12 on, M is β₁. In the others the product is nothing to 1 from t = 53 on.
            4 => nadam.beta1(0.999).momentum_decay(100.0),
            _ => nadam,
        }
    }

    fn from_torch(torch: &TorchOptions) -> Option<NAdam> {
        (torch.kind() == "NAdam" && !torch.is_set("decoupled_weight_decay")).then(|| torch_options(torch))
    }

    fn terms(nadam: &NAdam, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        Some(Terms::of(nadam, Self::DECAY, t, e).magnitudes())
    }
}

/// The options of PyTorch's class but for `decoupled_weight_decay`.
pub(crate) fn torch_options(torch: &TorchOptions) -> NAdam {
    let (beta1, beta2) = torch.pair("betas");
    NAdam::new(torch.number("lr"))
        .betas(beta1, beta2)
        .eps(torch.number("eps"))
        .momentum_decay(torch.number("momentum_decay"))
        .weight_decay(torch.number("weight_decay"))
        .maximize(torch.is_set("maximize"))
}

/// η·M(t+1)/(1 − P·M(t+1)) and η·(1−M(t))/(1−P), with P = M(1)·…·M(t), by the operations of the specification.
fn rates(nadam: &NAdam, t: u64) -> [f64; 2] {
    let small = 2f64.powi(-60);
    let q = libm::pow(0.96, nadam.momentum_decay);
    let (mut x, mut p, mut i) = (1.0, 1.0, 0);
    while i < t && p >= small && x >= small {
        i += 1;
        x *= q;
        let momentum = nadam.beta1 * (1.0 - x / 2.0);
        p *= momentum;
    }
    if p < small {
        p = 0.0;
    } else if i < t {
        p *= 1.0 - one_minus_power(nadam.beta1, t - i);
    }
    let momentum = |i: f64| nadam.beta1 * (1.0 - 0.5 * libm::pow(0.96, i * nadam.momentum_decay));
    let (now, next) = (momentum(t as f64), momentum(t as f64 + 1.0));
    [nadam.lr * next / (1.0 - p * next), nadam.lr * (1.0 - now) / (1.0 - p)]
}

/// The textbook loop. `penalised` is what becomes of a gradient and its parameter. The product has a factor for each
/// step, up to where f64 no longer sees it, or where all that follow are β₁.
pub(crate) fn reference(
    nadam: &NAdam,
    t: u64,
    penalised: impl Fn(f64, f64) -> f64,
    params: &mut [f64],
    grads: &[f64],
    m: &mut [f64],
    v: &mut [f64],
) {
    let NAdam { lr, beta1, beta2, eps, momentum_decay, maximize, .. } = *nadam;
    let growth = |i: f64| 0.96.powf(i * momentum_decay);
    let momentum = |i: f64| beta1 * (1.0 - 0.5 * growth(i));
    let (mut product, mut i) = (1.0, 0);
    while i < t && product > 1e-30 && growth(i as f64) > 1e-30 {
        i += 1;
        product *= momentum(i as f64);
    }
    product *= beta1.powf((t - i) as f64);
    let (now, next) = (momentum(t as f64), momentum(t as f64 + 1.0));
    let correction2 = one_minus_power(beta2, t);
    for (((p, &g), m), v) in params.iter_mut().zip(grads).zip(m).zip(v) {
        let g = penalised(if maximize { -g } else { g }, *p);
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let nesterov = next * *m / (1.0 - product * next) + (1.0 - now) * g / (1.0 - product);
        *p -= lr * nesterov / ((*v / correction2).sqrt() + eps);
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
    /// 1/√c₂.
    k: f64,
    /// The learning rates of m and g.
    a_m: f64,
    a_g: f64,
    /// The numerator, the root, and the denominator.
    n: f64,
    r: f64,
    d: f64,
}

impl Terms {
    pub(crate) fn of(nadam: &NAdam, decay: Decay, t: u64, e: &Element<2>) -> Self {
        let ([m, v], [new_m, new_v]) = (e.state, e.new_state);
        let shrink = decay == Decay::Shrink;
        let g = e.g.abs() + if shrink { 0.0 } else { nadam.weight_decay * e.p.abs() };
        let k = 1.0 / one_minus_power(nadam.beta2, t).sqrt();
        let [a_m, a_g] = rates(nadam, t);
        let r = k * new_v.sqrt();
        Self {
            p: e.p.abs(),
            kept: if shrink { 1.0 - nadam.lr * nadam.weight_decay } else { 1.0 },
            roundings: if shrink { 3.0 } else { 1.0 },
            g,
            m: nadam.beta1 * m.abs() + (1.0 - nadam.beta1) * g,
            v: nadam.beta2 * v + (1.0 - nadam.beta2) * g * g,
            k,
            a_m,
            a_g,
            n: a_m * new_m.abs() + a_g * g,
            r,
            d: r + nadam.eps,
        }
    }

    pub(crate) fn magnitudes(&self) -> Bounds<2> {
        Bounds { p: self.p + (self.a_m * self.m + self.a_g * self.g) / self.d, state: [self.m, self.v] }
    }

    /// m, v and the denominator are as Adam's. The numerator: a rounding each of the rate, the product and the sum, and
    /// of g three more; then the quotient and the difference: 8, and one for what 1 − P lacks where it is near 0. None
    /// where the error of the denominator is not small against it.
    pub(crate) fn bounds(&self, nadam: &NAdam, e: &Element<2>) -> Option<Bounds<2>> {
        let Self { p, kept, roundings, g, m, v, k, a_m, a_g, n, r, d } = *self;
        let error_m = 6.0 * U * m + 2.0 * W;
        let error_d =
            7.0 * U * r + 4.0 * U * k * (1.0 - nadam.beta2).sqrt() * g + k * (4.0 * W).sqrt() + 2.0 * U * nadam.eps;
        let NAdam { lr, weight_decay, beta1, beta2, eps, .. } = *nadam;
        let folded = [lr, weight_decay, kept, beta1, 1.0 - beta1, beta2, 1.0 - beta2, eps, a_m, a_g];
        let terms = [p, kept * p, e.g, g, m, v, a_m * m, a_g * g, r, d, (a_m * m + a_g * g) / d];
        if !in_domain(&folded, &terms) || error_d >= d / 2.0 {
            return None;
        }
        let error_p = roundings * U * (kept * p).abs()
            + (a_m * error_m + 9.0 * U * n + a_g * W + n * error_d / d + W) / (d - error_d)
            + 2.0 * W;
        Some(Bounds { p: error_p, state: [error_m, 10.0 * U * v + 3.0 * W] })
    }
}
