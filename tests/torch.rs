//! Agreement with PyTorch's fused CPU optimizers, and with its defaults.

use gradstep::{Adam, AdamW, Momentum, Sgd};
use gradstep_checks::Model;
use gradstep_checks::torch::fused_steps;
use gradstep_models::{Visitor, each};

const VECTORS: &str = include_str!("data/torch-fused.txt");

#[test]
fn every_vector() {
    struct Cases(usize);
    impl Visitor for Cases {
        fn visit<M: Model<S>, const S: usize>(&mut self, _: &'static str) {
            self.0 += fused_steps::<M, S>(VECTORS);
        }
    }
    let mut compared = Cases(0);
    each(&mut compared);
    // Each is the case of one optimizer.
    assert_eq!(compared.0, VECTORS.matches("case ").count());
    assert!(compared.0 >= 14);
}

#[test]
fn defaults() {
    let Adam { beta1, beta2, eps, eps_root, bias_correction, weight_decay, maximize, .. } = Adam::new(1e-3);
    assert_eq!((beta1, beta2, eps, eps_root, weight_decay), (0.9, 0.999, 1e-8, 0.0, 0.0));
    assert!(bias_correction && !maximize);
    let Adam { beta1, beta2, eps, eps_root, bias_correction, weight_decay, maximize, .. } = AdamW::new(1e-3).adam;
    assert_eq!((beta1, beta2, eps, eps_root, weight_decay), (0.9, 0.999, 1e-8, 0.0, 0.01));
    assert!(bias_correction && !maximize);
    let Momentum { dampening, nesterov, weight_decay, maximize, .. } = Momentum::new(1e-3, 0.9);
    assert!(dampening == 0.0 && !nesterov && weight_decay == 0.0 && !maximize);
    let Sgd { weight_decay, maximize, .. } = Sgd::new(1e-3);
    assert!(weight_decay == 0.0 && !maximize);
}
