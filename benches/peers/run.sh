#!/bin/sh
# `run.sh` measures gradstep, its limits and plain loops in one process, and prints the tables. `run.sh PROCESSOR`
# measures everything, in five processes that each have the functions in another order, and writes the tables and
# pictures of docs/benchmarks/PROCESSOR.md. docs/benchmarks.md says how to set up PyTorch.
set -e
cd "$(dirname "$0")"
rm -rf target/rows
mkdir -p target/rows
for cpu in x86-64 x86-64-v3 native; do
    RUSTFLAGS="-Ctarget-cpu=$cpu" cargo build -q --release -p plain --target-dir "target/plain-$cpu"
done
if [ -z "$1" ]; then
    cargo run -q --release --bin measure 1 > target/rows/1.csv
    exec cargo run -q --release --bin report target/rows/1.csv
fi
for run in 1 2 3 4 5; do
    # By rust-lld, the default linker since Rust 1.90.
    order="-Clink-arg=-Wl,--shuffle-sections=.text*=$run"
    cargo rustc -q --release --features crates --bin measure -- "$order"
    cargo rustc -q --release --features crates --lib -- "$order"
    cp target/release/measure "target/measure-$run"
    cp target/release/libpeers.so "target/libpeers-$run.so"
done
for run in 1 2 3 4 5; do
    "target/measure-$run" $run > target/rows/$run.csv
    if [ -x target/venv/bin/python ]; then
        target/venv/bin/python pytorch.py $run "target/libpeers-$run.so" target/rows/python-$run.csv
    else
        echo "No Python environment: PyTorch and DeepSpeed are not measured." >&2
    fi
done
cargo run -q --release --features crates --bin report "$1" target/rows/*.csv
