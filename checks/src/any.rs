//! The optimizer that is chosen at run time is the typed one.

use std::vec;
use std::vec::Vec;

use gradstep::{AnyOptimizer, AnyStep, Error, Optimizer, Step};

use crate::backends::backends;
use crate::errors::assert_untouched;
use crate::tensors::Tensors;
use crate::{Model, Rng, cases};

/// It has the same state, the same rate, and its steps give the same bits.
pub fn typed_step<M: Model<S>, const S: usize>()
where
    M::Optimizer: Into<AnyOptimizer>,
    Step<M::Optimizer, S>: Into<AnyStep>,
{
    let mut rng = Rng::with_seed(6);
    for (name, optimizer) in M::cases() {
        let any: AnyOptimizer = optimizer.into();
        assert_eq!(any.state(), M::STATE.map(|(name, ..)| name));
        assert_eq!(any.lr(), optimizer.lr());
        assert_eq!(any.with_lr(0.125), optimizer.with_lr(0.125).into());
        assert_eq!(any.at(7), optimizer.at(7).map(Into::into));
        assert_eq!(any.at(0), Err(Error::StepZero));

        let before = Tensors::random::<M>(&mut rng, 200);
        for options in cases::OPTIONS {
            for isa in backends() {
                let typed = options.step(&optimizer, 7, isa).unwrap();
                let mut step = any.at(7).unwrap().scale_grads(options.scale).on(isa);
                if let Some(limit) = options.clamp {
                    step = step.clamp_grads(limit);
                }
                if options.flush {
                    step = step.flush_subnormals();
                }
                assert_eq!(step, typed.into());
                for (zero, parallel) in [(false, false), (true, false), (false, true), (true, true)] {
                    let (mut expected, mut found) = (before.clone(), before.clone());
                    expected.apply(&typed, zero).unwrap();
                    apply(&step, &mut found, before.state.len(), zero, parallel).unwrap();
                    found.assert_holds(&expected, zero, format_args!("{name}, {options:?}, {isa}"));
                }
            }
        }
    }
}

/// Too few or too many slices of state are refused, before anything else is looked at.
pub fn states<M: Model<S>, const S: usize>()
where
    M::Optimizer: Into<AnyOptimizer>,
{
    for (_, optimizer) in M::cases().take(1) {
        let step = optimizer.into().at(2).unwrap();
        let before = Tensors::random::<M>(&mut Rng::with_seed(2), 33);
        let mut short = before.clone();
        short.grads.pop();
        for found in (0..=5).filter(|&found| found != S) {
            for (tensors, step) in [(&before, step), (&short, step), (&before, step.scale_grads(f32::NAN))] {
                for (zero, parallel) in [(false, false), (true, false), (false, true), (true, true)] {
                    let mut called = tensors.clone();
                    let error = apply(&step, &mut called, found, zero, parallel).unwrap_err();
                    let text = std::format!("the number of state slices is {found}, but the optimizer keeps {S}");
                    assert!(
                        matches!(error, Error::States { expected, found: f, .. } if (expected, f) == (S, found)),
                        "{error:?}"
                    );
                    assert_eq!(std::string::ToString::to_string(&error), text);
                    assert_untouched(&called, tensors, &text);
                }
            }
        }
    }
}

/// With `states` slices of state: those of `tensors`, or some more. (`parallel` where there is such a thing.)
fn apply<const S: usize>(
    step: &AnyStep,
    tensors: &mut Tensors<Vec<f32>, S>,
    states: usize,
    zero: bool,
    parallel: bool,
) -> Result<(), Error> {
    let mut more = vec![tensors.params.clone(); 5];
    let (params, grads) = (&mut tensors.params, &mut tensors.grads);
    let mut state: Vec<&mut [f32]> =
        tensors.state.iter_mut().chain(&mut more).map(Vec::as_mut_slice).take(states).collect();
    match (zero, parallel && cfg!(feature = "rayon")) {
        (false, false) => step.apply(params, grads, &mut state),
        (true, false) => step.apply_and_zero(params, grads, &mut state),
        #[cfg(feature = "rayon")]
        (false, true) => step.par_apply(params, grads, &mut state),
        #[cfg(feature = "rayon")]
        (true, true) => step.par_apply_and_zero(params, grads, &mut state),
        #[cfg(not(feature = "rayon"))]
        (_, true) => unreachable!("no such feature"),
    }
}
