//! Optimizers and schedules from a configuration file: three groups of parameters, each with its own, by name.
//!
//! `cargo run --release -p config` trains a small network with `model.toml`, and then shows what mistakes in the file are
//! answered with.

use std::collections::BTreeMap;
use std::error::Error;

use gradstep::AnyOptimizer;
use gradstep::schedule::{AnySchedule, Schedule, Warmup};
use serde::Deserialize;

const FILE: &str = include_str!("../model.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    steps: u64,
    groups: BTreeMap<String, Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    optimizer: AnyOptimizer,
    /// Without one, the learning rate stays.
    schedule: Option<Warmup<AnySchedule>>,
}

impl Config {
    /// Reads what is there, and looks at every range before the first step.
    fn read(text: &str) -> Result<Self, Box<dyn Error>> {
        let config: Self = toml::from_str(text)?;
        for (name, group) in &config.groups {
            group.optimizer.validate().map_err(|error| format!("group {name}: {error}"))?;
            if let Some(schedule) = group.schedule {
                schedule.at(1).map_err(|error| format!("the schedule of group {name}: {error}"))?;
            }
        }
        Ok(config)
    }
}

/// A slice of parameters, its gradient, its state in one buffer, and how it is trained.
struct Parameters<'c> {
    group: &'c Group,
    values: Vec<f32>,
    grads: Vec<f32>,
    state: Vec<f32>,
}

impl<'c> Parameters<'c> {
    fn new(config: &'c Config, name: &str, values: Vec<f32>) -> Result<Self, String> {
        let group = config.groups.get(name).ok_or_else(|| format!("there is no group {name}"))?;
        let grads = vec![0.0; values.len()];
        let state = vec![0.0; group.optimizer.state().len() * values.len()];
        Ok(Self { group, values, grads, state })
    }

    fn step(&mut self, t: u64) -> Result<(), gradstep::Error> {
        let mut optimizer = self.group.optimizer;
        if let Some(schedule) = self.group.schedule {
            optimizer = optimizer.with_lr(schedule.at(t)?);
        }
        let mut state = optimizer.split_state(&mut self.state, self.values.len())?;
        optimizer.at(t)?.apply_and_zero(&mut self.values, &mut self.grads, &mut state)
    }
}

/// Fits sin(3x) on [−1, 1] with a hidden layer of tanh: the mean squared error at the end.
fn train(config: &Config) -> Result<f32, Box<dyn Error>> {
    const HIDDEN: usize = 24;
    const BATCH: usize = 32;
    let mut rng = fastrand::Rng::with_seed(1);
    let mut random = |n| (0..n).map(|_| rng.f32() * 4.0 - 2.0).collect();
    let mut weights = Parameters::new(config, "weights", random(HIDDEN))?;
    let mut biases = Parameters::new(config, "biases", random(HIDDEN))?;
    let mut output = Parameters::new(config, "output", vec![0.0; HIDDEN])?;
    let mut loss = 0.0;
    for t in 1..=config.steps {
        loss = 0.0;
        for _ in 0..BATCH {
            let x = rng.f32() * 2.0 - 1.0;
            let hidden: Vec<f32> = (0..HIDDEN).map(|i| (weights.values[i] * x + biases.values[i]).tanh()).collect();
            let y: f32 = hidden.iter().zip(&output.values).map(|(h, o)| h * o).sum();
            let error = y - (3.0 * x).sin();
            loss += error * error / BATCH as f32;
            for (i, h) in hidden.iter().enumerate() {
                let slope = 2.0 * error / BATCH as f32;
                output.grads[i] += slope * h;
                let back = slope * output.values[i] * (1.0 - h * h);
                weights.grads[i] += back * x;
                biases.grads[i] += back;
            }
        }
        for group in [&mut weights, &mut biases, &mut output] {
            group.step(t)?;
        }
        if t == 1 || t % (config.steps / 4).max(1) == 0 {
            println!("step {t:5}: mean squared error {loss:.1e}");
        }
    }
    Ok(loss)
}

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::read(FILE)?;
    for (name, Group { optimizer, schedule }) in &config.groups {
        let fields = optimizer.hyperparameters().iter().filter_map(|field| Some((field, optimizer.get(field)?)));
        let fields: Vec<String> = fields.map(|(field, value)| format!("{field} {value:?}")).collect();
        let schedule = schedule
            .map_or("constant".into(), |warmup| format!("{} warm-up steps, then {}", warmup.steps, warmup.then));
        println!("{name}: {optimizer} ({}); rate: {schedule}", fields.join(", "));
    }
    let loss = train(&config)?;
    assert!(loss < 0.05, "the loss is {loss}");

    println!("\nWhat mistakes in the file are answered with:");
    for (right, wrong) in [
        ("adamw", "adamv"),
        ("beta2 = 0.99", "beta3 = 0.99"),
        ("beta2 = 0.99", "momentum = 0.99"),
        ("beta2 = 0.99", "beta2 = 1"),
        ("nesterov = true", "nesterov = 1"),
        ("momentum = 0.9,", "momentum = 0,"),
        ("lr = 0.02, weight_decay", "weight_decay"),
        ("{ name = \"cosine\", lr = 0.02, steps", "{ name = \"cosine\", lr = 0.02, stops"),
        ("steps = 1950", "steps = 0"),
    ] {
        let text = FILE.replacen(right, wrong, 1);
        let error = match Config::read(&text) {
            Ok(_) => return Err(format!("`{wrong}` in the place of `{right}` is read").into()),
            Err(error) => error.to_string(),
        };
        println!("\n{right}  →  {wrong}\n{}", error.trim_end());
    }
    Ok(())
}
