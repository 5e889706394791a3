//! What storage in fewer bytes costs and gains: the time of Adam in other formats ÷ that of Adam in f32, turn by turn.
//!
//! `cargo bench --bench storage`, or with an instruction set and lengths in Ki: `-- avx2 16 4096`.

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

/// One step over all slices of some way.
type Way = fn(&Step<Adam, 2>, &mut Memory, usize);

const F32: Way = |step, memory, n| {
    let [p, g, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
    step.apply(p, g, [m, v]).unwrap();
};

const WAYS: [(&str, Way); 7] = [
    ("bf16 state", |step, memory, n| {
        let [p, g, ..] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [m, v, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let state = [State::Bf16(m), State::Bf16(v)];
        step.apply_all(&mut [Tensor::new(Params::F32(p), Grads::F32(g), state)]).unwrap();
    }),
    ("bf16 everything", |step, memory, n| {
        let [p, g, m, v] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let state = [State::Bf16(m), State::Bf16(v)];
        step.apply_all(&mut [Tensor::new(Params::Bf16(p), Grads::Bf16(g), state)]).unwrap();
    }),
    ("split, bf16 grads", |step, memory, n| {
        let [_, _, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [bf16, rest, g, _] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let state = [State::F32(m), State::F32(v)];
        step.apply_all(&mut [Tensor::new(Params::Split { bf16, rest }, Grads::Bf16(g), state)]).unwrap();
    }),
    ("bf16 grads", |step, memory, n| {
        let [p, _, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [g, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let state = [State::F32(m), State::F32(v)];
        step.apply_all(&mut [Tensor::new(Params::F32(p), Grads::Bf16(g), state)]).unwrap();
    }),
    ("f32 by this sweep, bf16 copy", |step, memory, n| {
        let [p, g, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [copy, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let (params, state) = (Params::Copied { f32: p, copy: Half::Bf16(copy) }, [State::F32(m), State::F32(v)]);
        step.apply_all(&mut [Tensor::new(params, Grads::F32(g), state)]).unwrap();
    }),
    ("bf16 grads, f32, bf16 copy", |step, memory, n| {
        let [p, _, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [g, copy, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        let (params, state) = (Params::Copied { f32: p, copy: Half::Bf16(copy) }, [State::F32(m), State::F32(v)]);
        step.apply_all(&mut [Tensor::new(params, Grads::Bf16(g), state)]).unwrap();
    }),
    ("the same in three passes", |step, memory, n| {
        let [p, g, m, v] = memory.f32.each_mut().map(|x| &mut x[..n]);
        let [g16, copy, ..] = memory.u16.each_mut().map(|x| &mut x[..n]);
        for (to, from) in g.iter_mut().zip(&*g16) {
            *to = f32::from_bits(u32::from(*from) << 16);
        }
        step.apply(p, g, [m, v]).unwrap();
        for (to, from) in copy.iter_mut().zip(&*p) {
            let b = from.to_bits();
            *to = ((b + 0x7FFF + (b >> 16 & 1)) >> 16) as u16;
        }
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
    let step = Adam::new(1e-3).at(10).unwrap().on(isa);

    print!("{:32}", format!("Adam in f32 ÷, on {isa}"));
    lengths.iter().for_each(|n| print!("{n:>7} Ki"));
    print!("\n{:32}", "f32, ns an element");
    for n in lengths.iter().map(|n| n * KI) {
        print!("{:10.3}", time(&step, &mut memory, n, F32).min(time(&step, &mut memory, n, F32)) * 1e9 / n as f64);
    }
    println!();
    for (name, way) in WAYS {
        print!("{name:32}");
        for n in lengths.iter().map(|n| n * KI) {
            print!("{:10.2}", ratio(&step, &mut memory, n, F32, way));
        }
        println!();
    }
}

/// The median over turns of the time of one way ÷ that of the other.
fn ratio(step: &Step<Adam, 2>, memory: &mut Memory, n: usize, one: Way, other: Way) -> f64 {
    (time(step, memory, n, one), time(step, memory, n, other));
    let begin = Instant::now();
    let mut ratios = vec![];
    while ratios.len() < 9 || begin.elapsed() < Duration::from_millis(600) && ratios.len() < 301 {
        ratios.push(time(step, memory, n, one) / time(step, memory, n, other));
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Seconds of one step over `n` elements, the mean of several where they are few.
fn time(step: &Step<Adam, 2>, memory: &mut Memory, n: usize, way: Way) -> f64 {
    let calls = (1 << 18) / n + 1;
    let begin = Instant::now();
    (0..calls).for_each(|_| way(black_box(step), memory, n));
    begin.elapsed().as_secs_f64() / calls as f64
}
