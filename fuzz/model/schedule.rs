//! Any schedule, what is wrong with it, and its textbook formula.

use crate::number::{Count, Real};
use arbitrary::Arbitrary;
use gradstep::schedule::*;

/// Enough for every schedule; each takes what it knows.
#[derive(Arbitrary, Debug)]
pub struct Plan {
    kind: Kind,
    lr: Real,
    end_lr: Real,
    start_lr: Real,
    gamma: Real,
    steps: Count,
    growth: Count,
    milestones: Vec<Count>,
    linear: bool,
    three_phase: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Constant,
    StepDecay,
    MultiStep,
    Exponential,
    InverseSqrt,
    Polynomial,
    Cosine,
    CosineRestarts,
    OneCycle,
}

/// What the specification says of a schedule at a step.
pub struct Model {
    /// The names of all that must be refused.
    pub faults: Vec<&'static str>,
    /// The lowest and the highest rate of all steps.
    pub range: (f64, f64),
    /// The rate by the formula, as the standard library computes it, where there is one.
    pub rate: Option<f64>,
    /// The roundings that may separate the two.
    pub roundings: f64,
}

impl Plan {
    /// Hands the schedule to `check`. (A schedule of milestones borrows them.)
    pub fn with<T>(&self, check: impl FnOnce(&dyn Schedule) -> T) -> T {
        let [lr, end_lr, start_lr, gamma] = [self.lr, self.end_lr, self.start_lr, self.gamma].map(Real::get);
        let steps = self.steps.get();
        match self.kind {
            Kind::Constant => check(&Constant::new(lr)),
            Kind::StepDecay => check(&StepDecay::new(lr, steps).gamma(gamma)),
            Kind::MultiStep => check(&MultiStep::new(lr, &self.milestones()).gamma(gamma)),
            Kind::Exponential => check(&Exponential::new(lr, gamma)),
            Kind::InverseSqrt => check(&InverseSqrt::new(lr, steps)),
            Kind::Polynomial => check(&Polynomial::new(lr, steps).power(gamma).end_lr(end_lr)),
            Kind::Cosine => check(&Cosine::new(lr, steps).end_lr(end_lr)),
            Kind::CosineRestarts => check(&CosineRestarts::new(lr, steps).growth(self.growth.get()).end_lr(end_lr)),
            Kind::OneCycle => check(
                &OneCycle::new(lr, steps)
                    .start_lr(start_lr)
                    .end_lr(end_lr)
                    .pct_start(gamma)
                    .anneal(if self.linear { Anneal::Linear } else { Anneal::Cosine })
                    .three_phase(self.three_phase),
            ),
        }
    }

    fn milestones(&self) -> Vec<u64> {
        self.milestones.iter().map(|m| m.get()).collect()
    }

    pub fn model(&self, t: u64) -> Model {
        let [lr, end_lr, start_lr, gamma] = [self.lr, self.end_lr, self.start_lr, self.gamma].map(Real::get);
        let (steps, growth) = (self.steps.get(), self.growth.get());
        let Some(n) = t.checked_sub(1) else {
            return Model { faults: vec!["t"], range: (0.0, 0.0), rate: None, roundings: 0.0 };
        };
        let mut faults = Vec::new();
        let mut require = |ok: bool, name: &'static str| {
            if !ok {
                faults.push(name);
            }
        };
        let rate = |x: f64| x >= 0.0 && x.is_finite();
        let between = |a: f64, b: f64| (a.min(b), a.max(b));
        let cosine = |n: u64, length: u64| {
            let x = (n.min(length) as f64 / length as f64 * std::f64::consts::PI).cos();
            end_lr + (lr - end_lr) * ((1.0 + x) / 2.0)
        };

        require(rate(lr), "lr");
        let mut decay = |times: u64| {
            require(rate(gamma), "gamma");
            let power = gamma.powf(times as f64);
            // Where the power is no f64, the rate may be one: step by step.
            let part = gamma.powf(times as f64 / 4.0);
            let rate = match power.is_normal() {
                _ if lr == 0.0 => 0.0,
                true => lr * power,
                false => lr * part * part * part * part,
            };
            require(rate.is_finite(), "gamma");
            ((0.0, f64::INFINITY), Some(rate), 8.0 + 2.0 * times as f64)
        };
        let (range, rate, roundings) = match self.kind {
            Kind::Constant => ((lr, lr), Some(lr), 0.0),
            Kind::StepDecay if steps == 0 => {
                require(false, "step_size");
                ((0.0, 0.0), None, 0.0)
            }
            Kind::StepDecay => decay(n / steps),
            Kind::MultiStep => decay(self.milestones().iter().filter(|&&m| m <= n).count() as u64),
            Kind::Exponential => decay(n),
            Kind::InverseSqrt => {
                require(steps > 0, "warmup_steps");
                let (t, w) = (t as f64, steps as f64);
                ((0.0, lr), Some(lr * (t / w).min((w / t).sqrt())), 8.0)
            }
            Kind::Polynomial => {
                require(steps > 0, "steps");
                require(rate(end_lr), "end_lr");
                require(rate(gamma), "power");
                let left = steps.saturating_sub(n) as f64 / steps as f64;
                (between(lr, end_lr), Some(end_lr + (lr - end_lr) * left.powf(gamma)), 16.0)
            }
            Kind::Cosine => {
                require(steps > 0, "steps");
                require(rate(end_lr), "end_lr");
                (between(lr, end_lr), Some(cosine(n, steps)), 64.0)
            }
            Kind::CosineRestarts => {
                require(steps > 0, "period");
                require(growth > 0, "growth");
                require(rate(end_lr), "end_lr");
                let (mut from, mut length) = (0u128, u128::from(steps));
                while growth > 1 && length > 0 && from + length <= n.into() {
                    from += length;
                    length *= u128::from(growth);
                }
                let cycle = if growth == 1 { n.checked_rem(steps).unwrap_or(0) } else { n - from as u64 };
                let length = u64::try_from(length).unwrap_or(u64::MAX);
                (between(lr, end_lr), Some(cosine(cycle, length)), 64.0)
            }
            Kind::OneCycle => {
                require(steps > 0, "steps");
                require(rate(start_lr), "start_lr");
                require(rate(end_lr), "end_lr");
                require((0.0..=if self.three_phase { 0.5 } else { 1.0 }).contains(&gamma), "pct_start");
                ((lr.min(start_lr).min(end_lr), lr.max(start_lr).max(end_lr)), None, 0.0)
            }
        };
        Model { faults, range, rate, roundings }
    }
}
