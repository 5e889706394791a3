//! The optimizer that is chosen at run time is the typed one.

use std::string::ToString;
use std::vec::Vec;
use std::{format, vec};

use gradstep::{AnyOptimizer, AnyStep, Error, Hyperparameters, Isa, Optimizer, Step, ValueKind, split_state};

use crate::backends::backends;
use crate::errors::assert_untouched;
use crate::tensors::Tensors;
use crate::written_out::Options;
use crate::{Model, Rng, cases};

/// A method of [`AnyStep`].
pub type Call = fn(&AnyStep, &mut [f32], &mut [f32], &mut [&mut [f32]]) -> Result<(), Error>;

/// All of them, and whether they zero.
pub const CALLS: &[(Call, bool)] = &[
    (|step, params, grads, state| step.apply(params, grads, state), false),
    (AnyStep::apply_and_zero, true),
    #[cfg(feature = "rayon")]
    (|step, params, grads, state| step.par_apply(params, grads, state), false),
    #[cfg(feature = "rayon")]
    (AnyStep::par_apply_and_zero, true),
];

/// The step with these options.
pub fn step(optimizer: &AnyOptimizer, t: u64, options: Options, isa: Isa) -> Result<AnyStep, Error> {
    let mut step = optimizer.at(t)?.scale_grads(options.scale).on(isa);
    if let Some(limit) = options.clamp {
        step = step.clamp_grads(limit);
    }
    if options.flush {
        step = step.flush_subnormals();
    }
    Ok(step)
}

/// A call with `states` slices of state: those of `tensors`, or some more.
pub fn apply<const S: usize>(
    call: Call,
    step: &AnyStep,
    tensors: &mut Tensors<Vec<f32>, S>,
    states: usize,
) -> Result<(), Error> {
    let mut more = vec![tensors.params.clone(); states.saturating_sub(S)];
    let state = tensors.state.iter_mut().chain(&mut more).take(states);
    let mut state: Vec<&mut [f32]> = state.map(Vec::as_mut_slice).collect();
    call(step, &mut tensors.params, &mut tensors.grads, &mut state)
}

/// It has the same state, the same rate, and its steps give the same bits.
pub fn typed_step<M: Model<S>, const S: usize>()
where
    M::Optimizer: Into<AnyOptimizer>,
    AnyStep: From<Step<M::Optimizer, S>>,
{
    let mut rng = Rng::with_seed(6);
    for (name, optimizer) in M::cases() {
        let any: AnyOptimizer = optimizer.into();
        assert_eq!(any.state(), M::STATE.map(|(name, ..)| name));
        assert_eq!(any.lr(), optimizer.lr());
        assert_eq!(any.with_lr(0.125), optimizer.with_lr(0.125).into());
        assert_eq!(any.at(0), Err(Error::StepZero));

        let before = Tensors::random::<M>(&mut rng, 200);
        for options in cases::OPTIONS {
            for isa in backends() {
                let typed = options.step(&optimizer, 7, isa).unwrap();
                let step = step(&any, 7, options, isa).unwrap();
                assert_eq!(step, typed.into());
                for &(call, zero) in CALLS {
                    let (mut expected, mut found) = (before.clone(), before.clone());
                    expected.apply(&typed, zero).unwrap();
                    apply(call, &step, &mut found, S).unwrap();
                    found.assert_holds(&expected, zero, format_args!("{name}, {options:?}, {isa}"));
                }
            }
        }
    }
}

/// Its hyper-parameters are the fields, by name.
pub fn hyperparameters<M: Model<S>, const S: usize>()
where
    M::Optimizer: Into<AnyOptimizer> + Hyperparameters,
{
    for (case, optimizer) in M::cases() {
        let any: AnyOptimizer = optimizer.into();
        let names = any.hyperparameters();
        assert_eq!(names[0], "lr");
        let (booleans, numbers): (Vec<&str>, Vec<&str>) =
            names.iter().partition(|name| any.kind(name) == Some(ValueKind::Boolean));
        let mut changed = optimizer;
        let fields: Vec<&str> = M::fields(&mut changed).into_iter().map(|(name, _)| name).collect();
        assert_eq!(numbers, fields, "{case}");
        // Each another value, by name and in the field.
        let mut by_name = any;
        for (i, (name, field)) in M::fields(&mut changed).into_iter().enumerate() {
            assert_eq!(any.get(name), Some(*field), "{case}, {name}");
            *field = i as f64 + 0.5;
            by_name = by_name.with(name, *field).unwrap();
        }
        assert_eq!(by_name, changed.into(), "{case}");
        for name in booleans {
            let value = any.get(name).unwrap();
            let other = any.with(name, 1.0 - value).unwrap();
            assert!(other != any && other.get(name) == Some(1.0 - value), "{case}, {name}");
            assert_eq!(other.with(name, value), Ok(any), "{case}, {name}");
            for bad in [0.5, -1.0, 2.0, f64::NAN] {
                let error = any.with(name, bad).unwrap_err();
                assert!(matches!(error, Error::Hyperparameter { name: n, range: "0 or 1", .. } if n == name));
            }
        }
        for unknown in ["", "Lr", "lr ", "abacus", "rate"] {
            assert_eq!(any.get(unknown), None);
            assert_eq!(any.kind(unknown), None);
            let error = any.with(unknown, 1.0).unwrap_err();
            assert!(matches!(error, Error::UnknownHyperparameter { names: n, .. } if n == names));
            assert!(names.iter().all(|name| error.to_string().contains(name)));
        }
        assert_eq!(any.validate(), optimizer.validate());
        assert_eq!(any.slots(), M::STATE.map(|(_, slot, _)| slot));
        let step = any.at(1).unwrap();
        assert_eq!((step.slots(), step.state_len()), (any.slots(), S));
    }
}

/// An arena is split into the slices that the typed function makes of it.
pub fn arenas<M: Model<S>, const S: usize>()
where
    M::Optimizer: Into<AnyOptimizer>,
{
    for (_, optimizer) in M::cases().take(1) {
        let any: AnyOptimizer = optimizer.into();
        for n in [0, 1, 33] {
            let mut arena: Vec<f32> = (0..S * n).map(|i| i as f32).collect();
            let mut other = arena.clone();
            assert_eq!(*any.split_state(&mut arena, n).unwrap(), split_state::<S>(&mut other, n).unwrap());
            let mut long = vec![0.0; S * n + 1];
            assert_eq!(any.split_state(&mut long, n).unwrap_err(), split_state::<S>(&mut long, n).unwrap_err());
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
        for states in (0..=5).filter(|&states| states != S) {
            for (tensors, step) in [(&before, step), (&short, step), (&before, step.scale_grads(f32::NAN))] {
                for &(call, _) in CALLS {
                    let mut called = tensors.clone();
                    let error = apply(call, &step, &mut called, states).unwrap_err();
                    let counted = |expected, found| (expected, found) == (S, states);
                    assert!(matches!(error, Error::States { expected, found, .. } if counted(expected, found)));
                    let text = format!("the number of state slices is {states}, but the optimizer keeps {S}");
                    assert_eq!(error.to_string(), text);
                    assert_untouched(&called, tensors, &text);
                }
            }
        }
    }
}
