#!/usr/bin/env python3
"""Runs a statically linked Linux program on a PC that Bochs emulates: with AVX-512, whatever this machine has.

    tests/targets/bochs.py PROGRAM
    tests/targets/bochs.py --cpu MODEL --kernel "PARAMETER…" PROGRAM    on another processor, under another kernel

Prints what the program prints and exits with its status; with 77 if the PC could not be had. A parameter NAME=VALUE
that the kernel does not know is a variable of the program's environment.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain import OUT, Unavailable, install, run, update

PACKAGES = ("bochs", "bochs-term", "bochsbios", "cpio", "isolinux", "syslinux-common", "vgabios", "xorriso")
AVX512 = "corei7_skylake_x"
COULD_NOT_RUN = 77
# Of processor time, which a busy machine does not shorten.
LIMIT = 900

# Debian's kernel and shell: not installed, which would change how this machine boots, but unpacked.
UNPACKED = OUT / "bochs"
KERNEL, SHELL = "boot/vmlinuz-*", "bin/busybox"
PARAMETERS = (
    "console=ttyS0", "loglevel=1",
    # Half of the time to boot: self-tests of cryptography.
    "cryptomgr.notests", "mitigations=off",
    # The clock and the interrupts of Bochs as they are: nothing to measure and nothing to look for.
    "lpj=100000", "tsc=reliable", "no_timer_check", "nosmp", "noapic", "acpi=off", "nokaslr",
    # Bochs' compacted format of saved registers, which the kernel finds inconsistent: it would turn AVX off.
    "clearcpuid=xsaves,xsavec",
)  # fmt: skip

INIT = """#!/busybox sh
/program
echo "exit status $?"
/busybox sleep 1000
"""
LOADER = """default linux
label linux
 kernel /vmlinuz
 append initrd=/initrd {parameters}
"""
# The debugger, with which Debian builds it, is told to continue.
DEBUGGER = "continue\n"
# The screen is drawn once a second of the PC's own time: it goes to a terminal that nobody reads, and that holds 64 KB
# before Bochs would wait for ever.
PC = """display_library: term
megs: 128
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
vga: update_freq=1, realtime=0
ata0-master: type=cdrom, path={disc}, status=inserted
boot: cdrom
cpu: model={cpu}, ips=100000000
clock: sync=none
com1: enabled=1, mode=file, dev=/dev/fd/{console}
panic: action=fatal
log: {log}
"""


def bring():
    """Brings Bochs, what makes a disc for it, and what is on the disc."""
    install(PACKAGES)
    if UNPACKED.exists():
        return
    update()
    latest = re.search(r"Depends: (\S+)", run(["apt-cache", "depends", "linux-image-cloud-amd64"]))
    if not latest:
        raise Unavailable("no kernel in Debian's lists of packages")
    OUT.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=OUT) as folder:
        run(["apt-get", "download", "-qq", latest[1], "busybox-static"], cwd=folder)
        for package in Path(folder).glob("*.deb"):
            run(["dpkg-deb", "-x", package, "files"], cwd=folder)
        (Path(folder) / "files").rename(UNPACKED)


def make_disc(folder, program, parameters):
    """A disc from which the kernel starts with the program."""
    root, disc = folder / "root", folder / "disc"
    root.mkdir()
    disc.mkdir()
    for source, target in (
        (Path(program), root / "program"),
        (UNPACKED / SHELL, root / "busybox"),
        (next(UNPACKED.glob(KERNEL)), disc / "vmlinuz"),
        (Path("/usr/lib/ISOLINUX/isolinux.bin"), disc / "isolinux.bin"),
        (Path("/usr/lib/syslinux/modules/bios/ldlinux.c32"), disc / "ldlinux.c32"),
    ):
        target.write_bytes(source.read_bytes())
    (root / "init").write_text(INIT)
    for file in root.iterdir():
        file.chmod(0o755)
    names = "\n".join(file.name for file in root.iterdir())
    run(["cpio", "--create", "--format=newc", "--quiet", "--file=../disc/initrd"], cwd=root, input=names)
    (disc / "isolinux.cfg").write_text(LOADER.format(parameters=" ".join(parameters)))
    boot = ["-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"]
    run(["xorriso", "-as", "mkisofs", "-quiet", "-o", folder / "disc.iso", *boot, disc])
    return folder / "disc.iso"


def start(folder, disc, cpu):
    """Starts the PC: its process, and what comes over its serial line."""
    line, console = os.pipe()
    configuration, debugger = folder / "bochsrc", folder / "debugger"
    configuration.write_text(PC.format(disc=disc, cpu=cpu, console=console, log=folder / "log"))
    debugger.write_text(DEBUGGER)
    # It stops by itself at the limit, and with this process.
    bounds = ["setpriv", "--pdeathsig", "KILL", "prlimit", f"--cpu={LIMIT}"]
    bochs = subprocess.Popen(
        [*bounds, "bochs-bin", "-q", "-f", configuration, "-rc", debugger],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[console],
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(console)
    return bochs, os.fdopen(line, errors="replace")


def boot(program, cpu, parameters):
    """Prints what a program prints: its exit status, or why it came to none."""
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        bochs, console = start(folder, make_disc(folder, program, parameters), cpu)
        try:
            for line in console:
                if status := re.match(r"exit status (\d+)$", line):
                    return int(status[1])
                print(line, end="", flush=True)
                if "Kernel panic" in line:
                    return "the kernel stopped"
            return f"Bochs stopped:\n{(folder / 'log').read_text()[-2000:]}"
        finally:
            bochs.kill()
            bochs.wait()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cpu", default=AVX512, metavar="MODEL", help=f"a processor of Bochs, else {AVX512}")
    arguments.add_argument("--kernel", default="", metavar="PARAMETERS", help="more parameters of the kernel")
    arguments.add_argument("program")
    arguments = arguments.parse_args()
    try:
        bring()
    except Unavailable as why:
        print(why)
        return COULD_NOT_RUN
    return boot(arguments.program, arguments.cpu, (*PARAMETERS, *arguments.kernel.split()))


if __name__ == "__main__":
    sys.exit(main())
