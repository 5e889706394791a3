//! RMSProp, and what its family shares.

use gradstep::RmsProp;
use gradstep_checks::model::*;
#[allow(unused_imports)] // the square roots, where there is no std
use num_traits::Float as _;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = RmsProp;
    const STATE: [(&'static str, Slot, Holds); 1] = [("v", Slot::SecondMoment, Holds::Squares)];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, RmsProp)> {
        let rms_prop = RmsProp::new(2e-3);
        let cases = [
            ("default", RmsProp::new(1e-3)),
            ("weight decay", rms_prop.weight_decay(0.01)),
            ("maximize", rms_prop.maximize(true)),
            ("no average", rms_prop.alpha(0.0)),
            ("α near 1", rms_prop.alpha(0.999_999_9)),
            ("large ε", rms_prop.eps(1e-3)),
            ("ε in the root alone, as the book", rms_prop.alpha(0.9).eps(0.0).eps_root(1e-6)),
            ("ε in the root that is 0 as f32: no term", rms_prop.eps_root(1e-60)),
            ("all", rms_prop.alpha(0.95).eps(1e-6).eps_root(1e-12).weight_decay(0.1).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> RmsProp {
        RmsProp::new(random::rate(rng))
            .alpha(random::decay_rate(rng))
            .eps(random::log_uniform(rng, 1e-12..1.0))
            .eps_root(if rng.bool() { 0.0 } else { random::log_uniform(rng, 1e-20..1.0) })
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(o: &mut RmsProp) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut o.lr),
            ("alpha", &mut o.alpha),
            ("eps", &mut o.eps),
            ("eps_root", &mut o.eps_root),
            ("weight_decay", &mut o.weight_decay),
        ]
    }

    fn requirements(o: &RmsProp, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        in_range(o).into_iter().chain(computed(o))
    }

    fn written_out(o: &RmsProp, _: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let scalars = Scalars::of(o);
        move |p, g, [v]| {
            let v = scalars.second_moment(g, v);
            let (numerator, denominator) = (scalars.lr * g, scalars.denominator(v));
            let step = numerator / denominator;
            (p - step, [v])
        }
    }

    fn reference(o: &RmsProp, _: u64, params: &mut [f64], grads: &[f64], [v]: [&mut [f64]; 1]) {
        for ((p, &g), v) in params.iter_mut().zip(grads).zip(v) {
            let g = if o.maximize { -g } else { g } + o.weight_decay * *p;
            *v = o.alpha * *v + (1.0 - o.alpha) * g * g;
            *p -= o.lr * g / ((*v + o.eps_root).sqrt() + o.eps);
        }
    }

    fn bounds(o: &RmsProp, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let terms = Terms::of(o, e.p, e.g, e.state[0], e.new_state[0]);
        Some(Bounds { p: bound(o, &terms, e.p)?, state: [terms.error_v()] })
    }

    const GOLDEN: u64 = 0xe9a1_be7e_0f3a_6c23;

    fn golden(variation: Variation) -> RmsProp {
        RmsProp::new(1e-3)
            .eps_root(if variation.number == 4 { 1e-6 } else { 0.0 })
            .weight_decay(variation.weight_decay)
            .maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<RmsProp> {
        let is_this = torch.kind() == "RmsProp" && torch.number("momentum") == 0.0 && !torch.is_set("centered");
        is_this.then(|| torch_options(torch))
    }

    fn terms(o: &RmsProp, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let Terms { g, v, d, .. } = Terms::of(o, e.p, e.g, e.state[0], e.new_state[0]);
        Some(Bounds { p: e.p.abs() + o.lr * g / d, state: [v] })
    }
}

/// The options that PyTorch's class has whatever else it is told.
pub(crate) fn torch_options(torch: &TorchOptions) -> RmsProp {
    RmsProp::new(torch.number("lr"))
        .alpha(torch.number("alpha"))
        .eps(torch.number("eps"))
        .weight_decay(torch.number("weight_decay"))
        .maximize(torch.is_set("maximize"))
}

/// Each field in its own range.
pub(crate) fn in_range(o: &RmsProp) -> [(&'static str, bool); 4] {
    [
        ("lr", non_negative(o.lr)),
        ("alpha", decay_rate(o.alpha)),
        ("eps", non_negative(o.eps)),
        ("eps_root", non_negative(o.eps_root)),
    ]
}

/// What is computed from them.
pub(crate) fn computed(o: &RmsProp) -> [(&'static str, bool); 4] {
    [
        ("lr", single(o.lr)),
        ("eps", single(o.eps)),
        ("eps_root", single(o.eps_root)),
        ("eps", o.eps as f32 > 0.0 || o.eps_root as f32 > 0.0),
    ]
}

/// The scalars of a step.
pub(crate) struct Scalars {
    pub(crate) lr: f32,
    alpha: f32,
    one_minus_alpha: f32,
    eps: f32,
    eps_root: f32,
}

impl Scalars {
    pub(crate) fn of(o: &RmsProp) -> Self {
        Self {
            lr: o.lr as f32,
            alpha: o.alpha as f32,
            one_minus_alpha: (1.0 - o.alpha) as f32,
            eps: o.eps as f32,
            eps_root: o.eps_root as f32,
        }
    }

    pub(crate) fn second_moment(&self, g: f32, v: f32) -> f32 {
        let (kept, weighed) = (self.alpha * v, self.one_minus_alpha * g);
        let square = weighed * g;
        kept + square
    }

    pub(crate) fn mean(&self, g: f32, h: f32) -> f32 {
        let (kept, new) = (self.alpha * h, self.one_minus_alpha * g);
        kept + new
    }

    /// With `q` under the root.
    pub(crate) fn denominator(&self, mut q: f32) -> f32 {
        if self.eps_root != 0.0 {
            q += self.eps_root;
        }
        q.sqrt() + self.eps
    }
}

/// Of the parameter.
pub(crate) fn bound(o: &RmsProp, terms: &Terms, p: f64) -> Option<f64> {
    let Terms { g, d, f, .. } = *terms;
    let step = o.lr * g * (7.0 * U + f / d) / (d - f) + W * (2.0 + (1.0 + 2.0 * o.lr) / d);
    terms.in_domain(o, &[p, o.lr * g, o.lr * g / d]).then_some(U * p.abs() + step)
}

/// G, V, D and F of the bounds.
pub(crate) struct Terms {
    pub(crate) g: f64,
    pub(crate) v: f64,
    pub(crate) d: f64,
    pub(crate) f: f64,
}

impl Terms {
    /// Of the old `v` and the exact new one.
    pub(crate) fn of(o: &RmsProp, p: f64, g: f64, v: f64, new_v: f64) -> Self {
        let g = g.abs() + o.weight_decay * p.abs();
        let r = (new_v + o.eps_root).sqrt();
        let f = 5.0 * U * r + 4.0 * U * (1.0 - o.alpha).sqrt() * g + (4.0 * W).sqrt() + 2.0 * U * o.eps;
        Self { g, v: o.alpha * v + (1.0 - o.alpha) * g * g, d: r + o.eps, f }
    }

    pub(crate) fn error_v(&self) -> f64 {
        10.0 * U * self.v + 3.0 * W
    }

    /// Whether the bounds hold, where `others` are terms, too. They do not where the error of the denominator is not
    /// small against it.
    pub(crate) fn in_domain(&self, o: &RmsProp, others: &[f64]) -> bool {
        let folded = [o.lr, o.weight_decay, o.alpha, 1.0 - o.alpha, o.eps, o.eps_root];
        in_domain(&folded, &[self.g, self.v, self.d]) && in_domain(&[], others) && self.f < self.d / 2.0
    }
}
