"""Marks as a CSV file for a learning platform or a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from course_utils.classroom import roster
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import write_text
from course_utils.classroom.gradebook import GRADED, NOT_SUBMITTED, Mark, Marks, read_marks
from course_utils.classroom.late import Release
from course_utils.classroom.release import latest, names
from course_utils.classroom.roster import Student

Rows = list[list[str]]
Writer = Callable[[dict[str, Student], Marks], Rows]
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def export(course: Course, assignment: str, style: str, target: Path | None = None) -> tuple[Path, Marks]:
    """Write the marks of the enrolled students; returns the file and the marks.

    Args:
        style: plain, moodle or canvas.

    Raises:
        ClassError: the assignment was not released, or the file cannot be written.
    """
    students = roster.enrolled(course)
    marks = read_marks(course, require_release(course, assignment), students)
    rows = STYLES[style](students, marks)
    path = target or course.folder / "reports" / f"{assignment}-{style}.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([harmless(cell) for cell in row] for row in rows)
    try:
        write_text(path, text.getvalue(), mode=0o600)
    except OSError as error:
        raise ClassError(f"{path} cannot be written: {error.strerror}. Choose another --out.") from error
    return path, marks


def require_release(course: Course, assignment: str) -> Release:
    """The terms of an assignment that was released.

    Raises:
        ClassError: it was not.
    """
    released = latest(course, assignment)
    if released is None:
        known = ", ".join(names(course)) or "none"
        raise ClassError(f"{assignment} has not been released. Released so far: {known}.")
    return released


def harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_BEGINS) else cell


def number(value: float) -> str:
    """Points with two decimals at most."""
    return f"{round(value, 2):g}"


def plain(students: dict[str, Student], marks: Marks) -> Rows:
    """Everything, a column for each task."""
    head = [
        "id",
        "first_name",
        "last_name",
        "email",
        "state",
        "score",
        "max_score",
        "late_penalty",
        "days_late",
    ]
    rows = [[*head, *marks.most]]
    for id, student in students.items():
        mark = marks.of[id]
        rows.append(
            [id, student.first_name, student.last_name, student.email, mark.state]
            + [number(mark.score), number(marks.max_score), number(mark.penalty), str(mark.days_late)]
            + [number(mark.points.get(cell, 0.0)) for cell in marks.most]
        )
    return rows


def moodle(students: dict[str, Student], marks: Marks) -> Rows:
    """For Moodle: Grades > Import > CSV file, matched by e-mail address or ID number."""
    rows = [["ID number", "First name", "Last name", "Email address", marks.assignment, "Feedback comments"]]
    for id, student in students.items():
        mark = marks.of[id]
        who = [id, student.first_name, student.last_name, student.email]
        rows.append([*who, number(mark.score), comment(mark)])
    return rows


def canvas(students: dict[str, Student], marks: Marks) -> Rows:
    """For Canvas: Grades > Import, with its line of points possible."""
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", marks.assignment],
        ["    Points Possible", "", "", "", "", number(marks.max_score)],
    ]
    for id, student in students.items():
        name = f"{student.last_name}, {student.first_name}".strip(", ") or id
        rows.append([name, student.canvas_id, id, id, "", number(marks.of[id].score)])
    return rows


def comment(mark: Mark) -> str:
    """A few words beside the mark where it is not the plain sum of points."""
    words = [] if mark.state == GRADED else [mark.state]
    if mark.penalty and mark.state != NOT_SUBMITTED:
        words.append(f"{mark.days_late} days late: {number(mark.penalty)} points off")
    return "; ".join(words)


STYLES: dict[str, Writer] = {"plain": plain, "moodle": moodle, "canvas": canvas}


def unfinished(marks: Marks) -> Sequence[str]:
    """Students whose mark may still change."""
    return [id for id, mark in marks.of.items() if mark.state not in (GRADED, NOT_SUBMITTED)]
