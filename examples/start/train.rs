//! Trains on handwritten digits with SGD, momentum, Adam and AdamW: tables, pictures, and claims that it checks.
//!
//! `cargo run --release --example train`, with `-- --help` for the options.
//!
//! The program is the package `../train`, which this builds and starts. Were it the example itself, `cargo test` would
//! have to build what draws its pictures, too.

use std::{env, error::Error, process};

const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../train/Cargo.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let status = process::Command::new(env!("CARGO"))
        .args(["run", "--release", "--manifest-path", PACKAGE, "--"])
        .args(env::args_os().skip(1))
        .status()
        .map_err(|e| format!("cannot start {}: {e}", env!("CARGO")))?;
    process::exit(status.code().unwrap_or(1))
}
