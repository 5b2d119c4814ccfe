"""``course run``: execute lessons with papermill, go on after a failure, and sum up."""

from __future__ import annotations

import difflib
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from course_utils.cli import kernel, parameters, project

if TYPE_CHECKING:
    from nbformat.sign import NotebookNotary

SECONDS_A_CELL = 1200


@dataclass(frozen=True)
class Result:
    """How the run of one lesson ended: `error` is empty when all went well."""

    lesson: Path
    seconds: float
    error: str = ""


def run(names: Sequence[str], texts: dict[str, str], *, out: Path, html: bool = False) -> int:
    """Execute the lessons called `names` (all when empty); returns 1 if any failed, else 0.

    Args:
        texts: parameter -> value as typed; each goes to the lessons that have the parameter.
        out: folder for the executed notebooks (and web pages, with `html`).

    Raises:
        click.ClickException: an unknown lesson or parameter, a value of another kind than the lesson's own, or
            a folder that cannot be written.
    """
    project.require_notebooks()
    lessons = choose(names)
    known = {lesson: parameters.of(lesson) for lesson in lessons}
    refuse_unknown(texts, {name for found in known.values() for name in found})
    given = {lesson: values_for(lesson, known[lesson], texts) for lesson in lessons}
    kernel.register()
    results = []
    for number, lesson in enumerate(lessons, start=1):
        click.echo(f"[{number}/{len(lessons)}] {lesson.stem}")
        results.append(run_one(lesson, given[lesson], target_of(lesson, out), html=html))
    print_summary(results, out)
    return int(any(result.error for result in results))


def choose(names: Sequence[str]) -> list[Path]:
    """The lessons with these names: `06_cnns`, `06_cnns.ipynb`, a path to it, or only its number `06`."""
    every = project.lessons()
    if not names:
        return every
    return [path for name in names for path in choose_one(name, every)]


def choose_one(name: str, every: list[Path]) -> list[Path]:
    wanted = Path(name).name.removesuffix(".ipynb")
    found = [path for path in every if path.stem == wanted]
    if not found and wanted.isdigit():
        found = [path for path in every if path.stem.startswith(f"{int(wanted):02d}_")]
    if found:
        return found
    raise click.ClickException(unknown("lesson", name, [path.stem for path in every]))


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """A sentence on a name that does not exist, with those that were perhaps meant."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    near = near or [other for other in names if name.lower() in other.lower()]
    advice = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(names) or 'none'}."
    return f"There is no {kind} '{name}'. {advice}"


def refuse_unknown(names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise click.ClickException(unknown("parameter", name, known))


def values_for(lesson: Path, own: dict[str, object], texts: dict[str, str]) -> dict[str, object]:
    """The values of those parameters that the lesson has.

    Raises:
        click.ClickException: a value is of another kind than the lesson's own, which the message shows.
    """
    try:
        return {name: parameters.read(name, text, own[name]) for name, text in texts.items() if name in own}
    except ValueError as error:
        raise click.ClickException(f"{lesson.stem}: {error}") from error


def target_of(lesson: Path, out: Path) -> Path:
    """Where the executed lesson goes: the same place under `out` as under notebooks/."""
    return out / lesson.relative_to(project.NOTEBOOKS)


def run_one(lesson: Path, values: dict[str, object], target: Path, *, html: bool = False) -> Result:
    """Execute one lesson; what goes wrong inside it is part of the result."""
    started = time.monotonic()
    error = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        execute(lesson, values, target)
        sign(target)
        if html:
            from course_utils.cli import pages

            pages.write(target)
    except OSError as failure:
        raise click.ClickException(
            f"{target} cannot be written: {failure}. Choose another --out."
        ) from failure
    except Exception as failure:  # a lesson may fail in any way; the others must still run
        error = last_line(failure)
        click.echo(f"  failed: {error}", err=True)
    return Result(lesson, time.monotonic() - started, error)


def execute(lesson: Path, values: dict[str, object], target: Path) -> None:
    """Run the notebook in its own folder and write the executed copy.

    Widgets' states are left out: the static pictures stand for them, and the file stays small.
    """
    import papermill

    papermill.execute_notebook(
        str(lesson),
        str(target),
        parameters=values,
        cwd=str(lesson.parent),
        execution_timeout=SECONDS_A_CELL,
        store_widget_state=False,
        progress_bar=sys.stderr.isatty(),
    )


def sign(notebook: Path) -> None:
    """Tell Jupyter that this machine made the outputs: else it strips the drawings and quizzes from them."""
    import nbformat

    notary().sign(nbformat.read(notebook, as_version=4))


def notary() -> NotebookNotary:
    """Return Jupyter's notary of this person.

    Told its folder, it starts no Jupyter application, whose logging would close the handlers of others.
    """
    from jupyter_core.paths import jupyter_data_dir
    from nbformat.sign import NotebookNotary

    folder = jupyter_data_dir()
    Path(folder).mkdir(parents=True, exist_ok=True)  # a fresh home has none, and the notary does not make it
    return NotebookNotary(data_dir=folder)


def last_line(failure: Exception) -> str:
    """What went wrong, in one line (papermill's errors end with the traceback's last line)."""
    ename, evalue = (
        getattr(failure, "ename", type(failure).__name__),
        getattr(failure, "evalue", str(failure)),
    )
    count = getattr(failure, "exec_count", None)
    where = f"cell {count}: " if count else ""
    first = evalue.strip().splitlines()[0] if evalue.strip() else ""
    return f"{where}{ename}: {first}"


def print_summary(results: list[Result], out: Path) -> None:
    """A table with each lesson's seconds and how it ended."""
    from rich.console import Console
    from rich.table import Table

    table = Table("lesson", "seconds", "result")
    for result in results:
        table.add_row(result.lesson.stem, f"{result.seconds:.1f}", result.error or "passed")
    Console().print(table)
    click.echo(f"The executed notebooks are in {out}.")
