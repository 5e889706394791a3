use super::{bias_correction, bitwise_sqrt, sqrt};
use crate::{Adam, Optimizer};

/// The relative error that docs/arithmetic.md proves: of any β, and of a β whose 1 − β is an f64.
const BOUND: f64 = 1.5 * UNIT;
const BOUND_FROM_HALF: f64 = 1.125 * UNIT;
/// What rounding to f64 may cost, relatively: 2⁻⁵³.
const UNIT: f64 = f64::EPSILON / 2.0;

/// The largest β that is below 1 as an f32: the next rounds to even, which is 1.
const LARGEST: f64 = 1.0 - f32::EPSILON as f64 / 4.0 - UNIT;
const BETAS: [f64; 21] = [
    0.0,
    5e-324,
    1e-300,
    1e-20,
    1e-16,
    UNIT,
    1e-8,
    0.1,
    0.25,
    0.3,
    0.49,
    0.5,
    0.6,
    0.9,
    0.95,
    0.99,
    0.999,
    0.9999,
    0.999_999_9,
    1.0 - f32::EPSILON as f64 / 2.0,
    LARGEST,
];
const COUNTS: [u64; 16] = [
    1,
    2,
    3,
    4,
    7,
    10,
    100,
    1000,
    10_000,
    10_001,
    1_000_000,
    (1 << 24) - 1,
    1 << 32,
    1_000_000_000_000,
    u64::MAX - 1,
    u64::MAX,
];

/// A number from 0 to below 1, as an integer multiple of 2⁻²⁵⁶, its lowest 64 bits first.
type Fixed = [u64; 4];

fn fixed(mut x: f64) -> Fixed {
    let mut limbs = [0; 4];
    for limb in limbs.iter_mut().rev() {
        x *= 2.0 * (1_u64 << 63) as f64;
        *limb = x as u64;
        x -= *limb as f64;
    }
    limbs
}

fn product(a: Fixed, b: Fixed) -> Fixed {
    let mut limbs = [0; 8];
    for (i, &a) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, &b) in b.iter().enumerate() {
            let sum = u128::from(a) * u128::from(b) + u128::from(limbs[i + j]) + carry;
            limbs[i + j] = sum as u64;
            carry = sum >> 64;
        }
        limbs[i + 4] = carry as u64;
    }
    [limbs[4], limbs[5], limbs[6], limbs[7]]
}

/// βᵗ, to 2⁻²⁰⁰ of 1 − βᵗ.
fn power(beta: f64, mut t: u64) -> Fixed {
    let mut power = [u64::MAX; 4];
    let mut square = fixed(beta);
    while t != 0 {
        if t & 1 == 1 {
            power = product(power, square);
        }
        square = product(square, square);
        t >>= 1;
    }
    power
}

/// c − (1 − βᵗ), in units of `c`.
fn relative_error(c: f64, beta: f64, t: u64) -> f64 {
    // c + βᵗ is 1 but for the error: what is left beside 1 is its two's complement.
    let mut carry = 0;
    let mut error = [0; 4];
    let c_mod_1 = fixed(if c == 1.0 { 0.0 } else { c });
    for ((error, a), b) in error.iter_mut().zip(c_mod_1).zip(power(beta, t)) {
        let sum = u128::from(a) + u128::from(b) + carry;
        *error = sum as u64;
        carry = sum >> 64;
    }
    let negative = error[3] >> 63 == 1;
    let magnitude = to_f64(error.map(|limb| if negative { !limb } else { limb }));
    (if negative { -magnitude } else { magnitude }) / c
}

/// 1 − βᵗ to the last bit of an f64 or nearly, by way of 256 bits.
fn exact(beta: f64, t: u64) -> f64 {
    to_f64(power(beta, t).map(|limb| !limb))
}

fn to_f64(limbs: Fixed) -> f64 {
    limbs.iter().fold(0.0, |sum, &limb| (sum + limb as f64) / 2.0 / (1_u64 << 63) as f64)
}

/// From 0 to as close to 1 as f32 allows, every distance from 1 equally often.
fn random_beta(random: &mut fastrand::Rng) -> f64 {
    let distance = random.f64() + f64::EPSILON;
    let beta = 1.0 - distance / (1_u32 << random.u32(0..25)) as f64;
    beta.clamp(0.0, LARGEST)
}

fn random_count(random: &mut fastrand::Rng) -> u64 {
    (random.u64(..) >> random.u32(0..64)).max(1)
}

#[test]
fn is_within_its_bound_of_the_exact_value() {
    let mut random = fastrand::Rng::with_seed(1);
    let chosen = BETAS.into_iter().flat_map(|beta| COUNTS.map(|t| (beta, t)));
    let drawn = core::iter::from_fn(|| Some((random_beta(&mut random), random_count(&mut random))));
    let [mut worst, mut worst_from_half] = [0.0_f64; 2];
    for (beta, t) in chosen.chain(drawn.take(200_000)) {
        let error = relative_error(bias_correction(beta, t), beta, t).abs();
        let (worst, bound) = if beta < 0.5 { (&mut worst, BOUND) } else { (&mut worst_from_half, BOUND_FROM_HALF) };
        assert!(error <= bound, "β = {beta:e}, t = {t}: {} of 2⁻⁵³", error / UNIT);
        *worst = worst.max(error);
    }
    assert!(worst > BOUND / 2.0 && worst_from_half > BOUND_FROM_HALF / 2.0, "{worst:e} {worst_from_half:e}");
}

#[test]
fn the_first_is_one_minus_beta() {
    let mut random = fastrand::Rng::with_seed(2);
    for beta in BETAS.into_iter().chain(core::iter::repeat_with(|| random_beta(&mut random)).take(10_000)) {
        assert_eq!(bias_correction(beta, 1), 1.0 - beta, "{beta:e}");
    }
}

#[test]
fn is_exactly_one_where_the_power_is_nothing() {
    for beta in BETAS {
        assert_eq!(bias_correction(beta, u64::MAX), 1.0, "{beta:e}");
        assert_eq!(bias_correction(beta, 1 << 32), 1.0, "{beta:e}");
    }
    for t in COUNTS {
        assert_eq!([bias_correction(0.0, t), bias_correction(-0.0, t), bias_correction(1e-17, t)], [1.0; 3], "{t}");
    }
}

/// No count is taken for another: with every step the correction grows, by β^t·(1 − β), until that is lost in rounding.
#[test]
fn grows_with_every_step() {
    for (beta, steps) in [(0.5, 100), (0.9, 500), (0.99, 5000), (0.999, 40_000), (0.999_999_9, 100_000)] {
        for start in [1, 10_000, 1_000_000, 10_000_000, 1 << 32] {
            let mut last = bias_correction(beta, start);
            for t in start..start + steps {
                let next = bias_correction(beta, t + 1);
                let growth = (1.0 - last) * (1.0 - beta);
                assert!(next > last || next == last && growth < UNIT, "β = {beta}, t = {t}: {last:e}, then {next:e}");
                assert!((next - last - growth).abs() <= 4.0 * UNIT, "β = {beta}, t = {t}: {last:e}, then {next:e}");
                last = next;
            }
        }
    }
}

/// One step of Adam, so chosen that the parameter becomes −η/(1 − β₁ᵗ), or −√(1 − β₂ᵗ), with only one rounding to f32,
/// or two. A count that is off by one would change half of the bits that are compared, or all.
#[test]
fn a_step_corrects_by_its_own_count() {
    let beta = 0.999_999_9;
    for t in [10_000, 100_000, 1_000_000, 3_000_000, 10_000_000, 20_000_000].into_iter().flat_map(|t| t..t + 50) {
        let stepped = |adam: Adam, m: f32, v: f32| {
            let (mut params, mut m, mut v) = ([0.0], [m], [v]);
            adam.eps(1e-30).at(t).unwrap().apply(&mut params, &[1.0], [&mut m, &mut v]).unwrap();
            assert_eq!((m, v), ([1.0], [1.0]));
            params[0]
        };
        let correction = exact(beta, t);
        assert_eq!(stepped(Adam::new(1.0).betas(beta, 0.0), 1.0, 0.0), -(1.0 / correction) as f32, "β₁, t = {t}");
        let root = (1.0 / crate::scalars::sqrt(correction)) as f32;
        assert_eq!(stepped(Adam::new(1.0).betas(0.0, beta), 0.0, 1.0), -(1.0 / root), "β₂, t = {t}");
    }
}

/// The 256 bits by another way: one multiplication a step.
#[test]
fn the_exact_power_is_that_of_repeated_multiplication() {
    for beta in BETAS {
        let mut repeated = [u64::MAX; 4];
        for t in 1..=1000 {
            repeated = product(repeated, fixed(beta));
            let found = power(beta, t);
            // All but the lowest 64 bits, in which the roundings meet.
            let distance = found[1].abs_diff(repeated[1]);
            assert!(found[2..] == repeated[2..] && distance <= 1, "β = {beta:e}, t = {t}: {found:x?} {repeated:x?}");
        }
    }
}

#[test]
fn the_root_is_exactly_rounded() {
    let mut rng = fastrand::Rng::with_seed(9);
    let numbers = std::iter::repeat_with(|| f64::from_bits(rng.u64(..f64::INFINITY.to_bits())));
    let edges =
        [0.0, f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0, 1.0, 1.0 + f64::EPSILON, 4.0, f64::MAX, f64::INFINITY];
    for x in edges.into_iter().chain(numbers.filter(|x| x.is_normal()).take(1_000_000)) {
        assert_eq!(bitwise_sqrt(x), x.sqrt(), "{x:e}");
        assert_eq!(sqrt(x), x.sqrt(), "{x:e}");
    }
    assert!(bitwise_sqrt(f64::NAN).is_nan());
}

/// The public one takes anything.
#[test]
fn a_beta_that_is_no_decay_rate_has_no_power() {
    use super::one_minus_power;
    use core::num::NonZeroU64;

    for beta in [-0.5, 1.0, 1.0 - 1e-9, 2.0, f64::INFINITY, f64::NAN] {
        for t in [1, 2, 3, 1 << 63, u64::MAX].map(|t| NonZeroU64::new(t).unwrap()) {
            assert!(one_minus_power(beta, t).is_nan(), "{beta:e}, {t}");
        }
    }
    let t = NonZeroU64::new(1000).unwrap();
    assert_eq!(one_minus_power(0.999, t), bias_correction(0.999, 1000));
}

#[test]
fn a_root_of_anything() {
    for x in [0.0, -0.0, 5e-324, 1e-310, f64::MIN_POSITIVE, 2.0, f64::MAX, f64::INFINITY] {
        assert_eq!(sqrt(x).to_bits(), x.sqrt().to_bits(), "{x:e}");
        let scaled = if x > 0.0 && x < f64::MIN_POSITIVE { x * 2_f64.powi(108) } else { x };
        assert_eq!(bitwise_sqrt(scaled), scaled.sqrt(), "{x:e}");
    }
    assert!([-5e-324, -1.0, f64::NEG_INFINITY, f64::NAN].iter().all(|&x| sqrt(x).is_nan()));
}
