//! Measures gradstep, the limits and the Rust peers, and writes one row a turn to standard output.

mod bench;
#[path = "../../data.rs"]
mod data;
mod lengths;
#[path = "../../limits.rs"]
mod limits;
mod peers;

use std::hint::black_box;

use bench::{Bench, Series};
use data::{Data, NORMAL, VEC};
use gradstep::{Adam, AnyOptimizer, AnyStep, Isa, Momentum, Optimizer, Sgd, grads};
use lengths::{KI, LENGTHS, MI, THREADS};

const LR: f64 = 1e-3;
const GRADIENT: f32 = NORMAL[1];
/// A step late enough to need no care for the first ones.
const T: u64 = 1000;

type Output = Bench<std::io::Stdout>;

type Experiment = fn(&mut Output, &mut Data);

/// Each is measured on its own, so that `measure RUN NAME…` can repeat some.
const EXPERIMENTS: [(&str, Experiment); 7] = [
    ("isa", isas),
    ("short", short),
    ("options", options),
    ("subnormals", subnormals),
    ("grads", gradients),
    ("threads", threads),
    ("peers", peers),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, names @ ..] = &arguments[..] else { panic!("usage: measure RUN [EXPERIMENT…]") };
    // The peers' one thread.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let mut bench = Bench::new(run.clone(), std::io::stdout());
    let mut data = Data::new(64 * MI);
    for (name, experiment) in EXPERIMENTS {
        if names.is_empty() || names.iter().any(|n| n == name) {
            experiment(&mut bench, &mut data);
        }
    }
}

fn series<'a>(f: impl FnMut(&mut Data, usize) + 'a) -> Series<'a> {
    Box::new(f)
}

fn step<'a>(step: AnyStep, n: usize, offset: usize, states: usize) -> Series<'a> {
    Box::new(move |data, times| {
        let [p, g, mut state @ ..] = data.slices(n, offset);
        for _ in 0..times {
            black_box(&step).apply(p, g, &mut state[..states]).unwrap();
        }
    })
}

fn roof<'a>(isa: Isa, n: usize, states: usize) -> Series<'a> {
    Box::new(move |data, times| {
        let [p, g, m, v, w, ..] = data.slices(n, 0);
        for _ in 0..times {
            limits::stream(isa, g, &mut [&mut *p, &mut *m, &mut *v, &mut *w][..=states]);
        }
    })
}

/// Every optimizer on every backend, against the limits of that backend.
fn isas(bench: &mut Output, data: &mut Data) {
    for optimizer in AnyOptimizer::ALL {
        let states = optimizer.state().len();
        let any = optimizer.at(T).unwrap();
        for n in LENGTHS {
            let mut series: Vec<(String, Series)> = vec![("vec".into(), step(any, n, VEC, states))];
            for isa in Isa::available() {
                series.push((isa.to_string(), step(any.on(isa), n, 0, states)));
                if isa != Isa::Scalar {
                    series.push((format!("roof {isa}"), roof(isa, n, states)));
                }
                if isa != Isa::Scalar && states >= 2 {
                    let floor = move |_: &mut Data, times| (0..times).for_each(|_| limits::divide(isa, n));
                    series.push((format!("floor {isa}"), Box::new(floor)));
                }
            }
            data.fill(n, NORMAL);
            bench.compare("isa", optimizer.name(), n, data, &mut series);
        }
    }
}

/// Calls so short that the call itself counts, on one tensor and over many.
fn short(bench: &mut Output, data: &mut Data) {
    const TENSORS: usize = 10_000;
    let sgd = Sgd::new(LR).at(T).unwrap();
    let momentum = Momentum::new(LR, 0.9).at(T).unwrap();
    let adam = Adam::new(LR).at(T).unwrap();
    for n in [1, 2, 4, 7, 8, 10, 15, 16, 24, 31, 32, 48, 63, 64, 128, 256] {
        let mut series: Vec<(String, Series)> = vec![
            (
                "sgd".into(),
                Box::new(|data, times| {
                    let [p, g, ..] = data.slices(n, 0);
                    for _ in 0..times {
                        black_box(&sgd).apply(p, g, []).unwrap();
                    }
                }),
            ),
            (
                "momentum".into(),
                Box::new(|data, times| {
                    let [p, g, b, ..] = data.slices(n, 0);
                    for _ in 0..times {
                        black_box(&momentum).apply(p, g, [&mut *b]).unwrap();
                    }
                }),
            ),
            (
                "adam".into(),
                Box::new(|data, times| {
                    let [p, g, m, v, ..] = data.slices(n, 0);
                    for _ in 0..times {
                        black_box(&adam).apply(p, g, [&mut *m, &mut *v]).unwrap();
                    }
                }),
            ),
            (
                "adam at".into(),
                Box::new(|_, times| {
                    for t in 0..times {
                        let _ = black_box(black_box(Adam::new(LR)).at(T + t as u64));
                    }
                }),
            ),
        ];
        data.fill(n, NORMAL);
        bench.compare("short", "", n, data, &mut series);
    }
    let n = 10;
    let mut series: Vec<(String, Series)> = vec![
        (
            "sgd".into(),
            Box::new(|data, times| {
                let [p, g, ..] = data.slices(n * TENSORS, 0);
                for _ in 0..times {
                    for (p, g) in p.chunks_exact_mut(n).zip(g.chunks_exact(n)) {
                        black_box(&sgd).apply(p, g, []).unwrap();
                    }
                }
            }),
        ),
        (
            "adam".into(),
            Box::new(|data, times| {
                let [p, g, m, v, ..] = data.slices(n * TENSORS, 0);
                for _ in 0..times {
                    let states = m.chunks_exact_mut(n).zip(v.chunks_exact_mut(n));
                    for ((p, g), (m, v)) in p.chunks_exact_mut(n).zip(g.chunks_exact(n)).zip(states) {
                        black_box(&adam).apply(p, g, [m, v]).unwrap();
                    }
                }
            }),
        ),
    ];
    data.fill(n * TENSORS, NORMAL);
    bench.compare("tensors", "", TENSORS, data, &mut series);
}

/// Scale, clamp and zeroing in the pass, against the plain step. The gradients are zero after the first step, so the
/// states must not decay: that would be another experiment.
fn options(bench: &mut Output, data: &mut Data) {
    const KEEP: f64 = 1.0 - 1.0 / (1 << 24) as f64;
    let all: [AnyOptimizer; 3] =
        [Sgd::new(LR).into(), Momentum::new(LR, 1.0).into(), Adam::new(LR).betas(KEEP, KEEP).into()];
    for optimizer in all {
        let states = optimizer.state().len();
        let plain = optimizer.at(T).unwrap();
        for n in LENGTHS {
            let all = plain.scale_grads(0.5).clamp_grads(1.0);
            let mut series: Vec<(String, Series)> = vec![
                ("plain".into(), step(plain, n, 0, states)),
                ("scale, clamp".into(), step(all, n, 0, states)),
                (
                    "scale, clamp, zero".into(),
                    Box::new(move |data, times| {
                        let [p, g, mut state @ ..] = data.slices(n, 0);
                        for _ in 0..times {
                            black_box(&all).apply_and_zero(p, g, &mut state[..states]).unwrap();
                        }
                    }),
                ),
            ];
            data.fill(n, NORMAL);
            bench.compare("options", optimizer.name(), n, data, &mut series);
        }
    }
}

/// State that has decayed under zero gradients, with and without `flush_subnormals`.
fn subnormals(bench: &mut Output, _: &mut Data) {
    for optimizer in AnyOptimizer::ALL.iter().filter(|o| !o.state().is_empty()) {
        let states = optimizer.state().len();
        let plain = optimizer.at(T).unwrap();
        for (n, isa) in [4 * KI, 256 * KI].into_iter().flat_map(|n| Isa::available().map(move |isa| (n, isa))) {
            let series = |name: &str, any: AnyStep, values| -> (String, Series) {
                let mut own = Data::new(n);
                own.fill(n, values);
                let mut step = step(any.on(isa), n, 0, states);
                (format!("{name} {isa}"), Box::new(move |_, times| step(&mut own, times)))
            };
            let decayed = [1.0, 0.0, 1e-41];
            let mut series = [
                series("normal", plain, NORMAL),
                series("decayed", plain, decayed),
                series("flushed", plain.flush_subnormals(), decayed),
            ];
            bench.compare("subnormals", optimizer.name(), n, &mut Data::new(0), &mut series);
        }
    }
}

/// The gradient tools against a plain read of the same bytes, or a read and a write.
fn gradients(bench: &mut Output, data: &mut Data) {
    for n in LENGTHS {
        let mut series: Vec<(String, Series)> = vec![];
        for isa in Isa::available() {
            let tools = grads::on(isa);
            series.push((format!("sum_of_squares {isa}"), sum_of_squares(n, move |x| tools.sum_of_squares([x]))));
            series.push((
                format!("all_finite {isa}"),
                Box::new(move |data, times| {
                    let [x, ..] = data.slices(n, 0);
                    (0..times).for_each(|_| _ = black_box(tools.all_finite([&*black_box(&mut *x)])));
                }),
            ));
            series.push((
                format!("accumulate {isa}"),
                Box::new(move |data, times| {
                    let [sum, g, ..] = data.slices(n, 0);
                    (0..times).for_each(|_| tools.accumulate(sum, g).unwrap());
                }),
            ));
            series.push((
                format!("read {isa}"),
                Box::new(move |data, times| {
                    let [x, ..] = data.slices(n, 0);
                    (0..times).for_each(|_| limits::read(isa, x));
                }),
            ));
            series.push((format!("read and write {isa}"), roof(isa, n, 0)));
        }
        data.fill(n, NORMAL);
        bench.compare("grads", "", n, data, &mut series);
    }
}

/// Two threads against one, and the roof on both.
fn threads(bench: &mut Output, data: &mut Data) {
    let isa = Isa::detect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for optimizer in AnyOptimizer::ALL {
        let states = optimizer.state().len();
        let any = optimizer.at(T).unwrap();
        for n in THREADS {
            data.fill(n, NORMAL);
            // All of it in the pool: to enter it takes longer than a short call.
            pool.install(|| {
                let mut series = vec![
                    ("one".into(), step(any, n, 0, states)),
                    (
                        "two".into(),
                        series(|data, times| {
                            let [p, g, mut state @ ..] = data.slices(n, 0);
                            for _ in 0..times {
                                black_box(&any).par_apply(p, g, &mut state[..states]).unwrap();
                            }
                        }),
                    ),
                    ("roof one".into(), roof(isa, n, states)),
                    (
                        "roof two".into(),
                        series(|data, times| {
                            let [p, g, m, v, w, ..] = data.slices(n, 0).map(|x| x.split_at_mut(n / 2));
                            let mut front = [p.0, m.0, v.0, w.0];
                            let mut back = [p.1, m.1, v.1, w.1];
                            for _ in 0..times {
                                rayon::join(
                                    || limits::stream(isa, g.0, &mut front[..=states]),
                                    || limits::stream(isa, g.1, &mut back[..=states]),
                                );
                            }
                        }),
                    ),
                ];
                bench.compare("threads", optimizer.name(), n, data, &mut series);
            });
        }
    }
    for n in THREADS {
        pool.install(|| {
            let mut series = vec![
                ("one".into(), sum_of_squares(n, |x| grads::sum_of_squares([x]))),
                ("two".into(), sum_of_squares(n, |x| grads::par_sum_of_squares([x]))),
            ];
            bench.compare("threads", "sum of squares", n, data, &mut series);
        });
    }
}

fn sum_of_squares<'a>(n: usize, sum: impl Fn(&[f32]) -> f64 + 'a) -> Series<'a> {
    series(move |data, times| {
        let [x, ..] = data.slices(n, 0);
        (0..times).for_each(|_| _ = black_box(sum(black_box(&*x))));
    })
}

unsafe extern "Rust" {
    fn plain_sgd_default(p: &mut [f32], g: &[f32], scalars: [f32; 1]);
    fn plain_sgd_native(p: &mut [f32], g: &[f32], scalars: [f32; 1]);
    fn plain_momentum_default(p: &mut [f32], g: &[f32], b: &mut [f32], scalars: [f32; 2]);
    fn plain_momentum_native(p: &mut [f32], g: &[f32], b: &mut [f32], scalars: [f32; 2]);
    fn plain_adam_default(p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], scalars: [f32; 5]);
    fn plain_adam_native(p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], scalars: [f32; 5]);
}

/// The loops of plain.rs: in a default build, and for this processor.
fn plain<'a>(optimizer: &str, n: usize) -> Vec<(&'static str, Series<'a>)> {
    macro_rules! plain {
        ($scalars:expr, |$p:ident, $g:ident, $m:ident, $v:ident| ($($arg:expr),*), $default:ident, $native:ident) => {
            vec![
                plain!("loop", $scalars, |$p, $g, $m, $v| ($($arg),*), $default),
                plain!("loop, native", $scalars, |$p, $g, $m, $v| ($($arg),*), $native),
            ]
        };
        ($name:literal, $scalars:expr, |$p:ident, $g:ident, $m:ident, $v:ident| ($($arg:expr),*), $plain:ident) => {
            ($name, series(move |data, times| {
                let [$p, $g, $m, $v, _] = data.slices(n, 0);
                // SAFETY: the functions of plain.rs, by their signatures; the native one was compiled on this processor.
                (0..times).for_each(|_| unsafe { $plain($($arg,)* black_box($scalars)) });
            }))
        };
    }
    match optimizer {
        "sgd" => plain!([1e-3], |p, g, _m, _v| (p, g), plain_sgd_default, plain_sgd_native),
        "momentum" => {
            plain!([1e-3, 0.9], |p, g, m, _v| (p, g, m), plain_momentum_default, plain_momentum_native)
        }
        "adam" => {
            let scalars = [1e-3, 0.9, 0.999, 1.25, 1e-8];
            plain!(scalars, |p, g, m, v| (p, g, m, v), plain_adam_default, plain_adam_native)
        }
        _ => vec![],
    }
}

/// The other optimizers of the Rust world, each on one thread and with the memory that it asks for.
fn peers(bench: &mut Output, data: &mut Data) {
    for optimizer in AnyOptimizer::ALL {
        let states = optimizer.state().len();
        for n in LENGTHS {
            let mut series: Vec<(String, Series)> = vec![
                ("gradstep".into(), step(optimizer.at(T).unwrap(), n, 0, states)),
                ("roof".into(), roof(Isa::detect(), n, states)),
            ];
            series.extend(plain(optimizer.name(), n).into_iter().map(|(name, f)| (name.into(), f)));
            for (name, mut peer) in peers::all(optimizer.name(), n) {
                series.push((name.into(), Box::new(move |_, times| (0..times).for_each(|_| peer()))));
            }
            if series.len() > 2 {
                data.fill(n, NORMAL);
                bench.compare("peers", optimizer.name(), n, data, &mut series);
            }
        }
    }
}
