//! SignumW: Signum, but for the decay.

use gradstep::{Signum, SignumW};
use gradstep_checks::model::*;

use crate::signum::{self, textbook};

pub struct Model;

impl gradstep_checks::Model<1> for Model {
    type Optimizer = SignumW;
    const STATE: [(&'static str, Slot, Holds); 1] = signum::Model::STATE;
    const DECAY: Decay = Decay::Shrink;

    fn cases() -> impl Iterator<Item = (&'static str, SignumW)> {
        signum::Model::cases().map(|(name, signum)| (name, decoupled(signum)))
    }

    fn random(rng: &mut Rng) -> SignumW {
        decoupled(signum::Model::random(rng))
    }

    fn fields(signumw: &mut SignumW) -> impl IntoIterator<Item = (&'static str, &mut f64)> {
        signum::Model::fields(&mut signumw.signum)
    }

    fn requirements(signumw: &SignumW, t: u64) -> impl IntoIterator<Item = (&'static str, bool)> {
        signum::Model::requirements(&signumw.signum, t)
    }

    fn written_out(signumw: &SignumW, t: u64) -> impl Fn(f32, f32, [f32; 1]) -> (f32, [f32; 1]) {
        signum::Model::written_out(&signumw.signum, t)
    }

    fn reference(signumw: &SignumW, _: u64, params: &mut [f64], grads: &[f64], [m]: [&mut [f64]; 1]) {
        let signum = &signumw.signum;
        for ((p, &g), m) in params.iter_mut().zip(grads).zip(m) {
            *p -= signum.lr * signum.weight_decay * *p;
            textbook(signum, p, if signum.maximize { -g } else { g }, m);
        }
    }

    fn bounds(signumw: &SignumW, _: u64, e: &Element<1>) -> Option<Bounds<1>> {
        let signum = &signumw.signum;
        let kept = 1.0 - signum.lr * signum.weight_decay;
        let bounds = signum::bounds(signum, kept * e.p, 3.0, e.g.abs(), e);
        bounds.filter(|_| in_domain(&[kept], &[]))
    }

    const GOLDEN: u64 = 0xbc2d_6630_2b12_1417;

    fn golden(variation: Variation) -> SignumW {
        decoupled(signum::Model::golden(variation))
    }
}

/// SignumW with the options of `signum`.
fn decoupled(signum: Signum) -> SignumW {
    let mut signumw = SignumW::new(signum.lr);
    signumw.signum = signum;
    signumw
}
