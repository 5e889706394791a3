//! The machine code: every kernel is one function per instruction set, compiled for it, with everything inlined.
//!
//! Compiles the library to assembly under its own target directory, with type parameters in the names of functions, and
//! then a crate that has the optimizers which are not placed in the library. A lost `#[inline(always)]`, a rule too large
//! to inline or a bound check that came back all show here.

#![cfg(all(target_arch = "x86_64", not(miri)))]

use std::fs;
use std::{collections::BTreeMap, path::Path, process::Command};

use gradstep::AnyOptimizer;

/// A crate that uses every optimizer. What is placed in gradstep is not looked at, and so need not be fast.
const USER: [(&str, &str); 2] = [
    (
        "Cargo.toml",
        r#"
            [package]
            name = "user"
            edition = "2024"
            [workspace]
            [dependencies]
            gradstep = { path = "GRADSTEP" }
            [profile.release.package.gradstep]
            opt-level = 0
        "#,
    ),
    (
        "src/lib.rs",
        "use gradstep::{AnyStep, Error};
        pub fn apply(step: &AnyStep, p: &mut [f32], g: &[f32], s: &mut [&mut [f32]]) -> Result<(), Error> {
            step.apply(p, g, s)
        }
        pub fn apply_and_zero(step: &AnyStep, p: &mut [f32], g: &mut [f32], s: &mut [&mut [f32]]) -> Result<(), Error> {
            step.apply_and_zero(p, g, s)
        }",
    ),
];

/// Cargo's release profile.
const RELEASE: [(&str, &str); 6] = [
    ("OPT_LEVEL", "3"),
    ("LTO", "false"),
    ("CODEGEN_UNITS", "1"), // A file of assembly is of one.
    ("DEBUG", "false"),
    ("DEBUG_ASSERTIONS", "false"),
    ("OVERFLOW_CHECKS", "false"),
];

/// Assembly by function, as `gradstep::isa::x86::avx2::entry::<…>`.
fn functions() -> BTreeMap<String, Vec<String>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codegen");
    let user = target.join("user");
    fs::create_dir_all(user.join("src")).unwrap();
    for (file, text) in USER {
        fs::write(user.join(file), text.replace("GRADSTEP", env!("CARGO_MANIFEST_DIR"))).unwrap();
    }
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"), user.join("Cargo.lock")).unwrap();

    let mut assembly = String::new();
    for (folder, package) in [(Path::new(env!("CARGO_MANIFEST_DIR")), "gradstep"), (&user, "user")] {
        let file = target.join(package).with_extension("s");
        let status = Command::new(env!("CARGO"))
            .args(["rustc", "--quiet", "--release", "-p", package, "--lib", "--target-dir"])
            .arg(&target)
            .args(["--", "-Csymbol-mangling-version=v0", &format!("--emit=asm={}", file.display())])
            // What most users get, whatever the tests are run with and this machine is configured for.
            .env("CARGO_ENCODED_RUSTFLAGS", "")
            .envs(RELEASE.map(|(key, value)| (format!("CARGO_PROFILE_RELEASE_{key}"), value)))
            .current_dir(folder)
            .status();
        assert!(status.unwrap().success());
        assembly += &fs::read_to_string(file).unwrap();
    }

    let mut functions = BTreeMap::new();
    let mut name = String::new();
    for line in assembly.lines() {
        match line.strip_suffix(':') {
            Some(label) if label.starts_with("_R") => {
                name = format!("{:#}", rustc_demangle::demangle(label));
                functions.insert(name.clone(), vec![]);
            }
            _ if line.starts_with("\t.size\t") => name.clear(),
            _ if !line.starts_with("\t.") && !name.is_empty() => {
                functions.get_mut(&name).unwrap().push(line.trim().replace('\t', " "));
            }
            _ => {}
        }
    }
    functions
}

/// The instructions of `body` that begin with `mnemonic` and mention `operand`.
fn count(body: &[String], mnemonic: &str, operand: &str) -> usize {
    body.iter().filter(|i| i.starts_with(mnemonic) && i.contains(operand)).count()
}

#[test]
fn every_kernel_is_compiled_for_its_instruction_set() {
    let functions = functions();
    for (isa, register) in [("avx2", "%ymm"), ("avx512", "%zmm")] {
        let entry = format!("gradstep::isa::x86::{isa}::entry::<");
        let entries: Vec<_> = functions.iter().filter(|(name, _)| name.starts_with(&entry)).collect();
        let updates = entries.iter().filter(|(name, _)| name.contains("Rule")).count();
        // Gradients are read or zeroed; the loop is plain, scaled, optioned or general.
        assert_eq!(updates, 8 * AnyOptimizer::ALL.len(), "{isa} entries of optimizers");
        assert_eq!(entries.len() - updates, 5, "{isa} entries of gradient tools");

        for (name, body) in entries {
            let calls = body.iter().filter(|i| i.starts_with("call") || (i.starts_with('j') && !i.contains(".L")));
            // The tree of a norm is large enough to be cleared by a function, whose address may wait in a register.
            let clears = |i: &str| i.contains("memset") || i.contains("memcpy");
            let alone = !body.iter().any(|i| i.contains("_R"));
            // What is before the first cache line; and once, for long slices, whose processor it is.
            let narrower = |i: &str| isa == "avx512" && i.contains("3isa3x864avx25entry");
            let asks = |i: &str| i.contains("3isa3x866vendor3ask");
            let calls: Vec<_> =
                calls.filter(|i| !(clears(i) || narrower(i) || asks(i) || alone && i.contains("*%"))).collect();
            assert!(calls.is_empty(), "{name} is not all of its work: {calls:?}");
            assert!(count(body, "v", register) > 0, "{name} does not use {register}");

            if name.contains("Rule") {
                assert!(count(body, "vmulps", register) >= 4, "{name} does not compute on groups of {register}");
            }
            // Those that there are: a group of four, but of rare choices one by one; and two at the end.
            let fewest = if name.contains("General") { 1 + 2 } else { 4 + 2 };
            for mnemonic in ["vsqrtps", "vdivps"] {
                let (wide, all) = (count(body, mnemonic, register), count(body, mnemonic, ""));
                assert!(wide == all && (wide >= fewest || all == 0), "{name}: {mnemonic} is not of {register}");
            }
            if name.contains("::AdamRule") {
                assert!(count(body, "vsqrtps", register) >= fewest, "{name} has no square roots");
            }
            if isa == "avx512" && name.contains("Plain") {
                let spills = body.iter().filter(|i| i.contains("%zmm") && i.ends_with("(%rsp)")).count();
                assert_eq!(spills, 0, "{name} spills registers");
            }
        }
    }
}
