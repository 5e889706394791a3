"""The tables of docs/embedded.md, from measured figures."""

import subprocess

from processors import M0, M3, M4F, RV32

OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "amsgrad", "amsgradw")
STATES = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2, "amsgrad": 3, "amsgradw": 3}
COLUMNS = (M4F, M3, M0, RV32)
BEGIN, END = "<!-- measured: tests/targets/run --docs -->\n", "<!-- end -->"


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 or isinstance(value, int) else f"{value:.1f}"


def table(head, rows):
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def costs(found):
    columns = [(processor, level) for processor in COLUMNS for level in ("3", "s")]
    head = [f"{processor.name}, {level}" for processor, level in columns]

    def rows(figure, names=OPTIMIZERS):
        return [[name, *[number(found.get(column, {}).get(f"{name} {figure}")) for column in columns]] for name in names]

    text = "Instructions an element, plain step:\n\n" + table(["", *head], rows("element"))
    text += "… with `clamp_grads`:\n\n" + table(["", *head], rows("clamped"))
    text += "… with `flush_subnormals`:\n\n" + table(["", *head], rows("flushed"))
    text += "… `apply_and_zero`:\n\n" + table(["", *head], rows("zeroed"))
    text += "Instructions of `at(1000)`, the folding of a step's scalars in f64, once a step:\n\n"
    text += table(["", *head], rows("fold"))
    text += "Instructions of a call besides, once a slice:\n\n" + table(["", *head], rows("call"))
    text += "The tools, instructions an element; `Cosine::at`, instructions a call:\n\n"
    tools = rows("element", ("norm", "all_finite")) + rows("step", ("cosine",))
    return text + table(["", *head], tools)


def sizes(found):
    columns = [(processor, level) for processor in COLUMNS for level in ("3", "s")]
    head = [f"{processor.name}, {level}" for processor, level in columns]

    def cell(column, name):
        size = found.get(column, {}).get(name)
        return f"{size['text']:,} + {size['rodata']}" if size else "–"

    def rows(ending, names=OPTIMIZERS):
        return [[name, *[cell(column, f"{name}{ending}") for column in columns]] for name in names]

    def loops(name):
        return [number(found.get(column, {}).get(f"{name}_sweep", {}).get("loops")) for column in columns]

    text = "The loops over the elements, one plain and one with all options:\n\n"
    text += table(["", *head], [[name, *loops(name)] for name in OPTIMIZERS])
    text += "`apply`, with its checks of lengths and options and their errors:\n\n" + table(["", *head], rows("_sweep"))
    text += "`at` and `apply`, with soft-float f64:\n\n" + table(["", *head], rows("_whole"))
    return text + "The tools:\n\n" + table(["", *head], rows("", ("norm", "all_finite", "cosine")))


def memory():
    rows = [[name, str(4 + 4 + 4 * states), str(4 * states)] for name, states in STATES.items()]
    return table(["bytes a parameter", "parameter, gradient and state", "of which state"], rows)


def update(document, cost, flash, write):
    """Writes the measured part of the document, or says whether it is still what is measured."""
    rustc = subprocess.run(["/usr/bin/rustc", "--version"], capture_output=True, text=True).stdout.strip()
    measured = (
        f"{rustc}, `lto = true`, `codegen-units = 1`, `panic = \"abort\"`.\n\n### Instructions\n\n{costs(cost)}"
        f"### Flash, bytes of code + constants\n\n{sizes(flash)}### RAM\n\n{memory()}"
    )
    text = document.read_text()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    if write:
        document.write_text(before + BEGIN + measured + END + after)
    elif old != measured:
        print(f"{document.name} has other figures than were measured now: tests/targets/run --docs writes them")
