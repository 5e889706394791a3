//! The backends of the crate, which of them this machine can run, and the proof that none of those is missing.

use std::vec::Vec;

use gradstep::Isa;

/// Every backend that this machine can run, slowest first, to loop over: panics unless all that ran in a turn of the loop
/// ran on the backend of that turn.
pub fn backends() -> impl Iterator<Item = Isa> {
    let mut rest = available().into_iter();
    let mut turn: Option<Isa> = None;
    std::iter::from_fn(move || {
        // Nothing runs where there is nothing to do.
        if let (Some(ran), Some(isa)) = (gradstep::ran(), turn) {
            assert_eq!(ran, isa.name(), "the backend that ran");
        }
        turn = rest.next();
        turn
    })
}

/// Makes a call that must run on `isa`, and nowhere else.
#[track_caller]
pub fn on<R>(isa: Isa, call: impl FnOnce() -> R) -> R {
    gradstep::ran();
    let result = call();
    assert_eq!(gradstep::ran(), Some(isa.name()), "the backend that ran");
    result
}

/// Every backend that this machine can run, slowest first. Panics if one that can run is not offered, or one that cannot
/// is.
pub fn available() -> Vec<Isa> {
    let offered: Vec<Isa> = Isa::available().collect();
    let names: Vec<_> = offered.iter().map(|isa| isa.name()).collect();
    let can_run: Vec<_> = obstacles().into_iter().filter(|(_, why)| why.is_none()).map(|(name, _)| name).collect();
    assert_eq!(names, can_run, "offered by Isa, and able to run on this machine");
    assert_eq!(offered.last(), Some(&Isa::detect()), "detect() is the fastest of available()");
    offered
}

/// Every backend of the crate, slowest first, and why it cannot run here, if it cannot: by the standard library's detection
/// on x86, elsewhere by what the build enables.
pub fn obstacles() -> [(&'static str, Option<&'static str>); 6] {
    let (on_x86, [sse2, avx2, avx512]) = x86();
    [
        ("scalar", None),
        ("sse2", obstacle(1, on_x86, sse2)),
        ("neon", obstacle(1, cfg!(target_arch = "aarch64"), cfg!(target_feature = "neon"))),
        ("simd128", obstacle(1, cfg!(target_family = "wasm"), cfg!(target_feature = "simd128"))),
        ("avx2", obstacle(2, on_x86, avx2)),
        ("avx512", obstacle(3, on_x86, avx512)),
    ]
}

fn obstacle(level: u8, architecture: bool, present: bool) -> Option<&'static str> {
    if !architecture {
        Some("of another architecture")
    } else if level > HIGHEST {
        Some("above this build's --cfg gradstep_isa")
    } else if !present {
        Some("this processor lacks it")
    } else {
        None
    }
}

/// The level that `--cfg gradstep_isa` allows.
const HIGHEST: u8 = if cfg!(gradstep_isa = "scalar") {
    0
} else if cfg!(any(gradstep_isa = "portable", gradstep_isa = "sse2", gradstep_isa = "neon", gradstep_isa = "simd128")) {
    1
} else if cfg!(gradstep_isa = "avx2") {
    2
} else {
    3
};

/// Whether this is an x86 processor, and whether it has what each of its backends needs.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn x86() -> (bool, [bool; 3]) {
    use std::is_x86_feature_detected;
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = avx2
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    (true, [is_x86_feature_detected!("sse2"), avx2, avx512])
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn x86() -> (bool, [bool; 3]) {
    (false, [false; 3])
}
