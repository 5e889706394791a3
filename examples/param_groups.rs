//! Parameter groups: weight decay on the weights, none on the biases.
//!
//! An optimizer is plain data without a list of parameters, so a group is nothing but a second optimizer.
//!
//! `cargo run --release --example param_groups`

use gradstep::{AdamW, Error, Optimizer};

/// Parameters, their gradients and the optimizer's state.
#[derive(Default)]
struct Tensor {
    values: [f32; 1],
    grads: [f32; 1],
    m: [f32; 1],
    v: [f32; 1],
}

/// Fits y = weight·x + bias to points on y = 2x + 100 with a decay for each group.
fn fit(weight_decay: f64, bias_decay: f64) -> Result<(f32, f32), Error> {
    let adamw = AdamW::new(0.1);
    let (mut weight, mut bias) = (Tensor::default(), Tensor::default());
    let points = [-1.5f32, -0.5, 0.5, 1.5].map(|x| (x, 2.0 * x + 100.0));
    for t in 1..=5000 {
        for (x, y) in points {
            let error = weight.values[0] * x + bias.values[0] - y;
            weight.grads[0] += error * x;
            bias.grads[0] += error;
        }
        // Each group has its own hyper-parameters; both count the same t.
        for (tensor, decay) in [(&mut weight, weight_decay), (&mut bias, bias_decay)] {
            let step = adamw.weight_decay(decay).at(t)?.scale_grads(1.0 / points.len() as f32);
            step.apply_and_zero(&mut tensor.values, &mut tensor.grads, [&mut tensor.m, &mut tensor.v])?;
        }
    }
    Ok((weight.values[0], bias.values[0]))
}

fn main() -> Result<(), Error> {
    let groups = fit(0.05, 0.0)?;
    let one = fit(0.05, 0.05)?;
    println!("decay on the weight alone:  y = {:.2} x + {:.2}", groups.0, groups.1);
    println!("decay on both:              y = {:.2} x + {:.2}", one.0, one.1);
    println!("the points lie on           y = 2.00 x + 100.00");
    // AdamW's decay λ keeps a parameter within ±1/λ (Xie and Li, "Implicit Bias of AdamW", 2024), ±20 here: no harm to
    // the weight, but the bias cannot get to where it belongs.
    assert!((groups.0 - 2.0).abs() < 0.01 && (groups.1 - 100.0).abs() < 0.01);
    assert!(one.1 <= 20.0);
    Ok(())
}
