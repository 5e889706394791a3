"""Packages, compilers and precompiled `core`s: what it takes to build for another processor.

An installed rustup target is used where there is one. Else Debian's compiler is, which comes with its sources: `core`
is built from them once for each target, as rustup ships it (optimised for speed, with bitcode for link-time
optimisation), so that the figures are the same either way.
"""

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "targets"
DEBIAN_RUSTC = "/usr/bin/rustc"
HOST = "x86_64-unknown-linux-gnu"


class Unavailable(Exception):
    """Why something cannot be built or run here."""


def run(command, **options):
    """Runs a command; what it printed, or Unavailable with the end of it."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    except FileNotFoundError:
        raise Unavailable(f"no {command[0]} here") from None
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


AS_ROOT = (*(("sudo", "-n") if os.geteuid() else ()), "env", "DEBIAN_FRONTEND=noninteractive")

# What shows that a package is there, however it came; for the others, the command of the package's name.
COMMANDS = {
    "build-essential": "cc",
    "gcc-aarch64-linux-gnu": "aarch64-linux-gnu-gcc",
    "gcc-powerpc-linux-gnu": "powerpc-linux-gnu-gcc",
    "lld": "ld.lld",
    "llvm": "llvm-objdump",
    "nodejs": "node",
    "qemu-system-misc": "qemu-system-riscv32",
    "qemu-user": "qemu-aarch64",
}


def installed(package):
    if shutil.which(COMMANDS.get(package, package)):
        return True
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    return shutil.which("dpkg-query") and "ok installed" in subprocess.run(query, capture_output=True, text=True).stdout


def install(packages):
    """Installs the Debian packages that are missing."""
    missing = [package for package in packages if not installed(package)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Unavailable(f"no apt-get here to install {' '.join(missing)}")
    print(f"installing {' '.join(missing)}", flush=True)
    update(*{package.partition(":")[2] for package in missing} - {""})
    run([*AS_ROOT, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing])


@functools.cache
def update(*architectures):
    """Brings the lists of packages up to date, once."""
    for architecture in architectures:
        run([*AS_ROOT, "dpkg", "--add-architecture", architecture])
    run([*AS_ROOT, "apt-get", "update", "-qq"])


@functools.cache
def has_core(rustc, triple):
    """Whether a compiler comes with `core` for a target."""
    if not shutil.which(rustc):
        return False
    query = subprocess.run([rustc, "--print", "target-libdir", "--target", triple], capture_output=True, text=True)
    return query.returncode == 0 and any(Path(query.stdout.strip()).glob("libcore-*.rlib"))


@dataclass(frozen=True)
class Compiler:
    """A compiler for one target, and the flags it needs for it."""

    triple: str
    rustc: str
    flags: tuple = ()

    def version(self):
        return run([self.rustc, "--version"]).strip()


def compiler(triple):
    """The compiler for a target, once `prepare` has been there."""
    if has_core("rustc", triple):
        return Compiler(triple, "rustc")
    if has_core(DEBIAN_RUSTC, triple):
        return Compiler(triple, DEBIAN_RUSTC)
    if is_built(triple):
        return Compiler(triple, DEBIAN_RUSTC, (f"--sysroot={sysroot()}",))
    raise Unavailable(f"no compiler with core for {triple}")


def has_compiler(triple):
    try:
        return bool(compiler(triple))
    except Unavailable:
        return False


@functools.cache
def sysroot():
    return OUT / f"core-{run([DEBIAN_RUSTC, '--version']).split()[1]}"


def core_of(triple):
    return sysroot() / "lib" / "rustlib" / triple / "lib"


def is_built(triple):
    return has_core(DEBIAN_RUSTC, HOST) and any(core_of(triple).glob("libcore-*.rlib"))


def prepare(triples):
    """Sees to a compiler for each target, given with the packages of its `std`: target → why there is none."""
    problems = {}
    for triple, std in triples.items():
        if not has_core("rustc", triple):
            try:
                install(["rustc-web", "rust-web-src", "lld", *std])
            except Unavailable as why:
                problems[triple] = str(why)
    has_core.cache_clear()
    missing = [triple for triple in triples if triple not in problems and not has_compiler(triple)]
    try:
        build_core(missing)
    except Unavailable:
        for triple in missing:
            try:
                build_core([triple])
            except Unavailable as why:
                problems[triple] = str(why)
    return problems


def build_core(triples):
    """Builds `core` from Debian's sources."""
    if not triples:
        return
    print(f"building core for {' '.join(triples)}", flush=True)
    crate = OUT / "core"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    (crate / "src" / "lib.rs").write_text("#![no_std]\n")
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "empty"\nedition = "2024"\n[workspace]\n'
        '[profile.release]\npanic = "abort"\ncodegen-units = 1\n'
    )
    environment = {
        **os.environ,
        "RUSTC": DEBIAN_RUSTC,
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": "-Cembed-bitcode=yes",
        "CARGO_TARGET_DIR": str(crate / "target"),
    }
    std = ["-Zbuild-std=core", "-Zbuild-std-features=compiler-builtins-mem"]
    targets = [f"--target={triple}" for triple in triples]
    run(["cargo", "build", "-q", "--release", *std, *targets], cwd=crate, env=environment)
    for triple in triples:
        core_of(triple).mkdir(parents=True, exist_ok=True)
        for library in (crate / "target" / triple / "release" / "deps").glob("lib*.rlib"):
            if library.name.startswith(("libcore-", "libcompiler_builtins-")):
                shutil.move(library, core_of(triple))
    shutil.rmtree(crate)


def variable(triple, name):
    """The environment variable for what cargo's configuration has under target.TRIPLE."""
    return f"CARGO_TARGET_{re.sub('[-.]', '_', triple).upper()}_{name}"


def build(crate, targets, *arguments):
    """Runs cargo once for all of the targets that have a compiler and a directory in common."""
    compilers = {target: compiler(target.triple) for target in targets}
    for rustc, directory in {(compilers[target].rustc, target.directory) for target in targets}:
        group = [t for t in targets if (compilers[t].rustc, t.directory) == (rustc, directory)]
        environment = {**os.environ, "RUSTC": rustc, "CARGO_TARGET_DIR": str(OUT / directory / crate.name)}
        environment.pop("RUSTFLAGS", None)
        for target in group:
            linker = target.linker if rustc == DEBIAN_RUSTC or target.foreign_linker else ()
            flags = " ".join([*compilers[target].flags, *linker, *target.flags])
            environment[variable(target.triple, "RUSTFLAGS")] = flags
        triples = [f"--target={triple}" for triple in {target.triple for target in group}]
        run(["cargo", "build", "-q", *arguments, *triples], cwd=crate, env=environment)


def built(crate, target, profile="release"):
    """Where `build` puts its results."""
    return OUT / target.directory / crate.name / target.triple / profile
