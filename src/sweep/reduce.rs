//! The reductions: a slice to one number, in an order of additions that no instruction set and no split changes.

use super::ahead;
use super::slices::split_mut;
use crate::isa::{Cpu, Kernel};
use crate::lanes::{Block, Register, Squares};

/// The sums of squares of blocks of this many elements are the leaves of a balanced tree of additions.
pub const BLOCK: usize = 4096;

/// The sums that run side by side in a block.
const LANES: usize = 32;

/// The sum of squares of one slice, in f64.
pub struct SumOfSquares<'a>(pub &'a [f32]);

impl Kernel for SumOfSquares<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) -> f64 {
        let prefetches = cpu.gains_by_prefetching();
        let mut sum = Pairwise::new();
        for block in self.0.chunks(BLOCK) {
            sum.add(block_sum(cpu, prefetches, block));
        }
        sum.total()
    }
}

#[inline(always)]
fn block_sum<C: Cpu>(cpu: C, prefetches: bool, block: &[f32]) -> f64 {
    let (rows, rest) = block.as_chunks::<LANES>();
    // A missing element counts as 0, which leaves its sum as it is.
    let mut last = [0.0; LANES];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);

    let mut lanes = [0.0; LANES];
    let width = <C::Squares as Squares<C>>::Block::LEN;
    for (column, sums) in lanes.chunks_exact_mut(width).enumerate() {
        let mut running = C::Squares::zero(cpu);
        for (i, row) in rows.iter().enumerate() {
            if prefetches && let Some(ahead) = rows.get(ahead::<[f32; LANES]>(i)) {
                cpu.prefetch(ahead);
            }
            running = add_column::<C, C::Squares>(running, row, column);
        }
        running = add_column::<C, C::Squares>(running, &last, column);
        let mut sums = sums.iter_mut();
        running.sums(|sum| {
            if let Some(to) = sums.next() {
                *to = sum;
            }
        });
    }
    for half in [16, 8, 4, 2, 1] {
        let (front, back) = split_mut(&mut lanes, half);
        front.iter_mut().zip(back).for_each(|(a, b)| *a += *b);
    }
    lanes[0]
}

#[inline(always)]
fn add_column<C: Cpu, S: Squares<C>>(running: S, row: &[f32; LANES], column: usize) -> S {
    match S::Block::of(row).get(column) {
        Some(x) => running.add_squares(x),
        None => running,
    }
}

/// The sum of any number of terms, added as a balanced tree: T(N) = T(the first p) + T(the rest), where p is the
/// largest power of two below N. A binary counter: entry `k` holds the sum of 2ᵏ terms.
pub struct Pairwise {
    sums: [f64; u64::BITS as usize],
    terms: u64,
}

impl Pairwise {
    pub const fn new() -> Self {
        Self { sums: [0.0; u64::BITS as usize], terms: 0 }
    }

    #[inline(always)]
    pub fn add(&mut self, mut term: f64) {
        let carries = self.terms.trailing_ones() as usize;
        for sum in self.sums.iter().take(carries) {
            term += *sum;
        }
        if let Some(sum) = self.sums.get_mut(carries) {
            *sum = term;
        }
        self.terms += 1;
    }

    /// +0 without terms.
    #[inline(always)]
    pub fn total(&self) -> f64 {
        let mut total = 0.0;
        let mut left = self.terms;
        // The newest first. No sum of squares is −0, so beginning with +0 changes nothing.
        while let Some(sum) = self.sums.get(left.trailing_zeros() as usize) {
            total += *sum;
            left &= left - 1;
        }
        total
    }
}

/// Whether no element is infinite or NaN.
pub struct AllFinite<'a>(pub &'a [f32]);

impl Kernel for AllFinite<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) -> bool {
        self.0.chunks(BLOCK).all(|block| all_finite::<C, C::Group>(cpu, block))
    }
}

/// x·0 is ±0 if x is finite and NaN otherwise, and a sum with a NaN in it is NaN: the answer of a test of the exponent's
/// bits, with nothing that lanes do not have anyway.
#[inline(always)]
fn all_finite<C: Cpu, L: Register<C>>(cpu: C, slice: &[f32]) -> bool {
    let mut sums = L::Block::ZERO;
    let mut sum = L::load(cpu, &sums);
    for block in L::Block::of(slice) {
        sum = sum + L::load(cpu, block) * 0.0;
    }
    sum.store(&mut sums);
    let whole = slice.len() - slice.len() % L::Block::LEN;
    sums.is_zero()
        && (L::Block::LEN == 1 || slice.get(whole..).is_none_or(|tail| all_finite::<C, L::Narrower>(cpu, tail)))
}
