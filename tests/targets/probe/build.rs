//! What the linker has to know beyond the target: where the memory of a board is, or that a module has no `_start`.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=memory");
    let link = |arg: &str| println!("cargo::rustc-link-arg={arg}");
    let target = var("TARGET").unwrap();
    if target.starts_with("wasm32") {
        link("--no-entry");
        link("--export=main");
    } else if target.contains("-none-") {
        let board = match target.split('-').next().unwrap() {
            "thumbv8m.main" => "mps2-an505",
            "thumbv6m" => "microbit",
            arm if arm.starts_with("thumb") => "mps2",
            _ => "riscv-virt",
        };
        println!("cargo::rustc-link-search={}/memory/{board}", var("CARGO_MANIFEST_DIR").unwrap());
        if board == "riscv-virt" {
            link("-Tmemory.x");
        }
        link("-Tlink.x");
    }
}
