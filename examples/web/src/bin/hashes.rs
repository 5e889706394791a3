//! Prints `hashes.json`: the hash that the parameters have at the end of each training that the page offers.

use gradstep::AnyOptimizer;
use web::{MODELS, STEPS, Training};

fn main() -> Result<(), gradstep::Error> {
    let mut entries = Vec::new();
    for model in MODELS {
        for optimizer in AnyOptimizer::ALL {
            for lr in [0.001, 0.003, 0.01, 0.03, 0.1, 0.3] {
                let mut training = Training::new(model, optimizer.with_lr(lr)).expect("one of MODELS");
                for _ in 0..STEPS {
                    training.step()?;
                }
                entries.push(format!("  \"{model} {} {lr}\": \"{:016x}\"", optimizer.name(), training.hash()));
            }
        }
    }
    println!("{{\n{}\n}}", entries.join(",\n"));
    Ok(())
}
