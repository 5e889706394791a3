//! Agreement with PyTorch's fused CPU optimizers, step by step, each restarted from PyTorch's own state.
//!
//! PyTorch fuses multiply-adds and rounds the last elements of a slice in another order than the others, so the bits
//! differ: the bound is 8 unit roundoffs of the terms that were added, and two of the smallest subnormal.

#[cfg(feature = "std")]
pub use vectors::*;

/// PyTorch's hyper-parameters, as a line of its vectors has them: `kind=SGD lr=0.1 …`.
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameters<'a>(&'a str);

impl<'a> Hyperparameters<'a> {
    /// Those of a line.
    pub fn new(line: &'a str) -> Self {
        Self(line)
    }

    /// The name of PyTorch's class.
    pub fn kind(&self) -> &'a str {
        self.text("kind")
    }

    /// A number.
    pub fn number(&self, key: &str) -> f64 {
        self.text(key).parse().expect("a number")
    }

    /// An option that is on or off.
    pub fn is_set(&self, key: &str) -> bool {
        self.text(key) == "1"
    }

    fn text(&self, key: &str) -> &'a str {
        let mut pairs = self.0.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.find(|pair| pair.0 == key).map(|pair| pair.1).unwrap_or_else(|| panic!("no {key}"))
    }
}

#[cfg(feature = "std")]
mod vectors {
    use super::*;
    use crate::Model;
    use crate::backends::{available, backends};
    use crate::bounds::{Bounds, U, W, elements, within};
    use crate::tensors::Tensors;
    use crate::written_out::Options;
    use std::vec::Vec;

    /// Compares with those cases of `vectors` that are this optimizer: how many.
    pub fn fused_steps<M: Model<S>, const S: usize>(vectors: &str) -> usize {
        let mut cases = 0;
        for case in vectors.split("case ").skip(1) {
            let mut lines = case.lines();
            let name = lines.next().unwrap();
            let Some(optimizer) = M::from_torch(&Hyperparameters::new(entry(&mut lines, "hyper"))) else { continue };
            let n: usize = entry(&mut lines, "n").parse().unwrap();
            let mut now = Tensors { params: floats(entry(&mut lines, "params")), ..Tensors::zeros(n) };
            let mut compared = 0;
            for t in 1..=8 {
                assert_eq!(entry(&mut lines, "step").parse(), Ok(t));
                now.grads = floats(entry(&mut lines, "grads"));
                let torch = Tensors {
                    params: floats(entry(&mut lines, "params")),
                    grads: now.grads.clone(),
                    state: M::STATE.map(|(slice, ..)| floats(entry(&mut lines, slice))),
                };
                assert!(torch.params.len() == n && torch.grads.len() == n, "{name}");
                for isa in backends() {
                    let mut ours = now.clone();
                    ours.apply(&Options::NONE.step(&optimizer, t, isa).unwrap(), false).unwrap();
                    for (i, mut element) in elements::<M, S>(&optimizer, t, Options::NONE, &now).into_iter().enumerate()
                    {
                        let terms = M::terms(&optimizer, t, &element).expect("the terms of what PyTorch has, too");
                        let bound = |term: f64| 8.0 * U * term + 2.0 * W;
                        let bounds = Bounds { p: bound(terms.p), state: terms.state.map(bound) };
                        // PyTorch in the place of the reference.
                        element.new_p = torch.params[i].into();
                        element.new_state = torch.state.each_ref().map(|slice| slice[i].into());
                        if let Err(excess) = within(i, &ours, &element, &bounds) {
                            panic!("{name}, step {t}, {isa}: {excess}");
                        }
                        compared += 1;
                    }
                }
                now = torch;
            }
            assert_eq!(lines.next(), Some("end"));
            assert_eq!(compared, 8 * n * available().len());
            cases += 1;
        }
        cases
    }

    /// The rest of the next line, which must begin with `key`.
    fn entry<'a>(lines: &mut impl Iterator<Item = &'a str>, key: &str) -> &'a str {
        let line = lines.next().unwrap();
        line.strip_prefix(key).unwrap_or_else(|| panic!("{key}, but found {line:.40}")).trim_start()
    }

    fn floats(values: &str) -> Vec<f32> {
        values.split(' ').map(|bits| f32::from_bits(u32::from_str_radix(bits, 16).unwrap())).collect()
    }
}
