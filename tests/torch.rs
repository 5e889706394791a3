//! Agreement with the CPU optimizers of PyTorch and timm, and with PyTorch's defaults.

use gradstep::{Adam, AdamW, Momentum, Sgd};
use gradstep_checks::Model;
use gradstep_checks::torch::steps;
use gradstep_models::{Visitor, each};

/// PyTorch's fused optimizers.
const FUSED: &str = include_str!("data/torch-fused.txt");

/// PyTorch's other optimizers, and timm's.
const REGISTRY: &str = include_str!("data/torch-registry.txt");

/// How many of the cases of `vectors` are an optimizer's of this crate, and all agree.
fn agreeing(vectors: &str) -> usize {
    struct Cases<'a>(&'a str, usize);
    impl Visitor for Cases<'_> {
        fn visit<M: Model<S>, const S: usize>(&mut self, _: &'static str) {
            for (case, worst) in steps::<M, S>(self.0) {
                println!("{case:28} within {worst:.2} u of the terms");
                self.1 += 1;
            }
        }
    }
    let mut compared = Cases(vectors, 0);
    each(&mut compared);
    compared.1
}

#[test]
fn fused() {
    // Each is the case of one optimizer.
    assert_eq!(agreeing(FUSED), FUSED.matches("case ").count());
    assert!(FUSED.matches("case ").count() >= 14);
}

#[test]
fn registry() {
    // LAMB and LARS are not here yet.
    let missing = REGISTRY.matches("kind=Lamb").count() + REGISTRY.matches("kind=Lars").count();
    assert_eq!(agreeing(REGISTRY) + missing, REGISTRY.matches("case ").count());
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
