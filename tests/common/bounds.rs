//! How far a step in `f32` may be from the reference in `f64`.
//!
//! One unit roundoff a rounding and one a folded scalar, in units of the *terms* of each sum: cancellation makes the
//! result small, not the error. What underflows adds a few times the smallest subnormal.

use gradstep::{AnyOptimizer, reference};

use super::bits::{Options, one_minus_power};
use super::family::{AdamFamily, adam_family};
use super::tensors::Tensors;

/// The unit roundoff of `f32`.
const U: f64 = 1.0 / (1u64 << 24) as f64;
/// The smallest subnormal `f32`, 2⁻¹⁴⁹.
const W: f64 = f32::from_bits(1) as f64;

/// One element, exactly: before a step and after it. `g` is scaled and clamped.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    pub p: f64,
    pub g: f64,
    pub state: [f64; 3],
    pub new_p: f64,
    pub new_state: [f64; 3],
}

/// Bounds for the new parameter and for each state value.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub p: f64,
    pub state: [f64; 3],
}

/// Compares a step with the reference. Says how many elements lay in the domain of the bounds, or where one is
/// exceeded. The bounds do not cover `options.flush`.
pub fn check(
    optimizer: &AnyOptimizer,
    t: u64,
    options: Options,
    before: &Tensors,
    after: &Tensors,
) -> Result<usize, String> {
    let mut checked = 0;
    for (i, e) in elements(optimizer, t, options, before).iter().enumerate() {
        let Some(bounds) = bounds(optimizer, t, e) else { continue };
        let slices = optimizer.state().iter().zip(&after.state).zip(e.new_state.iter().zip(bounds.state));
        let state = slices.map(|((&slice, found), (&exact, bound))| (slice, found[i], exact, bound));
        for (slice, found, exact, bound) in [("params", after.params[i], e.new_p, bounds.p)].into_iter().chain(state) {
            if !within(found, exact, bound) {
                return Err(format!(
                    "{slice}[{i}] is {found:e}, the reference {exact:e}: off by {:.3} times the bound, {bound:e}\n\
                     {optimizer:?} at {t}, {options:?}, {e:?}",
                    (f64::from(found) - exact).abs() / bound
                ));
            }
        }
        checked += 1;
    }
    Ok(checked)
}

/// Whether `found` is a number no further than `bound` from `exact`.
pub fn within(found: f32, exact: f64, bound: f64) -> bool {
    (f64::from(found) - exact).abs() <= bound
}

/// What the reference makes of each element.
pub fn elements(optimizer: &AnyOptimizer, t: u64, options: Options, before: &Tensors) -> Vec<Element> {
    let exact = |values: &[f32]| -> Vec<f64> { values.iter().map(|&x| x.into()).collect() };
    let grads: Vec<f64> = before.grads.iter().map(|&g| scaled(g, options)).collect();
    let mut params = exact(&before.params);
    let mut state: Vec<Vec<f64>> = before.state.iter().map(|s| exact(s)).collect();
    step(optimizer, t, &mut params, &grads, &mut state);

    let slots = |slices: &[Vec<f64>], i: usize| {
        let mut slots = [0.0; 3];
        slots.iter_mut().zip(slices).for_each(|(slot, slice)| *slot = slice[i]);
        slots
    };
    let old_state: Vec<Vec<f64>> = before.state.iter().map(|s| exact(s)).collect();
    (0..params.len())
        .map(|i| Element {
            p: before.params[i].into(),
            g: grads[i],
            state: slots(&old_state, i),
            new_p: params[i],
            new_state: slots(&state, i),
        })
        .collect()
}

/// The bounds, or `None` outside their domain: a folded hyper-parameter that is subnormal, a term that comes near
/// overflow, or an error in the denominator that is no longer small against it.
pub fn bounds(optimizer: &AnyOptimizer, t: u64, e: &Element) -> Option<Bounds> {
    let lr = optimizer.lr();
    match *optimizer {
        AnyOptimizer::Sgd(o) => {
            let g = e.g.abs() + o.weight_decay * e.p.abs();
            let p = U * (e.p.abs() + 6.0 * lr * g) + W * (1.0 + lr);
            in_domain(&[lr, o.weight_decay], &[e.p, g, lr * g])?;
            Some(Bounds { p, state: [0.0; 3] })
        }
        AnyOptimizer::Momentum(o) => {
            let (g, b, n) = momentum_terms(&o, t, e);
            let step = if o.nesterov { 12.0 * lr * n } else { 9.0 * lr * b };
            let p = U * (e.p.abs() + step) + W * (1.0 + 4.0 * lr);
            in_domain(&[lr, o.weight_decay, o.momentum, 1.0 - o.dampening], &[e.p, g, b, n, lr * b, lr * n])?;
            Some(Bounds { p, state: [6.0 * U * b + 2.0 * W, 0.0, 0.0] })
        }
        _ => {
            let AdamFamily { adam, decoupled, .. } = adam_family(optimizer)?;
            let Terms { g, m, v, v_max, k, lr_corrected, r, d } = adam_terms(optimizer, t, e)?;
            let keep = if decoupled { 1.0 - lr * adam.weight_decay } else { 1.0 };
            let error_m = 6.0 * U * m + 2.0 * W;
            let error_d =
                7.0 * U * r + 4.0 * U * k * (1.0 - adam.beta2).sqrt() * g + k * (4.0 * W).sqrt() + 2.0 * U * adam.eps;
            let new_m = e.new_state[0].abs();
            let c2 = 1.0 / (k * k);
            in_domain(
                &[
                    lr,
                    adam.weight_decay,
                    adam.beta1,
                    1.0 - adam.beta1,
                    adam.beta2,
                    1.0 - adam.beta2,
                    adam.eps,
                    adam.eps_root * c2,
                    lr_corrected,
                    keep,
                ],
                &[e.p, keep * e.p, g, m, v, v_max, lr_corrected * m, r, d, lr_corrected * m / d],
            )?;
            if error_d >= d / 2.0 {
                return None;
            }
            let f = if decoupled { 3.0 * keep.abs() } else { 1.0 };
            let p = U * f * e.p.abs()
                + lr_corrected / d * (error_m + 4.0 * U * new_m + new_m * error_d / (d - error_d))
                + W * (2.0 + 1.0 / d);
            Some(Bounds { p, state: [error_m, 10.0 * U * v + 3.0 * W, 10.0 * U * v.max(v_max) + 3.0 * W] })
        }
    }
}

/// For another implementation of the same formulas, which orders and fuses its operations as it likes:
/// 8 unit roundoffs of the same terms.
pub fn scales(optimizer: &AnyOptimizer, t: u64, e: &Element) -> Option<Bounds> {
    let lr = optimizer.lr();
    let (p, state) = match *optimizer {
        AnyOptimizer::Sgd(o) => (e.p.abs() + lr * (e.g.abs() + o.weight_decay * e.p.abs()), [0.0; 3]),
        AnyOptimizer::Momentum(o) => {
            let (_, b, n) = momentum_terms(&o, t, e);
            (e.p.abs() + lr * if o.nesterov { n } else { b }, [b, 0.0, 0.0])
        }
        _ => {
            let Terms { m, v, v_max, lr_corrected, d, .. } = adam_terms(optimizer, t, e)?;
            (e.p.abs() + lr_corrected * m / d, [m, v, v.max(v_max)])
        }
    };
    let bound = |scale: f64| 8.0 * U * scale + 2.0 * W;
    Some(Bounds { p: bound(p), state: state.map(bound) })
}

/// G, B and N.
fn momentum_terms(o: &gradstep::Momentum, t: u64, e: &Element) -> (f64, f64, f64) {
    let g = e.g.abs() + o.weight_decay * e.p.abs();
    let b = if t == 1 { g } else { o.momentum * e.state[0].abs() + (1.0 - o.dampening) * g };
    (g, b, g + o.momentum * b)
}

/// G, M, V, K, η/c₁, R and D.
struct Terms {
    g: f64,
    m: f64,
    v: f64,
    v_max: f64,
    k: f64,
    lr_corrected: f64,
    r: f64,
    d: f64,
}

fn adam_terms(optimizer: &AnyOptimizer, t: u64, e: &Element) -> Option<Terms> {
    let AdamFamily { adam, decoupled, amsgrad } = adam_family(optimizer)?;
    let [c1, c2] =
        [adam.beta1, adam.beta2].map(|beta| if adam.bias_correction { one_minus_power(beta, t) } else { 1.0 });
    let g = e.g.abs() + if decoupled { 0.0 } else { adam.weight_decay * e.p.abs() };
    let m = adam.beta1 * e.state[0].abs() + (1.0 - adam.beta1) * g;
    let v = adam.beta2 * e.state[1] + (1.0 - adam.beta2) * g * g;
    let v_max = if amsgrad { e.state[2] } else { 0.0 };
    let k = 1.0 / c2.sqrt();
    let q = e.new_state[if amsgrad { 2 } else { 1 }];
    let r = k * (q + adam.eps_root * c2).sqrt();
    Some(Terms { g, m, v, v_max, k, lr_corrected: adam.lr / c1, r, d: r + adam.eps })
}

fn in_domain(folded: &[f64], terms: &[f64]) -> Option<()> {
    let normal = |x: f64| x == 0.0 || x.abs() >= f32::MIN_POSITIVE.into();
    (folded.iter().all(|&x| normal(x)) && terms.iter().all(|x| x.abs() <= 1e37)).then_some(())
}

/// The gradient as the step sees it, before `maximize`.
fn scaled(g: f32, options: Options) -> f64 {
    let g = f64::from(g) * f64::from(options.scale);
    match options.clamp {
        Some(limit) => g.clamp(-f64::from(limit), limit.into()),
        None => g,
    }
}

/// The reference for an optimizer chosen at run time.
fn step(optimizer: &AnyOptimizer, t: u64, params: &mut [f64], grads: &[f64], state: &mut [Vec<f64>]) {
    match (optimizer, state) {
        (AnyOptimizer::Sgd(o), []) => reference::sgd(o, params, grads),
        (AnyOptimizer::Momentum(o), [velocity]) => reference::momentum(o, t, params, grads, velocity),
        (AnyOptimizer::Adam(o), [m, v]) => reference::adam(o, t, params, grads, m, v),
        (AnyOptimizer::AdamW(o), [m, v]) => reference::adamw(o, t, params, grads, m, v),
        (AnyOptimizer::AmsGrad(o), [m, v, v_max]) => reference::amsgrad(o, t, params, grads, m, v, v_max),
        (AnyOptimizer::AmsGradW(o), [m, v, v_max]) => reference::amsgradw(o, t, params, grads, m, v, v_max),
        (other, _) => panic!("no reference for {other:?} with these state slices"),
    }
}
