//! Who made the processor: what is fast on one may be slow on another.

use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

#[cfg(target_arch = "x86")]
use core::arch::x86::__cpuid;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::__cpuid;

const UNKNOWN: u8 = 0;
const INTEL: u8 = 1;
const ANOTHER: u8 = 2;

/// Kept, because a virtual machine takes microseconds to answer.
static VENDOR: AtomicU8 = AtomicU8::new(UNKNOWN);

#[inline]
pub fn is_intel() -> bool {
    match VENDOR.load(Relaxed) {
        UNKNOWN => ask(),
        vendor => vendor == INTEL,
    }
}

#[cold]
fn ask() -> bool {
    // An enclave may not ask, and Miri cannot.
    let intel = cfg!(not(any(target_env = "sgx", miri))) && {
        #[allow(unused_unsafe)] // It is a safe function in later compilers.
        // SAFETY: every processor with SSE2 has CPUID.
        let id = unsafe { __cpuid(0) };
        [id.ebx, id.edx, id.ecx].map(u32::to_le_bytes) == [*b"Genu", *b"ineI", *b"ntel"]
    };
    VENDOR.store(if intel { INTEL } else { ANOTHER }, Relaxed);
    intel
}
