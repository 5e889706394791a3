//! The gradient tools over any slices: the written-out sums and element-wise models on every backend, bit for bit;
//! errors just where the model says, and then nothing written.
#![no_main]

use arbitrary::Arbitrary;
use gradstep::Isa;
use gradstep::grads::{self, clip_factor, on};
use gradstep_checks::{backends::backends, norm::sum_of_squares_of, written_out::assert_same};
use gradstep_fuzz::assert_verdict;
use gradstep_fuzz::number::{Real, Single, cycle};

#[derive(Arbitrary, Debug)]
struct Input {
    /// Of the slices; the first is also mapped and accumulated.
    lengths: Vec<u16>,
    /// Where the first slice begins.
    offset: u8,
    /// One more or less than the first.
    other_length: i8,
    factor: Single,
    limit: Single,
    max_norm: Real,
    pool: Vec<Single>,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    // Mostly short, some of several blocks.
    let lengths = input.lengths.iter().take(8).map(|&n| usize::from(n) % if n < 60_000 { 200 } else { 10_000 });
    let slices: Vec<Vec<f32>> = lengths.enumerate().map(|(i, n)| cycle(&input.pool, i, n)).collect();
    let values: Vec<f32> = slices.iter().flatten().copied().collect();

    let sum = sum_of_squares_of(&slices);
    let finite = values.iter().all(|x| x.is_finite());
    let norm = sum.sqrt();
    assert_eq!(norm.is_finite(), finite);
    for isa in backends() {
        let found = on(isa).sum_of_squares(&slices);
        assert!(same(found, sum), "{isa}: {found:e} for {sum:e}");
        assert!(same(on(isa).norm(&slices), norm), "{isa}");
        assert_eq!(on(isa).all_finite(&slices), finite, "{isa}");
        assert_eq!(Isa::from_name(&isa.to_string()), Some(isa));
    }
    assert!(same(grads::sum_of_squares(&slices), sum) && same(grads::norm(&slices), norm));
    assert_eq!(grads::all_finite(&slices), finite);

    let max_norm = input.max_norm.get();
    let factor = clip_factor(norm, max_norm);
    if !norm.is_finite() || !(max_norm >= 0.0) {
        assert!(factor.is_nan());
    } else {
        assert!((0.0..=1.0).contains(&factor));
        let rounding = 2f64.powi(-24) * max_norm + 2f64.powi(-150) * norm;
        assert!(f64::from(factor) * norm <= max_norm + rounding, "clipped to {}", f64::from(factor) * norm);
        assert!(norm > max_norm || factor == 1.0);
    }

    let x = slices.first().map_or(&[][..], |first| &first[usize::from(input.offset).min(first.len())..]);
    let other = cycle(&input.pool, 3, x.len().saturating_add_signed((input.other_length % 2).into()));
    let (factor, limit) = (input.factor.get(), input.limit.get());
    // On every backend, and as the functions of the module.
    for isa in backends().into_iter().map(Some).chain([None]) {
        let map = |expected: &dyn Fn(usize) -> f32, faults: &[&str], run: &dyn Fn(&mut [f32]) -> Result<(), _>| {
            let mut found = x.to_vec();
            assert_verdict(&run(&mut found), faults);
            if faults.is_empty() {
                let expected: Vec<f32> = (0..x.len()).map(expected).collect();
                assert_same(&found, &expected, format_args!("{isa:?}"));
            } else {
                let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&found), bits(x), "written in spite of {faults:?}");
            }
        };
        let faults = |ok: bool, name: &'static str| if ok { vec![] } else { vec![name] };

        map(&|i| x[i] * factor, &faults(factor.is_finite(), "factor"), &|x| match isa {
            Some(isa) => on(isa).scale(x, factor),
            None => grads::scale(x, factor),
        });
        map(&|i| x[i].clamp(-limit, limit), &faults(limit >= 0.0, "limit"), &|x| match isa {
            Some(isa) => on(isa).clamp(x, limit),
            None => grads::clamp(x, limit),
        });
        map(&|i| x[i] + other[i], &faults(other.len() == x.len(), "grads"), &|x| match isa {
            Some(isa) => on(isa).accumulate(x, &other),
            None => grads::accumulate(x, &other),
        });
    }
});

/// The same bits, all NaNs being one value.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}
