"""``course run``: names, parameters, going on after a failure, the summary."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from click.testing import CliRunner
from nbformat import v4

from course_utils.cli import project, run
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
    ("text", "value"), [("3", 3), ("0.5", 0.5), ("True", True), ("[1, 2]", [1, 2]), ("relu", "relu")]
)
def test_values_are_python_literals_or_words(text, value):
    assert run.value_of(text) == value
