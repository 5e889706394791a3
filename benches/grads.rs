//! The gradient tools on every backend, beside a plain read of the same bytes.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use gradstep::{Isa, grads};

use crate::data::{Data, Place};
#[cfg(target_arch = "x86_64")]
use crate::limits;

const LENGTHS: [usize; 6] = [64, 1 << 10, 1 << 14, 1 << 18, 1 << 22, 1 << 26];

pub fn tools(c: &mut Criterion) {
    let mut data = Data::new(LENGTHS[LENGTHS.len() - 1]);
    for n in LENGTHS {
        let [x, g, ..] = data.slices(n, Place::Line);
        let bytes = |streams: usize| {
            let bytes = (n * size_of::<f32>() * streams) as u64;
            Throughput::ElementsAndBytes { elements: n as u64, bytes }
        };
        for isa in Isa::available() {
            let tools = grads::on(isa);
            let mut group = c.benchmark_group(format!("{n}/{isa}"));
            group.throughput(bytes(1));
            #[cfg(target_arch = "x86_64")]
            if isa != Isa::Scalar {
                group.bench_function("a plain read", |b| b.iter(|| limits::read(isa, black_box(x))));
            }
            group.bench_function("sum_of_squares", |b| b.iter(|| tools.sum_of_squares([&*black_box(&mut *x)])));
            group.bench_function("all_finite", |b| b.iter(|| tools.all_finite([&*black_box(&mut *x)])));
            group.throughput(bytes(2));
            group.bench_function("scale", |b| b.iter(|| tools.scale(x, black_box(1.0)).unwrap()));
            group.bench_function("clamp", |b| b.iter(|| tools.clamp(x, black_box(1.0)).unwrap()));
            group.throughput(bytes(3));
            #[cfg(target_arch = "x86_64")]
            if isa != Isa::Scalar {
                group.bench_function("two reads and a write", |b| b.iter(|| limits::stream(isa, g, &mut [&mut *x])));
            }
            group.bench_function("accumulate", |b| b.iter(|| tools.accumulate(x, g).unwrap()));
        }
    }
}
