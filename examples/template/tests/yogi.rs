//! A test of each promise.

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
