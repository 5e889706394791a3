//! Promise 4: every bad input gets its typed error, before anything is written, and never a panic.

mod common;

use common::backends::available;
use common::cases;
use common::run::apply;
use common::tensors::Tensors;
use fastrand::Rng;
use gradstep::{Adam, AdamW, AnyOptimizer, AnyStep, Error, Momentum, Optimizer, Sgd, split_state};

/// Not a number, negative, infinite, and beyond f32.
const NEVER: [f64; 5] = [f64::NAN, -1e-3, f64::INFINITY, f64::NEG_INFINITY, 1e39];

#[track_caller]
fn refused(optimizer: impl Into<AnyOptimizer>, name: &str, value: f64) {
    let optimizer = optimizer.into();
    let error = optimizer.at(3).expect_err(&format!("{optimizer:?}"));
    let Error::Hyperparameter { name: found_name, value: found_value, range, .. } = error else {
        panic!("{error:?} for {optimizer:?}")
    };
    assert_eq!(found_name, name, "{optimizer:?}: {error}");
    assert!(found_value == value || (found_value.is_nan() && value.is_nan()), "{optimizer:?}: {error}");
    let value = format!("{value:?}");
    let value = value.strip_suffix(".0").unwrap_or(&value);
    assert_eq!(error.to_string(), format!("{name} is {value}, but it must be {range}"));
    assert!(!range.is_empty());
}

#[test]
fn hyperparameters_out_of_range() {
    for x in NEVER {
        for optimizer in AnyOptimizer::ALL {
            refused(optimizer.with_lr(x), "lr", x);
        }
        refused(Sgd::new(0.1).weight_decay(x), "weight_decay", x);
        refused(Momentum::new(0.1, 0.9).weight_decay(x), "weight_decay", x);
        refused(Adam::new(0.1).weight_decay(x), "weight_decay", x);
        refused(AdamW::new(1.0).weight_decay(x), "weight_decay", x);
        refused(AdamW::new(1e-10).weight_decay(x), "weight_decay", x); // 1 − ηλ alone would be finite
        refused(Momentum::new(0.1, x), "momentum", x);
        refused(Momentum::new(0.1, 0.9).dampening(x), "dampening", x);
        for (beta, x) in [("beta1", x), ("beta2", x)] {
            let betas = if beta == "beta1" { (x, 0.999) } else { (0.9, x) };
            refused(Adam::new(0.1).betas(betas.0, betas.1), beta, x);
            refused(AdamW::new(0.1).betas(betas.0, betas.1), beta, x);
        }
        refused(Adam::new(0.1).eps(x), "eps", x);
        refused(AdamW::new(0.1).eps(x), "eps", x);
        refused(Adam::new(0.1).eps_root(x).bias_correction(false), "eps_root", x);
        refused(AdamW::new(0.1).eps_root(x).bias_correction(false), "eps_root", x);
        refused(Adam::new(0.1).eps(x).amsgrad(), "eps", x);
        refused(AdamW::new(0.1).eps(x).amsgrad(), "eps", x);
    }
    refused(Momentum::new(0.1, 0.9).dampening(1.0 + f64::EPSILON), "dampening", 1.0 + f64::EPSILON);
    let error = Sgd::new(f64::INFINITY).at(1).unwrap_err();
    assert_eq!(error.to_string(), "lr is inf, but it must be finite and at least 0");
    // 1, and what f32 rounds to 1.
    for beta in [1.0, 1.5, 1.0 - 1e-9] {
        refused(Adam::new(0.1).betas(beta, 0.999), "beta1", beta);
        refused(Adam::new(0.1).betas(0.9, beta), "beta2", beta);
    }
    // 0/0 at the first zero gradient.
    refused(Adam::new(0.1).eps(0.0), "eps", 0.0);
    refused(Adam::new(0.1).eps(1e-50), "eps", 1e-50);
    refused(AdamW::new(0.1).eps(0.0).eps_root(1e-60), "eps", 0.0);
}

#[test]
fn combinations_that_are_not_finite_in_f32() {
    let refused = |optimizer: AnyOptimizer, t: u64| {
        assert!(matches!(optimizer.at(t), Err(Error::Hyperparameter { .. })), "{optimizer:?} at {t}");
    };
    refused(Adam::new(3e38).into(), 1); // lr / c1
    refused(AdamW::new(1e30).weight_decay(1e30).into(), 1); // 1 - lr weight_decay
    refused(AdamW::new(1e30).weight_decay(1e30).amsgrad().into(), 1);
    assert!(AnyOptimizer::from(Adam::new(3e38)).at(1000).is_ok());
    assert!(AnyOptimizer::from(Adam::new(3e38).bias_correction(false)).at(1).is_ok());
    // A decay in the gradient is no product of both.
    assert!(AnyOptimizer::from(Adam::new(1e30).weight_decay(1e30)).at(1000).is_ok());
}

#[test]
fn nesterov_needs_momentum_and_no_dampening() {
    for (momentum, name, value) in
        [(Momentum::new(0.1, 0.0), "momentum", 0.0), (Momentum::new(0.1, 0.9).dampening(0.1), "dampening", 0.1)]
    {
        assert!(momentum.at(1).is_ok());
        refused(momentum.nesterov(true), name, value);
    }
}

#[test]
fn the_edges_of_the_ranges_are_allowed() {
    let allowed = |optimizer: AnyOptimizer| {
        for t in [1, 2, u64::MAX] {
            assert!(optimizer.at(t).is_ok(), "{optimizer:?} at {t}: {:?}", optimizer.at(t));
        }
    };
    allowed(Sgd::new(0.0).into());
    allowed(Sgd::new(-0.0).into());
    allowed(Sgd::new(f32::MAX.into()).weight_decay(f32::MAX.into()).into());
    allowed(Sgd::new(1e-300).into());
    allowed(Momentum::new(0.1, 0.0).into());
    allowed(Momentum::new(0.1, 3.0).dampening(1.0).into());
    allowed(Adam::new(0.1).betas(0.0, 0.0).into());
    allowed(Adam::new(0.1).betas(1.0 - 1e-7, 1.0 - 1e-7).into());
    allowed(Adam::new(0.1).eps(0.0).eps_root(1e-30).into());
    allowed(Adam::new(0.1).eps(1e-45).into());
    allowed(AdamW::new(2.0).weight_decay(10.0).into());
}

#[test]
fn steps_are_counted_from_one() {
    for optimizer in AnyOptimizer::ALL {
        assert_eq!(optimizer.at(0), Err(Error::StepZero), "{optimizer:?}");
    }
    assert_eq!(Adam::new(0.1).bias_correction(false).at(0), Err(Error::StepZero));
    assert_eq!(Error::StepZero.to_string(), "the step number t is 0, but steps are counted from 1");
}

/// Calls that must fail with `error`, on every backend, both ways, and leave every slice as it is.
#[track_caller]
fn refused_untouched(
    optimizer: &AnyOptimizer,
    configure: impl Fn(AnyStep) -> AnyStep,
    tensors: &Tensors,
    is_right: impl Fn(Error) -> bool,
) {
    for isa in available() {
        let step = configure(optimizer.at(2).unwrap().on(isa));
        for zero in [false, true] {
            let mut called = tensors.clone();
            let (params, grads, mut state) = called.slices_mut();
            let error = apply(&step, zero, params, grads, &mut state).expect_err(&format!("{step:?}"));
            assert!(is_right(error), "{error:?} from {step:?}");
            called.assert_same(tensors, format_args!("after {error}"));
        }
    }
}

#[test]
fn lengths_that_differ() {
    let mut rng = Rng::with_seed(1);
    for optimizer in AnyOptimizer::ALL {
        for (expected, found) in [(40, 39), (40, 41), (40, 0), (0, 1), (7, 16)] {
            let right = Tensors::random(&mut rng, optimizer, expected);
            let other = Tensors::random(&mut rng, optimizer, found);
            let length = |name: &'static str| {
                move |error: Error| {
                    let text = format!("{name} has length {found}, but it must have length {expected}");
                    matches!(error, Error::Length { slice, expected: e, found: f, .. }
                        if (slice, e, f) == (name, expected, found) && error.to_string() == text)
                }
            };
            let grads = Tensors { grads: other.grads.clone(), ..right.clone() };
            refused_untouched(optimizer, |step| step, &grads, length("grads"));
            for (slot, &name) in optimizer.state().iter().enumerate() {
                let mut state = right.clone();
                state.state[slot] = other.state[slot].clone();
                refused_untouched(optimizer, |step| step, &state, length(name));
            }
        }
    }
}

#[test]
fn state_slices_too_few_or_too_many() {
    let mut rng = Rng::with_seed(2);
    for optimizer in AnyOptimizer::ALL {
        let states = optimizer.state().len();
        for given in (0..=4).filter(|&given| given != states) {
            let mut tensors = Tensors::random(&mut rng, optimizer, 33);
            tensors.state.resize(given, vec![0.5; 33]);
            refused_untouched(
                optimizer,
                |step| step,
                &tensors,
                |error| {
                    let text = format!("the number of state slices is {given}, but the optimizer keeps {states}");
                    matches!(error, Error::States { expected, found, .. } if (expected, found) == (states, given))
                        && error.to_string() == text
                },
            );
        }
    }
}

#[test]
fn scales_and_clamps_that_are_no_bounds() {
    let mut rng = Rng::with_seed(3);
    let named = |wanted: &'static str, wrong: f32| {
        move |error: Error| match error {
            Error::Hyperparameter { name, value, .. } => {
                name == wanted && (value == f64::from(wrong) || (value.is_nan() && wrong.is_nan()))
            }
            _ => false,
        }
    };
    for optimizer in AnyOptimizer::ALL {
        for n in [0, 33] {
            let tensors = Tensors::random(&mut rng, optimizer, n);
            for scale in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                refused_untouched(optimizer, |step| step.scale_grads(scale), &tensors, named("grad_scale", scale));
                refused_untouched(
                    optimizer,
                    |step| step.clamp_grads(1.0).scale_grads(scale).scale_grads(0.5).flush_subnormals(),
                    &tensors,
                    named("grad_scale", scale),
                );
            }
            // Two scales whose product is not finite.
            refused_untouched(
                optimizer,
                |step| step.scale_grads(1e30).scale_grads(1e30),
                &tensors,
                named("grad_scale", f32::INFINITY),
            );
            for limit in [f32::NAN, -1.0, -f32::MIN_POSITIVE, f32::NEG_INFINITY] {
                for configure in [
                    |step: AnyStep, limit| step.clamp_grads(limit),
                    |step: AnyStep, limit| step.clamp_grads(limit).clamp_grads(1.0),
                    |step: AnyStep, limit| step.clamp_grads(1.0).clamp_grads(limit),
                ] {
                    refused_untouched(optimizer, |step| configure(step, limit), &tensors, named("clamp_grads", limit));
                }
            }
        }
    }
}

#[test]
fn an_arena_that_is_too_short_or_too_long() {
    let mut arena = [0.25; 30];
    let [m, v, v_max] = split_state::<3>(&mut arena, 10).unwrap();
    m.fill(1.0);
    v.fill(2.0);
    v_max.fill(3.0);
    assert!(arena.chunks(10).zip([1.0, 2.0, 3.0]).all(|(slice, x)| slice == [x; 10]));
    for n in [9, 11, usize::MAX, usize::MAX / 2, 1 << (usize::BITS - 1)] {
        let error = split_state::<3>(&mut arena, n).unwrap_err();
        assert!(matches!(error, Error::Length { found: 30, .. }), "{n}: {error}");
    }
    // 2n wraps around to 30.
    assert!(split_state::<2>(&mut arena, 15 + (1 << (usize::BITS - 1))).is_err());
    assert_eq!(split_state::<0>(&mut [], 10), Ok([]));
    assert!(split_state::<2>(&mut [], 0).unwrap().iter().all(|slice| slice.is_empty()));
}

/// An error is a `core::error::Error`.
#[test]
fn errors_can_be_boxed() {
    fn step() -> Result<(), Box<dyn std::error::Error>> {
        Sgd::new(-1.0).at(1)?.apply(&mut [], &[], [])?;
        Ok(())
    }
    assert!(step().unwrap_err().to_string().starts_with("lr is -1, but it must be "));
}

/// Whatever the bits of a hyper-parameter: a result, never a panic.
#[test]
fn no_hyperparameter_panics() {
    let mut rng = Rng::with_seed(4);
    let mut number = || match rng.u8(0..3) {
        0 => f64::from_bits(rng.u64(..)),
        1 => cases::any_value(&mut rng).into(),
        _ => rng.f64(),
    };
    for t in (0..64).map(|bit| 1u64 << bit).chain([0, u64::MAX]).cycle().take(20_000) {
        let adam = Adam::new(number()).betas(number(), number()).eps(number()).eps_root(number());
        let momentum = Momentum::new(number(), number()).dampening(number()).nesterov(t % 3 == 0);
        for optimizer in [adam.into(), adam.amsgrad().into(), momentum.into(), Sgd::new(number()).into()] {
            let optimizer: AnyOptimizer = optimizer;
            if let Ok(step) = optimizer.at(t) {
                let mut state = vec![[number() as f32; 3]; optimizer.state().len()];
                let mut slices: Vec<&mut [f32]> = state.iter_mut().map(|s| &mut s[..]).collect();
                step.scale_grads(2.0).apply(&mut [number() as f32; 3], &[number() as f32; 3], &mut slices).unwrap();
            }
        }
    }
}
