//! A step over many threads. Elements do not depend on each other, so neither the splits nor the number of threads can
//! change a bit.

use super::Step;
use crate::kernel::{Gradients, LINE, Slices};
use crate::parallel::{deal, piece_length, worthwhile_threads};
use crate::{Error, Optimizer};
use core::{iter, mem};

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
        self.split_up(threads, O::update, Slices { params, grads, state })
    }

    /// As [`apply_and_zero`](Self::apply_and_zero) on the calling thread and threads of the current rayon pool: the same bits.
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
        self.split_up(threads, O::update_and_zero, Slices { params, grads, state })
    }

    #[inline(never)] // Out of the way of short calls.
    fn split_up<'a, G: Gradients<'a> + Send>(
        &self,
        threads: usize,
        update: Serial<'a, O, G, S>,
        mut slices: Slices<'a, G, S>,
    ) -> Result<(), Error> {
        self.check(&slices)?;
        // Whole cache lines, to keep what alignment there is.
        let piece = piece_length(slices.params.len(), threads).next_multiple_of(LINE / size_of::<f32>());
        let pieces = iter::from_fn(|| {
            let length = piece.min(slices.params.len());
            let (front, rest) = mem::take(&mut slices).split(length);
            slices = rest;
            (!front.params.is_empty()).then_some(front)
        });
        deal(threads, pieces, |mut slices| update(self, &mut slices));
        Ok(())
    }
}

/// The function that updates a piece.
type Serial<'a, O, G, const S: usize> = fn(&Step<O, S>, &mut Slices<'a, G, S>);
