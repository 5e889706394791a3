//! A processor that hides some of its features: Linux lets the CPUID instruction fault (`arch_prctl(ARCH_SET_CPUID)`),
//! and the handler answers in its place. No emulator offers AVX-512 F without BW, DQ and VL; this does, wherever the
//! processor itself has AVX-512 and can fault. What is hidden could still be executed, so this tests detection only.

use std::arch::x86_64::__cpuid_count;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The features of leaf 7, register EBX.
const FEATURES: [(&str, u32); 5] =
    [("avx2", 1 << 5), ("avx512f", 1 << 16), ("avx512dq", 1 << 17), ("avx512bw", 1 << 30), ("avx512vl", 1 << 31)];

static HIDDEN: AtomicU32 = AtomicU32::new(0);

/// Hides the features with these names from now on; false if this machine cannot.
pub fn hide<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    for name in names {
        let (_, bit) = FEATURES.iter().find(|(feature, _)| *feature == name).expect("a feature of leaf 7");
        HIDDEN.fetch_or(*bit, Relaxed);
    }
    // SAFETY: the handler has the signature that SA_SIGINFO asks for, and all of `action` is initialised.
    let installed = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = answer as extern "C" fn(_, _, *mut libc::ucontext_t) as usize;
        action.sa_flags = libc::SA_SIGINFO;
        libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut())
    };
    installed == 0 && let_cpuid_fault(true)
}

fn let_cpuid_fault(fault: bool) -> bool {
    const ARCH_SET_CPUID: libc::c_int = 0x1012;
    // SAFETY: changes nothing but whether CPUID faults in this thread.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_CPUID, libc::c_ulong::from(!fault)) == 0 }
}

/// Answers a faulted CPUID with what the processor says, less what is hidden.
extern "C" fn answer(_: libc::c_int, _: *const libc::siginfo_t, context: *mut libc::ucontext_t) {
    const CPUID: [u8; 2] = [0x0F, 0xA2];
    // SAFETY: the kernel passes a valid context, whose instruction pointer is at the instruction that faulted.
    let registers = unsafe { &mut (*context).uc_mcontext.gregs };
    let at = registers[libc::REG_RIP as usize] as *const [u8; 2];
    // SAFETY: two bytes of code that were just fetched.
    if unsafe { at.read() } != CPUID {
        // SAFETY: always sound in a signal handler.
        unsafe { libc::abort() }
    }
    let leaf = registers[libc::REG_RAX as usize] as u32;
    let subleaf = registers[libc::REG_RCX as usize] as u32;
    let_cpuid_fault(false);
    let mut answer = __cpuid_count(leaf, subleaf);
    let_cpuid_fault(true);
    if (leaf, subleaf) == (7, 0) {
        answer.ebx &= !HIDDEN.load(Relaxed);
    }
    registers[libc::REG_RAX as usize] = answer.eax.into();
    registers[libc::REG_RBX as usize] = answer.ebx.into();
    registers[libc::REG_RCX as usize] = answer.ecx.into();
    registers[libc::REG_RDX as usize] = answer.edx.into();
    registers[libc::REG_RIP as usize] += 2;
}
