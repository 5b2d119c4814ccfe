"""``course class collect`` and what puts it right: take back, choose an earlier version, tell a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from course_utils.cli.classroom import FILE, classroom, listed, open_class, say, say_untimed, working

if TYPE_CHECKING:
    from course_utils.classroom.arrival import Arrival
    from course_utils.classroom.collect import Collected
    from course_utils.classroom.course import Course


@classroom.command()
@click.argument("assignment")
@click.argument("source", type=FILE, required=False)
@click.option(
    "--worksheet",
    type=FILE,
    help="Moodle's grading worksheet: who the participants are, and when they handed in.",
)
@click.option(
    "--submitted-at", metavar="TIME", help="When it was handed in, where the platform does not tell."
)
@click.option("--in-time", is_flag=True, help="It was in time, where the platform does not tell.")
@click.option("--file-times", is_flag=True, help="The files' own times are the times of handing in.")
@click.option("--dry-run", is_flag=True, help="Only say what would come of it.")
@click.pass_context
def collect(
    ctx: click.Context,
    assignment: str,
    source: Path | None,
    worksheet: Path | None,
    submitted_at: str | None,
    in_time: bool,
    file_times: bool,
    dry_run: bool,
) -> None:
    """Collect submissions from the exchange, or from SOURCE: a folder or zip of Moodle or Canvas."""
    from course_utils.classroom import collect as module

    if sum((submitted_at is not None, in_time, file_times)) > 1:
        raise click.UsageError("--submitted-at, --in-time and --file-times exclude one another.")
    course = open_class(ctx)
    with working("collecting"):
        done = module.collect(
            course,
            assignment,
            source,
            worksheet,
            said=arrival_said(course, submitted_at, in_time),
            times_of_files=file_times,
            dry_run=dry_run,
        )
    if dry_run:
        say("Nothing is changed. This would come of it:")
    say_collected(done, assignment)


def arrival_said(course: Course, submitted_at: str | None, in_time: bool) -> Arrival | None:
    """What the options say about the time of handing in."""
    from course_utils.classroom import late
    from course_utils.classroom.arrival import IN_TIME, KNOWN, OPTION, Arrival

    if submitted_at is not None:
        return Arrival(KNOWN, late.moment(submitted_at, course)[0], OPTION)
    return Arrival(IN_TIME, None, OPTION) if in_time else None


def say_collected(done: Collected, assignment: str) -> None:
    """What became of the submissions; whatever a teacher would not expect has a line."""
    say(f"{len(done.new)} new, {len(done.updated)} updated, {len(done.same)} as before.")
    for title, reasons in (
        ("refused", done.refused),
        ("not taken", done.other),
        ("put aside", done.aside),
        ("look at the time of", done.doubtful),
        ("look at", done.notes),
        ("not taken", done.strangers),
    ):
        for who, reason in reasons.items():
            say(f"  {title}: {who}: {reason}")
    for words in done.words:
        say(words)
    say_untimed(assignment, done.late, done.untimed)
    if done.missing:
        say(f"{len(done.missing)} have handed in nothing: {listed(done.missing)}")


@classroom.command()
@click.argument("assignment")
@click.argument("students", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Of everybody who has handed in.")
@click.option("--forget-marks", is_flag=True, help="Also where marks or comments by hand would go.")
@click.pass_context
def uncollect(
    ctx: click.Context, assignment: str, students: tuple[str, ...], everybody: bool, forget_marks: bool
) -> None:
    """Take back what was collected last of STUDENTS; what it replaced counts again. Nothing is deleted.

    Exit code 1: of some it was not taken back.
    """
    from course_utils.classroom import roster, versions
    from course_utils.classroom.course import ClassError

    course = open_class(ctx)
    if everybody:
        students = tuple(id for id in roster.load(course) if course.submitted(id, assignment).is_dir())
    if not students:
        raise click.UsageError("Name the students, or say --all.")
    kept: dict[str, str] = {}
    for student in students:
        try:
            before = versions.uncollect(course, assignment, student, forget_marks=forget_marks)
        except ClassError as error:
            kept[student] = str(error)
            continue
        counts = f"what was {before.words(course.time_zone)} counts again" if before else "nothing counts now"
        say(f"{student}: {counts}")
    for student, reason in kept.items():
        say(f"  not taken back: {student}: {reason}")
    say(f"What was taken back is in earlier/:  course class earlier {assignment} ID")
    sys.exit(1 if kept else 0)


@classroom.command()
@click.argument("assignment")
@click.argument("student")
@click.option("--use", "number", type=click.IntRange(1), help="Let this one count.")
@click.pass_context
def earlier(ctx: click.Context, assignment: str, student: str, number: int | None) -> None:
    """List the submissions of STUDENT that do not count now, or let one of them count."""
    from course_utils.classroom import roster, versions
    from course_utils.classroom.arrival import read_record
    from course_utils.classroom.course import ClassError, require_assignment

    course = open_class(ctx)
    require_assignment(course, assignment)
    if student not in roster.load(course):
        raise ClassError(f"Not on the roster: {student}. The ids are in roster.csv.")
    found = versions.earlier_of(course, student, assignment)
    if number is not None:
        if number > len(found):
            raise ClassError(f"{student} has {len(found)} earlier submissions of {assignment}.")
        chosen = found[number - 1]
        versions.use(course, assignment, student, chosen)
        say(f"{student}: what was {chosen.words(course.time_zone)} counts now.")
        say(f"Next:  course class grade {assignment}")
        return
    for place, version in enumerate(found, start=1):
        say(f"{place}: {version.words(course.time_zone)}: {version.folder}")
    counts = read_record(course.submitted(student, assignment))
    say(
        f"What counts was handed in {counts.arrival.words(course.time_zone)}."
        if counts
        else "Nothing counts now."
    )
    if found:
        say(f"To let one count:  course class earlier {assignment} {student} --use NUMBER")


@classroom.command()
@click.argument("assignment")
@click.argument("students", nargs=-1, required=True)
@click.option("--at", metavar="TIME", help='When: "2026-12-01 22:10" in the class\'s time zone.')
@click.option("--in-time", is_flag=True, help="In time, whenever it was.")
@click.pass_context
def submitted(
    ctx: click.Context, assignment: str, students: tuple[str, ...], at: str | None, in_time: bool
) -> None:
    """Say when STUDENTS handed in ASSIGNMENT. Lateness is counted from it at once."""
    from course_utils.classroom import late, versions

    if (at is not None) == in_time:
        raise click.UsageError("Say either --at TIME or --in-time.")
    course = open_class(ctx)
    when = late.moment(at, course)[0] if at is not None else None
    for student in students:
        versions.require_known(course, assignment, student)
    for student in students:
        say(f"{student}: {versions.set_arrival(course, assignment, student, when).words(course.time_zone)}")
