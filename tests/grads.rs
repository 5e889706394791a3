//! The gradient tools: the norm in its written-out order and against exact integers, on every backend.

use gradstep::grads::{self, LossScale, clip_factor};
use gradstep::{Adam, AnyOptimizer, Error, Isa, Sgd};
use gradstep_checks::Rng;
use gradstep_checks::backends::{available, backends};
use gradstep_checks::cases;
use gradstep_checks::norm::{sum_of_squares, sum_of_squares_of};
use gradstep_checks::tensors::Placed;
use gradstep_checks::written_out::assert_same;

const LENGTH: usize = 200;
/// Around the blocks of the sum, and their tree of one, two, three … leaves.
const BLOCKS: [usize; 12] = [4095, 4096, 4097, 8191, 8192, 8193, 12_288, 12_300, 20_480, 28_672, 28_703, 36_865];

/// The same bits, all NaNs being one value.
#[track_caller]
fn assert_same_f64(found: f64, expected: f64, what: std::fmt::Arguments) {
    let same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
    assert!(same, "{what}: {found:e}, expected {expected:e}");
}

fn values(rng: &mut Rng, n: usize, value: impl Fn(&mut Rng) -> f32) -> Vec<f32> {
    (0..n).map(|_| value(rng)).collect()
}

/// Any finite number, every exponent equally often.
fn finite(rng: &mut Rng) -> f32 {
    loop {
        let x = f32::from_bits(rng.u32(..));
        if x.is_finite() {
            return x;
        }
    }
}

#[test]
fn sums_in_the_written_order_at_every_length_and_offset() {
    let mut rng = Rng::with_seed(1);
    let mut placed = Placed::of_capacity(LENGTH);
    for kind in [cases::everyday, finite, cases::any_value] {
        for n in 0..=LENGTH {
            let x = values(&mut rng, n, kind);
            let expected = sum_of_squares(&x);
            for offset in 0..=16 {
                placed.place(offset, &x);
                for isa in backends() {
                    let what = format_args!("n = {n}, offset {offset}, {isa}");
                    assert_same_f64(grads::on(isa).sum_of_squares([placed.as_ref()]), expected, what);
                }
            }
        }
    }
}

#[test]
fn sums_in_the_written_order_over_many_blocks() {
    let mut rng = Rng::with_seed(2);
    for kind in [cases::everyday, finite] {
        for n in BLOCKS.into_iter().chain([1_000_000]) {
            let x = values(&mut rng, n, kind);
            let expected = sum_of_squares(&x);
            for isa in backends() {
                assert_same_f64(grads::on(isa).sum_of_squares([&x]), expected, format_args!("n = {n}, {isa}"));
                assert_same_f64(grads::on(isa).norm([&x]), expected.sqrt(), format_args!("norm, n = {n}, {isa}"));
            }
        }
    }
}

#[test]
fn sums_of_many_slices_are_one_tree_over_those_that_are_not_empty() {
    let mut rng = Rng::with_seed(3);
    for count in 0..40 {
        let slices: Vec<Vec<f32>> = (0..count)
            .map(|_| {
                let n = [0, 1, rng.usize(0..100), rng.usize(0..10_000)][rng.usize(0..4)];
                values(&mut rng, n, cases::everyday)
            })
            .collect();
        let expected = sum_of_squares_of(&slices);
        for isa in backends() {
            assert_same_f64(grads::on(isa).sum_of_squares(&slices), expected, format_args!("{count} slices, {isa}"));
            let views = slices.iter().map(Vec::as_slice);
            assert_same_f64(grads::on(isa).norm(views), expected.sqrt(), format_args!("{count} slices, {isa}"));
        }
    }
}

/// Multiples of 2⁻¹²: their squares add up exactly in integers.
#[test]
fn the_sum_is_within_its_error_bound_of_the_exact_sum() {
    // Roundings in a block and in the tree over the blocks: the square of an f32 is exact.
    let relative = |n: f64| (132.0 + (n / 4096.0).ceil().log2()).ceil() * 2f64.powi(-53);
    assert!(relative(2f64.powi(60)) < 1e-13);
    let mut rng = Rng::with_seed(4);
    for n in [1, 31, 100, 4096, 5000, 100_000, 1 << 20] {
        let integers: Vec<i32> = (0..n).map(|_| rng.i32(-0xFF_FFFF..=0xFF_FFFF) >> rng.u32(0..24)).collect();
        let x: Vec<f32> = integers.iter().map(|&i| i as f32 / 4096.0).collect();
        let exact: u128 = integers.iter().map(|&i| u128::from(i.unsigned_abs()).pow(2)).sum();
        let bound = relative(n as f64) * exact as f64;
        for isa in backends() {
            // A power of two, so the only rounding here is that of the integer to f64.
            let error = grads::on(isa).sum_of_squares([&x]) * 4096.0 * 4096.0 - exact as f64;
            assert!(error.abs() <= bound, "n = {n}, {isa}: {error:e}");
        }
        // Small integers add up exactly in f64 too.
        let x: Vec<f32> = integers.iter().map(|&i| (i >> 12) as f32).collect();
        let exact: u64 = integers.iter().map(|&i| u64::from((i >> 12).unsigned_abs()).pow(2)).sum();
        assert_eq!(grads::sum_of_squares([&x]), exact as f64);
    }
}

#[test]
fn the_norm_neither_overflows_nor_underflows() {
    for isa in backends() {
        let on = grads::on(isa);
        assert_eq!(on.norm([[f32::from_bits(1)]]), f64::from(f32::from_bits(1)));
        let largest = on.norm([[f32::MAX; 4096]; 4]) / (128.0 * f64::from(f32::MAX));
        assert!((largest - 1.0).abs() < 1e-14);
        assert_eq!(on.norm([[-f32::MIN_POSITIVE; 64]]), 8.0 * f64::from(f32::MIN_POSITIVE));
        assert_eq!(on.norm([[3.0, 0.0, -0.0, -4.0]]), 5.0);
        for empty in [&[][..], &[&[][..]], &[&[], &[]]] {
            assert_eq!(on.sum_of_squares(empty).to_bits(), 0);
        }
        assert_eq!(on.sum_of_squares([[-0.0; 77]]).to_bits(), 0);
    }
}

#[test]
fn infinity_gives_infinity_and_nan_gives_nan_wherever_it_stands() {
    let mut rng = Rng::with_seed(5);
    for n in [1, 5, 33, 100, 5000] {
        for _ in 0..20 {
            let mut x = values(&mut rng, n, cases::everyday);
            x[rng.usize(0..n)] = [f32::INFINITY, f32::NEG_INFINITY][rng.usize(0..2)];
            let mut y = x.clone();
            y[rng.usize(0..n)] = f32::NAN;
            for isa in backends() {
                assert_eq!(grads::on(isa).norm([&x]), f64::INFINITY);
                assert!(grads::on(isa).norm([&y]).is_nan());
                assert!(grads::on(isa).norm([&x, &y]).is_nan());
            }
        }
    }
}

/// 64 MiB of equal gradients: an f32 sum is off by a percent.
#[test]
fn sixteen_mebi_elements() {
    let g = vec![1e-3f32; 1 << 24];
    let norm = grads::norm([&g]);
    assert_eq!(format!("{norm:.14}"), "4.09600019454956");
    assert!((norm / (4096.0 * f64::from(1e-3f32)) - 1.0).abs() < 1e-13);
}

/// Their squares overflow f32.
#[test]
fn huge_gradients_are_clipped_and_not_zeroed() {
    let g = [1e25f32; 8];
    for isa in backends() {
        let norm = grads::on(isa).norm([&g]);
        assert!((norm / (8f64.sqrt() * f64::from(1e25f32)) - 1.0).abs() < 1e-15);
        let mut params = [0.0f32; 8];
        let step = AnyOptimizer::from(Sgd::new(1.0)).at(1).unwrap().on(isa);
        step.scale_grads(clip_factor(norm, 1.0)).apply(&mut params, &g, &mut []).unwrap();
        for p in params {
            assert!((p + 0.125f32.sqrt()).abs() < 1e-7, "{p}");
        }
    }
}

#[test]
fn clip_factors() {
    assert_eq!(clip_factor(4.0, 1.0), 0.25);
    assert_eq!(clip_factor(3.0, 1.0), (1.0f64 / 3.0) as f32);
    assert_eq!(clip_factor(1.0, 1.0), 1.0);
    assert_eq!(clip_factor(0.0, 1.0), 1.0);
    assert_eq!(clip_factor(0.0, 0.0), 1.0);
    assert_eq!(clip_factor(2.0, 0.0), 0.0);
    assert_eq!(clip_factor(5.0, f64::INFINITY), 1.0);
    // Where the factor underflows f32.
    assert_eq!(clip_factor(2f64.powi(149), 1.0), f32::from_bits(1));
    assert_eq!(clip_factor(2f64.powi(150), 1.0), 0.0);
    for norm in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(clip_factor(norm, 1.0).is_nan());
        assert!(clip_factor(norm, f64::INFINITY).is_nan());
    }
    assert!(clip_factor(1.0, f64::NAN).is_nan());
    assert!(clip_factor(1.0, -1.0).is_nan());
}

/// Promise 4 for a whole training loop: the step that follows a norm that is not finite refuses.
#[test]
fn a_norm_that_is_not_finite_stops_the_step() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (mut params, mut m, mut v) = ([1.0; 50], [0.25; 50], [0.5; 50]);
        let mut g = [0.125; 50];
        g[31] = bad;
        let before = (params, m, v, g.map(f32::to_bits));
        for isa in backends() {
            let factor = clip_factor(grads::on(isa).norm([&g]), 1.0);
            let step = AnyOptimizer::from(Adam::new(0.1)).at(7).unwrap().on(isa);
            let error = step
                .scale_grads(0.5)
                .scale_grads(factor)
                .apply_and_zero(&mut params, &mut g, &mut [&mut m, &mut v])
                .unwrap_err();
            assert_eq!(error, Error::GradientsNotFinite);
            assert_eq!((params, m, v, g.map(f32::to_bits)), before);
        }
    }
}

#[test]
fn all_finite_finds_the_one_that_is_not() {
    let not_finite = [0x7F80_0000, 0xFF80_0000, 0x7F80_0001, 0xFFC0_0000, 0x7FFF_FFFF, 0xFFFF_FFFF].map(f32::from_bits);
    let finite_values = cases::SPECIAL.map(|x| if x.is_finite() { x } else { -f32::MAX });
    for isa in backends() {
        let on = grads::on(isa);
        assert!(on.all_finite([&[][..]]) && on.all_finite([[0.0; 0]; 0]));
        let mut placed = Placed::of_capacity(LENGTH);
        for n in 1..=LENGTH {
            let x: Vec<f32> = (0..n).map(|i| finite_values[i % finite_values.len()]).collect();
            placed.place(n % 17, &x);
            assert!(on.all_finite([placed.as_ref()]), "n = {n}, {isa}");
            for at in 0..n {
                placed.as_mut()[at] = not_finite[at % not_finite.len()];
                assert!(!on.all_finite([placed.as_ref()]), "n = {n}, at {at}, {isa}");
                assert!(!on.all_finite([&[1.0][..], placed.as_ref(), &[2.0]]));
                placed.as_mut()[at] = x[at];
            }
        }
        // Beyond one block.
        let mut x = vec![f32::MAX; 20_000];
        assert!(on.all_finite([&x]));
        for at in [0, 4095, 4096, 9000, 16_384, 19_999] {
            for bad in not_finite {
                x[at] = bad;
                assert!(!on.all_finite([&x]), "at {at}, {isa}");
            }
            x[at] = 1.0;
        }
    }
}

/// Where a kernel may begin to treat a slice as long.
const LONG: [usize; 3] = [4096, 4110, 8195];

/// Runs an in-place tool over every length and offset, and compares with one expression an element.
fn elementwise(tool: impl Fn(Isa, &mut [f32], &[f32]) -> Result<(), Error>, expected: impl Fn(f32, f32) -> f32) {
    let mut rng = Rng::with_seed(6);
    let (mut to, mut from) = (Placed::of_capacity(LONG[2]), Placed::of_capacity(LONG[2]));
    for n in (0..=LENGTH).chain(LONG) {
        let x = values(&mut rng, n, cases::any_value);
        let y = values(&mut rng, n, cases::any_value);
        let after: Vec<f32> = x.iter().zip(&y).map(|(&x, &y)| expected(x, y)).collect();
        for offset in 0..=16 {
            for isa in backends() {
                to.place(offset, &x);
                from.place(if n % 2 == 0 { offset } else { (3 * offset + n) % 17 }, &y);
                tool(isa, to.as_mut(), from.as_ref()).unwrap();
                assert_same(to.as_ref(), &after, format_args!("n = {n}, offset {offset}, {isa}"));
                assert!(to.fence_holds());
            }
        }
    }
}

#[test]
fn accumulate_scale_and_clamp_every_element() {
    elementwise(|isa, x, y| grads::on(isa).accumulate(x, y), |x, y| x + y);
    for factor in [0.0, -0.5, 1.0 / 3.0, 1e-40, f32::MAX] {
        elementwise(|isa, x, _| grads::on(isa).scale(x, factor), |x, _| factor * x);
    }
    for limit in [0.0, 0.5, 1e-40, f32::MAX, f32::INFINITY] {
        elementwise(
            |isa, x, _| grads::on(isa).clamp(x, limit),
            |x, _| {
                if x > limit {
                    limit
                } else if x < -limit {
                    -limit
                } else {
                    x
                }
            },
        );
    }
}

#[test]
fn the_free_functions_are_those_of_the_fastest_backend() {
    let x = values(&mut Rng::with_seed(7), 10_000, cases::everyday);
    let on = grads::on(Isa::detect());
    assert_eq!(grads::sum_of_squares([&x]), on.sum_of_squares([&x]));
    assert_eq!(grads::norm([&x]), on.norm([&x]));
    assert!(grads::all_finite([&x]) && !grads::all_finite([[f32::NAN]]));
    let mut y = x.clone();
    grads::accumulate(&mut y, &x).unwrap();
    grads::scale(&mut y, 0.25).unwrap();
    grads::clamp(&mut y, 0.25).unwrap();
    assert!(x.iter().zip(&y).all(|(&x, &y)| y == (0.5 * x).clamp(-0.25, 0.25)));
}

#[test]
fn tools_refuse_and_write_nothing() {
    let before = [0.5, -0.25, f32::INFINITY];
    let mut g = before;
    for isa in available() {
        let on = grads::on(isa);
        for (other, text) in [
            (&[1.0; 2][..], "grads has length 2, but it must have length 3"),
            (&[1.0; 4], "grads has length 4, but it must have length 3"),
            (&[], "grads has length 0, but it must have length 3"),
        ] {
            let error = on.accumulate(&mut g, other).unwrap_err();
            assert!(matches!(error, Error::Length { slice: "grads", expected: 3, .. }));
            assert_eq!(error.to_string(), text);
        }
        for factor in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = on.scale(&mut g, factor).unwrap_err();
            assert!(matches!(error, Error::Hyperparameter { .. }));
            assert!(error.to_string().ends_with(&format!(" is {factor:?}, but it must be finite")), "{error}");
        }
        for limit in [f32::NAN, -1.0, -f32::MIN_POSITIVE, f32::NEG_INFINITY] {
            let error = on.clamp(&mut g, limit).unwrap_err();
            assert!(matches!(error, Error::Hyperparameter { .. }));
            assert!(error.to_string().ends_with(", but it must be at least 0"), "{error}");
        }
        assert_eq!(g, before);
    }
}

/// A loss scale of any size, whatever happens, stays a number that gradients can be divided by.
#[test]
fn a_loss_scale_stays_in_its_range() {
    let mut rng = Rng::with_seed(12);
    for finite in [true, false] {
        let mut loss_scale = LossScale::new().interval(1);
        for _ in 0..1000 {
            loss_scale.update(finite);
            assert!(loss_scale.scale.is_normal() && loss_scale.inverse().is_normal(), "{loss_scale:?}");
        }
        assert_eq!(loss_scale.scale, if finite { 2f32.powi(126) } else { 2f32.powi(-126) });
    }
    // By hand: PyTorch's rule.
    let (mut loss_scale, mut scale, mut since) = (LossScale::new().interval(5), 65536.0, 0);
    for _ in 0..1000 {
        let finite = rng.u8(0..8) > 0;
        loss_scale.update(finite);
        since = if finite { since + 1 } else { 0 };
        if !finite {
            scale *= 0.5;
        } else if since == 5 {
            (scale, since) = (scale * 2.0, 0);
        }
        assert_eq!((loss_scale.scale, loss_scale.steps), (scale, since));
    }
}
