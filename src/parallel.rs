//! Feature `rayon`: work in pieces, for the calling thread and others of the current pool.

use core::iter;
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
