//! Which memory the linker may use: that of the board in `boards/`.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=boards");
    if var("CARGO_CFG_TARGET_OS").unwrap() != "none" {
        return; // the host
    }
    let board = match (var("CARGO_CFG_TARGET_ARCH").unwrap().as_str(), var("CARGO_FEATURE_SMALL").is_ok()) {
        ("arm", false) => "microbit-v2",
        ("arm", true) => "microbit-v1",
        _ => "riscv-virt",
    };
    println!("cargo::rustc-link-search={}/boards/{board}", var("CARGO_MANIFEST_DIR").unwrap());
    if board == "riscv-virt" {
        println!("cargo::rustc-link-arg=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg=-Tlink.x");
}
