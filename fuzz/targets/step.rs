//! A step of any optimizer over any slices: refused just where the model says, then without a trace; else the bits of
//! the written-out arithmetic on every backend, at every offset, however split, with its state in one buffer or many, and
//! within the bounds of the reference.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::{AnyOptimizer, Isa, MAX_STATE, Optimizer, Step, split_state};
use gradstep_checks::backends::backends;
use gradstep_checks::errors::{assert_untouched, fault};
use gradstep_checks::model::Holds;
use gradstep_checks::tensors::Tensors;
use gradstep_checks::written_out::assert_same;
use gradstep_checks::{Model, any, bounds};
use gradstep_fuzz::assert_verdict;
use gradstep_fuzz::number::{Single, cycle};
use gradstep_fuzz::optimizer::Call;
use gradstep_models::{Visitor, one};

#[derive(Arbitrary, Debug)]
struct Input {
    call: Call,
    flush: bool,
    zero: bool,
    n: u8,
    split: u8,
    offsets: [u8; 2 + MAX_STATE],
    /// All slices at the offset of the first.
    together: bool,
    /// Rarely: so long that a sweep first goes to a cache line.
    long: u8,
    /// How much the one buffer of the state is too long.
    excess: i8,
    /// One slice of another length.
    odd: Option<(u8, u8)>,
    /// Another number of state slices, for the step chosen at run time.
    states: u8,
    pool: Vec<Single>,
}

libfuzzer_sys::fuzz_target!(|input: Input| one(input.call.which(), &mut &input));

impl Visitor for &Input {
    fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, _: &'static str) {
        let (optimizer, t, options) = (self.call.optimizer::<M, S>(), self.call.t(), self.call.options(self.flush));
        let first = fault::<M, S>(&optimizer, t);
        assert_verdict(&optimizer.at(t), first.as_slice());
        if first.is_some() {
            return;
        }

        let n = usize::from(self.n) + if self.long % 32 == 31 { 4000 } else { 0 };
        let mut tensors = Tensors {
            params: cycle(&self.pool, 0, n),
            grads: cycle(&self.pool, 1, n),
            state: std::array::from_fn(|slot| cycle(&self.pool, 2 + slot, n)),
        };
        // Squares are mostly not negative; the bounds need that.
        let squares = self.offsets[0] < 240;
        for (slice, (.., holds)) in tensors.state.iter_mut().zip(M::STATE) {
            if squares && matches!(holds, Holds::Squares | Holds::Magnitudes) {
                slice.iter_mut().for_each(|v| *v = v.abs());
            }
        }

        let mut first = None;
        if let Some((which, length)) = self.odd
            && usize::from(length) != n
        {
            let (slice, name) = match (usize::from(which) % (1 + S)).checked_sub(1) {
                None => (&mut tensors.grads, "grads"),
                Some(slot) => (&mut tensors.state[slot], M::STATE[slot].0),
            };
            slice.resize(length.into(), 0.5);
            first = Some(name);
        }
        if !options.scale.is_finite() {
            first = first.or(Some(if options.scale.is_nan() { "gradients" } else { "grad_scale" }));
        }
        if options.clamp.is_some_and(|limit| !(limit >= 0.0)) {
            first = first.or(Some("clamp_grads"));
        }

        // Chosen at run time, it counts its slices first.
        let states = usize::from(self.states) % 6;
        let faults = if states == S { first } else { Some("state") };
        let step = any::step(&optimizer.into(), t, options, Isa::detect()).unwrap();
        let (call, _) = any::CALLS[usize::from(self.zero)];
        let mut called = tensors.clone();
        assert_verdict(&any::apply(call, &step, &mut called, states), faults.as_slice());
        if faults.is_some() {
            assert_untouched(&called, &tensors, "a fault of any step");
        }

        if first.is_some() {
            for isa in backends() {
                self.refused_without_a_trace(&options.step(&optimizer, t, isa).unwrap(), &tensors, first);
            }
            return;
        }

        let expected = tensors.updated::<M>(&optimizer, t, options);
        let mut placed = Tensors::room(n);
        let split = usize::from(self.split).min(n);
        for isa in backends() {
            let step = options.step(&optimizer, t, isa).unwrap();
            placed.place(&tensors, n, |slice| usize::from(self.offsets[if self.together { 0 } else { slice }] % 17));
            placed.apply_to(0..split, &step, self.zero).unwrap();
            placed.apply_to(split..n, &step, self.zero).unwrap();
            placed.assert_holds(&expected, self.zero, format_args!("{isa}"));
            placed.assert_fences(format_args!("{isa}"));
        }
        if squares && !options.flush {
            bounds::check::<M, S>(&optimizer, t, options, &tensors, &expected).unwrap();
        }

        let mut arena = tensors.state.concat();
        let right = arena.len();
        arena.resize(right.saturating_add_signed((self.excess % 4).into()), 0.5);
        let faults: &[&str] = if arena.len() == right { &[] } else { &["arena"] };
        let state = split_state::<S>(&mut arena, n);
        assert_verdict(&state, faults);
        if let Ok(state) = state {
            let step = options.step(&optimizer, t, Isa::detect()).unwrap();
            step.apply(&mut tensors.params, &tensors.grads, state).unwrap();
            assert_same(&tensors.params, &expected.params, format_args!("params, state in one buffer"));
            assert_same(&arena, &expected.state.concat(), format_args!("state in one buffer"));
        }
    }
}

impl Input {
    fn refused_without_a_trace<O: Optimizer<S>, const S: usize>(
        &self,
        step: &Step<O, S>,
        tensors: &Tensors<Vec<f32>, S>,
        first: Option<&'static str>,
    ) {
        let mut called = tensors.clone();
        assert_verdict(&called.apply(step, self.zero), first.as_slice());
        assert_untouched(&called, tensors, first.unwrap_or_default());
    }
}
