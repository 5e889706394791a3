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

/// Each way's slices, in as many of these as it needs: of one length, at different places of a page, since where loads and
/// stores differ by whole pages a processor takes them for one another.
struct Memory {
    f32: [Vec<f32>; 4],
    u16: [Vec<u16>; 4],
    n: usize,
}

/// In elements.
const PLACES: [usize; 4] = [0, 9 * 32, 21 * 32, 34 * 32];

impl Memory {
    fn new(n: usize) -> Self {
        Self {
            f32: PLACES.map(|place| vec![1e-3; n + place]),
            u16: PLACES.map(|place| vec![0x3A80; n + place + 16 * 32]),
            n,
        }
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
        let mut memory = Memory::new(n * KI);
        let f32 = time(&stepper, &mut memory, F32).min(time(&stepper, &mut memory, F32));
        table[0].push(format!("{:10.3}", f32 * 1e9 / memory.n as f64));
        for (row, (_, way)) in table[1..].iter_mut().zip(WAYS) {
            row.push(format!("{:10.2}", ratio(&stepper, &mut memory, F32, way)));
        }
    }
    let title = format!("Adam in f32 ÷, on {isa}{}", if threads { ", all threads" } else { "" });
    println!("{title:32}{}", lengths.iter().map(|n| format!("{n:>7} Ki")).collect::<String>());
    let names = ["f32, ns an element"].into_iter().chain(WAYS.map(|(name, _)| name));
    names.zip(table).for_each(|(name, row)| println!("{name:32}{}", row.concat()));
}

/// The median over turns of the time of one way ÷ that of the other.
fn ratio(stepper: &Stepper, memory: &mut Memory, one: Way, other: Way) -> f64 {
    let _ = [one, other].map(|way| time(stepper, memory, way)); // into the caches
    let begin = Instant::now();
    let mut ratios = vec![];
    while ratios.len() < 9 || begin.elapsed() < Duration::from_millis(600) && ratios.len() < 301 {
        ratios.push(time(stepper, memory, one) / time(stepper, memory, other));
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Seconds of one step, the mean of several where they are short.
fn time(stepper: &Stepper, memory: &mut Memory, way: Way) -> f64 {
    let calls = (1 << 18) / memory.n + 1;
    let begin = Instant::now();
    (0..calls).for_each(|_| way(black_box(stepper), memory));
    begin.elapsed().as_secs_f64() / calls as f64
}
