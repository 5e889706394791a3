//! The backends of this machine, and the proof that none of them is missing.

use gradstep::Isa;

/// Every backend that this machine can run, slowest first, to loop over: panics unless all that ran in a turn of the loop
/// ran on the backend of that turn.
pub fn backends() -> impl Iterator<Item = Isa> {
    let mut rest = available().into_iter();
    let mut turn: Option<Isa> = None;
    std::iter::from_fn(move || {
        let ran = gradstep::ran();
        if let Some(isa) = turn {
            assert_eq!(ran, Some(isa.name()), "the backend that ran");
        }
        turn = rest.next();
        turn
    })
}

/// Every backend that this machine can run, slowest first. Panics if one that the processor has is not offered.
pub fn available() -> Vec<Isa> {
    let offered: Vec<Isa> = Isa::available().collect();
    for &(name, present) in present() {
        assert_eq!(
            offered.iter().any(|isa| isa.name() == name),
            present,
            "{name} on this machine, offered: {offered:?}"
        );
    }
    assert_eq!(offered.first().map(|isa| isa.name()), Some("scalar"));
    assert_eq!(offered.last(), Some(&Isa::detect()), "detect() is the fastest of available()");
    offered
}

/// Makes a call that must run on `isa`, and nowhere else.
#[track_caller]
pub fn on<R>(isa: Isa, call: impl FnOnce() -> R) -> R {
    gradstep::ran();
    let result = call();
    assert_eq!(gradstep::ran(), Some(isa.name()), "the backend that ran");
    result
}

/// What the standard library says of the processor, up to the level that `--cfg gradstep_isa` allows.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn present() -> &'static [(&'static str, bool)] {
    use std::sync::OnceLock;
    static PRESENT: OnceLock<[(&str, bool); 3]> = OnceLock::new();
    PRESENT.get_or_init(|| {
        let level = if cfg!(gradstep_isa = "scalar") {
            0
        } else if cfg!(any(gradstep_isa = "portable", gradstep_isa = "sse2")) {
            1
        } else if cfg!(gradstep_isa = "avx2") {
            2
        } else {
            3
        };
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        [
            ("sse2", level >= 1 && is_x86_feature_detected!("sse2")),
            ("avx2", level >= 2 && is_x86_feature_detected!("avx2")),
            ("avx512", level >= 3 && avx512),
        ]
    })
}

/// Elsewhere the vector unit is known when the crate is compiled.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn present() -> &'static [(&'static str, bool)] {
    const PORTABLE: bool = !cfg!(gradstep_isa = "scalar");
    const PRESENT: [(&str, bool); 2] = [
        ("neon", PORTABLE && cfg!(all(target_arch = "aarch64", target_feature = "neon"))),
        ("simd128", PORTABLE && cfg!(target_feature = "simd128")),
    ];
    &PRESENT
}
