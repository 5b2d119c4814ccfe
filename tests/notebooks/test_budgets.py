"""The lessons' costs, judged after they ran, and how they are judged."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from nbval.plugin import IPyNbCell

from course_utils.cli import notebooks
from tests.notebooks import lesson_clock as clock
from tests.notebooks.lesson_clock import REFERENCE_SECONDS, Cost
from tests.notebooks.yardstick import REPETITIONS


@pytest.mark.after_lessons
def test_every_lesson_that_ran_was_timed(lesson_clock, request):
    ran = {notebooks.short(item.path) for item in request.session.items if isinstance(item, IPyNbCell)}
    assert lesson_clock.costs.keys() == ran
    assert all(min(cost.wall, cost.processor, *cost.yardstick) > 0 for cost in lesson_clock.costs.values())
    assert {len(cost.yardstick) for cost in lesson_clock.costs.values()} <= {2 * REPETITIONS}


@pytest.mark.after_lessons
def test_lessons_keep_their_budgets(lesson_clock):
    """By the processor seconds that the machine of reference would need: no machine is too slow for that."""
    assert lesson_clock.late() == []


@pytest.mark.parametrize(
    ("cost", "late"),
    [
        (Cost(40, 60, [REFERENCE_SECONDS] * 6), False),
        (Cost(70, 120, [REFERENCE_SECONDS] * 6), True),  # twice as dear
        (Cost(400, 180, [3 * REFERENCE_SECONDS] * 6), False),  # a slow machine
        (Cost(20, 40, [REFERENCE_SECONDS / 2] * 6), True),  # twice as dear, on a fast machine
        (Cost(900, 60, [REFERENCE_SECONDS] * 6), False),  # it had to wait for the processor
        (Cost(40, 60, [*[REFERENCE_SECONDS] * 4, REFERENCE_SECONDS / 9, 9 * REFERENCE_SECONDS]), False),
    ],
)
def test_a_lesson_is_late_by_what_it_costs_beside_the_yardstick(cost, late):
    line = clock.line_of("lesson", cost, budget=75)
    assert line.endswith("TOO LONG") is late


def test_processor_seconds_are_those_of_the_kernel_and_all_below_it(monkeypatch):
    used = {7: SimpleNamespace(user=1, system=2, children_user=4, children_system=8)}
    used[8] = SimpleNamespace(user=16, system=32, children_user=64, children_system=128)
    processes = {pid: SimpleNamespace(cpu_times=lambda times=times: times) for pid, times in used.items()}
    processes[7].children = lambda recursive: [processes[8]]
    monkeypatch.setattr(clock.psutil, "Process", processes.__getitem__)
    assert clock.processor_seconds(cell_of(7)) == 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128


@pytest.mark.parametrize("pid", [None, 2**22 + 1])
def test_a_kernel_that_does_not_run_uses_nothing(pid):
    assert clock.processor_seconds(cell_of(pid)) == 0


def test_a_notebook_of_the_readers_own_has_no_budget(tmp_path):
    (tmp_path / "mine.ipynb").write_text('{"cells": [], "metadata": {}}')
    assert clock.budget_of(tmp_path / "mine.ipynb") == math.inf


def cell_of(pid):
    """What the clock knows of a cell whose kernel has this process, None where there is none."""
    manager = SimpleNamespace(has_kernel=pid is not None, provisioner=SimpleNamespace(pid=pid))
    return SimpleNamespace(parent=SimpleNamespace(kernel=SimpleNamespace(km=manager)))
