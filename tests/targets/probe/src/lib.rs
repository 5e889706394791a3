//! A program's way to the outside: text and an exit status, by semihosting, libc or an import of the WebAssembly host.

#![no_std]

use core::fmt;

/// Text to the outside.
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(outside::put);
        Ok(())
    }
}

pub use outside::{exit, fail};

#[cfg(all(target_os = "none", target_arch = "arm"))]
mod clock {
    use cortex_m::peripheral::{Peripherals, SYST, syst::SystClkSource};
    use cortex_m_rt as _;

    /// Counts instructions: SysTick, which in QEMU under `-icount` advances with them.
    pub struct Clock {
        /// Instructions in a thousand ticks.
        pace: u64,
    }

    impl Clock {
        pub fn start() -> Self {
            // SAFETY: nothing else touches the timer.
            let mut timer = unsafe { Peripherals::steal() }.SYST;
            timer.set_clock_source(SystClkSource::Core);
            timer.set_reload(0x00ff_ffff);
            timer.clear_current();
            timer.enable_counter();
            // A loop of two instructions says how many pass in a tick.
            const LOOPS: u32 = 2_000_000;
            let unpaced = Self { pace: 1000 };
            let ticks = unpaced.time(|| {
                // SAFETY: counts a register down to 0.
                unsafe { core::arch::asm!("2: subs {0}, {0}, #1", "bne 2b", inout(reg) LOOPS => _) };
            });
            Self { pace: (u64::from(2 * LOOPS) * 1000 + ticks / 2) / ticks }
        }

        /// Instructions that `run` takes.
        pub fn time(&self, run: impl FnOnce()) -> u64 {
            let start = SYST::get_current();
            run();
            let ticks = start.wrapping_sub(SYST::get_current()) & 0x00ff_ffff;
            u64::from(ticks) * self.pace / 1000
        }
    }
}

#[cfg(all(target_os = "none", any(target_arch = "riscv32", target_arch = "riscv64")))]
mod clock {
    use riscv::register::minstret;
    use riscv_rt as _;

    /// Counts instructions: the processor does.
    pub struct Clock;

    impl Clock {
        pub fn start() -> Self {
            Self
        }

        /// Instructions that `run` takes.
        pub fn time(&self, run: impl FnOnce()) -> u64 {
            let start = minstret::read64();
            run();
            minstret::read64() - start
        }
    }
}

#[cfg(target_os = "none")]
pub use clock::Clock;

#[cfg(target_os = "none")]
mod outside {
    use semihosting::sys::arm_compat::sys_writec;

    pub fn put(byte: u8) {
        sys_writec(byte);
    }

    pub fn exit(ok: bool) -> i32 {
        semihosting::process::exit(i32::from(!ok))
    }

    pub fn fail() -> ! {
        semihosting::process::exit(1)
    }
}

/// libc, or an import of the WebAssembly host of the same name.
#[cfg(not(target_os = "none"))]
mod outside {
    #[cfg_attr(target_os = "linux", link(name = "c"))]
    #[cfg_attr(target_family = "wasm", link(wasm_import_module = "env"))]
    unsafe extern "C" {
        safe fn putchar(byte: i32) -> i32;
        #[cfg(not(target_family = "wasm"))]
        #[link_name = "exit"]
        safe fn libc_exit(status: i32) -> !;
    }

    pub fn fail() -> ! {
        #[cfg(target_family = "wasm")]
        core::arch::wasm32::unreachable();
        #[cfg(not(target_family = "wasm"))]
        libc_exit(1)
    }

    pub fn put(byte: u8) {
        putchar(byte.into());
    }

    pub fn exit(ok: bool) -> i32 {
        i32::from(!ok)
    }
}

// The precompiled `core` of these targets needs what `std` has for unwinding.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
extern crate std;

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    use fmt::Write;
    let _ = writeln!(Console, "{info}");
    fail()
}
