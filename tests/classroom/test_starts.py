"""A notebook that had to be stopped loses the task that did it, and no other; all limits hold in sum."""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from typing import Any

import pytest

from course_utils.classroom import examiner
from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from course_utils.classroom.sandbox.parent import Keeper
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, Verdict
from tests.classroom import sample

pytestmark = pytest.mark.sandbox

TASKS = "abcd"
LIMITS = Limits(memory_mb=200, cpu_s=60, cell_cpu_s=1, call_cpu_s=1, idle_s=1)
RIGHT = {task: f"import os\ndef {task}(x):\n    return x + 1" for task in TASKS}
# What ends a process, and what the verdict says of it.
ENDINGS = {
    "leaves": ("os._exit(3)", "exit code 3"),
    "crashes": ("__import__('ctypes').string_at(0)", "exit code 139"),
    "ignores interrupts": ("sum(range(10**15))", "could not be stopped"),
    "sleeps": ("__import__('time').sleep(10**6)", "did nothing"),
}
HOARD = """
import mmap
kept = []
while True:
    kept.append(mmap.mmap(-1, 1 << 24))
    kept[-1].write(bytes(1 << 24))
"""


def source(tests: dict[str, list[str]]) -> dict[str, Any]:
    """An assignment of a task for each key, with a test cell of one point for each of its tests."""
    cells = [sample.code(["import numpy as np"], grade_id="set-up", locked=True)]
    for task, sources in tests.items():
        cells.append(sample.code([RIGHT[task]], grade_id=task, solution=True))
        for number, lines in enumerate(sources):
            marks = {"grade_id": f"{task}{number}", "grade": True, "locked": True, "points": 1}
            cells.append(sample.code([lines], **marks))
    return {**sample.source(), "cells": cells}


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    tests = {task: [f"assert {task}(1) == 2", f"assert {task}(5) == 6"] for task in TASKS}
    path = tmp_path_factory.mktemp("starts") / "source.ipynb"
    path.write_text(json.dumps(source(tests)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def examination(assignment):
    with Examination(assignment, limits=LIMITS) as found:
        yield found


@pytest.fixture
def counted(monkeypatch):
    """How many candidates were started."""
    number: Counter[str] = Counter()
    send = examiner.send_candidate

    def count(parent: Any, connection: socket.socket) -> None:
        number["candidates"] += 1
        send(parent, connection)

    monkeypatch.setattr(examiner, "send_candidate", count)
    return number


def answered(assignment, path, answers: dict[str, str]):
    notebook = json.loads(assignment.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def passed(verdict: Verdict) -> str:
    """The tests that gave their points, in one word each."""
    assert verdict.state == GRADED, verdict.reason
    return " ".join(cell.grade_id for cell in verdict.cells if cell.points)


def ending(task: str, words: str) -> str:
    """An answer whose function ends the process."""
    return f"import os\ndef {task}(x):\n    {words}\n    return x + 1"


@pytest.mark.parametrize("name", ENDINGS)
def test_one_bad_function_costs_its_task_alone(name, assignment, examination, counted, tmp_path):
    words, reason = ENDINGS[name]
    path = answered(assignment, tmp_path / "submitted.ipynb", {"b": ending("b", words)})
    verdict = examination.examine(path)
    assert passed(verdict) == "a0 a1 c0 c1 d0 d1"
    assert reason in verdict.reason and "Its notebook was stopped: " in verdict.reason
    assert all(reason in cell.message for cell in verdict.cells if cell.grade_id in ("b0", "b1"))
    assert counted["candidates"] == 2


@pytest.mark.parametrize(("words", "reason"), [("os._exit(3)", "exit code 3"), (HOARD, "MB of memory")])
def test_one_bad_cell_costs_its_task_alone(words, reason, assignment, examination, counted, tmp_path):
    path = answered(assignment, tmp_path / "submitted.ipynb", {"b": f"import os\n{words}\n{RIGHT['b']}"})
    verdict = examination.examine(path)
    assert passed(verdict) == "a0 a1 c0 c1 d0 d1"
    assert reason in verdict.reason
    assert "does not define 'b'" in verdict.cells[2].message and reason in verdict.cells[2].message
    assert reason in json.dumps(verdict.outputs["b"])
    assert counted["candidates"] == 2


def test_cells_above_are_run_again_and_nothing_else_is_left(assignment, examination, tmp_path):
    answers = {
        "a": "import os\ndef one(): return 1\ndef a(x):\n    open('mark', 'w')\n    os._exit(1)",
        "b": "def b(x):\n    return x + one() if not os.path.exists('mark') else 0",
        "c": "c = lambda x: b(x)",
    }
    verdict = examination.examine(answered(assignment, tmp_path / "submitted.ipynb", answers))
    assert passed(verdict) == "b0 b1 c0 c1 d0 d1"


def test_a_name_whose_value_ends_the_process_is_not_looked_at_again(
    assignment, examination, counted, tmp_path
):
    odd = "import os\nclass Odd(type):\n    __name__ = property(lambda cls: os._exit(5))\n"
    odd += "    __module__ = property(lambda cls: os._exit(5))\nclass a(metaclass=Odd): pass\na = a()"
    verdict = examination.examine(answered(assignment, tmp_path / "submitted.ipynb", {"a": odd}))
    assert passed(verdict) == "b0 b1 c0 c1 d0 d1"
    assert counted["candidates"] == 2


def test_who_ends_in_every_task_gets_so_many_starts_and_no_mark(assignment, counted, tmp_path):
    answers = {task: ending(task, "os._exit(3)") for task in TASKS}
    path = answered(assignment, tmp_path / "submitted.ipynb", answers)
    with Examination(assignment, limits=Limits(restarts=2)) as examination:
        verdict = examination.examine(path)
        assert passed(verdict) == ""
        assert "stopped 3 times: its process ended with exit code 3." in verdict.reason
        assert all("exit code 3" in cell.message for cell in verdict.cells)
        assert counted["candidates"] == 3
        right = answered(assignment, tmp_path / "right.ipynb", {})
        assert passed(examination.examine(right)) == "a0 a1 b0 b1 c0 c1 d0 d1"
        assert counted["candidates"] == 4


def test_processor_time_is_limited_in_sum(assignment, tmp_path):
    answers = {task: ending(task, "sum(range(10**15))") for task in TASKS}
    path = answered(assignment, tmp_path / "submitted.ipynb", answers)
    limits = Limits(cpu_s=5, call_cpu_s=1, cell_cpu_s=1)
    with Examination(assignment, limits=limits) as examination:
        verdict = examination.examine(path)
    assert passed(verdict) == ""
    assert 5 <= verdict.cpu_seconds < 6.5
    assert "it used more than 5 s of CPU time" in verdict.reason


def test_a_function_of_the_tests_cannot_be_made_to_compute_for_ever(tmp_path):
    path = tmp_path / "source.ipynb"
    tests = {"a": ["assert a(1) == 2\na(lambda number: sum(range(number)))"]}  # in C, which hears no signal
    path.write_text(json.dumps(source(tests)), encoding="utf-8")
    answer = "def a(x):\n    return x(10**15) if callable(x) else x + 1"
    with Examination(path, limits=Limits(cpu_s=1)) as examination:
        verdict = examination.examine(answered(path, tmp_path / "submitted.ipynb", {"a": answer}))
    assert verdict.state == NEEDS_A_PERSON
    assert "a test computed for more than 1 s" in verdict.reason


def test_the_clock_goes_on(assignment):
    nobody, control = socket.socketpair()
    with nobody, control:
        keeper = Keeper(os.getpid(), control, Limits(wall_s=100, cpu_s=100), imports=0)
        assert keeper.excess() == ""
        keeper.before = {"cpu": 0.0, "wall": 100.0}
        assert keeper.excess() == "it took longer than 100 s"
        keeper.before = {"cpu": 101.0, "wall": 0.0}
        assert keeper.excess() == "it used more than 100 s of CPU time"


def test_an_object_of_a_notebook_that_was_stopped_is_none_of_the_next_one(tmp_path):
    tests = {"a": ["held = a\nassert a(1) == 2"], "b": ["assert b(1) == 2"], "c": ["assert c(held) == 2"]}
    path = tmp_path / "source.ipynb"
    path.write_text(json.dumps(source(tests)), encoding="utf-8")
    answers = {"b": ending("b", "os._exit(3)"), "c": "def c(function):\n    return 2"}
    with Examination(path, limits=LIMITS) as examination:
        assert (
            passed(examination.examine(answered(path, tmp_path / "right.ipynb", {"c": answers["c"]})))
            == "a0 b0 c0"
        )
        verdict = examination.examine(answered(path, tmp_path / "submitted.ipynb", answers))
    assert passed(verdict) == "a0"
    assert "exit code 3" in verdict.cells[2].message
