"""``course class``: a teacher's commands for the graded class. What they do is in course_utils.classroom."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from course_utils.classroom.course import Course
    from course_utils.classroom.examiner import Examination
    from course_utils.classroom.grade import Summary
    from course_utils.classroom.verdict import Verdict

FILE = click.Path(path_type=Path)
MOST_LISTED = 100  # ids in a message
STYLES = ("plain", "moodle", "canvas")


class ClassGroup(click.Group):
    """The commands; a ClassError becomes a message without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was named."""
        from course_utils.classroom.course import ClassError

        try:
            return super().invoke(ctx)
        except ClassError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error}. Mend this, then give the command again.") from error
        except ModuleNotFoundError as error:
            if error.name != "nbgrader":
                raise
            raise click.ClickException(
                "nbgrader is not installed. Install what a class needs:  pip install 'course-utils[class]'"
            ) from error


@click.group("class", cls=ClassGroup)
@click.option(
    "-C", "folder", type=FILE, default=Path(), help="Folder of the class; else the one where you are."
)
@click.pass_context
def classroom(ctx: click.Context, folder: Path) -> None:
    """Run the course as a graded class: release, collect, grade, give feedback, export marks."""
    ctx.obj = folder


def working(words: str) -> AbstractContextManager[object]:
    """Say on a terminal what is being done, as long as it is."""
    from rich.console import Console

    return Console(stderr=True).status(words)


def open_class(ctx: click.Context) -> Course:
    """The class whose folder the command line names."""
    from course_utils.classroom.course import open_course

    return open_course(ctx.obj)


@classroom.command()
@click.argument("folder", type=FILE)
@click.option("--name", default="", help="Name of the course in nbgrader; else the folder's.")
@click.option("--db", default="", help="Address of a database, postgresql+psycopg://...; else a file.")
@click.option("--exchange", type=FILE, help="Folder that the students' JupyterLab shares.")
@click.option("--time-zone", default="", help="Of due dates, as Europe/Berlin; else this machine's.")
def init(folder: Path, name: str, db: str, exchange: Path | None, time_zone: str) -> None:
    """Set up a class in FOLDER (again: add what is missing)."""
    from course_utils.classroom import course as module
    from course_utils.cli import project

    assignments = project.NOTEBOOKS / "assignments"
    with working("setting up"):
        made, copied = module.init(
            folder,
            assignments if assignments.is_dir() else None,
            name=name,
            time_zone=time_zone,
            database=db,
            exchange=exchange,
        )
    click.echo(f"The class '{made.name}' is in {made.folder}; due dates are in {made.time_zone}.")
    click.echo(f"Assignments added: {', '.join(copied) or 'none'}.")
    click.echo(f"Next:  cd {folder}  and  course class roster import students.csv")


@classroom.group()
def roster() -> None:
    """The students of the class."""


@roster.command("import")
@click.argument("file", type=FILE)
@click.pass_context
def roster_import(ctx: click.Context, file: Path) -> None:
    """Take over the students in a CSV FILE; who is no longer in it is marked as dropped out."""
    from course_utils.classroom import roster as module

    changes = module.import_csv(open_class(ctx), file)
    for words, ids in (
        ("new", changes.added),
        ("changed", changes.changed),
        ("dropped out", changes.dropped),
        ("back again", changes.returned),
    ):
        click.echo(f"{words}: {len(ids)}" + (f" ({', '.join(ids)})" if 0 < len(ids) <= 10 else ""))


@classroom.command()
@click.argument("assignment")
@click.option("--due", help='When it is due: "2026-12-01 23:59" in the class\'s time zone, or with its own.')
@click.option("--late-days", type=click.IntRange(min=0), help="Days after the due date that still count.")
@click.option(
    "--late-penalty", type=click.FloatRange(0, 100), help="Per cent of the score for each late day."
)
@click.option("--run/--no-run", default=True, help="Also run and grade it, to see that it works.")
@click.pass_context
def release(
    ctx: click.Context,
    assignment: str,
    due: str | None,
    late_days: int | None,
    late_penalty: float | None,
    run: bool,
) -> None:
    """Make the students' version of ASSIGNMENT, check it, and publish it (again: the mended one)."""
    from course_utils.classroom import late
    from course_utils.classroom import release as module

    course = open_class(ctx)
    terms: dict[str, Any] = {"late_days": late_days, "late_penalty": late_penalty}
    if due is not None:
        when, where = late.moment(due, course)
        terms |= {"due": when.isoformat(), "time_zone": str(where)}
    given = {name: value for name, value in terms.items() if value is not None}
    with working(
        "making the students' version, running and grading it" if run else "making the students' version"
    ):
        released = module.release(course, assignment, given, run=run)
    until = (
        f"due {released.due_at:%A, %d %B %Y, %H:%M} {released.time_zone}" if released.due else "no due date"
    )
    click.echo(f"{assignment} is released, {until}: {course.released(assignment)}")
    click.echo(late.in_words(released))
    if course.exchange:
        click.echo(f"Students find it in JupyterLab's assignment list ({course.exchange}).")


@classroom.command()
@click.argument("assignment")
@click.argument("source", type=FILE, required=False)
@click.option("--worksheet", type=FILE, help="Moodle's grading worksheet, for students of equal names.")
@click.pass_context
def collect(ctx: click.Context, assignment: str, source: Path | None, worksheet: Path | None) -> None:
    """Collect submissions from the exchange, or from SOURCE: a folder or zip of Moodle or Canvas."""
    from course_utils.classroom import collect as module

    with working("collecting"):
        done = module.collect(open_class(ctx), assignment, source, worksheet)
    click.echo(f"{len(done.new)} new, {len(done.updated)} updated, {len(done.same)} as before.")
    for who, reason in done.refused.items():
        click.echo(f"  refused: {who}: {reason}")
    for who, reason in done.doubtful.items():
        click.echo(f"  look at the time of {who}: {reason}")
    for name, reason in done.strangers.items():
        click.echo(f"  not taken: {name}: {reason}")
    if done.missing:
        click.echo(f"{len(done.missing)} have handed in nothing: {listed(done.missing)}")


@classroom.command()
@click.argument("assignment")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="At the same time.")
@click.option("--student", "only", multiple=True, metavar="ID", help="Grade only this one (may be repeated).")
@click.option("--again", is_flag=True, help="Also what has not changed since it was graded.")
@click.option(
    "--unsafe-no-sandbox",
    "unsafe",
    is_flag=True,
    help="Run students' code with your own rights: it can read and change all that you can.",
)
@click.pass_context
def grade(
    ctx: click.Context, assignment: str, workers: int, only: tuple[str, ...], again: bool, unsafe: bool
) -> None:
    """Grade what was handed in and has changed. Exit code 1: a submission needs a person."""
    from course_utils.classroom import grade as module
    from course_utils.classroom import release

    course = open_class(ctx)
    release.load(course, assignment)
    with examination_of(course, assignment, workers, unsafe) as examination, Progress() as bar:
        summary = module.grade(
            course,
            assignment,
            examination.examine,
            workers=workers,
            only=only,
            again=again,
            begin=bar.begin,
            tell=bar.step,
        )
    print_summary(summary)
    sys.exit(1 if summary.needs_a_person else 0)


@contextmanager
def examination_of(course: Course, assignment: str, workers: int, unsafe: bool) -> Iterator[Examination]:
    """The examiner, ready to work; what keeps it from starting is told in a sentence."""
    from course_utils.classroom.course import ClassError
    from course_utils.classroom.examiner import Examination
    from course_utils.classroom.sandbox.command import SandboxError
    from course_utils.classroom.submission import SubmissionError
    from course_utils.classroom.warm import WarmParentError

    with ExitStack() as stack:
        try:
            with working("starting the examiner"):
                made = Examination(
                    course.source(assignment), limits=course.limits, workers=workers, unsafe=unsafe
                )
                examination = stack.enter_context(made)
        except (SandboxError, SubmissionError, WarmParentError) as error:
            raise ClassError(str(error)) from error
        yield examination


class Progress:
    """A bar on a terminal; elsewhere a line for each submission."""

    def __enter__(self) -> Progress:
        """Show the bar."""
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.total, self.done = 0, 0
        console = Console(stderr=True)
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, TextColumn("{task.fields[who]}"), console=console, transient=True)
        self.bar.disable = not console.is_terminal
        self.bar.start()
        return self

    def __exit__(self, *failure: object) -> None:
        """Take the bar away."""
        self.bar.stop()

    def begin(self, number: int) -> None:
        """Say how many there are."""
        self.total = number
        self.task = self.bar.add_task("grading", total=number, who="")

    def step(self, student: str, verdict: Verdict) -> None:
        """Say that one is done."""
        self.done += 1
        self.bar.update(self.task, advance=1, who=student)
        if self.bar.disable:
            click.echo(f"[{self.done}/{self.total}] {student}: {verdict.state}", err=True)


def print_summary(summary: Summary) -> None:
    """A table of all marks, and who was left out."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("student", "result", "points", "CPU seconds", "remark")
    for student, verdict in sorted(summary.verdicts.items()):
        points = f"{sum(cell.points for cell in verdict.cells):g}" if verdict.cells else ""
        seconds = f"{verdict.cpu_seconds:.1f}" if student in summary.examined else "as before"
        table.add_row(student, verdict.state, points, seconds, escape(verdict.reason))
    Console().print(table)
    for words, ids in (
        ("without a submission", summary.missing),
        ("dropped out, not graded", summary.dropped),
        ("not on the roster, not graded", summary.strangers),
        ("needing a person", summary.needs_a_person),
    ):
        if ids:
            click.echo(f"{len(ids)} {words}: {listed(ids)}")
    if summary.damaged:
        click.echo(f"{summary.damaged} damaged lines of the journal did not count.")


@classroom.command()
@click.argument("assignment")
@click.option("--format", "style", type=click.Choice(STYLES), default="plain", show_default=True)
@click.option("--out", type=FILE, help="File to write; else one in reports/.")
@click.pass_context
def export(ctx: click.Context, assignment: str, style: str, out: Path | None) -> None:
    """Write the marks of ASSIGNMENT as CSV."""
    from course_utils.classroom import export as module

    path, marks = module.export(open_class(ctx), assignment, style, out)
    click.echo(f"{len(marks.of)} students: {path}")
    say_unfinished(module.unfinished(marks))


@classroom.command()
@click.argument("assignment")
@click.option("--student", "only", multiple=True, metavar="ID", help="Only for this one (may be repeated).")
@click.pass_context
def feedback(ctx: click.Context, assignment: str, only: tuple[str, ...]) -> None:
    """Write each student's feedback on ASSIGNMENT, and publish it in the exchange."""
    from course_utils.classroom import feedback as module

    course = open_class(ctx)
    with working("writing feedback"):
        done = module.feedback(course, assignment, only)
    click.echo(f"{len(done.fresh)} written, {len(done.same)} as before: {course.folder / 'feedback'}")
    if done.published:
        click.echo("Students fetch it in JupyterLab's assignment list.")
    say_unfinished(done.unfinished)


@classroom.command()
@click.argument("assignment", required=False)
@click.pass_context
def report(ctx: click.Context, assignment: str | None) -> None:
    """Write a page about how the class did: in ASSIGNMENT, or in all of them."""
    from course_utils.classroom import report as module

    course = open_class(ctx)
    if assignment is None:
        click.echo(module.report_on_class(course))
        return
    with working("drawing"):
        path, unfinished = module.report(course, assignment)
    click.echo(path)
    say_unfinished(unfinished)


@classroom.command()
@click.argument("assignment")
@click.argument("student")
@click.option("--days", type=click.FloatRange(0), required=True, help="Days more than the others have.")
@click.pass_context
def extend(ctx: click.Context, assignment: str, student: str, days: float) -> None:
    """Put the due date of ASSIGNMENT off for STUDENT."""
    from course_utils.classroom import release as module

    module.extend(open_class(ctx), assignment, student, days)
    click.echo(f"{student} has {days:g} days more for {assignment}.")


@classroom.command("delete-student")
@click.argument("student")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def delete_student(ctx: click.Context, student: str, yes: bool) -> None:
    """Delete all that the class has stored about STUDENT: work, marks, verdicts, feedback."""
    from course_utils.classroom import privacy

    course = open_class(ctx)
    if not yes:
        click.confirm(f"Delete the work and all marks of {student}? This cannot be undone", abort=True)
    for folder in privacy.delete_student(course, student):
        click.echo(f"deleted: {folder}")
    click.echo(f"{student} is deleted. Write reports and exports anew; look after your backups yourself.")


def listed(ids: Sequence[str]) -> str:
    """Ids in a row, the first ones of very many."""
    more = [f"and {len(ids) - MOST_LISTED} more"] if len(ids) > MOST_LISTED else []
    return ", ".join([*ids[:MOST_LISTED], *more])


def say_unfinished(ids: Sequence[str]) -> None:
    """Warn that some marks are not final."""
    if ids:
        click.echo(f"Not final yet ({len(ids)}): {listed(ids)}. Mark them in formgrader, or grade first.")
