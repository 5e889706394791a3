//! Measures gradstep, the limits, the plain loops and, with feature `crates`, the Rust peers, and writes a row for each
//! to standard output.

mod bench;
#[path = "../../data.rs"]
mod data;
#[allow(dead_code)] // Some are of report.
mod lengths;
#[path = "../../limits.rs"]
#[allow(dead_code)] // GROUP is of criterion's benchmarks.
mod limits;
#[cfg(feature = "crates")]
mod peers;

use std::hint::black_box;

use bench::{Bench, Series, series};
use data::{Data, NORMAL, Place, SLICES};
use gradstep::{Adam, AnyOptimizer, AnyStep, Isa, Momentum, Optimizer, Sgd, grads};
use gradstep_checks::Model;
use gradstep_models::{Visitor, each};
use lengths::{CACHED, KI, LENGTHS, MI, OPTIONS, SHORT, TENSORS, THREADS, USUAL};
use libloading::{Library, Symbol};

const LR: f64 = 1e-3;
/// A step late enough to need no care for the first ones.
const T: u64 = 1000;
const PLACES: [(&str, Place); 3] = [("line", Place::Line), ("vec", Place::Vec), ("apart", Place::Apart)];

type Experiment = fn(&mut Bench, &mut Data);

/// Each is measured on its own, so that `measure RUN NAME…` can repeat some.
const EXPERIMENTS: &[(&str, Experiment)] = &[
    ("plain", plain),
    ("isa", isas),
    ("short", short),
    ("options", options),
    ("subnormals", subnormals),
    ("grads", gradients),
    ("threads", threads),
    #[cfg(feature = "crates")]
    ("peers", peers),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, names @ ..] = &arguments[..] else { panic!("usage: measure RUN [EXPERIMENT…]") };
    // The peers' one thread.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let mut bench = Bench::new(run.clone());
    let mut data = Data::new(64 * MI);
    for (name, experiment) in EXPERIMENTS {
        if names.is_empty() || names.iter().any(|n| n == name) {
            experiment(&mut bench, &mut data);
        }
    }
}

fn usual() -> impl Iterator<Item = AnyOptimizer> {
    USUAL.into_iter().map(|name| AnyOptimizer::from_name(name).unwrap())
}

/// The backends of 256 bits and more.
fn wide() -> impl Iterator<Item = Isa> {
    Isa::available().filter(|isa| ["avx2", "avx512"].contains(&isa.name()))
}

fn step<'a>(name: impl Into<String>, step: AnyStep, states: usize, n: usize, place: Place) -> Series<'a> {
    series(name, move |data, times| {
        let [p, g, mut state @ ..] = data.slices(n, place);
        for _ in 0..times {
            black_box(&step).apply(p, g, &mut state[..states]).unwrap();
        }
    })
}

fn roof<'a>(name: impl Into<String>, isa: Isa, states: usize, n: usize, place: Place) -> Series<'a> {
    series(name, move |data, times| {
        let [p, g, m, v, ..] = data.slices(n, place);
        for _ in 0..times {
            limits::stream(isa, g, &mut [&mut *p, &mut *m, &mut *v][..=states]);
        }
    })
}

/// Every optimizer against the loop that anyone would write, built for several processors (`plain/`).
fn plain(bench: &mut Bench, data: &mut Data) {
    type Loop = fn(usize, usize, [&mut [f32]; SLICES]);
    struct Optimizers<'a> {
        bench: &'a mut Bench,
        data: &'a mut Data,
        loops: [(&'static str, Symbol<'a, Loop>); 3],
        number: usize,
    }

    impl Visitor for Optimizers<'_> {
        fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, name: &'static str) {
            let (number, loops) = (self.number, &self.loops);
            self.number += 1;
            let (_, optimizer) = M::cases().next().expect("a first case");
            let step = |name: &str, isa, n, place| {
                let step = optimizer.at(T).unwrap().on(isa);
                series(name, move |data, times| {
                    let [p, g, state @ ..] = data.slices(n, place);
                    let mut state = state.into_iter();
                    let mut state = [(); S].map(|()| state.next().unwrap());
                    for _ in 0..times {
                        black_box(&step).apply(p, g, state.each_mut().map(|s| &mut **s)).unwrap();
                    }
                })
            };

            // Nobody is compared with something else.
            let mut bits = [KI; 2].map(Data::new);
            step("", Isa::detect(), KI, Place::Apart).1(&mut bits[0], 1);
            loops[0].1(number, 1, bits[1].slices(KI, Place::Apart));
            let [ours, theirs] = bits.each_mut().map(|data| data.slices(KI, Place::Apart));
            assert!(ours == theirs, "{name}");

            // From memory, two show what the others do.
            let lengths = if ["sgd", "adam"].contains(&name) { &LENGTHS[..] } else { &CACHED };
            for (&n, (place_name, place)) in lengths.iter().flat_map(|n| PLACES[1..].iter().map(move |p| (n, *p))) {
                let mut all: Vec<Series> = wide().map(|isa| step(isa.name(), isa, n, place)).collect();
                all.extend(loops.iter().map(|(cpu, plain)| {
                    series(format!("loop {cpu}"), move |data, times| plain(number, times, data.slices(n, place)))
                }));
                self.data.fill(n, NORMAL);
                self.bench.compare(&format!("plain {place_name}"), name, n, self.data, all);
            }
        }
    }

    let libraries = ["x86-64", "x86-64-v3", "native"].map(|cpu| {
        let file = format!("{}/target/plain-{cpu}/release/libplain.so", env!("CARGO_MANIFEST_DIR"));
        // SAFETY: loading it runs no code.
        (cpu, unsafe { Library::new(file) }.expect("run.sh builds it"))
    });
    let loops = libraries.each_ref().map(|(cpu, library)| {
        // SAFETY: the function of plain/lib.rs, by its signature.
        (*cpu, unsafe { library.get(b"plain") }.unwrap())
    });
    each(&mut Optimizers { bench, data, loops, number: 0 });
}

/// The usual optimizers on every backend and at every place, against the limits.
fn isas(bench: &mut Bench, data: &mut Data) {
    let best = Isa::detect();
    for (optimizer, n) in usual().flat_map(|o| LENGTHS.map(|n| (o, n))) {
        let (any, states) = (optimizer.at(T).unwrap(), optimizer.state().len());
        let mut all = vec![];
        for (name, place) in PLACES {
            all.push(step(name, any, states, n, place));
            all.push(roof(format!("roof {name}"), best, states, n, place));
        }
        for isa in Isa::available() {
            if n <= CACHED[3] {
                all.push(step(isa.name(), any.on(isa), states, n, Place::Apart));
            }
            if optimizer.name() == "adam" && isa != Isa::Scalar {
                all.push(series(format!("floor {isa}"), move |_, times| {
                    (0..times).for_each(|_| limits::divide(isa, n))
                }));
            }
        }
        data.fill(n, NORMAL);
        bench.compare("isa", optimizer.name(), n, data, all);
    }
}

/// Calls so short that the call itself counts: each with the next of some tensors.
fn short(bench: &mut Bench, data: &mut Data) {
    fn calls<'a, O: Optimizer<S> + 'a, const S: usize>(name: &str, optimizer: O, n: usize) -> Series<'a> {
        let step = optimizer.at(T).unwrap();
        let pitch = n.next_multiple_of(16);
        series(name, move |data, times| {
            let [p, g, state @ ..] = data.slices(TENSORS * pitch, Place::Apart).map(|x| x.chunks_exact_mut(pitch));
            let mut states = state.map(|s| s.map(|s| &mut s[..n]));
            let mut tensors: Vec<_> = (p.zip(g))
                .map(|(p, g)| {
                    let mut state = states.iter_mut().map(|s| s.next().unwrap());
                    (&mut p[..n], &g[..n], [(); S].map(|()| state.next().unwrap()))
                })
                .collect();
            for _ in 0..times {
                for (p, g, state) in &mut tensors {
                    black_box(&step).apply(p, g, state.each_mut().map(|s| &mut **s)).unwrap();
                }
            }
        })
    }
    for n in SHORT {
        let fold = |_: &mut Data, times| {
            for t in 0..(times * TENSORS) as u64 {
                let _ = black_box(black_box(Adam::new(LR)).at(T + t));
            }
        };
        let all = vec![
            calls("sgd", Sgd::new(LR), n),
            calls("momentum", Momentum::new(LR, 0.9), n),
            calls("adam", Adam::new(LR), n),
            series("at", fold),
        ];
        data.fill(TENSORS * n.next_multiple_of(16), NORMAL);
        bench.compare("short", "", n, data, all);
    }
}

/// Scale, clamp, zeroing and flushing in the pass, against the plain step. The gradients are zero after the first step,
/// so the states must not decay: that would be another experiment.
fn options(bench: &mut Bench, data: &mut Data) {
    const KEEP: f64 = 1.0 - 1.0 / (1 << 24) as f64;
    let all: [AnyOptimizer; 3] =
        [Sgd::new(LR).into(), Momentum::new(LR, 1.0).into(), Adam::new(LR).betas(KEEP, KEEP).into()];
    for (optimizer, n) in all.into_iter().flat_map(|o| OPTIONS.map(|n| (o, n))) {
        let states = optimizer.state().len();
        let mut all = vec![];
        for isa in wide() {
            let plain = optimizer.at(T).unwrap().on(isa);
            let limited = plain.scale_grads(0.5).clamp_grads(1.0);
            all.push(step(format!("plain {isa}"), plain, states, n, Place::Apart));
            all.push(step(format!("flush {isa}"), plain.flush_subnormals(), states, n, Place::Apart));
            all.push(step(format!("scale, clamp {isa}"), limited, states, n, Place::Apart));
            all.push(series(format!("scale, clamp, zero {isa}"), move |data, times| {
                let [p, g, mut state @ ..] = data.slices(n, Place::Apart);
                for _ in 0..times {
                    black_box(&limited).apply_and_zero(p, g, &mut state[..states]).unwrap();
                }
            }));
        }
        data.fill(n, NORMAL);
        bench.compare("options", optimizer.name(), n, data, all);
    }
}

/// State that has decayed under zero gradients, with and without `flush_subnormals`.
fn subnormals(bench: &mut Bench, _: &mut Data) {
    let n = 4 * KI;
    for optimizer in usual().filter(|o| !o.state().is_empty()) {
        let all = wide().flat_map(|isa| {
            let plain = optimizer.at(T).unwrap().on(isa);
            let decayed = [1.0, 0.0, 1e-41];
            let cases = [
                ("normal", plain, NORMAL),
                ("decayed", plain, decayed),
                ("flushed", plain.flush_subnormals(), decayed),
            ];
            cases.map(|(name, any, values)| {
                let mut own = Data::new(n);
                own.fill(n, values);
                let (name, mut f) = step(format!("{name} {isa}"), any, optimizer.state().len(), n, Place::Apart);
                series(name, move |_, times| f(&mut own, times))
            })
        });
        bench.compare("subnormals", optimizer.name(), n, &mut Data::new(0), all.collect());
    }
}

/// The gradient tools against a plain read of the same bytes, or a read and a write.
fn gradients(bench: &mut Bench, data: &mut Data) {
    for n in LENGTHS {
        let mut all = vec![];
        for isa in wide() {
            let tools = grads::on(isa);
            all.push(sum_of_squares(format!("sum_of_squares {isa}"), n, move |x| tools.sum_of_squares([x])));
            all.push(series(format!("all_finite {isa}"), move |data, times| {
                let [x, ..] = data.slices(n, Place::Apart);
                (0..times).for_each(|_| _ = black_box(tools.all_finite([&*black_box(&mut *x)])));
            }));
            all.push(series(format!("accumulate {isa}"), move |data, times| {
                let [sum, g, ..] = data.slices(n, Place::Apart);
                (0..times).for_each(|_| tools.accumulate(sum, g).unwrap());
            }));
            all.push(series(format!("read {isa}"), move |data, times| {
                let [x, ..] = data.slices(n, Place::Apart);
                (0..times).for_each(|_| limits::read(isa, x));
            }));
            all.push(roof(format!("read and write {isa}"), isa, 0, n, Place::Apart));
        }
        data.fill(n, NORMAL);
        bench.compare("grads", "", n, data, all);
    }
}

/// Two threads against one, and the roof on both.
fn threads(bench: &mut Bench, data: &mut Data) {
    let isa = Isa::detect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for (optimizer, n) in usual().flat_map(|o| THREADS.map(|n| (o, n))) {
        let (any, states) = (optimizer.at(T).unwrap(), optimizer.state().len());
        data.fill(n, NORMAL);
        // All of it in the pool: to enter it takes longer than a short call.
        pool.install(|| {
            let two = series("two", |data, times| {
                let [p, g, mut state @ ..] = data.slices(n, Place::Apart);
                for _ in 0..times {
                    black_box(&any).par_apply(p, g, &mut state[..states]).unwrap();
                }
            });
            let roof_two = series("roof two", |data, times| {
                let [p, g, m, v, ..] = data.slices(n, Place::Apart).map(|x| x.split_at_mut(n / 2));
                let (mut front, mut back) = ([p.0, m.0, v.0], [p.1, m.1, v.1]);
                for _ in 0..times {
                    rayon::join(
                        || limits::stream(isa, g.0, &mut front[..=states]),
                        || limits::stream(isa, g.1, &mut back[..=states]),
                    );
                }
            });
            let one = step("one", any, states, n, Place::Apart);
            bench.compare("threads", optimizer.name(), n, data, vec![one, two, roof_two]);
        });
    }
    for n in THREADS {
        pool.install(|| {
            let one = sum_of_squares("one", n, |x| grads::sum_of_squares([x]));
            let two = sum_of_squares("two", n, |x| grads::par_sum_of_squares([x]));
            bench.compare("threads", "sum of squares", n, data, vec![one, two]);
        });
    }
}

fn sum_of_squares<'a>(name: impl Into<String>, n: usize, sum: impl Fn(&[f32]) -> f64 + 'a) -> Series<'a> {
    series(name, move |data, times| {
        let [x, ..] = data.slices(n, Place::Apart);
        (0..times).for_each(|_| _ = black_box(sum(black_box(&*x))));
    })
}

/// The other optimizers of the Rust world, each on one thread and with the memory that it asks for: where a large `Vec`
/// begins, and so gradstep's, too.
#[cfg(feature = "crates")]
fn peers(bench: &mut Bench, data: &mut Data) {
    for (optimizer, n) in usual().flat_map(|o| LENGTHS.map(|n| (o, n))) {
        let states = optimizer.state().len();
        let peers = peers::all(optimizer.name(), n);
        if !peers.is_empty() {
            let mut all = vec![
                step("gradstep", optimizer.at(T).unwrap(), states, n, Place::Vec),
                roof("roof", Isa::detect(), states, n, Place::Vec),
            ];
            all.extend(
                peers.into_iter().map(|(name, mut peer)| series(name, move |_, times| (0..times).for_each(|_| peer()))),
            );
            data.fill(n, NORMAL);
            bench.compare("peers", optimizer.name(), n, data, all);
        }
    }
}
