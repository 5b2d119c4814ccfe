"""Deleting what a class has stored about a student."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from course_utils.classroom import release, roster
from course_utils.classroom.collect import SECRET
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import locked
from course_utils.classroom.journal import forget
from course_utils.classroom.platforms import EXCHANGE

FOLDERS = ("submitted", "autograded", "feedback", "earlier")


def delete_student(course: Course, student: str) -> list[Path]:
    """Delete a student's work, marks, verdicts and entry in the roster; returns the folders that went.

    Reports and exported files are not changed: they are written anew by their commands.

    Raises:
        ClassError: nobody has this id, the class is being graded, or something cannot be deleted.
    """
    if not roster.ID.fullmatch(student) or not (known(course, student)):
        raise ClassError(f"Nothing is stored about '{student}'. The ids are in roster.csv.")
    delete_verdicts(course, student)
    with course.gradebook() as gradebook:
        if student in {entry.id for entry in gradebook.students}:
            gradebook.remove_student(student)
        gradebook.db.commit()
        with gradebook.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")  # else the database's file keeps what was deleted
    unpublish(course, student)
    gone = []
    for folder in places(course, student):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise ClassError(f"{folder} cannot be deleted: {error.strerror}. Delete it yourself.") from error
        gone.append(folder)
    for assignment in release.names(course):
        if (released := release.latest(course, assignment)) and student in released.extensions:
            release.extend(course, assignment, student, 0)
    roster.save(course, [entry for id, entry in roster.load(course).items() if id != student])
    return gone


def known(course: Course, student: str) -> bool:
    """Whether the roster or a folder knows the student."""
    return student in roster.load(course) or any(places(course, student))


def places(course: Course, student: str) -> Iterator[Path]:
    """The folders with a student's work, those in the exchange included."""
    for name in FOLDERS:
        if (folder := course.folder / name / student).is_dir():
            yield folder
    if course.exchange and (inbound := course.exchange / course.name / "inbound").is_dir():
        for folder in sorted(inbound.iterdir()):
            match = EXCHANGE.fullmatch(folder.name)
            if match and match["id"] == student and not os.path.islink(folder):
                yield folder


def unpublish(course: Course, student: str) -> None:
    """Delete the student's feedback from the exchange, where it bears names that only a secret tells."""
    if course.exchange is None:
        return
    from nbgrader.utils import notebook_hash

    for folder in places(course, student):
        for secret in folder.rglob(SECRET):
            for assignment in release.names(course):
                name = notebook_hash(secret=secret.read_text(encoding="ascii"), notebook_id=assignment)
                (course.exchange / course.name / "feedback" / f"{name}.html").unlink(missing_ok=True)


def delete_verdicts(course: Course, student: str) -> None:
    """Take the student's lines out of every journal."""
    for path in sorted((course.folder / "journal").glob("*.jsonl")):
        with locked(path.with_suffix(".lock")) as alone:
            if not alone:
                raise ClassError(f"{path.stem} is being graded. Wait for its end, then delete again.")
            forget(path, student)
