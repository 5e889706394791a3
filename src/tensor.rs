//! One flat buffer as the state slices of an optimizer.

use crate::error::Error;

/// The `S·n` elements of `arena` as `S` slices of `n`, for `n` parameters: state from a single buffer, static or
/// part of a checkpoint.
///
/// # Errors
///
/// [`Error::Length`] with the name `arena` unless `arena` has exactly `S·n` elements.
///
/// ```
/// use gradstep::{Adam, Optimizer, split_state};
///
/// let mut arena = [0.0; 2 * 100];
/// let (mut params, grads) = ([1.0; 100], [0.5; 100]);
/// let state = split_state::<2>(&mut arena, params.len())?;
/// Adam::new(1e-3).at(1)?.apply(&mut params, &grads, state)?;
/// # Ok::<(), gradstep::Error>(())
/// ```
pub fn split_state<const S: usize>(arena: &mut [f32], n: usize) -> Result<[&mut [f32]; S], Error> {
    let (expected, found) = (S.saturating_mul(n), arena.len());
    if found != expected {
        return Err(Error::Length { slice: "arena", expected, found });
    }
    let mut slices = arena.chunks_exact_mut(n.max(1));
    Ok(core::array::from_fn(|_| slices.next().unwrap_or_default()))
}
