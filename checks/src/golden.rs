//! A long fixed run of everything that computes, and the hashes that it has on every target and backend.
//!
//! Plain `core` and 2 KB of stack: it also runs on a Cortex-M0. A hash changes only in a semver-breaking release: see "Same
//! bits everywhere" in the crate's documentation. The hash of an optimizer is its [`Model::GOLDEN`].

use core::hash::Hasher;

use fnv::FnvHasher;
use gradstep::schedule::{
    Anneal, Constant, Cosine, CosineRestarts, Exponential, InverseSqrt, MultiStep, OneCycle, Polynomial, Schedule,
    StepDecay, Warmup,
};
use gradstep::{Isa, grads};

use crate::Model;
use crate::written_out::Options;

/// A part of the run that no optimizer has: its name, its FNV-1a hash on `isa`, and the golden one.
pub type Part = (&'static str, u64, u64);

/// The parts that no optimizer has.
pub fn other_parts(isa: Isa) -> impl Iterator<Item = Part> {
    let parts =
        [("grads", gradient_tools(isa), 0x55f2_a862_0fc7_63e3), ("schedule", schedules(), 0xe067_b8d6_4e85_995d)];
    #[cfg(feature = "storage")]
    let parts = parts.into_iter().chain([("storage", storage::formats(isa), 0x8d78_5418_3afe_10a4)]);
    parts.into_iter()
}

/// Panics unless every backend has the golden hash.
#[cfg(feature = "std")]
pub fn hash<M: Model<S>, const S: usize>() {
    for isa in crate::backends::backends() {
        let found = updates::<M, S>(isa);
        assert_eq!(found, M::GOLDEN, "on {isa}: {found:#018x}, but GOLDEN is {:#018x}", M::GOLDEN);
    }
}

/// What a part of the run varies. An optimizer varies its own options by the `number`.
#[derive(Clone, Copy, Debug)]
pub struct Variation {
    /// From 0 to 4.
    pub number: usize,
    /// 0 in variations 0, 2 and 4.
    pub weight_decay: f64,
    /// In variation 1.
    pub maximize: bool,
    options: Options,
    zero: bool,
}

const VARIATIONS: [Variation; 5] = {
    let first = Variation { number: 0, weight_decay: 0.0, maximize: false, options: Options::NONE, zero: false };
    let none = Options::NONE;
    [
        first,
        Variation {
            number: 1,
            weight_decay: 0.01,
            maximize: true,
            options: Options { scale: 1.0 / 3.0, clamp: Some(0.5), ..none },
            zero: true,
        },
        // Gradients and states around 2⁻¹²⁶.
        Variation { number: 2, options: Options { scale: 1e-36, flush: true, ..none }, ..first },
        // v, then θ overflow: ∞ and NaN.
        Variation { number: 3, weight_decay: 0.1, options: Options { scale: 1e12, ..none }, zero: true, ..first },
        // Nothing but a scale.
        Variation { number: 4, options: Options { scale: 0.75, ..none }, ..first },
    ]
};

/// Elements in a slice: on AVX-512 one group of four registers, one register, two `f32x4` and three scalars.
const N: usize = 64 + 16 + 8 + 3;
const STEPS: usize = 80;

/// The part of an optimizer: its hash.
pub fn updates<M: Model<S>, const S: usize>(isa: Isa) -> u64 {
    let mut hash = FnvHasher::default();
    for variation in VARIATIONS {
        let (i, optimizer) = (variation.number, M::golden(variation));
        let mut params = window(7919 * i);
        let mut state = [[0.0; N]; S];
        for step in 0..STEPS {
            // The last quarter resumes after a trillion steps: βᵗ of every size.
            let t = step as u64 + if step < STEPS * 3 / 4 { 1 } else { 1_000_000_000_000 };
            let mut gradients = window(97 * step + 31 * i);
            let state_slices = state.each_mut().map(|slice| &mut slice[..]);
            let step_of_t = variation.options.step(&optimizer, t, isa).expect("the options are in range");
            let applied = if variation.zero {
                step_of_t.apply_and_zero(&mut params, &mut gradients, state_slices)
            } else {
                step_of_t.apply(&mut params, &gradients, state_slices)
            };
            applied.expect("the lengths agree");
            if step % 8 == 7 {
                [&params, &gradients].into_iter().chain(&state).for_each(|slice| add(&mut hash, slice));
            }
        }
    }
    hash.finish()
}

fn gradient_tools(isa: Isa) -> u64 {
    let mut hash = FnvHasher::default();
    let tools = grads::on(isa);
    // One slice of every kind of length up to three blocks of 4096, then all of them as one gradient.
    let slices = [0, 1, 2, 31, 32, 33, 100, 4095, 4096, 4097, 8192, NOISE.len()].map(|len| &NOISE[..len]);
    for slice in slices {
        let norm = tools.norm([slice]);
        hash.write(&tools.sum_of_squares([slice]).to_bits().to_le_bytes());
        hash.write(&grads::clip_factor(norm, 1.0).to_bits().to_le_bytes());
        hash.write(&[tools.all_finite([slice]).into()]);
    }
    hash.write(&tools.norm(slices).to_bits().to_le_bytes());

    let mut sum = window(0);
    tools.accumulate(&mut sum, &window(N)).expect("the lengths agree");
    tools.scale(&mut sum, 1.0 / 3.0).expect("the factor is finite");
    tools.clamp(&mut sum, 100.0).expect("the limit is not negative");
    add(&mut hash, &sum);
    hash.finish()
}

/// Steps in every format.
#[cfg(feature = "storage")]
mod storage {
    use super::*;
    use gradstep::storage::{bf16, f16, split};
    use gradstep::{Adam, Grads, GradsMut, Half, Optimizer, Params, Sgd, Slot, State, Tensor};

    pub fn formats(isa: Isa) -> u64 {
        let mut hash = FnvHasher::default();
        steps(&mut hash, isa, Sgd::new(0.01).weight_decay(0.1));
        steps(&mut hash, isa, Adam::new(1e-3).weight_decay(0.01));
        steps(&mut hash, isa, Adam::new(1e-3).maximize(true).amsgrad());
        hash.finish()
    }

    /// Parameters in five formats, gradients in three, state in two.
    fn steps<O: Optimizer<S>, const S: usize>(hash: &mut FnvHasher, isa: Isa, optimizer: O) {
        for (format, grads, state) in (0..30).map(|i| (i % 5, i / 5 % 3, i / 15)) {
            let mut floats = window(97 * format);
            let [mut bits, mut beside] = [[0; N]; 2];
            match format {
                3 => split::encode_on(isa, &floats, &mut bits, &mut beside).expect("the lengths agree"),
                _ => bf16::encode_on(isa, &floats, &mut bits).expect("the lengths agree"),
            }
            let (mut exact, mut short) = ([[0.0; N]; S], [[0; N]; S]);
            for t in [1, 2, 3, 1_000_000_000_000] {
                let mut gradients = window(31 * t as usize % 4096);
                let mut short_gradients = [0; N];
                match grads {
                    1 => bf16::encode_on(isa, &gradients, &mut short_gradients).expect("the lengths agree"),
                    _ => f16::encode_on(isa, &gradients, &mut short_gradients).expect("the lengths agree"),
                }
                let params = match format {
                    0 => Params::F32(&mut floats),
                    1 => Params::Copied { f32: &mut floats, copy: Half::Bf16(&mut beside) },
                    2 => Params::Copied { f32: &mut floats, copy: Half::F16(&mut beside) },
                    3 => Params::Split { bf16: &mut bits, rest: &mut beside },
                    _ => Params::Bf16(&mut bits),
                };
                let mut slots = O::SLOTS.iter();
                let mut slices = exact.iter_mut().zip(&mut short);
                let slices = [(); S].map(|()| match (slots.next(), slices.next()) {
                    (Some(Slot::Exact), Some((exact, _))) => State::F32(exact),
                    (_, Some((exact, _))) if state == 0 => State::F32(exact),
                    (_, Some((_, short))) => State::Bf16(short),
                    _ => State::F32(&mut []),
                });
                let step = optimizer.at(t).expect("the options are in range").seed(t ^ 5).on(isa);
                if t % 2 == 0 {
                    let gradients = match grads {
                        0 => GradsMut::F32(&mut gradients),
                        1 => GradsMut::Bf16(&mut short_gradients),
                        _ => GradsMut::F16(&mut short_gradients),
                    };
                    step.apply_all_and_zero(&mut [Tensor::zeroing(params, gradients, slices).id(t).offset(1 << 40)])
                } else {
                    let gradients = match grads {
                        0 => Grads::F32(&gradients),
                        1 => Grads::Bf16(&short_gradients),
                        _ => Grads::F16(&short_gradients),
                    };
                    step.scale_grads(0.5).apply_all(&mut [Tensor::new(params, gradients, slices).id(t)])
                }
                .expect("the lengths agree");
                add(hash, &floats);
                exact.iter().for_each(|slice| add(hash, slice));
                // By their values, since the bits of a NaN are nobody's promise.
                let mut values = [0.0; N];
                for bits in [&bits].into_iter().chain(&short) {
                    bf16::decode_on(isa, bits, &mut values).expect("the lengths agree");
                    add(hash, &values);
                }
                match format {
                    2 => f16::decode_on(isa, &beside, &mut values),
                    3 => split::decode_on(isa, &bits, &beside, &mut values),
                    _ => bf16::decode_on(isa, &beside, &mut values),
                }
                .expect("the lengths agree");
                add(hash, &values);
            }
        }
    }
}

/// Schedules are f64 and know no backend, but their bits too are the same on every target.
fn schedules() -> u64 {
    let schedules: [&dyn Schedule; 12] = [
        &Constant::new(1e-3),
        &StepDecay::new(0.1, 7).gamma(0.3),
        &MultiStep::new(0.1, &[5, 30, 31]).gamma(0.7),
        &Exponential::new(0.1, 0.97),
        &InverseSqrt::new(1e-3, 13),
        &Polynomial::new(0.1, 90).end_lr(1e-4),
        &Polynomial::new(0.1, 90).power(1.7),
        &Cosine::new(0.1, 77).end_lr(1e-5),
        &CosineRestarts::new(0.1, 9).growth(2).end_lr(1e-5),
        &Warmup::new(10, Cosine::new(0.1, 60)).start_factor(0.01),
        &OneCycle::new(0.1, 80),
        &OneCycle::new(0.1, 80).anneal(Anneal::Linear).three_phase(true),
    ];
    let mut hash = FnvHasher::default();
    for schedule in schedules {
        for t in (1..=100).chain([1_000, 1_000_000_007, u64::MAX]) {
            let lr = schedule.at(t).expect("the schedule is in range");
            hash.write(&lr.to_bits().to_le_bytes());
        }
    }
    hash.finish()
}

/// `N` consecutive values of the noise, from `start` on.
fn window(start: usize) -> [f32; N] {
    let start = start % (NOISE.len() - N);
    let mut values = [0.0; N];
    values.copy_from_slice(&NOISE[start..start + N]);
    values
}

/// Finite noise in flash: either sign, magnitudes 2⁻²⁰ to 2⁴, now and then a zero, a subnormal or 2⁶⁰.
static NOISE: [f32; 2 * 4096 + 809] = {
    let mut values = [0.0; _];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut i = 0;
    while i < values.len() {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let random = (state >> 32) as u32;
        let exponent = match i % 61 {
            20 => 0,
            40 => 127 + 60,
            _ => 127 - 20 + (state as u32 >> 8) % 24,
        };
        let magnitude = if i % 61 == 60 { 0 } else { exponent << 23 | random & 0x007f_ffff };
        values[i] = f32::from_bits(random & 0x8000_0000 | magnitude);
        i += 1;
    }
    values
};

/// Adds the bits of `values`. Every NaN counts as the same: its sign and payload are nobody's promise.
fn add(hash: &mut FnvHasher, values: &[f32]) {
    for value in values {
        let bits = if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
        hash.write(&bits.to_le_bytes());
    }
}
