//! Trains on handwritten digits with SGD, momentum, Adam and AdamW, and shows what the textbooks say of them: in
//! pictures, in tables, and in claims that it checks.
//!
//! `cargo run --release --example train`, with `-- --help` for the options.
//!
//! `training.rs` is the loop, and the place to see gradstep used; `digits.rs` is the data, `network.rs` the models;
//! `lineup.rs` says who trains what. Then one experiment a file.

mod batches;
mod claim;
mod digits;
mod learning_rates;
mod lineup;
mod loss_curves;
mod minimum;
mod momentum;
mod network;
mod picture;
mod progress;
mod training;

use clap::{Parser, builder::PossibleValuesParser, builder::TypedValueParser};
use gradstep::Isa;
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

/// What the claims are about.
const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.bin");
const EPOCHS: u16 = 20;

/// Trains on handwritten digits with SGD, momentum, Adam and AdamW, and fails if a claim is not met (with other digits or
/// epochs than the claims are about, it says so, but does not fail).
#[derive(Parser)]
struct Options {
    /// The digits, in the format of examples/data/README.md
    #[arg(long, value_name = "FILE", default_value = DIGITS)]
    data: PathBuf,
    /// Where the pictures go
    #[arg(long, value_name = "DIR", default_value = "target/train")]
    out: PathBuf,
    /// Epochs of a run in the experiments with learning rates and loss curves
    #[arg(long, value_name = "N", default_value_t = EPOCHS, value_parser = clap::value_parser!(u16).range(1..=1000))]
    epochs: u16,
    /// Other first parameters, other batches
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The instruction set of the optimizers; the results are the same
    #[arg(long, default_value_t = Isa::detect(), value_parser = isas())]
    isa: Isa,
}

fn isas() -> impl TypedValueParser<Value = Isa> {
    let names = PossibleValuesParser::new(Isa::available().map(Isa::name));
    names.map(|name| Isa::from_name(&name).unwrap_or(Isa::Scalar))
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all claims hold that should.
fn run(options: Options) -> Result<bool, Box<dyn Error>> {
    let Options { data, out, epochs, seed, isa } = options;
    let digits = digits::Digits::read(&data)?;
    let as_claimed = data == Path::new(DIGITS) && epochs == EPOCHS;
    fs::create_dir_all(&out).map_err(|e| format!("cannot make the folder {}: {e}", out.display()))?;
    let start = Instant::now();
    println!("{} digits to learn from, {} to test with; gradstep on {isa}\n", digits.train.len(), digits.test.len());

    let lab = lineup::Lab { digits, isa, seed, epochs: epochs.into(), out };
    let mut claims = claim::Claims::default();
    let sweeps = learning_rates::run(&lab, &mut claims)?;
    let table = loss_curves::run(&lab, &sweeps, &mut claims)?;
    let minimum = minimum::run(&lab, &mut claims)?;
    momentum::run(&lab, minimum, &mut claims)?;
    batches::run(&lab, minimum, &mut claims)?;
    println!(
        "\nEach optimizer at its best rate (warm-up, cosine decay, clipping)\n{table}\n{claims}\nPictures in {}, after {:.0} s",
        lab.out.display(),
        start.elapsed().as_secs_f64()
    );
    Ok(claims.all_hold() || !as_claimed)
}
