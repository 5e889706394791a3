//! Every bad input gets its typed error, before anything is written, and never a panic; of several the first, in the order
//! that is documented.

use gradstep::Decay;

use crate::Model;

#[cfg(feature = "std")]
pub use refusals::*;

/// Finite and at least 0.
pub fn non_negative(x: f64) -> bool {
    x >= 0.0 && x.is_finite()
}

/// Finite when rounded to `f32`.
pub fn single(x: f64) -> bool {
    (x as f32).is_finite()
}

/// The decay rate β of a moving average: at least 0, and below 1 also as an `f32`.
pub fn decay_rate(x: f64) -> bool {
    x >= 0.0 && (x as f32) < 1.0
}

/// What `optimizer.at(t)` must complain of first: `"t"`, or the name of a hyper-parameter; nothing if it must succeed.
pub fn fault<M: Model<S>, const S: usize>(optimizer: &M::Optimizer, t: u64) -> Option<&'static str> {
    if t == 0 {
        return Some("t");
    }
    if let Some((name, _)) = M::requirements(optimizer, t).into_iter().find(|(_, holds)| !holds) {
        return Some(name);
    }
    let [lr, decay] = ["lr", "weight_decay"].map(|name| field::<M, S>(optimizer, name).unwrap_or(0.0));
    let mut holds = M::DECAY == Decay::Own || non_negative(decay) && single(decay);
    if M::DECAY == Decay::Shrink {
        holds &= single(1.0 - lr * decay);
    }
    (!holds).then_some("weight_decay")
}

/// The value of a hyper-parameter.
pub fn field<M: Model<S>, const S: usize>(optimizer: &M::Optimizer, name: &str) -> Option<f64> {
    let mut optimizer = *optimizer;
    M::fields(&mut optimizer).into_iter().find_map(|(field, x)| (field == name).then_some(*x))
}

#[cfg(feature = "std")]
mod refusals {
    use super::*;
    use crate::Rng;
    use crate::backends::available;
    use crate::tensors::Tensors;
    use gradstep::{Error, Optimizer, Step};
    use std::string::ToString;
    use std::vec::Vec;
    use std::{format, vec};

    /// What is out of every range, the edges of the ranges, and what only f32 makes of it.
    const EDGES: [f64; 25] = [
        f64::NAN,
        -1e-3,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e39, // infinite as f32
        f64::MAX,
        3e38, // finite, but not divided by 0.9
        f32::MAX as f64,
        1e30,
        3.0,
        1.5,
        1.0 + f64::EPSILON,
        1.0,
        1.0 - 1e-9, // 1 as f32
        1.0 - 1e-7,
        0.999,
        0.5,
        1e-10,
        1e-30,
        1e-45, // subnormal as f32
        1e-50, // 0 as f32
        1e-60,
        f64::MIN_POSITIVE,
        0.0,
        -0.0,
    ];

    /// Panics unless `optimizer.at(t)` does as its model says.
    #[track_caller]
    fn assert_verdict<M: Model<S>, const S: usize>(optimizer: &M::Optimizer, t: u64) -> Option<Step<M::Optimizer, S>> {
        let fault = fault::<M, S>(optimizer, t);
        let what = format!("{optimizer:?} at {t}");
        match optimizer.at(t) {
            Ok(step) => {
                assert_eq!(fault, None, "not refused: {what}");
                Some(step)
            }
            Err(error) => {
                let value = fault.and_then(|name| field::<M, S>(optimizer, name));
                assert_complaint(error, fault.unwrap_or("nothing"), value.unwrap_or(0.0), &what);
                None
            }
        }
    }

    /// Panics unless `error` is about `name`, and gives its `value` as the caller wrote it.
    #[track_caller]
    fn assert_complaint(error: Error, name: &str, value: f64, what: &str) {
        match error {
            Error::StepZero => {
                assert_eq!("t", name, "{what}");
                assert_eq!(error.to_string(), "the step number t is 0, but steps are counted from 1");
            }
            Error::Hyperparameter { name: found_name, value: found, range, .. } => {
                assert_eq!(found_name, name, "{error}: {what}");
                assert!(found == value || found.is_nan() && value.is_nan(), "{error}, not {value:?}: {what}");
                let value = if value as i32 as f64 == value {
                    (value as i32).to_string()
                } else if f64::from(value as f32) == value {
                    format!("{:?}", value as f32)
                } else {
                    format!("{value:?}")
                };
                assert_eq!(error.to_string(), format!("{name} is {value}, but it must be {range}"));
                assert!(!range.is_empty());
            }
            other => panic!("{other:?}, but {name} is at fault: {what}"),
        }
    }

    /// Each hyper-parameter at every edge, in each case.
    pub fn hyperparameters<M: Model<S>, const S: usize>() {
        for (_, optimizer) in M::cases() {
            let mut optimizer = optimizer;
            let count = M::fields(&mut optimizer).into_iter().count();
            for (k, edge) in (0..count).flat_map(|k| EDGES.map(|edge| (k, edge))) {
                let mut changed = optimizer;
                *M::fields(&mut changed).into_iter().nth(k).unwrap().1 = edge;
                for t in [0, 1, 2, 1000, u64::MAX] {
                    assert_verdict::<M, S>(&changed, t);
                }
            }
        }
    }

    /// Several at a time, also of any bits, at every magnitude of `t`: the first fault is named. What is not refused can be
    /// applied, whatever comes of it.
    pub fn precedence<M: Model<S>, const S: usize>() {
        let mut rng = Rng::with_seed(7);
        let cases: Vec<_> = M::cases().map(|(_, optimizer)| optimizer).collect();
        let (mut refused, mut applied) = (0, 0);
        for _ in 0..20_000 {
            let mut optimizer = if rng.bool() { M::random(&mut rng) } else { cases[rng.usize(..cases.len())] };
            for (_, x) in M::fields(&mut optimizer) {
                match rng.u8(0..8) {
                    0 => *x = EDGES[rng.usize(..EDGES.len())],
                    1 => *x = f64::from_bits(rng.u64(..)),
                    _ => {}
                }
            }
            let t = rng.u64(..) >> rng.u32(0..64);
            let Some(step) = assert_verdict::<M, S>(&optimizer, t) else {
                refused += 1;
                continue;
            };
            Tensors::random::<M>(&mut rng, 3).apply(&step, rng.bool()).unwrap();
            applied += 1;
        }
        assert!(refused > 1000 && applied > 1000, "{refused} refused, {applied} applied");
    }

    /// What is legal at the first step and at the last is legal at every step.
    pub fn validity<M: Model<S>, const S: usize>() {
        let mut rng = Rng::with_seed(9);
        let mut legal = 0;
        for _ in 0..3000 {
            let mut optimizer = M::random(&mut rng);
            for (_, x) in M::fields(&mut optimizer) {
                if rng.u8(0..8) == 0 {
                    *x = EDGES[rng.usize(..EDGES.len())];
                }
            }
            let steps = [1, u64::MAX].map(|t| optimizer.at(t).err());
            let [first, last] = &steps;
            let expected = first.or(*last);
            assert_eq!(format!("{:?}", optimizer.validate().err()), format!("{expected:?}"), "{optimizer:?}");
            if expected.is_none() {
                legal += 1;
                for _ in 0..20 {
                    let t = (rng.u64(..) >> rng.u32(0..64)).max(1);
                    assert!(optimizer.at(t).is_ok(), "{optimizer:?} at {t}");
                }
            }
        }
        assert!(legal > 500, "{legal}");
    }

    /// Slices of wrong lengths, scales and clamps that are none, in any combination: the first is named, and every slice is
    /// as it was.
    pub fn calls<M: Model<S>, const S: usize>() {
        let mut rng = Rng::with_seed(8);
        let cases: Vec<_> = M::cases().map(|(_, optimizer)| optimizer).collect();
        let mut several = 0;
        for _ in 0..2000 {
            let n = [0, 1, 33, 40][rng.usize(..4)];
            let mut tensors = Tensors::random::<M>(&mut rng, n);
            let mut faults: Vec<(&'static str, Fault)> = vec![];
            let mut other_length = |name, slice: &mut Vec<f32>| {
                let found = [0, 1, n.saturating_sub(1), n + 1, 64][rng.usize(..5)];
                if rng.u8(0..4) == 0 && found != n {
                    slice.resize(found, 0.5);
                    faults.push((name, Fault::Length { expected: n, found }));
                }
            };
            other_length("grads", &mut tensors.grads);
            for (slice, (name, ..)) in tensors.state.iter_mut().zip(M::STATE) {
                other_length(name, slice);
            }
            let scales: Vec<f32> = some_of(&mut rng, &[2.0, -0.5, 1e30, f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
            let scale: f32 = scales.iter().product();
            if scale.is_nan() {
                faults.push(("grads", Fault::NotFinite));
            } else if !scale.is_finite() {
                faults.push(("grad_scale", Fault::Value(scale)));
            }
            let limits = some_of(&mut rng, &[0.0, 2.0, f32::INFINITY, -1.0, -f32::MIN_POSITIVE, f32::NAN]);
            // The lowest, or the NaN.
            let lowest = limits.iter().copied().fold(f32::INFINITY, f32::min);
            let limit = if limits.iter().any(|x| x.is_nan()) { f32::NAN } else { lowest };
            let legal = limit >= 0.0; // NaN is not
            if !legal {
                faults.push(("clamp_grads", Fault::Value(limit)));
            }
            several += usize::from(faults.len() > 1);

            let optimizer = cases[rng.usize(..cases.len())];
            for isa in available() {
                let mut step = optimizer.at(2).unwrap().on(isa);
                step = scales.iter().fold(step, |step, &scale| step.scale_grads(scale));
                step = limits.iter().fold(step, |step, &limit| step.clamp_grads(limit));
                if rng.bool() {
                    step = step.flush_subnormals();
                }
                refused_untouched(&tensors, &faults, &step);
            }
        }
        assert!(several > 200, "{several} calls had several faults");
    }

    #[derive(Clone, Copy, Debug)]
    enum Fault {
        Length { expected: usize, found: usize },
        Value(f32),
        NotFinite,
    }

    fn some_of(rng: &mut Rng, values: &[f32]) -> Vec<f32> {
        (0..rng.usize(0..3)).map(|_| values[if rng.bool() { 0 } else { rng.usize(..values.len()) }]).collect()
    }

    /// The first of the faults is named, both ways, and nothing is written; without a fault the step succeeds.
    #[track_caller]
    fn refused_untouched<O: Optimizer<S>, const S: usize>(
        tensors: &Tensors<Vec<f32>, S>,
        faults: &[(&'static str, Fault)],
        step: &Step<O, S>,
    ) {
        for zero in [false, true] {
            let mut called = tensors.clone();
            let result = called.apply(step, zero);
            let Some(&(name, fault)) = faults.first() else {
                result.unwrap();
                continue;
            };
            let what = format!("{faults:?}");
            match (result.expect_err(&what), fault) {
                (error @ Error::Length { slice, expected: e, found: f, .. }, Fault::Length { expected, found }) => {
                    assert_eq!((slice, e, f), (name, expected, found), "{what}");
                    let text = format!("{name} has length {found}, but it must have length {expected}");
                    assert_eq!(error.to_string(), text);
                }
                (error, Fault::NotFinite) => assert_eq!(error, Error::GradientsNotFinite, "{what}"),
                (error, Fault::Value(value)) => assert_complaint(error, name, value.into(), &what),
                (error, _) => panic!("{error:?} for {what}"),
            }
            assert_untouched(&called, tensors, &what);
        }
    }

    /// Panics unless no bit has changed.
    #[track_caller]
    pub fn assert_untouched<const S: usize>(called: &Tensors<Vec<f32>, S>, before: &Tensors<Vec<f32>, S>, what: &str) {
        for (found, before) in called.slices().zip(before.slices()) {
            let unchanged = found.iter().zip(before).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(unchanged && found.len() == before.len(), "written in spite of {what}");
        }
    }
}
