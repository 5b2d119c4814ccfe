"""Marks as a CSV file for a learning platform or a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from course_utils.classroom import roster
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import write_bytes
from course_utils.classroom.gradebook import GRADED, NOT_SUBMITTED, Mark, Marks, read_marks
from course_utils.classroom.late import Release
from course_utils.classroom.page import number
from course_utils.classroom.release import latest, names
from course_utils.classroom.roster import Student
from course_utils.classroom.tables import defused

Rows = list[list[str]]
Scores = dict[str, str]
Writer = Callable[[dict[str, Student], Marks, Scores], Rows]
TAG = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")


def export(
    course: Course, assignment: str, style: str, target: Path | None = None, *, zeros: bool = False
) -> tuple[Path, Marks]:
    """Write the marks of the enrolled students; returns the file and the marks.

    A score that is not final is an empty cell. So is that of a student who has handed in nothing.

    Args:
        style: plain, moodle or canvas.
        zeros: write 0 for those who have handed in nothing and cannot do so any more.

    Raises:
        ClassError: the assignment was not released, or the file cannot be written.
    """
    students = roster.enrolled(course)
    released = require_release(course, assignment)
    marks = read_marks(course, released, students)
    late = set(late_for_ever(released, marks)) if zeros else set()
    scores = {id: "0" if id in late else final_score(mark) for id, mark in marks.of.items()}
    rows = STYLES[style](students, marks, scores)
    path = target or course.folder / "reports" / f"{assignment}-{style}.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([defused(cell) for cell in row] for row in rows)
    # Excel takes letters beyond ASCII for UTF-8 only behind a byte-order mark; Moodle and Canvas skip it.
    encoding = "ascii" if text.getvalue().isascii() else "utf-8-sig"
    try:
        write_bytes(path, text.getvalue().encode(encoding), mode=0o600)
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


def late_for_ever(released: Release, marks: Marks) -> list[str]:
    """Students who have handed in nothing, and for whom the last late day is over (or nothing is ever due)."""
    missing = [id for id, mark in marks.of.items() if mark.state == NOT_SUBMITTED]
    return [id for id in missing if released.due_at is None or is_over(released, id)]


def may_hand_in(released: Release, marks: Marks) -> list[str]:
    """Students who have handed in nothing, and still may: what they do will count."""
    over = set(late_for_ever(released, marks))
    return [id for id, mark in marks.of.items() if mark.state == NOT_SUBMITTED and id not in over]


def is_over(released: Release, student: str) -> bool:
    """Whether whatever a student hands in from now on is too late to count."""
    extension = timedelta(days=released.extensions.get(student, 0))
    return released.days_late(datetime.now(UTC), extension) > released.late_days


def final_score(mark: Mark) -> str:
    """The score that will not change by itself any more; else nothing."""
    return number(mark.score) if mark.state == GRADED else ""


def plain(students: dict[str, Student], marks: Marks, scores: Scores) -> Rows:
    """Everything, a column for each task."""
    who = ["id", "first_name", "last_name", "email"]
    rows = [[*who, "state", "score", "max_score", "late_penalty", "days_late", *marks.most, "comments"]]
    for id, student in students.items():
        mark = marks.of[id]
        known = {each: number(points) for each, points in mark.points.items() if each not in mark.waiting}
        rows.append(
            [id, student.first_name, student.last_name, student.email, mark.state, scores[id]]
            + [number(marks.max_score), number(mark.penalty), str(mark.days_late)]
            + [known.get(each, "") for each in marks.most]
            + [teachers_words(mark)]
        )
    return rows


def moodle(students: dict[str, Student], marks: Marks, scores: Scores) -> Rows:
    """For Moodle: Grades > Import > CSV file, matched by e-mail address or ID number."""
    rows = [["ID number", "First name", "Last name", "Email address", marks.assignment, "Feedback comments"]]
    for id, student in students.items():
        mark = marks.of[id]
        words = "\n".join(filter(None, [comment(mark), teachers_words(mark)]))
        shown = TAG.sub(lambda match: "&lt;" if match[0] == "<" else "&amp;", words)  # Moodle shows HTML
        rows.append([id, student.first_name, student.last_name, student.email, scores[id], shown])
    return rows


def canvas(students: dict[str, Student], marks: Marks, scores: Scores) -> Rows:
    """For Canvas: Grades > Import, with its line of points possible; it takes no remarks."""
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", marks.assignment],
        ["    Points Possible", "", "", "", "", number(marks.max_score)],
    ]
    for id, student in students.items():
        name = f"{student.last_name}, {student.first_name}".strip(", ") or id
        rows.append([name, student.canvas_id, id, id, "", scores[id]])
    return rows


def comment(mark: Mark) -> str:
    """A few words beside the mark where it is not the plain sum of points."""
    words = [] if mark.state == GRADED else [mark.state]
    if mark.penalty and mark.state != NOT_SUBMITTED:
        days = "1 day" if mark.days_late == 1 else f"{mark.days_late} days"
        words.append(f"{days} late: {number(mark.penalty)} points off")
    return "; ".join(words)


def teachers_words(mark: Mark) -> str:
    """What the teacher wrote to the student, with the name of the cell."""
    return "\n".join(f"{cell}: {words}" for cell, words in mark.comments.items())


STYLES: dict[str, Writer] = {"plain": plain, "moodle": moodle, "canvas": canvas}


def unfinished(marks: Marks) -> Sequence[str]:
    """Students whose mark may still change."""
    return [id for id, mark in marks.of.items() if mark.state not in (GRADED, NOT_SUBMITTED)]
