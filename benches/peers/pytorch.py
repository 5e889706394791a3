"""PyTorch's fused Adam and DeepSpeed's CPUAdam against gradstep and the roof: one process, one memory.

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
os.environ["RAYON_NUM_THREADS"] = "2"
os.environ["PATH"] += os.pathsep + str(pathlib.Path(sys.executable).parent)  # ninja
import deepspeed
import torch
from deepspeed.ops.op_builder import CPUAdamBuilder
from torch.utils.cpp_extension import load

TURN, COMPARISON, ROUNDS = 1e-3, 0.3, (12, 40)
CACHED = 1 << 20
LENGTHS = [1 << 10, 1 << 12, 1 << 14, 1 << 18, 1 << 22, 1 << 26]
VALUES = 1.0, 0.01, 1e-3, 1e-3
T = torch.tensor(1000.0)


def operators():
    package = pathlib.Path(deepspeed.__file__).parent / "ops" / "csrc"
    here = pathlib.Path(__file__).parent
    return load(
        name="operators",
        sources=[str(here / "pytorch.cpp"), str(package / "adam" / "cpu_adam_impl.cpp")],
        extra_include_paths=[str(package / "includes")],
        extra_cflags=CPUAdamBuilder().cxx_args(),
    )


def on_page(n, value, dtype=torch.float32):
    """A tensor that begins where a page does: stores and loads 4096 bytes apart would wait for each other."""
    tensor = torch.full((n + 4096,), value, dtype=dtype)
    return tensor[-tensor.data_ptr() % 4096 // tensor.itemsize :][:n]


def pointers(*tensors):
    return [ctypes.c_void_p(x.data_ptr()) for x in tensors]


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def compare(rows, run, experiment, optimizer, n, series):
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
        rows.writerow([run, experiment, optimizer, n, name, time_ * 1e9, ""])


def f32(rows, run, native, rust, n):
    p, g, m, v = (on_page(n, x) for x in VALUES)
    arrays = pointers(p, g, m, v)
    parameter = torch.nn.Parameter(on_page(n, 1.0))
    parameter.grad = g
    optimizer = torch.optim.Adam([parameter], fused=True)

    def step(times):
        for _ in range(times):
            optimizer.step()

    compare(rows, run, "torch", "adam", n, {
        "gradstep": lambda times: rust.gradstep(ctypes.c_size_t(times), ctypes.c_size_t(n), *arrays),
        "roof": lambda times: rust.roof(ctypes.c_size_t(times), ctypes.c_size_t(n), *arrays),
        "PyTorch, fused operator": lambda times: native.fused(times, p, g, m, v, T),
        "PyTorch, optimizer.step()": step,
        "DeepSpeed": lambda times: native.deepspeed(times, p, g, m, v),
    })


def bf16(rows, run, native, rust, n, threads):
    """Parameters and gradients in bf16, and state as PyTorch has it, or as DeepSpeed has it unless told otherwise."""
    torch.set_num_threads(threads)
    for name, state, ours in (
        ("everything in bf16", torch.bfloat16, rust.gradstep_bf16),
        ("bf16, state in f32", torch.float32, rust.gradstep_bf16_f32_state),
    ):
        p, g = (on_page(n, x, torch.bfloat16) for x in VALUES[:2])
        m, v = (on_page(n, x, state) for x in VALUES[2:])
        arrays = pointers(p, g, m, v)
        series = {
            "gradstep": lambda times: ours(ctypes.c_size_t(times), threads > 1, ctypes.c_size_t(n), *arrays),
            "DeepSpeed": lambda times: native.deepspeed(times, p, g, m, v),
        }
        if state == p.dtype:
            series["PyTorch, fused operator"] = lambda times: native.fused(times, p, g, m, v, T)
        compare(rows, run, f"torch {threads}", name, n, series)


def main(run, library, path):
    torch.set_num_threads(1)
    native, rust = operators(), ctypes.CDLL(library)
    file = open(path, "w", buffering=1)
    rows = csv.writer(file)
    rows.writerow(["run", "experiment", "optimizer", "length", "series", "ns", "cycles"])
    for n in LENGTHS:
        f32(rows, run, native, rust, n)
        bf16(rows, run, native, rust, n, 1)
    bf16(rows, run, native, rust, n, 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
