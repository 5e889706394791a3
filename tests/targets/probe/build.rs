//! What the linker has to know beyond the target: where the memory of a board is, or that a module has no `_start`.

use std::env::var;

fn main() {
    let arch = var("CARGO_CFG_TARGET_ARCH").unwrap();
    let link = |arg: &str| println!("cargo::rustc-link-arg={arg}");
    if arch == "wasm32" {
        link("--no-entry");
        link("--export=main");
    } else if var("CARGO_CFG_TARGET_OS").unwrap() == "none" {
        let memory = if arch == "arm" { "arm" } else { "riscv" };
        link(&format!("-L{}/memory/{memory}", var("CARGO_MANIFEST_DIR").unwrap()));
        if arch != "arm" {
            link("-Tmemory.x");
        }
        link("-Tlink.x");
    }
    println!("cargo::rerun-if-changed=memory");
}
