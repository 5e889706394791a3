//! How far a step in `f32` may be from the textbook loop in `f64`.
//!
//! One unit roundoff a rounding and one a folded scalar, in units of the *terms* of each sum: cancellation makes the
//! result small, not the error. What underflows adds a few times the smallest subnormal. Bounds are derived, not fitted.

#[cfg(feature = "std")]
pub use comparison::*;
#[cfg(feature = "property")]
pub use property::*;

/// The unit roundoff of `f32`.
pub const U: f64 = 1.0 / (1u64 << 24) as f64;

/// The smallest subnormal `f32`, 2⁻¹⁴⁹.
pub const W: f64 = f32::from_bits(1) as f64;

/// One element, exactly: before a step and, by the reference, after it. `g` is scaled and clamped.
#[derive(Clone, Copy, Debug)]
pub struct Element<const S: usize> {
    /// The parameter.
    pub p: f64,
    /// Its gradient.
    pub g: f64,
    /// Its state.
    pub state: [f64; S],
    /// The parameter after the step.
    pub new_p: f64,
    /// The state after the step.
    pub new_state: [f64; S],
}

/// A bound for the new parameter and for each new value of state.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<const S: usize> {
    /// Of the parameter.
    pub p: f64,
    /// Of the state.
    pub state: [f64; S],
}

/// Whether bounds hold: no folded hyper-parameter is subnormal, no term comes near overflow.
pub fn in_domain(folded: &[f64], terms: &[f64]) -> bool {
    let normal = |x: f64| x == 0.0 || x.abs() >= f32::MIN_POSITIVE.into();
    folded.iter().all(|&x| normal(x)) && terms.iter().all(|x| x.abs() <= 1e37)
}

#[cfg(feature = "std")]
mod comparison {
    use super::*;
    use crate::Model;
    use crate::tensors::Tensors;
    use crate::written_out::Options;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    /// The slices of a call.
    pub type Slices<const S: usize> = Tensors<Vec<f32>, S>;

    /// Compares a step with the reference. Says how many elements lay in the domain of the bounds, or where one is
    /// exceeded. The bounds do not cover `options.flush`.
    pub fn check<M: Model<S>, const S: usize>(
        optimizer: &M::Optimizer,
        t: u64,
        options: Options,
        before: &Slices<S>,
        after: &Slices<S>,
    ) -> Result<usize, String> {
        let mut checked = 0;
        for (i, e) in elements::<M, S>(optimizer, t, options, before).iter().enumerate() {
            let Some(bounds) = M::bounds(optimizer, t, e) else { continue };
            if let Err(excess) = within(i, after, e, &bounds) {
                return Err(format!("{excess}\n{optimizer:?} at {t}, {options:?}, {e:?}"));
            }
            checked += 1;
        }
        Ok(checked)
    }

    /// Whether element `i` of `found` is as near to the reference as the bounds say; else where it is not. How near: the
    /// error as a part of the bound, the largest of all slices.
    pub fn within<const S: usize>(
        i: usize,
        found: &Slices<S>,
        exact: &Element<S>,
        bounds: &Bounds<S>,
    ) -> Result<f64, String> {
        let p = (&found.params, exact.new_p, bounds.p);
        let state = found.state.iter().zip(exact.new_state).zip(bounds.state).map(|((s, e), b)| (s, e, b));
        let mut worst = 0.0_f64;
        for (slice, (found, exact, bound)) in [p].into_iter().chain(state).enumerate() {
            let error = (f64::from(found[i]) - exact).abs();
            let near = error <= bound; // NaN is not
            if !near {
                let times = error / bound;
                return Err(format!(
                    "element {i} of {} is {:e}, the reference {exact:e}: off by {times:.3} times the bound, {bound:e}",
                    if slice == 0 { "the parameters".into() } else { format!("state {}", slice - 1) },
                    found[i]
                ));
            }
            worst = worst.max(if error == 0.0 { 0.0 } else { error / bound });
        }
        Ok(worst)
    }

    /// What the reference makes of each element.
    pub fn elements<M: Model<S>, const S: usize>(
        optimizer: &M::Optimizer,
        t: u64,
        options: Options,
        before: &Slices<S>,
    ) -> Vec<Element<S>> {
        let exact = |values: &[f32]| -> Vec<f64> { values.iter().map(|&x| x.into()).collect() };
        let grads: Vec<f64> = before.grads.iter().map(|&g| scaled(g, options)).collect();
        let (mut params, mut state) = (exact(&before.params), before.state.each_ref().map(|slice| exact(slice)));
        M::reference(optimizer, t, &mut params, &grads, state.each_mut().map(|slice| &mut slice[..]));
        (0..params.len())
            .map(|i| Element {
                p: before.params[i].into(),
                g: grads[i],
                state: before.state.each_ref().map(|slice| slice[i].into()),
                new_p: params[i],
                new_state: state.each_ref().map(|slice| slice[i]),
            })
            .collect()
    }

    /// The gradient as the step sees it, before `maximize`.
    fn scaled(g: f32, options: Options) -> f64 {
        let g = f64::from(g) * f64::from(options.scale);
        match options.clamp {
            Some(limit) => g.clamp(-f64::from(limit), limit.into()),
            None => g,
        }
    }
}

#[cfg(feature = "property")]
mod property {
    use super::*;
    use crate::backends::{available, on};
    use crate::model::Holds;
    use crate::tensors::Tensors;
    use crate::written_out::Options;
    use crate::{Model, Rng};
    use comparison::Slices;
    use core::ops::Range;
    use gradstep::Isa;
    use proptest::array::UniformArrayStrategy;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::vec::Vec;

    /// How many random steps each property is tried with.
    const TRIES: u32 = 4000;

    /// Every step is within its bounds of the reference.
    pub fn reference<M: Model<S>, const S: usize>() {
        for_all((steps::<M, S>(), select(available())), |((optimizer, t, options, before), isa)| {
            let options = Options { flush: false, ..options };
            let after = applied(&optimizer, t, options, isa, &before);
            check::<M, S>(&optimizer, t, options, &before, &after).map_err(TestCaseError::fail)?;
            Ok(())
        });
    }

    /// Over the same steps: they have the written-out bits.
    pub fn bits<M: Model<S>, const S: usize>() {
        for_all(steps::<M, S>(), |(optimizer, t, options, before)| {
            let after = before.updated::<M>(&optimizer, t, options);
            for isa in available() {
                let found = applied(&optimizer, t, options, isa, &before);
                found.assert_holds(&after, false, format_args!("{isa}"));
            }
            Ok(())
        });
    }

    fn for_all<T: core::fmt::Debug>(
        steps: impl Strategy<Value = T>,
        property: impl Fn(T) -> Result<(), TestCaseError>,
    ) {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(TRIES) };
        if let Err(failure) = TestRunner::new(config).run(&steps, property) {
            panic!("{failure}");
        }
    }

    /// The bounds say something about most of what is generated.
    pub fn domain<M: Model<S>, const S: usize>() {
        let mut runner = TestRunner::deterministic();
        let (mut inside, mut all) = (0, 0);
        for _ in 0..300 {
            let (optimizer, t, options, before) = steps::<M, S>().new_tree(&mut runner).unwrap().current();
            let options = Options { flush: false, ..options };
            let after = applied(&optimizer, t, options, Isa::detect(), &before);
            inside += check::<M, S>(&optimizer, t, options, &before, &after).unwrap();
            all += before.len();
        }
        assert!(inside * 2 > all, "{inside} of {all}");
    }

    fn applied<O: gradstep::Optimizer<S>, const S: usize>(
        optimizer: &O,
        t: u64,
        options: Options,
        isa: Isa,
        before: &Slices<S>,
    ) -> Slices<S> {
        let mut after = before.clone();
        let step = options.step(optimizer, t, isa).unwrap();
        on(isa, || after.apply(&step, false)).unwrap();
        after
    }

    /// An optimizer, its `t`, the options of the step, and slices.
    fn steps<M: Model<S>, const S: usize>() -> impl Strategy<Value = (M::Optimizer, u64, Options, Slices<S>)> {
        let optimizers = any::<u64>().prop_map(|seed| M::random(&mut Rng::with_seed(seed)));
        (optimizers, counts(), options(), elements_of::<M, S>()).prop_map(|(optimizer, t, options, elements)| {
            let slice = |of: fn(&Values<S>, usize) -> f32, k| elements.iter().map(|e| of(e, k)).collect();
            let before = Tensors {
                params: slice(|e, _| e.0, 0),
                grads: slice(|e, _| e.1, 0),
                state: core::array::from_fn(|k| slice(|e, k| e.2[k], k)),
            };
            (optimizer, t, options, before)
        })
    }

    fn counts() -> impl Strategy<Value = u64> {
        prop_oneof![Just(1), Just(2), 1..=10_000u64, 10_000..10_000_000u64, any::<u64>().prop_map(|t| t.max(1))]
    }

    fn options() -> impl Strategy<Value = Options> {
        let scale = prop_oneof![
            4 => Just(1.0),
            3 => log_uniform(1e-6..1e4),
            1 => log_uniform(1e-6..1e4).prop_map(|x| -x)
        ];
        let clamp = prop_oneof![4 => Just(None), 2 => log_uniform(1e-3..1e3).prop_map(Some), 1 => Just(Some(0.0))];
        let flush = prop::bool::weighted(0.2);
        (scale, clamp, flush).prop_map(|(scale, clamp, flush)| Options {
            scale: scale as f32,
            clamp: clamp.map(|x| x as f32),
            flush,
        })
    }

    /// Parameter, gradient and state.
    type Values<const S: usize> = (f32, f32, [f32; S]);

    /// Up to 200 elements, around one magnitude of the gradient, so that terms of a sum meet and cancel, or each of any
    /// magnitude: from the smallest subnormal to the largest number.
    fn elements_of<M: Model<S>, const S: usize>() -> impl Strategy<Value = Vec<Values<S>>> {
        let around_one = (-110i32..40, -20i32..20).prop_flat_map(|(g, p)| {
            let values = (-2.0f32..2.0, -2.0f32..2.0, UniformArrayStrategy::new(-2.0f32..2.0));
            let element = values.prop_map(move |(x, y, state): Values<S>| {
                let state = core::array::from_fn(|k| match M::STATE[k].2 {
                    Holds::Gradients => state[k] * 2f32.powi(g),
                    Holds::Squares => state[k].abs() * 2f32.powi(2 * g),
                    Holds::Magnitudes => state[k].abs() * 2f32.powi(g),
                    Holds::Parameters => state[k] * 2f32.powi(g + p),
                });
                (x * 2f32.powi(g + p), y * 2f32.powi(g), state)
            });
            vec(element, 0..=200)
        });
        let any = (any_finite(), any_finite(), UniformArrayStrategy::new(any_finite()));
        let any = any.prop_map(|(p, g, state): Values<S>| {
            let state = core::array::from_fn(|k| match M::STATE[k].2 {
                Holds::Gradients | Holds::Parameters => state[k],
                Holds::Squares | Holds::Magnitudes => state[k].abs(),
            });
            (p, g, state)
        });
        prop_oneof![2 => around_one, 1 => vec(any, 0..=200)]
    }

    /// Every exponent equally often, subnormals and zeros too.
    fn any_finite() -> impl Strategy<Value = f32> {
        (0..f32::INFINITY.to_bits(), any::<bool>())
            .prop_map(|(bits, negative)| if negative { -f32::from_bits(bits) } else { f32::from_bits(bits) })
    }

    fn log_uniform(range: Range<f64>) -> impl Strategy<Value = f64> {
        (range.start.ln()..range.end.ln()).prop_map(f64::exp)
    }
}
