"""Writes torch-schedules.txt: the learning rates of PyTorch's schedulers, for tests/schedule.rs to compare with.

    pip install torch numpy && python torch_schedules.py > torch-schedules.txt

A block is the Python expression of a scheduler, the optimizer's learning rate, and on the next line the rates of its
updates, the first one first, with all their digits.
"""

import warnings

import torch
from torch.optim.lr_scheduler import *  # noqa: F403 (the expressions below name them)

# (scheduler, learning rate, updates). CosineAnnealingLR stops at T_max and OneCycleLR at total_steps: what PyTorch does
# after them (climb again, raise) gradstep does not.
SCHEDULERS = [
    ("StepLR(o, 7)", 0.1, 60),
    ("StepLR(o, 10, gamma=0.5)", 0.3, 60),
    ("MultiStepLR(o, [30, 5, 5, 0])", 0.1, 40),
    ("MultiStepLR(o, [3, 8, 21], gamma=0.7)", 0.1, 40),
    ("ExponentialLR(o, 0.93)", 0.1, 200),
    ("ExponentialLR(o, 1.2)", 1e-7, 80),
    ("LambdaLR(o, lambda n: min((n + 1) / 16, (16 / (n + 1)) ** 0.5))", 0.7, 100),
    ("LambdaLR(o, lambda n: 512**-0.5 * min((n + 1) ** -0.5, (n + 1) * 40**-1.5))", 1.0, 200),
    ("PolynomialLR(o, total_iters=30)", 0.1, 40),
    ("PolynomialLR(o, total_iters=30, power=2)", 0.1, 40),
    ("PolynomialLR(o, total_iters=50, power=0.9)", 0.1, 60),
    ("LinearLR(o, start_factor=1, end_factor=0.25, total_iters=20)", 0.1, 30),
    ("LinearLR(o)", 0.1, 10),
    ("CosineAnnealingLR(o, T_max=50)", 0.1, 51),
    ("CosineAnnealingLR(o, T_max=37, eta_min=0.01)", 0.1, 38),
    ("CosineAnnealingWarmRestarts(o, T_0=10)", 0.1, 45),
    ("CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2, eta_min=0.001)", 0.1, 160),
    ("CosineAnnealingWarmRestarts(o, T_0=1, T_mult=3)", 0.1, 130),
    ("OneCycleLR(o, max_lr=0.1, total_steps=100)", 1.0, 100),
    ("OneCycleLR(o, max_lr=0.1, total_steps=83, pct_start=0.41, div_factor=10, final_div_factor=100)", 1.0, 83),
    ("OneCycleLR(o, max_lr=0.1, total_steps=64, anneal_strategy='linear')", 1.0, 64),
    ("OneCycleLR(o, max_lr=0.1, total_steps=90, three_phase=True)", 1.0, 90),
    ("OneCycleLR(o, max_lr=0.1, total_steps=50, pct_start=0.5, three_phase=True, anneal_strategy='linear')", 1.0, 50),
    ("OneCycleLR(o, max_lr=0.1, total_steps=2)", 1.0, 2),
    ("OneCycleLR(o, max_lr=0.1, total_steps=20, pct_start=0.0)", 1.0, 20),
    ("OneCycleLR(o, max_lr=0.1, total_steps=20, pct_start=1.0)", 1.0, 20),
    ("SequentialLR(o, [LinearLR(o, total_iters=8), ConstantLR(o, factor=1)], [8])", 0.1, 20),
    ("SequentialLR(o, [LinearLR(o, 0.1, total_iters=10), CosineAnnealingLR(o, T_max=30)], [10])", 0.1, 41),
    ("SequentialLR(o, [LinearLR(o, 0.25, total_iters=6), StepLR(o, 5)], [6])", 0.1, 30),
    ("SequentialLR(o, [LinearLR(o, 0.25, total_iters=6), MultiStepLR(o, [4, 9])], [6])", 0.1, 30),
    ("SequentialLR(o, [LinearLR(o, 1e-3, total_iters=12), ExponentialLR(o, 0.9)], [12])", 0.1, 60),
    ("SequentialLR(o, [LinearLR(o, 0.5, total_iters=5), PolynomialLR(o, 20, 1.5)], [5])", 0.1, 30),
    ("SequentialLR(o, [LinearLR(o, 0.5, total_iters=5), CosineAnnealingWarmRestarts(o, 4, 2)], [5])", 0.1, 60),
]

# PyTorch deprecates the argument with which its own SequentialLR starts the second scheduler.
warnings.filterwarnings("ignore", message="The epoch parameter")

print(f"# Learning rates of PyTorch {torch.__version__}'s schedulers, written by torch_schedules.py.")
for expression, lr, updates in SCHEDULERS:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = eval(expression, globals(), {"o": optimizer})
    rates = []
    for _ in range(updates):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if len(rates) < updates:
            scheduler.step()
    print(f"{expression}  lr={lr}")
    print(*rates)

# OneCycleLR's other output: the momentum that it cycles by default.
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=40)
momenta = []
for update in range(40):
    momenta.append(float(optimizer.param_groups[0]["momentum"]))
    optimizer.step()
    if update < 39:
        scheduler.step()
print("OneCycleLR(o, max_lr=0.1, total_steps=40)  momentum")
print(*momenta)
