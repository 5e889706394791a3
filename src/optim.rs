//! Optimizers: a configuration in f64, folded once per step into a rule in f32.
//!
//! Inside a rule the names are the papers':
//!
//! | rule | paper | |
//! |---|---|---|
//! | `p` | θ | parameter |
//! | `g` | g | gradient: scaled, clamped, with λθ |
//! | `b` | b | momentum's velocity |
//! | `m`, `v` | m, v | Adam's moving averages of g and g² |
//! | `lr` | η | learning rate |
//! | `beta1`, `beta2` | β₁, β₂ | decay rates of m and v |
//! | `eps` | ε | keeps the denominator above 0 |
//! | `weight_decay` | λ | of the L2 penalty, or decoupled; `shrink` is 1 − ηλ |
//! | `momentum`, `one_minus_dampening` | μ, 1 − τ | |
//! | `eps_root` | ε_root | is added to v, corrected as v is |
//! | `root_correction` | 1/√(1 − β₂ᵗ) | the bias correction of √v |

mod adam;
mod adamw;
mod amsgrad;
mod any;
mod momentum;
mod rule;
mod sgd;

pub use adam::Adam;
pub use adamw::AdamW;
pub use amsgrad::AmsGrad;
pub use momentum::Momentum;
pub use sgd::Sgd;

pub(crate) use rule::{Compiled, Fold, Folded, Rule};

use crate::{Error, Step};

any::registry! {
    // Variant(type, number of state slices), name, example;
    /// Stochastic gradient descent.
    Sgd(Sgd, 0), "sgd", Sgd::new(1e-3);
    /// Heavy-ball or Nesterov momentum.
    Momentum(Momentum, 1), "momentum", Momentum::new(1e-3, 0.9);
    /// Adam.
    Adam(Adam, 2), "adam", Adam::new(1e-3);
    /// Adam with decoupled weight decay.
    AdamW(AdamW, 2), "adamw", AdamW::new(1e-3);
    /// AMSGrad over Adam.
    AmsGrad(AmsGrad<Adam>, 3), "amsgrad", Adam::new(1e-3).amsgrad();
    /// AMSGrad over AdamW.
    AmsGradW(AmsGrad<AdamW>, 3), "amsgradw", AdamW::new(1e-3).amsgrad();
}

/// A configuration that can be folded into a step over `S` state slices: 0 for [`Sgd`], 1 for [`Momentum`], 2 for [`Adam`]
/// and [`AdamW`], 3 for [`AmsGrad`].
///
/// Sealed for now, by supertraits that are private. For a choice at run time see [`AnyOptimizer`].
///
/// ```
/// use gradstep::{Error, Optimizer};
///
/// /// One step with a learning rate of the moment, for any optimizer with one state slice.
/// fn step(optimizer: impl Optimizer<1>, lr: f64, t: u64, p: &mut [f32], g: &[f32], s: &mut [f32]) -> Result<(), Error> {
///     optimizer.with_lr(lr).at(t)?.apply(p, g, [s])
/// }
///
/// let (mut p, mut s) = ([1.0], [0.0]);
/// step(gradstep::Momentum::new(0.1, 0.9), 0.5, 1, &mut p, &[1.0], &mut s)?;
/// assert_eq!((p, s), ([0.5], [1.0]));
/// # Ok::<(), Error>(())
/// ```
pub trait Optimizer<const S: usize>: Fold<S> + Compiled<S> {
    /// The names of the state slices, in the order in which a step takes them: for checkpoints and errors.
    ///
    /// ```
    /// use gradstep::{AdamW, Optimizer};
    ///
    /// assert_eq!(AdamW::STATE, ["m", "v"]);
    /// ```
    const STATE: [&'static str; S];

    /// The learning rate η.
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// assert_eq!(Sgd::new(0.1).lr(), 0.1);
    /// ```
    #[must_use]
    fn lr(&self) -> f64;

    /// The same optimizer with the learning rate `lr`, as a schedule changes it from step to step.
    ///
    /// ```
    /// use gradstep::{AdamW, Optimizer, schedule::{Cosine, Schedule}};
    ///
    /// let (adamw, schedule) = (AdamW::new(1e-3), Cosine::new(1e-3, 100));
    /// let step = adamw.with_lr(schedule.at(7)?).at(7)?;
    /// # let _ = step;
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[must_use]
    fn with_lr(self, lr: f64) -> Self;

    /// The step number `t` (1, 2, …): counts the updates of the slices that the step will be applied to.
    ///
    /// One step can be applied to any number of tensors or shards.
    ///
    /// # Errors
    ///
    /// [`Error::StepZero`], and [`Error::Hyperparameter`] for the first one that is out of its range.
    ///
    /// ```
    /// use gradstep::{Error, Optimizer, Sgd};
    ///
    /// let [mut weights, mut biases] = [[1.0; 8], [0.0; 8]];
    /// let step = Sgd::new(0.5).at(1)?;
    /// step.apply(&mut weights, &[1.0; 8], [])?;
    /// step.apply(&mut biases, &[1.0; 8], [])?;
    /// assert_eq!((weights, biases), ([0.5; 8], [-0.5; 8]));
    /// assert_eq!(Sgd::new(0.5).at(0), Err(Error::StepZero));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    fn at(&self, t: u64) -> Result<Step<Self, S>, Error> {
        if t == 0 {
            return Err(Error::StepZero);
        }
        self.fold(t).map(Step::new)
    }
}
