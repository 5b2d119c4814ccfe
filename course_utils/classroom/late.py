"""When an assignment is due, and what a late submission costs."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from course_utils.classroom.course import ClassError, Course, zone

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
YEARS = range(2000, 2101)  # in which anything may be due
MOST_DAYS = 3650  # that a due date may be put off, or a submission may be late and still count


@dataclass(frozen=True)
class Release:
    """One version of an assignment as the students got it."""

    assignment: str
    source: str  # SHA-256 of what grading depends on in the teacher's notebook
    due: str = ""  # ISO 8601 with the offset; empty: no due date
    time_zone: str = "UTC"
    late_days: int = 0  # submissions up to this many days late still count
    late_penalty: float = 0.0  # per cent of the score, for each day begun
    at: str = ""
    extensions: dict[str, float] = field(default_factory=dict)  # days more, by the student's id

    def to_json(self) -> dict[str, Any]:
        """The release as JSON holds it."""
        return asdict(self)

    @property
    def due_at(self) -> datetime | None:
        """When it is due, with its offset; None: never."""
        return datetime.fromisoformat(self.due) if self.due else None

    def days_late(self, submitted: datetime | None, extension: timedelta | None = None) -> int:
        """Days begun between the due date (put off by `extension`) and the submission; 0 when in time.

        The due minute belongs to the time that a student has. Days are those of the calendar: from one evening
        to the next is a day, also where a clock change makes it 23 or 25 hours.
        """
        if self.due_at is None or submitted is None:
            return 0
        where = ZoneInfo(self.time_zone)
        due = self.due_at.astimezone(where)
        if extension:
            due = (due + min(extension, timedelta(days=MOST_DAYS))).replace(fold=1)
        end = last_moment(due.astimezone(UTC))
        if submitted < end:
            return 0
        by_the_clock = naive(submitted, where) - naive(end, where)
        return max(0, by_the_clock // DAY) + 1

    def share_lost(self, days_late: int) -> float:
        """The share of the score, 0 to 1, that this many days cost."""
        if days_late > self.late_days:
            return 1.0
        return min(1.0, days_late * self.late_penalty / 100)


def naive(when: datetime, where: ZoneInfo) -> datetime:
    """What the clocks of a zone show."""
    return when.astimezone(where).replace(tzinfo=None)


def last_moment(due: datetime) -> datetime:
    """When what a due time names is over: a time without seconds names its whole minute."""
    return due + (SECOND if due.second else MINUTE)


def due_in_words(released: Release) -> str:
    """When it is due, as a person reads it."""
    return f"{released.due_at:%A, %d %B %Y, %H:%M} {released.time_zone}" if released.due_at else "no due date"


def in_words(released: Release) -> str:
    """What lateness costs, in a sentence."""
    if released.due_at is None:
        return "Nothing is late without a due date."
    if released.late_days == 0:
        return "Late submissions get 0 points."
    days = "one day late" if released.late_days == 1 else f"{released.late_days} days late"
    cost = f"lose {released.late_penalty:g} % a day begun" if released.late_penalty else "lose nothing"
    return f"Submissions up to {days} {cost}; later ones get 0 points."


def for_students(released: Release) -> str:
    """The due date and what lateness costs, as Markdown for the students' notebook."""
    return f"**Due: {due_in_words(released)}.** {in_words(released)}"


FOR_STUDENTS = re.compile(
    r"\*\*Due: \w+, \d\d \w+ \d{4}, \d\d:\d\d [\w/+-]+\.\*\* (Late submissions get 0 points\.|"
    r"Submissions up to [\w ]+ late lose [\w.-]+( % a day begun)?; later ones get 0 points\.)"
)


def is_for_students(text: str) -> bool:
    """Whether a text is what `for_students` wrote, of this or of an earlier release, and nothing else."""
    return FOR_STUDENTS.fullmatch(text.strip()) is not None


def check(released: Release) -> None:
    """Look whether the terms of a release mean what they say.

    Raises:
        ClassError: a number is absurd, or there is a penalty that could never be taken.
    """
    if not 0 <= released.late_penalty <= 100:  # NaN, too, is not
        raise ClassError(f"The late penalty is per cent, from 0 to 100, not {released.late_penalty:g}.")
    if not 0 <= released.late_days <= MOST_DAYS:
        raise ClassError(f"The late days are a number from 0 to {MOST_DAYS}, not {released.late_days}.")
    if released.late_penalty and not released.late_days:
        raise ClassError(
            f"A late penalty of {released.late_penalty:g} % has no effect without late days: whatever is late "
            "gets 0 points. Say with --late-days how many days late still count, or give --late-penalty 0."
        )


def extension(days: float) -> timedelta:
    """By how much a due date is put off.

    Raises:
        ClassError: it is no sensible number of days.
    """
    if not 0 <= days <= MOST_DAYS:
        raise ClassError(f"A due date can be put off by 0 to {MOST_DAYS} days, not by {days:g}.")
    return timedelta(days=days)


def moment(text: str, course: Course) -> tuple[datetime, ZoneInfo]:
    """The time that `text` names, and its zone: the class's own, or the one at the text's end.

    A date alone, and 24:00, mean its last minute: a student has the whole day. Of an hour that a clock change
    repeats it is the second.

    Raises:
        ClassError: it is no date, or a zone that does not exist, or an hour that a clock change skips, or a
            year that nobody means.
    """
    when, _, named = text.strip().partition(" ")
    clock, _, zone_name = named.strip().partition(" ")
    if "/" in clock or clock.isalpha():
        clock, zone_name = "", clock
    clock = "" if clock == "24:00" else clock
    where = zone(zone_name.strip()) if zone_name.strip() else course.time_zone
    try:
        parsed = datetime.fromisoformat(f"{when}T{clock}" if clock else when)
    except ValueError:
        raise ClassError(
            f"'{text}' is no date. Write it like  2026-12-01 23:59  or  2026-12-01 23:59 Europe/Berlin."
        ) from None
    if not clock and "T" not in when:
        parsed = parsed.replace(hour=23, minute=59)
    if parsed.year not in YEARS:
        raise ClassError(f"'{text}' lies in the year {parsed.year}. Is that what you mean?")
    if parsed.tzinfo is not None:
        return parsed, where
    placed = parsed.replace(tzinfo=where, fold=1)
    if placed.astimezone(UTC).astimezone(where).replace(tzinfo=None) != parsed:
        raise ClassError(f"The clocks of {where} skip {parsed}. Choose another time.")
    return placed, where


def naive_utc(when: datetime) -> datetime:
    """`when` as nbgrader's gradebook keeps it: in UTC, without a zone."""
    return when.astimezone(UTC).replace(tzinfo=None)
