"""The processors, and how a program for each is built and run on this one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import bochs

HERE = Path(__file__).resolve().parent

LLD = ("-Clinker=ld.lld", "-Clinker-flavor=ld.lld")
SEMIHOSTING = (
    "-nographic", "-monitor", "none", "-serial", "none",
    "-semihosting-config", "enable=on,target=native", "-kernel",
)  # fmt: skip
ARM = "qemu-system-arm"
LLVM = ("lld", "llvm")


@dataclass(frozen=True)
class Processor:
    name: str
    triple: str
    # The backends that it must offer.
    backends: tuple
    # The command that runs a program, which is appended to it.
    runner: tuple = ()
    packages: tuple = ()
    # With the target's `std`, for Debian's compiler.
    std: tuple = ()
    linker: tuple = ()
    # Whether the linker is needed even by a compiler that comes with one.
    foreign_linker: bool = False
    flags: tuple = ()
    # The name of its emulation in lld.
    emulation: str = ""
    # Tells builds for the same triple apart.
    directory: str = ""
    suffix: str = ""
    # Of the example firmware, if the processor runs it.
    firmware: tuple | None = None
    # Brings what is more than an installed package.
    bring: Callable = lambda: None

    def __str__(self):
        return self.name


def cortex_m(name, triple, machine, **more):
    return Processor(
        name, triple, ("scalar",), (ARM, *machine, *SEMIHOSTING), ("qemu-system-arm", *LLVM),
        linker=LLD, emulation="armelf", **more,
    )  # fmt: skip


def riscv(name, triple, bits, **more):
    runner = (f"qemu-system-riscv{bits}", "-M", "virt", "-bios", "none", *SEMIHOSTING)
    return Processor(
        name, triple, ("scalar",), runner, ("qemu-system-misc", *LLVM),
        linker=LLD, emulation=f"elf{bits}lriscv", **more,
    )  # fmt: skip


def wasm(name, **more):
    return Processor(
        name, "wasm32-unknown-unknown", runner=("node", str(HERE / "wasm.mjs")), packages=("lld", "nodejs"),
        linker=("-Clinker=wasm-ld",), suffix=".wasm", **more,
    )  # fmt: skip


def x86_64_backends():
    """By the flags of Linux, not by the crate's own detection."""
    try:
        cpu = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ()
    flags = set(next((line for line in cpu.splitlines() if line.startswith("flags")), "").split())
    avx2 = ("avx2",) if "avx2" in flags else ()
    avx512 = ("avx512",) if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags else ()
    return ("scalar", "sse2", *avx2, *avx512)


HOST = Processor(
    "x86-64", "x86_64-unknown-linux-gnu", x86_64_backends(), packages=("build-essential",),
    # The same programs run where there are no libraries.
    flags=("-Ctarget-feature=+crt-static",),
)  # fmt: skip
EMULATED = replace(
    HOST, name="x86-64, emulated", backends=("scalar", "sse2", "avx2", "avx512"),
    runner=(str(HERE / "bochs.py"),), bring=bochs.bring,
)  # fmt: skip
AARCH64 = Processor(
    "AArch64", "aarch64-unknown-linux-gnu", ("scalar", "neon"), ("qemu-aarch64",),
    ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user"), ("libstd-rust-web-dev:arm64",),
    # Linked dynamically, threads hang under QEMU 7.2.
    ("-Clinker=aarch64-linux-gnu-gcc", "-Ctarget-feature=+crt-static"), foreign_linker=True,
)  # fmt: skip
POWERPC = Processor(
    "PowerPC, big-endian", "powerpc-unknown-linux-gnu", ("scalar",), ("qemu-ppc", "-L", "/usr/powerpc-linux-gnu"),
    ("gcc-powerpc-linux-gnu", "libc6-dev-powerpc-cross", "qemu-user"), linker=("-Clinker=powerpc-linux-gnu-gcc",),
    foreign_linker=True,
)  # fmt: skip
M4F = cortex_m("Cortex-M4F", "thumbv7em-none-eabihf", ("-M", "mps2-an386", "-cpu", "cortex-m4"), firmware=())
M3 = cortex_m("Cortex-M3", "thumbv7m-none-eabi", ("-M", "mps2-an385", "-cpu", "cortex-m3"), firmware=())
# The same instructions, and a float unit for f64.
M7 = cortex_m(
    "Cortex-M7", "thumbv7em-none-eabihf", ("-M", "mps2-an500"), flags=("-Ctarget-cpu=cortex-m7",), directory="m7",
)  # fmt: skip
M33 = cortex_m("Cortex-M33", "thumbv8m.main-none-eabihf", ("-M", "mps2-an505"))
M0 = cortex_m("Cortex-M0", "thumbv6m-none-eabi", ("-M", "microbit"), firmware=("--features=small",))
RV32 = riscv("RISC-V 32, soft float", "riscv32imac-unknown-none-elf", 32, firmware=())
RV32F = riscv("RISC-V 32, hard float", "riscv32imafc-unknown-none-elf", 32)
RV64 = riscv("RISC-V 64, hard float", "riscv64gc-unknown-none-elf", 64)
WASM = wasm("WebAssembly", backends=("scalar",))
SIMD128 = wasm(
    "WebAssembly, simd128", backends=("scalar", "simd128"), flags=("-Ctarget-feature=+simd128",), directory="simd128"
)

ALL = (HOST, EMULATED, AARCH64, POWERPC, M4F, M7, M33, M3, M0, RV32, RV32F, RV64, WASM, SIMD128)
CORTEX_M = (M4F, M7, M33, M3, M0)
# Those for which the costs are published.
SMALL = (M4F, M3, M0, RV32)
# Those with an instruction for the square root.
HARD_FLOAT = {M4F: "vsqrt.f32", M7: "vsqrt.f32", M33: "vsqrt.f32", RV32F: "fsqrt.s", RV64: "fsqrt.s"}
