//! Promise 4: every bad input gets its typed error, before anything is written, and never a panic.

use gradstep::schedule::AnySchedule;
use gradstep::{Adam, AdamW, AnyOptimizer, Error, Momentum, NAdam, Optimizer, Sgd, split_state};

gradstep_models::tests!(errors: hyperparameters, precedence, validity, calls);

/// By hand, whatever the models say: of two faults the first, its value as the caller wrote it.
#[test]
fn the_first_of_several() {
    fn refused(error: Option<Error>, expected_name: &str, expected: f64) {
        match error {
            Some(Error::Hyperparameter { name, value, .. }) => assert_eq!((name, value), (expected_name, expected)),
            other => panic!("{other:?} instead of {expected_name}"),
        }
    }
    let nan = f64::NAN;
    assert_eq!(Sgd::new(nan).at(0).err(), Some(Error::StepZero));
    refused(Sgd::new(-1.0).weight_decay(-2.0).at(1).err(), "lr", -1.0);
    refused(Adam::new(0.1).betas(0.9, 2.0).eps(-1.0).at(1).err(), "beta2", 2.0);
    refused(Adam::new(0.1).betas(3.0, 2.0).eps(-1.0).at(1).err(), "beta1", 3.0);
    refused(Adam::new(0.1).eps(-1.0).eps_root(-2.0).weight_decay(nan).at(1).err(), "eps", -1.0);
    // Single fields before what is computed from several.
    refused(Adam::new(3e38).eps_root(-2.0).at(1).err(), "eps_root", -2.0);
    refused(Adam::new(3e38).eps(0.0).weight_decay(-1.0).at(1).err(), "lr", 3e38);
    refused(Adam::new(0.1).eps(0.0).weight_decay(-1.0).at(1).err(), "eps", 0.0);
    // NAdam's rate of m would overflow at t = 112, but neither at first nor in the end.
    let nadam = NAdam::new(3.35e38).beta1(0.999_999_96).momentum_decay(3.88);
    refused(nadam.validate().err(), "lr", 3.35e38);
    refused(Momentum::new(0.1, -1.0).dampening(2.0).at(1).err(), "momentum", -1.0);
    refused(Momentum::new(0.1, 0.0).nesterov(true).dampening(0.5).at(1).err(), "momentum", 0.0);
    // λ itself must be an f32, though 1 − ηλ is one.
    refused(AdamW::new(1e-10).weight_decay(1e39).at(1).err(), "weight_decay", 1e39);
    refused(AdamW::new(1e30).weight_decay(1e30).at(1).err(), "weight_decay", 1e30);
    // A penalty is no product of both.
    assert!(Adam::new(1e30).weight_decay(1e30).at(1000).is_ok());

    let (mut p, mut m, mut v) = ([1.0], [0.0], [0.0]);
    let step = Adam::new(0.1).maximize(true).at(1).unwrap().scale_grads(f32::INFINITY).clamp_grads(-1.0);
    let mut apply = |g: &[f32], v: &mut [f32]| step.apply(&mut p, g, [&mut m, v]).err();
    assert!(matches!(apply(&[1.0; 2], &mut [0.0; 3]), Some(Error::Length { slice: "grads", found: 2, .. })));
    assert!(matches!(apply(&[1.0], &mut [0.0; 3]), Some(Error::Length { slice: "v", found: 3, .. })));
    refused(apply(&[1.0], &mut v), "grad_scale", f64::INFINITY);
    let step = Adam::new(0.1).at(1).unwrap().clamp_grads(-1.0);
    refused(step.apply(&mut p, &[1.0], [&mut m, &mut v]).err(), "clamp_grads", -1.0);
    assert_eq!((p, m, v), ([1.0], [0.0], [0.0]));
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

/// Each variant has its number, and a message that is no longer than is published; without `core::fmt` it is the same,
/// but for values that are no counts.
#[test]
fn messages() {
    let lengths = |n: usize| split_state::<2>(&mut [0.0; 3], n).unwrap_err();
    let any = AnyOptimizer::from(Adam::new(-1.5e300));
    let missing = AnySchedule::from_name("cosine", [("lr", 0.1)]).unwrap_err();
    let nan = Sgd::new(0.1).at(1).unwrap().scale_grads(f32::NAN).apply(&mut [], &[], []).unwrap_err();
    let mut errors = vec![
        (1, lengths(usize::MAX / 2)),
        (1, lengths(0)),
        (1, lengths(10)),
        (2, any.validate().unwrap_err()),
        (3, any.at(0).unwrap_err()),
        (4, AnyOptimizer::from(Momentum::new(0.1, 0.9)).at(1).unwrap().apply(&mut [], &[], &mut []).unwrap_err()),
        (5, nan),
        (7, missing),
        (8, AnySchedule::from_name("", []).unwrap_err()),
    ];
    errors.extend(AnyOptimizer::ALL.iter().map(|any| (6, any.with("abacus", 1.0).unwrap_err())));
    for (code, error) in errors {
        assert_eq!(error.code(), code);
        let mut pieces = String::new();
        error.pieces(|piece| pieces.push_str(piece));
        assert!(error.to_string().len() <= Error::MAX_MESSAGE && pieces.len() <= Error::MAX_MESSAGE, "{error}");
        match error {
            Error::Hyperparameter { name, range, .. } => assert_eq!(pieces, format!("{name} must be {range}")),
            _ => assert_eq!(pieces, error.to_string()),
        }
    }
    assert_eq!(lengths(10).to_string(), "arena has length 3, but it must have length 20");
}
