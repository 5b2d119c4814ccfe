"""Right answers get their marks, whatever was done to the notebook on the way, or a person is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, Verdict
from course_utils.cli import project
from tests.classroom import assignments, mishaps, sample
from tests.classroom.mishaps import MISHAPS, WITH_STUBS, Notebook, code

NAMES = ("02_neurons", "03_activations")


@pytest.fixture(scope="module", params=NAMES)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def examination(name) -> Iterator[Examination]:
    with Examination(assignments.path_of(name), limits=Limits(), unsafe=True) as examination:
        yield examination


def lost(verdict: Verdict) -> dict[str, str]:
    """The cells that gave no points, with their messages."""
    assert verdict.state == GRADED, verdict.reason
    return {cell.grade_id: cell.message for cell in verdict.cells if not cell.passed}


@pytest.mark.parametrize("mishap", [*MISHAPS, *WITH_STUBS])
def test_right_answers_keep_their_marks(mishap, name, examination, tmp_path):
    notebook = mishaps.right(name, tmp_path)
    if mishap in MISHAPS:
        MISHAPS[mishap](notebook)
    else:
        WITH_STUBS[mishap](notebook, name)
    assert lost(examination.examine(mishaps.write(tmp_path / "submitted.ipynb", notebook))) == {}


def locked(name: str, lines: list[str]) -> dict:
    return sample.code(lines, grade_id=name, locked=True)


def answer(name: str, lines: list[str]) -> dict:
    return sample.code(lines, grade_id=name, solution=True)


def judged(name: str, lines: list[str]) -> dict:
    return sample.code(lines, grade_id=name, grade=True, locked=True, points=1)


SOURCE = {
    **sample.source(),
    "cells": [
        locked("setup", ["import math\n", "size = 3"]),
        answer(
            "first", ["def f(x):\n", "    ### BEGIN SOLUTION\n", "    return x\n", "    ### END SOLUTION\n"]
        ),
        judged("first_test", ["assert f(2) == 2, 'first'"]),
        locked("data", ["shared = [size]"]),
        answer("second", ["g = None\n", "### BEGIN SOLUTION\n", "g = shared[0]\n", "### END SOLUTION\n"]),
        judged("second_test", ["assert g == 3, 'second'"]),
    ],
}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Iterator[Callable[[list], Verdict]]:
    folder = tmp_path_factory.mktemp("small")
    source = mishaps.write(folder / "source.ipynb", SOURCE)
    with Examination(source, limits=Limits(), unsafe=True) as examination:

        def examine(cells: list) -> Verdict:
            notebook: Notebook = {**SOURCE, "cells": cells}
            return examination.examine(mishaps.write(folder / "submitted.ipynb", notebook))

        yield examine


SETUP, FIRST, FIRST_TEST, DATA, SECOND, SECOND_TEST = SOURCE["cells"]


def filled(cell: dict, text: str) -> dict:
    return {**cell, "source": text}


def test_the_latest_definition_above_the_test_counts(small):
    later = code("def f(x):\n    return 'changed for task 2'")
    assert lost(small([SETUP, FIRST, FIRST_TEST, DATA, later, SECOND, SECOND_TEST])) == {}
    assert lost(small([SETUP, later, FIRST, FIRST_TEST, DATA, SECOND, SECOND_TEST])) == {}
    assert lost(small([SETUP, FIRST, later, FIRST_TEST, DATA, SECOND, SECOND_TEST])) == {
        "first_test": "first"
    }


def test_a_helper_below_the_test_that_the_answer_uses(small):
    uses = filled(FIRST, "def f(x):\n    total = x + math.pi\n    return helped(total)")
    helper, hinders = code("def helped(x):\n    return x - offset", "a"), code("offset = math.pi", "b")
    assert lost(small([SETUP, uses, FIRST_TEST, DATA, SECOND, SECOND_TEST, helper, hinders])) == {}


def test_what_an_answer_calls_its_own_draws_nothing_up(small):
    """`total` is a local name; that task 2 has a variable of that name must not bring its cells forward."""
    uses = filled(FIRST, "def f(x):\n    total = x\n    return total")
    second = filled(SECOND, "total = shared[0]\ng = total\ndef f(x):\n    return None")
    assert lost(small([SETUP, uses, FIRST_TEST, DATA, second, SECOND_TEST])) == {}


def test_additions_to_a_locked_cell_run_and_its_own_text_stays(small):
    added = filled(SETUP, "import math\nimport statistics\nsize = 4\nfactor = 1")
    uses = filled(FIRST, "def f(x):\n    return statistics.mean([x, factor * x])")
    assert lost(small([added, uses, FIRST_TEST, DATA, SECOND, SECOND_TEST])) == {}


def test_code_in_a_text_cell_runs_only_where_nothing_else_answers(small):
    old = {"cell_type": "markdown", "id": "old", "metadata": {}, "source": "def f(x):\n    return 'old'"}
    assert lost(small([SETUP, FIRST, old, FIRST_TEST, DATA, SECOND, SECOND_TEST])) == {}
    found = {**old, "source": FIRST["source"]}
    assert lost(small([SETUP, found, FIRST_TEST, DATA, SECOND, SECOND_TEST])) == {}


def test_an_edited_test_is_not_run_and_gives_no_answer(small):
    edited = filled(FIRST_TEST, "f = lambda x: x\nassert f(2) == 2, 'first'")
    wrong = filled(FIRST, "def f(x):\n    return 0")
    assert lost(small([SETUP, wrong, edited, DATA, SECOND, SECOND_TEST])) == {"first_test": "first"}


def test_an_answer_that_failed_and_one_below_the_test(small):
    failing = filled(SECOND, "g = not_there")
    again = code("g = shared[0]")
    assert lost(small([SETUP, FIRST, FIRST_TEST, DATA, failing, SECOND_TEST, again])) == {}


@pytest.mark.parametrize(
    "cells",
    [[], [code("")], [code("x = 1"), code("print('another course')", "b")]],
    ids=["no cells", "empty", "another"],
)
def test_a_notebook_of_something_else_needs_a_person(cells, small):
    verdict = small(cells)
    assert verdict.state == NEEDS_A_PERSON and "right file" in verdict.reason


def test_a_lesson_in_place_of_the_assignment_needs_a_person(examination, name):
    lesson = next(path for path in project.lessons() if path.stem == name)
    verdict = examination.examine(lesson)
    assert verdict.state == NEEDS_A_PERSON, verdict
