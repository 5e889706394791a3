//! Schedules: against PyTorch's schedulers, by their laws, at their limits, and by a hash of their bits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    hash::Hasher,
    iter,
    sync::Arc,
};

use fnv::FnvHasher;
use gradstep::{Error, schedule::*};
use proptest::prelude::*;

/// One of each schedule and option, and the hash of its bits.
const CATALOGUE: &[(&str, &dyn Schedule, u64)] = &[
    ("Constant", &Constant::new(0.1), 0xdca1_f9fe_11e7_2ddd),
    ("StepDecay", &StepDecay::new(0.1, 30), 0x7afd_ee4b_d5f2_7242),
    ("StepDecay, gamma", &StepDecay::new(0.1, 30).gamma(0.97), 0x1a14_a006_b864_1792),
    ("MultiStep", &MultiStep::new(0.1, &[30, 80, 1 << 40]), 0x9ed4_c986_7f08_65a5),
    ("Exponential", &Exponential::new(0.1, 0.999), 0x9599_8db6_bbfb_6d66),
    ("InverseSqrt", &InverseSqrt::new(0.1, 100), 0xc40f_641a_b8c3_4a88),
    ("Polynomial", &Polynomial::new(0.1, 300), 0x4848_4f8d_eb6b_a9da),
    ("Polynomial, power and end", &Polynomial::new(0.1, 300).power(1.7).end_lr(0.003), 0x1542_1009_2afc_40b0),
    ("Cosine", &Cosine::new(0.1, 300), 0xf120_4403_ffdc_6110),
    ("Cosine, end", &Cosine::new(0.1, u64::MAX).end_lr(0.003), 0x1ee2_37ea_8dae_8952),
    ("CosineRestarts", &CosineRestarts::new(0.1, 70), 0xe763_92fa_0bf8_4a47),
    ("CosineRestarts, growth and end", &CosineRestarts::new(0.1, 7).growth(3).end_lr(0.003), 0xcb9a_5131_2fba_f96c),
    ("OneCycle", &OneCycle::new(0.1, 365), 0x4012_265b_af35_7e50),
    ("OneCycle, linear", &OneCycle::new(0.1, 365).anneal(Anneal::Linear).pct_start(0.45), 0xde17_81e2_cb97_02eb),
    (
        "OneCycle, three phases",
        &OneCycle::new(0.1, 365).three_phase(true).start_lr(0.01).end_lr(0.001),
        0xa7c3_3969_d959_cf5b,
    ),
    ("Warmup", &Warmup::new(50, Cosine::new(0.1, 250)), 0xfbb2_d010_f219_e9b4),
    ("Warmup, start factor", &Warmup::new(50, Exponential::new(0.1, 0.99)).start_factor(0.001), 0x9ac6_a2df_ed3b_97c1),
];

/// PyTorch's constructors, as written in torch-schedules.txt, and what they are here.
const TORCH: &[(&str, &dyn Schedule)] = &[
    ("StepLR(o, 7)  lr=0.1", &StepDecay::new(0.1, 7)),
    ("StepLR(o, 10, gamma=0.5)  lr=0.3", &StepDecay::new(0.3, 10).gamma(0.5)),
    ("MultiStepLR(o, [30, 5, 5, 0])  lr=0.1", &MultiStep::new(0.1, &[30, 5, 5, 0])),
    ("MultiStepLR(o, [3, 8, 21], gamma=0.7)  lr=0.1", &MultiStep::new(0.1, &[3, 8, 21]).gamma(0.7)),
    ("ExponentialLR(o, 0.93)  lr=0.1", &Exponential::new(0.1, 0.93)),
    ("ExponentialLR(o, 1.2)  lr=1e-07", &Exponential::new(1e-7, 1.2)),
    ("LambdaLR(o, lambda n: min((n + 1) / 16, (16 / (n + 1)) ** 0.5))  lr=0.7", &InverseSqrt::new(0.7, 16)),
    (
        "LambdaLR(o, lambda n: 512**-0.5 * min((n + 1) ** -0.5, (n + 1) * 40**-1.5))  lr=1.0",
        &InverseSqrt::new(0.006987712429686843, 40),
    ),
    ("PolynomialLR(o, total_iters=30)  lr=0.1", &Polynomial::new(0.1, 30)),
    ("PolynomialLR(o, total_iters=30, power=2)  lr=0.1", &Polynomial::new(0.1, 30).power(2.0)),
    ("PolynomialLR(o, total_iters=50, power=0.9)  lr=0.1", &Polynomial::new(0.1, 50).power(0.9)),
    ("LinearLR(o, start_factor=1, end_factor=0.25, total_iters=20)  lr=0.1", &Polynomial::new(0.1, 20).end_lr(0.025)),
    ("LinearLR(o)  lr=0.1", &Warmup::new(5, Constant::new(0.1))),
    ("CosineAnnealingLR(o, T_max=50)  lr=0.1", &Cosine::new(0.1, 50)),
    ("CosineAnnealingLR(o, T_max=37, eta_min=0.01)  lr=0.1", &Cosine::new(0.1, 37).end_lr(0.01)),
    ("CosineAnnealingWarmRestarts(o, T_0=10)  lr=0.1", &CosineRestarts::new(0.1, 10)),
    (
        "CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2, eta_min=0.001)  lr=0.1",
        &CosineRestarts::new(0.1, 5).growth(2).end_lr(0.001),
    ),
    ("CosineAnnealingWarmRestarts(o, T_0=1, T_mult=3)  lr=0.1", &CosineRestarts::new(0.1, 1).growth(3)),
    ("OneCycleLR(o, max_lr=0.1, total_steps=100)  lr=1.0", &OneCycle::new(0.1, 100)),
    (
        "OneCycleLR(o, max_lr=0.1, total_steps=83, pct_start=0.41, div_factor=10, final_div_factor=100)  lr=1.0",
        &OneCycle::new(0.1, 83).pct_start(0.41).start_lr(0.01).end_lr(0.01 / 100.0),
    ),
    (
        "OneCycleLR(o, max_lr=0.1, total_steps=64, anneal_strategy='linear')  lr=1.0",
        &OneCycle::new(0.1, 64).anneal(Anneal::Linear),
    ),
    ("OneCycleLR(o, max_lr=0.1, total_steps=90, three_phase=True)  lr=1.0", &OneCycle::new(0.1, 90).three_phase(true)),
    (
        "OneCycleLR(o, max_lr=0.1, total_steps=50, pct_start=0.5, three_phase=True, anneal_strategy='linear')  lr=1.0",
        &OneCycle::new(0.1, 50).pct_start(0.5).three_phase(true).anneal(Anneal::Linear),
    ),
    ("OneCycleLR(o, max_lr=0.1, total_steps=2)  lr=1.0", &OneCycle::new(0.1, 2)),
    ("OneCycleLR(o, max_lr=0.1, total_steps=20, pct_start=0.0)  lr=1.0", &OneCycle::new(0.1, 20).pct_start(0.0)),
    ("OneCycleLR(o, max_lr=0.1, total_steps=20, pct_start=1.0)  lr=1.0", &OneCycle::new(0.1, 20).pct_start(1.0)),
    ("OneCycleLR(o, max_lr=0.1, total_steps=40)  momentum", &OneCycle::new(0.85, 40).start_lr(0.95).end_lr(0.95)),
    (
        "SequentialLR(o, [LinearLR(o, total_iters=8), ConstantLR(o, factor=1)], [8])  lr=0.1",
        &Warmup::new(8, Constant::new(0.1)),
    ),
    (
        "SequentialLR(o, [LinearLR(o, 0.1, total_iters=10), CosineAnnealingLR(o, T_max=30)], [10])  lr=0.1",
        &Warmup::new(10, Cosine::new(0.1, 30)).start_factor(0.1),
    ),
    (
        "SequentialLR(o, [LinearLR(o, 0.25, total_iters=6), StepLR(o, 5)], [6])  lr=0.1",
        &Warmup::new(6, StepDecay::new(0.1, 5)).start_factor(0.25),
    ),
    (
        "SequentialLR(o, [LinearLR(o, 0.25, total_iters=6), MultiStepLR(o, [4, 9])], [6])  lr=0.1",
        &Warmup::new(6, MultiStep::new(0.1, &[4, 9])).start_factor(0.25),
    ),
    (
        "SequentialLR(o, [LinearLR(o, 1e-3, total_iters=12), ExponentialLR(o, 0.9)], [12])  lr=0.1",
        &Warmup::new(12, Exponential::new(0.1, 0.9)).start_factor(1e-3),
    ),
    (
        "SequentialLR(o, [LinearLR(o, 0.5, total_iters=5), PolynomialLR(o, 20, 1.5)], [5])  lr=0.1",
        &Warmup::new(5, Polynomial::new(0.1, 20).power(1.5)).start_factor(0.5),
    ),
    (
        "SequentialLR(o, [LinearLR(o, 0.5, total_iters=5), CosineAnnealingWarmRestarts(o, 4, 2)], [5])  lr=0.1",
        &Warmup::new(5, CosineRestarts::new(0.1, 4).growth(2)).start_factor(0.5),
    ),
];

/// torch-schedules.txt: each expression and its rates.
fn torch_rates() -> BTreeMap<&'static str, Vec<f64>> {
    let text = include_str!("data/torch-schedules.txt");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    iter::from_fn(|| Some((lines.next()?, lines.next()?)))
        .map(|(expression, rates)| (expression, rates.split(' ').map(|rate| rate.parse().unwrap()).collect()))
        .collect()
}

/// PyTorch computes most rates from the one before: allow a rounding a step, at the size of the largest rate.
#[test]
fn agrees_with_pytorch() {
    let torch = torch_rates();
    let compared: BTreeSet<_> = TORCH.iter().map(|(expression, _)| *expression).collect();
    assert_eq!(compared, torch.keys().copied().collect());
    for (expression, schedule) in TORCH {
        let rates = &torch[expression];
        let largest = rates.iter().copied().fold(0.0, f64::max);
        for (t, &rate) in (1..).zip(rates) {
            let found = schedule.at(t).unwrap();
            let allowed = t as f64 * (f64::EPSILON / 2.0) * largest;
            assert!((found - rate).abs() <= allowed, "{expression}: step {t} has {found:e}, in PyTorch {rate:e}");
        }
    }
}

/// The first 1000 steps, and the neighbours of every power of two up to the last step there is.
fn telling_steps() -> impl Iterator<Item = u64> {
    (1..=1000).chain((10..64).flat_map(|k| [(1 << k) - 1, 1 << k, (1 << k) + 1])).chain([u64::MAX - 1, u64::MAX])
}

/// The same bits on every target, and in every version that does not say otherwise.
#[test]
fn golden_bits() {
    let hash = |schedule: &dyn Schedule| {
        let mut hash = FnvHasher::default();
        telling_steps().for_each(|t| hash.write(&schedule.at(t).unwrap().to_bits().to_le_bytes()));
        hash.finish()
    };
    let changed: Vec<_> = CATALOGUE
        .iter()
        .map(|(name, schedule, golden)| (name, hash(*schedule), *golden))
        .filter(|(_, hash, golden)| hash != golden)
        .map(|(name, hash, _)| format!("{name}: {hash:#018x}"))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn steps_count_from_one() {
    let invalid: &dyn Schedule = &Constant::new(f64::NAN);
    for schedule in CATALOGUE.iter().map(|(_, schedule, _)| *schedule).chain([invalid]) {
        assert_eq!(schedule.at(0), Err(Error::StepZero));
    }
}

#[test]
fn schedules_are_plain_data() {
    fn plain<S: Schedule + Copy + PartialEq + Debug + Send + Sync>(schedule: S) {
        let copy = schedule;
        assert_eq!(copy, schedule);
        assert_eq!((&&schedule).at(7), copy.at(7));
    }
    plain(Constant::new(0.1));
    plain(StepDecay::new(0.1, 30));
    plain(MultiStep::new(0.1, &[30]));
    plain(Exponential::new(0.1, 0.9));
    plain(InverseSqrt::new(0.1, 30));
    plain(Polynomial::new(0.1, 30));
    plain(Cosine::new(0.1, 30));
    plain(CosineRestarts::new(0.1, 30));
    plain(OneCycle::new(0.1, 30));
    plain(Warmup::new(3, Constant::new(0.1)));
}

/// Every field, just outside its range.
#[test]
fn refuses_what_is_out_of_range() {
    fn refuses(schedule: impl Schedule, field: &str, bad: f64, must_be: &str) {
        for t in [1, 2, 1000, u64::MAX] {
            match schedule.at(t) {
                Err(Error::Hyperparameter { name, value, range, .. }) => {
                    assert_eq!((name, value.to_bits(), range), (field, bad.to_bits(), must_be));
                }
                other => panic!("{field} = {bad} at step {t}: {other:?}"),
            }
        }
    }

    const RATE: &str = "finite and at least 0";
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -f64::from_bits(1)] {
        refuses(Constant::new(bad), "lr", bad, RATE);
        refuses(StepDecay::new(bad, 30), "lr", bad, RATE);
        refuses(StepDecay::new(0.1, 30).gamma(bad), "gamma", bad, RATE);
        refuses(MultiStep::new(bad, &[]), "lr", bad, RATE);
        refuses(MultiStep::new(0.1, &[]).gamma(bad), "gamma", bad, RATE);
        refuses(Exponential::new(bad, 0.9), "lr", bad, RATE);
        refuses(Exponential::new(0.1, bad), "gamma", bad, RATE);
        refuses(InverseSqrt::new(bad, 30), "lr", bad, RATE);
        refuses(Polynomial::new(bad, 30), "lr", bad, RATE);
        refuses(Polynomial::new(0.1, 30).power(bad), "power", bad, RATE);
        refuses(Polynomial::new(0.1, 30).end_lr(bad), "end_lr", bad, RATE);
        refuses(Cosine::new(bad, 30), "lr", bad, RATE);
        refuses(Cosine::new(0.1, 30).end_lr(bad), "end_lr", bad, RATE);
        refuses(CosineRestarts::new(bad, 30), "lr", bad, RATE);
        refuses(CosineRestarts::new(0.1, 30).end_lr(bad), "end_lr", bad, RATE);
        refuses(OneCycle::new(bad, 30), "lr", bad, RATE);
        refuses(OneCycle::new(0.1, 30).start_lr(bad), "start_lr", bad, RATE);
        refuses(OneCycle::new(0.1, 30).end_lr(bad), "end_lr", bad, RATE);
        refuses(OneCycle::new(0.1, 30).pct_start(bad), "pct_start", bad, "from 0 to 1");
        refuses(Warmup::new(30, Constant::new(bad)), "lr", bad, RATE);
        refuses(Warmup::new(30, Constant::new(0.1)).start_factor(bad), "start_factor", bad, "from 0 to 1");
    }
    refuses(OneCycle::new(0.1, 30).pct_start(1.0f64.next_up()), "pct_start", 1.0f64.next_up(), "from 0 to 1");
    refuses(OneCycle::new(0.1, 30).three_phase(true).pct_start(0.51), "pct_start", 0.51, "from 0 to 0.5");
    refuses(Warmup::new(30, Constant::new(0.1)).start_factor(1.1), "start_factor", 1.1, "from 0 to 1");

    refuses(StepDecay::new(0.1, 0), "step_size", 0.0, "at least 1");
    refuses(InverseSqrt::new(0.1, 0), "warmup_steps", 0.0, "at least 1");
    refuses(Polynomial::new(0.1, 0), "steps", 0.0, "at least 1");
    refuses(Cosine::new(0.1, 0), "steps", 0.0, "at least 1");
    refuses(CosineRestarts::new(0.1, 0), "period", 0.0, "at least 1");
    refuses(CosineRestarts::new(0.1, 30).growth(0), "growth", 0.0, "at least 1");
    refuses(OneCycle::new(0.1, 0), "steps", 0.0, "at least 1");
}

/// A growing rate is refused when it overflows, and no earlier.
#[test]
fn refuses_an_infinite_rate() {
    let refused = |schedule: &dyn Schedule, t| {
        let refused = schedule.at(t).unwrap_err();
        assert!(matches!(refused, Error::Hyperparameter { name: "gamma", value: 2.0, .. }), "{refused}");
    };
    for (lr, last) in [(1.0, 1024), (2f64.powi(-1000), 2024), (f64::from_bits(1), 2098)] {
        let sweep = Exponential::new(lr, 2.0);
        assert_eq!(sweep.at(last), Ok(2f64.powi(1023)));
        [last + 1, last + 2, 4 * last, u64::MAX].into_iter().for_each(|t| refused(&sweep, t));

        let stairs = StepDecay::new(lr, 3).gamma(2.0);
        assert_eq!(stairs.at(3 * last), Ok(2f64.powi(1023)));
        refused(&stairs, 3 * last + 1);
    }
    for (lr, fits) in [(2f64.powi(-1000), 2023), (0.0, 3000)] {
        let milestones = vec![1; fits + 1];
        assert!(MultiStep::new(lr, &milestones[1..]).gamma(2.0).at(2).is_ok());
        assert_eq!(MultiStep::new(lr, &milestones).gamma(2.0).at(2).is_ok(), lr == 0.0);
    }
    assert_eq!(Exponential::new(0.0, 2.0).at(u64::MAX), Ok(0.0));
}

/// A number m·2ᵉ to 64 bits, of any size.
#[derive(Clone, Copy)]
struct Wide {
    m: u64,
    e: i64,
}

impl Wide {
    /// A positive f64, exactly.
    fn new(x: f64) -> Self {
        let exponent = (x.to_bits() >> 52) as i64;
        let fraction = x.to_bits() & ((1 << 52) - 1);
        let m = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        Self { m: m << m.leading_zeros(), e: exponent.max(1) - 1075 - i64::from(m.leading_zeros()) }
    }

    /// Less than a unit too small.
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.m) * u128::from(other.m);
        let shift = 64 - product.leading_zeros();
        Self { m: (product >> shift) as u64, e: self.e + other.e + i64::from(shift) }
    }

    /// lr·γᵏ, of which k·2⁻⁶² may be missing.
    fn decayed(lr: f64, gamma: f64, k: u64) -> Self {
        let (mut rate, mut square) = (Self::new(lr), Self::new(gamma));
        for bit in 0..u64::BITS - k.leading_zeros() {
            if k >> bit & 1 == 1 {
                rate = rate.times(square);
            }
            square = square.times(square);
        }
        rate
    }

    /// Whether the number is at least 2^`exponent`.
    fn reaches(self, exponent: i64) -> bool {
        self.e + 63 >= exponent
    }
}

/// lr·γᵏ is right to k·2⁻⁵², and half a unit where it is subnormal, also where γᵏ is no f64; it is refused from 2¹⁰²⁴ on.
fn assert_decayed(lr: f64, gamma: f64, k: u64) {
    let exact = Wide::decayed(lr, gamma, k);
    let case = format!("{lr:e}·{gamma:e}^{k}, in truth {}·2^{}", exact.m, exact.e);
    let relative = k as f64 * f64::EPSILON;
    match Exponential::new(lr, gamma).at(k + 1) {
        Err(error) => {
            let rounded_up = exact.reaches(1023) && (!exact.m) as f64 <= relative * 2f64.powi(64);
            assert!(exact.reaches(1024) || rounded_up, "{case}: {error}");
        }
        Ok(rate) if !exact.reaches(-1074) => assert!(rate <= f64::from_bits(1), "{case}: {rate:e}"),
        Ok(rate) => {
            let found = Wide::new(rate);
            // In units of the last of the 64 bits.
            let distance = found.m as f64 * 2f64.powi((found.e - exact.e) as i32) - exact.m as f64;
            let allowed = relative * exact.m as f64 + 2f64.powf((-1075 - exact.e) as f64);
            assert!(distance.abs() <= allowed, "{case}: {rate:e} is off by {distance:e} units, not {allowed:e}");
        }
    }
}

#[test]
fn powers_need_not_be_representable() {
    assert_eq!(Exponential::new(2f64.powi(-1000), 4.0).at(901), Ok(2f64.powi(800)));
    assert_eq!(Exponential::new(2f64.powi(1000), 0.25).at(901), Ok(2f64.powi(-800)));
    for (lr, gamma, k) in [
        (1e-300, 10.0, 500),
        (1e300, 0.1, 400),
        (f64::MAX, 0.5, 2097),
        (f64::from_bits(3), 1.0005, 2_000_000),
        (f64::from_bits(1), 2f64.powi(520) * 1.1, 4),
        (f64::from_bits(1), 1e308, 2),
        (1e-310, 1.0 + 1e-9, 1_400_000_000_000),
        (1e-100, 0.9999, 4_900_000),
        (0.1, 0.1, 320),
    ] {
        assert_decayed(lr, gamma, k);
    }
}

/// Both ends of each range are inside, and the ends of a schedule are exact.
#[test]
fn ends_are_exact() {
    let (lr, end_lr) = (0.1, 0.003);
    for steps in [1, 2, 3, 10, 1000, 1 << 40, u64::MAX - 1] {
        for schedule in [
            &Polynomial::new(lr, steps).end_lr(end_lr) as &dyn Schedule,
            &Polynomial::new(lr, steps).end_lr(end_lr).power(0.5),
            &Cosine::new(lr, steps).end_lr(end_lr),
        ] {
            assert_eq!(schedule.at(1), Ok(lr));
            assert_eq!(schedule.at(steps + 1), Ok(end_lr));
            assert_eq!(schedule.at(u64::MAX), Ok(end_lr));
        }
        assert_eq!(Warmup::new(steps, Constant::new(lr)).start_factor(0.0).at(1), Ok(0.0));
        assert_eq!(Warmup::new(steps, Constant::new(lr)).start_factor(1.0).at(1), Ok(lr));
        assert_eq!(Warmup::new(steps, Cosine::new(lr, 9)).at(steps + 1), Ok(lr));
        assert_eq!(CosineRestarts::new(lr, steps).at(steps + 1), Ok(lr));
        assert_eq!(InverseSqrt::new(lr, steps).at(steps), Ok(lr));
    }
    for (anneal, three_phase) in [Anneal::Cosine, Anneal::Linear].into_iter().flat_map(|a| [(a, false), (a, true)]) {
        let cycle = OneCycle::new(lr, 100).anneal(anneal).three_phase(three_phase).start_lr(0.01).end_lr(end_lr);
        assert_eq!(cycle.at(1), Ok(0.01));
        assert_eq!(cycle.at(30), Ok(lr));
        assert_eq!(cycle.at(59) == Ok(0.01), three_phase);
        assert_eq!([100, 101, u64::MAX].map(|t| cycle.at(t)), [Ok(end_lr); 3]);
    }
    // A peak at step 1, and a training of one step.
    assert_eq!(OneCycle::new(lr, 10).pct_start(0.1).at(1), Ok(lr));
    assert_eq!(OneCycle::new(lr, 1).pct_start(1.0).end_lr(end_lr).at(1), Ok(end_lr));
    assert_eq!([1, 3].map(|t| Warmup::new(0, Cosine::new(lr, 9)).at(t)), [1, 3].map(|t| Cosine::new(lr, 9).at(t)));
    assert_eq!(Polynomial::new(lr, 9).power(0.0).at(u64::MAX), Ok(lr));
    assert_eq!(Exponential::new(lr, 0.0).at(1), Ok(lr));
    assert_eq!(Exponential::new(lr, 0.0).at(2), Ok(0.0));
    assert_eq!(Exponential::new(lr, 1.0).at(u64::MAX), Ok(lr));
}

/// Near its end a cosine is a parabola: the rates there are right to the last digits, not to those of `lr`.
#[test]
fn cosine_keeps_its_digits() {
    let steps = 1 << 20;
    for left in 1..100 {
        let angle = std::f64::consts::FRAC_PI_2 * left as f64 / steps as f64;
        let (rate, parabola) = (Cosine::new(1.0, steps).at(1 + steps - left).unwrap(), angle * angle);
        assert!((rate - parabola).abs() < 1e-7 * parabola, "{rate:e} {parabola:e}");
        assert!((rate - angle.sin().powi(2)).abs() < 4.0 * f64::EPSILON * parabola, "{rate:e}");
    }
}

/// A rate for every day, or any that is valid: 0, subnormal, as large as can be.
fn rate() -> impl Strategy<Value = f64> {
    prop_oneof![3 => 1e-6..1.0, 1 => (0..=f64::MAX.to_bits()).prop_map(f64::from_bits)]
}

/// A number of steps for every day, or any that is valid.
fn steps() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 1..200u64, 1 => 1..=u64::MAX]
}

trait Case: Schedule + Debug {}
impl<S: Schedule + Debug> Case for S {}

/// Any valid schedule, with the least and the largest rate that its fields allow.
fn any_schedule() -> impl Strategy<Value = (Arc<dyn Case>, f64, f64)> {
    fn case(schedule: impl Case + 'static, corners: &[f64]) -> (Arc<dyn Case>, f64, f64) {
        let fold = |pick: fn(f64, f64) -> f64| corners.iter().copied().reduce(pick).unwrap();
        (Arc::new(schedule), fold(f64::min), fold(f64::max))
    }
    let milestones = prop::sample::select(vec![&[][..], &[0], &[5, 5, 1, 90], &[u64::MAX - 1, u64::MAX]]);
    let anneal = prop::sample::select(vec![Anneal::Cosine, Anneal::Linear]);
    let part = || 0.0..=1.0;
    prop_oneof![
        rate().prop_map(|lr| case(Constant::new(lr), &[lr])),
        (rate(), steps(), part()).prop_map(|(lr, n, gamma)| case(StepDecay::new(lr, n).gamma(gamma), &[0.0, lr])),
        (rate(), milestones, part()).prop_map(|(lr, at, gamma)| case(MultiStep::new(lr, at).gamma(gamma), &[0.0, lr])),
        (rate(), part()).prop_map(|(lr, gamma)| case(Exponential::new(lr, gamma), &[0.0, lr])),
        (rate(), steps()).prop_map(|(lr, peak)| case(InverseSqrt::new(lr, peak), &[0.0, lr])),
        (rate(), rate(), steps(), rate())
            .prop_map(|(lr, end, n, p)| case(Polynomial::new(lr, n).power(p).end_lr(end), &[lr, end])),
        (rate(), rate(), steps()).prop_map(|(lr, end, n)| case(Cosine::new(lr, n).end_lr(end), &[lr, end])),
        (rate(), rate(), steps(), steps())
            .prop_map(|(lr, end, n, m)| case(CosineRestarts::new(lr, n).growth(m).end_lr(end), &[lr, end])),
        ([rate(), rate(), rate()], steps(), part(), anneal, any::<bool>()).prop_map(
            |([lr, start, end], n, part, way, back)| {
                let pct_start = if back { part / 2.0 } else { part };
                let cycle = OneCycle::new(lr, n).start_lr(start).end_lr(end).pct_start(pct_start);
                case(cycle.anneal(way).three_phase(back), &[lr, start, end])
            }
        ),
        (rate(), steps(), steps(), part())
            .prop_map(|(lr, n, w, f)| case(Warmup::new(w, Cosine::new(lr, n)).start_factor(f), &[0.0, lr])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..Default::default() })]

    #[test]
    fn stays_in_range((schedule, least, largest) in any_schedule(), t in steps()) {
        for t in [t, 1, 2, u64::MAX] {
            let rate = schedule.at(t).unwrap();
            prop_assert!(rate.is_finite() && least <= rate && rate <= largest, "{rate:e} at step {t}");
        }
    }

    /// A blend of a monotone weight is monotone; the weights move by an ulp at most in the wrong direction.
    #[test]
    fn decays_never_rise(lr in rate(), end in rate(), n in steps(), t in steps(), power in 0.0..4.0) {
        let (lr, end) = (lr.max(end), lr.min(end));
        let schedules: [&dyn Schedule; 3] = [
            &StepDecay::new(lr, n).gamma(0.7),
            &Polynomial::new(lr, n).power(power).end_lr(end),
            &Cosine::new(lr, n).end_lr(end),
        ];
        for schedule in schedules {
            let (now, next) = (schedule.at(t).unwrap(), schedule.at(t.saturating_add(1)).unwrap());
            prop_assert!(next <= now, "{now:e} {next:e}");
        }
    }

    /// In the first of very many steps a rounding could carry the rate past its start.
    #[test]
    fn starts_within_range(lr in rate(), end in rate(), k in 48..64u32, t in 2..9u64) {
        let rate = Polynomial::new(lr, 1u64 << k).end_lr(end).at(t).unwrap();
        prop_assert!(lr.min(end) <= rate && rate <= lr.max(end), "{rate:e}");
    }

    /// The textbook formulas, in std's floating point.
    #[test]
    fn follows_its_formula(lr in 1e-6..1.0, end in 0.0..1.0, steps in 1..5000u64, t in 1..5000u64, p in 0.0..4.0) {
        let n = (t - 1) as f64;
        let x = n.min(steps as f64) / steps as f64;
        let close = |schedule: &dyn Schedule, expected: f64, roundings: f64| {
            let (found, largest) = (schedule.at(t).unwrap(), f64::max(lr, end));
            prop_assert!((found - expected).abs() <= roundings * f64::EPSILON * largest, "{found:e} {expected:e}");
            Ok(())
        };
        let cosine = end + (lr - end) * (1.0 + (std::f64::consts::PI * x).cos()) / 2.0;
        close(&Cosine::new(lr, steps).end_lr(end), cosine, 4.0)?;
        close(&Polynomial::new(lr, steps).power(p).end_lr(end), end + (lr - end) * (1.0 - x).powf(p), 1e3)?;
        close(&InverseSqrt::new(lr, steps), lr * (t as f64 / steps as f64).min((steps as f64 / t as f64).sqrt()), 4.0)?;
        let gamma = 0.9 + 0.1 * end;
        close(&Exponential::new(lr, gamma), lr * gamma.powf(n), 4.0 + n)?;
        close(&StepDecay::new(lr, steps).gamma(gamma), lr * gamma.powf((n / steps as f64).floor()), 4.0 + n)?;
    }

    /// From any rate to any other, subnormal or beyond all, in any number of steps: the error is no larger than promised.
    #[test]
    fn powers_are_as_accurate_as_said(
        (lr, to) in ((1..f64::MAX.to_bits()).prop_map(f64::from_bits), -1090.0..1040.0f64),
        k in prop_oneof![1..20u64, (0..30u32, 1..1024u64).prop_map(|(shift, k)| k << shift)],
    ) {
        let gamma = ((to - lr.log2()) / k as f64).exp2();
        prop_assume!(gamma > 0.0 && gamma.is_finite());
        assert_decayed(lr, gamma, k);
    }

    /// Each cycle is a cosine of its own length, however long.
    #[test]
    fn restarts_begin_anew(period in steps(), growth in steps(), t in 1..=u64::MAX, end_lr in 0.0..0.2) {
        let mut n = u128::from(t - 1);
        let mut length = u128::from(period);
        if growth == 1 {
            n %= length;
        }
        while n >= length {
            n -= length;
            length *= u128::from(growth);
        }
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let cycle = Cosine::new(0.1, length).end_lr(end_lr);
        prop_assert_eq!(
            CosineRestarts::new(0.1, period).growth(growth).end_lr(end_lr).at(t),
            cycle.at(n as u64 + 1)
        );
    }

    /// After the warm-up the other schedule starts at its own first step; before, the rate rises in a straight line.
    #[test]
    fn warmup_then_starts_anew(steps in 1..200u64, t in 1..400u64, f in 0.0..=1.0) {
        let then = OneCycle::new(0.1, 150).start_lr(0.03);
        let warm = Warmup::new(steps, then).start_factor(f);
        if t > steps {
            prop_assert_eq!(warm.at(t), then.at(t - steps));
        } else {
            let line = 0.03 * (f + (1.0 - f) * (t - 1) as f64 / steps as f64);
            prop_assert!((warm.at(t).unwrap() - line).abs() <= 4.0 * f64::EPSILON * 0.03);
        }
    }
}
