"""Deleting what a class has stored about a student."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from course_utils.classroom import release, roster
from course_utils.classroom.archive import RefusedError, delete_tree, items_of_folder, printable
from course_utils.classroom.collect import NEW, SECRET, SECRET_FORM
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import locked
from course_utils.classroom.journal import forget
from course_utils.classroom.platforms import EXCHANGE
from course_utils.classroom.versions import TRIAL

FOLDERS = ("submitted", "autograded", "feedback", "earlier")


def delete_student(course: Course, student: str) -> list[Path]:
    """Delete a student's work, marks, verdicts and entry in the roster; returns the folders that went.

    Reports and exported files are not changed: they are written anew by their commands. What cannot be deleted
    keeps nothing else from going.

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
    for assignment in release.names(course):
        if (released := release.latest(course, assignment)) and student in released.extensions:
            release.extend(course, assignment, student, 0)
    roster.save(course, [entry for id, entry in roster.load(course).items() if id != student])
    unpublish(course, student)
    return delete_folders([*places(course, student), *leftovers(course)])


def delete_folders(folders: list[Path]) -> list[Path]:
    """Delete folders that a student may have filled; returns them.

    Raises:
        ClassError: with every one that cannot be deleted; the others are.
    """
    left = []
    for folder in folders:
        try:
            delete_tree(folder)
        except FileNotFoundError:  # it went meanwhile
            continue
        except OSError as error:
            left.append(f"  {printable(str(folder))}: {error.strerror}")
    if left:
        raise ClassError("Everything else is deleted, but delete these yourself:\n" + "\n".join(left))
    return folders


def known(course: Course, student: str) -> bool:
    """Whether the roster or a folder knows the student."""
    return student in roster.load(course) or any(places(course, student))


def places(course: Course, student: str) -> Iterator[Path]:
    """The folders with a student's work, those in the exchange included."""
    for name in FOLDERS:
        if is_folder(folder := course.folder / name / student):
            yield folder
    if course.exchange and (inbound := course.exchange / course.name / "inbound").is_dir():
        for folder in sorted(inbound.iterdir()):
            match = EXCHANGE.fullmatch(folder.name)
            if match and match["id"].casefold() == student.casefold() and is_folder(folder):
                yield folder


def leftovers(course: Course) -> Iterator[Path]:
    """What a crash has left of collecting; it may hold anybody's work, and nobody needs it."""
    for beginning in (NEW, TRIAL):
        yield from filter(is_folder, course.folder.glob(f"{beginning}*"))


def is_folder(path: Path) -> bool:
    """Whether there is a folder that is no link to one."""
    return path.is_dir() and not path.is_symlink()


def unpublish(course: Course, student: str) -> None:
    """Delete the student's feedback from the exchange, where it bears names that only a secret tells."""
    if course.exchange is None:
        return
    from nbgrader.utils import notebook_hash

    public = course.exchange / course.name / "feedback"
    for secret in secrets_of(course, student):
        for assignment in release.names(course):
            name = notebook_hash(secret=secret, notebook_id=assignment)
            (public / f"{name}.html").unlink(missing_ok=True)


def secrets_of(course: Course, student: str) -> Iterator[str]:
    """The secrets of nbgrader in a student's folders; whatever else bears that name is none."""
    for folder in places(course, student):
        for item in items_of_folder(folder, folder.lstat().st_uid):
            if item.parts[-1] != SECRET:
                continue
            try:
                content = item.read()
            except RefusedError:
                continue
            if SECRET_FORM.fullmatch(content):
                yield content.decode("ascii")


def delete_verdicts(course: Course, student: str) -> None:
    """Take the student's lines out of every journal."""
    for path in sorted((course.folder / "journal").glob("*.jsonl")):
        with locked(path.with_suffix(".lock")) as alone:
            if not alone:
                raise ClassError(f"{path.stem} is being graded. Wait for its end, then delete again.")
            forget(path, student)
