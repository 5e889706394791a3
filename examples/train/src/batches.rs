//! Single images, mini-batches or the whole set at once: noise against cost.

use crate::{
    claim::Claims,
    digits::Set,
    lineup::{Lab, SOFTMAX},
    network::Network,
    picture::{Axis, BLUE, Curve, GREEN, ORANGE, Panel, Picture, Stroke},
};
use gradstep::{grads, schedule::Constant};
use plotters::style::RGBColor;
use std::error::Error;

const PASSES: usize = 100;
/// So near the minimum (in nats) is counted as arrived.
const NEAR: f64 = 0.1;

/// SGD on batches of one size.
struct Descent {
    name: &'static str,
    color: RGBColor,
    batch: usize,
    lr: f64,
    trace: Vec<Point>,
    /// Microseconds of a step.
    cost: f64,
    /// How wrong the gradient of a batch is at the start: ‖its error‖ ÷ ‖the gradient‖, root mean square.
    noise: f64,
}

/// After so much work so far above the minimum.
struct Point {
    steps: f64,
    passes: f64,
    above: f64,
}

pub fn run(lab: &Lab, minimum: f64, claims: &mut Claims) -> Result<(), Box<dyn Error>> {
    let descents = vec![
        descend(lab, minimum, "single images", ORANGE, 1, 0.03)?,
        descend(lab, minimum, "batches of 32", GREEN, 32, 0.3)?,
        descend(lab, minimum, "the whole set", BLUE, lab.digits.train.len(), 1.0)?,
    ];
    println!("\nBatches (SGD, {PASSES} passes, softmax regression)");
    println!(
        "                  rate   µs a step   µs an image   error of the gradient   passes to {NEAR} above the minimum"
    );
    for descent in &descents {
        let Descent { name, batch, lr, cost, noise, .. } = descent;
        let (image, noise, passes) = (cost / *batch as f64, 100.0 * noise, descent.passes_to(NEAR));
        println!("  {name:13} {lr:6.2} {cost:11.1} {image:13.2} {noise:21.0} % {passes:32.1}");
    }
    let trade =
        descents.windows(2).all(|pair| 2.0 * pair[0].cost < pair[1].cost && pair[0].noise > 2.0 * pair[1].noise);
    let list = |figure: fn(&Descent) -> String| descents.iter().map(figure).collect::<Vec<_>>().join(", ");
    claims.check(
        trade,
        format!(
            "larger batches buy less noise for more work a step: an error of {} % for {} µs",
            list(|descent| format!("{:.0}", 100.0 * descent.noise)),
            list(|descent| format!("{:.1}", descent.cost)),
        ),
    );
    picture(lab, &descents)
}

fn descend(
    lab: &Lab,
    minimum: f64,
    name: &'static str,
    color: RGBColor,
    batch: usize,
    lr: f64,
) -> Result<Descent, gradstep::Error> {
    let [sgd, ..] = SOFTMAX.contenders();
    let schedule = Constant::new(lr);
    let mut trainer = lab.trainer(lab.network(&SOFTMAX), sgd.recipe(&schedule, batch));
    let epoch = trainer.steps_per_epoch();
    let mut trace = Vec::new();
    let mut look = 1;
    for step in 1..=PASSES * epoch {
        trainer.step()?;
        if step >= look {
            let above = SOFTMAX.objective(&mut trainer.network, &lab.digits.train) - minimum;
            trace.push(Point { steps: step as f64, passes: step as f64 / epoch as f64, above });
            look = step + 1 + step / 40;
        }
    }
    let (cost, _) = trainer.clock.step();
    Ok(Descent { name, color, batch, lr, trace, cost, noise: noise(lab, batch) })
}

impl Descent {
    /// Passes until first so near the minimum; ∞ if never.
    fn passes_to(&self, near: f64) -> f64 {
        self.trace.iter().find(|point| point.above <= near).map_or(f64::INFINITY, |point| point.passes)
    }
}

/// The relative error of a batch's gradient before the first step, root mean square over random batches.
fn noise(lab: &Lab, size: usize) -> f64 {
    const DRAWS: u32 = 200;
    let train = &lab.digits.train;
    let mut network = lab.network(&SOFTMAX);
    let mut rng = fastrand::Rng::with_seed(lab.seed);
    let exact = mean_gradient(&mut network, train);
    let mut batch = Set::default();
    let squares = (0..DRAWS).map(|_| {
        batch.gather(train, &rng.choose_multiple(0..train.len(), size));
        let gradient = mean_gradient(&mut network, &batch);
        grads::sum_of_squares([gradient.iter().zip(&exact).map(|(g, exact)| g - exact).collect::<Vec<f32>>()])
    });
    (squares.sum::<f64>() / f64::from(DRAWS)).sqrt() / grads::norm([&exact])
}

fn mean_gradient(network: &mut Network, set: &Set) -> Vec<f32> {
    network.tensors_mut().for_each(|tensor| tensor.grads.fill(0.0));
    network.add_gradient(set);
    network.tensors().flat_map(|tensor| tensor.grads.iter().map(|grad| grad / set.len() as f32)).collect()
}

fn picture(lab: &Lab, descents: &[Descent]) -> Result<(), Box<dyn Error>> {
    let panel = |title, label, range, x: fn(&Point) -> f64| Panel {
        title,
        x: Axis { label, range, log: true, ..Axis::default() },
        y: Axis { label: "objective above the minimum (nats)", range: 5e-4..5.0, log: true, ..Axis::default() },
        curves: descents
            .iter()
            .map(|descent| Curve {
                stroke: Stroke { color: descent.color, dashed: false },
                points: descent.trace.iter().map(|point| (x(point), point.above)).collect(),
                dots: false,
            })
            .collect(),
        ..Panel::default()
    };
    Picture {
        title: "Batches: noise against cost",
        caption: "SGD on softmax regression at constant rates: single images 0.03, batches of 32 0.3, the whole set 1.",
        legend: descents.iter().map(|descent| (descent.name, Stroke { color: descent.color, dashed: false })).collect(),
        panels: vec![
            panel("per step", "steps", 1.0..1e5, |point| point.steps),
            panel("per work", "passes over the training set", 1e-2..1e2, |point| point.passes),
        ],
    }
    .save(&lab.out.join("batches.svg"))
}
