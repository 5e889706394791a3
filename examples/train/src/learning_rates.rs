//! Final objective against learning rate: how wide a range does each optimizer tolerate?

use crate::{
    claim::Claims,
    lineup::{Contender, GUESS, Lab, MODELS, Model, RELU},
    picture::{Axis, Bar, Curve, Panel, Picture},
    progress,
};
use gradstep::schedule::Constant;
use rayon::prelude::*;
use std::{
    error::Error,
    ops::{Range, RangeInclusive},
};

const BATCH: usize = 64;
const DECADES: RangeInclusive<i32> = -5..=2;
/// Learning rates tried in each decade.
const PER_DECADE: i32 = 4;

/// All runs on one model.
pub struct Sweep {
    pub model: &'static Model,
    pub runs: Vec<Run>,
}

/// One contender's final objective at each learning rate.
pub struct Run {
    pub contender: Contender,
    ends: Vec<(f64, f64)>,
}

pub fn run(lab: &Lab, claims: &mut Claims) -> Result<Vec<Sweep>, Box<dyn Error>> {
    let rates: Vec<f64> = (DECADES.start() * PER_DECADE..=DECADES.end() * PER_DECADE).map(rate).collect();
    let bar = progress::bar("learning rates", MODELS.len() * 4 * rates.len());
    let sweeps: Result<Vec<_>, gradstep::Error> = MODELS
        .par_iter()
        .map(|&model| {
            let runs = model.contenders().into_par_iter().map(|contender| {
                let ends = rates.par_iter().map(|&lr| {
                    let end = end(lab, model, &contender, lr)?;
                    bar.inc(1);
                    Ok((lr, end))
                });
                Ok(Run { ends: ends.collect::<Result<_, _>>()?, contender })
            });
            Ok(Sweep { model, runs: runs.collect::<Result<_, _>>()? })
        })
        .collect();
    let sweeps = sweeps?;
    bar.finish_and_clear();

    println!("Learning rates ({} epochs, batches of {BATCH}, the rate constant)", lab.epochs);
    println!("                                best rate   objective   tolerated");
    for sweep in &sweeps {
        for run in &sweep.runs {
            let (lr, objective) = run.best();
            let tolerated = run.tolerated(sweep.level());
            println!(
                "  {:18}  {:9} {lr:10.1e} {objective:11.4}   {:.0e} … {:.0e}, × {:.0}",
                sweep.model.name,
                run.contender.name,
                tolerated.start,
                tolerated.end,
                tolerated.end / tolerated.start
            );
        }
        let [sgd, _, adam, _] = &sweep.runs[..] else { continue };
        if sweep.model.name == RELU.name {
            let [sgd, adam] = [sgd, adam].map(|run| run.tolerated(sweep.level())).map(|range| range.end / range.start);
            let text = format!(
                "Adam tolerates a far wider range of learning rates on the ReLU network: × {adam:.0}, SGD × {sgd:.0}"
            );
            claims.check(adam >= 4.0 * sgd, text);
        }
    }
    picture(lab, &sweeps)?;
    Ok(sweeps)
}

/// The `i`-th learning rate.
fn rate(i: i32) -> f64 {
    10f64.powf(f64::from(i) / f64::from(PER_DECADE))
}

/// The objective after training at a constant rate with nothing to help it; ∞ if it diverges.
fn end(lab: &Lab, model: &Model, contender: &Contender, lr: f64) -> Result<f64, gradstep::Error> {
    let schedule = Constant::new(lr);
    let mut trainer = lab.trainer(lab.network(model), contender.recipe(&schedule, BATCH));
    for _ in 0..lab.epochs {
        match trainer.epoch() {
            Err(gradstep::Error::GradientsNotFinite) => return Ok(f64::INFINITY),
            other => other?,
        }
    }
    Ok(model.objective(&mut trainer.network, &lab.digits.train))
}

impl Sweep {
    /// Nine tenths of the way from a guess to the best end of all.
    fn level(&self) -> f64 {
        let best = self.runs.iter().map(|run| run.best().1).fold(f64::INFINITY, f64::min);
        best + 0.1 * (GUESS - best)
    }
}

impl Run {
    /// The best learning rate, and where it ends.
    pub fn best(&self) -> (f64, f64) {
        self.ends.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((f64::NAN, f64::NAN))
    }

    /// The longest run of neighbouring learning rates that end at `level` or below, each with the part of a decade
    /// around it that it stands for.
    fn tolerated(&self, level: f64) -> Range<f64> {
        let runs = self.ends.split(|&(_, end)| end > level || end.is_nan());
        let half = rate(1).sqrt();
        match runs.max_by_key(|run| run.len()) {
            Some([(lr, _)]) => lr / half..lr * half,
            Some([(first, _), .., (last, _)]) => first / half..last * half,
            _ => 1.0..1.0,
        }
    }
}

fn picture(lab: &Lab, sweeps: &[Sweep]) -> Result<(), Box<dyn Error>> {
    let panel = |sweep: &Sweep, y| {
        let curve = |run: &Run| Curve { stroke: run.contender.stroke, points: run.ends.clone(), dots: true };
        let bar = |run: &Run| {
            let range = run.tolerated(sweep.level());
            let text = format!("{} × {:.0}", run.contender.name, range.end / range.start);
            Bar { color: run.contender.stroke.color, range, text }
        };
        Panel {
            title: sweep.model.name,
            x: Axis { label: "learning rate", range: 1e-5..1e2, log: true, ..Axis::default() },
            y: Axis { label: "final objective (nats)", range: y, log: true, ..Axis::default() },
            curves: sweep.runs.iter().map(curve).collect(),
            level: Some((sweep.level(), "nine tenths of the way")),
            bars: sweep.runs.iter().map(bar).collect(),
        }
    };
    Picture {
        title: "Final loss against learning rate",
        caption: "At a constant rate. Bars: the rates that come nine tenths of the way from a guess to the best, and highest ÷ lowest.",
        legend: RELU.contenders().map(|contender| (contender.name, contender.stroke)).to_vec(),
        panels: sweeps.iter().zip([0.1..10.0, 1e-3..10.0]).map(|(sweep, y)| panel(sweep, y)).collect(),
    }
    .save(&lab.out.join("learning-rates.svg"))
}
