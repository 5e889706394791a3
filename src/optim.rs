//! The optimizers, a file each: a configuration in f64, and the [rule](crate::rule) of its steps in f32.
//!
//! The documentation of a configuration is where its formula stands, with its paper and what others do differently.
//! `docs/arithmetic.md` says how it is evaluated; `reference` and the models in `tests/` write it down once more, to be
//! compared.
//!
//! In a rule, names are as short as the papers':
//!
//! | name | symbol | |
//! |---|---|---|
//! | `p` | θ | the parameter |
//! | `g` | g | the gradient: scaled, clamped, with λθ added by a penalty |
//! | `b` | b | momentum's velocity |
//! | `w` | w | Rprop's step size |
//! | `m`, `v` | m, v | Adam's moving averages of g and g² |
//! | `s` | s | Adagrad's sum of g² |
//! | `delta`, `u` | δ, u | Adadelta's step before η, and the moving average of its square |
//! | `u` | u | Adamax's maximum of \|g\|, which fades |
//! | `lr` | η | the learning rate; in Adam corrected, η/(1 − β₁ᵗ) |
//! | `lr_m`, `lr_g` | | NAdam's learning rates of m and of g |
//! | `momentum`, `one_minus_dampening` | μ, 1 − τ | what is kept of b, and what of g is added |
//! | `beta1`, `beta2` | β₁, β₂ | the decay rates of m and v |
//! | `h` | h | centered RMSProp's moving average of g |
//! | `alpha` | α | the decay rate of RMSProp's v and h |
//! | `rho` | ρ | that of Adadelta's v and u |
//! | `eps` | ε | keeps the denominator above 0 |
//! | `eps_root` | ε_root | is added to v inside the root; scaled as v is |
//! | `root_correction` | 1/√(1 − β₂ᵗ) | the bias correction of √v |

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod amsgrad;
mod asgd;
mod centered;
mod lion;
mod momentum;
mod nadam;
mod radam;
mod registry;
mod rmsprop;
mod rprop;
mod sgd;
mod signum;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use amsgrad::AmsGrad;
pub use asgd::Asgd;
pub use centered::Centered;
pub use lion::Lion;
pub use momentum::Momentum;
pub use nadam::{NAdam, NAdamW};
pub use radam::{RAdam, RAdamW};
pub use registry::StateSlices;
pub use rmsprop::{RmsProp, RmsPropMomentum};
pub use rprop::Rprop;
pub use sgd::Sgd;
pub use signum::{Signum, SignumW};

registry::registry! { $
    // The name: its variant(its type, the number of its state slices) = an example;
    /// Stochastic gradient descent.
    sgd: Sgd(Sgd, 0) = Sgd::new(1e-3);
    /// Heavy-ball or Nesterov momentum.
    momentum: Momentum(Momentum, 1) = Momentum::new(1e-3, 0.9);
    /// Adam.
    adam: Adam(Adam, 2) = Adam::new(1e-3);
    /// Adam with decoupled weight decay.
    adamw: AdamW(AdamW, 2) = AdamW::new(1e-3);
    /// AMSGrad over Adam.
    amsgrad: AmsGrad(AmsGrad<Adam>, 3) = Adam::new(1e-3).amsgrad();
    /// AMSGrad over AdamW.
    amsgradw: AmsGradW(AmsGrad<AdamW>, 3) = AdamW::new(1e-3).amsgrad();
    /// Adam with Nesterov's momentum.
    nadam: NAdam(NAdam, 2) = NAdam::new(1e-3);
    /// NAdam with decoupled weight decay.
    nadamw: NAdamW(NAdamW, 2) = NAdamW::new(1e-3);
    /// Rectified Adam.
    radam: RAdam(RAdam, 2) = RAdam::new(1e-3);
    /// RAdam with decoupled weight decay.
    radamw: RAdamW(RAdamW, 2) = RAdamW::new(1e-3);
    /// Adam divided by a fading maximum.
    adamax: Adamax(Adamax, 2) = Adamax::new(1e-3);
    /// Adagrad.
    adagrad: Adagrad(Adagrad, 1) = Adagrad::new(1e-3);
    /// RMSProp.
    rmsprop: RmsProp(RmsProp, 1) = RmsProp::new(1e-3);
    /// RMSProp with momentum.
    rmsprop_momentum: RmsPropMomentum(RmsPropMomentum, 2) = RmsProp::new(1e-3).momentum(0.9);
    /// Centered RMSProp.
    rmsprop_centered: RmsPropCentered(Centered<RmsProp>, 2) = RmsProp::new(1e-3).centered();
    /// Centered RMSProp with momentum.
    rmsprop_centered_momentum: RmsPropCenteredMomentum(Centered<RmsPropMomentum>, 3) =
        RmsProp::new(1e-3).momentum(0.9).centered();
    /// Adadelta.
    adadelta: Adadelta(Adadelta, 2) = Adadelta::new(1e-3);
    /// Lion.
    lion: Lion(Lion, 1) = Lion::new(1e-3);
    /// Signum; signSGD without momentum.
    signum: Signum(Signum, 1) = Signum::new(1e-3);
    /// Signum with decoupled weight decay.
    signumw: SignumW(SignumW, 1) = SignumW::new(1e-3);
    /// Rprop.
    rprop: Rprop(Rprop, 2) = Rprop::new(1e-3);
    /// Averaged stochastic gradient descent.
    asgd: Asgd(Asgd, 1) = Asgd::new(1e-3);
}
