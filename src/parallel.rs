//! Feature `rayon`: work in pieces, for the calling thread and the others of the current pool.

extern crate std;

use std::sync::Mutex;

/// A thread is worth waking, which takes some 50 µs, for this many floats: 3 MB.
const SHARE: usize = 3 << 18;

/// Each thread's share is cut into this many pieces, so that a thread that is late leaves its pieces to the others.
const PIECES: usize = 4;

/// The threads worth using for this many floats.
#[inline]
pub fn threads(floats: usize) -> usize {
    let threads = floats / SHARE;
    // Asking rayon for its threads starts them, if none run yet.
    if threads < 2 { 1 } else { threads.min(rayon::current_num_threads()) }
}

/// The length of a piece of `n` elements for this many threads.
pub const fn piece(n: usize, threads: usize) -> usize {
    n.div_ceil(threads * PIECES)
}

/// Deals the pieces out to the calling thread, which begins at once, and to so many others that `threads` work.
pub fn deal<T: Send>(threads: usize, pieces: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    let pieces = Mutex::new(pieces);
    let next = || pieces.lock().ok()?.next();
    let work = || core::iter::from_fn(next).for_each(&work);
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| work());
        }
        work();
    });
}
