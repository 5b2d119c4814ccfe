"""The versions of a student's submission: the one that counts, in submitted/, and the others, in earlier/."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from course_utils.classroom import roster
from course_utils.classroom.archive import delete_tree
from course_utils.classroom.arrival import (
    IN_TIME,
    KNOWN,
    RECORD,
    TEACHER,
    TIMESTAMP,
    Arrival,
    Record,
    clock,
    content_at,
    read_record,
)
from course_utils.classroom.course import ClassError, Course, require_assignment
from course_utils.classroom.files import locked, write_bytes
from course_utils.classroom.journal import forget

REFUSED = "refused.txt"
SUBMITTED, EARLIER = "submitted", "earlier"
TRIAL = ".try-"  # begins the names of folders that are gone after a trial


@dataclass(frozen=True)
class Version:
    """A version that does not count now."""

    folder: Path
    record: Record
    refused: bool

    @property
    def when(self) -> datetime:
        """What versions are sorted by."""
        return self.record.arrival.at or self.record.changed or datetime.min.replace(tzinfo=UTC)

    def words(self, where: ZoneInfo) -> str:
        """The version as a person reads it, times on the clocks of `where`."""
        words = f"handed in {self.record.arrival.words(where)}"
        if self.record.arrival.at is None and self.record.changed:
            words += f" (file of {clock(self.record.changed, where)})"
        return words + (", refused" if self.refused else "")


def earlier_of(course: Course, student: str, assignment: str) -> list[Version]:
    """The versions in earlier/, oldest first."""
    place = course.folder / EARLIER / student / assignment
    found = []
    for folder in sorted(place.iterdir()) if place.is_dir() and not place.is_symlink() else []:
        if (record := read_record(folder)) is not None:
            found.append(Version(folder, record, os.path.lexists(folder / REFUSED)))
    return sorted(found, key=lambda version: version.when)


def is_older(now: Record, before: Record) -> bool:
    """Whether what was found is older than what counts: by the times of handing in, or by those of the files.

    Where neither tells, what is collected later counts: it comes from a later export.
    """
    new, old = now.arrival, before.arrival
    told = TEACHER not in (new.by, old.by) and new.by == old.by
    if told and new.counted and old.counted and new.counted != old.counted:
        return new.counted < old.counted
    return bool(now.changed and before.changed and now.changed < before.changed)


def with_content(course: Course, student: str, assignment: str, name: str, content: bytes) -> Version | None:
    """The version in earlier/ that is this file."""
    versions = earlier_of(course, student, assignment)
    return next((each for each in versions if content_at(each.folder / name) == content), None)


def place_in_earlier(course: Course, student: str, assignment: str, record: Record) -> Path:
    """A free place for a version that does not count; nothing there is ever overwritten."""
    at = record.arrival.at or record.changed or datetime.now(UTC)
    folder = course.folder / EARLIER / student / assignment
    name = f"{at.astimezone(UTC):%Y-%m-%dT%H%M%S.%fZ}"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(folder / each for each in names if not os.path.lexists(folder / each))


def put_aside(course: Course, student: str, assignment: str) -> Path | None:
    """Move the version that counts to earlier/; returns its new place, None where none counts."""
    folder = course.submitted(student, assignment)
    if not os.path.lexists(folder):
        return None
    written = datetime.fromtimestamp(folder.lstat().st_mtime, UTC)
    target = place_in_earlier(course, student, assignment, read_record(folder) or Record(changed=written))
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(folder, target)
    return target


def use(course: Course, assignment: str, student: str, version: Version) -> None:
    """Let an earlier version count; the one that counted goes to earlier/, and `uncollect` brings it back."""
    aside = bring_back(course, assignment, student, version)
    replaced = aside.name if aside else ""
    write_record(course.submitted(student, assignment), replace(version.record, replaced=replaced))


def bring_back(course: Course, assignment: str, student: str, version: Version) -> Path | None:
    """Move an earlier version to submitted/; returns where the one went that counted."""
    folder = course.submitted(student, assignment)
    aside = put_aside(course, student, assignment)
    folder.parent.mkdir(parents=True, exist_ok=True)
    os.replace(version.folder, folder)
    return aside


def uncollect(course: Course, assignment: str, student: str, *, forget_marks: bool = False) -> Version | None:
    """Take back what was collected last; what it replaced counts again. Returns that; None: nothing counts now.

    Args:
        forget_marks: also where marks or comments by hand go with the submission.

    Raises:
        ClassError: nothing of the student was collected, or marks by hand would go.
    """
    require_assignment(course, assignment)
    require_known(course, assignment, student)
    record = read_record(course.submitted(student, assignment)) or Record()
    versions = {version.folder.name: version for version in earlier_of(course, student, assignment)}
    before = versions.get(record.replaced)
    if before is not None:
        bring_back(course, assignment, student, before)
        return before
    with locked(course.folder / "journal" / f"{assignment}.lock") as alone:
        if not alone:
            raise ClassError(f"{assignment} is being graded. Wait for its end, then give the command again.")
        remove_marks(course, assignment, student, forget_marks)
        put_aside(course, student, assignment)
    return None


def require_known(course: Course, assignment: str, student: str) -> None:
    """Raise ClassError where nothing counts for the student."""
    if student not in roster.load(course):
        raise ClassError(f"Not on the roster: {student}. The ids are in roster.csv.")
    if not os.path.lexists(course.submitted(student, assignment)):
        raise ClassError(f"{student} has handed in nothing for {assignment} that counts.")


def remove_marks(course: Course, assignment: str, student: str, also_by_hand: bool) -> None:
    """Take a student's marks in one assignment out of gradebook and journal.

    Raises:
        ClassError: a teacher gave some of them.
    """
    from nbgrader.api import MissingEntry

    with course.gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            submission = None
        if submission is not None:
            notebooks = submission.notebooks
            by_hand = any(grade.manual_score is not None for each in notebooks for grade in each.grades)
            said = any(comment.manual_comment for each in notebooks for comment in each.comments)
            if (by_hand or said) and not also_by_hand:
                raise ClassError(
                    f"{student} has marks or comments by hand for {assignment}, which would go with the "
                    "submission. If you mean it, say --forget-marks."
                )
            gradebook.remove_submission(assignment, student)
    forget(course.journal(assignment), student)
    page = course.autograded(student, assignment).parent
    if page.is_dir() and not page.is_symlink():
        delete_tree(page)


def set_arrival(course: Course, assignment: str, student: str, at: datetime | None) -> Arrival:
    """Note what the teacher says of the time of handing in: `at`, or None for 'in time'.

    Raises:
        ClassError: nothing of the student was collected.
    """
    require_assignment(course, assignment)
    require_known(course, assignment, student)
    folder = course.submitted(student, assignment)
    record = read_record(folder) or Record()
    said = Arrival(KNOWN, at, TEACHER) if at else Arrival(IN_TIME, record.arrival.at, TEACHER)
    write_record(folder, replace(record, arrival=said))
    return said


def write_record(folder: Path, record: Record) -> None:
    """Bring what is kept beside a submission up to date."""
    files = record.files()
    for name in (TIMESTAMP, RECORD):
        if name in files:
            write_bytes(folder / name, files[name])
    if TIMESTAMP not in files:
        (folder / TIMESTAMP).unlink(missing_ok=True)


@contextmanager
def copy_of(course: Course, assignment: str) -> Iterator[Course]:
    """The class with copies of the submissions of an assignment, so that something can be tried on them."""
    with tempfile.TemporaryDirectory(dir=course.folder, prefix=TRIAL) as holder:
        for name in (SUBMITTED, EARLIER):
            pattern = f"*/{assignment}/*" if name == SUBMITTED else f"*/{assignment}/*/*"
            for path in (course.folder / name).glob(pattern):
                if (content := content_at(path)) is not None:
                    copy = Path(holder, path.relative_to(course.folder))
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(content)
        yield replace(course, folder=Path(holder))
