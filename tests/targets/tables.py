"""The tables of docs/embedded.md, from measured figures."""

import re
from itertools import zip_longest

from processors import M0, M3, M4F, RV32
from toolchain import ROOT

# Every optimizer, and the slices of its state.
ROW = r"^    (\w+): \w+\(.*, (\d)\) ="
STATES = {name: int(n) for name, n in re.findall(ROW, (ROOT / "src/optim.rs").read_text(), re.MULTILINE)}
# Those of which every figure is shown.
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "amsgrad", "amsgradw", "lion")
TOOLS = ["norm", "all_finite", "cosine", "error_pieces"]
MISSING = "–"
COLUMNS = (M4F, M3, M0, RV32)
BEGIN, END = "<!-- measured: tests/targets/run --docs -->\n", "<!-- end -->"


def number(value):
    if value is None:
        return MISSING
    return f"{value:,.0f}" if value >= 100 or isinstance(value, int) else f"{value:.1f}"


def table(head, rows):
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def costs(found):
    columns = [(processor, level) for processor in COLUMNS for level in ("3", "s")]
    head = [f"{processor.name}, {level}" for processor, level in columns]

    def rows(figure, names=OPTIMIZERS):
        return [
            [name, *[number(found.get(column, {}).get(f"{name} {figure}")) for column in columns]] for name in names
        ]

    text = "Instructions an element, plain step:\n\n" + table(["", *head], rows("element", STATES))
    text += "… with `clamp_grads`:\n\n" + table(["", *head], rows("clamped"))
    text += "… with `flush_subnormals`:\n\n" + table(["", *head], rows("flushed"))
    text += "… `apply_and_zero`:\n\n" + table(["", *head], rows("zeroed"))
    text += "Instructions of `at(1000)`, the folding of a step's scalars in f64, once a step:\n\n"
    text += table(["", *head], rows("fold", STATES))
    text += "Instructions of a call besides, once a slice:\n\n" + table(["", *head], rows("call"))
    text += "The tools, instructions an element; `Cosine::at`, instructions a call:\n\n"
    tools = rows("element", ("norm", "all_finite")) + rows("step", ("cosine",))
    return text + table(["", *head], tools)


def sizes(found):
    columns = [(processor, level) for processor in COLUMNS for level in ("3", "s")]
    head = [f"{processor.name}, {level}" for processor, level in columns]

    def cell(column, name):
        size = found.get(column, {}).get(name)
        return f"{size['text']:,} + {size['rodata']}" if size else MISSING

    def rows(ending, names=OPTIMIZERS):
        return [[name, *[cell(column, f"{name}{ending}") for column in columns]] for name in names]

    def loops(name):
        return [number(found.get(column, {}).get(f"{name}_sweep", {}).get("loops")) for column in columns]

    text = "The loops over the elements, one plain and one with all options:\n\n"
    text += table(["", *head], [[name, *loops(name)] for name in OPTIMIZERS])
    text += "`apply`, with its checks of lengths and options and their errors:\n\n" + table(["", *head], rows("_sweep"))
    text += "`at` and `apply`, with soft-float f64:\n\n" + table(["", *head], rows("_whole", STATES))
    text += "The tools:\n\n" + table(["", *head], rows("", TOOLS))
    text += f"`at` and `apply` of Adam on the {M4F}, s, function by function:\n\n" + largest(found, "adam_whole")
    return text + "`apply` alone:\n\n" + largest(found, "adam_sweep")


def largest(found, name):
    """What a function and all that it calls consist of."""
    functions = found.get((M4F, "s"), {}).get(name, {}).get("functions", [(0, MISSING)])
    large = [(size, function) for size, function in functions if size >= 100]
    rows = [[f"`{function}`", number(size)] for size, function in large]
    rows.append(["others", number(sum(size for size, _ in functions) - sum(size for size, _ in large))])
    return table(["", "bytes"], rows)


def memory():
    rows = [[name, str(4 + 4 + 4 * states), str(4 * states)] for name, states in STATES.items()]
    return table(["bytes a parameter", "parameter, gradient and state", "of which state"], rows)


def update(path, rustc, cost, flash, write):
    """Writes the measured part of the document if told to; what is wrong with it then, if anything."""
    head = f'{rustc}, `lto = true`, `codegen-units = 1`, `panic = "abort"`.\n'
    measured = (
        f"{head}\n### Instructions\n\n{costs(cost)}"
        f"### Flash, bytes of code + constants\n\n{sizes(flash)}### RAM\n\n{memory()}"
    )
    if MISSING in measured:
        return "not all figures could be measured"
    before, _, rest = path.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    if write:
        path.write_text(before + BEGIN + measured + END + after)
        return ""
    lines = zip_longest(old.splitlines(), measured.splitlines(), fillvalue="")
    stale = [f"'{was}' is now '{now}'" for was, now in lines if not agree(was, now)]
    return f"{len(stale)} lines are stale, the first: {stale[0]}" if stale else ""


def agree(was, now):
    """Whether two lines say the same, their figures within 3 %: a change elsewhere moves some by as much."""
    number = r"\d[\d,]*(?:\.\d+)?"
    pairs = zip(*([float(n.replace(",", "")) for n in re.findall(number, line)] for line in (was, now)))
    same_words = re.sub(number, "#", was) == re.sub(number, "#", now)
    return same_words and all(abs(a - b) <= 0.03 * max(a, b) for a, b in pairs)
