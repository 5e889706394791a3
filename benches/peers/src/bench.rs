//! How a time is taken: everything that is compared takes turns, and each turn is a row of the results.

use std::{io::Write, time::Instant};

use perf_event::{Builder, Counter, events::Hardware};

use crate::data::Data;

/// The time that one turn should take.
const TURN: f64 = 400e-6;
/// The time that all turns of one comparison should take, within these bounds on their number.
const COMPARISON: f64 = 0.2;
const ROUNDS: std::ops::RangeInclusive<f64> = 5.0..=21.0;

/// The calls before a turn where the slices can stay in a cache, which the peers that own their tensors leave empty.
const WARM_UP: usize = 4;
/// Longer slices stay in no cache.
const CACHED: usize = 1 << 22;

/// A step taken so many times.
pub type Series<'a> = Box<dyn FnMut(&mut Data, usize) + 'a>;

/// The rows of one run.
pub struct Bench<W: Write> {
    run: String,
    rows: csv::Writer<W>,
    cycles: Option<Counter>,
}

impl<W: Write> Bench<W> {
    pub fn new(run: String, rows: W) -> Self {
        let counter = || {
            let mut counter = Builder::new(Hardware::CPU_CYCLES).build()?;
            counter.enable()?;
            std::io::Result::Ok(counter)
        };
        let mut rows = csv::Writer::from_writer(rows);
        rows.write_record(["run", "experiment", "optimizer", "length", "series", "round", "ns", "cycles"]).unwrap();
        Self { run, rows, cycles: counter().ok() }
    }

    pub fn compare(
        &mut self,
        experiment: &str,
        optimizer: &str,
        n: usize,
        data: &mut Data,
        series: &mut [(String, Series)],
    ) {
        let turns = series.iter_mut().map(|(_, f)| {
            f(data, 1);
            let once = seconds(|| f(data, 1));
            let few = (TURN / 10.0 / once).ceil() as usize;
            let once = seconds(|| f(data, few)) / few as f64;
            (TURN / once).ceil() as usize
        });
        let turns: Vec<usize> = turns.collect();
        let mut series: Vec<_> = series.iter_mut().zip(turns).collect();
        let round: f64 = series.iter_mut().map(|((_, f), times)| seconds(|| f(data, *times))).sum();
        let rounds = (COMPARISON / round).clamp(*ROUNDS.start(), *ROUNDS.end()) as usize;
        for round in 0..rounds {
            // Nobody always comes after the same other one.
            fastrand::shuffle(&mut series);
            for ((name, f), times) in &mut series {
                if n <= CACHED {
                    f(data, WARM_UP);
                }
                let (ns, cycles) = self.time(*times, || f(data, *times));
                self.rows.serialize((&self.run, experiment, optimizer, n, name, round, ns, cycles)).unwrap();
            }
        }
        self.rows.flush().unwrap();
    }

    /// Nanoseconds and core cycles each of the `times`. Without a counter, the clock rate is what a chain of
    /// multiplications shows right after, while it is still what the instructions before made it: some processors slow
    /// down for AVX-512.
    fn time(&mut self, times: usize, mut f: impl FnMut()) -> (f64, f64) {
        const SPIN: u64 = 300;
        let start = self.cycles.as_mut().map(|c| c.read().unwrap());
        let ns = seconds(&mut f) * 1e9 / times as f64;
        let counted = self.cycles.as_mut().map(|c| (c.read().unwrap() - start.unwrap()) as f64 / times as f64);
        // The shortest of a few: a processor that changes its clock rests for a moment.
        let spin = (0..5).map(|_| seconds(|| spin(SPIN))).fold(f64::INFINITY, f64::min);
        let rate = CYCLES_A_SPIN * SPIN as f64 / (spin * 1e9);
        (ns, counted.unwrap_or(ns * rate))
    }
}

fn seconds(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64()
}

/// The cycles of one turn of [`spin`].
const CYCLES_A_SPIN: f64 = 24.0;

/// A chain of multiplications, each waiting three cycles for the one before.
fn spin(turns: u64) {
    let mut x = turns;
    for _ in 0..turns {
        // SAFETY: multiplies a register of its own.
        unsafe {
            std::arch::asm!("imul {0}, {0}", "imul {0}, {0}", "imul {0}, {0}", "imul {0}, {0}",
                 "imul {0}, {0}", "imul {0}, {0}", "imul {0}, {0}", "imul {0}, {0}",
                inout(reg) x, options(nomem, nostack));
        }
    }
}
