//! The same bits on any number of threads.

use std::format;
use std::vec::Vec;

use gradstep::{Error, Isa, Optimizer, Step};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::backends::available;
use crate::errors::assert_untouched;
use crate::tensors::Tensors;
use crate::{Model, Rng, cases};

/// Not split, and split into eight pieces or more with a ragged end.
const LENGTHS: [usize; 3] = [0, 1000, 800_007];

/// Of one thread and more.
pub fn pools() -> Vec<ThreadPool> {
    [1, 2, 3, 7].into_iter().map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap()).collect()
}

/// Makes a call in the pool, of which every thread that works must run `isa`.
#[track_caller]
pub fn on<R: Send>(pool: &ThreadPool, isa: Isa, call: impl FnOnce() -> R + Send) -> R {
    pool.broadcast(|_| gradstep::ran());
    let result = pool.install(call);
    let mut ran = pool.broadcast(|_| gradstep::ran());
    ran.retain(Option::is_some);
    ran.dedup();
    assert_eq!(ran, [Some(isa.name())], "the backend that ran");
    result
}

/// The step over all elements, divided among the threads of the current pool.
pub fn par_apply<O: Optimizer<S>, const S: usize>(
    step: &Step<O, S>,
    tensors: &mut Tensors<Vec<f32>, S>,
    zero: bool,
) -> Result<(), Error> {
    let (params, grads) = (&mut tensors.params, &mut tensors.grads);
    let state = tensors.state.each_mut().map(|slice| &mut slice[..]);
    if zero { step.par_apply_and_zero(params, grads, state) } else { step.par_apply(params, grads, state) }
}

/// Steps of the default case have the written-out bits on every number of threads.
pub fn steps<M: Model<S>, const S: usize>() {
    let mut rng = Rng::with_seed(1);
    let pools = pools();
    let (_, optimizer) = M::cases().next().expect("the default case");
    for n in LENGTHS {
        let before = Tensors::random::<M>(&mut rng, n);
        for options in cases::LOOPS {
            let after = before.updated::<M>(&optimizer, 2, options);
            // Every backend on some threads, and the fastest on any number.
            let all = pools.iter().flat_map(|pool| available().into_iter().map(move |isa| (pool, isa)));
            let fastest = available().last().copied();
            for (pool, isa) in all.filter(|(pool, isa)| pool.current_num_threads() == 3 || Some(*isa) == fastest) {
                let step = options.step(&optimizer, 2, isa).unwrap();
                for zero in [false, true] {
                    let mut found = before.clone();
                    on(pool, isa, || par_apply(&step, &mut found, zero)).unwrap();
                    let threads = pool.current_num_threads();
                    found.assert_holds(&after, zero, format_args!("{options:?}, n = {n}, {threads} threads, {isa}"));
                }
            }
        }
    }
}

/// Refused calls write nothing.
pub fn refusals<M: Model<S>, const S: usize>() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let right = Tensors::random::<M>(&mut Rng::with_seed(4), 1_000_000);
    let mut short = right.clone();
    short.grads.pop();
    let (_, optimizer) = M::cases().next().expect("the default case");
    let step = optimizer.at(2).unwrap();
    for (step, tensors) in [(step, &short), (step.scale_grads(f32::NAN), &right), (step.clamp_grads(-1.0), &right)] {
        for zero in [false, true] {
            let mut called = tensors.clone();
            let mut serial = tensors.clone();
            let error = pool.install(|| par_apply(&step, &mut called, zero)).unwrap_err();
            // NaN is not equal to itself.
            assert_eq!(format!("{error:?}"), format!("{:?}", serial.apply(&step, zero).unwrap_err()));
            assert_untouched(&called, tensors, &format!("{error}"));
        }
    }
}
