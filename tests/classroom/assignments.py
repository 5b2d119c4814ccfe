"""The assignments as their tests see them: cells and tasks, their release, and marks for given answers."""

from __future__ import annotations

import re
import runpy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from course_utils.classroom.verdict import GRADED
from course_utils.cli import notebooks, project

REFERENCES = Path(__file__).parent / "references"
HIDDEN = re.compile(r"^ *### BEGIN HIDDEN TESTS\n.*?^ *### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL)

Marks = dict[str, float]


@dataclass(frozen=True)
class Case:
    """One answer to one task, and the marks that each test cell of the task must give."""

    assignment: str
    task: str
    kind: str
    answer: str
    marks: Marks

    def __str__(self) -> str:
        return f"{self.assignment}-{self.task}-{self.kind}"


@dataclass(frozen=True)
class Assignment:
    """A source notebook: nbgrader's form, with solutions and hidden tests."""

    name: str
    cells: tuple[dict[str, Any], ...]

    @property
    def uses_keras(self) -> bool:
        return any("keras" in cell["source"] for cell in self.cells if is_code(cell))

    def tasks(self) -> dict[str, str]:
        """The solution of each task, by the id of its solution cell."""
        return {grade_id(cell): cell["source"] for cell in self.cells if is_task(cell)}

    def tests(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The test cells of each task, by their ids; a test cell belongs to the last solution cell before it."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for cell in self.cells:
            if is_task(cell):
                found[grade_id(cell)] = {}
            elif is_test(cell):
                [*found.values()][-1][grade_id(cell)] = cell
        return found

    def points(self, task: str) -> Marks:
        """The most that each test cell of a task can give."""
        return {id: marking(cell)["points"] for id, cell in self.tests()[task].items()}

    def references(self) -> dict[str, Any]:
        """``ALTERNATIVE`` and ``WRONG`` of the file of reference answers."""
        return runpy.run_path(str(REFERENCES / f"lesson_{self.name[:2]}.py"))


def marking(cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a cell; empty where nbgrader does not look at it."""
    return cell["metadata"].get("nbgrader", {})


def grade_id(cell: dict[str, Any]) -> str:
    return marking(cell)["grade_id"]


def is_code(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code"


def is_task(cell: dict[str, Any]) -> bool:
    """Whether students write code here."""
    return is_code(cell) and marking(cell).get("solution", False)


def is_test(cell: dict[str, Any]) -> bool:
    return is_code(cell) and marking(cell).get("grade", False)


@cache
def find() -> tuple[Assignment, ...]:
    """Every assignment of the course."""
    return tuple(
        Assignment(path.stem, tuple(notebooks.read(path)["cells"])) for path in project.assignments()
    )


def cases(*, keras: bool) -> list[Case]:
    """Solutions, alternatives and typical wrong answers, of the assignments with or without Keras."""
    return [
        case
        for assignment in find()
        if assignment.uses_keras == keras
        for task in assignment.tasks()
        for case in cases_of(assignment, task)
    ]


def cases_of(assignment: Assignment, task: str) -> list[Case]:
    references, full = assignment.references(), assignment.points(task)
    right = {"solution": assignment.tasks()[task], "alternative": references["ALTERNATIVE"][task]}
    found = [Case(assignment.name, task, kind, answer, full) for kind, answer in right.items()]
    for number, (answer, marks) in enumerate(references["WRONG"][task]):
        found.append(Case(assignment.name, task, f"wrong{number}", answer, marks))
    return found


@dataclass(frozen=True)
class HandIn:
    """A submission with an answer to every task, and the marks that it must get."""

    answers: dict[str, str]
    marks: Marks


def hand_ins(name: str) -> list[HandIn]:
    """All reference answers of an assignment, laid out over as few submissions as possible."""
    assignment = by_name(name)
    by_task = [cases_of(assignment, task) for task in assignment.tasks()]
    found = []
    for number in range(max(map(len, by_task))):
        chosen = [of_task[min(number, len(of_task) - 1)] for of_task in by_task]
        answers = {case.task: case.answer for case in chosen}
        found.append(HandIn(answers, {id: mark for case in chosen for id, mark in case.marks.items()}))
    return found


def differences(name: str, folder: Path) -> list[tuple[int, str, float, str]]:
    """Where the examiner's marks are not those wanted: number of the hand-in, cell, mark, message."""
    found = []
    with Examination(path_of(name), limits=Limits()) as examination:
        for number, hand_in in enumerate(hand_ins(name)):
            verdict = examination.examine(filled(name, hand_in.answers, folder / f"{number}.ipynb"))
            assert verdict.state == GRADED, verdict.reason
            assert {cell.grade_id for cell in verdict.cells} == hand_in.marks.keys()
            for cell in verdict.cells:
                if cell.points != hand_in.marks[cell.grade_id]:
                    found.append((number, cell.grade_id, cell.points, cell.message))
    return found


def filled(name: str, answers: dict[str, str], path: Path) -> Path:
    """Write the released notebook with these answers in it."""
    notebook = released(path_of(name))
    for cell in filter(is_task, notebook.cells):
        cell["source"] = answers[grade_id(cell)]
    nbformat.write(notebook, path)
    return path


def path_of(name: str) -> Path:
    """The source notebook of an assignment."""
    return next(path for path in project.assignments() if path.stem == name)


def by_name(name: str) -> Assignment:
    return next(assignment for assignment in find() if assignment.name == name)


def released(source: Path) -> NotebookNode:
    """The student's version, made by nbgrader: neither solutions nor hidden tests."""
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook, resources = nbformat.read(source, as_version=4), {}
    for step in (ClearSolutions(), ClearHiddenTests()):
        notebook, resources = step.preprocess(notebook, resources)
    return notebook


def marks(case: Case) -> Marks:
    """What the task's test cells give for the answer, when all other tasks have their solutions."""
    assignment = by_name(case.assignment)
    answers = {**assignment.tasks(), case.task: case.answer}
    return run(assignment.cells, answers, assignment.tests()[case.task])


def run(cells: tuple[dict[str, Any], ...], answers: dict[str, str], judged: Any) -> Marks:
    """Execute given cells, answers and the tests in `judged` like a kernel that goes on after errors."""
    names: dict[str, Any] = {"__name__": "__main__"}
    given: Marks = {}
    for cell in filter(is_code, cells):
        if is_test(cell):
            if grade_id(cell) in judged:
                fault = execute(cell["source"], grade_id(cell), names)
                given[grade_id(cell)] = 0 if fault else marking(cell)["points"]
        elif is_task(cell):
            execute(answers[grade_id(cell)], grade_id(cell), names)
        else:
            assert execute(cell["source"], grade_id(cell), names) is None
    return given


def execute(source: str, name: str, names: dict[str, Any]) -> Exception | None:
    """Run one cell; the error that stopped it, if any."""
    try:
        exec(compile(source, name, "exec"), names)
    except Exception as error:
        return error
    return None


def marks_of_solutions(name: str, *, hidden: bool = True) -> Marks:
    """What the test cells, with or without their hidden tests, give for the source's own solutions."""
    assignment = by_name(name)
    cells = assignment.cells if hidden else without_hidden_tests(assignment)
    return run(cells, assignment.tasks(), all_tests(assignment))


def marks_of_release(name: str) -> Marks:
    """What a student gets who hands in the assignment as it was released."""
    assignment = by_name(name)
    stubs = {grade_id(cell): cell["source"] for cell in released(path_of(name)).cells if is_task(cell)}
    return run(assignment.cells, stubs, all_tests(assignment))


def all_tests(assignment: Assignment) -> set[str]:
    return {id for cells in assignment.tests().values() for id in cells}


def without_hidden_tests(assignment: Assignment) -> tuple[dict[str, Any], ...]:
    """The cells as students have them, solutions included."""
    return tuple({**cell, "source": HIDDEN.sub("", cell["source"])} for cell in assignment.cells)
