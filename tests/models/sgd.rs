//! Gradient descent.

use gradstep::Sgd;
use gradstep_checks::model::*;

pub struct Model;

impl gradstep_checks::Model<0> for Model {
    type Optimizer = Sgd;
    const STATE: [(&'static str, Slot, Holds); 0] = [];
    const DECAY: Decay = Decay::Penalty;

    fn cases() -> impl Iterator<Item = (&'static str, Sgd)> {
        let sgd = Sgd::new(0.1);
        let cases = [
            ("default", Sgd::new(1e-3)),
            ("weight decay", sgd.weight_decay(0.01)),
            ("weight decay that is 0 as f32: no term", sgd.weight_decay(1e-50)),
            ("maximize", sgd.maximize(true)),
            ("no rate", Sgd::new(0.0).weight_decay(0.5).maximize(true)),
        ];
        cases.into_iter()
    }

    fn random(rng: &mut Rng) -> Sgd {
        Sgd::new(random::rate(rng)).weight_decay(random::weight_decay(rng)).maximize(rng.bool())
    }

    fn fields(sgd: &mut Sgd) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        [("lr", &mut sgd.lr), ("weight_decay", &mut sgd.weight_decay)]
    }

    fn requirements(sgd: &Sgd, _: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        [("lr", non_negative(sgd.lr) && single(sgd.lr))]
    }

    fn written_out(sgd: &Sgd, _: u64) -> impl Fn(f32, f32, [f32; 0]) -> (f32, [f32; 0]) {
        let lr = sgd.lr as f32;
        move |p, g, []| {
            let change = lr * g;
            (p - change, [])
        }
    }

    fn reference(sgd: &Sgd, _: u64, params: &mut [f64], grads: &[f64], []: [&mut [f64]; 0]) {
        reference::sgd(sgd, params, grads);
    }

    fn bounds(sgd: &Sgd, _: u64, e: &Element<0>) -> Option<Bounds<0>> {
        let g = e.g.abs() + sgd.weight_decay * e.p.abs();
        let p = U * (e.p.abs() + 6.0 * sgd.lr * g) + W * (1.0 + sgd.lr);
        in_domain(&[sgd.lr, sgd.weight_decay], &[e.p, g, sgd.lr * g]).then_some(Bounds { p, state: [] })
    }

    const GOLDEN: u64 = 0x4a9e_07e0_8b72_813e;

    fn golden(variation: Variation) -> Sgd {
        Sgd::new(1e-3).weight_decay(variation.weight_decay).maximize(variation.maximize)
    }

    fn from_torch(torch: &TorchOptions) -> Option<Sgd> {
        let is_this = torch.kind() == "SGD" && torch.number("momentum") == 0.0;
        is_this.then(|| {
            Sgd::new(torch.number("lr")).weight_decay(torch.number("weight_decay")).maximize(torch.is_set("maximize"))
        })
    }

    fn terms(sgd: &Sgd, _: u64, e: &Element<0>) -> Option<Bounds<0>> {
        Some(Bounds { p: e.p.abs() + sgd.lr * (e.g.abs() + sgd.weight_decay * e.p.abs()), state: [] })
    }
}
