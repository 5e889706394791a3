//! What the documentation promises of special values, by hand-worked numbers, on every backend.

use gradstep::{Adam, AdamW, AmsGrad, AnyOptimizer, Momentum, Optimizer, Sgd};
use gradstep_checks::Model;
use gradstep_checks::backends::backends;
use gradstep_checks::model::Holds;
use gradstep_checks::tensors::Tensors;
use gradstep_checks::written_out::assert_same;
use gradstep_models::{Visitor, each};

/// One number below the smallest normal one.
const SUBNORMAL: f32 = f32::from_bits(0x0040_0000);

/// Runs one step of `optimizer` over equal elements, enough for every kind of register, and gives one of them.
#[track_caller]
fn one<const S: usize>(step: gradstep::AnyStep, p: f32, g: f32, state: [f32; S]) -> (f32, [f32; S]) {
    const N: usize = 95;
    let (mut params, grads) = ([p; N], [g; N]);
    let mut state = state.map(|s| [s; N]);
    step.apply(&mut params, &grads, &mut state.each_mut().map(|s| &mut s[..])).unwrap();
    for slice in [&params].into_iter().chain(&state) {
        assert_same(slice, &[slice[0]; N], format_args!("equal elements"));
    }
    (params[0], state.map(|s| s[0]))
}

#[test]
fn a_second_moment_that_overflows_freezes_its_element() {
    // (1 - beta2) g² passes the largest f32 between these two gradients.
    let (last, beyond) = (5.83e20, 5.84e20);
    for isa in backends() {
        let adam = Adam::new(0.5);
        let (p, [_, v]) = one(adam.at_any(1).on(isa), 1.0, last, [0.0, 0.0]);
        assert!(v.is_finite() && p != 1.0);

        let (p, [m, v]) = one(adam.at_any(1).on(isa), 1.0, beyond, [0.0, 0.0]);
        assert_eq!((p, v), (1.0, f32::INFINITY));
        let (p, [_, v]) = one(adam.at_any(2).on(isa), p, 1.0, [m, v]);
        assert_eq!((p, v), (1.0, f32::INFINITY));

        let (p, [_, _, v_max]) = one(adam.amsgrad().at_any(1).on(isa), 1.0, beyond, [0.0; 3]);
        assert_eq!((p, v_max), (1.0, f32::INFINITY));

        // The decay of AdamW goes on.
        let (p, _) = one(AdamW::new(0.5).weight_decay(0.5).at_any(1).on(isa), 1.0, beyond, [0.0, 0.0]);
        assert_eq!(p, 0.75);
    }
}

#[test]
fn clamping_keeps_nan_and_stops_infinity() {
    let step = Sgd::new(1.0).at_any(1).clamp_grads(2.0);
    for isa in backends() {
        let clamped = |g: f32| -one(step.on(isa), 0.0, g, []).0;
        for (g, expected) in [
            (f32::INFINITY, 2.0),
            (f32::NEG_INFINITY, -2.0),
            (f32::MAX, 2.0),
            (2.0, 2.0),
            (2.0f32.next_up(), 2.0),
            (2.0f32.next_down(), 2.0f32.next_down()),
            (-2.0, -2.0),
            (0.5, 0.5),
            (f32::NAN, f32::NAN),
        ] {
            assert_same(&[clamped(g)], &[expected], format_args!("{g} on {isa}"));
        }
        // The scale comes first.
        assert_eq!(-one(step.scale_grads(0.25).on(isa), 0.0, 16.0, []).0, 2.0);
        assert_eq!(-one(step.scale_grads(0.25).on(isa), 0.0, 4.0, []).0, 1.0);
        // Of several limits the lowest counts; infinity is none, and zero stops everything.
        assert_eq!(-one(step.clamp_grads(1.0).clamp_grads(3.0).on(isa), 0.0, 5.0, []).0, 1.0);
        assert_eq!(-one(step.clamp_grads(f32::INFINITY).on(isa), 0.0, 5.0, []).0, 2.0);
        let unlimited = Sgd::new(1.0).at_any(1).clamp_grads(f32::INFINITY).on(isa);
        assert_eq!(-one(unlimited, 0.0, f32::INFINITY, []).0, f32::INFINITY);
        assert_eq!(one(step.clamp_grads(0.0).on(isa), 0.25, -3.0, []).0, 0.25);
    }
}

/// A decay of 0 is no term: 0·∞ would be NaN.
#[test]
fn no_decay_leaves_an_infinite_parameter_infinite() {
    for isa in backends() {
        assert_eq!(one(Sgd::new(0.1).at_any(1).on(isa), f32::INFINITY, 1.0, []).0, f32::INFINITY);
        assert_eq!(one(Sgd::new(0.1).weight_decay(1e-50).at_any(1).on(isa), f32::INFINITY, 1.0, []).0, f32::INFINITY);
        assert!(one(Sgd::new(0.1).weight_decay(0.1).at_any(1).on(isa), f32::INFINITY, 1.0, []).0.is_nan());
        let (p, _) = one(Adam::new(0.1).at_any(1).on(isa), f32::INFINITY, 1.0, [0.0, 0.0]);
        assert_eq!(p, f32::INFINITY);
    }
}

#[test]
fn nan_and_infinity_stay_in_their_element() {
    const N: usize = 95;
    for isa in backends() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in 0..N {
                let mut grads = [1.0; N];
                grads[at] = bad;
                let (mut params, mut m, mut v) = ([1.0; N], [0.0; N], [0.0; N]);
                let step = AnyOptimizer::from(Adam::new(0.1)).at(1).unwrap().on(isa);
                step.apply(&mut params, &grads, &mut [&mut m, &mut v]).unwrap();
                for i in 0..N {
                    assert_eq!(params[i].is_nan(), i == at, "{bad} at {at}, element {i}, {isa}");
                    assert_eq!(m[i].is_finite() && v[i].is_finite(), i != at);
                }
            }
        }
    }
}

/// The first step takes the buffer as new, whatever it holds.
#[test]
fn momentum_does_not_read_its_buffer_at_first() {
    for isa in backends() {
        let momentum = Momentum::new(0.5, 0.9).dampening(0.5);
        assert_eq!(one(momentum.at_any(1).on(isa), 1.0, 2.0, [f32::NAN]), (0.0, [2.0]));
        // Afterwards it is read, and the gradient dampened.
        let momentum = Momentum::new(0.5, 0.25).dampening(0.5);
        assert_eq!(one(momentum.at_any(2).on(isa), 1.0, 2.0, [4.0]), (0.0, [2.0]));
        let nesterov = Momentum::new(0.5, 0.5).nesterov(true);
        assert_eq!(one(nesterov.at_any(1).on(isa), 4.0, 2.0, [f32::NAN]), (2.5, [2.0]));
    }
}

/// Neither parameters nor state that is made of gradients. (A step size or an average of parameters is not.)
#[test]
fn nothing_moves_without_a_gradient() {
    struct Still;
    impl Visitor for Still {
        fn visit<M: Model<S>, const S: usize>(&mut self, name: &'static str) {
            for (case, mut optimizer) in M::cases() {
                M::fields(&mut optimizer)
                    .into_iter()
                    .filter(|(name, _)| ["weight_decay", "lambda"].contains(name)) // both decay parameters
                    .for_each(|(_, x)| *x = 0.0);
                for isa in backends() {
                    let mut tensors = Tensors { params: vec![0.3; 95], ..Tensors::zeros(95) };
                    tensors.apply(&optimizer.at(1).unwrap().on(isa), false).unwrap();
                    assert_eq!(tensors.params, [0.3; 95], "{name}, {case}");
                    // Averages are 0, too. A maximum, say, may have a least value.
                    for (state, (.., holds)) in tensors.state.iter().zip(M::STATE) {
                        if matches!(holds, Holds::Gradients | Holds::Squares) {
                            assert!(state.iter().all(|&s| s == 0.0), "{name}, {case}");
                        }
                    }
                }
            }
        }
    }
    each(&mut Still);
}

#[test]
fn flushing_makes_small_state_positive_zero_and_nothing_else() {
    let bits = |x: f32| x.to_bits();
    for isa in backends() {
        // m and v are halved; what is halved into the subnormal range is flushed.
        let adam = Adam::new(0.0).betas(0.5, 0.5);
        let flushed = |m, v| one(adam.at_any(3).flush_subnormals().on(isa), SUBNORMAL, 0.0, [m, v]);
        let kept = |m, v| one(adam.at_any(3).on(isa), SUBNORMAL, 0.0, [m, v]);
        let normal = f32::MIN_POSITIVE;
        assert_eq!(flushed(2.0 * normal, 2.0 * normal), (SUBNORMAL, [normal, normal]));
        assert_eq!(kept(normal, normal), (SUBNORMAL, [SUBNORMAL, SUBNORMAL]));
        assert_eq!(flushed(normal, normal).1.map(bits), [0, 0]);
        assert_eq!(flushed(-normal, normal).1.map(bits), [0, 0]);
        assert_eq!(flushed(-2.0 * normal, normal).1.map(bits), [bits(-normal), 0]);
        let (_, [m, v]) = flushed(f32::NAN, f32::INFINITY);
        assert!(m.is_nan() && v == f32::INFINITY);

        let amsgrad = AnyOptimizer::from(adam.amsgrad()).at(3).unwrap().flush_subnormals().on(isa);
        assert_eq!(one(amsgrad, 1.0, 0.0, [0.0, 0.0, SUBNORMAL]).1.map(bits), [0, 0, 0]);

        let momentum = Momentum::new(1.0, 0.5);
        assert_eq!(one(momentum.at_any(1).flush_subnormals().on(isa), 1.0, -SUBNORMAL, [9.0]).1.map(bits), [0]);
        assert_eq!(one(momentum.at_any(2).flush_subnormals().on(isa), 1.0, 0.0, [-normal]).1.map(bits), [0]);
        assert_eq!(one(momentum.at_any(2).on(isa), 1.0, 0.0, [-normal]).1, [-SUBNORMAL]);

        // Parameters are no state.
        assert_eq!(one(Sgd::new(1.0).at_any(1).flush_subnormals().on(isa), 0.0, SUBNORMAL, []).0, -SUBNORMAL);
    }
}

/// Without flushing v never reaches 0: at 500 units 0.999 v rounds back to v.
#[test]
fn a_subnormal_second_moment_sticks_unless_flushed() {
    let adam = Adam::new(1e-3);
    for isa in backends() {
        let mut v = f32::from_bits(510);
        for t in 1..100 {
            v = one(adam.at_any(t).on(isa), 0.0, 0.0, [0.0, v]).1[1];
        }
        assert_eq!(v, f32::from_bits(500));
        assert_eq!(one(adam.at_any(9).flush_subnormals().on(isa), 0.0, 0.0, [0.0, v]).1[1], 0.0);
    }
}

/// `v_max` takes the larger of both, and keeps a NaN that it holds.
#[test]
fn amsgrad_keeps_the_largest_second_moment() {
    let amsgrad: AmsGrad<Adam> = Adam::new(1e-3).betas(0.5, 0.5).amsgrad();
    for isa in backends() {
        let v_max = |g: f32, v: f32, v_max: f32| one(amsgrad.at_any(2).on(isa), 0.0, g, [0.0, v, v_max]).1[2];
        assert_eq!(v_max(0.0, 2.0, 3.0), 3.0);
        assert_eq!(v_max(0.0, 8.0, 3.0), 4.0);
        assert!(v_max(0.0, 8.0, f32::NAN).is_nan());
        assert!(v_max(f32::NAN, 8.0, 3.0).is_nan());
        assert_eq!(v_max(f32::INFINITY, 8.0, 3.0), f32::INFINITY);
    }
}

/// Steps of typed optimizers, chosen at run time.
trait AtAny {
    fn at_any(self, t: u64) -> gradstep::AnyStep;
}

impl<O: Into<AnyOptimizer>> AtAny for O {
    fn at_any(self, t: u64) -> gradstep::AnyStep {
        self.into().at(t).unwrap()
    }
}
