"""Reading a submitted notebook as what it is: a file that anybody may have made."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.classroom.codetext import bound, normalised, shown
from course_utils.classroom.limits import MEGABYTE, Limits

CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CELL_TYPES = ("code", "markdown", "raw")
LONGEST_GRADE_ID = 200
SHORTEST_SIGN = 30  # characters of a text by which an assignment is known
FEWEST_SIGNS = 3


class SubmissionError(Exception):
    """The notebook cannot be read; the message says why, for the teacher."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook: `id` is unique in it, `grade_id` is '' where nbgrader knows nothing of the cell."""

    id: str
    kind: str
    source: str
    grade_id: str = ""
    grade: bool = False
    solution: bool = False
    locked: bool = False
    points: float = 0.0

    @property
    def is_test(self) -> bool:
        """Whether the examiner runs the cell and gives its points."""
        return self.kind == "code" and self.grade and not self.solution

    @property
    def is_set_up(self) -> bool:
        """Whether the cell is the teacher's and gives students what they need: imports, data."""
        return self.kind == "code" and self.locked and not self.grade and not self.solution


def read(path: Path, limits: Limits) -> list[Cell]:
    """The cells of a notebook that may be hostile; nothing in it is executed or followed.

    Raises:
        SubmissionError: it is no regular file, too large, no JSON, or no notebook.
    """
    return cells_in(contents(path, limits), limits)


def cells_in(data: bytes, limits: Limits) -> list[Cell]:
    """The cells of the notebook with these bytes.

    Raises:
        SubmissionError: it is no JSON, or no notebook.
    """
    notebook = parsed(data)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        if isinstance(notebook.get("worksheets"), list):
            raise SubmissionError("The notebook is of a format before 4: open and save it in JupyterLab.")
        raise SubmissionError("The file is JSON, but no notebook: it has no list of cells.")
    if len(cells) > limits.cells:
        raise SubmissionError(f"The notebook has {len(cells):,} cells; {limits.cells:,} are allowed.")
    return list(_cells(cells))


def contents(path: Path, limits: Limits) -> bytes:
    """The bytes of the file itself: a symbolic link, a pipe or a device is refused, and so is a huge file."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    if path.is_symlink():
        raise SubmissionError(f"{name} is a symbolic link, which is not followed.")
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise SubmissionError(f"{name} cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SubmissionError(f"{name} is no regular file.")
    with open(descriptor, "rb") as file:
        data = file.read(limits.notebook_mb * MEGABYTE + 1)
    if len(data) > limits.notebook_mb * MEGABYTE:
        raise SubmissionError(
            f"{name} is larger than {limits.notebook_mb} MB: clear its outputs and save it."
        )
    if not data.strip():
        raise SubmissionError(f"{name} is empty.")
    return data


def parsed(data: bytes) -> dict[str, Any]:
    """The JSON object of the bytes."""
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SubmissionError(f"The notebook is not UTF-8 text (byte {error.start}).") from error
    except RecursionError as error:
        raise SubmissionError("The notebook is nested too deeply.") from error
    except ValueError as error:
        raise SubmissionError(f"The notebook is damaged, it is no JSON: {str(error)[:200]}.") from error
    if not isinstance(notebook, dict):
        raise SubmissionError("The file is JSON, but no notebook.")
    return notebook


def _cells(records: list[Any]) -> Iterator[Cell]:
    """Every record that is a cell; ids that are missing, odd or taken are replaced by the cell's number."""
    taken: set[str] = set()
    for number, record in enumerate(records):
        if not isinstance(record, dict) or record.get("cell_type") not in CELL_TYPES:
            continue
        own = record.get("id")
        usable = isinstance(own, str) and CELL_ID.fullmatch(own) and own not in taken
        name = str(own) if usable else f"cell-{number}"
        taken.add(name)
        yield Cell(name, record["cell_type"], _text(record.get("source")), **_marks(record.get("metadata")))


def _text(source: Any) -> str:
    """A cell's text, which a notebook keeps as a string or as a list of lines."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    return source.encode("utf-8", "replace").decode("utf-8")


def _marks(metadata: Any) -> dict[str, Any]:
    """What nbgrader's metadata say of a cell; whatever is not as it should be counts as absent."""
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict) or not isinstance(marks.get("grade_id"), str):
        return {}
    points = marks.get("points", 0)
    return {
        "grade_id": marks["grade_id"][:LONGEST_GRADE_ID],
        "grade": marks.get("grade") is True,
        "solution": marks.get("solution") is True,
        "locked": marks.get("locked") is True,
        "points": float(points) if isinstance(points, (int, float)) and 0 <= points < 1e6 else 0.0,
    }


def read_sources(folder: Path, limits: Limits) -> dict[str, list[Cell]]:
    """The cells of every assignment in a class's folder ``source``, by name; what cannot be read is left out."""
    found = {}
    for path in sorted(folder.glob("*/*.ipynb")):
        if path.stem == path.parent.name:
            with contextlib.suppress(SubmissionError):
                found[path.stem] = read(path, limits)
    return found


def looks_like(cells: Sequence[Cell], sources: Mapping[str, Sequence[Cell]]) -> str:
    """The name of the assignment whose notebook this is; empty where the cells do not tell.

    They tell by what no other assignment has: grade_ids, texts of the teacher's, names that the tasks define.
    Another tool may have dropped nbgrader's metadata, and a student may have changed any of the cells.

    Args:
        cells: of the notebook that was handed in.
        sources: the cells of the teacher's notebooks, by name (`read_sources`).
    """
    signs = {name: signs_of(source, teachers=True) for name, source in sources.items()}
    owners = Counter(sign for each in signs.values() for sign in each)
    own = {name: {sign for sign in each if owners[sign] == 1} for name, each in signs.items()}
    found = signs_of(cells)
    counts = {name: _weight(each, found) for name, each in own.items()}
    best, second, *_ = *sorted(counts, key=lambda name: counts[name], reverse=True), "", ""
    clear = counts.get(best, 0) >= FEWEST_SIGNS and counts[best] > 2 * counts.get(second, 0)
    return best if clear else ""


def _weight(signs: set[tuple[str, str]], found: set[tuple[str, str]]) -> int:
    """How many of the signs were found; names count only where most are there, for lessons define some as well."""
    names = {sign for sign in signs if sign[0] == "name"}
    most_names = 2 * len(names & found) > len(names)
    return len(signs & found) if most_names else len((signs - names) & found)


def signs_of(cells: Sequence[Cell], *, teachers: bool = False) -> set[tuple[str, str]]:
    """By what the notebook with these cells is known."""
    signs = set()
    for cell in cells:
        text = normalised(shown(cell.source) if teachers else cell.source)
        if cell.grade_id:
            signs.add(("grade_id", cell.grade_id))
        if len(text) >= SHORTEST_SIGN and not cell.solution:
            signs.add(("text", text))
        if cell.solution or not teachers:
            signs |= {("name", name) for name in bound(shown(cell.source))}
    return signs
