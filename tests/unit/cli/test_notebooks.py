"""The canonical form of notebooks, and the sentences about what departs from it."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from click.testing import CliRunner

from course_utils.cli import notebooks
from course_utils.cli.app import app
from course_utils.cli.sentences import one_a_line

COURSE = {"title": "A title", "covers": ["A1.1"], "minutes": 10, "budget_seconds": 5}


def code(source, *, tags=(), **rest):
    cell = {"cell_type": "code", "id": f"c{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}
    if tags:
        cell["metadata"]["tags"] = list(tags)
    return {**cell, "execution_count": None, "outputs": [], **rest}


def text(source):
    return {"cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}


@pytest.fixture
def lesson():
    """A lesson in canonical form, as a dictionary."""
    setup = code(notebooks.setup_source(), tags=["set-up"])
    cells = [text("# A title"), setup, code("SEED = 0", tags=["parameters"]), code("SEED + 1")]
    return notebooks.canonical({"cells": cells, "metadata": {"course": COURSE}})


@pytest.fixture
def stored(tmp_path):
    """Writes a notebook as JSON and returns its path."""

    def store(notebook, **dump):
        path = tmp_path / "lesson.ipynb"
        path.write_text(
            json.dumps(notebook, **dump) if dump else notebooks.as_text(notebook), encoding="utf-8"
        )
        return path

    return store


def test_canonical_lesson_has_no_faults_and_is_valid(lesson, stored):
    path = stored(lesson)
    assert notebooks.faults(path) == []
    assert not notebooks.rewrite(path)
    nbformat.validate(nbformat.read(path, as_version=4))


def test_canonical_form_is_stable_and_leaves_its_argument(lesson):
    before = copy.deepcopy(lesson)
    assert notebooks.canonical(lesson) == lesson == before


SPOILT = {
    "has stored outputs": lambda cell: cell.update(outputs=[{"output_type": "stream", "name": "stdout"}]),
    "has an execution count": lambda cell: cell.update(execution_count=3),
    "has no id": lambda cell: cell.pop("id"),
    "has metadata that editors leave behind": lambda cell: cell["metadata"].update(collapsed=True),
    "has blanks at line ends": lambda cell: cell.update(source="SEED + 1  \n2"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_faults_of_a_cell_are_told_and_mended(lesson, stored, fault):
    SPOILT[fault](lesson["cells"][-1])
    path = stored(lesson)
    assert [line for line in notebooks.faults(path) if line.startswith(f"cell 3 {fault}")]
    assert notebooks.rewrite(path)
    assert notebooks.faults(path) == []


def test_other_indentation_is_told_and_mended(lesson, stored):
    path = stored(lesson, indent=2)
    assert "is not written in canonical form" in notebooks.faults(path)[0]
    assert notebooks.rewrite(path)
    assert notebooks.faults(path) == []


def test_repeated_ids_become_different(lesson):
    lesson["cells"][3]["id"] = lesson["cells"][2]["id"]
    ids = [cell["id"] for cell in notebooks.canonical(lesson)["cells"]]
    assert len(set(ids)) == 4
    assert ids[2] == lesson["cells"][2]["id"]


def test_another_kernel_is_replaced(lesson):
    lesson["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    assert notebooks.canonical(lesson)["metadata"]["kernelspec"]["name"] == "course"


def test_set_up_cell_is_written_into_a_lesson(lesson):
    del lesson["cells"][1]
    cells = notebooks.canonical(lesson)["cells"]
    assert "%pip install" in cells[1]["source"]
    assert cells[1]["metadata"]["tags"] == ["set-up"]


def test_text_that_nbval_compares_is_kept(lesson):
    output = {
        "output_type": "execute_result",
        "execution_count": 7,
        "data": {"text/plain": "1"},
        "metadata": {},
    }
    cell = code("1", tags=["nbval-check-output"], outputs=[output], execution_count=7)
    kept = notebooks.canonical_cell(cell)
    assert kept["outputs"][0]["data"] == {"text/plain": "1"}
    assert (kept["execution_count"], kept["outputs"][0]["execution_count"]) == (None, None)


def test_what_a_person_must_add_is_told(lesson, stored):
    del lesson["metadata"]["course"]["minutes"]
    lesson["cells"][0]["source"] = "No title"
    lesson["cells"][2]["metadata"] = {}
    found = "\n".join(notebooks.faults(stored(lesson)))
    assert "metadata.course.minutes is missing" in found
    assert "does not begin with a title" in found
    assert "the second code cell is not tagged 'parameters'" in found


def test_exercises_need_a_collapsed_solution(lesson, stored):
    stub = code("def neuron(): ...", tags=["exercise"])
    stub["metadata"]["course"] = {"exercise": "02_neurons/neuron"}
    lesson["cells"].append(stub)
    assert (
        "needs both a cell tagged 'exercise' and one tagged 'solution'" in notebooks.faults(stored(lesson))[0]
    )
    solution = code("def neuron(): return 1", tags=["solution"])
    solution["metadata"]["course"] = {"exercise": "02_neurons/neuron"}
    lesson["cells"].append(solution)
    assert notebooks.faults(stored(lesson)) == ["solution 02_neurons/neuron is not collapsed"]
    solution["metadata"]["jupyter"] = {"source_hidden": True}
    assert notebooks.faults(stored(lesson)) == []


def test_a_file_that_is_no_notebook_is_told(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    assert "restore it from git" in notebooks.faults(path)[0]


def test_commands_check_and_format(lesson, stored):
    lesson["cells"][-1]["execution_count"] = 1
    path = str(stored(lesson))
    checked = CliRunner().invoke(app, ["notebooks", "check", path])
    assert (checked.exit_code, "has an execution count" in checked.output) == (1, True)
    assert CliRunner().invoke(app, ["notebooks", "format", path]).exit_code == 0
    assert CliRunner().invoke(app, ["notebooks", "check", path]).exit_code == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("One. Two! Three? Four", "One.\nTwo!\nThree?\nFour"),
        (
            "See e.g. Hinton et al. In Fig. 2 it is 3.5 wide.",
            "See e.g. Hinton et al. In Fig. 2 it is 3.5 wide.",
        ),
        ("W. S. McCulloch and D.-A. Clevert were there.", "W. S. McCulloch and D.-A. Clevert were there."),
        ("- One. Two.\n  - Three. Four.", "- One.\n  Two.\n  - Three.\n    Four."),
        ("1. One. Two.", "1. One.\n   Two."),
        ("> One. Two.", "> One.\n> Two."),
        ("**One.** Two.", "**One.**\nTwo."),
        ("It is `a. B` here. And $x. Y$ there.", "It is `a. B` here.\nAnd $x. Y$ there."),
        ("```\nOne. Two.\n```", "```\nOne. Two.\n```"),
        ("$$\nOne. Two.\n$$", "$$\nOne. Two.\n$$"),
        ("| One. Two. |", "| One. Two. |"),
        ("# One. Two.", "# One. Two."),
        ("<summary>One. Two.</summary>", "<summary>One. Two.</summary>"),
        ("[One. Two.](x.md) Three.", "[One. Two.](x.md) Three."),
    ],
)
def test_one_sentence_a_line(before, after):
    assert one_a_line(before) == after
    assert one_a_line(after) == after
