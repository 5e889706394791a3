//! Compiles `plain.rs` twice: as a plain `cargo build --release` does, and for this very processor.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=plain.rs");
    let out = env::var("OUT_DIR").unwrap();
    for (cpu, symbols) in [("x86-64", "default"), ("native", "native")] {
        let object = Path::new(&out).join(cpu).with_extension("o");
        let status = Command::new(env::var("RUSTC").unwrap())
            .args(["plain.rs", "--edition=2024", "--crate-type=lib", "--emit=obj", "-Copt-level=3", "-Cpanic=abort"])
            .args([&format!("-Ctarget-cpu={cpu}"), "--cfg", &format!("symbols=\"{symbols}\""), "-o"])
            .arg(&object)
            .status();
        assert!(status.unwrap().success());
        println!("cargo::rustc-link-arg={}", object.display());
    }
}
