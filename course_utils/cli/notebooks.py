"""The form of notebooks in git: no outputs, stable ids, sorted keys, one kernel, one sentence a line."""

from __future__ import annotations

import ast
import copy
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from course_utils.cli import kernel, project
from course_utils.cli.installation import ROOT
from course_utils.cli.sentences import one_a_line

# What editors leave in the metadata, and nobody misses; everything else belongs to somebody, and is kept.
LEFT_BY_EDITORS = {
    "_kg_hide-input",
    "_kg_hide-output",
    "azdata",
    "cell_id",
    "colab",
    "collapsed",
    "ExecuteTime",
    "execution",
    "heading_collapsed",
    "id",
    "is_executing",
    "jp-MarkdownHeadingCollapsed",
    "outputId",
    "papermill",
    "pycharm",
    "scrolled",
    "trusted",
    "vscode",
}
LEFT_IN_NOTEBOOKS = LEFT_BY_EDITORS | {
    "accelerator",
    "anaconda-cloud",
    "celltoolbar",
    "gpuClass",
    "interpreter",
    "nteract",
    "orig_nbformat",
    "signature",
    "toc-autonumbering",
    "varInspector",
    "widgets",
}
KEPT_OUTPUT_TAG = "nbval-check-output"
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
LONGEST_CELL = 25
MAGIC = re.compile(r"^([ \t]*)(?:[\w, .]+=[ \t]*)?[%!?].*|^.*\?[ \t]*$", flags=re.MULTILINE)  # IPython's own

Notebook = dict[str, Any]
Cell = dict[str, Any]


def find() -> list[Path]:
    """Every notebook of the course: the lessons, then the assignments."""
    return project.all_notebooks()


def short(path: Path) -> str:
    """`path` as a person would write it in the project's folder."""
    absolute = path.resolve()
    return absolute.relative_to(ROOT).as_posix() if absolute.is_relative_to(ROOT) else str(path)


def read(path: Path) -> Notebook:
    """The notebook as JSON holds it, with every cell's source as one string.

    Raises:
        ValueError: the file is no notebook that this course can hold; the message says what is wrong.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("it has no list of cells; notebooks of old Jupyters must be opened and saved first")
    if notebook.get("nbformat", 4) != 4:
        raise ValueError(f"its format is {notebook['nbformat']}; this course has 4")
    if not is_metadata(notebook.setdefault("metadata", {})):
        raise ValueError("its metadata are no table")
    for place, cell in enumerate(notebook["cells"]):
        if fault := malformed(cell):
            raise ValueError(f"cell {place} {fault}")
        cell["source"] = "".join(cell["source"])
    return notebook


def malformed(cell: Any) -> str:
    """What makes `cell` no cell of a notebook; empty if it is one."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return "is neither code nor Markdown nor raw text"
    source = cell.get("source")
    if not isinstance(source, str) and not is_list_of(str, source):
        return "has no text"
    if not isinstance(cell.get("id", ""), str):
        return "has an id that is no text"
    metadata = cell.get("metadata", {})
    if not is_metadata(metadata) or not is_list_of(str, metadata.get("tags", [])):
        return "has metadata that are no table, or tags that are no words"
    outputs = cell.get("outputs", [])
    if not is_list_of(dict, outputs) or any("output_type" not in output for output in outputs):
        return "has outputs that are none"
    return ""


def is_metadata(value: Any) -> bool:
    """Whether `value` is a table, and so are the course's and Jupyter's parts of it."""
    return isinstance(value, dict) and all(
        isinstance(value.get(part, {}), dict) for part in ("course", "jupyter")
    )


def is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def as_text(notebook: Notebook) -> str:
    """The text of the file: sorted keys, one space of indentation, a list of lines a cell."""
    stored = copy.deepcopy(notebook)
    for cell in stored["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(stored, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def rewrite(path: Path) -> bool:
    """Put the file into canonical form; returns whether it changed.

    The file is whole at every moment, stays the target of a link, and keeps its permissions.

    Raises:
        ValueError: it is no notebook; it stays as it is.
        OSError: it cannot be read or written.
    """
    text = as_text(canonical(read(path)))
    if text == path.read_text(encoding="utf-8"):
        return False
    target = path.resolve()
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        shutil.copymode(target, name)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return True


def canonical(notebook: Notebook) -> Notebook:
    """A copy of `notebook` in the form that git keeps.

    A lesson (a notebook with ``metadata.course``) also gets the standard set-up cell.
    """
    lesson = "course" in notebook.get("metadata", {})
    cells = [canonical_cell(cell) for cell in notebook["cells"]]
    if lesson and not any("set-up" in tags(cell) for cell in cells):
        cells.insert(first_code_cell(cells), canonical_cell(setup_cell()))
    for cell in cells:
        if lesson and "set-up" in tags(cell):
            cell["source"] = setup_source()
    make_ids_unique(cells)
    metadata = without(LEFT_IN_NOTEBOOKS, notebook.get("metadata", {}))
    metadata |= {
        "kernelspec": {"display_name": kernel.DISPLAY_NAME, "language": "python", "name": kernel.NAME},
        "language_info": {"name": "python"},
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def canonical_cell(cell: Cell) -> Cell:
    """A copy of `cell` without results and without what editors leave in the metadata."""
    metadata = without(LEFT_BY_EDITORS, cell.get("metadata", {}))
    if "tags" in metadata:
        metadata["tags"] = sorted(set(metadata["tags"]))
    kept = {"cell_type": cell["cell_type"], "id": cell.get("id", ""), "metadata": metadata}
    if "attachments" in cell:  # the pictures that an author dragged into the cell
        kept["attachments"] = copy.deepcopy(cell["attachments"])
    source = cell["source"].replace("\r\n", "\n")
    if cell["cell_type"] == "raw":
        return {**kept, "source": source}
    if cell["cell_type"] == "markdown":
        return {**kept, "source": one_a_line(source.rstrip())}
    outputs = text_outputs(cell) if KEPT_OUTPUT_TAG in tags(cell) else []
    return {**kept, "execution_count": None, "outputs": outputs, "source": without_blanks(source)}


def without(names: set[str], metadata: dict[str, Any]) -> dict[str, Any]:
    """A copy of `metadata` without these."""
    return {name: copy.deepcopy(value) for name, value in metadata.items() if name not in names}


def without_blanks(code: str) -> str:
    """`code` without blanks at line ends and empty lines at its end, except where they are part of a text."""
    if code.lstrip().startswith("%%"):
        return code  # a file to write, a page, another language
    lines = code.rstrip().split("\n")
    texts = lines_in_texts(code)
    return "\n".join(line if place in texts else line.rstrip(" \t") for place, line in enumerate(lines))


def lines_in_texts(code: str) -> set[int]:
    """The lines (from 0) that end within a string; if `code` cannot be read, every line when it has long strings."""
    tree = parsed(code) or parsed(MAGIC.sub(r"\1pass", code))
    if tree is None:
        return set(range(code.count("\n") + 1)) if re.search("\"{3}|'{3}", code) else set()
    found: set[int] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        if isinstance(node, ast.expr) and (is_text or isinstance(node, ast.JoinedStr)):
            found |= set(range(node.lineno - 1, (node.end_lineno or node.lineno) - 1))
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def parsed(code: str) -> ast.Module | None:
    """The syntax tree of `code`; None if it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a lesson's "\\d" is not this command's affair
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def text_outputs(cell: Cell) -> list[Cell]:
    """The outputs that nbval compares, without their counts."""
    kept = copy.deepcopy([output for output in cell.get("outputs", []) if output["output_type"] != "error"])
    for output in kept:
        if "execution_count" in output:
            output["execution_count"] = None
    return kept


def tags(cell: Cell) -> list[str]:
    return cell.get("metadata", {}).get("tags", [])


def first_code_cell(cells: list[Cell]) -> int:
    """The place of the first code cell (the end when there is none)."""
    return next((place for place, cell in enumerate(cells) if cell["cell_type"] == "code"), len(cells))


def make_ids_unique(cells: list[Cell]) -> None:
    """Keep good ids; give a missing, malformed or repeated one a new id made from the cell's text."""
    seen: set[str] = set()
    for place, cell in enumerate(cells):
        if not CELL_ID.fullmatch(cell["id"]) or cell["id"] in seen:
            cell["id"] = hashlib.sha256(f"{place} {cell['source']}".encode()).hexdigest()[:12]
        seen.add(cell["id"])


@cache
def setup_source() -> str:
    """The set-up cell of every lesson: in Colab and the like it installs the course first."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        repository = tomllib.load(file)["project"]["urls"]["Repository"]
    return (
        "import importlib.util\n\n"
        'if importlib.util.find_spec("course_utils") is None:\n'
        f'    %pip install -q "course-utils @ git+{repository}"'
    )


def setup_cell() -> Cell:
    return {"cell_type": "code", "id": "set-up", "metadata": {"tags": ["set-up"]}, "source": setup_source()}


def faults(path: Path) -> list[str]:
    """What keeps the notebook from the canonical form, each as a sentence; empty when all is well."""
    try:
        notebook = read(path)
    except (ValueError, OSError) as error:
        return [f"is not a notebook that can be read ({error}); restore it from git"]
    wanted = canonical(notebook)
    found = [*differences(notebook, wanted), *lesson_faults(wanted)]
    if not found and as_text(wanted) != path.read_text(encoding="utf-8"):
        found.append("is not written in canonical form (sorted keys, indentation, final newline)")
    return found


def differences(notebook: Notebook, wanted: Notebook) -> Iterator[str]:
    """What `course notebooks format` would change."""
    for part in ("metadata", "nbformat", "nbformat_minor"):
        if notebook.get(part) != wanted[part]:
            yield f"{part} is not {json.dumps(wanted[part], sort_keys=True)}"
    if len(notebook["cells"]) != len(wanted["cells"]):
        yield "the standard set-up cell (tag 'set-up') is missing"
        return
    words = {
        "id": "has no id, or one that is malformed or used twice",
        "outputs": "has stored outputs",
        "execution_count": "has an execution count",
        "metadata": "has metadata that editors leave behind, or unsorted tags",
    }
    for place, (cell, right) in enumerate(zip(notebook["cells"], wanted["cells"], strict=True)):
        for part, fault in words.items():
            if cell.get(part) != right.get(part):
                yield f"cell {place} {fault}"
        if cell["source"] != right["source"]:
            yield f"cell {place} {source_fault(right)}"


def source_fault(cell: Cell) -> str:
    if "set-up" in tags(cell):
        return "is not the standard set-up cell"
    return "has blanks at line ends" if cell["cell_type"] == "code" else "has several sentences on a line"


def lesson_faults(notebook: Notebook) -> Iterator[str]:
    """What a lesson lacks that no command can write: metadata, parameters, whole exercises, short cells."""
    if "course" not in notebook["metadata"]:
        return
    yield from metadata_faults(notebook["metadata"]["course"])
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if "set-up" not in tags(code[0]):
        yield "the first code cell is not the set-up cell"
    if len(code) < 2 or "parameters" not in tags(code[1]):
        yield "the second code cell is not tagged 'parameters'"
    if not notebook["cells"][0]["source"].startswith("# "):
        yield "does not begin with a title (# ...)"
    yield from exercise_faults(code)
    for place, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and len(cell["source"].splitlines()) > LONGEST_CELL:
            yield f"cell {place} has more than {LONGEST_CELL} lines"


def metadata_faults(course: dict[str, Any]) -> Iterator[str]:
    """What is missing in ``metadata.course``."""
    kinds: dict[str, Any] = {
        "title": str,
        "covers": list,
        "minutes": (int, float),
        "budget_seconds": (int, float),
    }
    for name, kind in kinds.items():
        if not isinstance(course.get(name), kind):
            yield f"metadata.course.{name} is missing or of the wrong kind"


def exercise_faults(code: list[Cell]) -> Iterator[str]:
    """Exercises without a collapsed solution, and the other way round."""
    named = {
        tag: [cell["metadata"].get("course", {}).get("exercise") for cell in code if tag in tags(cell)]
        for tag in ("exercise", "solution")
    }
    for tag, names in named.items():
        if None in names:
            yield f"a cell tagged '{tag}' has no metadata.course.exercise"
    for name in {*named["exercise"]} ^ {*named["solution"]}:
        yield f"exercise {name} needs both a cell tagged 'exercise' and one tagged 'solution'"
    for cell in code:
        if "solution" in tags(cell) and not cell["metadata"].get("jupyter", {}).get("source_hidden"):
            yield f"solution {cell['metadata'].get('course', {}).get('exercise')} is not collapsed"
