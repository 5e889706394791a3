//! The loop that anyone would write, of every optimizer: around the arithmetic that the tests have written out for one
//! element, of the first case of its model. `run.sh` compiles it for several processors.

use gradstep::{AnyOptimizer, Decay, MAX_STATE, Optimizer};
use gradstep_checks::Model;
use gradstep_models::{Visitor, one};

struct Steps<'a> {
    times: usize,
    slices: [&'a mut [f32]; 2 + MAX_STATE],
}

/// Takes the same step of an optimizer, by its number in the registry, so many times.
#[unsafe(no_mangle)]
pub fn plain(number: usize, times: usize, slices: [&mut [f32]; 2 + MAX_STATE]) {
    one(number, &mut Steps { times, slices });
}

impl Visitor for Steps<'_> {
    fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, _: &'static str) {
        let (_, optimizer) = M::cases().next().expect("a first case");
        let rule = M::written_out(&optimizer, 1000);
        let shrink = (1.0 - optimizer.lr() * optimizer.weight_decay()) as f32;
        let element =
            |p, g, old| rule(if const { matches!(M::DECAY, Decay::Shrink) } { shrink * p } else { p }, g, old);
        for _ in 0..self.times {
            let [p, g, a, b, c, d] = &mut self.slices;
            step(element, p, g, a, b, c, d);
        }
    }
}

/// Slices as arguments, not in an array: so the compiler knows that none overlaps another.
#[inline(never)]
fn step<const S: usize>(
    element: impl Fn(f32, f32, [f32; S]) -> (f32, [f32; S]),
    p: &mut [f32],
    g: &[f32],
    a: &mut [f32],
    b: &mut [f32],
    c: &mut [f32],
    d: &mut [f32],
) {
    let n = p.len();
    let states = [a, b, c, d];
    if g.len() != n || states.iter().any(|s| s.len() != n) {
        return;
    }
    for i in 0..n {
        let new;
        (p[i], new) = element(p[i], g[i], std::array::from_fn(|k| states[k][i]));
        for k in 0..S {
            states[k][i] = new[k];
        }
    }
}
