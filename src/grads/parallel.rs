//! Norms over many threads.

use super::{Tools, on, root};
use crate::isa::Isa;
use crate::parallel::{deal, piece_length, worthwhile_threads};
use crate::sweep::{BLOCK, Pairwise};

/// As [`sum_of_squares`](super::sum_of_squares) on the calling thread and threads of the current rayon pool: the same bits.
///
/// Slices are taken one after the other, each by one thread for every 768 Ki elements, so shorter ones than 1.5 Mi are not
/// split. From outside the pool it returns once threads of the pool were free. May allocate and panic where rayon does.
///
/// ```
/// let g = vec![0.1; 2_000_000];
/// assert_eq!(gradstep::grads::par_sum_of_squares([&g]), gradstep::grads::sum_of_squares([&g]));
/// ```
#[must_use]
pub fn par_sum_of_squares(slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
    on(Isa::detect()).par_sum_of_squares(slices)
}

/// As [`norm`](super::norm), with the same bits, on several threads: see [`par_sum_of_squares`].
///
/// ```
/// assert_eq!(gradstep::grads::par_norm([[3.0, 4.0]]), 5.0);
/// ```
#[must_use]
pub fn par_norm(slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
    on(Isa::detect()).par_norm(slices)
}

impl Tools {
    /// As [`par_sum_of_squares`].
    #[must_use]
    pub fn par_sum_of_squares(self, slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
        self.sum_slices(slices, |slice| self.sum_pieces(slice))
    }

    /// As [`par_norm`].
    #[must_use]
    pub fn par_norm(self, slices: impl IntoIterator<Item: AsRef<[f32]>>) -> f64 {
        root(self.par_sum_of_squares(slices))
    }

    /// Pieces of a power of two of blocks are nodes of the balanced tree, so the sums of the pieces, added as a tree of
    /// their own, are the serial sum.
    fn sum_pieces(self, slice: &[f32]) -> f64 {
        let threads = worthwhile_threads(slice.len());
        if threads < 2 {
            return self.sum_slice(slice);
        }
        let piece = BLOCK << (piece_length(slice.len(), threads) / BLOCK).ilog2();
        let mut sums = std::vec![0.0; slice.len().div_ceil(piece)];
        deal(threads, slice.chunks(piece).zip(&mut sums), |(x, sum)| *sum = self.sum_slice(x));
        let mut total = Pairwise::new();
        sums.into_iter().for_each(|sum| total.add(sum));
        total.total()
    }
}
