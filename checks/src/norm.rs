//! The order of the additions in a sum of squares, written out.

use std::vec::Vec;

/// Blocks of 4096, each into 32 sums that are then halved, and a tree over the blocks.
pub fn sum_of_squares(values: &[f32]) -> f64 {
    tree(&values.chunks(4096).map(block).collect::<Vec<_>>())
}

/// A tree over the sums of the slices that are not empty.
pub fn sum_of_squares_of(slices: &[Vec<f32>]) -> f64 {
    tree(&slices.iter().filter(|s| !s.is_empty()).map(|s| sum_of_squares(s)).collect::<Vec<_>>())
}

fn block(values: &[f32]) -> f64 {
    let mut lanes = [0.0; 32];
    for (i, &x) in values.iter().enumerate() {
        lanes[i % 32] += f64::from(x) * f64::from(x);
    }
    for half in [16, 8, 4, 2, 1] {
        for l in 0..half {
            lanes[l] += lanes[l + half];
        }
    }
    lanes[0]
}

/// T(N) = T(the first p) + T(the rest), p the largest power of two below N.
fn tree(terms: &[f64]) -> f64 {
    match terms {
        [] => 0.0,
        [term] => *term,
        _ => {
            let (first, rest) = terms.split_at(terms.len().next_power_of_two() / 2);
            tree(first) + tree(rest)
        }
    }
}
