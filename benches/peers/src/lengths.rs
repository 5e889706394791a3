//! What is measured, for `measure` and `report`.

pub const KI: usize = 1 << 10;
pub const MI: usize = 1 << 20;
pub const LENGTHS: [usize; 6] = [KI, 4 * KI, 16 * KI, 256 * KI, 4 * MI, 64 * MI];
pub const CACHED: [usize; 4] = [KI, 4 * KI, 16 * KI, 256 * KI];
pub const OPTIONS: [usize; 5] = [KI, 4 * KI, 16 * KI, 256 * KI, 4 * MI];
pub const SHORT: [usize; 16] = [1, 2, 4, 7, 8, 10, 15, 16, 24, 31, 32, 48, 63, 64, 128, 256];
/// Through those from which on slices are split.
pub const THREADS: [usize; 8] = [64, 16 * KI, 256 * KI, 384 * KI, 768 * KI, MI, 4 * MI, 64 * MI];

/// The tensors over which short calls go.
pub const TENSORS: usize = 16;

/// The optimizers that most train with.
pub const USUAL: [&str; 6] = ["sgd", "momentum", "adam", "adamw", "rmsprop", "lion"];
