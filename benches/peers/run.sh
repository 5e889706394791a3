#!/bin/sh
# Measures everything and writes docs/benchmarks.md with its pictures. See there for the Python environment.
set -e
cd "$(dirname "$0")"
mkdir -p target/rows
rm -f target/rows/*.csv
for build in 1 2 3; do
    # The same machine code, with the functions in another order (by rust-lld, the default linker since Rust 1.90).
    order="-Clink-arg=-Wl,--shuffle-sections=.text*=$build"
    cargo rustc --release --bin measure -- "$order"
    target/release/measure "$build" > "target/rows/rust-$build.csv"
    if [ -x target/venv/bin/python ]; then
        cargo rustc --release --lib -- "$order"
        target/venv/bin/python pytorch.py "$build" target/release/libpeers.so "target/rows/python-$build.csv"
    else
        echo "No Python environment: PyTorch and DeepSpeed are not measured." >&2
    fi
done
cargo run --release --bin report -- ../../docs target/rows/*.csv
