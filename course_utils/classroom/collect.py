"""Collect what students handed in: from nbgrader's exchange, or from what a learning platform exports.

The latest submission of a student counts; earlier ones are kept in earlier/. Of a submission only the
notebook is taken. What is refused leaves a note with the reason, so that no student is forgotten. Nothing is put
aside without a word.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from course_utils.classroom import release, roster
from course_utils.classroom.archive import MOST_FILES, RefusedError, items_of_folder, printable
from course_utils.classroom.arrival import (
    KNOWN,
    TIMESTAMP,
    Arrival,
    Record,
    better,
    clock,
    content_at,
    read_record,
    time_in,
    untimed,
)
from course_utils.classroom.course import ClassError, Course, require_assignment
from course_utils.classroom.exported import Times, Told, from_export, words_about_times
from course_utils.classroom.files import write_bytes
from course_utils.classroom.found import SECRET, SECRET_FORM, Expected, File, Found, OtherAssignmentError
from course_utils.classroom.platforms import EXCHANGE
from course_utils.classroom.versions import (
    REFUSED,
    Version,
    copy_of,
    is_older,
    place_in_earlier,
    put_aside,
    with_content,
    write_record,
)

__all__ = [  # what others know by this module
    "REFUSED",
    "SECRET",
    "SECRET_FORM",
    "TIMESTAMP",
    "Collected",
    "collect",
    "content_at",
    "time_of_folder",
]
NEW = ".new-"  # begins the names of folders that are gone once a submission is written
LONGEST_SUBMITTING = timedelta(minutes=10)
MOST_SUBMISSIONS = 100  # of one student in the exchange, for one assignment
MOST_BESIDE, MOST_LOOKED_AT = 100, 1_000  # files of one submission


@dataclass
class Collected:
    """What was collected, as ids.

    `refused`, `doubtful`, `other` (not taken: another assignment's notebook), `aside` (put aside, since it is
    older, or replaced by something refused) and `notes` have a few words for each student, `strangers` for each
    owner of files. `late` are those of whom nobody knows how late they are, `untimed` those of whom nobody
    knows when they handed in; both are empty without a due date. `words` are about all of it.
    """

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    strangers: dict[str, str] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    untimed: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def collect(
    course: Course,
    assignment: str,
    source: Path | None,
    worksheet: Path | None = None,
    *,
    said: Arrival | None = None,
    times_of_files: bool = False,
    dry_run: bool = False,
) -> Collected:
    """Bring submitted/ up to date.

    Args:
        source: a folder or zip as Moodle or Canvas exports it, or with a folder or notebook for each id;
            none: nbgrader's exchange.
        worksheet: Moodle's grading worksheet, which tells participants with equal names apart, and when they
            handed in.
        said: the teacher's word on the time of handing in, where no platform tells it.
        times_of_files: the files' own times are those of handing in.
        dry_run: only tell what would come of it.

    Raises:
        ClassError: the source is missing, damaged or the class's own, or there is no roster.
    """
    require_assignment(course, assignment)
    students = roster.load(course)
    if not students:
        raise ClassError("There is no roster yet. Run:  course class roster import students.csv")
    result, told = Collected(), Told()
    times = Times(said, times_of_files, worksheet)
    if source is None:
        if times != Times():
            raise ClassError("The exchange tells the times of handing in: leave these options out.")
        found = list(from_exchange(course, assignment, students, result))
    else:
        found = list(from_export(course, assignment, source, students, times, told))
    result.strangers |= told.strangers
    result.words += told.words
    expected = Expected(course, assignment)
    with copy_of(course, assignment) if dry_run else nullcontext(course) as place:
        for submission in sorted(found, key=order):
            keep(place, expected, submission, result)
        enrolled = roster.enrolled(course)
        result.missing = [id for id in enrolled if not place.submitted(id, assignment).is_dir()]
        unsaid = untimed(place, release.latest(course, assignment), enrolled)
        result.late, result.untimed = unsaid.late, unsaid.unknown
    result.words += words_about_times(found, result.untimed, course.time_zone)
    return result


def order(found: Found) -> datetime:
    """What submissions are sorted by: the later one counts."""
    return found.arrival.counted or found.changed or datetime.min.replace(tzinfo=UTC)


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
    for folder, match in latest_in(inbound, assignment, result):
        try:
            yield found_in_exchange(folder, match, students, result)
        except (RefusedError, OSError) as reason:
            result.strangers[printable(folder.name)] = str(reason)


def latest_in(inbound: Path, assignment: str, result: Collected) -> Iterator[tuple[Path, re.Match[str]]]:
    """The folders of an assignment, by name; of somebody who hands in without end, the latest."""
    named: dict[str, list[tuple[Path, re.Match[str]]]] = defaultdict(list)
    for folder in sorted(inbound.iterdir()):
        match = EXCHANGE.fullmatch(folder.name)
        if match is not None and match["assignment"] == assignment:
            named[match["id"]].append((folder, match))
    for id, own in named.items():
        if len(own) > MOST_SUBMISSIONS:
            words = (
                f"{printable(id)} handed in {len(own)} times; the latest {MOST_SUBMISSIONS} were looked at"
            )
            result.words.append(words)
        yield from own[-MOST_SUBMISSIONS:]


def found_in_exchange(
    folder: Path, match: re.Match[str], students: dict[str, roster.Student], result: Collected
) -> Found:
    """The submission in a folder of the exchange, which a student made.

    Raises:
        RefusedError: it is not what its name says.
        OSError: it went away meanwhile.
    """
    student = next((id for id in students if id.casefold() == match["id"].casefold()), "")
    status = folder.lstat()
    if not student:
        raise RefusedError("this id is not on the roster")
    if not may_hand_in(name_of(status.st_uid), student, students):
        raise RefusedError(f"it was put there by {name_of(status.st_uid)}")
    if not stat.S_ISDIR(status.st_mode):
        raise RefusedError("it is no folder")
    arrived = datetime.fromtimestamp(status.st_ctime, UTC)  # a student cannot set this clock
    at = time_in(match["time"]) or arrived
    if abs(arrived - at) > LONGEST_SUBMITTING:
        result.doubtful[student] = f"its name says {at:%d %B %H:%M}, the disk {arrived:%d %B %H:%M} UTC"
    return Found(student, Arrival(KNOWN, at), at, files_in(folder, status.st_uid), newest_counts=True)


def files_in(folder: Path, owner: int) -> list[File]:
    """The files of a submission that tell something: all notebooks, and a few of what lies beside them."""
    found = []
    for number, item in enumerate(islice(items_of_folder(folder, owner), MOST_FILES)):
        name = item.parts[-1]
        if number < MOST_BESIDE or name == SECRET or name.casefold().endswith(".ipynb"):
            found.append(File(name, item, len(item.parts) - 1))
    return found[:MOST_LOOKED_AT]


def may_hand_in(account: str, student: str, students: Collection[str]) -> bool:
    """Whether an account (empty: not known to the system) may put a student's submission into the exchange.

    It may be the student's own; or the teacher's, which all share where each JupyterLab has its own container.
    """
    if account.casefold() in ("", student.casefold()):
        return True
    taken = account.casefold() in (id.casefold() for id in students)
    return not taken and account in ("root", account_of_teacher())


def account_of_teacher() -> str:
    """The name of the account that collects; empty where the system does not know it."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def name_of(user: int) -> str:
    """The name of a user of the system; empty where the system does not know it."""
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return ""


def keep(course: Course, expected: Expected, found: Found, result: Collected) -> None:
    """Put a submission into submitted/, or into earlier/ where a later one is there already.

    The same notebook again is the same submission: a second export must not make it later.
    """
    student, folder = found.student, course.submitted(found.student, expected.assignment)
    try:
        content, refusal = content_of(found, expected)
    except OtherAssignmentError as reason:
        result.other[student] = str(reason)
        return
    name, kept = (REFUSED, refusal.encode()) if content is None else (f"{expected.assignment}.ipynb", content)
    if found.notes:
        result.notes[student] = "; ".join(found.notes)
    before = read_record(folder)
    if before is not None and kept == content_at(folder / name):
        count(result.same, student, result)
        result.refused |= {student: refusal} if refusal else {}
        bring_up_to_date(folder, before, found)
        return
    record = Record(found.arrival, found.changed, found.source or found.first_source)
    twin = with_content(course, student, expected.assignment, name, kept)
    files = {name: kept} | ({SECRET: secret} if (secret := found.secret()) else {})
    counts_now = before is None or (content is not None and os.path.lexists(folder / REFUSED))
    if before is not None and not counts_now and is_older(record, before):
        leave_aside(course, expected.assignment, found, files | record.files(), before, twin, result)
        return
    if before is not None:
        record = replace(record, replaced=place_in_earlier(course, student, expected.assignment, before).name)
    write_submission(course, student, expected.assignment, files | record.files(), folder)
    count(result.new if before is None else result.updated, student, result)
    tell_of_replacing(course, expected.assignment, found, before, refusal, twin, result)


def count(list_of: list[str], student: str, result: Collected) -> None:
    """Note what became of a student's submissions in this run, once."""
    result.other.pop(student, None)
    if list_of is not result.same and student in result.same:
        result.same.remove(student)
    if student not in (*result.new, *result.updated, *result.same):
        list_of.append(student)


def bring_up_to_date(folder: Path, before: Record, found: Found) -> None:
    """Note what is known now, and was not, of a submission that was found again."""
    changed = max(filter(None, (before.changed, found.changed)), default=None)
    source = found.source or found.first_source
    now = replace(before, arrival=better(before, found.arrival), changed=changed, source=source, whole=True)
    if now != before:
        write_record(folder, now)


def leave_aside(
    course: Course,
    assignment: str,
    found: Found,
    files: dict[str, bytes],
    before: Record,
    twin: Version | None,
    result: Collected,
) -> None:
    """Put what is older than what counts into earlier/, if it is not there already, and say so."""
    if twin is None:
        place = place_in_earlier(course, found.student, assignment, Record(found.arrival, found.changed))
        write_submission(course, found.student, assignment, files, place)
    else:
        count(result.same, found.student, result)
    if twin is None or not found.newest_counts:
        where = course.time_zone
        which = found.changed if found.arrival.counted is None else found.arrival.counted
        result.aside[found.student] = (
            f"the file of {words_of(which, where)} is older than what counts ({words_of(before.changed, where)}): "
            f"it is in earlier/. To let it count:  course class earlier {assignment} {found.student}"
        )


def words_of(at: datetime | None, where: ZoneInfo) -> str:
    """A time as a person reads it."""
    return clock(at, where) if at else "an unknown time"


def tell_of_replacing(
    course: Course,
    assignment: str,
    found: Found,
    before: Record | None,
    refusal: str,
    twin: Version | None,
    result: Collected,
) -> None:
    """Say what a person should know of a submission that counts from now on."""
    where = course.time_zone
    result.refused.pop(found.student, None)
    if refusal:
        result.refused[found.student] = refusal
    if refusal and before is not None and found.student in result.updated:
        result.aside[found.student] = (
            f"what counted until now ({words_of(before.changed, where)}) is in earlier/, since something later cannot "
            f"be taken. To let it count again:  course class uncollect {assignment} {found.student}"
        )
    elif twin is not None and before is not None:
        result.notes[found.student] = "this version was collected before, then replaced; now it counts again"


def content_of(found: Found, expected: Expected) -> tuple[bytes | None, str]:
    """The notebook's bytes, or None and the reason why there are none."""
    try:
        return found.notebook(expected), ""
    except RefusedError as reason:
        return None, str(reason)


def time_of_folder(folder: Path) -> datetime | None:
    """The time from which the lateness of the submission in `folder` is counted; None where none is known."""
    record = read_record(folder)
    return record.arrival.counted if record else None


def write_submission(
    course: Course, student: str, assignment: str, files: dict[str, bytes], place: Path
) -> None:
    """Write the folder aside, then move it to its place: a crash leaves no half submission.

    Raises:
        ClassError: it cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=course.folder, prefix=NEW) as holder:
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
