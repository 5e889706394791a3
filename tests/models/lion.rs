//! Lion: the sign of an average.

use gradstep::Lion;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = Lion;
    const STATE: [(&'static str, Slot, Holds); 1] = [("m", Slot::Signed, Holds::Gradients)];
    const DECAY: Decay = Decay::Shrink;

    fn cases() -> impl Iterator<Item = (&'static str, Lion)> {
        let lion = Lion::new(2e-3);
        let cases = [
            ("default", Lion::new(1e-3)),
            ("weight decay", lion.weight_decay(0.1)),
            ("maximize", lion.maximize(true)),
            ("no averages", lion.betas(0.0, 0.0)),
            ("β₂ near 1", lion.betas(0.5, 0.999_999_9)),
            ("all", lion.betas(0.95, 0.98).weight_decay(0.5).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Lion {
        Lion::new(random::rate(rng))
            .betas(random::decay_rate(rng), random::decay_rate(rng))
            .weight_decay(random::weight_decay(rng))
            .maximize(rng.bool())
    }

    fn fields(lion: &mut Lion) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut lion.lr),
            ("beta1", &mut lion.beta1),
            ("beta2", &mut lion.beta2),
            ("weight_decay", &mut lion.weight_decay),
        ]
    }

    fn requirements(lion: &Lion, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [
            ("lr", non_negative(lion.lr)),
            ("beta1", decay_rate(lion.beta1)),
            ("beta2", decay_rate(lion.beta2)),
            ("lr", single(lion.lr)),
        ]
    }

    fn written_out(lion: &Lion, _: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        let [beta1, one_minus_beta1] = [lion.beta1 as f32, (1.0 - lion.beta1) as f32];
        let [beta2, one_minus_beta2] = [lion.beta2 as f32, (1.0 - lion.beta2) as f32];
        let lr = lion.lr as f32;
        move |p, g, [m]| {
            let (kept, new) = (beta1 * m, one_minus_beta1 * g);
            let c = kept + new;
            let change = lr * sign(c);
            let (kept, new) = (beta2 * m, one_minus_beta2 * g);
            (p - change, [kept + new])
        }
    }

    fn reference(lion: &Lion, _: u64, params: &mut [f64], grads: &[f64], [m]: [&mut [f64]; 1]) {
        for ((p, &g), m) in params.iter_mut().zip(grads).zip(m) {
            let g = if lion.maximize { -g } else { g };
            let c = lion.beta1 * *m + (1.0 - lion.beta1) * g;
            let sign = if c == 0.0 { 0.0 } else { c.signum() };
            *p -= lion.lr * lion.weight_decay * *p;
            *p -= lion.lr * sign;
            *m = lion.beta2 * *m + (1.0 - lion.beta2) * g;
        }
    }

    /// Each average as Adam's m: 6uM + 2w. The parameter: a rounding each of d, d·θ, η and the difference; and the other
    /// sign, 2η away, where c is within its error of 0.
    fn bounds(lion: &Lion, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let [m] = e.state;
        let average = |beta: f64| beta * m.abs() + (1.0 - beta) * e.g.abs();
        let error = |average: f64| 6.0 * U * average + 2.0 * W;
        let (c, new_m) = (average(lion.beta1), average(lion.beta2));
        let g = if lion.maximize { -e.g } else { e.g };
        let exact = lion.beta1 * m + (1.0 - lion.beta1) * g;
        let other_sign = if exact.abs() <= error(c) { 2.0 * lion.lr } else { 0.0 };
        let kept = 1.0 - lion.lr * lion.weight_decay;
        let p = U * (3.0 * (kept * e.p).abs() + 3.0 * lion.lr) + 2.0 * W + other_sign;
        let folded = [lion.lr, lion.weight_decay, kept, lion.beta1, 1.0 - lion.beta1, lion.beta2, 1.0 - lion.beta2];
        in_domain(&folded, &[e.p, kept * e.p, e.g, c, new_m]).then_some(Bounds { p, state: [error(new_m)] })
    }

    const GOLDEN: u64 = 0xb6e5_0dc2_eed4_efbd;

    fn golden(variation: Variation) -> Lion {
        Lion::new(1e-3).weight_decay(variation.weight_decay).maximize(variation.maximize)
    }

    fn from_torch(timm: &TorchOptions) -> Option<Lion> {
        let (beta1, beta2) = (timm.kind() == "Lion").then(|| timm.pair("betas"))?;
        Some(Lion::new(timm.number("lr")).betas(beta1, beta2).weight_decay(timm.number("weight_decay")))
    }

    /// And the other sign, 2η away, where c is within its error of 0.
    fn terms(lion: &Lion, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let [m] = e.state;
        let average = |beta: f64| beta * m.abs() + (1.0 - beta) * e.g.abs();
        let near_zero = (lion.beta1 * m + (1.0 - lion.beta1) * e.g).abs() <= 8.0 * U * average(lion.beta1) + 2.0 * W;
        let other_sign = if near_zero { lion.lr / U } else { 0.0 };
        Some(Bounds { p: e.p.abs() + lion.lr + other_sign, state: [average(lion.beta2)] })
    }
}
