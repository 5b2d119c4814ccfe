"""A small assignment, students who answer it in several ways, and an examiner that needs no sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course_utils.classroom import course, roster
from course_utils.classroom.course import Course
from course_utils.classroom.limits import Limits
from course_utils.classroom.submission import Cell, SubmissionError, read
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, CellVerdict, Verdict

NAME = "01_sample"
POINTS = {"double_numbers": 2.0, "double_arrays": 1.0, "mean_values": 3.0, "why": 4.0}
STUDENTS = """\
id,first_name,last_name,email,canvas_id
ada,Ada,Lovelace,ada@example.org,101
blaise,Blaise,Pascal,blaise@example.org,102
carl,Carl,Gauß,carl@example.org,103
dorothy,Dorothy,Vaughan,dorothy@example.org,104
emmy,Emmy,Noether,emmy@example.org,105
"""
DOUBLE, MEAN = "def double(x):\n    return 2 * x", "def mean(values):\n    return sum(values) / len(values)"
WRONG_MEAN = "def mean(values):\n    return sum(values)"
SOLUTION_CELLS = {
    "double": ["def double(x):", "    ### BEGIN SOLUTION", "    return 2 * x", "    ### END SOLUTION"],
    "mean": [
        "def mean(values):",
        "    ### BEGIN SOLUTION",
        "    total = sum(values)",
        "    return total / len(values)",
        "    ### END SOLUTION",
    ],
}
TEST_CELLS = {
    "double_numbers": [
        "assert double(3) == 6, 'double(3) is not twice 3'",
        "### BEGIN HIDDEN TESTS",
        "assert double(-41) == -82, 'look at negative numbers'",
        "### END HIDDEN TESTS",
    ],
    "double_arrays": [
        "assert np.allclose(double(np.arange(3)), [0, 2, 4]), 'an array is doubled value by value'"
    ],
    "mean_values": [
        "assert mean([1, 2, 3]) == 2, 'the mean of three numbers is wrong'",
        "### BEGIN HIDDEN TESTS",
        "assert mean([4, 8, 15, 16]) == 10.75, 'divide by how many there are'",
        "### END HIDDEN TESTS",
    ],
}


def code(lines: list[str], **notes: Any) -> dict[str, Any]:
    """A code cell with nbgrader's notes, as a teacher's notebook has it."""
    return {"cell_type": "code", "execution_count": None, "outputs": [], **text(lines, **notes)}


def text(lines: list[str], **notes: Any) -> dict[str, Any]:
    """What code and Markdown cells have in common; cells that nbgrader does not know have no notes."""
    known = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, **notes}
    metadata = {"nbgrader": known} if notes else {}
    name = notes.get("grade_id", f"text-{abs(hash(tuple(lines))) % 10**6}")
    return {"id": name, "metadata": metadata, "source": "\n".join(lines).splitlines(keepends=True)}


def source() -> dict[str, Any]:
    """The teacher's notebook: two tasks with three test cells, and a written question."""
    cells = [
        {"cell_type": "markdown", **text(["# A small assignment"])},
        code(["import numpy as np"], grade_id="set-up", locked=True),
    ]
    for task, lines in SOLUTION_CELLS.items():
        cells.append(code(lines, grade_id=task, solution=True))
        for name, tests in TEST_CELLS.items():
            if name.startswith(task):
                cells.append(code(tests, grade_id=name, grade=True, locked=True, points=POINTS[name]))
    question = text(["Because it is."], grade_id="why", grade=True, solution=True, points=POINTS["why"])
    cells.append({"cell_type": "markdown", **question})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def put_source(folder: Path, notebook: dict[str, Any] | None = None) -> Path:
    """Write the assignment into a class's source/; returns the notebook's path."""
    path = folder / "source" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook or source()), encoding="utf-8")
    path.with_name("rubric.md").write_text("Four points for a reason.", encoding="utf-8")
    return path


def make_class(folder: Path, **options: Any) -> Course:
    """A class with the sample assignment and five students."""
    made, _ = course.init(folder, None, time_zone="Europe/Berlin", **options)
    put_source(made.folder)
    (made.folder / "students.csv").write_text(STUDENTS, encoding="utf-8")
    roster.import_csv(made, made.folder / "students.csv")
    return made


def answered(released: Path, answers: dict[str, str]) -> dict[str, Any]:
    """The students' notebook with these answers, by grade_id."""
    notebook = json.loads(released.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    return notebook


def hand_in(folder: Path, student: str, notebook: dict[str, Any] | str) -> Path:
    """Put a notebook (or the text of a broken one) where `collect` finds it in a folder of submissions."""
    path = folder / student / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    return path


def examine_with(source: Path, submission: Path | None) -> Verdict:
    """What the examiner finds, without its sandbox: for the honest submissions of these tests only."""
    try:
        cells = read(submission, Limits())
    except SubmissionError as error:
        return Verdict(NEEDS_A_PERSON, str(error), (), {}, 0.0, 0.0, 0.0)
    teachers = read(source, Limits())
    names: dict[str, Any] = {}
    for cell in cells:
        if cell.kind == "code" and not cell.is_test:
            run(cell, names)
    found = tuple(judged(cell, names) for cell in teachers if cell.is_test)
    outputs = {cells[0].id: [{"output_type": "stream", "name": "stdout", "text": "hello"}]}
    return Verdict(GRADED, "", found, outputs, 0.1, 0.1, 1.0)


def run(cell: Cell, names: dict[str, Any]) -> str:
    """Execute a cell; returns its error's message, empty when there is none."""
    try:
        exec(cell.source, names)
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


def judged(cell: Cell, names: dict[str, Any]) -> CellVerdict:
    message = run(cell, names)
    return CellVerdict(cell.grade_id, 0.0 if message else cell.points, cell.points, not message, message)
