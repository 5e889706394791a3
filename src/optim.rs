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
//! | `lr` | η | the learning rate; in Adam corrected, η/(1 − β₁ᵗ) |
//! | `momentum`, `one_minus_dampening` | μ, 1 − τ | what is kept of b, and what of g is added |
//! | `beta1`, `beta2` | β₁, β₂ | the decay rates of m and v |
//! | `eps` | ε | keeps the denominator above 0 |
//! | `eps_root` | ε_root | is added to v inside the root; scaled as v is |
//! | `root_correction` | 1/√(1 − β₂ᵗ) | the bias correction of √v |

mod adam;
mod adamw;
mod amsgrad;
mod asgd;
mod lion;
mod momentum;
mod registry;
mod rprop;
mod sgd;
mod signum;

pub use adam::Adam;
pub use adamw::AdamW;
pub use amsgrad::AmsGrad;
pub use asgd::Asgd;
pub use lion::Lion;
pub use momentum::Momentum;
pub use registry::StateSlices;
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
    /// Lion.
    lion: Lion(Lion, 1) = Lion::new(1e-3);
    /// Rprop.
    rprop: Rprop(Rprop, 2) = Rprop::new(1e-3);
    /// Signum; signSGD without momentum.
    signum: Signum(Signum, 1) = Signum::new(1e-3);
    /// Signum with decoupled weight decay.
    signumw: SignumW(SignumW, 1) = SignumW::new(1e-3);
    /// Averaged stochastic gradient descent.
    asgd: Asgd(Asgd, 1) = Asgd::new(1e-3);
}
