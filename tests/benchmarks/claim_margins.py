"""How far the numbers that a lesson asserts are from failing, over seeds and in the arithmetic of another device.

    python tests/benchmarks/claim_margins.py 05_training 06_cnns [--seeds 0 1 2 3] [--all]

Each lesson runs once a seed, every other time with what its ``try_with`` changes, always with the small errors of
``tests/notebooks/other_arithmetic``. Every ordering and every ``allclose`` inside an ``assert`` is measured: its
margin is by how much it holds (negative: it fails). The table names those that failed and those whose margin is,
on average, less than three standard deviations away from 0: the next build may meet the case that fails.
"""

from __future__ import annotations

import argparse
import ast
import functools
import json
import math
import operator
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from numbers import Real
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SAFE = 3  # standard deviations between a margin's mean and 0
RECORD = "COURSE_MARGINS"
ORDERS = {"Lt": (operator.lt, 1), "LtE": (operator.le, 1), "Gt": (operator.gt, -1), "GtE": (operator.ge, -1)}
PREAMBLE = "import claim_margins\nclaim_margins.watch(get_ipython())"


class Watched(ast.NodeTransformer):
    """A cell whose asserts also write down the margins of their comparisons."""

    inside = False  # an assert

    def visit_Module(self, node: ast.Module) -> ast.Module:
        return ast.fix_missing_locations(self.generic_visit(node))

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        self.inside = True
        node.test = self.visit(node.test)
        self.inside = False
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        claim = ast.unparse(node)
        self.generic_visit(node)
        orders = [type(order).__name__ for order in node.ops]
        if not self.inside or not set(orders) <= ORDERS.keys():
            return node
        operands = ast.Tuple([node.left, *node.comparators], ast.Load())
        return call("__ordered__", claim, [ast.Constant(" ".join(orders)), operands])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return node if isinstance(node.op, ast.Not) else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        claim = ast.unparse(node)
        self.generic_visit(node)
        if self.inside and claim.startswith("np.allclose("):
            return call("__close__", claim, node.args, node.keywords)
        return node


def call(name: str, claim: str, arguments: list[ast.expr], keywords: Iterable[ast.keyword] = ()) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [ast.Constant(claim), *arguments], list(keywords))


def watch(shell: Any) -> None:
    """Measure every claim of the notebook from here on (called in its kernel)."""
    shell.ast_transformers.append(Watched())
    shell.user_ns.update(__ordered__=ordered, __close__=close)


def ordered(claim: str, orders: str, operands: tuple) -> Any:
    """What the comparison gives; of numbers (not arrays, texts) the smallest distance is written as its margin."""
    pairs = [(*ORDERS[order], *pair) for order, pair in zip(orders.split(), pairwise(operands), strict=True)]
    if all(isinstance(operand, Real) for operand in operands):
        margin = min(sign * (right - left) for _, sign, left, right in pairs)
        write(claim, float(margin), [float(operand) for operand in operands])
    return functools.reduce(operator.and_, [order(left, right) for order, _, left, right in pairs])


def close(claim: str, actual: Any, desired: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """As ``np.allclose``; the margin is what is left of the tolerance."""
    import numpy as np

    rest = np.asarray(atol + rtol * np.abs(desired) - np.abs(np.asarray(actual) - np.asarray(desired)))
    write(claim, float(rest.min()), [])
    return bool((rest >= 0).all())


def write(claim: str, margin: float, operands: list[float]) -> None:
    with open(os.environ[RECORD], "a", encoding="utf-8") as file:
        file.write(json.dumps([claim, margin, *operands]) + "\n")


def run(lesson: Path, parameters: dict[str, object], record: Path) -> list[str]:
    """Execute the lesson, past its failures; a line for each is returned, the margins are in `record`."""
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from tests.benchmarks.lesson_run import failures

    notebook = parameterize_notebook(load_notebook_node(str(lesson)), parameters)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PREAMBLE))
    folders = [ROOT / "tests/notebooks/other_arithmetic", Path(__file__).parent]
    return failures(notebook, lesson, {"PYTHONPATH": os.pathsep.join(map(str, folders)), RECORD: str(record)})


def worst(record: Path) -> dict[str, list[float]]:
    """The smallest margin of each claim in this run, and the numbers that were compared there."""
    smallest: dict[str, list[float]] = {}
    for line in record.read_text(encoding="utf-8").splitlines():
        claim, *numbers = json.loads(line)
        smallest[claim] = min(numbers, smallest.get(claim, numbers))
    return smallest


def study(lesson: Path, seeds: list[int]) -> dict[str, list[list[float]]]:
    """What `worst` gives for each seed, by claim; failures are printed as they come."""
    from course_utils.cli import notebooks

    try_with = notebooks.read(lesson)["metadata"].get("course", {}).get("try_with", {})
    found = defaultdict(list)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            record = Path(folder) / "margins"
            record.touch()
            errors = run(lesson, {"SEED": seed, **(try_with if seed % 2 else {})}, record)
            for claim, numbers in worst(record).items():
                found[claim].append(numbers)
        print(f"{lesson.stem}, seed {seed}: {len(errors)} failures", *errors, sep="\n    ", flush=True)
    return found


def report(found: dict[str, list[list[float]]], everything: bool) -> None:
    """A line a claim: its smallest margin, how many standard deviations from 0, the claim, ranges of its numbers."""
    for claim, runs in found.items():
        margins, *operands = zip(*runs, strict=True)
        spread = statistics.stdev(margins) if len(margins) > 1 else 0.0
        distance = statistics.mean(margins) / spread if spread else math.inf
        ranges = ", ".join(
            f"{min(each):.4g} to {max(each):.4g}" for each in operands if min(each) < max(each)
        )
        if everything or min(margins) < 0 or distance < SAFE:
            print(f"    {min(margins):10.3g} {distance:8.1f} sd   {claim}   [{ranges}]", flush=True)


def main() -> None:
    import click

    from course_utils.cli.run import choose

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="all of them when none is named")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3])
    parser.add_argument("--all", action="store_true", help="list the safe claims, too")
    options = parser.parse_args()
    try:
        lessons = choose(options.lessons)
    except click.ClickException as unknown:
        parser.error(unknown.message)
    for lesson in lessons:
        report(study(lesson, options.seeds), options.all)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
