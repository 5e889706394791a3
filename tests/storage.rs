//! Storage in fewer bits: the conversions, the noise, and what they do to training.

use gradstep::grads::{self, mixed};
use gradstep::storage::{bf16, f16, split};
use gradstep::{
    Adam, AnyOptimizer, AnyTensor, Error, Grads, GradsMut, Half, Momentum, Optimizer, Params, Rprop, Sgd, Slot, State,
    Tensor,
};
use gradstep_checks::backends::backends;
use gradstep_checks::storage::{from_bf16, from_f16, from_split, noise, to_bf16, to_bf16_stochastic, to_f16, to_split};
use gradstep_checks::written_out::same;
use gradstep_checks::{Rng, cases};

gradstep_models::tests!(storage: groups, splits);

/// Two threads and more, for an optimizer with exact state and one without.
mod threads {
    #[test]
    fn adam() {
        gradstep_checks::storage::threads::<gradstep_models::adam::Model, 2>();
    }

    #[test]
    fn amsgrad() {
        gradstep_checks::storage::threads::<gradstep_models::amsgrad::Model, 3>();
    }
}

/// The numbers that the definition was published with.
#[test]
fn golden_numbers() {
    let hex = |word: &str| u32::from_str_radix(word, 16).unwrap();
    let mut lines = 0;
    for line in include_str!("data/storage.txt").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        lines += 1;
        match words[..] {
            ["noise", seed, t, id, slot, index, x] => {
                let [seed, t, id, slot, index] = [seed, t, id, slot, index].map(|word| word.parse().unwrap());
                assert_eq!(noise(seed, t, id, slot, index), hex(x), "{line}");
            }
            ["bf16", x, bits] => {
                let mut found = [0];
                bf16::encode(&[f32::from_bits(hex(x))], &mut found).unwrap();
                assert_eq!(u32::from(found[0]), hex(bits), "{line}");
            }
            ["f16", x, bits] => {
                let mut found = [0];
                f16::encode(&[f32::from_bits(hex(x))], &mut found).unwrap();
                assert_eq!(u32::from(found[0]), hex(bits), "{line}");
            }
            ["split", x, bits, rest] => {
                let [mut found, mut found_rest] = [[0]; 2];
                split::encode(&[f32::from_bits(hex(x))], &mut found, &mut found_rest).unwrap();
                assert_eq!([found[0], found_rest[0]].map(u32::from), [hex(bits), hex(rest)], "{line}");
            }
            ["stochastic", x, noise, bits] => {
                let found = to_bf16_stochastic(f32::from_bits(hex(x)), hex(noise));
                assert_eq!(u32::from(found) & 0x7FFF, hex(bits) & 0x7FFF, "{line}");
            }
            _ => lines -= 1,
        }
    }
    assert_eq!(lines, 45 + 3 * 45 + 22);
}

/// All conversions of the `f32` with these bits, against their definitions.
fn convert(from: impl Iterator<Item = u32>) {
    let x: Vec<f32> = from.map(f32::from_bits).collect();
    let n = x.len();
    let expected: Vec<_> = x.iter().map(|&x| (to_bf16(x), to_f16(x), to_split(x))).collect();
    for (&x, &(.., (upper, rest))) in x.iter().zip(&expected) {
        assert!(same(from_split(upper, rest), x), "{:#010x}", x.to_bits());
    }
    for isa in backends() {
        let [mut bf, mut f, mut upper, mut rest] = [(); 4].map(|()| vec![0; n]);
        bf16::encode_on(isa, &x, &mut bf).unwrap();
        f16::encode_on(isa, &x, &mut f).unwrap();
        split::encode_on(isa, &x, &mut upper, &mut rest).unwrap();
        let mut back = vec![0.0; n];
        split::decode_on(isa, &upper, &rest, &mut back).unwrap();
        for i in 0..n {
            let found = (bf[i], f[i], (upper[i], rest[i]));
            let correct = found == expected[i] && same(back[i], x[i]);
            let bits = x[i].to_bits();
            assert!(correct, "{bits:#010x} on {isa}: bf16, f16, split {found:#06x?}, and back {:e}", back[i]);
        }
    }
}

#[test]
fn conversions() {
    let mut rng = Rng::with_seed(1);
    // Around every power of two, and around every f16 and bf16 with a short mantissa.
    let edges =
        (0..1_u32 << 12).flat_map(|top| [0, 1, 2, 0xFFF, 0x1000, 0x1001].map(|low| (top << 20).wrapping_add(low)));
    let ties = (0..1_u32 << 16).flat_map(|top| [0x7FFF, 0x8000, 0x8001, 0xFFFF].map(|low| top << 16 | low));
    convert(edges.clone().chain(edges.map(|x| x.wrapping_sub(0x1001))));
    convert(ties);
    convert((0..1 << 19).map(|i| (i << 13) + 0x1000 - i % 3 + 1));
    convert((0..500_000).map(|_| rng.u32(..)));
    let bits: Vec<u16> = (0..=u16::MAX).collect();
    for isa in backends() {
        let [mut bf, mut f] = [(); 2].map(|()| vec![0.0; bits.len()]);
        bf16::decode_on(isa, &bits, &mut bf).unwrap();
        f16::decode_on(isa, &bits, &mut f).unwrap();
        let [mut back, mut back_f] = [(); 2].map(|()| vec![0; bits.len()]);
        bf16::encode_on(isa, &bf, &mut back).unwrap();
        f16::encode_on(isa, &f, &mut back_f).unwrap();
        for (i, &bits) in bits.iter().enumerate() {
            assert!(same(bf[i], from_bf16(bits)) && same(f[i], from_f16(bits)), "the value of {bits:#06x} on {isa}");
            assert!(back[i] == bits || bf[i].is_nan(), "bf16 {bits:#06x} and back on {isa}");
            assert!(back_f[i] == bits || f[i].is_nan(), "f16 {bits:#06x} and back on {isa}");
        }
    }
}

#[test]
#[ignore = "some minutes"]
fn all_conversions() {
    for top in 0..1_u32 << 12 {
        convert((0..1 << 20).map(|low| top << 20 | low));
    }
}

/// Of the 2¹⁶ values of the noise that matter, as many round up as are cut off.
#[test]
fn the_probability_of_rounding_up() {
    for x in [1.0_f32, -3.7e-5, 2e30, f32::from_bits(1), f32::from_bits(0x7F7F_1234)] {
        let kept = (x.to_bits() >> 16) as u16;
        for cut in [0, 1, 2, 0x7FFF, 0x8000, 0x8001, 0xFFFE, 0xFFFF, 0x1234] {
            let x = f32::from_bits(u32::from(kept) << 16 | cut);
            let up = (0..=0xFFFF).filter(|noise| to_bf16_stochastic(x, noise << 16 | 0xABCD) == kept + 1).count();
            assert_eq!(up, cut as usize);
        }
    }
}

/// Uniform; in a block one in each 64th; and so even that errors nearly cancel.
#[test]
fn statistics_of_the_noise() {
    const BLOCKS: u64 = 4000;
    let block =
        |j: u64| -> Vec<f64> { (0..64).map(|i| f64::from(noise(3, 7, 11, 1, 64 * j + i)) / 2f64.powi(32)).collect() };
    let mut rng = Rng::with_seed(9);
    let mut buckets = [0_u32; 256];
    // What of each block's sum of errors is left, for errors that are alike, mixed, and of either sign.
    let [mut alike, mut mixed, mut alternating] = [[0.0; 2]; 3];
    for j in 0..BLOCKS {
        let x = block(j);
        let mut strata: Vec<usize> = x.iter().map(|x| (x * 64.0) as usize).collect();
        strata.sort();
        assert!(strata.into_iter().eq(0..64), "block {j}");
        x.iter().for_each(|x| buckets[(x * 256.0) as usize] += 1);
        let equal = rng.f64();
        let add = |sums: &mut [f64; 2], cut: &mut dyn FnMut(usize) -> (f64, f64)| {
            let (mut error, mut independent) = (0.0, 0.0);
            for (i, x) in x.iter().enumerate() {
                let (cut, sign) = cut(i);
                error += sign * (f64::from(u8::from(x + cut >= 1.0)) - cut);
                independent += cut * (1.0 - cut);
            }
            sums[0] += error * error;
            sums[1] += independent;
        };
        add(&mut alike, &mut |_| (equal, 1.0));
        add(&mut mixed, &mut |_| (rng.f64(), if rng.bool() { 1.0 } else { -1.0 }));
        add(&mut alternating, &mut |i| (equal, if i / 32 == 0 { 1.0 } else { -1.0 }));
    }
    let expected = f64::from(BLOCKS as u32 * 64 / 256);
    let chi_squared: f64 = buckets.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    assert!(chi_squared < 256.0 + 4.0 * 22.6, "χ² is {chi_squared}");
    let ratio = |[sum, independent]: [f64; 2]| sum / independent;
    let (alike, mixed, alternating) = (ratio(alike), ratio(mixed), ratio(alternating));
    assert!((0.0..0.2).contains(&alike), "{alike} of independent noise where a block rounds alike");
    assert!((0.94..1.06).contains(&mixed), "{mixed} where values and signs are mixed");
    assert!(alternating < 2.2, "{alternating} where signs alternate");

    // Neighbours in t, seed, id and slot have nothing to do with each other.
    type Source = (u64, u64, u64, u64);
    let pairs: [(Source, Source); 5] = [
        ((0, 1, 0, 0), (0, 2, 0, 0)),
        ((0, 1, 0, 0), (1, 1, 0, 0)),
        ((0, 1, 0, 0), (0, 1, 1, 0)),
        ((0, 1, 0, 1), (0, 1, 0, 2)),
        ((0, 1, 0, 0), (0, 1, 0, 1)),
    ];
    for (a, b) in pairs {
        // The first element of each block: inside of a block there is order.
        let values = |(seed, t, id, slot): Source| {
            (0..20_000).map(move |j| f64::from(noise(seed, t, id, slot, 64 * j)) / 2f64.powi(32) - 0.5)
        };
        let correlation: f64 = values(a).zip(values(b)).map(|(x, y)| 12.0 * x * y).sum::<f64>() / 20_000.0;
        assert!(correlation.abs() < 4.0 / f64::sqrt(20_000.0), "{correlation} between {a:?} and {b:?}");
    }
}

/// One tensor of `n`, all of it in bf16 but for the parameters.
fn train(optimizer: impl Optimizer<2>, t: u64, params: &mut [f32], grads: &[f32], state: &mut [Vec<u16>; 2]) {
    let state = state.each_mut().map(|slice| State::Bf16(slice));
    optimizer.at(t).unwrap().apply_all(&mut [Tensor::new(Params::F32(params), Grads::F32(grads), state)]).unwrap();
}

/// A parameter whose gradient is always 0 stays where it is, whatever its neighbours do.
#[test]
fn dead_weights_do_not_drift() {
    let adam = Adam::new(1e-3);
    let mut rng = Rng::with_seed(2);
    let (mut params, mut state) = (vec![1.0; 128], [(); 2].map(|()| vec![0; 128]));
    for t in 1..=50_000 {
        let grads: Vec<f32> = (0..128).map(|i| if i % 2 == 0 { 0.0 } else { cases::everyday(&mut rng) }).collect();
        train(adam, t, &mut params, &grads, &mut state);
    }
    assert!(params.iter().step_by(2).all(|&p| p == 1.0));
    assert!(params.iter().skip(1).step_by(2).all(|&p| p != 1.0));
}

/// State in bf16 follows gradients that fall, without a bias.
#[test]
fn state_tracks_gradients_that_fall() {
    const N: usize = 2048;
    for (beta1, beta2) in [(0.9, 0.999), (0.95, 0.99), (0.99, 0.9999)] {
        let adam = Adam::new(0.0).betas(beta1, beta2);
        let mut rng = Rng::with_seed(3);
        let means: Vec<f32> = (0..N).map(|_| 1.0 + rng.f32()).collect();
        let (mut params, mut short) = (vec![0.0; N], [(); 2].map(|()| vec![0; N]));
        let mut exact = [(); 2].map(|()| vec![0.0_f32; N]);
        let (before, after) = (1000, 2000);
        for t in 1..=before + after {
            let fallen = |i: usize| if t > before && i.is_multiple_of(2) { 0.1 } else { 1.0 };
            let grads: Vec<f32> = (0..N).map(|i| fallen(i) * (means[i] + cases::everyday(&mut rng))).collect();
            train(adam, t, &mut params, &grads, &mut short);
            let [m, v] = &mut exact;
            adam.at(t).unwrap().apply(&mut params, &grads, [m, v]).unwrap();
        }
        for (k, slot) in ["m", "v"].into_iter().enumerate() {
            for half in 0..2 {
                let values = || (half..N).step_by(2).map(|i| [from_bf16(short[k][i]), exact[k][i]].map(f64::from));
                let slope: f64 = values().map(|[x, y]| x * y).sum::<f64>() / values().map(|[_, y]| y * y).sum::<f64>();
                assert!((slope - 1.0).abs() < 0.01, "{slot}, β {beta1}, {beta2}, half {half}: {slope}");
            }
        }
    }
}

/// With bf16 parameters and rates far below half a unit, the mean moves as it should.
#[test]
fn small_steps_add_up() {
    let mut params = vec![0x3F80; 64 * 64]; // 1
    for t in 1..=1000 {
        let mut tensors = [Tensor::new(Params::Bf16(&mut params), Grads::F32(&[1.0; 64 * 64]), [])];
        Sgd::new(1e-5).at(t).unwrap().apply_all(&mut tensors).unwrap();
    }
    let mean = params.iter().map(|&p| f64::from(from_bf16(p))).sum::<f64>() / 4096.0;
    assert!((mean - 0.99).abs() < 4e-4, "{mean}");
}

/// Hidden units of a network with two inputs, and its parameters.
const UNITS: usize = 8;
const SIZE: usize = 4 * UNITS;

/// The output of a network, and its gradient by the parameters.
fn network(params: &[f32], [x, y]: [f32; 2]) -> (f32, [f32; SIZE]) {
    let (mut output, mut grads) = (0.0, [0.0; SIZE]);
    for (unit, grads) in params.chunks_exact(4).zip(grads.chunks_exact_mut(4)) {
        let hidden = (unit[0] * x + unit[1] * y + unit[2]).tanh();
        let slope = unit[3] * (1.0 - hidden * hidden);
        output += unit[3] * hidden;
        grads.copy_from_slice(&[slope * x, slope * y, slope, hidden]);
    }
    (output, grads)
}

/// The loss after training on noisy examples, with parameters and state in bf16 if asked.
fn final_loss(seed: u64, bf16_state: bool, bf16_params: bool) -> f64 {
    let mut rng = Rng::with_seed(seed);
    let example = |rng: &mut Rng| {
        let [x, y] = [(); 2].map(|()| 4.0 * rng.f32() - 2.0);
        ([x, y], (2.0 * x).sin() * y + 0.3 * cases::everyday(rng))
    };
    let mut params: Vec<f32> = (0..SIZE).map(|_| 0.5 * cases::everyday(&mut rng)).collect();
    let mut bits = vec![0; SIZE];
    bf16::encode(&params, &mut bits).unwrap();
    let (mut short, mut exact) = ([(); 2].map(|()| vec![0; SIZE]), [(); 2].map(|()| vec![0.0; SIZE]));
    for t in 1..=4000 {
        let mut sum = [0.0; SIZE];
        for _ in 0..16 {
            let (input, target) = example(&mut rng);
            let (output, grads) = network(&params, input);
            sum.iter_mut().zip(grads).for_each(|(sum, g)| *sum += (output - target) * g / 16.0);
        }
        let ([m, v], [m_bits, v_bits]) = (&mut exact, &mut short);
        let state =
            if bf16_state { [State::Bf16(m_bits), State::Bf16(v_bits)] } else { [State::F32(m), State::F32(v)] };
        let stored = if bf16_params { Params::Bf16(&mut bits) } else { Params::F32(&mut params) };
        let step = Adam::new(0.01 * (1.0 - f64::from(t as u32) / 4001.0)).at(t).unwrap().seed(seed);
        step.apply_all(&mut [Tensor::new(stored, Grads::F32(&sum), state)]).unwrap();
        if bf16_params {
            bf16::decode(&bits, &mut params).unwrap();
        }
    }
    let error = |(input, target): ([f32; 2], f32)| f64::from(network(&params, input).0 - target).powi(2);
    (0..2000).map(|_| error(example(&mut rng))).sum::<f64>() / 2000.0
}

/// Training in fewer bits ends where training in f32 does.
#[test]
fn the_final_loss() {
    let mean = |state, params| (0..10).map(|seed| final_loss(seed, state, params)).sum::<f64>() / 10.0;
    let f32 = mean(false, false);
    for (name, loss) in [("state", mean(true, false)), ("state and parameters", mean(true, true))] {
        println!("{f32} in f32, {loss} with bf16 {name}");
        assert!((loss / f32 - 1.0).abs() < 0.05, "{loss} with bf16 {name}, {f32} in f32");
    }
}

/// Where everything is in bf16, no noise makes a number or an infinity of a NaN.
#[test]
fn bf16_throughout_keeps_nan() {
    let nans: Vec<u16> = (0x7F81..=0x7FFF).flat_map(|nan| [nan, nan | 0x8000]).collect();
    let n = nans.len();
    let decoded = |bits: &[u16]| -> Vec<f32> { bits.iter().copied().map(from_bf16).collect() };
    for optimizer in AnyOptimizer::ALL {
        let slots = optimizer.slots();
        // In the gradients, in the parameters, and in each slot of the state.
        for place in 0..2 + slots.len() {
            let slice = |k: usize| if k == place { nans.clone() } else { vec![0x3F80; n] };
            let state: Vec<_> = (0..slots.len()).map(|k| slice(2 + k)).collect();
            let mut expected = decoded(&slice(1));
            let mut expected_state: Vec<_> = state.iter().map(|slot| decoded(slot)).collect();
            let step = optimizer.at(3).unwrap();
            let mut slices: Vec<&mut [f32]> = expected_state.iter_mut().map(|slot| &mut slot[..]).collect();
            step.apply(&mut expected, &decoded(&slice(0)), &mut slices).unwrap();
            for (isa, seed) in backends().flat_map(|isa| (0..4).map(move |seed| (isa, seed))) {
                let (mut params, mut short) = (slice(1), state.clone());
                let mut exact: Vec<_> = state.iter().map(|slot| decoded(slot)).collect();
                let mut slices: Vec<_> = (slots.iter().zip(&mut short).zip(&mut exact))
                    .map(|((slot, short), exact)| match slot {
                        Slot::Exact => State::F32(exact),
                        _ => State::Bf16(short),
                    })
                    .collect();
                let grads = slice(0);
                let tensor = AnyTensor::new(Params::Bf16(&mut params), Grads::Bf16(&grads), &mut slices);
                step.on(isa).seed(seed).apply_all(&mut [tensor]).unwrap();
                let found = short.iter().zip(slots).filter(|(_, slot)| **slot != Slot::Exact).map(|(short, _)| short);
                let inexact = expected_state.iter().zip(slots).filter(|(_, slot)| **slot != Slot::Exact);
                let pairs = found.zip(inexact.map(|(expected, _)| expected)).chain([(&params, &expected)]);
                for (found, expected) in pairs {
                    let kept = found.iter().zip(expected).all(|(&x, y)| from_bf16(x).is_nan() == y.is_nan());
                    assert!(kept, "{}, NaN in slice {place}, on {isa}", optimizer.name());
                }
            }
        }
    }
}

/// A tensor that is split has the bits of `apply`.
#[test]
fn a_split_is_exact() {
    let mut rng = Rng::with_seed(4);
    let adam = Adam::new(1e-2).weight_decay(0.01);
    let start: Vec<f32> = (0..1000).map(|_| cases::everyday(&mut rng)).collect();
    let [mut m, mut v, mut split_m, mut split_v] = [(); 4].map(|()| vec![0.0; 1000]);
    let (mut params, [mut upper, mut rest]) = (start.clone(), [(); 2].map(|()| vec![0; 1000]));
    split::encode(&start, &mut upper, &mut rest).unwrap();
    for t in 1..=50 {
        let grads: Vec<f32> = (0..1000).map(|_| cases::everyday(&mut rng)).collect();
        let step = adam.at(t).unwrap();
        step.apply(&mut params, &grads, [&mut m, &mut v]).unwrap();
        let split = Params::Split { bf16: &mut upper, rest: &mut rest };
        let state = [State::F32(&mut split_m), State::F32(&mut split_v)];
        step.apply_all(&mut [Tensor::new(split, Grads::F32(&grads), state)]).unwrap();
    }
    let mut found = vec![0.0; 1000];
    split::decode(&upper, &rest, &mut found).unwrap();
    assert_eq!((found, split_m, split_v), (params, m, v));
}

/// Each mistake is refused by its own error, in the second tensor, and neither tensor is touched.
#[test]
fn refusals_leave_no_trace() {
    let step = Adam::new(0.1).at(1).unwrap();
    // A tensor in which one thing is wrong.
    let refused = |wrong: &str| {
        let [mut p, mut a, mut b, mut v_f32] = [[0.5; 70]; 4];
        let [mut bits, mut rest, mut m, mut v] = [[0x3F00; 70]; 4];
        let n = |slice| if wrong == slice { 69 } else { 70 };
        let params = match wrong {
            "rest" => Params::Split { bf16: &mut bits, rest: &mut rest[..69] },
            _ => Params::Bf16(&mut bits),
        };
        let v = match wrong {
            "mixed" => State::F32(&mut v_f32),
            _ => State::Bf16(&mut v[..n("v")]),
        };
        let offset = match wrong {
            "unaligned" => 63,
            "large" => u64::MAX - 63,
            _ => 64,
        };
        let first = Tensor::new(Params::F32(&mut p), Grads::F32(&[1.0; 70]), [State::F32(&mut a), State::F32(&mut b)]);
        let second = Tensor::new(params, Grads::F16(&[0x3C00; 70][..n("grads")]), [State::Bf16(&mut m[..n("m")]), v]);
        let result = step.apply_all(&mut [first, second.offset(offset)]);
        if wrong != "nothing" {
            assert_eq!([p, a, b, v_f32], [[0.5; 70]; 4], "{wrong}");
            assert_eq!([bits, rest, m], [[0x3F00; 70]; 3], "{wrong}");
        }
        result
    };
    assert_eq!(refused("nothing"), Ok(()));
    for wrong in ["grads", "m", "v", "rest"] {
        let error = refused(wrong).unwrap_err();
        assert!(
            matches!(error, Error::Length { tensor: Some(1), slice, expected: 70, found: 69, .. } if slice == wrong)
        );
        assert_eq!(error.to_string(), format!("{wrong} of tensor 1 has length 69, but it must have length 70"));
    }
    assert!(matches!(refused("mixed"), Err(Error::MixedState { tensor: 1, slice: "v", .. })));
    assert!(matches!(refused("unaligned"), Err(Error::OffsetUnaligned { tensor: 1, offset: 63, .. })));
    assert!(matches!(refused("large"), Err(Error::OffsetTooLarge { tensor: 1, .. })));

    let (mut p, mut prev, mut size) = ([1.0], [0.0], [0]);
    let state = [State::F32(&mut prev), State::Bf16(&mut size)];
    let tensor = Tensor::new(Params::F32(&mut p), Grads::F32(&[1.0]), state);
    let error = Rprop::new(0.1).at(1).unwrap().apply_all(&mut [tensor]).unwrap_err();
    assert!(matches!(error, Error::ExactState { tensor: 0, slice: "step_size", .. }), "{error}");
    assert_eq!((p, prev), ([1.0], [0.0]));

    let mut copy = [0; 2];
    let params = Params::Copied { f32: &mut p, copy: Half::F16(&mut copy) };
    let error = Sgd::new(0.1).at(1).unwrap().apply_all(&mut [Tensor::new(params, Grads::F32(&[1.0]), [])]).unwrap_err();
    assert!(matches!(error, Error::Length { slice: "copy", found: 2, .. }), "{error}");
    // Where nothing is stochastic, a piece may begin anywhere.
    let mut bits = [0; 1];
    let params = Params::Copied { f32: &mut p, copy: Half::Bf16(&mut bits) };
    let tensor = Tensor::new(params, Grads::F32(&[1.0]), []).offset(63);
    assert_eq!(Sgd::new(0.5).at(1).unwrap().apply_all(&mut [tensor]), Ok(()));
    assert_eq!((p, bits), ([0.5], [0x3F00]));
}

/// The errors of storage have numbers of their own, after all others, and messages of bounded length.
#[test]
fn codes() {
    let refused = |u: State, v: State, offset| {
        let (mut params, grads) = ([0; 2], [0; 2]);
        let tensor = Tensor::new(Params::Bf16(&mut params), Grads::Bf16(&grads), [u, v]).offset(offset);
        Adam::new(0.1).at(1).unwrap().apply_all(&mut [tensor]).unwrap_err()
    };
    let exact = {
        let (mut params, mut prev, mut size) = ([1.0; 2], [0.0; 2], [0; 2]);
        let state = [State::F32(&mut prev), State::Bf16(&mut size)];
        let tensor = Tensor::new(Params::F32(&mut params), Grads::F32(&[1.0; 2]), state);
        Rprop::new(0.1).at(1).unwrap().apply_all(&mut [tensor]).unwrap_err()
    };
    let far = {
        let mut params = [1.0; 2];
        let tensor = Tensor::new(Params::F32(&mut params), Grads::F16(&[0; 2]), []).offset(u64::MAX);
        Sgd::new(0.1).at(1).unwrap().apply_all(&mut [tensor]).unwrap_err()
    };
    let errors = [
        exact,
        refused(State::F32(&mut [0.0; 2]), State::Bf16(&mut [0; 2]), 0),
        refused(State::F32(&mut [0.0; 2]), State::F32(&mut [0.0; 2]), 1),
        far,
    ];
    assert_eq!(errors.map(|error| error.code()), [9, 10, 11, 12]);
    for error in errors {
        let mut pieces = String::new();
        error.pieces(|piece| pieces.push_str(piece));
        assert!(pieces == error.to_string() && pieces.len() <= Error::MAX_MESSAGE, "{error}");
    }
}

/// An optimizer that is chosen at run time takes the same tensors, step after step.
#[test]
fn any_tensor() {
    let momentum = Momentum::new(0.1, 0.9);
    let any = AnyOptimizer::from(momentum);
    let [mut params, mut other] = [[0x3F80; 100]; 2];
    let [mut velocity, mut other_velocity] = [[0; 100]; 2];
    let grads = [0x3C00; 100];
    {
        let mut state = [State::Bf16(&mut velocity)];
        for t in 1..=3 {
            let tensor = AnyTensor::new(Params::Bf16(&mut params), Grads::F16(&grads), &mut state).id(4);
            any.at(t).unwrap().seed(2).apply_all(&mut [tensor]).unwrap();
        }
        let tensor = AnyTensor::new(Params::Bf16(&mut params), Grads::F16(&grads), &mut state[..0]);
        let error = any.at(4).unwrap().apply_all(&mut [tensor]).unwrap_err();
        assert!(matches!(error, Error::States { tensor: Some(0), expected: 1, found: 0, .. }), "{error}");
    }
    for t in 1..=3 {
        let state = [State::Bf16(&mut other_velocity)];
        let tensor = Tensor::new(Params::Bf16(&mut other), Grads::F16(&grads), state).id(4);
        momentum.at(t).unwrap().seed(2).apply_all(&mut [tensor]).unwrap();
    }
    assert_eq!((params, velocity), (other, other_velocity));
    assert!(params.iter().all(|&p| p != 0x3F80));
}

/// The tools for gradients, over 16 bits, against those over the decoded values.
#[test]
fn gradient_tools() {
    let mut rng = Rng::with_seed(5);
    for n in [0, 1, 63, 64, 65, 4096, 4097, 10_000] {
        let x: Vec<f32> = (0..n).map(|_| 100.0 * cases::everyday(&mut rng)).collect();
        let [mut bf, mut f] = [(); 2].map(|()| vec![0; n]);
        bf16::encode(&x, &mut bf).unwrap();
        f16::encode(&x, &mut f).unwrap();
        let decoded =
            [bf.iter().copied().map(from_bf16).collect::<Vec<_>>(), f.iter().copied().map(from_f16).collect()];
        let all = || [Grads::F32(&x), Grads::Bf16(&bf), Grads::F16(&f)];
        let of_decoded = || [&x, &decoded[0], &decoded[1]];
        for isa in backends() {
            let (found, expected) = (mixed::on(isa).norm(all()), grads::on(isa).norm(of_decoded()));
            assert_eq!(found.to_bits(), expected.to_bits(), "{n}, {isa}");
            assert!(mixed::on(isa).all_finite(all()));
        }

        let factor = 1.0 / 3.0;
        let (mut sum, mut expected) = (x.clone(), x.clone());
        for (grads, decoded) in all().into_iter().zip(of_decoded()) {
            mixed::accumulate(&mut sum, grads).unwrap();
            grads::accumulate(&mut expected, decoded).unwrap();
        }
        assert_eq!(sum, expected);
        let scaled: Vec<u16> = decoded[0].iter().map(|&x| to_bf16(x * factor)).collect();
        let scaled_f: Vec<u16> = decoded[1].iter().map(|&x| to_f16(x * factor)).collect();
        let [mut found, mut found_f] = [bf.clone(), f.clone()];
        mixed::scale(GradsMut::Bf16(&mut found), factor).unwrap();
        mixed::scale(GradsMut::F16(&mut found_f), factor).unwrap();
        assert_eq!((&found, &found_f), (&scaled, &scaled_f));
        // 0.3 is neither a bf16 nor an f16: what is below it is the limit.
        let (limit, limit_f) = (from_bf16(0x3E99), from_f16(0x34CC));
        assert!(limit < 0.3 && from_bf16(0x3E9A) > 0.3 && limit_f < 0.3 && from_f16(0x34CD) > 0.3);
        mixed::clamp(GradsMut::Bf16(&mut found), 0.3).unwrap();
        mixed::clamp(GradsMut::F16(&mut found_f), 0.3).unwrap();
        assert!(found.iter().zip(&scaled).all(|(&x, &y)| from_bf16(x) == from_bf16(y).clamp(-limit, limit)));
        assert!(found_f.iter().zip(&scaled_f).all(|(&x, &y)| from_f16(x) == from_f16(y).clamp(-limit_f, limit_f)));
        if n > 0 {
            f[n - 1] = 0xFC00;
            assert!(!mixed::all_finite([Grads::Bf16(&bf), Grads::F16(&f)]), "{n}");
            assert!(!mixed::norm([Grads::Bf16(&bf), Grads::F16(&f)]).is_finite());
            mixed::clamp(GradsMut::F16(&mut f), 70_000.0).unwrap();
            assert_eq!(f[n - 1], 0xFBFF);
        }
        assert!(mixed::accumulate(&mut vec![0.0; n + 1], Grads::Bf16(&bf)).is_err());
    }
    assert!(mixed::scale(GradsMut::Bf16(&mut [1]), f32::NAN).is_err());
    assert!(mixed::clamp(GradsMut::Bf16(&mut [1]), -1.0).is_err());
    assert!(bf16::encode(&[1.0], &mut []).is_err() && f16::decode(&[1], &mut [0.0; 2]).is_err());
    assert!(split::encode(&[1.0], &mut [1], &mut []).is_err() && split::decode(&[1], &[], &mut [0.0]).is_err());
    assert!(split::decode(&[1], &[1], &mut []).is_err());
}

/// Slices of the crate `half`.
#[test]
fn halves() {
    let mut params = [half::bf16::ONE; 3];
    let grads = [half::f16::from_f32(0.5); 3];
    let tensor = Tensor::new(Params::from(&mut params[..]), Grads::from(&grads[..]), []);
    Sgd::new(1.0).at(1).unwrap().apply_all(&mut [tensor]).unwrap();
    assert_eq!(params.map(f32::from), [0.5; 3]);
}
