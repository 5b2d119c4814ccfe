"""A lesson executed past its failures, for the programs beside this one."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

SECONDS_A_CELL = 1200
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FAULTY_LINE = re.compile(r"^-+> *\d+ *(.*)$", re.MULTILINE)


def failures(notebook: NotebookNode, lesson: Path, environment: dict[str, str]) -> list[str]:
    """Execute the lesson's notebook with these variables added to the environment; a line for each failure."""
    client = NotebookClient(
        notebook,
        allow_errors=True,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(lesson.parent)}},
    )
    client.execute(env={**os.environ, **environment})
    return [
        told(cell, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def told(cell: NotebookNode, error: NotebookNode) -> str:
    """Which cell failed, how, and the line of the cell that did."""
    traceback = COLOURS.sub("", "\n".join(error.traceback))
    line = next(iter(FAULTY_LINE.findall(traceback)), "")
    return f"cell {cell.id}: {error.ename}: {error.evalue} in: {line}".replace("\n", " ")
