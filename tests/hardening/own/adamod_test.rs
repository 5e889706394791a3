use my_optimizers::adamod::AdaMod;

struct Model;

impl gradstep_checks::Model<3> for Model {
    type Optimizer = AdaMod;

    fn cases() -> impl Iterator<Item = (&'static str, AdaMod)> {
        let adamod = AdaMod::new(1e-2);
        [
            ("default", adamod),
            ("a floor", AdaMod { floor: 1e-6, ..adamod }),
            ("fast", AdaMod { beta1: 0.5, beta2: 0.9, beta3: 0.5, ..adamod }),
        ]
        .into_iter()
    }

    fn reference(a: &AdaMod, t: u64, params: &mut [f64], grads: &[f64], [m, v, s]: [&mut [f64]; 3]) {
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        for (i, p) in params.iter_mut().enumerate() {
            let g = grads[i];
            m[i] = a.beta1 * m[i] + (1.0 - a.beta1) * g;
            v[i] = a.beta2 * v[i] + (1.0 - a.beta2) * g * g;
            let rate = a.lr / (((v[i] + a.floor) / correction(a.beta2)).sqrt() + a.eps);
            s[i] = a.beta3 * s[i] + (1.0 - a.beta3) * rate;
            *p -= a.lr * a.weight_decay * *p;
            *p -= rate.min(s[i]) * m[i] / correction(a.beta1);
        }
    }
}

gradstep_checks::promises!(Model, 3);

#[test]
#[ignore = "all promises again, in one call"]
fn all() {
    gradstep_checks::promises::all::<Model, 3>();
}
