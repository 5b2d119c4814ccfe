"""Where the project's files lie."""

from __future__ import annotations

from pathlib import Path

import click

from course_utils.cli.installation import ROOT

NOTEBOOKS = ROOT / "notebooks"
ASSIGNMENTS = NOTEBOOKS / "assignments"
FIRST_LESSON = NOTEBOOKS / "00_start_here.ipynb"


def require_notebooks() -> Path:
    """The folder of the lessons.

    Raises:
        click.ClickException: the course was installed as a package only, without its lessons.
    """
    if not NOTEBOOKS.is_dir():
        raise click.ClickException(
            f"There are no lessons in {ROOT}. Get the whole course with git clone and work in its folder."
        )
    return NOTEBOOKS


def lessons() -> list[Path]:
    """Every lesson of the course, in reading order (applications after the numbered lessons)."""
    return [path for path in all_notebooks() if not path.is_relative_to(ASSIGNMENTS)]


def assignments() -> list[Path]:
    """Every assignment of the graded class, as its teacher keeps it, in reading order."""
    return [path for path in all_notebooks() if path.is_relative_to(ASSIGNMENTS)]


def all_notebooks() -> list[Path]:
    """Lessons and assignments; what JupyterLab keeps beside them does not count."""
    found = [path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    return sorted(found, key=lambda path: (len(path.parts), str(path)))
