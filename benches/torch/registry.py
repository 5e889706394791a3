"""Every optimizer of the registry that PyTorch has, beside PyTorch's own: one process, one thread, the same slices.

    python3 -m venv target/venv && target/venv/bin/pip install torch==2.15.0 numpy
    cargo build --release && target/venv/bin/python registry.py

Prints a table for docs/optimizers.md: PyTorch's time divided by gradstep's. PyTorch takes its step from Python, as its users
do, with `fused` where it has that and `foreach` elsewhere; gradstep takes its from Rust, scalars of the step included.
A time is the lowest of 25 turns of some 2 ms, PyTorch's and gradstep's in alternation.
"""

import ctypes
import pathlib
import time

import torch

HERE = pathlib.Path(__file__).parent
LENGTHS = {"1 Ki": 1 << 10, "16 Ki": 1 << 14, "4 Mi": 1 << 22}
TURNS, TURN = 25, 2e-3
# The name in the registry, PyTorch's class, and its arguments. (PyTorch has no Lion and no Signum.)
REGISTRY = [
    ("sgd", torch.optim.SGD, {"fused": True}),
    ("momentum", torch.optim.SGD, {"momentum": 0.9, "fused": True}),
    ("adam", torch.optim.Adam, {"fused": True}),
    ("adamw", torch.optim.AdamW, {"fused": True}),
    ("amsgrad", torch.optim.Adam, {"amsgrad": True, "fused": True}),
    ("amsgradw", torch.optim.AdamW, {"amsgrad": True, "fused": True}),
    ("nadam", torch.optim.NAdam, {}),
    ("nadamw", torch.optim.NAdam, {"decoupled_weight_decay": True}),
    ("radam", torch.optim.RAdam, {}),
    ("radamw", torch.optim.RAdam, {"decoupled_weight_decay": True}),
    ("adamax", torch.optim.Adamax, {}),
    ("adagrad", torch.optim.Adagrad, {"fused": True}),
    ("rmsprop", torch.optim.RMSprop, {}),
    ("rmsprop_momentum", torch.optim.RMSprop, {"momentum": 0.9}),
    ("rmsprop_centered", torch.optim.RMSprop, {"centered": True}),
    ("rmsprop_centered_momentum", torch.optim.RMSprop, {"momentum": 0.9, "centered": True}),
    ("adadelta", torch.optim.Adadelta, {}),
    ("rprop", torch.optim.Rprop, {}),
    ("asgd", torch.optim.ASGD, {}),
]
MOST_STATE = 4


def library():
    lib = ctypes.CDLL(next((HERE / "target/release").glob("libregistry.*[!d]")))
    lib.step.restype = ctypes.c_double
    lib.step.argtypes = [ctypes.c_char_p, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_void_p]
    return lib.step


def series(step, name, kind, arguments, n):
    """Two functions: so many steps of gradstep, and of PyTorch, each the nanoseconds they took."""
    slices = [torch.full((n,), x) for x in [1.0, 0.01] + [1e-3] * MOST_STATE]
    pointers = (ctypes.c_void_p * len(slices))(*[x.data_ptr() for x in slices])
    parameter = torch.nn.Parameter(torch.full((n,), 1.0))
    parameter.grad = torch.full((n,), 0.01)
    if "fused" not in arguments:
        arguments = {"foreach": True, **arguments}
    optimizer = kind([parameter], lr=1e-3, **arguments)

    def gradstep(times, _keep=slices):
        ns = step(name.encode(), times, n, pointers)
        assert ns >= 0
        return ns

    def pytorch(times):
        start = time.perf_counter()
        for _ in range(times):
            optimizer.step()
        return (time.perf_counter() - start) * 1e9

    return gradstep, pytorch


def ratio(functions):
    times = []
    for function in functions:
        function(3)
        times.append(max(1, int(TURN * 1e9 / function(1))))
    turns = [[function(count) / count for function, count in zip(functions, times)] for _ in range(TURNS)]
    ours, theirs = (min(turn[k] for turn in turns) for k in (0, 1))
    return theirs / ours


def main():
    torch.set_num_threads(1)
    step = library()
    print("| PyTorch ÷ gradstep | |", " | ".join(LENGTHS), "|")
    print("| --- | --- |", " --: |" * len(LENGTHS))
    for name, kind, arguments in REGISTRY:
        ratios = [ratio(series(step, name, kind, arguments, n)) for n in LENGTHS.values()]
        how = "fused" if "fused" in arguments else "foreach"
        print(f"| `{name}` | {how} |", " | ".join(f"{r:.1f}" if r < 100 else f"{r:.0f}" for r in ratios), "|", flush=True)


if __name__ == "__main__":
    main()
