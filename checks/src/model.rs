//! Model: what is known of an optimizer beyond its code.

use core::fmt::Debug;
use core::num::NonZeroU64;

use gradstep::Optimizer;

use crate::errors::field;
use crate::written_out::by_rule;

// What a model is written with.
pub use crate::Rng;
pub use crate::bounds::{Bounds, Element, U, W, in_domain};
pub use crate::errors::{decay_rate, non_negative, single};
pub use crate::golden::Variation;
pub use crate::random;
pub use crate::torch::TorchOptions;
pub use crate::written_out::{larger, one_minus_power, sign};
pub use gradstep::{Decay, Slot, reference};

/// What the checks hold an optimizer against.
///
/// Three items are required, and make an optimizer of one's own checkable. With others the checks say more:
///
/// | items | what they add |
/// |---|---|
/// | [`fields`](Self::fields), [`requirements`](Self::requirements) | every illegal hyper-parameter is refused, by its name: [`errors::hyperparameters`](crate::errors::hyperparameters), [`errors::precedence`](crate::errors::precedence), part of [`promises!`](crate::promises!) |
/// | [`random`](Self::random) | random configurations beside the cases |
/// | [`written_out`](Self::written_out) | the bits of the specification, not those of the rule itself |
/// | [`bounds`](Self::bounds) | derived error bounds: [`bounds::reference`](crate::bounds::reference) |
/// | [`GOLDEN`](Self::GOLDEN), [`golden`](Self::golden) | bits that never change: [`golden::hash`](crate::golden::hash) |
/// | [`from_torch`](Self::from_torch), [`terms`](Self::terms) | vectors of PyTorch and timm: [`torch::steps`](crate::torch::steps) |
///
/// gradstep's own models in `tests/models` have them all.
///
/// Write a model from the paper, not from the optimizer's source: what both have wrong together no check can find.
pub trait Model<const S: usize> {
    /// The optimizer.
    type Optimizer: Optimizer<S> + Debug + PartialEq;

    /// Named configurations: the default one, then every option alone and all together, and the values at which the
    /// arithmetic takes another path.
    fn cases() -> impl Iterator<Item = (&'static str, Self::Optimizer)>;

    /// Step `t` as a textbook loop, in `f64`. The gradients are scaled and clamped; the rest is the loop's own:
    /// `maximize`, and weight decay, which adds λθ to g or, if it is [`Decay::Shrink`], multiplies θ by 1 − ηλ before
    /// the update.
    fn reference(optimizer: &Self::Optimizer, t: u64, params: &mut [f64], grads: &[f64], state: [&mut [f64]; S]);

    /// [`Optimizer::STATE`] and [`Optimizer::SLOTS`], once more, and what the slices hold.
    const STATE: [(&'static str, Slot, Holds); S] = state_of::<Self::Optimizer, S>();

    /// [`Optimizer::DECAY`], once more.
    const DECAY: Decay = Self::Optimizer::DECAY;

    /// Any legal configuration: see [`random`].
    fn random(rng: &mut Rng) -> Self::Optimizer {
        let cases = Self::cases().count();
        let (_, optimizer) = Self::cases().nth(rng.usize(..cases)).expect("one of the cases");
        optimizer.with_lr(random::rate(rng))
    }

    /// The hyper-parameters that are numbers, by the names that errors give them.
    fn fields(_: &mut Self::Optimizer) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        []
    }

    /// What must hold at step `t`, in this order, and the hyper-parameter that is to blame if it does not. (Not that
    /// `t` is not 0, which comes before, nor what a weight decay must be, which comes after, unless it is
    /// [`Decay::Own`].)
    fn requirements(_: &Self::Optimizer, _t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        []
    }

    /// The arithmetic of step `t`, one `f32` rounding an operation, the scalars folded once: from the parameter (shrunk
    /// by decoupled decay), the gradient (scaled, clamped, with that of a penalty) and the old state to the new
    /// parameter and state. By default the rule itself, one element at a time.
    fn written_out(optimizer: &Self::Optimizer, t: u64) -> impl Fn(f32, f32, [f32; S]) -> (f32, [f32; S]) {
        by_rule(NonZeroU64::new(t).and_then(|t| optimizer.rule(t).ok()).expect("a legal case at t ≥ 1"))
    }

    /// How far step `t` in `f32` may be from the reference for this element: see [`bounds`](crate::bounds). `None`
    /// where that is not known.
    fn bounds(_: &Self::Optimizer, _t: u64, _: &Element<S>) -> Option<Bounds<S>> {
        None
    }

    /// The hash of the [golden run](crate::golden). If it differs, [`golden::hash`](crate::golden::hash) fails and
    /// prints the right one. Once set it never changes again.
    const GOLDEN: u64 = 0;

    /// The optimizer in a part of the golden run. Every option occurs in one.
    fn golden(variation: Variation) -> Self::Optimizer {
        let cases = Self::cases().count();
        Self::cases().nth(variation.number % cases).expect("one of the cases").1
    }

    /// The optimizer that PyTorch's or timm's is, if it is this one.
    fn from_torch(_: &TorchOptions) -> Option<Self::Optimizer> {
        None
    }

    /// The magnitude of the terms that step `t` adds up: what the error of another implementation is measured in.
    /// `None` if neither PyTorch nor timm has such an optimizer.
    fn terms(_: &Self::Optimizer, _t: u64, _: &Element<S>) -> Option<Bounds<S>> {
        None
    }
}

/// What an optimizer says of its state, and what that probably holds.
const fn state_of<O: Optimizer<S>, const S: usize>() -> [(&'static str, Slot, Holds); S] {
    let mut state = [("", Slot::Signed, Holds::Gradients); S];
    let mut k = 0;
    while k < S {
        let holds = if matches!(O::SLOTS[k], Slot::SecondMoment) { Holds::Squares } else { Holds::Gradients };
        state[k] = (O::STATE[k], O::SLOTS[k], holds);
        k += 1;
    }
    state
}

/// What a slice of state is made of: random values then have its sign and magnitude.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holds {
    /// Gradients, of either sign.
    Gradients,
    /// Squares of gradients.
    Squares,
    /// Magnitudes of gradients, or anything else that is not negative.
    Magnitudes,
    /// Parameters.
    Parameters,
}

/// Panics unless the optimizer says of itself what its model says.
pub fn constants<M: Model<S>, const S: usize>() {
    assert_eq!(M::Optimizer::STATE, M::STATE.map(|(name, ..)| name));
    assert_eq!(M::Optimizer::SLOTS, M::STATE.map(|(_, slot, _)| slot));
    assert_eq!(M::Optimizer::DECAY, M::DECAY);
}

/// Panics unless [`Optimizer::lr`], [`Optimizer::with_lr`] and [`Optimizer::weight_decay`] are those of the fields.
pub fn accessors<M: Model<S>, const S: usize>() {
    for (name, mut optimizer) in M::cases() {
        // Each another.
        for (number, (_, x)) in (1_u8..).zip(M::fields(&mut optimizer)) {
            *x = number.into();
        }
        let value = |name| field::<M, S>(&optimizer, name);
        assert_eq!(Some(optimizer.lr()), value("lr"), "{name}");
        assert_eq!(optimizer.weight_decay(), value("weight_decay").unwrap_or(0.0), "{name}");

        let changed = optimizer.with_lr(0.125);
        assert_eq!(changed.lr(), 0.125);
        assert_ne!(changed, optimizer, "{name}");
        assert_eq!(changed.with_lr(optimizer.lr()), optimizer, "{name}");
    }
}
