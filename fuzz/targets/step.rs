//! A step of any optimizer over any slices: refused just where the model says, then without a trace; else the bits of
//! the written-out arithmetic on every backend, at every offset, however split, with its state in one buffer or many, and
//! within the bounds of the reference.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::{AnyStep, Error, Isa, split_state};
use gradstep_fuzz::common::{backends::backends, bits::assert_same, bounds, run, run::PlacedTensors, tensors::Tensors};
use gradstep_fuzz::number::{Single, cycle};
use gradstep_fuzz::optimizer::{Call, faults};
use gradstep_fuzz::{assert_verdict, complaint};

#[derive(Arbitrary, Debug)]
struct Input {
    call: Call,
    flush: bool,
    zero: bool,
    n: u8,
    split: u8,
    offsets: [u8; 5],
    /// All slices at the offset of the first.
    together: bool,
    /// Rarely: so long that a sweep first goes to a cache line.
    long: u8,
    /// How much the one buffer of the state is too long.
    excess: i8,
    /// One slice of another length.
    odd: Option<(u8, u8)>,
    /// Another number of state slices.
    states: Option<u8>,
    pool: Vec<Single>,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let (optimizer, t, options) = (input.call.optimizer(), input.call.t(), input.call.options(input.flush));

    let faults = faults(&optimizer, t);
    assert_verdict(&optimizer.at(t), &faults);
    if !faults.is_empty() {
        return;
    }

    let n = usize::from(input.n) + if input.long % 32 == 31 { 4000 } else { 0 };
    let mut tensors = Tensors {
        params: cycle(&input.pool, 0, n),
        grads: cycle(&input.pool, 1, n),
        state: (0..optimizer.state().len()).map(|slot| cycle(&input.pool, 2 + slot, n)).collect(),
    };
    // Second moments are mostly not negative; the bounds need that.
    let squares = input.offsets[0] < 240;
    if squares {
        tensors.state.iter_mut().skip(1).flatten().for_each(|v| *v = v.abs());
    }

    let mut faults = Vec::new();
    if !options.scale.is_finite() {
        faults.push("grad_scale");
    }
    if options.clamp.is_some_and(|limit| !(limit >= 0.0)) {
        faults.push("clamp_grads");
    }
    if let Some((which, length)) = input.odd {
        let length = usize::from(length);
        if length != n {
            let slot = usize::from(which) % (1 + tensors.state.len());
            let (slice, name) = match slot.checked_sub(1) {
                None => (&mut tensors.grads, "grads"),
                Some(slot) => (&mut tensors.state[slot], optimizer.state()[slot]),
            };
            slice.resize(length, 0.5);
            faults.push(name);
        }
    }
    if let Some(states) = input.states {
        let states = usize::from(states) % 5;
        if states != tensors.state.len() {
            tensors.state.resize(states, vec![0.5; n]);
            faults.push("state");
        }
    }

    if !faults.is_empty() {
        for isa in backends() {
            refused_without_a_trace(&input, &run::configured(&optimizer, t, options, isa).unwrap(), &tensors, &faults);
        }
        return;
    }

    let expected = run::expected(&optimizer, t, options, &tensors);
    let mut placed = PlacedTensors::new(n, tensors.state.len());
    let split = usize::from(input.split).min(n);
    for isa in backends() {
        let step = run::configured(&optimizer, t, options, isa).unwrap();
        placed.place(&tensors, 0..n, |slice| usize::from(input.offsets[if input.together { 0 } else { slice }] % 17));
        placed.apply(&step, 0..split, input.zero).unwrap();
        placed.apply(&step, split..n, input.zero).unwrap();
        placed.assert_holds(&expected, 0..n, input.zero, format_args!("{isa}"));
    }
    if squares && !options.flush {
        bounds::check(&optimizer, t, options, &tensors, &expected).unwrap();
    }

    let mut arena = tensors.state.concat();
    let right = arena.len();
    arena.resize(right.saturating_add_signed((input.excess % 4).into()), 0.5);
    let faults: &[&str] = if arena.len() == right { &[] } else { &["arena"] };
    let state = state_slices(&mut arena, tensors.state.len(), n);
    assert_verdict(&state, faults);
    if let Ok(mut state) = state {
        let step = run::configured(&optimizer, t, options, Isa::detect()).unwrap();
        step.apply(&mut tensors.params, &tensors.grads, &mut state).unwrap();
        assert_same(&tensors.params, &expected.params, format_args!("params, state in one buffer"));
        assert_same(&arena, &expected.state.concat(), format_args!("state in one buffer"));
    }
});

/// The state slices of a step, from one buffer.
fn state_slices(arena: &mut [f32], states: usize, n: usize) -> Result<Vec<&mut [f32]>, Error> {
    Ok(match states {
        0 => split_state::<0>(arena, n)?.into(),
        1 => split_state::<1>(arena, n)?.into(),
        2 => split_state::<2>(arena, n)?.into(),
        _ => split_state::<3>(arena, n)?.into(),
    })
}

fn refused_without_a_trace(input: &Input, step: &AnyStep, tensors: &Tensors, faults: &[&str]) {
    let mut after = tensors.clone();
    let (params, grads, mut state) = after.slices_mut();
    let result = run::apply(step, input.zero, params, grads, &mut state);
    assert_verdict(&result, faults);
    let bits = |t: &Tensors| -> Vec<Vec<u32>> { t.slices().map(|s| s.iter().map(|x| x.to_bits()).collect()).collect() };
    assert_eq!(bits(&after), bits(tensors), "written in spite of {}", complaint(result.unwrap_err()));
}
