"""What people and their tools do to a notebook with right answers: functions that change its JSON form."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.classroom import assignments

Notebook = dict[str, Any]
Record = dict[str, Any]


def right(name: str, folder: Path) -> Notebook:
    """The notebook of an assignment with right answers, each cell's text as one string."""
    path = assignments.filled(name, assignments.by_name(name).tasks(), folder / f"{name}.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def code(source: str, id: str = "new") -> Record:
    return {
        "cell_type": "code",
        "id": id,
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def notes(cell: Record) -> dict[str, Any]:
    return cell["metadata"].get("nbgrader", {})


def is_answer(cell: Record) -> bool:
    return cell["cell_type"] == "code" and notes(cell).get("solution", False)


def is_test(cell: Record) -> bool:
    return cell["cell_type"] == "code" and notes(cell).get("grade", False)


def is_locked(cell: Record) -> bool:
    return cell["cell_type"] == "code" and not is_answer(cell) and not is_test(cell)


def bare(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def of_format_4_4(notebook: Notebook) -> None:
    bare(notebook)
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]


def bare_where(is_meant: Callable[[Record], bool]) -> Callable[[Notebook], None]:
    def change(notebook: Notebook) -> None:
        for cell in filter(is_meant, notebook["cells"]):
            cell["metadata"] = {}

    return change


def answers_alone(notebook: Notebook) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if is_answer(cell)]
    bare(notebook)


def in_one_cell(is_meant: Callable[[Record], bool]) -> Callable[[Notebook], None]:
    def change(notebook: Notebook) -> None:
        texts = [cell["source"] for cell in notebook["cells"] if is_meant(cell)]
        notebook["cells"] = [code("\n\n".join(texts))]

    return change


def as_kind(kind: str, is_meant: Callable[[Record], bool]) -> Callable[[Notebook], None]:
    def change(notebook: Notebook) -> None:
        for cell in filter(is_meant, notebook["cells"]):
            cell["cell_type"] = kind

    return change


def without(is_meant: Callable[[Record], bool]) -> Callable[[Notebook], None]:
    def change(notebook: Notebook) -> None:
        notebook["cells"] = [cell for cell in notebook["cells"] if not is_meant(cell)]

    return change


def moved(is_meant: Callable[[Record], bool], *, to_the_end: bool) -> Callable[[Notebook], None]:
    def change(notebook: Notebook) -> None:
        notebook["cells"].sort(key=lambda cell: is_meant(cell) is to_the_end)

    return change


def upside_down(notebook: Notebook) -> None:
    notebook["cells"].reverse()


def merged(*, first: bool) -> Callable[[Notebook], None]:
    """Every two code cells that follow one another become one, with the metadata of one of them."""

    def change(notebook: Notebook) -> None:
        found: list[Record] = []
        for cell in notebook["cells"]:
            before = found[-1] if found else {"cell_type": ""}
            if cell["cell_type"] == before["cell_type"] == "code" and "merged" not in before:
                text = before["source"] + "\n\n" + cell["source"]
                found[-1] = {**(before if first else cell), "source": text, "merged": True}
            else:
                found.append(cell)
        notebook["cells"] = [{name: cell[name] for name in cell if name != "merged"} for cell in found]

    return change


def split(*, marked: bool) -> Callable[[Notebook], None]:
    """Answers of several statements become two cells; the second one has the metadata, too, or none."""

    def change(notebook: Notebook) -> None:
        found = []
        for cell in notebook["cells"]:
            body = ast.parse(cell["source"]).body if is_answer(cell) else []
            lines = cell["source"].splitlines(keepends=True)
            place = body[len(body) // 2].lineno - 1 if len(body) > 1 else len(lines)
            found.append({**cell, "source": "".join(lines[:place])})
            if lines[place:]:
                metadata = cell["metadata"] if marked else {}
                rest = "".join(lines[place:])
                found.append({**cell, "id": cell["id"] + "-2", "metadata": metadata, "source": rest})
        notebook["cells"] = found

    return change


def swapped(notebook: Notebook) -> None:
    """Two answers each have changed places, but the metadata have not."""
    answers = list(filter(is_answer, notebook["cells"]))
    for one, other in zip(answers[::2], answers[1::2], strict=False):
        one["source"], other["source"] = other["source"], one["source"]


def shifted(notebook: Notebook) -> None:
    """Every code cell has the metadata of the next one."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    metadata = [cell["metadata"] for cell in cells]
    for cell, other in zip(cells, [*metadata[1:], metadata[0]], strict=True):
        cell["metadata"] = other


def twice(notebook: Notebook) -> None:
    notebook["cells"] = [copy.deepcopy(cell) for cell in notebook["cells"] for _ in range(2)]


def stubs_of(notebook: Notebook, name: str) -> dict[str, str]:
    released = assignments.released(assignments.path_of(name))
    return {notes(cell)["grade_id"]: cell["source"] for cell in released.cells if is_answer(cell)}


def stub_left(*, below: bool) -> Callable[[Notebook, str], None]:
    """Answers stand in new cells, above their stubs or at the end of the notebook."""

    def change(notebook: Notebook, name: str) -> None:
        stubs, found, end = stubs_of(notebook, name), [], []
        for number, cell in enumerate(notebook["cells"]):
            if is_answer(cell):
                (end if below else found).append(code(cell["source"], f"new-{number}"))
                cell["source"] = stubs[notes(cell)["grade_id"]]
            found.append(cell)
        notebook["cells"] = found + end

    return change


def stub_again(notebook: Notebook, name: str) -> None:
    """Below each answer stands its stub once more."""
    stubs, found = stubs_of(notebook, name), []
    for cell in notebook["cells"]:
        found.append(cell)
        if is_answer(cell):
            found.append({**cell, "source": stubs[notes(cell)["grade_id"]]})
    notebook["cells"] = found


def setup_first(cell: Record) -> bool:
    return notes(cell).get("grade_id") == "setup"


def is_code(cell: Record) -> bool:
    return cell["cell_type"] == "code"


MISHAPS: dict[str, Callable[..., None]] = {
    "metadata gone": bare,
    "format 4.4 without ids": of_format_4_4,
    "metadata of answers gone": bare_where(is_answer),
    "metadata of tests gone": bare_where(is_test),
    "metadata of locked cells gone": bare_where(is_locked),
    "metadata of all but the first cell gone": bare_where(lambda cell: not setup_first(cell)),
    "answers alone": answers_alone,
    "all code in one cell": in_one_cell(is_code),
    "all answers in one cell": in_one_cell(is_answer),
    "all code as Markdown": as_kind("markdown", is_code),
    "all code as raw": as_kind("raw", is_code),
    "locked cells as Markdown": as_kind("markdown", is_locked),
    "answers as raw": as_kind("raw", is_answer),
    "tests as Markdown": as_kind("markdown", is_test),
    "tests deleted": without(is_test),
    "locked cells deleted": without(is_locked),
    "later locked cells deleted": without(lambda cell: is_locked(cell) and not setup_first(cell)),
    "tests at the end": moved(is_test, to_the_end=True),
    "tests at the top": moved(is_test, to_the_end=False),
    "set-up at the end": moved(setup_first, to_the_end=True),
    "answers at the end": moved(is_answer, to_the_end=True),
    "answers at the top": moved(is_answer, to_the_end=False),
    "upside down": upside_down,
    "cells merged into the first": merged(first=True),
    "cells merged into the second": merged(first=False),
    "answers split": split(marked=True),
    "answers split, the second without metadata": split(marked=False),
    "answers swapped": swapped,
    "metadata of the next cell": shifted,
    "every cell twice": twice,
}
WITH_STUBS: dict[str, Callable[..., None]] = {
    "answers above their stubs": stub_left(below=False),
    "answers at the end, stubs in their places": stub_left(below=True),
    "stubs again below the answers": stub_again,
}


def write(path: Path, notebook: Notebook) -> Path:
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
