//! Agreement with PyTorch's fused CPU optimizers, step by step, each restarted from PyTorch's own state.
//!
//! PyTorch fuses multiply-adds and rounds the last elements of a slice in another order than the others, so the bits
//! differ: the bound is 8 unit roundoffs of the terms that were added, and two of the smallest subnormal.

mod common;

use std::collections::HashMap;

use common::backends::{available, backends};
use common::bits::Options;
use common::bounds::{Bounds, elements, scales, within};
use common::run::configured;
use common::tensors::Tensors;
use gradstep::{Adam, AdamW, AnyOptimizer, Momentum, Sgd};

#[test]
fn fused_steps() {
    let mut compared = 0;
    let cases = include_str!("data/torch-fused.txt").split("case ").skip(1);
    for case in cases.clone() {
        let mut lines = case.lines();
        let name = lines.next().unwrap();
        let optimizer = optimizer(entry(&mut lines, "hyper"));
        let n: usize = entry(&mut lines, "n").parse().unwrap();
        let mut now = Tensors {
            params: floats(entry(&mut lines, "params")),
            grads: vec![],
            state: vec![vec![0.0; n]; optimizer.state().len()],
        };
        for t in 1..=8 {
            assert_eq!(entry(&mut lines, "step"), t.to_string());
            now.grads = floats(entry(&mut lines, "grads"));
            let torch = Tensors {
                params: floats(entry(&mut lines, "params")),
                grads: now.grads.clone(),
                state: optimizer.state().iter().map(|slice| floats(entry(&mut lines, slice))).collect(),
            };
            assert!(torch.params.len() == n && torch.grads.len() == n, "{name}");
            for isa in backends() {
                let mut ours = now.clone();
                let (params, grads, mut state) = ours.slices_mut();
                let step = configured(&optimizer, t, Options::NONE, isa).unwrap();
                step.apply(params, grads, &mut state).unwrap();
                for (i, element) in elements(&optimizer, t, Options::NONE, &now).iter().enumerate() {
                    let Bounds { p, state } = scales(&optimizer, t, element).unwrap();
                    let what = format!("{name}, step {t}, element {i}, {isa}");
                    assert!(within(ours.params[i], torch.params[i].into(), p), "params: {what}");
                    for (slot, bound) in (0..ours.state.len()).zip(state) {
                        let (ours, torch) = (ours.state[slot][i], torch.state[slot][i]);
                        assert!(within(ours, torch.into(), bound), "{}: {what}", optimizer.state()[slot]);
                    }
                    compared += 1;
                }
            }
            now = torch;
        }
        assert_eq!(lines.next(), Some("end"));
    }
    assert_eq!(cases.count(), 14);
    assert_eq!(compared, 14 * 8 * 37 * available().len());
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

/// The rest of the next line, which must begin with `key`.
fn entry<'a>(lines: &mut impl Iterator<Item = &'a str>, key: &str) -> &'a str {
    let line = lines.next().unwrap();
    line.strip_prefix(key).unwrap_or_else(|| panic!("{key}, but found {line:.40}")).trim_start()
}

fn floats(values: &str) -> Vec<f32> {
    values.split(' ').map(|bits| f32::from_bits(u32::from_str_radix(bits, 16).unwrap())).collect()
}

/// PyTorch's hyper-parameters in ours.
fn optimizer(hyper: &str) -> AnyOptimizer {
    let hyper: HashMap<_, _> = hyper.split(' ').map(|pair| pair.split_once('=').unwrap()).collect();
    let number = |key: &str| hyper[key].parse::<f64>().unwrap();
    let set = |key: &str| hyper[key] == "1";
    match hyper["kind"] {
        "SGD" if number("momentum") == 0.0 => {
            Sgd::new(number("lr")).weight_decay(number("weight_decay")).maximize(set("maximize")).into()
        }
        "SGD" => Momentum::new(number("lr"), number("momentum"))
            .dampening(number("dampening"))
            .nesterov(set("nesterov"))
            .weight_decay(number("weight_decay"))
            .maximize(set("maximize"))
            .into(),
        "Adam" => {
            let adam = Adam::new(number("lr"))
                .betas(number("beta1"), number("beta2"))
                .eps(number("eps"))
                .weight_decay(number("weight_decay"))
                .maximize(set("maximize"));
            if set("amsgrad") { adam.amsgrad().into() } else { adam.into() }
        }
        "AdamW" => {
            let adamw = AdamW::new(number("lr"))
                .betas(number("beta1"), number("beta2"))
                .eps(number("eps"))
                .weight_decay(number("weight_decay"))
                .maximize(set("maximize"));
            if set("amsgrad") { adamw.amsgrad().into() } else { adamw.into() }
        }
        kind => panic!("unknown kind {kind}"),
    }
}
