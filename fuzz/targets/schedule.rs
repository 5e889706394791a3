//! Any schedule at any step: refused just where the model says; else finite, in its range, and near its formula. The
//! same under a warm-up.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::schedule::{Schedule, Warmup};
use gradstep_fuzz::number::{Count, Real};
use gradstep_fuzz::schedule::{Model, Plan};
use gradstep_fuzz::{assert_verdict, complaint};

#[derive(Arbitrary, Debug)]
struct Input {
    plan: Plan,
    t: Count,
    warmup: Count,
    start_factor: Real,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let t = input.t.get();
    input.plan.with(|schedule| {
        check(schedule, &input.plan, t);

        let (steps, factor) = (input.warmup.get(), input.start_factor.get());
        let warm = Warmup::new(steps, schedule).start_factor(factor);
        let rate = warm.at(t);
        if t == 0 {
            assert_verdict(&rate, &["t"]);
        } else if !(0.0..=1.0).contains(&factor) {
            assert_verdict(&rate, &["start_factor"]);
        } else if t > steps {
            assert_eq!(rate.map_err(complaint), schedule.at(t - steps).map_err(complaint));
        } else {
            match (rate, schedule.at(1)) {
                (Ok(rate), Ok(top)) => assert!(top * factor <= rate && rate <= top, "{rate:e} on the way to {top:e}"),
                (rate, top) => assert_eq!(rate.map_err(complaint), top.map_err(complaint)),
            }
        }
    });
});

fn check(schedule: &dyn Schedule, plan: &Plan, t: u64) {
    let Model { faults, range, rate: formula, roundings } = plan.model(t);
    let rate = schedule.at(t);
    // Whether a power overflows is a matter of its last bits.
    if formula.is_some_and(|rate| rate > 1e300 && range.1 == f64::INFINITY) && rate.is_ok() {
        assert!(rate.unwrap() > 1e299);
        return;
    }
    assert_verdict(&rate, &faults);
    let Ok(rate) = rate else { return };

    assert!(rate.is_finite() && range.0 <= rate && rate <= range.1, "{rate:e} is outside of {range:?}");
    if let Some(formula) = formula {
        let scale = if range.1.is_finite() { range.1 } else { formula.max(rate) };
        let allowed = roundings * f64::EPSILON * scale + f64::MIN_POSITIVE;
        assert!((rate - formula).abs() <= allowed, "{rate:e} is not {formula:e}, {allowed:e} allowed");
    }
}
