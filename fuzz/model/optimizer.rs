//! Any optimizer, and what is wrong with it.

use crate::common::bits::{Options, one_minus_power};
use crate::common::family::{AdamFamily, adam_family};
use crate::number::{Count, Real, Single};
use arbitrary::Arbitrary;
use gradstep::{Adam, AdamW, AnyOptimizer, Momentum, Sgd};

/// Enough for every optimizer; each takes what it knows.
#[derive(Arbitrary, Debug)]
pub struct Hyperparameters {
    which: u8,
    lr: Real,
    betas: Option<[Real; 2]>,
    eps: Option<Real>,
    eps_root: Option<Real>,
    no_bias_correction: bool,
    momentum: Real,
    dampening: Option<Real>,
    nesterov: bool,
    weight_decay: Option<Real>,
    maximize: bool,
}

impl Hyperparameters {
    /// The optimizer of the registry that `which` chooses, with these hyper-parameters.
    pub fn optimizer(&self) -> AnyOptimizer {
        let name = AnyOptimizer::ALL[usize::from(self.which) % AnyOptimizer::ALL.len()].name();
        let default = AnyOptimizer::from_name(name).expect("every optimizer has a name");
        let lr = default.lr();
        let or = |x: Option<Real>, default: f64| x.map_or(default, Real::get);
        macro_rules! adam {
            ($default:expr) => {{
                let default = $default;
                let [beta1, beta2] = self.betas.map_or([default.beta1, default.beta2], |betas| betas.map(Real::get));
                default
                    .betas(beta1, beta2)
                    .eps(or(self.eps, default.eps))
                    .eps_root(or(self.eps_root, default.eps_root))
                    .bias_correction(!self.no_bias_correction)
                    .weight_decay(or(self.weight_decay, default.weight_decay))
                    .maximize(self.maximize)
            }};
        }
        let optimizer: AnyOptimizer = match default {
            AnyOptimizer::Sgd(_) => {
                Sgd::new(lr).weight_decay(or(self.weight_decay, 0.0)).maximize(self.maximize).into()
            }
            AnyOptimizer::Momentum(_) => Momentum::new(lr, self.momentum.get())
                .dampening(or(self.dampening, 0.0))
                .nesterov(self.nesterov)
                .weight_decay(or(self.weight_decay, 0.0))
                .maximize(self.maximize)
                .into(),
            AnyOptimizer::Adam(_) => adam!(Adam::new(lr)).into(),
            AnyOptimizer::AdamW(_) => adam!(AdamW::new(lr)).into(),
            AnyOptimizer::AmsGrad(_) => adam!(Adam::new(lr)).amsgrad().into(),
            AnyOptimizer::AmsGradW(_) => adam!(AdamW::new(lr)).amsgrad().into(),
            other => other,
        };
        assert_eq!(optimizer.to_string(), name);
        optimizer.with_lr(self.lr.get())
    }
}

/// An optimizer and its step, with the options that every target varies.
#[derive(Arbitrary, Debug)]
pub struct Call {
    hyperparameters: Hyperparameters,
    t: Count,
    scale: Option<Single>,
    clamp: Option<Single>,
}

impl Call {
    pub fn optimizer(&self) -> AnyOptimizer {
        self.hyperparameters.optimizer()
    }

    pub fn t(&self) -> u64 {
        self.t.get()
    }

    pub fn options(&self, flush: bool) -> Options {
        Options { scale: self.scale.map_or(1.0, Single::get), clamp: self.clamp.map(Single::get), flush }
    }
}

/// The names of all that `optimizer.at(t)` must refuse. The ranges and foldings of the specification, once more.
pub fn faults(optimizer: &AnyOptimizer, t: u64) -> Vec<&'static str> {
    if t == 0 {
        return vec!["t"];
    }
    let mut faults = Vec::new();
    let mut require = |ok: bool, name: &'static str| {
        if !ok {
            faults.push(name);
        }
    };
    let not_negative = |x: f64| x >= 0.0 && x.is_finite();
    let single = |x: f64| (x as f32).is_finite();

    let lr = optimizer.lr();
    require(not_negative(lr) && single(lr), "lr");
    if let Some(AdamFamily { adam, decoupled, .. }) = adam_family(optimizer) {
        for (name, beta) in [("beta1", adam.beta1), ("beta2", adam.beta2)] {
            require(beta >= 0.0 && (beta as f32) < 1.0, name);
        }
        let [c1, c2] =
            [adam.beta1, adam.beta2].map(|beta| if adam.bias_correction { one_minus_power(beta, t) } else { 1.0 });
        require(single(lr / c1), "lr");
        let (eps, eps_root) = (adam.eps as f32, (adam.eps_root * c2) as f32);
        require(not_negative(adam.eps) && eps.is_finite() && (eps > 0.0 || eps_root > 0.0), "eps");
        require(not_negative(adam.eps_root) && eps_root.is_finite(), "eps_root");
        let kept = if decoupled { 1.0 - lr * adam.weight_decay } else { 1.0 };
        require(not_negative(adam.weight_decay) && single(adam.weight_decay) && single(kept), "weight_decay");
    }
    match optimizer {
        AnyOptimizer::Sgd(sgd) => require(not_negative(sgd.weight_decay) && single(sgd.weight_decay), "weight_decay"),
        AnyOptimizer::Momentum(o) => {
            require(not_negative(o.momentum) && single(o.momentum) && (o.momentum > 0.0 || !o.nesterov), "momentum");
            require((0.0..=1.0).contains(&o.dampening) && (o.dampening == 0.0 || !o.nesterov), "dampening");
            require(not_negative(o.weight_decay) && single(o.weight_decay), "weight_decay");
        }
        _ => {}
    }
    faults
}
