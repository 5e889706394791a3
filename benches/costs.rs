//! What each optimizer costs in the cache, for docs/optimizers.md: `cargo bench --bench costs`.
//!
//! Cycles are those of a chain of dependent additions, timed in turn with the steps. The lowest of many short turns counts:
//! a busy machine only makes turns longer.

#[allow(dead_code)] // main.rs measures at other offsets, too.
mod data;

use std::hint::black_box;
use std::time::Instant;

use data::{Data, NORMAL, Place};
use gradstep::{AnyOptimizer, Isa};

/// In the second cache with three slices of state.
const LENGTH: usize = 1 << 12;
const STEPS: u32 = 8;
const TURNS: u32 = 400;
/// Late enough for every average to have settled.
const T: u64 = 1000;

/// Seconds.
fn time(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Seconds that so many cycles take.
fn chain(cycles: u64) -> f64 {
    time(|| {
        let mut x = 1_u64;
        for _ in 0..cycles / 8 {
            for _ in 0..8 {
                x = black_box(x.wrapping_add(1));
            }
        }
        black_box(x);
    })
}

fn main() {
    // No argument parsing: `cargo bench` passes criterion's.
    let mut data = Data::new(LENGTH);
    let isas: Vec<Isa> = Isa::available().rev().collect();
    println!("| cycles for 16 elements | {} |", isas.iter().map(Isa::to_string).collect::<Vec<_>>().join(" | "));
    println!("| --- |{}", " --: |".repeat(isas.len()));
    for optimizer in AnyOptimizer::ALL {
        let states = optimizer.state().len();
        let cells = isas.iter().map(|&isa| {
            let step = optimizer.at(T).unwrap().on(isa);
            data.fill(LENGTH, NORMAL);
            let mut best = f64::INFINITY;
            let mut cycle = f64::INFINITY;
            for _ in 0..TURNS {
                let [p, g, mut state @ ..] = data.slices(LENGTH, Place::Apart);
                best = best.min(time(|| {
                    for _ in 0..STEPS {
                        black_box(&step).apply(p, g, &mut state[..states]).unwrap();
                    }
                }));
                cycle = cycle.min(chain(8000) / 8000.0);
            }
            format!("{:.1}", best / cycle / f64::from(STEPS) / (LENGTH / 16) as f64)
        });
        println!("| `{optimizer}` | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}
