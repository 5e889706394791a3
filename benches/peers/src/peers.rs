//! The other optimizers of the Rust world, each as a function that takes one step on `n` parameters of its own.

use burn_core::tensor::{Device, Tensor as BurnTensor, TensorData};
use burn_optim::{AdamConfig, SgdConfig, momentum::MomentumConfig};
use candle_core::{Device::Cpu, Tensor, Var};
use candle_nn::{AdamW, Optimizer as _, SGD};
use dfdx::optim::{AdamConfig as DfdxAdam, Momentum, SgdConfig as DfdxSgd};
use dfdx::prelude::{Cpu as DfdxCpu, Gradients, Storage, ZerosTensor};

use crate::LR;
use crate::data::NORMAL;

const GRADIENT: f32 = NORMAL[1];

pub type Step = Box<dyn FnMut()>;

/// The peers that have the optimizer of this name.
pub fn all(optimizer: &str, n: usize) -> Vec<(&'static str, Step)> {
    match optimizer {
        "sgd" => vec![
            ("candle", candle(n, |var| SGD::new(var, LR).unwrap())),
            ("burn", burn(n, SgdConfig::new().build())),
            ("dfdx", dfdx_sgd(n, None)),
        ],
        "momentum" => vec![
            ("burn", burn(n, SgdConfig::new().with_momentum(Some(MomentumConfig::new())).build())),
            ("dfdx", dfdx_sgd(n, Some(Momentum::Classic(0.9)))),
        ],
        "adam" => vec![
            ("burn", burn(n, AdamConfig::new().build())),
            ("dfdx", dfdx(n, |p, [m, v], g| DfdxAdam::default().try_update(1000, p, m, v, g).unwrap())),
        ],
        "adamw" => vec![("candle", candle(n, |var| AdamW::new_lr(var, LR).unwrap()))],
        _ => vec![],
    }
}

fn candle<O: candle_nn::Optimizer + 'static>(n: usize, optimizer: impl Fn(Vec<Var>) -> O) -> Step {
    let var = Var::ones(n, candle_core::DType::F32, &Cpu).unwrap();
    let mut grads = var.sum_all().unwrap().backward().unwrap();
    grads.insert(&var, Tensor::full(GRADIENT, n, &Cpu).unwrap());
    let mut optimizer = optimizer(vec![var]);
    Box::new(move || optimizer.step(&grads).unwrap())
}

fn burn<O: burn_optim::Optimizer>(n: usize, optimizer: O) -> Step {
    let full = |x: f32| BurnTensor::<1>::from_data(TensorData::new(vec![x; n], [n]), &Device::flex());
    let (mut param, grad, mut state) = (Some(full(1.0)), full(GRADIENT), None);
    Box::new(move || {
        let (p, s) = optimizer.step(LR, param.take().unwrap(), grad.clone(), state.take());
        (param, state) = (Some(p), s);
    })
}

type Parameters = dfdx::prelude::Tensor<(usize,), f32, DfdxCpu>;
type Values = <DfdxCpu as Storage<f32>>::Vec;

fn dfdx_sgd(n: usize, momentum: Option<Momentum>) -> Step {
    let config = DfdxSgd { lr: LR, momentum, weight_decay: None };
    dfdx(n, move |p, [b, _], g| config.try_update(p, b, g).unwrap())
}

/// Without the walk over a model's tensors, for which dfdx wants their shapes as types.
fn dfdx<O>(n: usize, step: impl Fn(&mut Parameters, [&mut Values; 2], &Values) -> O + 'static) -> Step {
    let mut param: Parameters = DfdxCpu::default().zeros_like(&(n,));
    let mut slots = [Gradients::leaky(), Gradients::leaky(), Gradients::leaky()];
    slots[2].get_or_alloc_mut(&param).unwrap().fill(GRADIENT);
    Box::new(move || {
        let [m, v, g] = slots.each_mut().map(|slot| slot.get_or_alloc_mut(&param).unwrap());
        step(&mut param, [m, v], g);
    })
}
