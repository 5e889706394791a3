//! The loops that anyone would write. `build.rs` compiles this file twice.

#[cfg_attr(symbols = "default", unsafe(export_name = "plain_sgd_default"))]
#[cfg_attr(symbols = "native", unsafe(export_name = "plain_sgd_native"))]
pub fn sgd(p: &mut [f32], g: &[f32], [lr]: [f32; 1]) {
    for (p, g) in p.iter_mut().zip(g) {
        *p -= lr * g;
    }
}

#[cfg_attr(symbols = "default", unsafe(export_name = "plain_momentum_default"))]
#[cfg_attr(symbols = "native", unsafe(export_name = "plain_momentum_native"))]
pub fn momentum(p: &mut [f32], g: &[f32], b: &mut [f32], [lr, mu]: [f32; 2]) {
    for ((p, g), b) in p.iter_mut().zip(g).zip(b) {
        *b = mu * *b + g;
        *p -= lr * *b;
    }
}

#[cfg_attr(symbols = "default", unsafe(export_name = "plain_adam_default"))]
#[cfg_attr(symbols = "native", unsafe(export_name = "plain_adam_native"))]
pub fn adam(p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], [lr, beta1, beta2, correction, eps]: [f32; 5]) {
    for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        *p -= lr * *m / (v.sqrt() * correction + eps);
    }
}
