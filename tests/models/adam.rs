//! Adam, and what its whole family shares.

use gradstep::Adam;
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

pub struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = Adam;
    const STATE: [(&'static str, Slot, Holds); 2] =
        [("m", Slot::Signed, Holds::Gradients), ("v", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Adam)> {
        let adam = Adam::new(2e-3);
        let cases = [
            ("default", Adam::new(1e-3)),
            ("weight decay", adam.weight_decay(0.01)),
            ("no weight decay", adam.weight_decay(0.0)),
            ("maximize", adam.maximize(true)),
            ("no averages", adam.betas(0.0, 0.0)),
            ("β₂ near 1", adam.betas(0.5, 0.999_999_9)),
            ("no bias correction", adam.eps(1e-3).bias_correction(false)),
            ("ε in the root alone", adam.eps(0.0).eps_root(1e-8)),
            ("ε in the root that is 0 as f32: no term", adam.eps_root(1e-60)),
            ("all", adam.betas(0.8, 0.95).eps(1e-6).eps_root(1e-12).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Adam {
        Adam::new(random::rate(rng))
            .betas(random::decay_rate(rng), random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .eps_root(if rng.bool() { 0.0 } else { random::log_uniform(rng, 1e-20..1.0) })
            .bias_correction(rng.bool())
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(adam: &mut Adam) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut adam.lr),
            ("beta1", &mut adam.beta1),
            ("beta2", &mut adam.beta2),
            ("eps", &mut adam.eps),
            ("eps_root", &mut adam.eps_root),
            ("weight_decay", &mut adam.weight_decay),
        ]
    }

    fn requirements(adam: &Adam, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        let [c1, c2] = corrections(adam, t);
        let (eps, eps_root) = (adam.eps as f32, (adam.eps_root * c2) as f32);
        [
            ("lr", non_negative(adam.lr)),
            ("beta1", decay_rate(adam.beta1)),
            ("beta2", decay_rate(adam.beta2)),
            ("eps", non_negative(adam.eps)),
            ("eps_root", non_negative(adam.eps_root)),
            ("lr", single(adam.lr / c1)),
            ("eps", eps.is_finite()),
            ("eps_root", eps_root.is_finite()),
            ("eps", eps > 0.0 || eps_root > 0.0),
        ]
    }

    fn written_out(adam: &Adam, t: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) {
        let scalars = Scalars::of(adam, t);
        move |p, g, state| {
            let [m, v] = scalars.moments(g, state);
            (scalars.param(p, m, v), [m, v])
        }
    }

    fn reference(adam: &Adam, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        reference::adam(adam, t, params, grads, m, v);
    }

    fn bounds(adam: &Adam, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let terms = Terms::of(adam, Self::DECAY, t, e.p, e.g, e.state, e.new_state[1]);
        terms.bounds(adam, e.new_state[0]).map(|[p, m, v]| Bounds { p, state: [m, v] })
    }

    const GOLDEN: u64 = 0x6d1e_d42c_12e3_1c38;

    fn golden(variation: Variation) -> Adam {
        Adam::new(1e-3)
            .bias_correction(variation.number != 2)
            .eps_root(if variation.number == 2 { 1e-30 } else { 0.0 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<Adam> {
        (torch.kind() == "Adam" && !torch.is_set("amsgrad")).then(|| torch_options(torch))
    }

    fn terms(adam: &Adam, t: u64, e: &Element<2>) -> Option<Bounds<2>> {
        let terms = Terms::of(adam, Self::DECAY, t, e.p, e.g, e.state, e.new_state[1]);
        Some(Bounds { p: terms.p(), state: [terms.m, terms.v] })
    }
}

/// The options that PyTorch's classes of the family have in common.
pub(crate) fn torch_options(torch: &TorchOptions) -> Adam {
    Adam::new(torch.number("lr"))
        .betas(torch.number("beta1"), torch.number("beta2"))
        .eps(torch.number("eps"))
        .weight_decay(torch.number("weight_decay"))
        .maximize(torch.is_set("maximize"))
}

/// c₁ and c₂. (1 for a β that is refused, too.)
fn corrections(adam: &Adam, t: u64) -> [f64; 2] {
    let correction = |beta| if adam.bias_correction && decay_rate(beta) { one_minus_power(beta, t) } else { 1.0 };
    [adam.beta1, adam.beta2].map(correction)
}

/// The averages of g and g² of the whole family.
pub(crate) struct Moments {
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
}

impl Moments {
    pub(crate) fn of(beta1: f64, beta2: f64) -> Self {
        let [one_minus_beta1, one_minus_beta2] = [beta1, beta2].map(|beta| (1.0 - beta) as f32);
        Self { beta1: beta1 as f32, one_minus_beta1, beta2: beta2 as f32, one_minus_beta2 }
    }

    pub(crate) fn next(&self, g: f32, [m, v]: [f32; 2]) -> [f32; 2] {
        let (kept, new) = (self.beta1 * m, self.one_minus_beta1 * g);
        let m = kept + new;
        let (kept, weighed) = (self.beta2 * v, self.one_minus_beta2 * g);
        let square = weighed * g;
        [m, kept + square]
    }
}

/// The scalars of a step.
pub(crate) struct Scalars {
    moments: Moments,
    lr_corrected: f32,
    rsqrt_correction2: f32,
    eps: f32,
    eps_root: f32,
}

impl Scalars {
    pub(crate) fn of(adam: &Adam, t: u64) -> Self {
        let [c1, c2] = corrections(adam, t);
        Self {
            moments: Moments::of(adam.beta1, adam.beta2),
            lr_corrected: (adam.lr / c1) as f32,
            rsqrt_correction2: (1.0 / c2.sqrt()) as f32,
            eps: adam.eps as f32,
            eps_root: (adam.eps_root * c2) as f32,
        }
    }

    pub(crate) fn moments(&self, g: f32, old: [f32; 2]) -> [f32; 2] {
        self.moments.next(g, old)
    }

    /// With `q` under the root: v, or the largest so far.
    pub(crate) fn param(&self, p: f32, m: f32, mut q: f32) -> f32 {
        if self.eps_root != 0.0 {
            q += self.eps_root;
        }
        let root = q.sqrt() * self.rsqrt_correction2;
        let (numerator, denominator) = (self.lr_corrected * m, root + self.eps);
        p - numerator / denominator
    }
}

/// G, M, V, K, η/c₁, R and D of the bounds, and what decay leaves of the parameter.
pub(crate) struct Terms {
    g: f64,
    pub(crate) m: f64,
    pub(crate) v: f64,
    k: f64,
    lr_corrected: f64,
    r: f64,
    d: f64,
    p: f64,
    /// The factor of decoupled decay.
    shrink: Option<f64>,
}

impl Terms {
    /// With the exact `q` under the root.
    pub(crate) fn of(adam: &Adam, decay: Decay, t: u64, p: f64, g: f64, [m, v]: [f64; 2], q: f64) -> Self {
        let [c1, c2] = corrections(adam, t);
        let g = g.abs() + if decay == Decay::Penalty { adam.weight_decay * p.abs() } else { 0.0 };
        let k = 1.0 / c2.sqrt();
        let r = k * (q + adam.eps_root * c2).sqrt();
        Self {
            g,
            m: adam.beta1 * m.abs() + (1.0 - adam.beta1) * g,
            v: adam.beta2 * v + (1.0 - adam.beta2) * g * g,
            k,
            lr_corrected: adam.lr / c1,
            r,
            d: r + adam.eps,
            p: p.abs(),
            shrink: (decay == Decay::Shrink).then_some(1.0 - adam.lr * adam.weight_decay),
        }
    }

    /// The terms of the parameter.
    pub(crate) fn p(&self) -> f64 {
        self.p + self.lr_corrected * self.m / self.d
    }

    /// Of the parameter, m and v. None where the error of the denominator is not small against it.
    pub(crate) fn bounds(&self, adam: &Adam, new_m: f64) -> Option<[f64; 3]> {
        let Self { g, m, v, k, lr_corrected, r, d, p, shrink } = *self;
        let error_m = 6.0 * U * m + 2.0 * W;
        let error_d =
            7.0 * U * r + 4.0 * U * k * (1.0 - adam.beta2).sqrt() * g + k * (4.0 * W).sqrt() + 2.0 * U * adam.eps;
        let c2 = 1.0 / (k * k);
        let kept = shrink.unwrap_or(1.0);
        let folded = [
            adam.lr,
            adam.weight_decay,
            adam.beta1,
            1.0 - adam.beta1,
            adam.beta2,
            1.0 - adam.beta2,
            adam.eps,
            adam.eps_root * c2,
            lr_corrected,
            kept,
        ];
        let terms = [p, kept * p, g, m, v, lr_corrected * m, r, d, lr_corrected * m / d];
        if !in_domain(&folded, &terms) || error_d >= d / 2.0 {
            return None;
        }
        let roundings = shrink.map_or(1.0, |shrink| 3.0 * shrink.abs());
        let new_m = new_m.abs();
        let error_p = U * roundings * p
            + (lr_corrected * (error_m + 4.0 * U * new_m + new_m * error_d / d) + W) / (d - error_d)
            + 2.0 * W;
        Some([error_p, error_m, 10.0 * U * v + 3.0 * W])
    }
}
