//! Feature `serde`: the format of optimizers and schedules in configuration files, which does not change.

use gradstep::schedule::{
    Anneal, AnySchedule, Constant, Cosine, CosineRestarts, Exponential, InverseSqrt, OneCycle, Polynomial, Schedule,
    StepDecay, Warmup,
};
use gradstep::{Adam, AdamW, AnyOptimizer, Error, Hyperparameters, Momentum, Sgd, ValueKind};
use gradstep_checks::{Model, Rng};
use gradstep_models::{Visitor, each};
use serde_json::{from_str, to_string};

#[test]
fn the_format() {
    let adamw = AdamW::new(1e-3).betas(0.9, 0.95).weight_decay(0.1);
    let fields = concat!(
        r#""lr":0.001,"beta1":0.9,"beta2":0.95,"eps":1e-8,"eps_root":0.0,"bias_correction":true,"#,
        r#""weight_decay":0.1,"maximize":false}"#
    );
    assert_eq!(to_string(&AnyOptimizer::from(adamw)).unwrap(), format!(r#"{{"name":"adamw",{fields}"#));
    assert_eq!(to_string(&adamw).unwrap(), format!("{{{fields}"));

    let one_cycle = OneCycle::new(0.5, 100).anneal(Anneal::Linear);
    let fields = concat!(
        r#""lr":0.5,"steps":100,"start_lr":0.02,"end_lr":2e-6,"pct_start":0.3,"anneal":"linear","#,
        r#""three_phase":false}"#
    );
    assert_eq!(to_string(&AnySchedule::from(one_cycle)).unwrap(), format!(r#"{{"name":"one_cycle",{fields}"#));
    assert_eq!(to_string(&one_cycle).unwrap(), format!("{{{fields}"));
    let warm = Warmup::new(10, AnySchedule::from(Constant::new(0.5))).start_factor(0.25);
    let text = r#"{"steps":10,"start_factor":0.25,"then":{"name":"constant","lr":0.5}}"#;
    assert_eq!(to_string(&warm).unwrap(), text);
    assert_eq!(from_str::<Warmup<AnySchedule>>(text).unwrap(), warm);
}

#[test]
fn defaults_and_any_order() {
    let text = r#"{ "maximize": true, "lr": 1, "name": "adam" }"#;
    assert_eq!(from_str::<AnyOptimizer>(text).unwrap(), Adam::new(1.0).maximize(true).into());
    assert_eq!(from_str::<Sgd>(r#"{ "lr": 0.5 }"#).unwrap(), Sgd::new(0.5));
    let momentum: AnyOptimizer = from_str(r#"{ "name": "momentum", "momentum": 0.8, "lr": 0.5 }"#).unwrap();
    assert_eq!(momentum, Momentum::new(0.5, 0.8).into());
    // A default that depends on what is given.
    let one_cycle: AnySchedule = from_str(r#"{ "steps": 9, "name": "one_cycle", "lr": 50.0 }"#).unwrap();
    assert_eq!(one_cycle.get("start_lr"), Some(2.0));
    let warm: Warmup<Cosine> = from_str(r#"{ "then": { "lr": 1.0, "steps": 5 }, "steps": 3 }"#).unwrap();
    assert_eq!(warm, Warmup::new(3, Cosine::new(1.0, 5)));
}

#[test]
fn there_and_back() {
    struct RoundTrip;
    impl Visitor for RoundTrip {
        fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, name: &'static str) {
            let random = (0..50).map(|seed| M::random(&mut Rng::with_seed(seed)));
            for optimizer in M::cases().map(|(_, optimizer)| optimizer).chain(random) {
                let any: AnyOptimizer = optimizer.into();
                let text = to_string(&any).unwrap();
                assert_eq!(from_str::<AnyOptimizer>(&text).unwrap(), any, "{name}: {text}");
            }
        }
    }
    each(&mut RoundTrip);
}

fn schedules() -> [AnySchedule; 9] {
    [
        Constant::new(0.5).into(),
        StepDecay::new(0.5, 3).gamma(0.25).into(),
        Exponential::new(0.5, 0.75).into(),
        InverseSqrt::new(0.5, 4).into(),
        Polynomial::new(0.5, 10).power(2.0).end_lr(0.125).into(),
        Cosine::new(0.5, 10).end_lr(0.125).into(),
        CosineRestarts::new(0.5, 10).growth(2).end_lr(0.125).into(),
        OneCycle::new(0.5, 10).anneal(Anneal::Linear).three_phase(true).into(),
        OneCycle::new(0.5, 10).start_lr(0.1).end_lr(0.2).pct_start(0.4).into(),
    ]
}

#[test]
fn schedules_by_name() {
    let mut names: Vec<_> = schedules().iter().map(AnySchedule::name).collect();
    names.dedup();
    assert_eq!(names, AnySchedule::NAMES);
    for schedule in schedules() {
        let text = to_string(&schedule).unwrap();
        assert_eq!(from_str::<AnySchedule>(&text).unwrap(), schedule, "{text}");
        assert_eq!(schedule.to_string(), schedule.name());
        let fields = schedule.hyperparameters().iter().map(|&name| (name, schedule.get(name).unwrap()));
        assert_eq!(AnySchedule::from_name(schedule.name(), fields.clone()), Ok(schedule));
        // Without any one of those that have no default.
        let missing = AnySchedule::from_name(schedule.name(), fields.clone().skip(1));
        assert!(matches!(missing, Err(Error::MissingHyperparameter { name: "lr", .. })));
        for (name, value) in fields {
            let wrong = schedule.with(name, -0.5);
            match schedule.kind(name).unwrap() {
                ValueKind::Real => assert_eq!(wrong.unwrap().with(name, value), Ok(schedule)),
                _ => assert!(matches!(wrong, Err(Error::Hyperparameter { name: n, value: -0.5, .. }) if n == name)),
            }
        }
        assert!(matches!(schedule.with("abacus", 1.0), Err(Error::UnknownHyperparameter { .. })));
    }
    let unknown = AnySchedule::from_name("abacus", []).unwrap_err();
    assert_eq!((unknown.code(), unknown), (8, AnySchedule::from_name("", []).unwrap_err()));
    assert!(AnySchedule::NAMES.iter().all(|name| unknown.to_string().contains(name)));
    let typed: Result<f64, Error> = Cosine::new(0.5, 10).with("steps", 20.0).and_then(|cosine| cosine.at(11));
    assert_eq!(typed, AnySchedule::from(Cosine::new(0.5, 20)).at(11));
    assert_eq!(Cosine::new(0.5, 10).with("steps", 9_007_199_254_740_994.0).map_err(|error| error.code()), Err(2));
}

/// What is refused, and what the message says of it.
#[test]
fn refusals() {
    fn optimizer(text: &str) -> String {
        from_str::<AnyOptimizer>(text).unwrap_err().to_string()
    }
    fn schedule(text: &str) -> String {
        from_str::<AnySchedule>(text).unwrap_err().to_string()
    }
    for (error, expected) in [
        (optimizer(r#"{ "lr": 0.1 }"#), "missing field `name`"),
        (optimizer(r#"{ "name": "adam" }"#), "missing field `lr`"),
        (optimizer(r#"{ "name": "momentum", "lr": 0.1 }"#), "missing field `momentum`"),
        (optimizer(r#"{ "name": "rmsprop_momentum", "lr": 0.1 }"#), "missing field `momentum`"),
        (from_str::<Momentum>(r#"{ "lr": 0.1 }"#).unwrap_err().to_string(), "missing field `momentum`"),
        (
            optimizer(r#"{ "name": "abacus", "lr": 0.1 }"#),
            "unknown variant `abacus`, expected one of `sgd`, `momentum`",
        ),
        (optimizer(r#"{ "name": "sgd", "lr": 0.1, "beta3": 1 }"#), "unknown field `beta3` of an optimizer"),
        (optimizer(r#"{ "name": "sgd", "lr": 0.1, "beta1": 1 }"#), "unknown field `beta1`, expected one of `lr`"),
        (optimizer(r#"{ "name": "sgd", "lr": 0.1, "lr": 0.1 }"#), "duplicate field `lr`"),
        (optimizer(r#"{ "name": "sgd", "name": "sgd" }"#), "duplicate field `name`"),
        (optimizer(r#"{ "name": "sgd", "lr": "fast" }"#), "invalid type: string \"fast\", expected f64"),
        (optimizer(r#"{ "name": "sgd", "lr": 1, "maximize": 1 }"#), "invalid type: integer `1`, expected a boolean"),
        (optimizer("[]"), "expected an optimizer"),
        (schedule(r#"{ "name": "cosine", "lr": 1 }"#), "missing field `steps`"),
        (schedule(r#"{ "name": "cosine", "lr": 1, "steps": 1.5 }"#), "expected u64"),
        (schedule(r#"{ "name": "cosine", "lr": 1, "steps": -1 }"#), "expected u64"),
        (schedule(r#"{ "name": "cosine", "lr": 1, "steps": 9007199254740993 }"#), "expected a number up to 2^53"),
        (schedule(r#"{ "name": "cosine", "lr": 1, "steps": 9, "anneal": "linear" }"#), "unknown field `anneal`"),
        (
            schedule(r#"{ "name": "one_cycle", "lr": 1, "steps": 9, "anneal": "cubic" }"#),
            "unknown variant `cubic`, expected `cosine` or `linear`",
        ),
        (schedule(r#"{ "name": "multi_step", "lr": 1 }"#), "unknown variant `multi_step`"),
        (from_str::<Adam>(r#"{ "name": "adam", "lr": 1 }"#).unwrap_err().to_string(), "unknown field `name` of adam"),
        (from_str::<Adam>("{}").unwrap_err().to_string(), "missing field `lr`"),
        (from_str::<Warmup<Constant>>(r#"{ "steps": 1 }"#).unwrap_err().to_string(), "missing field `then`"),
        (from_str::<Warmup<Constant>>(r#"{ "pause": 1 }"#).unwrap_err().to_string(), "unknown field `pause`"),
    ] {
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    }
    // Ranges are `validate`'s business.
    let out_of_range: AnyOptimizer = from_str(r#"{ "name": "sgd", "lr": -1 }"#).unwrap();
    assert_eq!(out_of_range.validate().unwrap_err().to_string(), "lr is -1, but it must be finite and at least 0");
}
