//! Prints the backends that this processor offers, and runs the golden run on each.
//!
//! `processor [--hide FEATURE,FEATURE…] [--only BACKEND] [--slices]` hides features of the processor (exit status 77 where
//! that cannot be done), runs on one backend alone, and leaves out the golden run.
//! The variable BACKENDS lists those that must be offered: no fewer, or detection falls further than it must; no more,
//! or it would execute what the processor lacks.

#[cfg(target_arch = "x86_64")]
mod masked;

use gradstep::{AnyOptimizer, Isa, grads};
use gradstep_checks::{Model, golden};
use gradstep_models::{Visitor, each};
use std::process::ExitCode;

/// Two groups of four AVX-512 registers and more; for Miri, which is slow, one of AVX2 and every tail.
const LONGEST: usize = if cfg!(miri) { 32 + 8 + 3 } else { 2 * 64 + 2 };

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let value = |option: &str| args.iter().skip_while(|arg| *arg != option).nth(1);
    if let Some(features) = value("--hide")
        && !hide(features)
    {
        println!("this machine cannot hide features from a process");
        return ExitCode::from(77);
    }
    let only = value("--only").map(|name| Isa::from_name(name).expect("an available backend"));
    let offered: Vec<&str> = Isa::available().map(Isa::name).collect();
    println!("offered: {}; detected: {}; standard library: {}", offered.join(" "), Isa::detect(), features().join(" "));

    let mut good = true;
    let mut require = |ok: bool, what: &str| {
        println!("{} {what}", if ok { "ok    " } else { "FAILED" });
        good &= ok;
    };
    require(offered == expected(), "what the standard library detects is offered, and nothing else");
    if let Ok(required) = std::env::var("BACKENDS") {
        require(
            offered == required.split(',').collect::<Vec<_>>(),
            &format!("{required} are offered, and nothing else"),
        );
    }
    require(offered.last() == Some(&Isa::detect().name()), "the fastest is detected");
    for isa in Isa::available().filter(|&isa| only.is_none_or(|only| isa == only)) {
        if !args.iter().any(|arg| arg == "--slices") {
            gradstep::ran();
            require(golden_run_holds(isa), &format!("golden run on {isa}"));
            require(gradstep::ran() == Some(isa.name()), &format!("{isa} is what ran"));
        }
        require((0..=LONGEST).all(|n| ends_hold(isa, n)), &format!("slices of their own allocation on {isa}"));
    }
    println!("{}", if good { "PASSED" } else { "FAILED" });
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn golden_run_holds(isa: Isa) -> bool {
    struct Run {
        isa: Isa,
        holds: bool,
    }
    impl Visitor for Run {
        fn visit<M: Model<S>, const S: usize>(&mut self, _: &'static str) {
            self.holds &= golden::updates::<M, S>(self.isa) == M::GOLDEN;
        }
    }
    let mut run = Run { isa, holds: true };
    each(&mut run);
    run.holds && golden::other_parts(isa).all(|(_, found, golden)| found == golden)
}

/// Every optimizer and gradient tool over slices of length `n`, each an allocation of its own, so that Valgrind and Miri
/// see where it ends; under Miri, a third of the optimizers at each length. The bits are those of the scalar backend.
fn ends_hold(isa: Isa, n: usize) -> bool {
    let here = |number: usize| !cfg!(miri) || (number + n) % 3 == 0;
    AnyOptimizer::ALL.iter().enumerate().filter(|(number, _)| here(*number)).all(|(_, optimizer)| {
        let run = |isa: Isa| {
            let (mut params, mut grads) = (vec![0.5; n], vec![0.25; n]);
            let mut state = vec![vec![0.125; n]; optimizer.state().len()];
            let step = optimizer.at(2).unwrap().clamp_grads(0.2).flush_subnormals();
            for step in [optimizer.at(2).unwrap(), step] {
                let mut state: Vec<&mut [f32]> = state.iter_mut().map(Vec::as_mut_slice).collect();
                step.on(isa).apply(&mut params, &grads, &mut state).unwrap();
                step.on(isa).apply_and_zero(&mut params, &mut grads, &mut state).unwrap();
            }
            let tools = grads::on(isa);
            tools.accumulate(&mut grads, &params).unwrap();
            tools.scale(&mut grads, 3.0).unwrap();
            tools.clamp(&mut grads, 1.0).unwrap();
            let norm = tools.norm([&params, &grads]);
            assert!(tools.all_finite([&params, &grads]));
            (params, grads, state, norm)
        };
        let scalar = run(Isa::Scalar);
        isa == Isa::Scalar || run(isa) == scalar
    })
}

#[cfg(target_arch = "x86_64")]
fn hide(features: &str) -> bool {
    masked::hide(features.split(','))
}

#[cfg(not(target_arch = "x86_64"))]
fn hide(_: &str) -> bool {
    false
}

/// The features that matter, as the standard library detects them.
#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let all = [
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bw", is_x86_feature_detected!("avx512bw")),
        ("avx512dq", is_x86_feature_detected!("avx512dq")),
        ("avx512vl", is_x86_feature_detected!("avx512vl")),
    ];
    all.into_iter().filter_map(|(name, present)| present.then_some(name)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

/// The backends that go with those features. (Of other processors, none with vectors is asked.)
fn expected() -> Vec<&'static str> {
    let features = features();
    let has = |names: &[&str]| names.iter().all(|name| features.contains(name));
    let mut backends = vec!["scalar"];
    if cfg!(target_arch = "x86_64") {
        backends.push("sse2");
    }
    if has(&["avx2", "fma"]) {
        backends.push("avx2");
    }
    if has(&["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"]) {
        backends.push("avx512");
    }
    for (level, highest) in [cfg!(gradstep_isa = "scalar"), cfg!(gradstep_isa = "sse2"), cfg!(gradstep_isa = "avx2")]
        .into_iter()
        .enumerate()
    {
        if highest {
            backends.truncate(level + 1);
        }
    }
    backends
}
