#!/bin/sh
# Measures everything and writes docs/benchmarks.md with its pictures. See there for the Python environment.
set -e
cd "$(dirname "$0")"
mkdir -p target/rows
rm -f target/rows/*.csv
for build in 1 2 3; do
    # The same machine code, with the functions in another order (by rust-lld, the default linker since Rust 1.90).
    cargo rustc --release --bin measure -- "-Clink-arg=-Wl,--shuffle-sections=.text*=$build"
    target/release/measure "$build" > target/rows/rust-$build.csv
done
if [ -x target/venv/bin/python ]; then
    cargo build --release --lib
    target/venv/bin/python pytorch.py 1 target/release/libpeers.so target/rows/python.csv
fi
cargo run --release --bin report -- ../../docs target/rows/*.csv
