"""The tasks of an assignment, as headings and nbgrader's notes in the teacher's notebook divide it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.classroom.release import cells_of, nbgrader_of

HEADING = re.compile(r"^##+ +(?P<title>.+?)(?: *\([\d.]+ points?\))?$", re.MULTILINE)


@dataclass
class Task:
    """A task: its title, the grade_ids of its answers and of the cells that give points."""

    title: str
    answers: list[str] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)


def tasks_of(source: Path) -> list[Task]:
    """The tasks in order; without headings (`## ...`) every answer is a task that bears its grade_id."""
    tasks: dict[str, Task] = {}
    heading = ""
    for cell in cells_of(source):
        notes = nbgrader_of(cell)
        if cell["cell_type"] == "markdown" and (match := HEADING.search(cell["source"])):
            heading = match["title"]
        if not (notes.get("solution") or notes.get("grade")):
            continue
        id = notes["grade_id"]
        title = heading or (id if notes.get("solution") or not tasks else [*tasks][-1])
        task = tasks.setdefault(title, Task(title))
        if notes.get("solution"):
            task.answers.append(id)
        if notes.get("grade"):
            task.graded.append(id)
    return list(tasks.values())
