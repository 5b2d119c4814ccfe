"""Due dates in time zones, late days and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from course_utils.classroom import late
from course_utils.classroom.course import ClassError


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2026-12-01", "2026-12-01 22:59"),  # the class is in Berlin; a day ends at its last minute
        ("2026-12-01 12:00", "2026-12-01 11:00"),
        ("2026-07-01 12:00", "2026-07-01 10:00"),
        ("2026-12-01 12:00 America/New_York", "2026-12-01 17:00"),
        ("2026-12-01 Asia/Tokyo", "2026-12-01 14:59"),
        ("2026-12-01T12:00+00:00", "2026-12-01 12:00"),
    ],
)
def test_moments(course, text, in_utc):
    when, _ = late.moment(text, course)
    assert f"{when.astimezone(UTC):%Y-%m-%d %H:%M}" == in_utc


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tomorrow", "is no date"),
        ("2026-02-30", "is no date"),
        ("2026-03-29 02:30", "skip"),
        ("2026-12-01 12:00 Europe/Berlim", "Did you mean Europe/Berlin"),
    ],
)
def test_moments_that_are_none(course, text, told):
    with pytest.raises(ClassError, match=told):
        late.moment(text, course)


def test_days_begun_count():
    due = datetime(2026, 6, 1, 12, tzinfo=UTC)
    released = late.Release("a", "", due=due.isoformat(), late_days=2, late_penalty=10)
    hours = {0: 0, 0.001: 1, 24: 1, 24.001: 2, -5: 0}
    found = {hour: released.days_late(due + timedelta(hours=hour)) for hour in hours}
    assert found == hours
    assert released.days_late(due + timedelta(days=3), timedelta(days=2)) == 1
    assert [released.share_lost(days) for days in range(4)] == [0, 0.1, 0.2, 1]
    assert late.Release("a", "").days_late(due) == 0
