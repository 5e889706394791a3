//! Every step against the textbook loop in `f64`, within bounds that are derived and not fitted; and, over the same
//! random hyper-parameters and values, against the written-out arithmetic, bit for bit.

mod common;

use std::ops::Range;

use common::backends::{available, backends, on};
use common::bits::{Options, assert_same};
use common::bounds::check;
use common::run::{configured, expected};
use common::tensors::Tensors;
use gradstep::{Adam, AdamW, AnyOptimizer, Isa, Momentum, Sgd};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn every_step_is_within_its_bounds_of_the_reference(
        (optimizer, t, options, before) in steps(),
        isa in select(available()),
    ) {
        let options = Options { flush: false, ..options };
        let after = applied(&optimizer, t, options, isa, &before);
        check(&optimizer, t, options, &before, &after).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn every_step_has_the_written_out_bits((optimizer, t, options, before) in steps()) {
        let after = expected(&optimizer, t, options, &before);
        for isa in backends() {
            let found = applied(&optimizer, t, options, isa, &before);
            assert_same(&found.params, &after.params, format_args!("params, {isa}"));
            for (found, expected) in found.state.iter().zip(&after.state) {
                assert_same(found, expected, format_args!("state, {isa}"));
            }
        }
    }
}

fn applied(optimizer: &AnyOptimizer, t: u64, options: Options, isa: Isa, before: &Tensors) -> Tensors {
    let mut after = before.clone();
    let (params, grads, mut state) = after.slices_mut();
    let step = configured(optimizer, t, options, isa).unwrap();
    on(isa, || step.apply(params, grads, &mut state)).unwrap();
    after
}

/// The bounds say something about most of what is generated.
#[test]
fn most_elements_lie_in_the_domain_of_the_bounds() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = steps();
    let (mut inside, mut all) = (0, 0);
    for _ in 0..500 {
        let (optimizer, t, options, before) = strategy.new_tree(&mut runner).unwrap().current();
        let options = Options { flush: false, ..options };
        let after = applied(&optimizer, t, options, Isa::detect(), &before);
        inside += check(&optimizer, t, options, &before, &after).unwrap();
        all += before.params.len();
    }
    assert!(inside * 2 > all, "{inside} of {all}");
}

/// An optimizer, its `t`, the options of the pass, and slices.
fn steps() -> impl Strategy<Value = (AnyOptimizer, u64, Options, Tensors)> {
    (optimizers(), counts(), options(), elements()).prop_map(|(optimizer, t, options, elements)| {
        let before = Tensors {
            params: elements.iter().map(|e| e.0).collect(),
            grads: elements.iter().map(|e| e.1).collect(),
            state: (0..optimizer.state().len()).map(|slot| elements.iter().map(|e| e.2[slot]).collect()).collect(),
        };
        (optimizer, t, options, before)
    })
}

/// Parameter, gradient, and three state values of which the optimizer takes what it needs.
type Values = (f32, f32, [f32; 3]);

fn optimizers() -> impl Strategy<Value = AnyOptimizer> {
    let sgd = (rate(), decay(), any::<bool>())
        .prop_map(|(lr, decay, maximize)| Sgd::new(lr).weight_decay(decay).maximize(maximize).into());
    let momentum = (rate(), decay(), any::<bool>(), prop_oneof![0.0..1.0, 0.9..1.1, Just(0.0)], 0.0..=1.0).prop_map(
        |(lr, decay, maximize, momentum, dampening)| {
            Momentum::new(lr, momentum).dampening(dampening).weight_decay(decay).maximize(maximize).into()
        },
    );
    let nesterov =
        (rate(), decay(), any::<bool>(), log_uniform(1e-3..1.1)).prop_map(|(lr, decay, maximize, momentum)| {
            Momentum::new(lr, momentum).nesterov(true).weight_decay(decay).maximize(maximize).into()
        });
    macro_rules! family {
        ($adam:ident) => {
            (
                (rate(), decay(), any::<bool>()),
                (beta(), beta(), log_uniform(1e-12..1.0), prop_oneof![Just(0.0), log_uniform(1e-20..1.0)]),
                (any::<bool>(), any::<bool>()),
            )
                .prop_map(|((lr, decay, maximize), (beta1, beta2, eps, eps_root), (bias_correction, amsgrad))| {
                    let adam = $adam::new(lr)
                        .betas(beta1, beta2)
                        .eps(eps)
                        .eps_root(eps_root)
                        .bias_correction(bias_correction)
                        .weight_decay(decay)
                        .maximize(maximize);
                    if amsgrad { adam.amsgrad().into() } else { adam.into() }
                })
        };
    }
    prop_oneof![1 => sgd, 1 => momentum, 1 => nesterov, 3 => family!(Adam), 3 => family!(AdamW)]
}

fn rate() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 6 => log_uniform(1e-7..1.0), 2 => log_uniform(1e-30..1e3)]
}

fn decay() -> impl Strategy<Value = f64> {
    prop_oneof![2 => Just(0.0), 4 => log_uniform(1e-6..1.0), 1 => log_uniform(1e-30..1e3)]
}

/// From 0 to as close to 1 as `f32` allows.
fn beta() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 2 => 0.0..1.0, 4 => log_uniform(1e-7..1.0).prop_map(|x| 1.0 - x)]
}

fn counts() -> impl Strategy<Value = u64> {
    prop_oneof![Just(1), Just(2), 1..=10_000u64, any::<u64>().prop_map(|t| t.max(1))]
}

fn options() -> impl Strategy<Value = Options> {
    let scale = prop_oneof![4 => Just(1.0), 3 => log_uniform(1e-6..1e4), 1 => log_uniform(1e-6..1e4).prop_map(|x| -x)];
    let clamp = prop_oneof![4 => Just(None), 2 => log_uniform(1e-3..1e3).prop_map(Some), 1 => Just(Some(0.0))];
    let flush = prop::bool::weighted(0.2);
    (scale, clamp, flush).prop_map(|(scale, clamp, flush)| Options {
        scale: scale as f32,
        clamp: clamp.map(|x| x as f32),
        flush,
    })
}

/// Up to 200 elements, around one magnitude of the gradient, so that terms of a sum meet and cancel, or each of any
/// magnitude: from the smallest subnormal to the largest number.
fn elements() -> impl Strategy<Value = Vec<Values>> {
    let around_one = (-110i32..40, -20i32..20).prop_flat_map(|(g, p)| {
        let value = |exponent: i32| (-2.0f32..2.0).prop_map(move |x| x * 2f32.powi(exponent));
        let square = move || value(2 * g).prop_map(f32::abs);
        vec((value(g + p), value(g), (value(g), square(), square()).prop_map(|(m, v, v_max)| [m, v, v_max])), 0..=200)
    });
    let any = vec(
        (any_finite(), any_finite(), (any_finite(), any_finite(), any_finite()))
            .prop_map(|(p, g, (m, v, v_max))| (p, g, [m, v.abs(), v_max.abs()])),
        0..=200,
    );
    prop_oneof![2 => around_one, 1 => any]
}

/// Every exponent equally often, subnormals and zeros too.
fn any_finite() -> impl Strategy<Value = f32> {
    (0..f32::INFINITY.to_bits(), any::<bool>())
        .prop_map(|(bits, negative)| if negative { -f32::from_bits(bits) } else { f32::from_bits(bits) })
}

fn log_uniform(range: Range<f64>) -> impl Strategy<Value = f64> {
    (range.start.ln()..range.end.ln()).prop_map(f64::exp)
}
