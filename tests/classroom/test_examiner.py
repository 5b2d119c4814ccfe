"""What an examination finds in honest answers: functions, classes, generators, callbacks, models of Keras' kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from course_utils.classroom.sandbox import command
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, Verdict
from course_utils.classroom.warm import WarmParentError
from tests.classroom import sample

pytestmark = pytest.mark.sandbox

SOLUTION = """
import math
limit = 3
class Account:
    kind = "giro"
    def __init__(self, start): self.values = [start]
    def add(self, value, *, twice=False): self.values.append(2 * value if twice else value); return self
    def __len__(self): return len(self.values)
    def __getitem__(self, place): return self.values[place]
    def __add__(self, other): return Account(self.values[0] + other.values[0])
    def __sub__(self, other): raise ValueError(other)
    def __rsub__(self, other): return 0 * other
    __abs__ = lambda self: 0.0
class Liar:
    def __len__(self): return 2
    def __iter__(self): return iter(())
def countdown(start):
    while start > 0:
        yield start
        start -= 1
def slope(function, x): return (function(x + 1) - function(x - 1)) / 2
def root(x):
    if x < 0: raise ValueError("no root")
    return np.float32(math.sqrt(x))
def table(): return {"rows": [(1, 2.5)], "array": np.arange(6).reshape(2, 3), "nothing": None}
def visit(account, change): return change(account)
def documented():
    "Says what it does."
class Silent: pass
def spoil(values, *, extra=None):
    total = sum(values)
    values[0] = 99
    if extra: extra["rows"].append(7)
    return total
def cheat(x):
    x[...] = 0
    return np.zeros(3)
def nothing(x): return np.zeros(0)
"""
TESTS = {
    "value": "assert limit == 3 and math.sqrt(4) == 2",
    "object": """
account = Account(5)
assert account.add(2).add(3, twice=True).values == [5, 2, 6] and account.kind == "giro"
assert len(account) == 3 and account[0] == 5 and account[1:] == [2, 6]
assert (account + Account(2)).values == [7] and list(account) == [5, 2, 6]
assert account.__class__ is not None and Account.__name__ == "Account"
""",
    "iteration": """
import itertools
assert list(countdown(3)) == [3, 2, 1] and [a + b for a, b in zip(countdown(2), countdown(5))] == [7, 5]
steps = countdown(10**9)
assert next(steps) == 10**9 and list(itertools.islice(steps, 2)) == [10**9 - 1, 10**9 - 2]
""",
    "callback": """
seen = []
def square(x):
    seen.append(x)
    return x * x
assert slope(square, 3) == 6 and seen == [4, 2]
assert slope(lambda x: np.array([x, 1.0]), 0)[0] == 1
assert visit(Account(1), lambda account: account.add(4).values) == [1, 4]
""",
    "errors": """
try:
    root(-1)
except ValueError as error:
    assert "no root" in str(error)
else:
    raise AssertionError("there is no root of -1")
assert root(4).dtype == np.float32 and root(4) == 2
""",
    "containers": """
found = table()
assert found["rows"] == [(1, 2.5)] and found["array"].sum() == 15 and found["nothing"] is None
""",
    "asked": """
from collections.abc import Callable, Iterable, Iterator, Sized
account = Account(5)
assert callable(root) and callable(Account) and not callable(account) and not callable(Silent())
assert hasattr(account, "__add__") and hasattr(account, "kind") and hasattr(root, "__doc__")
assert not hasattr(Silent(), "__add__") and not hasattr(root, "__add__") and not hasattr(root, "_kind")
assert not hasattr(root, "__wrapped__") and not hasattr(account, "__eq_") and not hasattr(account, "_ask")
assert isinstance(countdown(2), Iterator) and not isinstance(account, Iterator)
assert isinstance(account, Sized) and not isinstance(Silent(), Sized | Iterable) and isinstance(root, Callable)
assert isinstance(account, Account) and not isinstance(account, (Silent, dict)) and not isinstance(3, Account)
assert isinstance(Account, type) and not isinstance(account, type) and issubclass(Account, Account)
assert documented.__doc__ == "Says what it does." and root.__doc__ is None and root.__name__ == "root"
assert "values" in dir(account) and "_number" not in dir(account) and type(account).__name__ == "Account"
""",
    "left alone": """
values, more = [1, 2], {"rows": []}
assert root(4) == 2 and table()["nothing"] is None and values == [1, 2]
""",
    "changed list": "values = [1, 2]\nassert spoil(values) == 3\nassert values == [1, 2], 'leave the list alone'",
    "changed array": """
values = np.array([1.0, 2.0])
before = values.copy()
spoil(values)
assert np.array_equal(values, before), 'leave the array alone'
""",
    "changed inside": """
extra = {"rows": [1]}
rows = extra["rows"]
spoil([1], extra=extra)
assert rows == [1], 'leave the rows alone'
""",
    "changed, and used again": """
start = np.ones(3)
for factor in (2, 3):
    given = spoil(start, extra=None)
    assert given == start.sum(), 'the sum'
np.testing.assert_equal(given, np.sum(start))
""",
    "changed, told by NumPy": """
start = np.ones(3)
given = spoil(start)
np.testing.assert_array_equal(start, np.ones(3))
""",
    "changed, and not looked at": "assert spoil([1, 2]) == 3",
    "changed input": "x = np.ones(3)\nassert np.allclose(cheat(x), 2 * x), 'twice'",
    "empty for assert_allclose": "np.testing.assert_allclose(nothing(1), 0)",
    "empty for assert_array_equal": "np.testing.assert_array_equal(actual=nothing(1), desired=0)",
    "empty for equiv": "assert np.array_equiv(nothing(1), 5)",
    "empty for all": "assert all(value == 1 for value in nothing(1))",
    "empty for np.all": "assert np.all(nothing(1) == 3)",
    "both empty": "np.testing.assert_allclose(nothing(1), np.zeros(0))",
    "signature": "import inspect\nassert inspect.signature(root)",
    "copied": "import copy\nassert copy.deepcopy(Account(1)) is not None",
    "array": "assert np.size(Account(1)) > 0",
    "message": "assert limit == 4, 'the limit is not four'",
    "numpy": "np.testing.assert_allclose(table()['array'], 424242)",
    "compared": "assert Account(1) == Account(1)",
    "calculated": "assert abs(Account(1) - 424242) < 1e-9",
    "swapped": "assert np.max(np.array([1.0, 2.0]) - Account(424242)) < 1e-9",
    "length": """
liar = Liar()
assert len(liar) == 2 and all(a == b for a, b in zip(liar, [1, 424242]))
""",
    "fault": "root(-5)",
    "undefined": "assert missing() == 1",
    "empty": "assert np.allclose(np.zeros(0), limit)",
    "slow": "while True:\n    pass",
}
PASSED = {
    *("value", "object", "iteration", "callback", "errors", "containers"),
    *("asked", "left alone", "changed, and not looked at", "changed, and used again", "both empty"),
}
HINTS = {
    "changed list": "leave the list alone",
    "changed array": "leave the array alone",
    "changed inside": "leave the rows alone",
    "changed input": "twice",
    "empty for assert_allclose": "The answer is not right.",
    "signature": "is not looked at",
    "copied": "cannot be copied",
    "array": "cannot be turned into an array",
    "message": "the limit is not four",
    "numpy": "The answer is not right.",
    "compared": "cannot be compared",
    "calculated": "is not calculated with",
    "swapped": "is not calculated with",
    "length": "gives another number of items",
    "fault": "Your code raised ValueError: no root",
    "undefined": "not of the form",
    "empty": "The answer is not right.",
    "slow": "took too long",
}
LIMITS = Limits(cpu_s=5, cell_cpu_s=4, call_cpu_s=3)


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {**sample.source(), "cells": cells}


def assignment() -> dict[str, Any]:
    cells = [sample.code(["import numpy as np"], grade_id="set-up", locked=True)]
    cells.append(sample.code([SOLUTION], grade_id="answer", solution=True))
    for name, tests in TESTS.items():
        cells.append(sample.code([tests], grade_id=name, grade=True, locked=True, points=1))
    return notebook(cells)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("assignment") / "source.ipynb", assignment())


def write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def examination(path: Path) -> Iterator[Examination]:
    with Examination(path, limits=LIMITS) as examination:
        yield examination


@pytest.fixture(scope="module")
def verdict(examination: Examination, path: Path) -> Verdict:
    return examination.examine(path)


@pytest.mark.parametrize("name", TESTS)
def test_tests_see_the_answer_through_plain_data_and_proxies(name, verdict):
    cell = next(cell for cell in verdict.cells if cell.grade_id == name)
    assert cell.passed == (name in PASSED), cell.message
    assert HINTS.get(name, "") in cell.message
    assert "424242" not in cell.message


def test_verdict_survives_json(verdict):
    assert verdict.state == GRADED
    assert verdict.cpu_seconds > 0
    assert verdict.peak_mb > 0
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_nothing_submitted_is_graded_with_nothing(examination):
    verdict = examination.examine(None)
    assert verdict.state == GRADED
    assert not any(cell.points for cell in verdict.cells)
    assert len(verdict.cells) == len(TESTS)


def test_an_untouched_stub_is_called_so(examination, path, tmp_path):
    stub = "def root(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    content = json.loads(path.read_text())
    content["cells"][1]["source"] = stub
    verdict = examination.examine(write(tmp_path / "stub.ipynb", content))
    hints = {cell.grade_id: cell.message for cell in verdict.cells}
    assert hints["fault"] == "This task has not been answered yet."
    assert hints["value"] == "The notebook does not define 'limit'."


def test_a_name_that_changes_later_is_what_it_was_above_the_test(tmp_path):
    def solution(name, lines):
        return sample.code(lines, grade_id=name, solution=True)

    def test(name, lines):
        return sample.code(lines, grade_id=name, grade=True, locked=True, points=1)

    cells = [
        solution("first", ["x = 1"]),
        test("test-first", ["assert x == 1"]),
        solution("second", ["x = 2"]),
        test("test-second", ["assert x == 2"]),
    ]
    source = write(tmp_path / "source.ipynb", notebook(cells))
    reordered = write(tmp_path / "reordered.ipynb", notebook([cells[0], cells[3], cells[2], cells[1]]))
    with Examination(source, limits=LIMITS) as examination:
        assert all(cell.passed for cell in examination.examine(source).cells)
        assert examination.examine(reordered).state == GRADED


DEAR = """
import gc
from course_utils.classroom.protocol import encode
answer = encode(("value", ([None] * 1_900_000, [])))
def dear():
    for found in gc.get_objects():
        if type(found).__name__ == "Candidate":
            found.channel.encoded = lambda value: answer
"""


def test_data_that_are_dear_to_read_cost_their_task_alone(tmp_path):
    def cells(answer):
        return [
            sample.code(["def f(): return 1"], grade_id="first", solution=True),
            sample.code(["assert f() == 1"], grade_id="f_test", grade=True, locked=True, points=1),
            sample.code([answer], grade_id="second", solution=True),
            sample.code(
                ["for _ in range(10_000):\n    dear()"],
                grade_id="dear_test",
                grade=True,
                locked=True,
                points=1,
            ),
            sample.code(["def g(): return 2"], grade_id="third", solution=True),
            sample.code(["assert g() == 2"], grade_id="g_test", grade=True, locked=True, points=1),
        ]

    source = write(tmp_path / "source.ipynb", notebook(cells("def dear(): pass")))
    submitted = write(tmp_path / "submitted.ipynb", notebook(cells(DEAR)))
    with Examination(source, limits=Limits(cpu_s=60, message_mb=8), unsafe=True) as examination:
        verdict = examination.examine(submitted)
    assert verdict.state == GRADED
    assert {cell.grade_id: cell.passed for cell in verdict.cells} == {
        "f_test": True,
        "dear_test": False,
        "g_test": True,
    }
    assert "what it sent is no plain data (more data altogether" in str(verdict)


def test_a_fault_of_the_assignment_needs_a_person(tmp_path):
    content = sample.source()
    content["cells"][1]["source"] = "import there_is_no_such_module"
    source = sample.put_source(tmp_path, content)
    with Examination(source, limits=LIMITS) as examination:
        verdict = examination.examine(source)
    assert verdict.state == NEEDS_A_PERSON
    assert "there_is_no_such_module" in verdict.reason


def test_a_dead_warm_parent_is_replaced(path):
    with Examination(path, limits=LIMITS) as examination:
        parent = examination.parents.queue[0]
        parent.process.kill()
        parent.process.wait()
        assert examination.examine(path).state == GRADED


def test_the_same_marks_without_a_sandbox_where_that_is_wanted(path, verdict):
    with Examination(path, limits=LIMITS, unsafe=True) as examination:
        found = examination.examine(path)
    assert [(cell.grade_id, cell.points) for cell in found.cells] == [
        (cell.grade_id, cell.points) for cell in verdict.cells
    ]


def test_no_sandbox_no_grading(path, monkeypatch):
    monkeypatch.setattr(command, "_fault", lambda: "bubblewrap (bwrap) is not installed.")
    with pytest.raises(command.SandboxError, match="cannot be graded safely.*apt install bubblewrap"):
        Examination(path, limits=LIMITS)


def test_a_helper_that_cannot_start_says_why(path, monkeypatch):
    monkeypatch.setattr(Examination, "candidates", lambda self: ["/bin/sh", "-c", "echo broken >&2; exit 3"])
    with pytest.raises(WarmParentError, match="broken"), Examination(path, limits=LIMITS):
        pass
