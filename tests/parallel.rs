//! The feature `rayon`: the same bits on any number of threads.

use gradstep::grads;
use gradstep_checks::backends::available;
use gradstep_checks::norm::{sum_of_squares, sum_of_squares_of};
use gradstep_checks::parallel::{on, pools};
use gradstep_checks::{Rng, cases};

gradstep_models::tests!(parallel: steps, refusals);

#[test]
fn norms() {
    let mut rng = Rng::with_seed(3);
    let pools = pools();
    // Not split, around the shortest that is, and around full pieces of all the sizes that two to seven threads give.
    let mut lengths: Vec<usize> = vec![1, 4097];
    lengths.extend([384, 500, 512, 640, 768, 1400].iter().flat_map(|blocks| [blocks * 4096 - 1, blocks * 4096 + 1]));
    for n in lengths {
        let x: Vec<f32> = (0..n).map(|_| cases::everyday(&mut rng)).collect();
        let expected = sum_of_squares(&x);
        for pool in &pools {
            for isa in available() {
                let found = on(pool, isa, || grads::on(isa).par_sum_of_squares([&x]));
                assert_eq!(
                    found.to_bits(),
                    expected.to_bits(),
                    "n = {n}, {} threads, {isa}",
                    pool.current_num_threads()
                );
            }
            assert_eq!(pool.install(|| grads::par_norm([&x])), expected.sqrt());
            assert_eq!(pool.install(|| grads::par_sum_of_squares([&x])), expected);
        }
    }

    let slices: Vec<Vec<f32>> = [3, 0, 1_600_000, 1, 70_001, 4096, 0, 2_500_000]
        .map(|n| (0..n).map(|_| cases::everyday(&mut rng)).collect())
        .into();
    for pool in &pools {
        assert_eq!(pool.install(|| grads::par_sum_of_squares([[0.0; 0]; 2])), 0.0);
        assert_eq!(pool.install(|| grads::par_sum_of_squares(&slices)), sum_of_squares_of(&slices));
        assert_eq!(pool.install(|| grads::par_norm(&slices)), sum_of_squares_of(&slices).sqrt());
    }
}
