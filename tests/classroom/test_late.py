"""Due dates in time zones, late days and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from course_utils.classroom import late, release
from course_utils.classroom.course import ClassError
from tests.classroom import sample


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
        ("0026-12-01", "lies in the year 26"),
        ("9999-12-31", "lies in the year 9999"),
    ],
)
def test_moments_that_are_none(course, text, told):
    with pytest.raises(ClassError, match=told):
        late.moment(text, course)


def test_days_begun_count():
    due = datetime(2026, 6, 1, 12, tzinfo=UTC)
    released = late.Release("a", "", due=due.isoformat(), late_days=2, late_penalty=10)
    hours = {0: 0, 0.016: 0, 0.017: 1, 24: 1, 24.016: 1, 24.017: 2, -5: 0}
    found = {hour: released.days_late(due + timedelta(hours=hour)) for hour in hours}
    assert found == hours
    assert released.days_late(due + timedelta(days=3), timedelta(days=2)) == 1
    assert released.days_late(due, timedelta.max) == 0
    assert [released.share_lost(days) for days in range(4)] == [0, 0.1, 0.2, 1]
    assert late.Release("a", "").days_late(due) == 0


@pytest.mark.parametrize("text", ["2026-12-01", "2026-12-01 23:59", "2026-12-01 24:00"])
def test_the_last_minute_has_its_seconds(course, text):
    due, where = late.moment(text, course)
    released = late.Release("a", "", due=due.isoformat(), time_zone=str(where))
    last = datetime(2026, 12, 1, 22, 59, 59, 999999, tzinfo=UTC)
    assert (released.days_late(last), released.days_late(last + timedelta(microseconds=1))) == (0, 1)


def test_a_due_second_is_that_second(course):
    due, where = late.moment("2026-12-01 12:00:30", course)
    released = late.Release("a", "", due=due.isoformat(), time_zone=str(where))
    assert [released.days_late(due + timedelta(seconds=s)) for s in (0, 0.9, 1)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("due", "handed_in", "days"),
    [
        ("2026-10-24 23:59", "2026-10-25 23:59", 1),  # a day of 25 hours
        ("2026-10-24 23:59", "2026-10-26 00:00", 2),
        ("2026-03-28 23:59", "2026-03-29 23:59", 1),  # and one of 23
        ("2026-03-28 23:59", "2026-03-30 00:00", 2),
        ("2026-10-25 02:30", "2026-10-25 02:30", 0),  # the hour that there is twice: the second one
    ],
)
def test_days_of_a_clock_change(course, due, handed_in, days):
    when, where = late.moment(due, course)
    released = late.Release("a", "", due=when.isoformat(), time_zone=str(where))
    assert released.days_late(late.moment(handed_in, course)[0]) == days
    put_off = late.Release("a", "", due=(when - timedelta(days=7)).isoformat(), time_zone=str(where))
    assert put_off.days_late(late.moment(handed_in, course)[0], timedelta(days=7)) == days


def test_the_repeated_hour_is_late_only_once_it_is_over(course):
    due, where = late.moment("2026-10-25 02:30", course)
    released = late.Release("a", "", due=due.isoformat(), time_zone=str(where))
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 for the first time
    assert released.days_late(first) == 0
    assert released.days_late(first + timedelta(hours=1)) == 1


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"late_penalty": 10}, "no effect without late days"),
        ({"late_penalty": float("nan"), "late_days": 1}, "from 0 to 100"),
        ({"late_penalty": -1, "late_days": 1}, "from 0 to 100"),
        ({"late_days": -1}, "from 0 to 3650"),
        ({"late_days": 10**9}, "from 0 to 3650"),
    ],
)
def test_terms_that_cannot_be_meant(course, terms, told):
    with pytest.raises(ClassError, match=told):
        late.check(late.Release("a", "", **terms))
    before = release.latest(course, sample.NAME)
    with pytest.raises(ClassError, match=told):
        release.release(course, sample.NAME, {"late_days": 0, **terms}, run=False)
    assert release.latest(course, sample.NAME) == before


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf"), 1e10])
def test_extensions_that_cannot_be_meant(course, days):
    with pytest.raises(ClassError, match="by 0 to 3650 days"):
        release.extend(course, sample.NAME, "ada", days)
    assert release.latest(course, sample.NAME).extensions == {}


def test_terms_in_words():
    due = {"due": "2026-06-01T12:00:00+00:00"}
    assert "without a due date" in late.in_words(late.Release("a", ""))
    assert late.in_words(late.Release("a", "", **due)) == "Late submissions get 0 points."
    words = late.in_words(late.Release("a", "", **due, late_days=3, late_penalty=10))
    assert words == "Submissions up to 3 days late lose 10 % a day begun; later ones get 0 points."
    assert "one day late lose nothing" in late.in_words(late.Release("a", "", **due, late_days=1))
