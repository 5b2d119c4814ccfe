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


NO_NOTEBOOKS = {
    "cut off": "{",
    "empty": "",
    "a list": "[1, 2]",
    "a word": '"cells"',
    "an old Jupyter's": '{"nbformat": 3, "worksheets": []}',
    "a newer Jupyter's": '{"nbformat": 5, "cells": []}',
    "a cell of no kind": '{"cells": [{"source": "1"}]}',
    "a cell that is a word": '{"cells": ["1"]}',
    "a cell without text": '{"cells": [{"cell_type": "code"}]}',
    "a number as text": '{"cells": [{"cell_type": "code", "source": 1}]}',
    "a number as id": '{"cells": [{"cell_type": "code", "source": "", "id": 1}]}',
    "metadata that are a list": '{"cells": [], "metadata": []}',
    "a course that is a list": '{"cells": [], "metadata": {"course": []}}',
    "tags that are a word": '{"cells": [{"cell_type": "code", "source": "", "metadata": {"tags": "ab"}}]}',
    "outputs that are words": '{"cells": [{"cell_type": "code", "source": "", "outputs": ["1"]}]}',
    "nested too deeply": "[" * 100_000,
    "no text at all": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("kind", NO_NOTEBOOKS)
def test_a_file_that_is_no_notebook_is_told_and_stays(kind, tmp_path, lesson):
    path, good = tmp_path / "broken.ipynb", tmp_path / "good.ipynb"
    content = NO_NOTEBOOKS[kind]
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    good.write_text(json.dumps(lesson))
    before = path.read_bytes()
    [fault] = notebooks.faults(path)
    assert "restore it from git" in fault
    done = CliRunner().invoke(app, ["notebooks", "format", str(path), str(good)])
    assert (done.exit_code, "broken.ipynb stays as it is: " in done.output) == (1, True)
    assert path.read_bytes() == before
    assert f"put right: {good}" in done.output, "the others are formatted all the same"


def test_nothing_that_belongs_to_somebody_is_lost(lesson, stored):
    picture = {"cat.png": {"image/png": "iVBORw0KGgo="}}
    lesson["cells"] += [
        {**text("![cat](attachment:cat.png)"), "attachments": picture},
        {**text("  a   \n\nb\n"), "cell_type": "raw"},
        text("A slide."),
    ]
    lesson["cells"][-2]["metadata"] = {"raw_mimetype": "text/latex", "format": "text/latex"}
    lesson["cells"][-1]["metadata"] = {"slideshow": {"slide_type": "slide"}, "mine": 1}
    lesson["metadata"] |= {"authors": [{"name": "Me"}], "title": "Mine"}
    path = stored(lesson, indent=3)
    assert notebooks.rewrite(path)
    kept = notebooks.read(path)
    assert kept["cells"][-3]["attachments"] == picture
    assert kept["cells"][-2]["source"] == "  a   \n\nb\n"
    assert kept["cells"][-2]["metadata"] == {"raw_mimetype": "text/latex", "format": "text/latex"}
    assert kept["cells"][-1]["metadata"] == {"slideshow": {"slide_type": "slide"}, "mine": 1}
    assert (kept["metadata"]["authors"], kept["metadata"]["title"]) == ([{"name": "Me"}], "Mine")
    assert notebooks.faults(path) == []
    nbformat.validate(nbformat.read(path, as_version=4))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1  \nb = 2\t\n\n", "a = 1\nb = 2"),
        ('text = """a   \nb\n"""  \nlen(text) ', 'text = """a   \nb\n"""\nlen(text)'),
        ("f'''{1}  \n{2}'''  \n3  ", "f'''{1}  \n{2}'''\n3"),
        ("b'''a  \n'''  ", "b'''a  \n'''"),
        ('def f():  \n    """A  \n    b"""  ', 'def f():\n    """A  \n    b"""'),
        ('%pip list  \nx = """a  \n"""  ', '%pip list\nx = """a  \n"""'),
        ('files = !ls  \nx = """Why?  \n"""  ', 'files = !ls  \nx = """Why?  \n"""'),
        ('print?  \nx = """a  \n"""  ', 'print?\nx = """a  \n"""'),
        ('this is no Python  \n"""a  \n"""', 'this is no Python  \n"""a  \n"""'),
        ("this is no Python  \n1  ", "this is no Python\n1"),
        ("%%writefile a.md\nOne  \nTwo\n", "%%writefile a.md\nOne  \nTwo\n"),
        (">>> 1  \n1  ", ">>> 1\n1"),
        ("a = 1\r\nb = 2\r\n", "a = 1\nb = 2"),
        ("a = 1\x0c\nb = 2", "a = 1\x0c\nb = 2"),
    ],
)
def test_blanks_go_where_they_mean_nothing(before, after):
    assert notebooks.canonical_cell(code(before))["source"] == after
    assert notebooks.canonical_cell(code(after))["source"] == after


def test_a_notebook_with_a_byte_order_mark_is_read_and_put_right(lesson, stored):
    path = stored(lesson)
    whole = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + whole)
    assert "is not written in canonical form" in notebooks.faults(path)[0]
    assert notebooks.rewrite(path)
    assert path.read_bytes() == whole


def test_a_link_stays_a_link_and_permissions_stay(lesson, stored, tmp_path):
    path = stored(lesson, indent=2)
    path.chmod(0o640)
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)
    assert notebooks.rewrite(link)
    assert (link.is_symlink(), path.stat().st_mode & 0o777) == (True, 0o640)
    assert notebooks.faults(path) == []


def test_what_cannot_be_written_stays_whole(lesson, stored, tmp_path, monkeypatch):
    path = stored(lesson, indent=2)
    before = path.read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(notebooks.os, "replace", full)
    done = CliRunner().invoke(app, ["notebooks", "format", str(path)])
    assert (done.exit_code, "stays as it is: [Errno 28]" in done.output) == (1, True)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_a_file_that_may_not_be_written_is_told(lesson, stored, monkeypatch):
    path = stored(lesson, indent=2)
    monkeypatch.setattr(notebooks.os, "access", lambda target, mode: False)
    with pytest.raises(PermissionError, match="Permission denied"):
        notebooks.rewrite(path)


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
        ("See below. * is a product.", "See below. * is a product."),
        ("Part 1. 2. is harder. Now.", "Part 1. 2. is harder.\nNow."),
        ("One. 3) is. Two.", "One. 3) is.\nTwo."),
        ("- One. * is. Two.", "- One. * is.\n  Two."),
        ("> One. 2. is. Two.", "> One. 2. is.\n> Two."),
        ("One. ```x``` is. Two.", "One. ```x``` is.\nTwo."),
        ("One. $$x$$ is. Two.", "One. $$x$$ is.\nTwo."),
        ("It began. 1986 came. *Then* more.", "It began.\n1986 came.\n*Then* more."),
        ("a | b\n--|--\nOne. Two. | x\n\nOne. Two.", "a | b\n--|--\nOne. Two. | x\n\nOne.\nTwo."),
        ("One. Two.\n====\nOne. Two.", "One. Two.\n====\nOne.\nTwo."),
        ("<pre>\nOne. Two.\n</pre>\nOne. Two.", "<pre>\nOne. Two.\n</pre>\nOne.\nTwo."),
        (
            "````\n```\nOne. Two.\n```\nOne. Two.\n````\nOne. Two.",
            "````\n```\nOne. Two.\n```\nOne. Two.\n````\nOne.\nTwo.",
        ),
    ],
)
def test_one_sentence_a_line(before, after):
    assert one_a_line(before) == after
    assert one_a_line(after) == after
