//! Any tensors in any formats, in one call: refused just where the model says, then without a trace; else, on every
//! backend, the bits of the written-out arithmetic between decoders and encoders that are written out, too.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::{AnyOptimizer, AnyStep, AnyTensor, Error, Isa, State};
use gradstep_checks::backends::backends;
use gradstep_checks::errors::fault;
use gradstep_checks::storage::{Slice, Source, Stored, kept};
use gradstep_checks::{Model, any};
use gradstep_fuzz::assert_verdict;
use gradstep_fuzz::number::Single;
use gradstep_fuzz::optimizer::Call;
use gradstep_fuzz::tensor::Drawn;
use gradstep_models::{Visitor, one};

#[derive(Arbitrary, Debug)]
struct Input {
    call: Call,
    flush: bool,
    zero: bool,
    seed: u64,
    tensors: Vec<Drawn>,
    pool: Vec<Single>,
}

libfuzzer_sys::fuzz_target!(|input: Input| one(input.call.which(), &mut &input));

impl Visitor for &Input {
    fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, _: &'static str) {
        let (optimizer, t, options) = (self.call.optimizer::<M, S>(), self.call.t(), self.call.options(self.flush));
        if fault::<M, S>(&optimizer, t).is_some() {
            return;
        }
        let drawn = &self.tensors[..self.tensors.len().min(4)];
        let before: Vec<Stored<S>> = drawn.iter().map(|drawn| drawn.stored::<M, S>(&self.pool)).collect();
        let mut first = drawn.iter().zip(&before).find_map(|(drawn, stored)| drawn.fault::<M, S>(stored));
        if !options.scale.is_finite() {
            first = first.or(Some(if options.scale.is_nan() { "gradients" } else { "grad_scale" }));
        }
        if options.clamp.is_some_and(|limit| !(limit >= 0.0)) {
            first = first.or(Some("clamp_grads"));
        }
        let step = |isa| any::step(&optimizer.into(), t, options, isa).unwrap().seed(self.seed);
        if first.is_some() {
            let mut called = before.clone();
            assert_verdict(&apply(&step(Isa::detect()), drawn, &mut called, self.zero), first.as_slice());
            assert!(called.iter().map(bits).eq(before.iter().map(bits)), "written in spite of {first:?}");
            return;
        }

        let updated = |(place, (drawn, before)): (u64, (&Drawn, &Stored<S>))| {
            let source = Source { seed: self.seed, t, id: drawn.id.unwrap_or(place) };
            before.updated::<M>(&optimizer, options, source, drawn.offset() as usize, self.zero)
        };
        let expected: Vec<_> = (0..).zip(drawn.iter().zip(&before)).map(updated).collect();
        for isa in backends() {
            let mut found = before.clone();
            apply(&step(isa), drawn, &mut found, self.zero).unwrap();
            for ((found, expected), before) in found.iter().zip(&expected).zip(&before) {
                found.assert_same(expected, before, format_args!("{optimizer:?} at {t}, {options:?}, {isa}"));
            }
        }
    }
}

fn apply<const S: usize>(step: &AnyStep, drawn: &[Drawn], tensors: &mut [Stored<S>], zero: bool) -> Result<(), Error> {
    let (slices, mut states): (Vec<_>, Vec<_>) = (tensors.iter_mut().zip(drawn))
        .map(|(stored, drawn)| {
            let (params, grads, state) = stored.parts();
            let more = std::iter::repeat_with(State::default);
            let state: Vec<State> = state.into_iter().chain(more).take(drawn.states::<S>()).collect();
            ((params, grads, drawn), state)
        })
        .unzip();
    let tensors = slices.into_iter().zip(&mut states);
    if zero {
        let tensors = tensors.map(|((p, g, drawn), state)| drawn.place(AnyTensor::zeroing(p, g, state)));
        step.apply_all_and_zero(&mut tensors.collect::<Vec<_>>())
    } else {
        let tensors = tensors.map(|((p, g, drawn), state)| drawn.place(AnyTensor::new(p, kept(g), state)));
        step.apply_all(&mut tensors.collect::<Vec<_>>())
    }
}

/// All that a call might write.
fn bits<const S: usize>(stored: &Stored<S>) -> Vec<u32> {
    let slices = [&stored.params, &stored.grads].into_iter().chain(&stored.state);
    let bits = slices.flat_map(|slice| match slice {
        Slice::F32(slice) => slice.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        Slice::U16(slice) => slice.iter().map(|&x| x.into()).collect(),
    });
    bits.chain(stored.beside.iter().map(|&x| x.into())).collect()
}
