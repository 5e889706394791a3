//! What momentum does to SGD: at the same learning rate it is faster, at the same pace it is smoother.

use crate::{
    claim::Claims,
    lineup::{Contender, Lab, SOFTMAX},
    picture::{Axis, Curve, Panel, Picture},
};
use gradstep::schedule::Constant;
use std::error::Error;

const BATCH: usize = 8;
const STEPS: usize = 400;
const RATE: f64 = 0.1;
/// Momentum 0.9 follows each gradient 1 + 0.9 + 0.9² + … = 10 times: alone, SGD keeps pace at ten times the rate.
const PACE: f64 = 10.0 * RATE;

/// Steps, and how far above the minimum the objective is after them.
type Trace = Vec<(f64, f64)>;

pub fn run(lab: &Lab, minimum: f64, claims: &mut Claims) -> Result<(), Box<dyn Error>> {
    let [sgd, momentum, ..] = SOFTMAX.contenders();
    let trace = |contender, lr| descend(lab, contender, lr, minimum);
    let (slow, rough, smooth) = (trace(&sgd, RATE)?, trace(&sgd, PACE)?, trace(&momentum, RATE)?);

    println!("\nMomentum ({STEPS} steps on batches of {BATCH}, softmax regression)");
    println!("                     steps to 1 nat above the minimum   objective changes in a step by");
    for (name, lr, trace) in [("SGD", RATE, &slow), ("SGD", PACE, &rough), ("momentum", RATE, &smooth)] {
        println!("  {name:9} rate {lr:3.1} {:35} {:24.4} nats", steps_to(1.0, trace), roughness(trace));
    }
    let (alone, together) = (steps_to(1.0, &slow), steps_to(1.0, &smooth));
    claims.check(
        together * 2 <= alone,
        format!("momentum speeds SGD up: at the same rate {together} steps where SGD needs {alone}"),
    );
    let (alone, together) = (roughness(&rough), roughness(&smooth));
    claims.check(
        together * 2.0 <= alone,
        format!("momentum smooths SGD: at the same pace the objective jumps {:.1} times less a step", alone / together),
    );

    let panel = |title, sgd_trace, momentum_trace| Panel {
        title,
        x: Axis { label: "steps", range: 0.0..STEPS as f64, ..Axis::default() },
        y: Axis { label: "objective above the minimum (nats)", range: 0.01..5.0, log: true, ..Axis::default() },
        curves: [(&sgd, sgd_trace), (&momentum, momentum_trace)]
            .map(|(contender, points)| Curve { stroke: contender.stroke, points, dots: false })
            .into(),
        ..Panel::default()
    };
    Picture {
        title: "Momentum speeds SGD up, and smooths it",
        caption: "Softmax regression on batches of 8. Momentum 0.9 at the rate 0.1 on both sides.",
        legend: [sgd, momentum].map(|contender| (contender.name, contender.stroke)).into(),
        panels: vec![
            panel("the same rate: SGD at 0.1", slow, smooth.clone()),
            panel("the same pace: SGD at 1.0", rough, smooth),
        ],
    }
    .save(&lab.out.join("momentum.svg"))
}

fn descend(lab: &Lab, contender: &Contender, lr: f64, minimum: f64) -> Result<Trace, gradstep::Error> {
    let schedule = Constant::new(lr);
    let mut trainer = lab.trainer(lab.network(&SOFTMAX), contender.recipe(&schedule, BATCH));
    let step = |step| {
        trainer.step()?;
        Ok((step as f64, SOFTMAX.objective(&mut trainer.network, &lab.digits.train) - minimum))
    };
    (1..=STEPS).map(step).collect()
}

/// Steps until the objective is first `gap` or less above the minimum; all of them if it never is.
fn steps_to(gap: f64, trace: &Trace) -> usize {
    trace.iter().position(|&(_, above)| above <= gap).map_or(STEPS, |index| index + 1)
}

/// The mean change of the objective in a step, up or down.
fn roughness(trace: &Trace) -> f64 {
    trace.windows(2).map(|pair| (pair[1].1 - pair[0].1).abs()).sum::<f64>() / trace.len() as f64
}
