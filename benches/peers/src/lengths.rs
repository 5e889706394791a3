//! The lengths that are measured.

pub const KI: usize = 1 << 10;
pub const MI: usize = 1 << 20;
pub const LENGTHS: [usize; 6] = [KI, 4 * KI, 16 * KI, 256 * KI, 4 * MI, 64 * MI];

/// Through those from which on slices are split.
pub const THREADS: [usize; 11] = [64, KI, 4 * KI, 16 * KI, 64 * KI, 256 * KI, 384 * KI, 768 * KI, MI, 4 * MI, 64 * MI];
