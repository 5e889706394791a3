//! A step of any optimizer of the registry.

use crate::number::{Count, Real, Single};
use arbitrary::Arbitrary;
use gradstep_checks::written_out::Options;
use gradstep_checks::{Model, Rng};

/// Enough for every optimizer; each takes what it knows.
#[derive(Arbitrary, Debug)]
pub struct Call {
    which: u8,
    /// One of the cases, or a random optimizer.
    case: Result<u8, u64>,
    /// Hyper-parameters in the place of its own.
    fields: [Option<Real>; 8],
    t: Count,
    scale: Option<Single>,
    clamp: Option<Single>,
}

impl Call {
    /// The number of the model that `one` of the models visits.
    pub fn which(&self) -> usize {
        self.which.into()
    }

    /// The optimizer of this model, legal or not.
    pub fn optimizer<M: Model<S>, const S: usize>(&self) -> M::Optimizer {
        let mut optimizer = match self.case {
            Ok(case) => {
                let cases = M::cases().count();
                M::cases().nth(usize::from(case) % cases).expect("every optimizer has cases").1
            }
            Err(seed) => M::random(&mut Rng::with_seed(seed)),
        };
        for ((_, field), given) in M::fields(&mut optimizer).into_iter().zip(self.fields) {
            *field = given.map_or(*field, Real::get);
        }
        optimizer
    }

    pub fn t(&self) -> u64 {
        self.t.get()
    }

    pub fn options(&self, flush: bool) -> Options {
        Options { scale: self.scale.map_or(1.0, Single::get), clamp: self.clamp.map(Single::get), flush }
    }
}
