//! A test of each promise.

use gradstep_checks::model::{decay_rate, non_negative, one_minus_power, single};
use my_optimizers::Yogi;

struct Model;

impl gradstep_checks::Model<2> for Model {
    type Optimizer = Yogi;

    fn cases() -> impl Iterator<Item = (&'static str, Yogi)> {
        let yogi = Yogi::new(1e-2);
        [
            ("default", yogi),
            ("weight decay", Yogi { weight_decay: 0.1, ..yogi }),
            ("no averages", Yogi { beta1: 0.0, beta2: 0.0, ..yogi }),
        ]
        .into_iter()
    }

    fn fields(yogi: &mut Yogi) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [
            ("lr", &mut yogi.lr),
            ("beta1", &mut yogi.beta1),
            ("beta2", &mut yogi.beta2),
            ("eps", &mut yogi.eps),
            ("weight_decay", &mut yogi.weight_decay),
        ]
    }

    /// In the order in which `Yogi::rule` looks at them.
    fn requirements(yogi: &Yogi, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        let c1 = if decay_rate(yogi.beta1) { one_minus_power(yogi.beta1, t) } else { 1.0 };
        [
            ("lr", non_negative(yogi.lr)),
            ("beta1", decay_rate(yogi.beta1)),
            ("beta2", decay_rate(yogi.beta2)),
            ("eps", non_negative(yogi.eps) && single(yogi.eps)),
            ("eps", yogi.eps as f32 > 0.0),
            ("lr", single(yogi.lr / c1)),
        ]
    }

    /// The paper's loop.
    fn reference(yogi: &Yogi, t: u64, params: &mut [f64], grads: &[f64], [m, v]: [&mut [f64]; 2]) {
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        for (i, p) in params.iter_mut().enumerate() {
            let g = grads[i] + yogi.weight_decay * *p;
            m[i] = yogi.beta1 * m[i] + (1.0 - yogi.beta1) * g;
            let sign = if v[i] == g * g { 0.0 } else { (v[i] - g * g).signum() };
            v[i] -= (1.0 - yogi.beta2) * sign * g * g;
            *p -= yogi.lr * (m[i] / correction(yogi.beta1)) / ((v[i] / correction(yogi.beta2)).sqrt() + yogi.eps);
        }
    }
}

gradstep_checks::promises!(Model, 2);
