"""PyTorch's fused Adam and DeepSpeed's CPUAdam against gradstep and the roof: one process, one thread, one memory.

Usage: pytorch.py RUN LIBPEERS ROWS. Writes the same rows as the Rust side, without cycles. The environment:

    python3 -m venv target/venv
    target/venv/bin/pip install torch==2.15.0 deepspeed==0.19.8 ninja setuptools
"""

import csv
import ctypes
import os
import pathlib
import random
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["PATH"] += os.pathsep + str(pathlib.Path(sys.executable).parent)  # ninja
import deepspeed
import torch
from deepspeed.ops.op_builder import CPUAdamBuilder
from torch.utils.cpp_extension import load

TURN, COMPARISON, ROUNDS = 1e-3, 0.3, (4, 40)
CACHED = 1 << 20
LENGTHS = [1 << 10, 1 << 12, 1 << 14, 1 << 18, 1 << 22, 1 << 26]


def operators():
    package = pathlib.Path(deepspeed.__file__).parent / "ops" / "csrc"
    here = pathlib.Path(__file__).parent
    return load(
        name="operators",
        sources=[str(here / "pytorch.cpp"), str(package / "adam" / "cpu_adam_impl.cpp")],
        extra_include_paths=[str(package / "includes")],
        extra_cflags=CPUAdamBuilder().cxx_args(),
    )


def on_page(n, value):
    """A tensor that begins where a page does: stores and loads 4096 bytes apart would wait for each other."""
    tensor = torch.full((n + 1024,), value)
    return tensor[-(tensor.data_ptr() // 4) % 1024 :][:n]


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def compare(rows, run, n, series):
    times, best = {}, {}
    for name, function in series.items():
        function(1)
        few = max(1, int(TURN / 10 / seconds(function, 1)))
        best[name] = seconds(function, few) / few
        times[name] = max(1, round(TURN / best[name]))
    rounds = COMPARISON / sum(best[name] * times[name] for name in series)
    for _ in range(int(min(max(rounds, ROUNDS[0]), ROUNDS[1]))):
        for name, function in random.sample(list(series.items()), len(series)):
            if n <= CACHED:
                function(1)
            best[name] = min(best[name], seconds(function, times[name]) / times[name])
    for name, time_ in best.items():
        rows.writerow([run, "torch", "adam", n, name, time_ * 1e9, ""])


def main(run, library, path):
    torch.set_num_threads(1)
    native, rust = operators(), ctypes.CDLL(library)
    file = open(path, "w", buffering=1)
    rows = csv.writer(file)
    rows.writerow(["run", "experiment", "optimizer", "length", "series", "ns", "cycles"])
    for n in LENGTHS:
        p, g, m, v = (on_page(n, x) for x in (1.0, 0.01, 1e-3, 1e-3))
        t = torch.tensor(1000.0)
        pointers = [ctypes.c_void_p(x.data_ptr()) for x in (p, g, m, v)]
        parameter = torch.nn.Parameter(on_page(n, 1.0))
        parameter.grad = g
        optimizer = torch.optim.Adam([parameter], fused=True)

        def step(times):
            for _ in range(times):
                optimizer.step()

        compare(rows, run, n, {
            "gradstep": lambda times: rust.gradstep(ctypes.c_size_t(times), ctypes.c_size_t(n), *pointers),
            "roof": lambda times: rust.roof(ctypes.c_size_t(times), ctypes.c_size_t(n), *pointers),
            "PyTorch, fused operator": lambda times: native.fused(times, p, g, m, v, t),
            "PyTorch, optimizer.step()": step,
            "DeepSpeed": lambda times: native.deepspeed(times, p, g, m, v),
        })


if __name__ == "__main__":
    main(*sys.argv[1:])
