//! The proof of the roots of `src/isa/x86/roots.rs`, in two parts.
//!
//! From every estimate of 1/√v that is off by less than 2⁻¹⁴ of it, six operations lead to the root of v, rounded
//! correctly. All significands of both parities are tried, v from 1 up to 4: any other v in the range is one of these
//! times a power of 4, and no operation leaves the normal numbers there, so it takes the same way at another exponent.
//!
//! And where there is AVX-512, a rule takes the roots of all f32 that there are, each in every register of a group.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gradstep::{Error, Isa, Lanes, Optimizer, Rule, Slot};

/// The documented error of `vrsqrt14ps`, a part of 1/√v.
const ERROR: f64 = 1.0 / (1 << 14) as f64;

const PIECE: u32 = 1 << 14;

fn main() {
    assert!(std::is_x86_feature_detected!("fma"), "this processor lacks FMA");
    let (first, last) = (1f32.to_bits(), 4f32.to_bits());
    let (pairs, wrong) = (AtomicU64::new(0), AtomicU64::new(0));
    in_pieces(first.into(), last.into(), |from| {
        for v in from..(from + PIECE).min(last) {
            // SAFETY: this processor has FMA.
            let (tried, missed) = unsafe { all_estimates(f32::from_bits(v)) };
            pairs.fetch_add(tried.into(), Relaxed);
            wrong.fetch_add(missed.into(), Relaxed);
        }
    });
    let (pairs, wrong) = (pairs.into_inner(), wrong.into_inner());
    let mut figures = format!("{wrong} of {pairs} pairs of a significand and an estimate lead to a wrong root");
    assert!(pairs > 2 << 33 && wrong == 0, "{figures}");

    match Isa::from_name("avx512") {
        Some(isa) if cfg!(gradstep_fma_roots) => {
            let wrong = AtomicU64::new(0);
            in_pieces(0, 1 << 32, |from| _ = wrong.fetch_add(wrong_roots(isa, from), Relaxed));
            figures += &format!(", {} of all roots of f32 differ from the divider's", wrong.load(Relaxed));
            assert_eq!(wrong.into_inner(), 0, "{figures}");
        }
        Some(_) => panic!("built without --cfg gradstep_fma_roots"),
        None => println!("not run: all roots: this processor has no AVX-512"),
    }
    println!("{figures}");
}

/// Calls `check` with the beginning of every piece, on all processors.
fn in_pieces(first: u64, last: u64, check: impl Fn(u32) + Sync) {
    let next = AtomicU64::new(first);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(PIECE.into(), Relaxed);
                    if from >= last {
                        return;
                    }
                    check(from as u32);
                }
            });
        }
    });
}

/// θ ← √g.
#[derive(Clone, Copy)]
struct Root;

impl Optimizer<0> for Root {
    type Rule = Self;
    const STATE: [&'static str; 0] = [];
    const SLOTS: [Slot; 0] = [];

    fn lr(&self) -> f64 {
        0.0
    }

    fn with_lr(self, _: f64) -> Self {
        self
    }

    fn rule(&self, _: NonZeroU64) -> Result<Self, Error> {
        Ok(*self)
    }
}

impl Rule<0> for Root {
    const DIVIDES: bool = true;

    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, _: L, []: [L; 0]) -> [L; 0] {
        []
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, _: L, g: L, []: [L; 0], []: [L; 0]) -> L {
        g.sqrt()
    }
}

/// How many of the roots of `PIECE` numbers differ from those of the standard library.
fn wrong_roots(isa: Isa, from: u32) -> u64 {
    const REGISTER: usize = 16;
    let step = Root.at(1).unwrap().on(isa);
    let mut roots = vec![0.0; PIECE as usize];
    let mut numbers: Vec<f32> = (from..=from + (PIECE - 1)).map(f32::from_bits).collect();
    let mut wrong = 0;
    for _ in 0..4 {
        step.apply(&mut roots, &numbers, []).unwrap();
        let same = |(root, x): (&f32, &f32)| root.to_bits() == x.sqrt().to_bits() || root.is_nan() && x.sqrt().is_nan();
        wrong += roots.iter().zip(&numbers).filter(|&pair| !same(pair)).count() as u64;
        numbers.rotate_left(REGISTER);
    }
    wrong
}

/// How many estimates of 1/√v there are, and how many lead to another root than the processor's.
#[target_feature(enable = "avx2,fma")]
fn all_estimates(v: f32) -> (u32, u32) {
    let exact = 1.0 / f64::from(v).sqrt();
    let (least, most) =
        (((exact * (1.0 - ERROR)) as f32).to_bits() - 1, ((exact * (1.0 + ERROR)) as f32).to_bits() + 1);
    let root = v.sqrt();
    let wrong = (least..=most).map(|y| u32::from(from_estimate(v, f32::from_bits(y)) != root)).sum();
    (most - least + 1, wrong)
}

#[inline(always)]
fn from_estimate(v: f32, y: f32) -> f32 {
    let g = v * y;
    let h = f32::from_bits(y.to_bits() - (1 << 23));
    let r = (-g).mul_add(h, 0.5);
    let (g, h) = (g.mul_add(r, g), h.mul_add(r, h));
    let d = (-g).mul_add(g, v);
    d.mul_add(h, g)
}
