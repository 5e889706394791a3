//! The convex problem has one minimum: does every optimizer come to it, and how close?

use crate::{
    claim::Claims,
    lineup::{Contender, Lab, SOFTMAX},
    network::Network,
    picture::{Axis, Curve, Panel, Picture},
    progress,
};
use gradstep::schedule::{Constant, Cosine, Schedule};
use rayon::prelude::*;
use std::error::Error;

/// First mini-batches, with a rate that decays to zero: fast, until their noise stops them.
const BATCH: usize = 64;
const BATCH_EPOCHS: u64 = 20;
/// Then the whole set at once, until the gradient proves that at most this many nats are missing.
const CERTIFIED: f64 = 2e-8;
const MOST_PASSES: usize = 20_000;

/// One contender's way down.
struct Descent {
    contender: Contender,
    /// Passes over the training set, and the objective there.
    trace: Vec<(f64, f64)>,
    /// The objective when the mini-batches ended.
    batches: f64,
    network: Network,
    gradient_norm: f64,
}

/// Returns the lowest objective found.
pub fn run(lab: &Lab, claims: &mut Claims) -> Result<f64, Box<dyn Error>> {
    let bar = progress::bar("the minimum", 4);
    let descents = SOFTMAX.contenders().into_par_iter().map(|contender| {
        let descent = descend(lab, contender);
        bar.inc(1);
        descent
    });
    let descents = descents.collect::<Result<Vec<_>, gradstep::Error>>()?;
    bar.finish_and_clear();

    let lowest = descents.iter().min_by(|a, b| a.end().1.total_cmp(&b.end().1)).ok_or("no contender")?;
    let minimum = lowest.end().1;
    println!("\nThe minimum of the convex problem: {minimum:.8} nats");
    println!(
        "             passes   above it after batches   in the end   certified by ‖∇‖²/2λ       ‖∇‖   ‖θ − θ*‖/‖θ*‖"
    );
    for descent in &descents {
        let (passes, objective) = descent.end();
        let gap = |objective: f64| (objective - minimum) / minimum;
        let [bound, distance] = [descent.bound(), distance(&descent.network, &lowest.network)];
        println!(
            "  {:9} {passes:8.0} {:24.1e} {:12.1e} {:22.1e} {:9.1e} {distance:15.1e}",
            descent.contender.name,
            gap(descent.batches),
            gap(objective),
            bound / minimum,
            descent.gradient_norm,
        );
    }
    let most = |figure: fn(&Descent) -> f64| descents.iter().map(figure).fold(0.0, f64::max);
    let (above, bound) = (most(|descent| descent.end().1) / minimum - 1.0, most(Descent::bound));
    claims.check(
        above <= 1e-6 && bound <= CERTIFIED,
        format!(
            "every optimizer comes to the one minimum of the convex problem: {above:.0e} above the lowest found at most, \
             and by its gradient {:.0e} above the true one at most",
            bound / minimum
        ),
    );
    picture(lab, &descents, minimum)?;
    Ok(minimum)
}

fn descend(lab: &Lab, contender: Contender) -> Result<Descent, gradstep::Error> {
    let train = &lab.digits.train;
    // The highest rate with the mini-batches, and the rate with the whole set. There SGD and momentum come to rest at a
    // constant rate because the gradient goes to zero; Adam divides its length out and needs a rate that decays.
    let (lr, whole): (f64, &dyn Schedule) = match contender.name {
        "SGD" => (1.0, &Constant::new(1.0)),
        "momentum" => (0.3, &Constant::new(0.5)),
        _ => (0.03, &Cosine::new(0.1, 1500)),
    };
    let steps = BATCH_EPOCHS * train.len().div_ceil(BATCH) as u64;
    let schedule = Cosine::new(lr, steps);
    let mut trainer = lab.trainer(lab.network(&SOFTMAX), contender.recipe(&schedule, BATCH));
    let mut trace = Vec::new();
    let mut look = |passes: f64, network: &mut Network| trace.push((passes, SOFTMAX.objective(network, train)));
    for epoch in 1..=BATCH_EPOCHS {
        trainer.epoch()?;
        look(epoch as f64, &mut trainer.network);
    }
    let batches = SOFTMAX.objective(&mut trainer.network, train);

    let mut trainer = lab.trainer(trainer.network, contender.recipe(whole, train.len()));
    let mut passes = BATCH_EPOCHS as usize;
    loop {
        let gradient_norm = SOFTMAX.gradient_norm(&mut trainer.network, train);
        if bound(gradient_norm) <= CERTIFIED || passes >= MOST_PASSES {
            let network = trainer.network;
            return Ok(Descent { contender, trace, batches, network, gradient_norm });
        }
        for _ in 0..1 + passes / 30 {
            trainer.step()?;
            passes += 1;
        }
        look(passes as f64, &mut trainer.network);
    }
}

/// How far above its minimum a function at most is whose curvature is λ at least. (The gradient is computed in f32, which
/// here leaves the bound one sure digit.)
fn bound(gradient_norm: f64) -> f64 {
    gradient_norm * gradient_norm / (2.0 * SOFTMAX.penalty)
}

impl Descent {
    fn end(&self) -> (f64, f64) {
        self.trace.last().copied().unwrap_or((0.0, f64::INFINITY))
    }

    fn bound(&self) -> f64 {
        bound(self.gradient_norm)
    }
}

/// How far apart two networks' parameters are, relative to the second.
fn distance(a: &Network, b: &Network) -> f64 {
    let values = |network: &Network| -> Vec<f32> {
        network.tensors().flat_map(|tensor| tensor.values.iter().copied()).collect()
    };
    let (a, b) = (values(a), values(b));
    let difference: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    gradstep::grads::norm([difference]) / gradstep::grads::norm([b])
}

fn picture(lab: &Lab, descents: &[Descent], minimum: f64) -> Result<(), Box<dyn Error>> {
    let curve = |descent: &Descent| Curve {
        stroke: descent.contender.stroke,
        points: descent.trace.iter().map(|&(passes, objective)| (passes, (objective - minimum) / minimum)).collect(),
        dots: false,
    };
    Picture {
        title: "One minimum for all",
        caption: "20 epochs of mini-batches, then the whole set at once, Adam from a high rate again.",
        legend: descents.iter().map(|descent| (descent.contender.name, descent.contender.stroke)).collect(),
        panels: vec![Panel {
            x: Axis { label: "passes over the training set", range: 1.0..1e4, log: true, ..Axis::default() },
            y: Axis { label: "above the minimum, relative", range: 1e-8..1.0, log: true, ..Axis::default() },
            curves: descents.iter().map(curve).collect(),
            ..Panel::default()
        }],
    }
    .save(&lab.out.join("minimum.svg"))
}
