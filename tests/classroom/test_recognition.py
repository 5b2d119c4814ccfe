"""Which notebook is whose: an assignment is known by what its cells hold, whatever was done to the file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from course_utils.classroom.codetext import bound, is_prose, needed, plain, shown, statements
from course_utils.classroom.limits import Limits
from course_utils.classroom.submission import Cell, looks_like, read, read_sources
from course_utils.cli import project
from tests.classroom import assignments

LIMITS = Limits()
NAMES = [path.stem for path in project.assignments()]


@pytest.fixture(scope="module")
def sources():
    return read_sources(project.assignments()[0].parent.parent, LIMITS)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """The solutions of each assignment as a student hands them in."""
    folder = tmp_path_factory.mktemp("right")
    return {
        name: read(
            assignments.filled(name, assignments.by_name(name).tasks(), folder / f"{name}.ipynb"), LIMITS
        )
        for name in NAMES
    }


def bare(cells):
    """Without metadata and ids of their own, as another tool may save them."""
    return [Cell(f"cell-{number}", cell.kind, cell.source) for number, cell in enumerate(cells)]


def in_one(cells):
    code = "\n".join(cell.source for cell in cells if cell.kind == "code" and not cell.is_test)
    return [Cell("all", "code", code)]


FORMS = {
    "as it is": list,
    "bare": bare,
    "answers only": lambda cells: [replace(cell, grade_id="") for cell in cells if cell.solution],
    "in one cell": in_one,
    "marks only": lambda cells: [replace(cell, source="") for cell in cells],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_known_for_what_it_is(name, form, handed_in, sources):
    assert looks_like(FORMS[form](handed_in[name]), sources) == name


def test_what_is_no_assignment_is_none(sources):
    lesson = [read(path, LIMITS) for path in project.lessons()]
    assert {looks_like(cells, sources) for cells in [*lesson, [], [Cell("a", "code", "x = 1")]]} == {""}


def test_released_notebooks_and_two_in_one(handed_in, sources, tmp_path):
    for name in NAMES:
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps(assignments.released(assignments.path_of(name))), encoding="utf-8")
        assert looks_like(read(path, LIMITS), sources) == name
    assert looks_like([*handed_in[NAMES[0]], *handed_in[NAMES[1]]], sources) == ""


def test_sources_that_cannot_be_read_are_left_out(tmp_path):
    for name in ("good", "broken"):
        Path(tmp_path, name).mkdir()
        Path(tmp_path, name, f"{name}.ipynb").write_text('{"cells": []}' if name == "good" else "{")
    assert read_sources(tmp_path, LIMITS) == {"good": []}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(x):\n    inner = 1\n    return inner", {"f"}),
        ("a, (b, *c) = 1, (2, 3)\nd: int = 4\nwith open(x) as e: g = 1", {"a", "b", "c", "d", "e", "g"}),
        ("import numpy as np\nx = [y for y in (z := [1])]", {"x"}),
        ("%matplotlib inline\nif True:\n    %time f()\nx = !ls\nnp.sum?\ny = 1", {"x", "y"}),
        ("this is no Python", set()),
        ("-" * 50_000 + "1", set()),
        ("a" + ".b" * 50_000, set()),
    ],
)
def test_names_that_a_text_binds(source, names):
    assert bound(source) == names


def test_names_that_a_text_needs():
    source = "def f(x):\n    y = x + other\n    return [helper(z) for z in y]\nprint(late)"
    assert needed(source) == {"other", "helper", "print", "late"}
    assert needed("%time\nhistory = await training.fit(model)") == {"training", "model"}


def test_what_is_python_stays_as_it_is():
    text = 'words = """\nIs it?\n%matplotlib inline\n"""\nx = (5\n  % 3)'
    assert plain(text) == text
    assert plain("%time\nx?\ny = !ls\nz = 1") == "pass\npass\ny = None\nz = 1"


def test_statements_and_prose():
    assert [text for text, _ in statements("%time\n@cached\ndef f():\n    pass\n\nx = 1; y = 2")] == [
        "@cached\ndef f():\n    pass\n",
        "x = 1; y = 2",
        "x = 1; y = 2",
    ]
    assert is_prose("My answer: because.") and is_prose("# because") and is_prose("'''because'''")
    assert not is_prose("x = 1") and not is_prose(" \n")


def test_what_students_see_of_a_text():
    for name in NAMES:
        released = assignments.released(assignments.path_of(name))
        for cell, source in zip(released.cells, assignments.by_name(name).cells, strict=True):
            if cell.cell_type == "code":
                assert shown(source["source"]).split() == cell.source.split(), cell.id
