//! A step over many threads: each slice is halved until the parts are worth a thread. Elements do not depend on each
//! other, so neither the splits nor the number of threads can change a bit.

use super::Step;
use crate::kernel::{Gradients, Slices};
use crate::{Error, Optimizer};

/// A thread of its own is worth this many elements: waking one takes some 20 µs.
const PART: usize = 1 << 20;

impl<O: Optimizer<S>, const S: usize> Step<O, S> {
    /// As [`apply`](Self::apply) on all threads of the current rayon pool: the same bits.
    ///
    /// Slices of fewer than 2 Mi elements are not split. May allocate and panic where rayon does.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    ///
    /// ```
    /// use gradstep::{Optimizer, Sgd};
    ///
    /// let mut params = vec![1.0; 3_000_000];
    /// let grads = vec![0.5; 3_000_000];
    /// Sgd::new(0.5).at(1)?.par_apply(&mut params, &grads, [])?;
    /// assert!(params.iter().all(|&p| p == 0.75));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn par_apply(&self, params: &mut [f32], grads: &[f32], state: [&mut [f32]; S]) -> Result<(), Error> {
        let slices = Slices { params, grads, state };
        self.check(&slices)?;
        self.divide(O::update, slices);
        Ok(())
    }

    /// As [`apply_and_zero`](Self::apply_and_zero) on all threads of the current rayon pool: the same bits.
    ///
    /// Slices of fewer than 2 Mi elements are not split. May allocate and panic where rayon does.
    ///
    /// # Errors
    ///
    /// As [`apply_and_zero`](Self::apply_and_zero).
    ///
    /// ```
    /// use gradstep::{Momentum, Optimizer};
    ///
    /// let [mut params, mut grads, mut velocity] = [0.0, 1.0, 0.0].map(|x| vec![x; 100_000]);
    /// Momentum::new(0.5, 0.9).at(1)?.par_apply_and_zero(&mut params, &mut grads, [&mut velocity])?;
    /// assert!(params.iter().all(|&p| p == -0.5) && grads.iter().all(|&g| g == 0.0));
    /// # Ok::<(), gradstep::Error>(())
    /// ```
    pub fn par_apply_and_zero(
        &self,
        params: &mut [f32],
        grads: &mut [f32],
        state: [&mut [f32]; S],
    ) -> Result<(), Error> {
        let slices = Slices { params, grads, state };
        self.check(&slices)?;
        self.divide(O::update_and_zero, slices);
        Ok(())
    }

    fn divide<'a, G: Gradients<'a> + Send>(&self, update: Compiled<'a, Self, G, S>, slices: Slices<'a, G, S>) {
        let parts = slices.params.len() / PART;
        // Asking rayon for its threads starts them, if none run yet.
        let parts = if parts < 2 { 1 } else { parts.min(rayon::current_num_threads()) };
        self.update_parts(update, slices, parts);
    }

    fn update_parts<'a, G: Gradients<'a> + Send>(
        &self,
        update: Compiled<'a, Self, G, S>,
        mut slices: Slices<'a, G, S>,
        parts: usize,
    ) {
        if parts < 2 {
            return update(self, &mut slices);
        }
        let mid = cut(slices.params.len(), parts);
        let (front, back) = slices.split(mid);
        rayon::join(
            || self.update_parts(update, front, parts / 2),
            || self.update_parts(update, back, parts - parts / 2),
        );
    }
}

/// The serial function that the parts go to.
type Compiled<'a, Step, G, const S: usize> = fn(&Step, &mut Slices<'a, G, S>);

/// Where to cut `n` elements for `parts` nearly equal parts, the first half of them before the cut: at a cache line, to
/// keep what alignment there is.
const fn cut(n: usize, parts: usize) -> usize {
    (n / parts * (parts / 2)).next_multiple_of(16)
}

#[cfg(test)]
mod tests {
    use super::{PART, cut};

    fn longest(n: usize, parts: usize) -> usize {
        if parts < 2 {
            return n;
        }
        let mid = cut(n, parts);
        longest(mid, parts / 2).max(longest(n - mid, parts - parts / 2))
    }

    #[test]
    fn parts_are_nearly_equal() {
        for n in [2 * PART, 3_000_017, 25_557_032, 1 << 28] {
            for parts in 1..=(n / PART).min(64) {
                assert!(longest(n, parts) <= n / parts + 16 * 7, "{n} in {parts}");
            }
        }
    }
}
