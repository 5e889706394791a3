//! A ReLU network.

#![cfg_attr(target_os = "none", no_std, no_main)]

use digits::Relu;
use firmware::{Memory, compare, exit};

const HIDDEN: usize = if cfg!(feature = "small") { 8 } else { 16 };

static mut MEMORY: Memory<Relu<HIDDEN>> = Memory::ZERO;

#[cfg_attr(all(target_os = "none", target_arch = "arm"), cortex_m_rt::entry)]
#[cfg_attr(all(target_os = "none", any(target_arch = "riscv32", target_arch = "riscv64")), riscv_rt::entry)]
fn main() -> ! {
    // SAFETY: main runs once, and nothing else names MEMORY.
    let memory = unsafe { &mut *&raw mut MEMORY };
    exit(compare("ReLU network", memory).is_ok())
}
