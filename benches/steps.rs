//! Every optimizer on every backend at every length, beside the roof of that backend.

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use gradstep::{AnyOptimizer, AnyStep, Isa};

use crate::data::{Data, NORMAL, Place};
#[cfg(target_arch = "x86_64")]
use crate::limits;

const LENGTHS: [usize; 16] =
    [1, 4, 10, 15, 16, 32, 63, 64, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 26];
/// A step late enough for every average to have settled.
const T: u64 = 1000;

/// One read of the gradients, a read and a write of everything else.
fn throughput(n: usize, states: usize) -> Throughput {
    let bytes = n * size_of::<f32>() * (1 + 2 * (1 + states));
    Throughput::ElementsAndBytes { elements: n as u64, bytes: bytes as u64 }
}

fn apply(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    step: AnyStep,
    states: usize,
    data: &mut Data,
    n: usize,
    place: Place,
) {
    let [p, g, mut state @ ..] = data.slices(n, place);
    group.bench_function(name, |b| b.iter(|| black_box(&step).apply(p, g, &mut state[..states]).unwrap()));
}

pub fn every_optimizer(c: &mut Criterion) {
    let mut data = Data::new(LENGTHS[LENGTHS.len() - 1]);
    for optimizer in AnyOptimizer::ALL {
        let states = optimizer.state().len();
        let step = optimizer.at(T).unwrap();
        for n in LENGTHS {
            data.fill(n, NORMAL);
            let mut group = c.benchmark_group(format!("{}/{n}", optimizer.name()));
            group.throughput(throughput(n, states));
            for isa in Isa::available() {
                apply(&mut group, isa.name(), step.on(isa), states, &mut data, n, Place::Apart);
                #[cfg(target_arch = "x86_64")]
                if isa != Isa::Scalar && n % limits::GROUP == 0 {
                    let [p, g, state @ ..] = data.slices(n, Place::Apart);
                    let mut streams: Vec<&mut [f32]> = [p].into_iter().chain(state).take(1 + states).collect();
                    group.bench_function(format!("roof {isa}"), |b| {
                        b.iter(|| limits::stream(isa, g, &mut streams));
                    });
                }
            }
            apply(&mut group, "where large Vecs begin", step, states, &mut data, n, Place::Vec);
            let [p, g, mut state @ ..] = data.slices(n, Place::Apart);
            group.bench_function("par_apply", |b| b.iter(|| step.par_apply(p, g, &mut state[..states]).unwrap()));
        }
    }
}

/// Scale, clamp and zeroing in the same pass. The gradients are zero after the first step: averages that forget nothing
/// keep the state from decaying, which the next benchmark is about.
pub fn options(c: &mut Criterion) {
    const KEEP: f64 = 1.0 - 1.0 / (1 << 24) as f64;
    let mut data = Data::new(1 << 22);
    for &optimizer in AnyOptimizer::ALL {
        let averages = ["beta1", "beta2", "momentum", "alpha", "rho"];
        let optimizer = averages.iter().fold(optimizer, |kept, name| kept.with(name, KEEP).unwrap_or(kept));
        let states = optimizer.state().len();
        let step = optimizer.at(T).unwrap();
        for n in [1 << 10, 1 << 14, 1 << 18, 1 << 22] {
            data.fill(n, NORMAL);
            let mut group = c.benchmark_group(format!("options/{}/{n}", optimizer.name()));
            group.throughput(throughput(n, states));
            apply(&mut group, "plain", step, states, &mut data, n, Place::Apart);
            let step = step.scale_grads(0.5).clamp_grads(1.0);
            apply(&mut group, "scale, clamp", step, states, &mut data, n, Place::Apart);
            let [p, g, mut state @ ..] = data.slices(n, Place::Apart);
            group.bench_function("scale, clamp, zero", |b| {
                b.iter(|| black_box(&step).apply_and_zero(p, g, &mut state[..states]).unwrap());
            });
        }
    }
}

/// State that has decayed under zero gradients.
pub fn subnormals(c: &mut Criterion) {
    let n = 1 << 12;
    let mut data = Data::new(n);
    for optimizer in AnyOptimizer::ALL.iter().filter(|optimizer| !optimizer.state().is_empty()) {
        let states = optimizer.state().len();
        let step = optimizer.at(T).unwrap();
        for isa in Isa::available() {
            let mut group = c.benchmark_group(format!("subnormals/{}/{isa}", optimizer.name()));
            group.throughput(throughput(n, states));
            for (name, step, values) in [
                ("normal", step, NORMAL),
                ("decayed", step, [1.0, 0.0, 1e-41]),
                ("flushed", step.flush_subnormals(), [1.0, 0.0, 1e-41]),
            ] {
                data.fill(n, values);
                apply(&mut group, name, step.on(isa), states, &mut data, n, Place::Apart);
            }
        }
    }
}
