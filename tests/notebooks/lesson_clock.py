"""What the lessons cost, judged so that neither a slow nor a busy machine makes one late.

A lesson's metadata name its budget, ``budget_seconds``: the processor seconds, all threads added up, that its kernel
may use on the machine of reference, two cores of a server with AVX2 (AMD EPYC 7003), idle. Any other machine runs a
small fixed piece of work (``yardstick.py``) before and after each lesson: as many times as that takes longer than
on the machine of reference, so many times longer may the lesson take. Time on the clock is told, and judges nothing.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from nbval.plugin import IPyNbCell

from course_utils.cli import notebooks
from course_utils.cli.installation import ROOT

REFERENCE_SECONDS = 0.75  # what the yardstick takes on the machine of reference


@dataclass
class Cost:
    """Seconds of one run of a lesson; `yardstick` has those that the yardstick took around it."""

    wall: float = 0.0
    processor: float = 0.0
    yardstick: list[float] = field(default_factory=list)

    @property
    def on_reference(self) -> float:
        """The processor seconds that the machine of reference would have needed."""
        return self.processor * REFERENCE_SECONDS / statistics.median(self.yardstick)


class LessonClock:
    """A pytest plugin: what nbval's run of each lesson costs, its kernel's start included."""

    def __init__(self, measure: Callable[[], list[float]]) -> None:
        """`measure` gives the processor seconds of a few repetitions of the yardstick."""
        self.measure = measure
        self.costs: dict[str, Cost] = defaultdict(Cost)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Lay the yardstick to the lesson before its first cell and after its last."""
        if not isinstance(item, IPyNbCell):
            return (yield)
        cost = self.costs[notebooks.short(item.path)]
        if not cost.yardstick:
            cost.yardstick += self.measure()
        done = yield
        if nextitem is None or nextitem.path != item.path:
            cost.yardstick += self.measure()
        return done

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, object]:
        report = yield
        if isinstance(item, IPyNbCell):
            cost = self.costs[notebooks.short(item.path)]
            cost.wall += report.duration
            cost.processor = max(cost.processor, processor_seconds(item))
        return report

    def late(self) -> list[str]:
        """A line for each lesson that cost more than its metadata allow."""
        return [line for line in self.lines() if line.endswith("TOO LONG")]

    def lines(self) -> list[str]:
        """What each lesson cost that ran, a line each."""
        return [
            line_of(lesson, cost, budget_of(ROOT / lesson)) for lesson, cost in sorted(self.costs.items())
        ]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.costs:
            terminalreporter.section("lessons, run from top to bottom; seconds")
            terminalreporter.write_line(
                f"{'':<42} {'clock':>7} {'processor':>10} {'on reference':>13} {'budget':>7}"
            )
            for line in self.lines():
                terminalreporter.write_line(line)


def line_of(lesson: str, cost: Cost, budget: float) -> str:
    """A row of the summary: seconds on the clock, of the processor, of the one of reference, and its budget."""
    seconds = f"{cost.wall:7.1f} {cost.processor:10.1f} {cost.on_reference:13.1f} {budget:7g}"
    return f"{lesson:<42} {seconds}{'  TOO LONG' if cost.on_reference > budget else ''}"


def budget_of(lesson: Path) -> float:
    """What the metadata allow; a reader's own notebook may cost what it likes."""
    return notebooks.read(lesson)["metadata"].get("course", {}).get("budget_seconds", math.inf)


def processor_seconds(cell: IPyNbCell) -> float:
    """What the kernel of the cell's notebook has used so far with all below it; 0 where it does not run (any more)."""
    manager = getattr(cell.parent.kernel, "km", None)
    if manager is None or not manager.has_kernel:
        return 0.0
    try:
        process = psutil.Process(manager.provisioner.pid)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


class Yardstick:
    """The process of ``yardstick.py``; started when it is first asked."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def measure(self) -> list[float]:
        if self.process is None:
            command = [sys.executable, str(Path(__file__).with_name("yardstick.py"))]
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        print(file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def pytest_unconfigure(self) -> None:
        if self.process is not None:
            self.process.communicate()
