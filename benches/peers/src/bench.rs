//! How a time is taken: everything that is compared takes many short turns, and the shortest counts. Whatever else runs
//! on the machine only makes turns longer.

use std::{io::Stdout, time::Instant};

use crate::data::Data;

/// The time that one turn should take: in a cache, short enough to be left alone.
const TURN: f64 = 100e-6;
/// The time that all turns of one comparison should take, within these bounds on their number.
const COMPARISON: f64 = 0.1;
const ROUNDS: std::ops::RangeInclusive<f64> = 3.0..=300.0;
/// Slices longer than this stay in no cache. Shorter ones are brought there before each turn.
const CACHED: usize = 1 << 20;

/// A step taken so many times.
pub type Series<'a> = (String, Box<dyn FnMut(&mut Data, usize) + 'a>);

/// A name that is made of parts, and what it does.
pub fn series<'a>(name: impl Into<String>, f: impl FnMut(&mut Data, usize) + 'a) -> Series<'a> {
    (name.into(), Box::new(f))
}

/// The rows of one run.
pub struct Bench {
    run: String,
    rows: csv::Writer<Stdout>,
}

impl Bench {
    pub fn new(run: String) -> Self {
        let mut rows = csv::Writer::from_writer(std::io::stdout());
        rows.write_record(["run", "experiment", "optimizer", "length", "series", "ns", "cycles"]).unwrap();
        Self { run, rows }
    }

    pub fn compare(&mut self, experiment: &str, optimizer: &str, n: usize, data: &mut Data, series: Vec<Series>) {
        struct Turns<'a> {
            series: Series<'a>,
            times: usize,
            best: f64,
        }
        let mut all: Vec<Turns> = series
            .into_iter()
            .map(|mut series| {
                let f = &mut series.1;
                f(data, 1);
                let once = seconds(|| f(data, 1));
                let few = (TURN / 10.0 / once).ceil() as usize;
                let once = if few > 1 { seconds(|| f(data, few)) / few as f64 } else { once };
                Turns { series, times: (TURN / once).ceil() as usize, best: once }
            })
            .collect();
        let round: f64 = all.iter().map(|turns| turns.best * turns.times as f64).sum();
        let rounds = (COMPARISON / round).clamp(*ROUNDS.start(), *ROUNDS.end()) as usize;
        let mut cycle = f64::INFINITY;
        for _ in 0..rounds {
            // Nobody always comes after the same other one.
            fastrand::shuffle(&mut all);
            for Turns { series: (_, f), times, best } in &mut all {
                if n <= CACHED {
                    f(data, 1);
                }
                *best = best.min(seconds(|| f(data, *times)) / *times as f64);
                cycle = cycle.min(seconds(|| spin(SPIN)) / (SPIN as f64 * CYCLES_A_SPIN));
            }
        }
        for Turns { series: (name, _), best, .. } in all {
            self.rows.serialize((&self.run, experiment, optimizer, n, name, best * 1e9, best / cycle)).unwrap();
        }
        self.rows.flush().unwrap();
    }
}

fn seconds(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64()
}

/// Of [`spin`], after each turn: some microseconds.
const SPIN: u64 = 300;

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
