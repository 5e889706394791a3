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
    n: usize,
}

/// How often slices are allocated anew, at other places: a processor takes addresses that differ by some powers of two for
/// one another, which may cost a third of the speed.
const ALLOCATIONS: usize = 7;

impl Memory {
    /// Slices of `n` elements, each with up to 8 Ki before it.
    fn new(n: usize) -> Self {
        let place = || 32 * fastrand::usize(..256);
        Self { f32: [(); 4].map(|()| vec![1e-3; place() + n]), u16: [(); 4].map(|()| vec![0x3A80; place() + n]), n }
    }

    fn slices(&mut self) -> ([&mut [f32]; 4], [&mut [u16]; 4]) {
        (self.f32.each_mut().map(|slice| last(slice, self.n)), self.u16.each_mut().map(|slice| last(slice, self.n)))
    }
}

fn last<T>(slice: &mut [T], n: usize) -> &mut [T] {
    let place = slice.len() - n;
    &mut slice[place..]
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

/// One step in some way.
type Way = fn(&Stepper, &mut Memory);

const F32: Way = |stepper, memory| stepper.f32(memory.slices().0);

const WAYS: [(&str, Way); 6] = [
    ("bf16 state", |stepper, memory| {
        let ([p, g, ..], [m, v, ..]) = memory.slices();
        stepper.stored(Params::F32(p), Grads::F32(g), [State::Bf16(m), State::Bf16(v)]);
    }),
    ("bf16 everything", |stepper, memory| {
        let (_, [p, g, m, v]) = memory.slices();
        stepper.stored(Params::Bf16(p), Grads::Bf16(g), [State::Bf16(m), State::Bf16(v)]);
    }),
    ("split, bf16 gradient", |stepper, memory| {
        let ([_, _, m, v], [bf16, rest, g, _]) = memory.slices();
        stepper.stored(Params::Split { bf16, rest }, Grads::Bf16(g), [State::F32(m), State::F32(v)]);
    }),
    ("bf16 gradient", |stepper, memory| {
        let ([p, _, m, v], [g, ..]) = memory.slices();
        stepper.stored(Params::F32(p), Grads::Bf16(g), [State::F32(m), State::F32(v)]);
    }),
    ("bf16 gradient, bf16 copy", |stepper, memory| {
        let ([p, _, m, v], [g, copy, ..]) = memory.slices();
        let params = Params::Copied { f32: p, copy: Half::Bf16(copy) };
        stepper.stored(params, Grads::Bf16(g), [State::F32(m), State::F32(v)]);
    }),
    ("the same in three passes", |stepper, memory| {
        let ([p, g, m, v], [g16, copy, ..]) = memory.slices();
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
    let threads = words.iter().any(|word| word == "threads");
    let stepper = Stepper { step: Adam::new(1e-3).at(10).unwrap().on(isa), threads };
    let mut table = vec![vec![]; WAYS.len() + 1];
    for n in &lengths {
        let mut f32 = f64::INFINITY;
        let mut ratios = WAYS.map(|_| vec![]);
        for _ in 0..ALLOCATIONS {
            let mut memory = Memory::new(n * KI);
            for (ratios, (_, way)) in ratios.iter_mut().zip(WAYS) {
                f32 = f32.min(compare(&stepper, &mut memory, way, ratios));
            }
        }
        table[0].push(format!("{:10.3}", f32 * 1e9 / (n * KI) as f64));
        for (row, mut ratios) in table[1..].iter_mut().zip(ratios) {
            ratios.sort_by(f64::total_cmp);
            row.push(format!("{:10.2}", ratios[ratios.len() / 2]));
        }
    }
    let title = format!("Adam in f32 ÷, on {isa}{}", if threads { ", all threads" } else { "" });
    println!("{title:32}{}", lengths.iter().map(|n| format!("{n:>7} Ki")).collect::<String>());
    let names = ["f32, ns an element"].into_iter().chain(WAYS.map(|(name, _)| name));
    names.zip(table).for_each(|(name, row)| println!("{name:32}{}", row.concat()));
    println!("{:32}{:10.2}", "10,000 tensors of 10, one by one", many(&stepper.step));
}

/// The time of a call of `apply` for each of many small tensors ÷ that of one call for all of them: a median.
fn many(step: &Step<Adam, 2>) -> f64 {
    let mut slices: Vec<[[f32; 10]; 4]> = vec![[[1e-3; 10]; 4]; 10_000];
    let mut ratios = vec![];
    for _ in 0..201 {
        let begin = Instant::now();
        for [p, g, m, v] in &mut slices {
            black_box(step).apply(p, g, [m, v]).unwrap();
        }
        let one_by_one = begin.elapsed();
        let mut tensors: Vec<_> = slices
            .iter_mut()
            .map(|[p, g, m, v]| Tensor::new(Params::F32(p), Grads::F32(g), [State::F32(m), State::F32(v)]))
            .collect();
        let begin = Instant::now();
        black_box(step).apply_all(&mut tensors).unwrap();
        ratios.push(one_by_one.div_duration_f64(begin.elapsed()));
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Adds the times of f32 ÷ those of `way`, turn by turn, to `ratios`. Returns the shortest time of f32.
fn compare(stepper: &Stepper, memory: &mut Memory, way: Way, ratios: &mut Vec<f64>) -> f64 {
    let _ = [F32, way].map(|way| time(stepper, memory, way)); // into the caches
    let begin = Instant::now();
    let mut shortest = f64::INFINITY;
    let mut turns = 0;
    while turns < 3 || begin.elapsed() < Duration::from_millis(100) && turns < 51 {
        let f32 = time(stepper, memory, F32);
        ratios.push(f32 / time(stepper, memory, way));
        shortest = shortest.min(f32);
        turns += 1;
    }
    shortest
}

/// Seconds of one step, the mean of several where they are short.
fn time(stepper: &Stepper, memory: &mut Memory, way: Way) -> f64 {
    let calls = (1 << 18) / memory.n + 1;
    let begin = Instant::now();
    (0..calls).for_each(|_| way(black_box(stepper), memory));
    begin.elapsed().as_secs_f64() / calls as f64
}
