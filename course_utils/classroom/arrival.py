"""When a submission was handed in, as far as anybody knows.

Platforms do not put the time into their zips: the files there are from the minute of the download. So a time
counts only where the exchange, the worksheet or the teacher tells it; else nothing is taken off for lateness, and
the teacher is told whose time is missing. nbgrader's timestamp.txt holds a time that is known, and collected.json
beside it says what is known.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from course_utils.classroom.archive import RefusedError, read_file
from course_utils.classroom.course import Course
from course_utils.classroom.late import Release

TIMESTAMP = "timestamp.txt"  # nbgrader's name for it
RECORD = "collected.json"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's

KNOWN, IN_TIME, LATE, UNKNOWN = "known", "in time", "late", "unknown"
ORDER = (UNKNOWN, LATE, IN_TIME, KNOWN)  # what is better known comes later
PLATFORM, OPTION, TEACHER = "platform", "option", "teacher"  # who says so; the teacher's word on one stays


@dataclass(frozen=True)
class Arrival:
    """What is known: the time, or only whether it was in time, or late by nobody knows how much, or nothing."""

    state: str = UNKNOWN
    at: datetime | None = None
    by: str = PLATFORM

    @property
    def counted(self) -> datetime | None:
        """The time from which lateness is counted; None: nothing is."""
        return self.at if self.state == KNOWN else None

    def words(self, where: ZoneInfo) -> str:
        """The arrival as a person reads it, on the clocks of `where`."""
        if self.at is not None:
            return clock(self.at, where) + ("" if self.state == KNOWN else f", {self.state}")
        return {IN_TIME: "in time", LATE: "late, nobody knows by how much"}.get(
            self.state, "at an unknown time"
        )


def clock(at: datetime, where: ZoneInfo) -> str:
    """A time as a person reads it, to the minute."""
    return f"{at.astimezone(where):%d %B %Y, %H:%M} {where}"


@dataclass(frozen=True)
class Record:
    """What is kept beside a submission: when it arrived, what it was, and when its file was written."""

    arrival: Arrival = field(default_factory=Arrival)
    changed: datetime | None = None  # the file's own time, which may be that of the download
    source: str = ""  # its place in the zip, folder or exchange
    replaced: str = ""  # the folder in earlier/ of what counted before it
    whole: bool = True  # False: written before there were such records, or by nbgrader

    def files(self) -> dict[str, bytes]:
        """The files that keep it."""
        content: dict[str, Any] = {
            "time": self.arrival.state,
            "said_by": self.arrival.by,
            "changed": self.changed.isoformat() if self.changed else "",
            "source": self.source,
            "replaced": self.replaced,
        }
        kept = {RECORD: json.dumps(content, indent=1).encode() + b"\n"}
        if self.arrival.at is not None:
            kept[TIMESTAMP] = self.arrival.at.astimezone(UTC).strftime(TIME_FORMAT).encode()
        return kept


def read_record(folder: Path) -> Record | None:
    """What is kept beside the submission in `folder`; None where there is no such folder."""
    if not folder.is_dir() or folder.is_symlink():
        return None
    at = time_in((content_at(folder / TIMESTAMP) or b"").decode("utf-8", "replace").strip())
    try:
        content = json.loads(content_at(folder / RECORD) or b"")
        changed = datetime.fromisoformat(content["changed"]) if content["changed"] else None
        state = content["time"] if content["time"] in ORDER and (at or content["time"] != KNOWN) else UNKNOWN
        source, replaced = str(content["source"]), str(content["replaced"])
        return Record(Arrival(state, at, str(content["said_by"])), changed, source, replaced)
    except (ValueError, KeyError, TypeError):
        return Record(Arrival(KNOWN if at else UNKNOWN, at), at, whole=False)


def content_at(path: Path) -> bytes | None:
    """What was collected before; None where it is missing, or no ordinary file."""
    try:
        return read_file(path)
    except RefusedError:
        return None


def time_in(text: str) -> datetime | None:
    """The time in the name of a submission's folder; None where it is none, or of an unclear zone (CET, CST)."""
    for form in (TIME_FORMAT, TIME_FORMAT.replace(".%f", "")):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=UTC)
    return None


def better(before: Record, now: Arrival) -> Arrival:
    """What is known of a submission that was collected before, and now is found once more.

    The same notebook again does not make it later.
    """
    known = before.arrival
    if known.by == TEACHER:
        return known
    if now.by == OPTION and (known.by == OPTION or not before.whole):
        return now
    if known.state == now.state == KNOWN and known.at and now.at:
        return min(known, now, key=lambda each: each.at or datetime.max.replace(tzinfo=UTC))
    if not before.whole:
        return now
    if now.by == OPTION and known.state in (KNOWN, IN_TIME):
        return known
    if known.by == OPTION and now.state in (KNOWN, IN_TIME):
        return now
    return max(known, now, key=lambda each: ORDER.index(each.state))


@dataclass
class Untimed:
    """Students whose time of handing in is not known although there is a due date, as ids."""

    late: list[str] = field(default_factory=list)  # late by nobody knows how much
    unknown: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.late or self.unknown)


def untimed(course: Course, released: Release | None, students: Iterable[str]) -> Untimed:
    """Whose lateness a person must decide on; nobody where there is no due date."""
    found = Untimed()
    if released is None or released.due_at is None:
        return found
    for student in students:
        record = read_record(course.submitted(student, released.assignment))
        if record is not None and record.arrival.state == LATE:
            found.late.append(student)
        elif record is not None and record.arrival.state == UNKNOWN:
            found.unknown.append(student)
    return found
