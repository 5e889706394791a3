//! A long fixed run of everything that computes, and the hashes that it has on every target and backend.
//!
//! Plain `core` and 2 KB of stack, so that the same file runs in `tests/golden.rs` and on a Cortex-M0 (`tests/targets`).
//! A hash changes only in a semver-breaking release: see "Same bits everywhere" in the crate's documentation.

use core::hash::Hasher;

use fnv::FnvHasher;
use gradstep::schedule::{
    Anneal, Constant, Cosine, CosineRestarts, Exponential, InverseSqrt, MultiStep, OneCycle, Polynomial, Schedule,
    StepDecay, Warmup,
};
use gradstep::{AnyOptimizer, Isa, grads};

/// The part's name and its FNV-1a hash. A new optimizer adds a row; a row that is here never changes.
pub const GOLDEN: &[(&str, u64)] = &[
    ("sgd", 0x4a9e_07e0_8b72_813e),
    ("momentum", 0x55de_c9ee_b89e_5a5a),
    ("adam", 0x6d1e_d42c_12e3_1c38),
    ("adamw", 0xeeec_392a_3d30_0000),
    ("amsgrad", 0x6d34_189e_b0b9_448a),
    ("amsgradw", 0x63b6_f1ef_53bf_2051),
    ("grads", 0x55f2_a862_0fc7_63e3),
    ("schedule", 0xe067_b8d6_4e85_995d),
];

/// Every part of the run on `isa`: its name and its hash.
pub fn run(isa: Isa) -> impl Iterator<Item = (&'static str, u64)> {
    let optimizers = AnyOptimizer::ALL.iter().map(move |&optimizer| (optimizer.name(), updates(optimizer, isa)));
    optimizers.chain([("grads", gradient_tools(isa)), ("schedule", schedules())])
}

/// Whether the run on `isa` has exactly the golden parts and hashes.
pub fn holds(isa: Isa) -> bool {
    run(isa).eq(GOLDEN.iter().copied())
}

/// Elements in a slice: on AVX-512 one group of four registers, one register, two `f32x4` and three scalars.
const N: usize = 64 + 16 + 8 + 3;
const STEPS: usize = 80;

/// What a run varies beside the optimizer's own options.
struct Variation {
    scale: f32,
    clamp: Option<f32>,
    flush: bool,
    zero: bool,
}

const VARIATIONS: [Variation; 5] = [
    Variation { scale: 1.0, clamp: None, flush: false, zero: false },
    Variation { scale: 1.0 / 3.0, clamp: Some(0.5), flush: false, zero: true },
    Variation { scale: 1e-36, clamp: None, flush: true, zero: false }, // gradients and states around 2⁻¹²⁶
    Variation { scale: 1e12, clamp: None, flush: false, zero: true },  // v, then θ overflow: ∞ and NaN
    Variation { scale: 0.75, clamp: None, flush: false, zero: false }, // nothing but a scale
];

/// The options of variation `i`: all of them occur, each with every optimizer that has it.
fn options(optimizer: AnyOptimizer, i: usize) -> AnyOptimizer {
    use AnyOptimizer::*;
    let decay = [0.0, 0.01, 0.0, 0.1, 0.0][i];
    let (maximize, corrected, eps_root) = (i == 1, i != 2, if i == 2 { 1e-30 } else { 0.0 });
    let adam =
        |o: gradstep::Adam| o.weight_decay(decay).maximize(maximize).bias_correction(corrected).eps_root(eps_root);
    let adamw =
        |o: gradstep::AdamW| o.weight_decay(decay).maximize(maximize).bias_correction(corrected).eps_root(eps_root);
    match optimizer {
        Sgd(o) => Sgd(o.weight_decay(decay).maximize(maximize)),
        Momentum(o) if i == 2 => Momentum(o.dampening(0.1)),
        Momentum(o) => Momentum(o.weight_decay(decay).maximize(maximize).nesterov(i == 1)),
        Adam(o) => Adam(adam(o)),
        AdamW(o) => AdamW(adamw(o)),
        AmsGrad(o) => AmsGrad(adam(o.base).amsgrad()),
        AmsGradW(o) => AmsGradW(adamw(o.base).amsgrad()),
        other => other,
    }
}

fn updates(optimizer: AnyOptimizer, isa: Isa) -> u64 {
    let mut hash = FnvHasher::default();
    for (i, variation) in VARIATIONS.iter().enumerate() {
        let optimizer = options(optimizer, i);
        let mut params = window(7919 * i);
        let mut state = [[0.0; N]; 3];
        for step in 0..STEPS {
            // The last quarter resumes after a trillion steps: βᵗ of every size.
            let t = step as u64 + if step < STEPS * 3 / 4 { 1 } else { 1_000_000_000_000 };
            let mut configured =
                optimizer.at(t).expect("the options are in range").scale_grads(variation.scale).on(isa);
            if let Some(limit) = variation.clamp {
                configured = configured.clamp_grads(limit);
            }
            if variation.flush {
                configured = configured.flush_subnormals();
            }
            let mut gradients = window(97 * step + 31 * i);
            let [a, b, c] = &mut state;
            let state = &mut [&mut a[..], &mut b[..], &mut c[..]][..optimizer.state().len()];
            let applied = if variation.zero {
                configured.apply_and_zero(&mut params, &mut gradients, state)
            } else {
                configured.apply(&mut params, &gradients, state)
            };
            applied.expect("the lengths agree");
            if step % 8 == 7 {
                [&params, &gradients].into_iter().for_each(|slice| add(&mut hash, slice));
                state.iter().for_each(|slice| add(&mut hash, slice));
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
