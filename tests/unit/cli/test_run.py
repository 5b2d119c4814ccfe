"""``course run``: names, parameters, going on after a failure, the summary."""

from __future__ import annotations

import json
import re
import shlex

import nbformat
import pytest
from click.testing import CliRunner
from nbformat import v4

from course_utils.cli import parameters, project, run
from course_utils.cli.app import app


@pytest.fixture
def two_lessons(tmp_path, monkeypatch):
    """A course of two lessons: the first fails when AMOUNT is negative, the second always passes."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    metadata = {"kernelspec": {"name": "course", "display_name": "c", "language": "python"}}
    parameters = v4.new_code_cell("AMOUNT = 2", metadata={"tags": ["parameters"]})
    check = v4.new_code_cell("assert AMOUNT >= 0, 'negative amount'\nprint(AMOUNT * 'x')")
    first = v4.new_notebook(cells=[parameters, check], metadata=metadata)
    second = v4.new_notebook(cells=[v4.new_code_cell("print('second')")], metadata=metadata)
    nbformat.write(first, folder / "01_first.ipynb")
    nbformat.write(second, folder / "02_second.ipynb")
    monkeypatch.setattr(project, "NOTEBOOKS", folder)
    return folder


def course(*arguments):
    return CliRunner().invoke(app, ["run", *map(str, arguments)])


def texts(path):
    cells = json.loads(path.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", [])) for output in outputs)


def test_runs_with_a_parameter_and_writes_a_page(two_lessons, tmp_path):
    out = tmp_path / "out"
    done = course("01_first", "-p", "AMOUNT", "3", "--html", "--out", out)
    assert done.exit_code == 0
    assert "xxx" in texts(out / "01_first.ipynb")
    page = (out / "01_first.html").read_text(encoding="utf-8")
    assert "xxx" in page
    assert re.findall(r"""(?:src=|from\s+)["'](https?:[^"']+)""", page) == [], "the page fetches nothing"
    assert "passed" in done.output
    assert run.notary().check_signature(nbformat.read(out / "01_first.ipynb", as_version=4))


def test_signs_in_a_fresh_home(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home" / "jupyter"))
    assert run.notary().secret
    assert (tmp_path / "home" / "jupyter" / "notebook_secret").exists()


def test_goes_on_after_a_failure_and_sums_up(two_lessons, tmp_path):
    out = tmp_path / "out"
    done = course("-p", "AMOUNT", "-1", "--out", out)
    assert done.exit_code == 1
    assert "negative amount" in done.output
    assert "second" in texts(out / "02_second.ipynb")


def test_unknown_names_come_with_near_ones(two_lessons, tmp_path):
    lesson = course("01_frist", "--out", tmp_path)
    assert (lesson.exit_code, "Did you mean 01_first?" in lesson.output) == (1, True)
    parameter = course("1", "-p", "AMOUNTS", "3", "--out", tmp_path)
    assert (parameter.exit_code, "Did you mean AMOUNT?" in parameter.output) == (1, True)


@pytest.mark.parametrize("name", ["02_second", "02_second.ipynb", "notebooks/02_second.ipynb", "2", "02"])
def test_ways_to_name_a_lesson(two_lessons, name):
    assert run.choose([name]) == [two_lessons / "02_second.ipynb"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("True", True),
        ("None", None),
        ("[1, 2]", [1, 2]),
        ("2,5,10", [2, 5, 10]),
        ("(1, (2, 3)),", [[1, [2, 3]]]),
        ("{'a': (1, 2)}", {"a": [1, 2]}),
        ("relu", "relu"),
        ("'3'", "3"),
        ("007", "007"),
        ("1/2", "1/2"),
        ("true", "true"),
        ("", ""),
        ("(" * 1000, "(" * 1000),
    ],
)
def test_values_are_python_literals_or_words(text, value):
    assert parameters.value_of(text) == value


@pytest.mark.parametrize(
    "text", ["{1, 2}", "b'a'", "1j", "...", "[1, {2}]", "{'a': b'b'}", "{1: 2}", "(1j,)"]
)
def test_values_that_no_lesson_can_get_are_refused(text):
    with pytest.raises(ValueError):
        parameters.value_of(text)


@pytest.mark.parametrize(
    ("own", "text", "value"),
    [
        (0, "3", 3),
        (0, "-3", -3),
        (0, "1e3", 1000),
        (0.5, "2", 2),
        (0.5, "1e-3", 0.001),
        (True, "False", False),
        ("relu", "tanh", "tanh"),
        ("relu", "'3'", "3"),
        ([1, 2], "3,", [3]),
        ([1, 2], "[]", []),
        ([0.1], "1, 2.5", [1, 2.5]),
        ([], "'a', 1", ["a", 1]),
        ([1, "a"], "'b', 2", ["b", 2]),
        ({"a": 1}, "{'b': 2}", {"b": 2}),
        (None, "3", 3),
        (parameters.UNKNOWN, "relu", "relu"),
    ],
)
def test_values_of_the_lessons_own_kind_go_in(own, text, value):
    found = parameters.read("AMOUNT", text, own)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("own", "text"),
    [
        *[
            (0, text)
            for text in ("007", "1/2", "true", "True", "2,5", "2.5", "None", "three", "", "'3'", "−3")
        ],
        *[(0.5, text) for text in ("0,5", "1/2", "True", "half", "[0.5]", "None")],
        *[(True, text) for text in ("true", "1", "0", "yes", "None")],
        *[("relu", text) for text in ("3", "None", "['relu']")],
        *[([2, 5], text) for text in ("5", "2;5", "2,a", "'2','5'", "2.5,", "[True]", "{2, 5}", "None")],
        *[({"a": 1}, text) for text in ("1", "a=1", "[1]", "{1: 2}")],
    ],
)
def test_values_of_another_kind_are_refused_with_what_is_expected(own, text):
    with pytest.raises(ValueError, match="AMOUNT"):
        parameters.read("AMOUNT", text, own)


def test_the_refusal_shows_what_to_type():
    with pytest.raises(ValueError) as refused:
        parameters.read("DEPTHS", "5", [2, 5, 10])
    assert str(refused.value) == (
        "DEPTHS is a list (the lesson has [2, 5, 10]), and '5' is not. For instance:  -p DEPTHS \"[2, 5, 10]\""
    )


def test_every_parameter_of_every_lesson_takes_what_its_refusal_tells_to_type():
    found = {
        (name, repr(own)): own for lesson in project.lessons() for name, own in parameters.of(lesson).items()
    }
    assert len(found) > 10
    for (name, _), own in found.items():
        if own is not parameters.UNKNOWN:
            [text] = shlex.split(parameters.typed(own))
            assert parameters.read(name, text, own) == own


def test_a_value_of_another_kind_is_refused_before_anything_runs(two_lessons, tmp_path):
    out = tmp_path / "out"
    done = course("-p", "AMOUNT", "007", "--out", out)
    assert (done.exit_code, "01_first: AMOUNT is a whole number" in done.output) == (1, True)
    assert not out.exists()


def test_assignments_of_every_form_are_read(two_lessons):
    source = "A = B = 1\nC: float = 0.5\nD = (1, 2)\nE = 2 * 3\nF: int\nG.x = 1\nprint(A)"
    cell = v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    nbformat.write(v4.new_notebook(cells=[cell]), two_lessons / "03_third.ipynb")
    assert parameters.of(two_lessons / "03_third.ipynb") == {
        "A": 1,
        "B": 1,
        "C": 0.5,
        "D": [1, 2],
        "E": parameters.UNKNOWN,
    }
