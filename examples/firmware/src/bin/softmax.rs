//! Softmax regression.

#![cfg_attr(target_os = "none", no_std, no_main)]

use digits::Softmax;
use firmware::{Memory, compare, exit};

static mut MEMORY: Memory<Softmax> = Memory::ZERO;

#[cfg_attr(all(target_os = "none", target_arch = "arm"), cortex_m_rt::entry)]
#[cfg_attr(all(target_os = "none", any(target_arch = "riscv32", target_arch = "riscv64")), riscv_rt::entry)]
fn main() -> ! {
    // SAFETY: main runs once, and nothing else names MEMORY.
    let memory = unsafe { &mut *&raw mut MEMORY };
    exit(compare("softmax regression", memory).is_ok())
}
