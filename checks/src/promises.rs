//! Every promise that gradstep makes of an optimizer, as one check: for an optimizer of one's own.
//!
//! [`promises!`](crate::promises!) has a test of each, [`all`] calls each and reports at the end.

use core::any::type_name;
use core::num::NonZeroU64;
use core::ops::Range;
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use gradstep::{Error, Optimizer, Rule, Slot};

#[cfg(feature = "allocation")]
pub use crate::allocation::steps as allocates_nothing;
#[cfg(not(miri))]
pub use crate::guard_pages::steps as stays_within_its_slices;
pub use crate::identity::{
    builders as options_compose, lengths as same_bits_at_every_length, long_slices as same_bits_of_long_slices,
    offsets as same_bits_at_every_offset, special_pairs as same_bits_of_special_values,
    splits as same_bits_however_split, usual_rule as usual_is_the_same_rule,
};

#[cfg(feature = "storage")]
pub use crate::storage::in_any_formats as same_bits_in_any_formats;

use crate::backends::backends;
use crate::bounds::{Element, elements};
use crate::tensors::Tensors;
use crate::written_out::{Options, same};
use crate::{Model, Rng, cases, errors, random};

/// A test of each promise for the optimizer of this model.
///
/// `promises!(my::Model, 2)` has the tests `no_hidden_state`, `same_bits_at_every_length` …, for a model of an
/// optimizer with 2 slices of state. `cargo test` runs them, and the names of those that fail are the promises that are
/// broken. If many fail, begin with `no_hidden_state` and `usual_is_the_same_rule`.
///
/// They run on every backend of this machine. [`backends::obstacles`](crate::backends::obstacles) says which others
/// there are, and why they do not run here.
#[macro_export]
macro_rules! promises {
    ($Model:ty, $S:literal) => {
        $crate::__tests! { $Model, $S:
            no_hidden_state usual_is_the_same_rule nan_is_seen same_bits_at_every_length same_bits_at_every_offset
            same_bits_of_long_slices same_bits_of_special_values same_bits_however_split options_compose
            agrees_with_its_reference refuses_without_a_trace
        }
        $crate::__guard_pages! { $Model, $S }
        $crate::__allocation! { $Model, $S }
        $crate::__threads! { $Model, $S }
        $crate::__storage! { $Model, $S }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ($Model:ty, $S:literal: $($promise:ident)*) => {$(
        #[test]
        fn $promise() {
            $crate::promises::$promise::<$Model, $S>();
        }
    )*};
}

/// The tests of what this build of the checks can do.
macro_rules! tests_if {
    ($condition:meta: $name:ident $test:ident) => {
        tests_if! { [$] $condition: $name $test }
    };
    ([$d:tt] $condition:meta: $name:ident $test:ident) => {
        #[cfg($condition)]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($d Model:ty, $d S:literal) => { $d crate::__tests! { $d Model, $d S: $test } };
        }
        #[cfg(not($condition))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($d Model:ty, $d S:literal) => {
                #[test]
                #[ignore = "this build of gradstep-checks cannot do it"]
                fn $test() {}
            };
        }
    };
}
tests_if!(not(miri): __guard_pages stays_within_its_slices);
tests_if!(feature = "allocation": __allocation allocates_nothing);
tests_if!(feature = "rayon": __threads same_bits_on_any_number_of_threads);
tests_if!(feature = "storage": __storage same_bits_in_any_formats);

/// Panics unless every promise is kept, and says which are broken, where, and the smallest case that was found.
pub fn all<M: Model<S>, const S: usize>() {
    type Check = (&'static str, fn());
    let promises: Vec<Check> = [
        ("no hidden state", no_hidden_state::<M, S> as fn()),
        ("`usual` is the same rule", usual_is_the_same_rule::<M, S>),
        ("NaN is seen", nan_is_seen::<M, S>),
        ("the same bits at every length", same_bits_at_every_length::<M, S>),
        ("the same bits at every offset", same_bits_at_every_offset::<M, S>),
        ("the same bits of long slices", same_bits_of_long_slices::<M, S>),
        ("the same bits of special values", same_bits_of_special_values::<M, S>),
        ("the same bits however slices are split", same_bits_however_split::<M, S>),
        ("options compose", options_compose::<M, S>),
        ("it agrees with its reference", agrees_with_its_reference::<M, S>),
        ("refused calls leave no trace", refuses_without_a_trace::<M, S>),
        #[cfg(not(miri))]
        ("it stays within its slices", stays_within_its_slices::<M, S>),
        #[cfg(feature = "allocation")]
        ("it allocates nothing", allocates_nothing::<M, S>),
        #[cfg(feature = "rayon")]
        ("the same bits on any number of threads", same_bits_on_any_number_of_threads::<M, S>),
        #[cfg(feature = "storage")]
        ("the same bits in any formats", same_bits_in_any_formats::<M, S>),
    ]
    .into();
    let mut broken = Vec::new();
    for (promise, check) in promises {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(check)) {
            broken.push(format!("{promise}: {}", message(panic)));
        }
    }
    assert!(broken.is_empty(), "{} breaks\n- {}", type_name::<M::Optimizer>(), broken.join("\n- "));
}

fn message(panic: Box<dyn core::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast_ref::<&str>().unwrap_or(&"a panic").to_string(),
    }
}

/// Promise 3: the same call twice gives the same bits, and so does the rule. Nothing is kept between calls but the
/// state that is passed in.
pub fn no_hidden_state<M: Model<S>, const S: usize>() {
    let mut rng = Rng::with_seed(21);
    for (name, optimizer) in M::cases() {
        for t in [1, 2, 1000] {
            let before = Tensors::random::<M>(&mut rng, 200);
            for isa in backends() {
                let after = [(); 2].map(|()| {
                    let mut after = before.clone();
                    after.apply(&Options::NONE.step(&optimizer, t, isa).unwrap(), false).unwrap();
                    after
                });
                let what = format_args!("the second of two equal calls, {name} at {t}, {isa}");
                after[1].assert_becomes(&before, &after[0], false, what);
            }
            let rule = NonZeroU64::new(t).map(|t| optimizer.rule(t).unwrap()).unwrap();
            let [p, g] = [0.5_f32, -0.25];
            let once = || {
                let new = rule.state(p, g, [0.125; S]);
                (rule.param(p, g, [0.125; S], new), new)
            };
            let (first, second) = (once(), once());
            let alike = same(first.0, second.0) && first.1.iter().zip(second.1).all(|(&a, b)| same(a, b));
            assert!(alike, "the rule gives {first:?}, and then {second:?}, {name} at {t}");
        }
    }
}

/// A gradient that is NaN makes its parameter NaN, or its state, and nothing of any other element.
pub fn nan_is_seen<M: Model<S>, const S: usize>() {
    const N: usize = 95;
    let mut rng = Rng::with_seed(22);
    for (name, optimizer) in M::cases() {
        for (isa, t) in backends().flat_map(|isa| [(isa, 1), (isa, 3)]) {
            for at in 0..N {
                let mut tensors = Tensors::zeros(N);
                tensors.params.fill_with(|| cases::everyday(&mut rng));
                tensors.grads.fill_with(|| cases::everyday(&mut rng));
                tensors.grads[at] = f32::NAN;
                tensors.apply(&Options::NONE.step(&optimizer, t, isa).unwrap(), false).unwrap();
                for i in 0..N {
                    let written = [&tensors.params].into_iter().chain(&tensors.state);
                    let seen = written.map(|slice| slice[i]).any(f32::is_nan);
                    assert!(seen || i != at, "a NaN gradient is swallowed, {name} at {t}, {isa}");
                    assert!(!seen || i == at, "the NaN gradient of element {at} reaches element {i}, {name}, {isa}");
                }
            }
        }
    }
}

/// A step in `f32` is the reference's in `f64`, but for roundings. Over 64 elements with gradients of everyday size,
/// with norms of the parameters and of each slice of state x, old and new:
///
/// ```text
/// ‖x₃₂ − x₆₄‖ ≤ ‖x₆₄ − old‖/2¹⁴ + (‖x₆₄‖ + ‖old‖)/2²¹
/// ```
///
/// And with gradients from 10⁻¹² to 10⁶, and some of 0, for each element by itself, with 2¹⁰ in the place of 2¹⁴. Steps
/// are the first thirty, and some around the thousandth and the millionth. What the optimizer calls a
/// [`Slot::SecondMoment`] is never below 0. A gradient of 0 over a state of 0 leaves everything finite.
pub fn agrees_with_its_reference<M: Model<S>, const S: usize>() {
    const N: usize = 64;
    let steps = (1..=30).chain(1000..1005).chain(1_000_000..1_000_003);
    let mut rng = Rng::with_seed(23);
    for (name, optimizer) in M::cases() {
        // A decay that is no term in f32 can turn a sign in f64.
        let decay = optimizer.weight_decay();
        if decay != 0.0 && decay as f32 == 0.0 {
            continue;
        }
        for everyday in [true, false] {
            let mut now = Tensors::zeros(N);
            now.params.fill_with(|| cases::everyday(&mut rng));
            for t in steps.clone() {
                now.grads.fill_with(|| if everyday { cases::everyday(&mut rng) } else { of_any_size(&mut rng) });
                let before = now.clone();
                let exact = elements::<M, S>(&optimizer, t, Options::NONE, &before);
                now.apply(&optimizer.at(t).unwrap(), false).unwrap();
                let parts = if everyday { vec![(0..N, 14)] } else { (0..N).map(|i| (i..i + 1, 10)).collect() };
                for (part, bits) in parts {
                    assert_near::<M, S>(&exact, &now, part, bits, &format!("{name} at step t = {t}"));
                }
                for ((slice, slot, _), values) in M::STATE.iter().zip(&now.state) {
                    let negative = values.iter().any(|&x| x < 0.0);
                    assert!(
                        *slot != Slot::SecondMoment || !negative,
                        "`{slice}` is a second moment, but below 0, {name}"
                    );
                }
            }
        }
        for t in [1, 2, 1000] {
            let mut rest = Tensors { params: vec![0.5; N], ..Tensors::zeros(N) };
            rest.apply(&optimizer.at(t).unwrap(), false).unwrap();
            let finite = rest.slices().flatten().all(|x| x.is_finite());
            assert!(finite, "a gradient of 0 over a state of 0 is not finite, {name} at step t = {t}");
        }
    }
}

/// 0, or of either sign and any magnitude from 10⁻¹² to 10⁶.
fn of_any_size(rng: &mut Rng) -> f32 {
    let magnitude = random::log_uniform(rng, 1e-12..1e6) as f32;
    [0.0, magnitude, -magnitude][rng.usize(..21).div_ceil(10)]
}

/// Panics unless the elements of this part are near.
fn assert_near<M: Model<S>, const S: usize>(
    exact: &[Element<S>],
    found: &Tensors<Vec<f32>, S>,
    part: Range<usize>,
    bits: i32,
    what: &str,
) {
    // The state first: what is wrong there is wrong in the parameters, too.
    for slice in (0..S).map(Some).chain([None]) {
        let (name, found_of) = match slice {
            Some(k) => (M::STATE[k].0, &found.state[k]),
            None => ("params", &found.params),
        };
        let old = |i: usize| slice.map_or(exact[i].p, |k| exact[i].state[k]);
        let new = |i: usize| slice.map_or(exact[i].new_p, |k| exact[i].new_state[k]);
        let off = |i: usize| f64::from(found_of[i]) - new(i);
        let norm = |of: &dyn Fn(usize) -> f64| part.clone().map(|i| of(i) * of(i)).sum::<f64>().sqrt();
        let (change, size) = (norm(&|i| new(i) - old(i)), norm(&new) + norm(&old));
        let near = norm(&off) <= change / 2f64.powi(bits) + size / 2f64.powi(21) + f64::from(f32::MIN_POSITIVE);
        if !near {
            // NaN is not near.
            let i = part.clone().max_by(|&a, &b| off(a).abs().total_cmp(&off(b).abs())).unwrap();
            let Element { p, g, state, .. } = exact[i];
            let now = found.state.each_ref().map(|slice| slice[i]);
            panic!(
                "`{name}` is not the reference's, {what}: element {i} is {:e}, by the reference {:e}; it was p = {p:e}, \
                 g = {g:e}, state = {state:?}, and the state is now {now:?}",
                found_of[i],
                new(i),
            );
        }
    }
}

/// Promise 4: illegal steps, lengths, scales and clamps are refused, and nothing is written; so are illegal learning
/// rates, and every hyper-parameter that the model has among its [`fields`](Model::fields).
pub fn refuses_without_a_trace<M: Model<S>, const S: usize>() {
    for (name, optimizer) in M::cases() {
        assert_eq!(optimizer.at(0).err(), Some(Error::StepZero), "{name}");
        assert_eq!(optimizer.validate(), Ok(()), "{name}");
        assert_eq!(optimizer.with_lr(0.125).lr(), 0.125, "with_lr is not seen by lr, {name}");
        for lr in [f64::NAN, -1e-3, f64::INFINITY, 1e39] {
            assert!(optimizer.with_lr(lr).at(1).is_err(), "the learning rate {lr:e} is not refused, {name}");
        }
    }
    errors::calls::<M, S>();
    let (_, mut default) = M::cases().next().expect("the default case");
    if M::fields(&mut default).into_iter().next().is_some() {
        errors::hyperparameters::<M, S>();
        errors::precedence::<M, S>();
    }
}

/// Promise 1: [`parallel::steps`](crate::parallel::steps), and [`parallel::refusals`](crate::parallel::refusals).
#[cfg(feature = "rayon")]
pub fn same_bits_on_any_number_of_threads<M: Model<S>, const S: usize>() {
    crate::parallel::steps::<M, S>();
    crate::parallel::refusals::<M, S>();
}
