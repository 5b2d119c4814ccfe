"""The notebook that formgrader shows: the student's answers among the teacher's cells, with what they put out.

Only text and pictures get in. Task and test cells are the teacher's, whatever was submitted in their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from course_utils.classroom.codetext import bound, is_prose, normalised
from course_utils.classroom.files import write_text
from course_utils.classroom.late import is_for_students
from course_utils.classroom.limits import Limits
from course_utils.classroom.markup import harmless
from course_utils.classroom.recognition import is_stub, recognised
from course_utils.classroom.release import cells_of, nbgrader_of
from course_utils.classroom.submission import Cell, read
from course_utils.classroom.verdict import CellVerdict, Verdict

Record = dict[str, Any]  # a cell as JSON holds it
LONGEST_SOURCE = 100_000  # characters of a cell
FEWEST_WORDS = 4  # of a code cell that is no Python, and so may be a written answer
TEACHERS = Limits(notebook_mb=1000, cells=100_000)  # what the teacher's own notebook may be
FORMER_ENTITIES = {"<": "&lt;", "]": "&#93;"}


class Template:
    """The teacher's cells of an assignment, with nbgrader's notes as the release has them."""

    def __init__(self, source: Path, released: Path):
        notes = {nbgrader_of(cell).get("grade_id"): nbgrader_of(cell) for cell in cells_of(released)}
        stubs = {nbgrader_of(cell).get("grade_id"): cell["source"] for cell in cells_of(released)}
        self.cells: dict[str, Record] = {}  # by grade_id, in the teacher's order
        for cell in cells_of(source):
            if id := nbgrader_of(cell).get("grade_id"):
                self.cells[id] = {**cell, "metadata": {"nbgrader": notes.get(id, nbgrader_of(cell))}}
        self.stubs = {id: stubs.get(id, "") for id in self.cells}  # what a student finds at the start
        self.source = read(source, TEACHERS)
        self.texts = {normalised(cell["source"]) for path in (source, released) for cell in cells_of(path)}
        kernel = json.loads(source.read_text(encoding="utf-8"))["metadata"].get("kernelspec", {})
        self.metadata = {"kernelspec": kernel}

    def is_answer(self, id: str) -> bool:
        """Whether the student fills in this cell."""
        return bool(nbgrader_of(self.cells[id]).get("solution"))

    def written(self) -> list[str]:
        """The grade_ids of the answers that a person marks."""
        return [
            id for id, cell in self.cells.items() if self.is_answer(id) and nbgrader_of(cell).get("grade")
        ]

    def recognised(self, submitted: Sequence[Cell]) -> list[Cell]:
        """The submitted cells as what they are in this assignment; of several with one grade_id one keeps it."""
        cells = recognised(submitted, self.source)
        kept = {}
        for place, cell in enumerate(cells):
            if cell.grade_id not in kept or not is_stub(cell, self.source):
                kept[cell.grade_id] = place
        return [
            cell if kept[cell.grade_id] == place else Cell(cell.id, cell.kind, cell.source)
            for place, cell in enumerate(cells)
        ]

    def unanswered(self, cells: Sequence[Cell]) -> set[str]:
        """The grade_ids of the answers that are missing or still as they were released.

        Not of code whose names another cell defines, nor of written answers where there are texts elsewhere.
        """
        answers = {cell.grade_id: cell.source for cell in cells}
        own = [cell for cell in cells if cell.kind == "code" and not cell.is_test]
        given = frozenset().union(*(bound(cell.source) for cell in own if not is_stub(cell, self.source)))
        texts = list(self.texts_of_its_own(cells))
        return {
            id
            for id, cell in self.cells.items()
            if self.is_answer(id)
            and normalised(answers.get(id, "")) in ("", normalised(self.stubs[id]))
            and not (bound(self.stubs[id]) & given if cell["cell_type"] == "code" else texts)
        }

    def texts_of_its_own(self, cells: Sequence[Cell]) -> Iterator[str]:
        """The texts of a submission that the release has not: a written answer may stand in any of them."""
        for cell in cells:
            if cell.grade_id or normalised(cell.source) in self.texts or is_for_students(cell.source):
                continue
            is_text = cell.kind != "code" or (
                is_prose(cell.source) and len(cell.source.split()) >= FEWEST_WORDS
            )
            if is_text and cell.source.strip():
                yield cell.source

    def changed(self, before: dict[str, str], now: dict[str, str]) -> set[str]:
        """The grade_ids of cells whose text (`texts_of`) is another now, or stands elsewhere and may be another."""
        unsaid = {
            id for id in self.written() if normalised(now.get(id, "")) in ("", normalised(self.stubs[id]))
        }
        elsewhere = unsaid if before.get("") != now.get("") else set()
        return elsewhere | {id for id in self.cells if before.get(id) != now.get(id)}


def build(template: Template, submitted: list[Cell], verdict: Verdict) -> dict[str, Any]:
    """The notebook, as JSON holds it, for cells that `template` has recognised (none where it could not be read)."""
    marks = {cell.grade_id: cell for cell in verdict.cells}
    cells = [shown(cell, template, verdict) for cell in submitted]
    add_missing(cells, template)
    for number, cell in enumerate(cells):
        id = nbgrader_of(cell).get("grade_id")
        if id in marks and cell["cell_type"] == "code":
            cell["outputs"] = outputs_of(marks[id])
        cell["id"] = f"cell-{number}"
    if verdict.reason:
        cells.insert(0, note(f"This submission needs a person: {verdict.reason}"))
    return {"cells": cells, "metadata": template.metadata, "nbformat": 4, "nbformat_minor": 5}


def shown(cell: Cell, template: Template, verdict: Verdict) -> Record:
    """A submitted cell as it is shown: an answer as it is, a teacher's cell as the teacher wrote it."""
    if cell.grade_id and not template.is_answer(cell.grade_id):
        return with_outputs(teachers(template.cells[cell.grade_id]), verdict.outputs.get(cell.id, []))
    original = template.cells.get(cell.grade_id, {"cell_type": cell.kind, "metadata": {}})
    text = cell.source[:LONGEST_SOURCE]
    if original["cell_type"] == "code":
        return with_outputs(teachers({**original, "source": text}), verdict.outputs.get(cell.id, []))
    metadata = {**original["metadata"], "course": {"written": text}}
    return {"cell_type": "markdown", "metadata": metadata, "source": harmless(text)}


def as_written(cell: Record) -> str:
    """The text of a cell that was shown, as the student wrote it."""
    if (text := cell["metadata"].get("course", {}).get("written")) is not None:
        return text
    text = cell["source"]  # as it was shown before the text itself was kept beside it
    for letter, entity in FORMER_ENTITIES.items() if cell["cell_type"] == "markdown" else ():
        text = text.replace(entity, letter)
    return text


def with_outputs(cell: Record, outputs: list[dict[str, Any]]) -> Record:
    return {**cell, "outputs": outputs} if cell["cell_type"] == "code" else cell


def teachers(cell: Record) -> Record:
    """A fresh copy of a teacher's cell, without outputs."""
    fresh = {"cell_type": cell["cell_type"], "metadata": cell["metadata"], "source": cell["source"]}
    return {**fresh, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else fresh


def add_missing(cells: list[Record], template: Template) -> None:
    """Put the teacher's cells that were deleted back, each after the one that comes before it."""
    place = 0
    for id, cell in template.cells.items():
        places = [at for at, other in enumerate(cells) if nbgrader_of(other).get("grade_id") == id]
        if places:
            place = places[0] + 1
            continue
        back = {**teachers(cell), "source": template.stubs[id]} if template.is_answer(id) else teachers(cell)
        cells.insert(place, back)
        place += 1


def outputs_of(mark: CellVerdict) -> list[dict[str, Any]]:
    """The outputs by which nbgrader, too, would give these points to a test cell."""
    if mark.points >= mark.max_points:
        return []
    if mark.points > 0:
        data = {"text/plain": f"{mark.points:g}"}
        return [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}]
    lines = [f"AssertionError: {mark.message}"]
    return [{"output_type": "error", "ename": "AssertionError", "evalue": mark.message, "traceback": lines}]


def note(text: str) -> Record:
    """A cell for the person who marks."""
    return {"cell_type": "markdown", "id": "note", "metadata": {}, "source": harmless(f"**{text}**")}


def write(path: Path, notebook: dict[str, Any]) -> None:
    """Write an autograded notebook; formgrader reads it."""
    write_text(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def answers(path: Path) -> dict[str, str]:
    """The text of each answer by grade_id in a notebook that `write` wrote; empty where there is none."""
    return texts_of(cells_of(path)) if path.is_file() else {}


def texts_of(cells: Sequence[Record]) -> dict[str, str]:
    """The text of each answer by grade_id, as its student wrote it; under '' all that stands elsewhere."""
    found = {nbgrader_of(cell).get("grade_id", ""): as_written(cell) for cell in cells}
    return found | {
        "": "\n\n".join(as_written(cell) for cell in cells if not nbgrader_of(cell).get("grade_id"))
    }
