"""When an assignment is due, and what a late submission costs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from course_utils.classroom.course import ClassError, Course, zone

DAY = timedelta(days=1)


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
        """Days begun between the due date (put off by `extension`) and the submission; 0 when in time."""
        if self.due_at is None or submitted is None:
            return 0
        return max(0, math.ceil((submitted - self.due_at - (extension or timedelta())) / DAY))

    def share_lost(self, days_late: int) -> float:
        """The share of the score, 0 to 1, that this many days cost."""
        if days_late > self.late_days:
            return 1.0
        return min(1.0, days_late * self.late_penalty / 100)


def moment(text: str, course: Course) -> tuple[datetime, ZoneInfo]:
    """The time that `text` names, and its zone: the class's own, or the one at the text's end.

    A date alone means its last minute: a student has the whole day.

    Raises:
        ClassError: it is no date, or a zone that does not exist, or an hour that a clock change skips.
    """
    when, _, named = text.strip().partition(" ")
    clock, _, zone_name = named.strip().partition(" ")
    if "/" in clock or clock.isalpha():
        clock, zone_name = "", clock
    where = zone(zone_name.strip()) if zone_name.strip() else course.time_zone
    try:
        parsed = datetime.fromisoformat(f"{when}T{clock}" if clock else when)
    except ValueError:
        raise ClassError(
            f"'{text}' is no date. Write it like  2026-12-01 23:59  or  2026-12-01 23:59 Europe/Berlin."
        ) from None
    if not clock and "T" not in when:
        parsed = parsed.replace(hour=23, minute=59)
    if parsed.tzinfo is not None:
        return parsed, where
    placed = parsed.replace(tzinfo=where)
    if placed.astimezone(UTC).astimezone(where).replace(tzinfo=None) != parsed:
        raise ClassError(f"The clocks of {where} skip {parsed}. Choose another time.")
    return placed, where


def naive_utc(when: datetime) -> datetime:
    """`when` as nbgrader's gradebook keeps it: in UTC, without a zone."""
    return when.astimezone(UTC).replace(tzinfo=None)
