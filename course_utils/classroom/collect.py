"""Collect what students handed in: from nbgrader's exchange, or from what a learning platform exports.

The latest submission of a student counts; earlier ones are kept in earlier/. Of a submission only the
notebook is taken. What is refused leaves a note with the reason, so that no student is forgotten.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from course_utils.classroom import roster
from course_utils.classroom.archive import (
    MOST_FILES,
    Item,
    RefusedError,
    items_of,
    items_of_folder,
    printable,
    read_file,
)
from course_utils.classroom.course import ClassError, Course, require_assignment
from course_utils.classroom.files import write_bytes
from course_utils.classroom.platforms import EXCHANGE, Directory, Owner, owner_of, read_worksheet

TIMESTAMP = "timestamp.txt"  # nbgrader's name for it
SECRET = "submission_secret.txt"  # and for this
SECRET_FORM = re.compile(rb"[0-9a-f]{32,256}")
REFUSED = "refused.txt"
LONGEST_SUBMITTING = timedelta(minutes=10)
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's


@dataclass(frozen=True)
class Found:
    """A submission in the source; nothing of it has been read yet. The names are the student's."""

    student: str
    at: datetime
    files: list[tuple[str, Item]]

    def notebook(self, assignment: str) -> bytes:
        """The bytes of its notebook.

        Raises:
            RefusedError: there is none that may be taken; the message says why.
        """
        name, item = choose(self.files, assignment)
        try:
            return item.read()
        except RefusedError as reason:
            raise RefusedError(f"{printable(name)} was not taken: {reason}") from reason

    def secret(self) -> bytes:
        """What nbgrader needs to bring the feedback to its student; empty where there is no exchange."""
        found = [item for name, item in self.files if name == SECRET]
        try:
            secret = found[0].read() if found else b""
        except RefusedError:
            return b""
        return secret if SECRET_FORM.fullmatch(secret) else b""


@dataclass
class Collected:
    """What was collected, as ids.

    `refused` and `doubtful` have a reason for each student, `strangers` for each file.
    """

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)
    strangers: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def collect(course: Course, assignment: str, source: Path | None, worksheet: Path | None = None) -> Collected:
    """Bring submitted/ up to date.

    Args:
        source: a folder or zip as Moodle or Canvas exports it, or with a folder or notebook for each id;
            none: nbgrader's exchange.
        worksheet: Moodle's grading worksheet, which tells participants with equal names apart.

    Raises:
        ClassError: the source is missing or damaged, or there is no roster.
    """
    require_assignment(course, assignment)
    students = roster.load(course)
    if not students:
        raise ClassError("There is no roster yet. Run:  course class roster import students.csv")
    result = Collected()
    if source is None:
        found = from_exchange(course, assignment, students, result)
    else:
        numbers = read_worksheet(worksheet, students) if worksheet else {}
        found = from_export(course, assignment, source, Directory(students, numbers), result)
    for submission in sorted(found, key=lambda each: each.at):
        keep(course, assignment, submission, result)
    result.missing = [id for id in roster.enrolled(course) if not course.submitted(id, assignment).is_dir()]
    return result


def from_exchange(
    course: Course, assignment: str, students: dict[str, roster.Student], result: Collected
) -> Iterator[Found]:
    """The submissions in nbgrader's exchange; nobody may hand in for somebody else."""
    if course.exchange is None:
        raise ClassError(
            "This class has no exchange (class.toml). Name the folder or zip with the submissions:  "
            f"course class collect {assignment} submissions.zip"
        )
    inbound = course.exchange / course.name / "inbound"
    if not inbound.is_dir():
        raise ClassError(f"{inbound} is missing: release an assignment first, so that students can hand in.")
    for folder in sorted(inbound.iterdir()):
        match = EXCHANGE.fullmatch(folder.name)
        if match is None or match["assignment"] != assignment:
            continue
        try:
            yield found_in_exchange(folder, match, students, result)
        except (RefusedError, OSError) as reason:
            result.strangers[printable(folder.name)] = str(reason)


def found_in_exchange(
    folder: Path, match: re.Match[str], students: dict[str, roster.Student], result: Collected
) -> Found:
    """The submission in a folder of the exchange, which a student made.

    Raises:
        RefusedError: it is not what its name says.
        OSError: it went away meanwhile.
    """
    student = match["id"]
    status = folder.lstat()
    if student not in students:
        raise RefusedError("this id is not on the roster")
    if (owner := name_of(status.st_uid)) in students and owner != student:
        raise RefusedError(f"it was put there by {owner}")
    if not stat.S_ISDIR(status.st_mode):
        raise RefusedError("it is no folder")
    arrived = datetime.fromtimestamp(status.st_ctime, UTC)  # a student cannot set this clock
    at = time_in(match["time"]) or arrived
    if abs(arrived - at) > LONGEST_SUBMITTING:
        result.doubtful[student] = f"its name says {at:%d %B %H:%M}, the disk {arrived:%d %B %H:%M} UTC"
    items = islice(items_of_folder(folder, status.st_uid), MOST_FILES)
    return Found(student, at, [(item.parts[-1], item) for item in items])


def name_of(user: int) -> str:
    """The name of a user of the system; empty where the system does not know it."""
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return ""


def time_in(text: str) -> datetime | None:
    """The time in the name of a submission's folder; None where it is none, or of an unclear zone (CET, CST)."""
    for form in (TIME_FORMAT, TIME_FORMAT.replace(".%f", "")):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=UTC)
    return None


def from_export(
    course: Course, assignment: str, source: Path, directory: Directory, result: Collected
) -> Iterator[Found]:
    """The submissions in a folder or zip that a learning platform exported."""
    files: dict[Owner, list[tuple[str, Item]]] = defaultdict(list)
    for item in items_of(source, course.time_zone):
        owner, name = owner_of(item, assignment, directory.students)
        files[owner].append((name, item))
    for owner, own in files.items():
        try:
            student = directory.find(owner)
        except LookupError as error:
            result.strangers |= {item.name: str(error) for _, item in own}
            continue
        yield Found(student, max(item.at for _, item in own), own)


def choose(files: list[tuple[str, Item]], assignment: str) -> tuple[str, Item]:
    """The file that is the notebook: the one with its name, or else the only one there is.

    Raises:
        RefusedError: there is none, or it cannot be told which.
    """
    notebooks = [(name, item) for name, item in files if name.lower().endswith(".ipynb")]
    exact = [each for each in notebooks if each[0] == f"{assignment}.ipynb"]
    renamed = re.compile(
        re.escape(assignment) + r"[ _-]*(copy *\d*|-?Copy\d+|\(?\d+\)?)\.ipynb", re.IGNORECASE
    )
    copies = [each for each in notebooks if renamed.fullmatch(each[0])]
    for candidates in (exact, copies, notebooks):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            newest = max(candidates, key=lambda each: each[1].at)
            if candidates is not notebooks:
                return newest
    listed = ", ".join(printable(name) for name, _ in files[:5]) or "nothing"
    if notebooks:
        raise RefusedError(f"there are several notebooks, none called {assignment}.ipynb: {listed}")
    raise RefusedError(f"there is no notebook in the submission, only {listed}")


def keep(course: Course, assignment: str, found: Found, result: Collected) -> None:
    """Put a submission into submitted/, or into earlier/ where a later one is there already.

    The same notebook again is the same submission: a second export must not make it later.
    """
    folder = course.submitted(found.student, assignment)
    before = time_of_folder(folder)
    aside = earlier_folder(course, found.student, assignment, found.at)
    if before is not None and found.at < before and aside.exists():
        result.same.append(found.student)
        return
    content, refusal = content_of(found, assignment)
    name, kept = (REFUSED, refusal.encode()) if content is None else (f"{assignment}.ipynb", content)
    if before is not None and kept == content_at(folder / name):
        result.same.append(found.student)
        return
    files = {name: kept}
    if secret := found.secret():
        files[SECRET] = secret
    files[TIMESTAMP] = found.at.astimezone(UTC).strftime(TIME_FORMAT).encode()
    if before is not None and found.at < before:
        write_submission(course, found.student, assignment, files, aside)
        return
    write_submission(course, found.student, assignment, files, folder)
    (result.new if before is None else result.updated).append(found.student)
    result.refused.pop(found.student, None)
    if refusal:
        result.refused[found.student] = refusal


def content_of(found: Found, assignment: str) -> tuple[bytes | None, str]:
    """The notebook's bytes, or None and the reason why there are none."""
    try:
        return found.notebook(assignment), ""
    except RefusedError as reason:
        return None, str(reason)


def content_at(path: Path) -> bytes | None:
    """What was collected before; None where it is missing, or no ordinary file."""
    try:
        return read_file(path)
    except RefusedError:
        return None


def time_of_folder(folder: Path) -> datetime | None:
    """When the submission in `folder` was made; None where there is none."""
    written = content_at(folder / TIMESTAMP) or b""
    return time_in(written.decode("utf-8", "replace").strip())


def earlier_folder(course: Course, student: str, assignment: str, at: datetime) -> Path:
    """Where a submission goes that a later one replaces."""
    return course.folder / "earlier" / student / assignment / at.strftime("%Y-%m-%dT%H%M%S.%fZ")


def put_aside(course: Course, student: str, assignment: str) -> None:
    """Move the submission that counted until now to earlier/."""
    folder = course.submitted(student, assignment)
    if not os.path.lexists(folder):
        return
    at = time_of_folder(folder) or datetime.fromtimestamp(folder.lstat().st_mtime, UTC)
    target = earlier_folder(course, student, assignment, at)
    if target.exists():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(folder, target)


def write_submission(
    course: Course, student: str, assignment: str, files: dict[str, bytes], place: Path
) -> None:
    """Write the folder aside, then move it to its place: a crash leaves no half submission.

    Raises:
        ClassError: it cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=course.folder, prefix=".new-") as holder:
            fresh = Path(holder, "submission")
            for name, content in files.items():
                write_bytes(fresh / name, content)
            if os.path.lexists(place):
                put_aside(course, student, assignment)
            os.replace(fresh, place)
    except OSError as error:
        raise ClassError(
            f"The submission of {student} cannot be kept: {error}. What was collected before is kept; "
            "mend this and collect again."
        ) from error
