//! gradstep alone, by criterion: `cargo bench -- --quick adam/4096` is one optimizer at one length.
//! The comparison with other crates and frameworks, and with the limits turn by turn, is in `peers/`.

#[allow(dead_code)] // peers/ measures at other places, too.
mod data;
mod grads;
#[cfg(target_arch = "x86_64")]
#[allow(dead_code)] // peers/ measures Adam's floor, too.
mod limits;
mod steps;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400));
    targets = steps::every_optimizer, steps::options, steps::subnormals, grads::tools
}
criterion_main!(benches);
