//! Feature `rayon`: work in pieces, for the calling thread and others of the current pool. Elements do not depend on
//! each other, so neither the splits nor the number of threads can change a bit.

mod piece;

use crate::error::Error;
use crate::isa::LINE;
use crate::optimizer::{AsTensor, Optimizer, Pass, Step, Swept, TensorGrads};
use crate::sweep::{Gradients, Slices};
use crate::tensor::{Grads, GradsMut, Tensor};
use core::iter;
use piece::Piece;
use std::sync::Mutex;

/// A thread is worth waking, which takes some 50 µs, for this many floats: 3 MiB.
const SHARE: usize = 3 << 18;

/// Each thread's share is cut into this many pieces, so that a thread that is late leaves its pieces to the others.
const PIECES: usize = 4;

/// The threads worth using for this many floats.
#[inline]
pub fn worthwhile_threads(floats: usize) -> usize {
    let threads = floats / SHARE;
    // Asking rayon for its threads starts them, if none run yet.
    if threads < 2 { 1 } else { threads.min(rayon::current_num_threads()) }
}

/// The length of a piece of `n` elements for this many threads.
pub const fn piece_length(n: usize, threads: usize) -> usize {
    n.div_ceil(threads * PIECES)
}

/// Deals the pieces out to the calling thread, which begins at once, and to so many others that `threads` work.
pub fn deal<T: Send>(threads: usize, pieces: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    let pieces = Mutex::new(pieces);
    let next = || pieces.lock().ok()?.next();
    let take_turns = || iter::from_fn(next).for_each(&work);
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| take_turns());
        }
        take_turns();
    });
}

impl<O: Optimizer<S>, const S: usize> Step<O, S> {
    /// As [`apply`](Self::apply) on the calling thread and threads of the current rayon pool: the same bits.
    ///
    /// One thread for every 768 Ki elements of all slices together, so less than twice that many are not split. From
    /// outside the pool it returns once threads of the pool were free. May allocate and panic where rayon does.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// let mut params = vec![1.0; 1_000_000];
    /// let grads = vec![0.5; 1_000_000];
    /// Sgd::new(0.5).at(1)?.par_apply(&mut params, &grads, [])?;
    /// assert!(params.iter().all(|&p| p == 0.75));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline]
    pub fn par_apply(&self, params: &mut [f32], grads: &[f32], state: [&mut [f32]; S]) -> Result<(), Error> {
        let threads = worthwhile_threads(params.len().saturating_mul(2 + S));
        if threads < 2 {
            return self.apply(params, grads, state);
        }
        self.split_up(threads, O::__place, Slices { params, grads, state })
    }

    /// As [`apply_and_zero`](Self::apply_and_zero) on the calling thread and threads of the current rayon pool: the
    /// same bits.
    ///
    /// One thread for every 768 Ki elements of all slices together, so less than twice that many are not split. From
    /// outside the pool it returns once threads of the pool were free. May allocate and panic where rayon does.
    ///
    /// # Errors
    ///
    /// As [`apply_and_zero`](Self::apply_and_zero).
    ///
    /// ```
    /// use gradstep::{Momentum, Optimizer};
    ///
    /// let [mut params, mut grads, mut velocity] = [0.0, 1.0, 0.0].map(|x| vec![x; 1_000_000]);
    /// Momentum::new(0.5, 0.9).at(1)?.par_apply_and_zero(&mut params, &mut grads, [&mut velocity])?;
    /// assert!(params.iter().all(|&p| p == -0.5) && grads.iter().all(|&g| g == 0.0));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline]
    pub fn par_apply_and_zero(
        &self,
        params: &mut [f32],
        grads: &mut [f32],
        state: [&mut [f32]; S],
    ) -> Result<(), Error> {
        let threads = worthwhile_threads(params.len().saturating_mul(2 + S));
        if threads < 2 {
            return self.apply_and_zero(params, grads, state);
        }
        self.split_up(threads, O::__place_and_zero, Slices { params, grads, state })
    }

    /// As [`apply_all`](Self::apply_all) on the calling thread and threads of the current rayon pool: the same bits.
    ///
    /// The tensors are dealt out in pieces of all of them together, so hundreds of tensors of some thousand elements gain
    /// as one large one does; of far smaller ones each costs more to deal out than to update. One
    /// thread for every 768 Ki elements of all slices. From outside the pool it returns once threads of the pool were
    /// free. May allocate and panic where rayon does.
    ///
    /// # Errors
    ///
    /// As [`apply_all`](Self::apply_all).
    ///
    /// ```
    /// use gradstep::{Grads, Optimizer, Params, Sgd, Tensor};
    ///
    /// let (mut params, grads) = (vec![[1.0; 1000]; 1000], vec![0.5; 1000]);
    /// let tensor = |params| Tensor::new(Params::F32(params), Grads::F32(&grads), []);
    /// let mut tensors: Vec<_> = params.iter_mut().map(|params| tensor(params)).collect();
    /// Sgd::new(0.5).at(1)?.par_apply_all(&mut tensors)?;
    /// assert!(params.iter().flatten().all(|&p| p == 0.75));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline]
    pub fn par_apply_all<'a>(&self, tensors: &mut [Tensor<'a, Grads<'a>, S>]) -> Result<(), Error> {
        self.par_update_all(tensors)
    }

    /// As [`apply_all_and_zero`](Self::apply_all_and_zero), in parallel as [`par_apply_all`](Self::par_apply_all).
    ///
    /// # Errors
    ///
    /// As [`apply_all`](Self::apply_all).
    ///
    /// ```
    /// use gradstep::{GradsMut, Optimizer, Params, Sgd, Tensor};
    ///
    /// let [mut params, mut grads] = [1.0, 2.0].map(|x| vec![x; 1_000_000]);
    /// let mut tensors = [Tensor::zeroing(Params::F32(&mut params), GradsMut::F32(&mut grads), [])];
    /// Sgd::new(0.25).at(1)?.par_apply_all_and_zero(&mut tensors)?;
    /// assert!(params.iter().all(|&p| p == 0.5) && grads.iter().all(|&g| g == 0.0));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    #[inline]
    pub fn par_apply_all_and_zero<'a>(&self, tensors: &mut [Tensor<'a, GradsMut<'a>, S>]) -> Result<(), Error> {
        self.par_update_all(tensors)
    }

    pub(crate) fn par_update_all<'a, 's, G: TensorGrads, T: AsTensor<'a, 's, G, S> + Send>(
        &self,
        tensors: &mut [T],
    ) -> Result<(), Error> {
        let elements = self.check_all(tensors)?;
        let threads = worthwhile_threads(elements.saturating_mul(2 + S));
        if threads < 2 {
            return self.update_all(tensors);
        }
        // Whole cache lines, and whole blocks of the noise.
        let piece = piece_length(elements, threads).next_multiple_of(BLOCK);
        let mut wholes = tensors.iter_mut().enumerate().filter_map(|(index, tensor)| {
            let view = tensor.view(index).ok()?;
            Piece::whole(view, index, self)
        });
        let mut left = None;
        let pieces = iter::from_fn(|| {
            let whole: Piece<G, S> = left.take().or_else(|| wholes.next())?;
            if whole.len() <= piece {
                return Some(whole);
            }
            let (front, rest) = whole.split(piece);
            left = Some(rest);
            Some(front)
        });
        deal(threads, pieces, |piece| piece.update(self));
        Ok(())
    }

    #[inline(never)] // Out of the way of short calls.
    fn split_up<'a, G: Gradients<'a> + Send>(
        &self,
        threads: usize,
        update: Serial<'a, O, G, S>,
        slices: Slices<'a, G, S>,
    ) -> Result<(), Error> {
        self.check(&slices)?;
        // Whole cache lines, to keep what alignment there is.
        let piece = piece_length(slices.params.len(), threads).next_multiple_of(LINE / size_of::<f32>());
        let mut left = Some(slices);
        let pieces = iter::from_fn(|| {
            let slices = left.take()?;
            if slices.params.len() <= piece {
                return Some(slices);
            }
            let (front, rest) = slices.split(piece);
            left = Some(rest);
            Some(front)
        });
        deal(threads, pieces, |mut slices| _ = update(self.pass(&mut slices)));
        Ok(())
    }
}

/// A piece of a tensor begins at a multiple of this many elements, as the noise of stochastic rounding wants it.
const BLOCK: usize = 64;

/// The function that updates a piece.
type Serial<'a, O, G, const S: usize> = for<'p> fn(Pass<'p, 'a, O, G, S>) -> Swept<'p>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn as_many_threads_as_pay() {
        assert_eq!(SHARE, 768 << 10, "as the documentation says");
        let threads = |floats| pool(3).install(|| worthwhile_threads(floats));
        assert_eq!([0, 1, SHARE, 2 * SHARE - 1].map(threads), [1; 4]);
        assert_eq!([2 * SHARE, 3 * SHARE - 1, 3 * SHARE, 1 << 40].map(threads), [2, 2, 3, 3]);
    }

    #[test]
    fn pieces_cover_all() {
        for (n, threads) in [(1_usize, 1), (1000, 2), (800_007, 7), (1 << 28, 64)] {
            let pieces = n.div_ceil(piece_length(n, threads));
            assert!(pieces <= threads * PIECES && pieces > threads * PIECES / 2 || n < threads * PIECES);
        }
    }

    /// Each piece waits for as many others as there should be threads: with fewer threads this would not end.
    #[test]
    fn all_threads_work_at_once() {
        for threads in [2, 3] {
            let all = Barrier::new(threads);
            pool(threads).install(|| deal(threads, 0..4 * threads, |_| _ = all.wait()));
        }
        // Outside a pool, the calling thread and one of the global pool.
        let both = Barrier::new(2);
        deal(2, 0..8, |_| _ = both.wait());
    }
}
