//! One view of the four optimizers of Adam's family, for the oracles.

use gradstep::{Adam, AnyOptimizer};

pub struct AdamFamily {
    pub adam: Adam,
    /// AdamW's decay of the parameters, instead of Adam's in the gradient.
    pub decoupled: bool,
    pub amsgrad: bool,
}

pub fn adam_family(optimizer: &AnyOptimizer) -> Option<AdamFamily> {
    let (adam, decoupled, amsgrad) = match *optimizer {
        AnyOptimizer::Adam(adam) => (adam, false, false),
        AnyOptimizer::AmsGrad(amsgrad) => (amsgrad.base, false, true),
        AnyOptimizer::AdamW(adamw) => (adamw.adam, true, false),
        AnyOptimizer::AmsGradW(amsgrad) => (amsgrad.base.adam, true, true),
        _ => return None,
    };
    Some(AdamFamily { adam, decoupled, amsgrad })
}
