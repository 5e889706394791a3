//! Agreement with the CPU optimizers of PyTorch and timm, step by step, each restarted from their own state.
//!
//! PyTorch's fused ones fuse multiply-adds and round the last elements of a slice in another order than the others, so
//! the bits differ: the bound is 8 unit roundoffs of the terms that were added, and two of the smallest subnormal.

#[cfg(feature = "std")]
pub use vectors::*;

/// PyTorch's hyper-parameters, as a line of its vectors has them: `kind=SGD lr=0.1 …`.
#[derive(Clone, Copy, Debug)]
pub struct TorchOptions<'a>(&'a str);

impl<'a> TorchOptions<'a> {
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

    /// Two numbers.
    pub fn pair(&self, key: &str) -> (f64, f64) {
        let (first, second) = self.text(key).split_once(',').expect("two numbers");
        (first.parse().expect("a number"), second.parse().expect("a number"))
    }

    /// An option that is on, not off and not left out.
    pub fn is_set(&self, key: &str) -> bool {
        self.find(key) == Some("1")
    }

    fn text(&self, key: &str) -> &'a str {
        self.find(key).unwrap_or_else(|| panic!("no {key}"))
    }

    fn find(&self, key: &str) -> Option<&'a str> {
        let mut pairs = self.0.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.find(|pair| pair.0 == key).map(|pair| pair.1)
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
    use std::string::ToString;
    use std::vec::Vec;

    /// The bound, in unit roundoffs of the terms.
    const ROUNDOFFS: f64 = 8.0;

    /// Compares with those cases of `vectors` that are this optimizer: the name of each, and its worst distance in unit
    /// roundoffs of the terms.
    pub fn steps<M: Model<S>, const S: usize>(vectors: &str) -> Vec<(&str, f64)> {
        let mut cases = Vec::new();
        for case in vectors.split("case ").skip(1) {
            let mut lines = case.lines();
            let name = lines.next().unwrap();
            let Some(optimizer) = M::from_torch(&TorchOptions::new(entry(&mut lines, "hyper"))) else { continue };
            let n: usize = entry(&mut lines, "n").parse().unwrap();
            let mut now = Tensors { params: floats(entry(&mut lines, "params")), ..Tensors::zeros(n) };
            let (mut compared, mut worst) = (0, 0.0_f64);
            for t in 1.. {
                let line = lines.next();
                if line == Some("end") {
                    break;
                }
                assert_eq!(line.and_then(|line| line.strip_prefix("step ")), Some(&*t.to_string()), "{name}");
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
                        let bound = |term: f64| ROUNDOFFS * U * term + 2.0 * W;
                        let bounds = Bounds { p: bound(terms.p), state: terms.state.map(bound) };
                        // PyTorch in the place of the reference.
                        element.new_p = torch.params[i].into();
                        element.new_state = torch.state.each_ref().map(|slice| slice[i].into());
                        match within(i, &ours, &element, &bounds) {
                            Ok(distance) => worst = worst.max(ROUNDOFFS * distance),
                            Err(excess) => panic!("{name}, step {t}, {isa}: {excess}"),
                        }
                        compared += 1;
                    }
                }
                now = torch;
            }
            assert!(compared >= 8 * n * available().len(), "{name}: {compared} compared");
            cases.push((name, worst));
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
