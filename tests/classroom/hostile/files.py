"""Submissions whose file is broken, edited or no notebook at all; `double` is not answered unless it says so."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils.classroom.verdict import NEEDS_A_PERSON
from tests.classroom.hostile.case import DOUBLE, MEAN, Case

Notebook = dict[str, Any]
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return 0"


def marks(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"].get("nbgrader", {})


def tests(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if marks(cell).get("grade") and cell["cell_type"] == "code"]


def cell_of(notebook: Notebook, name: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if marks(cell).get("grade_id") == name)


def every_test(**changes: Any) -> Callable[[Notebook, Path], None]:
    """Change what stands in all test cells."""

    def make(notebook: Notebook, path: Path) -> None:
        for cell in tests(notebook):
            cell.update({name: value for name, value in changes.items() if name == "source"})
            marks(cell).update({name: value for name, value in changes.items() if name != "source"})

    return make


def every_mark(**changes: Any) -> Callable[[Notebook, Path], None]:
    """Change nbgrader's notes of all cells."""

    def make(notebook: Notebook, path: Path) -> None:
        for cell in notebook["cells"]:
            if marks(cell):
                marks(cell).update(changes)

    return make


def delete_tests(notebook: Notebook, path: Path) -> None:
    judged = tests(notebook)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in judged]


def duplicate_tests(notebook: Notebook, path: Path) -> None:
    notebook["cells"] += [{**cell, "source": "pass"} for cell in tests(notebook)]


def reverse_cells(notebook: Notebook, path: Path) -> None:
    notebook["cells"].reverse()


def strip_metadata(notebook: Notebook, path: Path) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def remove_solution(notebook: Notebook, path: Path) -> None:
    notebook["cells"].remove(cell_of(notebook, "double"))


def duplicate_solution(notebook: Notebook, path: Path) -> None:
    place = notebook["cells"].index(cell_of(notebook, "double"))
    notebook["cells"].insert(place + 1, {**cell_of(notebook, "double"), "source": "double = lambda x: 0"})


def edit_set_up(notebook: Notebook, path: Path) -> None:
    cell_of(notebook, "set-up")["source"] = "raise SystemExit"


def delete_set_up(notebook: Notebook, path: Path) -> None:
    notebook["cells"].remove(cell_of(notebook, "set-up"))


def claim_more_cells(notebook: Notebook, path: Path) -> None:
    notes = {
        "grade": True,
        "grade_id": "bonus",
        "points": 100,
        "solution": False,
        "locked": True,
        "schema_version": 3,
    }
    bonus = {"id": "bonus", "cell_type": "code", "source": "pass", "metadata": {"nbgrader": notes}}
    notebook["cells"].append(bonus)


def rename_solution(notebook: Notebook, path: Path) -> None:
    marks(cell_of(notebook, "double"))["grade_id"] = "double_numbers"


def odd_names(notebook: Notebook, path: Path) -> None:
    marks(cell_of(notebook, "double"))["grade_id"] = "../../../etc/passwd"
    notebook["cells"][0]["id"] = "../x"
    notebook["cells"][1]["id"] = ["a"]


def same_ids(notebook: Notebook, path: Path) -> None:
    for cell in notebook["cells"]:
        cell["id"] = "same"


def odd_types(notebook: Notebook, path: Path) -> None:
    notebook["cells"] += [None, 7, [], {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": 3}]
    notebook["cells"] += [{"cell_type": "code", "source": {"a": 1}, "metadata": []}]
    notebook["metadata"] = "nothing"


def wrong_kernel(notebook: Notebook, path: Path) -> None:
    spec = {"display_name": "Mine", "language": "bash", "name": "../../mine"}
    notebook["metadata"] = {"kernelspec": spec, "language_info": {"name": "bash"}}


def old_format(notebook: Notebook, path: Path) -> bytes:
    cells = [{"cell_type": "code", "input": RIGHT, "language": "python", "outputs": []}]
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}).encode()


def future_format(notebook: Notebook, path: Path) -> None:
    notebook["nbformat"], notebook["nbformat_minor"] = 99, 99


def no_cells(notebook: Notebook, path: Path) -> None:
    notebook["cells"] = []


def many_cells(notebook: Notebook, path: Path) -> None:
    notebook["cells"] += [{"cell_type": "code", "source": "1", "metadata": {}, "outputs": []}] * 200


def many_lines(notebook: Notebook, path: Path) -> None:
    cell_of(notebook, "double")["source"] = ["x = 1\n"] * 100_000 + [WRONG]


def nothing_but_zeros(notebook: Notebook, path: Path) -> None:
    cell_of(notebook, "double")["source"] = "\0" * 1000


def odd_outputs(notebook: Notebook, path: Path) -> None:
    hostile = {
        "output_type": "display_data",
        "data": {"text/html": "<script>alert(1)</script>"},
        "metadata": {},
    }
    for cell in notebook["cells"]:
        cell["outputs"] = [hostile]
        cell["attachments"] = {"x.html": {"text/html": "<script>"}}


def symbolic_link(notebook: Notebook, path: Path) -> None:
    path.symlink_to(path.parents[2] / "source" / "01_sample" / "01_sample.ipynb")


def link_to_device(notebook: Notebook, path: Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(notebook: Notebook, path: Path) -> None:
    os.mkfifo(path)


def folder(notebook: Notebook, path: Path) -> None:
    path.mkdir()


def nothing(notebook: Notebook, path: Path) -> None:
    """The file is missing."""


def as_bytes(content: bytes | Callable[[bytes], bytes]) -> Callable[[Notebook, Path], bytes]:
    """Bytes in place of the notebook, or made of its own."""

    def make(notebook: Notebook, path: Path) -> bytes:
        return content(json.dumps(notebook).encode()) if callable(content) else content

    return make


BROKEN = {
    "is empty": (as_bytes(b""), "empty"),
    "is blank": (as_bytes(b" \n" * 100), "empty"),
    "is cut off": (as_bytes(lambda data: data[: len(data) // 2]), "no JSON"),
    "is binary": (as_bytes(bytes(range(256)) * 10), "UTF-8"),
    "is UTF-16": (as_bytes(lambda data: data.decode().encode("utf-16")), "UTF-8"),
    "is HTML": (as_bytes(b"<!DOCTYPE html><script>alert(1)</script>"), "no JSON"),
    "is a list": (as_bytes(b"[1, 2, 3]"), "no notebook"),
    "is a number": (as_bytes(b"7"), "no notebook"),
    "has no cells": (as_bytes(b'{"cells": 7}'), "no list of cells"),
    "is nested deeply": (
        as_bytes(b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        "nested too deeply",
    ),
    "is of an old format": (old_format, "before 4"),
    "is too large": (as_bytes(lambda data: data + b" " * (3 << 20)), "larger than"),
    "has too many cells": (many_cells, "cells"),
    "has a number of a million digits": (as_bytes(b'{"cells": ' + b"9" * 10**6 + b"}"), "no JSON"),
    "is a symbolic link to the solutions": (symbolic_link, "symbolic link"),
    "is a link to endless zeros": (link_to_device, "symbolic link"),
    "is a pipe": (pipe, "no regular file"),
    "is a folder": (folder, "no regular file"),
    "is missing": (nothing, "cannot be opened"),
}

EDITED = [
    Case("edits the tests", WRONG, every_test(source="pass")),
    Case("deletes the tests", WRONG, delete_tests),
    Case("duplicates the tests", WRONG, duplicate_tests),
    Case("reverses the cells", RIGHT, reverse_cells, passed=(*DOUBLE, *MEAN)),
    Case("changes the points", RIGHT, every_test(points=1000), passed=(*DOUBLE, *MEAN)),
    Case("gives points that are none", RIGHT, every_test(points="many"), passed=(*DOUBLE, *MEAN)),
    Case("has an old schema", RIGHT, every_mark(schema_version=1), passed=(*DOUBLE, *MEAN)),
    Case("has a schema of the future", RIGHT, every_mark(schema_version=99), passed=(*DOUBLE, *MEAN)),
    Case("strips the metadata", RIGHT, strip_metadata, passed=(*DOUBLE, *MEAN)),
    Case("strips the metadata of a wrong answer", WRONG, strip_metadata),
    Case(
        "makes tests solutions",
        WRONG,
        every_test(grade=False, solution=True, source="double = lambda x: 2 * x"),
    ),
    Case("unlocks the tests", WRONG, every_test(locked=False)),
    Case("removes the solution", RIGHT, remove_solution, reason="does not define"),
    Case("answers twice", RIGHT, duplicate_solution),
    Case("edits the set-up", RIGHT, edit_set_up, passed=(*DOUBLE, *MEAN)),
    Case("deletes the set-up", RIGHT, delete_set_up, passed=(*DOUBLE, *MEAN)),
    Case("claims more cells", WRONG, claim_more_cells),
    Case("renames its answer to a test", RIGHT, rename_solution, passed=(*DOUBLE, *MEAN)),
    Case("has odd names", RIGHT, odd_names, passed=(*DOUBLE, *MEAN)),
    Case("gives all cells one id", RIGHT, same_ids, passed=(*DOUBLE, *MEAN)),
    Case("has cells that are none", RIGHT, odd_types, passed=(*DOUBLE, *MEAN)),
    Case("names another kernel", RIGHT, wrong_kernel, passed=(*DOUBLE, *MEAN)),
    Case("is of a future format", RIGHT, future_format, passed=(*DOUBLE, *MEAN)),
    Case("has no cells at all", RIGHT, no_cells, (), reason="right file", state=NEEDS_A_PERSON),
    Case("has a hundred thousand lines", "", many_lines),
    Case("is nothing but zeros", "", nothing_but_zeros),
    Case("brings outputs of its own", WRONG, odd_outputs),
    Case(
        "begins with a byte order mark",
        RIGHT,
        as_bytes(lambda data: b"\xef\xbb\xbf" + data),
        passed=(*DOUBLE, *MEAN),
    ),
]

CASES = [
    *EDITED,
    *(
        Case(name, "", make, (), reason=reason, state=NEEDS_A_PERSON)
        for name, (make, reason) in BROKEN.items()
    ),
]
