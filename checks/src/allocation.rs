//! Nothing is allocated, whatever is called and whether it succeeds.

use core::hint::black_box;

use allocation_counter::measure;
use gradstep::{Error, Optimizer};

use crate::backends::{available, on};
use crate::tensors::Tensors;
use crate::written_out::Options;
use crate::{Model, Rng};

/// Panics if `call` allocates.
#[track_caller]
pub fn allocates_nothing<R>(what: &str, call: impl FnOnce() -> R) {
    assert_eq!(allocations(call), 0, "{what}");
}

/// How often `call` allocates.
pub fn allocations<R>(call: impl FnOnce() -> R) -> u64 {
    let counted = measure(|| {
        black_box(call());
    });
    counted.count_total
}

/// Steps of each case, and refused ones.
pub fn steps<M: Model<S>, const S: usize>() {
    let mut rng = Rng::with_seed(9);
    for (name, optimizer) in M::cases() {
        for (isa, n) in available().into_iter().flat_map(|isa| [0, 1, 95, 5000].map(|n| (isa, n))) {
            let mut tensors = Tensors::random::<M>(&mut rng, n);
            on(isa, || {
                allocates_nothing(name, || {
                    tensors.apply(&Options::NONE.step(&optimizer, 1, isa)?, false)?;
                    tensors.apply(&Options::ALL.step(&optimizer, 1, isa)?, true)
                })
            });
            allocates_nothing("a refused step", || {
                assert!(matches!(optimizer.at(0), Err(Error::StepZero)));
                assert!(tensors.apply(&optimizer.at(1)?.scale_grads(f32::NAN), false).is_err());
                let (params, state) = (&mut tensors.params, tensors.state.each_mut().map(|slice| &mut slice[..]));
                optimizer.at(1)?.apply(params, &[1.0; 3], state)
            });
        }
    }
}
