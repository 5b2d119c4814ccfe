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
    from course_utils.classroom.feedback import Written
    from course_utils.classroom.grade import Summary
    from course_utils.classroom.roster import Changes
    from course_utils.classroom.verdict import Verdict

FILE = click.Path(path_type=Path)
MOST_LISTED = 100  # ids in a message
STYLES = ("plain", "moodle", "canvas")


class ClassGroup(click.Group):
    """The commands; a ClassError becomes a message without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was named."""
        from course_utils.classroom.course import ClassError
        from course_utils.classroom.files import private_by_default
        from course_utils.classroom.names import visible

        try:
            with private_by_default():
                return super().invoke(ctx)
        except ClassError as error:
            raise click.ClickException(visible(str(error))) from error
        except OSError as error:
            words = visible(f"{error}. Mend this, then give the command again.")
            raise click.ClickException(words) from error
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


def say(words: object, *, err: bool = False) -> None:
    """Print words; whatever strangers put into them steers no terminal."""
    from course_utils.classroom.names import visible

    click.echo(visible(str(words)), err=err)


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
    say(f"The class '{made.name}' is in {made.folder}; due dates are in {made.time_zone}.")
    say(f"Assignments added: {', '.join(copied) or 'none'}.")
    say(f"Next:  cd {folder}  and  course class roster import students.csv")


@classroom.group()
def roster() -> None:
    """The students of the class."""


@roster.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--drop", is_flag=True, help="Do not ask: who is not in FILE has dropped out.")
@click.option("--keep", is_flag=True, help="Do not ask: who is not in FILE stays.")
@click.pass_context
def roster_import(ctx: click.Context, file: Path, dry_run: bool, drop: bool, keep: bool) -> None:
    """Take over the students in a CSV FILE; asks whether those who are no longer in it have dropped out."""
    from course_utils.classroom import roster as module

    def agree(changes: module.Changes) -> bool:
        say_changes(changes)
        if not (dry_run or drop) and changes.dropped:
            require_yes(
                f"Have these {len(changes.dropped)} dropped out?",
                "Nothing was changed. Who is not in the file stays with --keep, and has dropped out with --drop.",
            )
        return not dry_run

    module.import_csv(open_class(ctx), file, agree, keep=keep)
    if dry_run:
        say("Nothing was changed.")


def require_yes(question: str, else_: str) -> None:
    """Ask; any answer but yes, or nobody there to answer, is a ClassError with the words `else_`."""
    from course_utils.classroom.course import ClassError

    try:
        answer = click.confirm(question)
    except click.Abort:
        answer = False
    if not answer:
        raise ClassError(else_)


def say_changes(changes: Changes) -> None:
    """How a file was read, and what it changes on the roster."""
    for note in changes.notes:
        say(note)
    for words, ids in (
        ("new", changes.added),
        ("changed", changes.changed),
        ("dropped out", changes.dropped),
        ("back again", changes.returned),
    ):
        say(f"{words}: {len(ids)}" + (f" ({listed(ids)})" if ids else ""))


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
    from course_utils.classroom.course import warning_of_openness

    course = open_class(ctx)
    if warning := warning_of_openness(course.folder):
        say(warning, err=True)
    terms: dict[str, Any] = {"late_days": late_days, "late_penalty": late_penalty}
    if due is not None:
        when, where = late.moment(due, course)
        terms |= {"due": when.isoformat(), "time_zone": str(where)}
    given = {name: value for name, value in terms.items() if value is not None}
    with working(
        "making the students' version, running and grading it" if run else "making the students' version"
    ):
        released = module.release(course, assignment, given, run=run)
    until = f"{'due ' if released.due else ''}{late.due_in_words(released)}"
    say(f"{assignment} is released, {until}: {course.released(assignment)}")
    say(late.in_words(released))
    if course.exchange:
        say(f"Students find it in JupyterLab's assignment list ({course.exchange}).")


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
    say_untimed_of(course, assignment)
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
            say(f"[{self.done}/{self.total}] {student}: {verdict.state}", err=True)


def print_summary(summary: Summary) -> None:
    """A table of all marks, and who was left out."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from course_utils.classroom.names import visible

    table = Table("student", "result", "tests", "mark", "CPU seconds", "remark")
    for student, verdict in sorted(summary.verdicts.items()):
        seconds = f"{verdict.cpu_seconds:.1f}" if student in summary.examined else "as before"
        remark = escape(visible(verdict.reason))
        table.add_row(student, *standing(summary, student), seconds, remark)
    Console().print(table)
    for words, ids in (
        ("without a submission", summary.missing),
        ("dropped out, not graded", summary.dropped),
        ("not on the roster, not graded", summary.strangers),
        ("needing a person", summary.needs_a_person),
        ("to be marked by hand", summary.to_mark),
        ("marked by hand, to be looked at again, since the answer is another", summary.to_look_at_again),
    ):
        if ids:
            say(f"{len(ids)} {words}: {listed(ids)}")
    if summary.damaged:
        say(f"{summary.damaged} damaged lines of the journal did not count.")


def standing(summary: Summary, student: str) -> tuple[str, str, str]:
    """Where a student stands: the result, what the tests gave, and the mark that counts, as far as it is known."""
    cells = summary.verdicts[student].cells
    given, most = (sum(getattr(cell, name) for cell in cells) for name in ("points", "max_points"))
    tests = f"{given:g} of {most:g}" if cells else ""
    if summary.marks is None:
        return summary.verdicts[student].state, tests, ""
    mark = summary.marks.of[student]
    so_far = " so far" if mark.waiting else ""
    return mark.state, tests, f"{mark.score:g} of {summary.marks.max_score:g}{so_far}"


@classroom.command()
@click.argument("assignment")
@click.option("--format", "style", type=click.Choice(STYLES), default="plain", show_default=True)
@click.option(
    "--zeros", is_flag=True, help="0 for those who handed in nothing and can no longer; else empty."
)
@click.option("--out", type=FILE, help="File to write; else one in reports/.")
@click.pass_context
def export(ctx: click.Context, assignment: str, style: str, zeros: bool, out: Path | None) -> None:
    """Write the marks of ASSIGNMENT as CSV. Exit code 1: some are not final, and empty cells."""
    from course_utils.classroom import export as module

    course = open_class(ctx)
    path, marks = module.export(course, assignment, style, out, zeros=zeros)
    released = module.require_release(course, assignment)
    unfinished, waiting = module.unfinished(marks), module.may_hand_in(released, marks)
    say(f"{len(marks.of)} students: {path}")
    say_untimed_of(course, assignment)
    say_unfinished(unfinished)
    if waiting:
        say(f"They may still hand in ({len(waiting)}): {listed(waiting)}.")
    if (missing := module.late_for_ever(released, marks)) and not zeros:
        say(f"Nothing handed in, empty cells ({len(missing)}): {listed(missing)}. With --zeros they get 0.")
    sys.exit(1 if unfinished or waiting else 0)


@classroom.command()
@click.argument("assignment")
@click.option("--student", "only", multiple=True, metavar="ID", help="Only for this one (may be repeated).")
@click.option("--zip", "platform", type=click.Choice(STYLES[1:]), help="Also write a zip that it takes back.")
@click.pass_context
def feedback(ctx: click.Context, assignment: str, only: tuple[str, ...], platform: str | None) -> None:
    """Write each student's feedback on ASSIGNMENT, and publish it in the exchange."""
    from course_utils.classroom import feedback as module

    course = open_class(ctx)
    with working("writing feedback"):
        done = module.feedback(course, assignment, only)
    say(f"{len(done.fresh)} written, {len(done.same)} as before: {course.folder / 'feedback'}")
    say_delivery(done, course.exchange is not None)
    if platform:
        path, others = module.zipped(course, assignment, platform, done.everybody)
        say(f"For {platform.capitalize()}: {path}")
        if others:
            say(f"Not in it, since not collected from there ({len(others)}): {listed(others)}.")
    say_unfinished(done.unfinished)


def say_delivery(done: Written, has_exchange: bool) -> None:
    """Say who gets the feedback, and who does not by itself."""
    published = [id for id in done.everybody if id in done.published]
    others = [id for id in done.everybody if id not in done.published]
    if published:
        say(
            f"Published for {len(published)}, who fetch it in JupyterLab's assignment list: {listed(published)}."
        )
    if others:
        why = "did not hand in through the exchange" if has_exchange else "have no exchange to fetch it from"
        say(
            f"Not published for {len(others)}, who {why}: {listed(others)}. Send them their pages, or --zip moodle."
        )


@classroom.command()
@click.argument("assignment", required=False)
@click.pass_context
def report(ctx: click.Context, assignment: str | None) -> None:
    """Write a page about how the class did: in ASSIGNMENT, or in all of them."""
    from course_utils.classroom import report as module

    course = open_class(ctx)
    if assignment is None:
        say(module.report_on_class(course))
        return
    with working("drawing"):
        path, unfinished = module.report(course, assignment)
    say(path)
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
    say(f"{student} has {days:g} days more for {assignment}.")


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
        say(f"deleted: {folder}")
    say(f"{student} is deleted. Write reports and exports anew; look after your backups yourself.")


def listed(ids: Sequence[str]) -> str:
    """Ids in a row, the first ones of very many."""
    more = [f"and {len(ids) - MOST_LISTED} more"] if len(ids) > MOST_LISTED else []
    return ", ".join([*ids[:MOST_LISTED], *more])


def say_unfinished(ids: Sequence[str]) -> None:
    """Warn that some marks are not final."""
    if ids:
        say(f"Not final yet ({len(ids)}): {listed(ids)}. Mark them in formgrader, or grade first.")


def say_untimed_of(course: Course, assignment: str) -> None:
    """Say of whom nobody knows whether they were late."""
    from course_utils.classroom import release, roster
    from course_utils.classroom.arrival import untimed

    found = untimed(course, release.latest(course, assignment), roster.enrolled(course))
    say_untimed(assignment, found.late, found.unknown)


def say_untimed(assignment: str, late: Sequence[str], unknown: Sequence[str]) -> None:
    """Say whose lateness a person must decide on: nothing is taken off until then."""
    for words, ids in (
        ("Late for the platform, nobody knows by how much", late),
        ("Handed in at a time that nobody knows", unknown),
    ):
        if ids:
            say(f"{words} ({len(ids)}): {listed(ids)}. Nothing is taken off for lateness.")
    if late or unknown:
        say(
            f'Say when:  course class submitted {assignment} ID --at "2026-12-01 22:10"  or  --in-time; for all '
            "at once collect again with --worksheet FILE (Moodle's grading worksheet), --submitted-at TIME or "
            "--in-time."
        )
