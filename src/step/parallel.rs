//! A step over many threads: each slice is halved until the parts are worth a thread. Elements do not depend on each
//! other, so neither the splits nor the number of threads can change a bit.

use super::{Step, checked};
use crate::kernel::{Gradients, Slices};
use crate::{Error, Optimizer};

/// Below this many elements a second thread costs more than it saves.
const SERIAL: usize = 1 << 15;

impl<O: Optimizer<S>, const S: usize> Step<O, S> {
    /// As [`apply`](Self::apply) on all threads of the current rayon pool: the same bits.
    ///
    /// Short slices are not split. May allocate and panic where rayon does.
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
    pub fn par_apply(&self, params: &mut [f32], grads: &[f32], state: [&mut [f32]; S]) -> Result<(), Error> {
        self.par_run(checked::<O, _, S>(params, grads, state)?)
    }

    /// As [`apply_and_zero`](Self::apply_and_zero) on all threads of the current rayon pool: the same bits.
    ///
    /// # Errors
    ///
    /// As [`apply_and_zero`](Self::apply_and_zero).
    pub fn par_apply_and_zero(
        &self,
        params: &mut [f32],
        grads: &mut [f32],
        state: [&mut [f32]; S],
    ) -> Result<(), Error> {
        self.par_run(checked::<O, _, S>(params, grads, state)?)
    }

    fn par_run<'a, G: Gradients<'a> + Send>(&self, slices: Slices<'a, G, S>) -> Result<(), Error> {
        self.check_options()?;
        let n = slices.params.len();
        let part = n.div_ceil(rayon::current_num_threads()).max(SERIAL / 2).next_multiple_of(64);
        self.par_sweep(slices, part);
        Ok(())
    }

    fn par_sweep<'a, G: Gradients<'a> + Send>(&self, slices: Slices<'a, G, S>, part: usize) {
        let parts = slices.params.len() / part;
        if parts < 2 {
            return G::update(self, slices);
        }
        let (front, back) = slices.split(parts / 2 * part);
        rayon::join(|| self.par_sweep(front, part), || self.par_sweep(back, part));
    }
}
