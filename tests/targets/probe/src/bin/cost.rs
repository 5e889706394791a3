//! Prints what a step costs in instructions, as QEMU counts them (`-icount shift=0`): name, figure, hundredths.

#![no_std]
#![no_main]

use core::fmt::Write;
use core::hint::black_box;

use gradstep::schedule::{Cosine, Schedule};
use gradstep::{Optimizer, Step, grads};
use gradstep_checks::Model;
use gradstep_models::{Visitor, each};
use probe::{Clock, Console};

/// Lengths whose difference tells what an element costs.
const SHORT: usize = 128;
const LONG: usize = 384;
const REPEAT: u64 = 20;

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let clock = Clock::start();
    let clock = &clock;

    each(&mut Optimizers(clock));
    slope(clock, "norm", "element", |n| {
        black_box(grads::norm([&black_box(&WAVE)[..n]]));
    });
    slope(clock, "all_finite", "element", |n| {
        black_box(grads::all_finite([&black_box(&WAVE)[..n]]));
    });
    once(clock, "cosine", "step", || {
        let _ = black_box(black_box(Cosine::new(0.1, 1000)).at(black_box(300)));
    });
    probe::exit(true)
}

struct Optimizers<'c>(&'c Clock);

impl Visitor for Optimizers<'_> {
    fn visit<M: Model<S>, const S: usize>(&mut self, name: &'static str) {
        if let Some((_, default)) = M::cases().next() {
            optimizer(self.0, name, default);
        }
    }
}

fn optimizer<O: Optimizer<S>, const S: usize>(clock: &Clock, name: &str, optimizer: O) {
    once(clock, name, "fold", || {
        let _ = black_box(black_box(optimizer).at(black_box(1000)));
    });
    let Ok(plain) = optimizer.at(1000) else { return };
    let mut params = WAVE;
    let mut state = [[0.01; LONG]; S];
    let mut apply = |step: &Step<O, S>, n: usize| {
        let state = state.each_mut().map(|slice| &mut slice[..n]);
        let _ = black_box(black_box(step).apply(&mut params[..n], &black_box(&WAVE)[..n], state));
    };
    slope(clock, name, "element", |n| apply(&plain, n));
    slope(clock, name, "clamped", |n| apply(&plain.clamp_grads(1.0), n));
    slope(clock, name, "flushed", |n| apply(&plain.flush_subnormals(), n));

    // Soft float is fast with zeros: new gradients for every call, whose cost is taken off again.
    let mut gradients = WAVE;
    let fill = |gradients: &mut [f32], n| black_box(gradients)[..n].copy_from_slice(&black_box(&WAVE)[..n]);
    let filling = element(clock, |n| fill(&mut gradients, n)).0;
    let zeroing = element(clock, |n| {
        fill(&mut gradients, n);
        let state = state.each_mut().map(|slice| &mut slice[..n]);
        let _ = black_box(black_box(&plain).apply_and_zero(&mut params[..n], &mut gradients[..n], state));
    });
    let _ = writeln!(Console, "{name} zeroed {}", zeroing.0 - filling);
}

/// Prints what each of n elements costs, and, as "NAME call", what the call costs besides.
fn slope(clock: &Clock, name: &str, figure: &str, run: impl FnMut(usize)) {
    let (element, call) = element(clock, run);
    let _ = writeln!(Console, "{name} {figure} {element}");
    if figure == "element" {
        let _ = writeln!(Console, "{name} call {call}");
    }
}

/// What each of n elements costs, and the call besides.
fn element(clock: &Clock, mut run: impl FnMut(usize)) -> (u64, u64) {
    let mut time = |n| clock.time(|| (0..REPEAT).for_each(|_| run(black_box(n)))) * 100 / REPEAT;
    let (short, long) = (time(SHORT), time(LONG));
    let element = (long - short) / (LONG - SHORT) as u64;
    (element, short.saturating_sub(element * SHORT as u64))
}

fn once(clock: &Clock, name: &str, figure: &str, mut run: impl FnMut()) {
    let time = clock.time(|| (0..REPEAT).for_each(|_| run())) * 100 / REPEAT;
    let _ = writeln!(Console, "{name} {figure} {time}");
}

/// Values of either sign, 2⁻⁸ to 1.
static WAVE: [f32; LONG] = {
    let mut values = [0.0; LONG];
    let mut x = 1_u32;
    let mut i = 0;
    while i < LONG {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); // Numerical Recipes
        values[i] = f32::from_bits((x & 0x8000_0000) | (119 + (x >> 8) % 8) << 23 | (x >> 9));
        i += 1;
    }
    values
};
