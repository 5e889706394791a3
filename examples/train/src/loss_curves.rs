//! Loss against epochs, each optimizer at its best learning rate with all that a training loop has: warm-up and decay of
//! the rate, clipping, parameter groups. One run after the other, so that the times are true.

use crate::{
    claim::Claims,
    learning_rates::Sweep,
    lineup::{Contender, GUESS, Lab, Model, RELU},
    network::Score,
    picture::{Axis, Curve, Panel, Picture},
    progress,
    training::Clock,
};
use gradstep::schedule::{Cosine, Warmup};
use std::{error::Error, fmt};

const BATCH: usize = 64;
const MAX_NORM: f64 = 1.0;

pub struct Table(Vec<Row>);

struct Row {
    model: &'static Model,
    contender: Contender,
    lr: f64,
    /// The objective before the first epoch and after each.
    curve: Vec<(f64, f64)>,
    test: Score,
    clock: Clock,
}

pub fn run(lab: &Lab, sweeps: &[Sweep], claims: &mut Claims) -> Result<Table, Box<dyn Error>> {
    let runs = sweeps.iter().flat_map(|sweep| sweep.runs.iter().map(|run| (sweep.model, run)));
    let bar = progress::bar("loss curves", runs.clone().count());
    let rows = runs.map(|(model, run)| {
        let row = row(lab, model, run.contender, run.best().0);
        bar.inc(1);
        row
    });
    let table = Table(rows.collect::<Result<_, _>>()?);
    bar.finish_and_clear();
    for rows in table.models() {
        let accuracies = rows.iter().map(|row| 100.0 * row.test.accuracy);
        let (least, most) = (accuracies.clone().fold(100.0, f64::min), accuracies.fold(0.0, f64::max));
        let name = rows[0].model.name;
        let text =
            format!("every optimizer trains the {name} to read 93 % of the test images: {least:.1} to {most:.1} %");
        claims.check(least >= 93.0, text);
    }
    table.picture(lab)?;
    Ok(table)
}

fn row(lab: &Lab, model: &'static Model, contender: Contender, lr: f64) -> Result<Row, gradstep::Error> {
    let steps = (lab.epochs * lab.digits.train.len().div_ceil(BATCH)) as u64;
    let warmup = steps / 20;
    let schedule = Warmup::new(warmup, Cosine::new(lr, (steps - warmup).max(1)));
    let mut recipe = contender.recipe(&schedule, BATCH);
    recipe.max_norm = MAX_NORM;
    let mut trainer = lab.trainer(lab.network(model), recipe);
    let mut curve = vec![(0.0, model.objective(&mut trainer.network, &lab.digits.train))];
    for epoch in 1..=lab.epochs {
        trainer.epoch()?;
        curve.push((epoch as f64, model.objective(&mut trainer.network, &lab.digits.train)));
    }
    let test = trainer.network.score(&lab.digits.test);
    Ok(Row { model, contender, lr, curve, test, clock: trainer.clock })
}

impl Table {
    /// The rows of each model; never an empty slice.
    fn models(&self) -> impl Iterator<Item = &[Row]> {
        self.0.chunk_by(|a, b| a.model.name == b.model.name)
    }

    fn picture(&self, lab: &Lab) -> Result<(), Box<dyn Error>> {
        let panel = |rows: &[Row]| Panel {
            title: rows[0].model.name,
            x: Axis { label: "epochs", range: 0.0..lab.epochs as f64, ..Axis::default() },
            y: Axis { label: "objective (nats)", range: lowest(rows)..GUESS * 1.1, log: true, ..Axis::default() },
            curves: rows
                .iter()
                .map(|row| Curve { stroke: row.contender.stroke, points: row.curve.clone(), dots: true })
                .collect(),
            ..Panel::default()
        };
        Picture {
            title: "Loss curves",
            caption: "Each optimizer at its best learning rate, with warm-up, cosine decay and clipping by the global norm.",
            legend: RELU.contenders().map(|contender| (contender.name, contender.stroke)).to_vec(),
            panels: self.models().map(panel).collect(),
        }
        .save(&lab.out.join("loss-curves.svg"))
    }
}

/// The largest of 1, 2, 5 × 10ⁿ below all curves.
fn lowest(rows: &[Row]) -> f64 {
    let lowest = rows.iter().flat_map(|row| &row.curve).map(|&(_, objective)| objective).fold(GUESS, f64::min);
    let decade = 10f64.powf(lowest.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|n| n * decade).find(|&bound| bound <= lowest).unwrap_or(decade)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "                                   rate    objective   test accuracy   µs a step   in the optimizer"
        )?;
        for Row { model, contender, lr, curve, test, clock } in &self.0 {
            let (step, optimizer) = clock.step();
            writeln!(
                f,
                "  {:18}  {:9} {lr:9.1e} {:12.4} {:13.1} % {step:11.1} {:16.1} %",
                model.name,
                contender.name,
                curve.last().map_or(f64::NAN, |&(_, objective)| objective),
                100.0 * test.accuracy,
                100.0 * optimizer / step,
            )?;
        }
        Ok(())
    }
}
