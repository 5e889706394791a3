//! What storage in fewer bytes costs and gains: the time of Adam in f32 ÷ that of Adam in other formats, turn by turn.
//!
//! `cargo bench --bench storage`, or with an instruction set and lengths in Ki: `-- avx2 16 4096`. With `threads`, both on
//! all threads of rayon's pool.

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use gradstep::{Adam, Grads, Half, Isa, Optimizer, Params, State, Step, Tensor};

const KI: usize = 1 << 10;

/// In Ki.
const LENGTHS: [usize; 4] = [16, 256, 4 * KI, 64 * KI];

/// Each way's slices, in as many of these as it needs.
struct Memory {
    f32: [Vec<f32>; 4],
    u16: [Vec<u16>; 4],
}

/// A step, on one thread or on all.
struct Stepper {
    step: Step<Adam, 2>,
    threads: bool,
}

impl Stepper {
    fn f32(&self, [p, g, m, v]: [&mut [f32]; 4]) {
        let state = [m, v];
        if self.threads { self.step.par_apply(p, g, state) } else { self.step.apply(p, g, state) }.unwrap();
    }

    fn stored<'a>(&self, params: Params<'a>, grads: Grads<'a>, state: [State<'a>; 2]) {
        let mut tensors = [Tensor::new(params, grads, state)];
        if self.threads { self.step.par_apply_all(&mut tensors) } else { self.step.apply_all(&mut tensors) }.unwrap();
    }
}

/// One step over slices that are so long, in some way.
type Way = fn(&Stepper, &mut Memory, usize);

const F32: Way = |stepper, memory, n| stepper.f32(memory.f32.each_mut().map(|x| &mut x[..n]));

const WAYS: [(&str, Way); 6] = [
    ("bf16 state", |stepper, memory, n| {
        let [p, g, ..] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [m, v, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        stepper.stored(Params::F32(p), Grads::F32(g), [State::Bf16(m), State::Bf16(v)]);
    }),
    ("bf16 everything", |stepper, memory, n| {
        let [p, g, m, v] = memory.u16.each_mut().map(|x| &mut x[..n]);
        stepper.stored(Params::Bf16(p), Grads::Bf16(g), [State::Bf16(m), State::Bf16(v)]);
    }),
    ("split, bf16 gradient", |stepper, memory, n| {
        let [_, _, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [bf16, rest, g, _] = memory.u16.each_mut().map(|x| &mut x[..n]);
        stepper.stored(Params::Split { bf16, rest }, Grads::Bf16(g), [State::F32(m), State::F32(v)]);
    }),
    ("bf16 gradient", |stepper, memory, n| {
        let [p, _, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [g, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        stepper.stored(Params::F32(p), Grads::Bf16(g), [State::F32(m), State::F32(v)]);
    }),
    ("bf16 gradient, bf16 copy", |stepper, memory, n| {
        let [p, _, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [g, copy, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let params = Params::Copied { f32: p, copy: Half::Bf16(copy) };
        stepper.stored(params, Grads::Bf16(g), [State::F32(m), State::F32(v)]);
    }),
    ("the same in three passes", |stepper, memory, n| {
        let [p, g, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [g16, copy, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        gradstep::storage::bf16::decode(g16, g).unwrap();
        stepper.f32([&mut *p, g, m, v]);
        gradstep::storage::bf16::encode(p, copy).unwrap();
    }),
];

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let isa = words.iter().find_map(|word| Isa::from_name(word)).unwrap_or_else(Isa::detect);
    let mut lengths: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if lengths.is_empty() {
        lengths = LENGTHS.to_vec();
    }
    let longest = lengths.iter().max().unwrap() * KI;
    let mut memory =
        Memory { f32: [(); 4].map(|()| vec![1e-3; longest]), u16: [(); 4].map(|()| vec![0x3A80; longest]) };
    let threads = words.iter().any(|word| word == "threads");
    let stepper = Stepper { step: Adam::new(1e-3).at(10).unwrap().on(isa), threads };

    print!("{:32}", format!("Adam in f32 ÷, on {isa}{}", if threads { ", all threads" } else { "" }));
    lengths.iter().for_each(|n| print!("{n:>7} Ki"));
    print!("\n{:32}", "f32, ns an element");
    for n in lengths.iter().map(|n| n * KI) {
        print!(
            "{:10.3}",
            time(&stepper, &mut memory, n, F32).min(time(&stepper, &mut memory, n, F32)) * 1e9 / n as f64
        );
    }
    println!();
    for (name, way) in WAYS {
        print!("{name:32}");
        for n in lengths.iter().map(|n| n * KI) {
            print!("{:10.2}", ratio(&stepper, &mut memory, n, F32, way));
        }
        println!();
    }
}

/// The median over turns of the time of one way ÷ that of the other.
fn ratio(stepper: &Stepper, memory: &mut Memory, n: usize, one: Way, other: Way) -> f64 {
    let _ = [one, other].map(|way| time(stepper, memory, n, way)); // into the caches
    let begin = Instant::now();
    let mut ratios = vec![];
    while ratios.len() < 9 || begin.elapsed() < Duration::from_millis(600) && ratios.len() < 301 {
        ratios.push(time(stepper, memory, n, one) / time(stepper, memory, n, other));
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Seconds of one step over `n` elements, the mean of several where they are few.
fn time(stepper: &Stepper, memory: &mut Memory, n: usize, way: Way) -> f64 {
    let calls = (1 << 18) / n + 1;
    let begin = Instant::now();
    (0..calls).for_each(|_| way(black_box(stepper), memory, n));
    begin.elapsed().as_secs_f64() / calls as f64
}
