"""Taking back what was collected, and going back to an earlier version: nothing is lost, nothing goes unsaid."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from course_utils.classroom import arrival, collect, gradebook, release, roster, versions
from course_utils.classroom.course import ClassError
from course_utils.classroom.files import locked
from course_utils.classroom.journal import Journal
from tests.classroom import sample
from tests.classroom.test_collect import FIRST, NOTEBOOK, SECOND, collected, hand_in, make_zip, submitted
from tests.classroom.test_commands import run
from tests.classroom.test_grade import RIGHT, change_grade, graded

THIRD = SECOND + timedelta(days=1)


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


def in_earlier(course, student="ada"):
    found = versions.earlier_of(course, student, sample.NAME)
    return [(each.folder / NOTEBOOK).read_text(encoding="utf-8") for each in found]


def moodle(tmp_path, text, at, name="m.zip"):
    files = {f"Ada Lovelace_1001_assignsubmission_file_/{NOTEBOOK}": text}
    return make_zip(tmp_path / name, files, at)


def test_what_is_put_aside_is_told_and_can_come_back(course, inbox):
    hand_in(inbox, "ada", "wrong", SECOND)
    collected(course, inbox)
    hand_in(inbox, "ada", "right", FIRST)  # older, but the one that should count
    done = collected(course, inbox)
    assert submitted(course, "ada") == "wrong" and (done.new, done.updated, done.same) == ([], [], [])
    assert "older than what counts" in done.aside["ada"] and "course class earlier" in done.aside["ada"]
    again = collected(course, inbox)
    assert again.same == ["ada"] and "older than what counts" in again.aside["ada"]
    said = run(course, "earlier", sample.NAME, "ada")
    assert "1: handed in at an unknown time (file of 30 May 2026, 12:00 Europe/Berlin)" in said
    run(course, "earlier", sample.NAME, "ada", "--use", "1")
    assert submitted(course, "ada") == "right" and in_earlier(course) == ["wrong"]
    run(course, "uncollect", sample.NAME, "ada")
    assert submitted(course, "ada") == "wrong" and in_earlier(course) == ["right"]
    assert "has 1 earlier submissions" in run(course, "earlier", sample.NAME, "ada", "--use", "2", code=1)
    assert "Not on the roster" in run(course, "earlier", sample.NAME, "eve", code=1)


def test_the_newer_of_two_downloads_counts_and_an_old_one_changes_nothing(course, tmp_path):
    first, second = moodle(tmp_path, "first", FIRST, "a.zip"), moodle(tmp_path, "second", SECOND, "b.zip")
    collected(course, first)
    assert collected(course, second).updated == ["ada"] and submitted(course, "ada") == "second"
    assert collected(course, first).same == ["ada"] and submitted(course, "ada") == "second"
    back = moodle(tmp_path, "first", THIRD, "c.zip")  # the student went back to the first
    done = collected(course, back)
    assert submitted(course, "ada") == "first" and "collected before" in done.notes["ada"]


def test_a_download_in_between_is_older_than_the_newest(course, tmp_path):
    for text, at in (("first", FIRST), ("first", THIRD), ("second", SECOND)):
        done = collected(course, moodle(tmp_path, text, at))
    assert submitted(course, "ada") == "first" and list(done.aside) == ["ada"]


def test_exports_without_times_count_in_the_order_of_collecting(course, tmp_path):
    old = FIRST.replace(year=1980)
    for text in ("first", "second"):
        collected(course, moodle(tmp_path, text, old))
        assert submitted(course, "ada") == text


def test_times_that_are_known_decide(course, tmp_path):
    sheet = tmp_path / "w.csv"
    head = (
        "Identifier,Full name,Email address,Last modified (submission)\nParticipant 1001,A,ada@example.org,"
    )
    sheet.write_text(head + "2026-05-30 10:00\n")
    collected(course, moodle(tmp_path, "later", FIRST), sheet)
    sheet.write_text(head + "2026-05-29 10:00\n")
    done = collected(course, moodle(tmp_path, "earlier", SECOND), sheet)
    assert submitted(course, "ada") == "later" and list(done.aside) == ["ada"]


def test_versions_of_one_time_are_all_kept(course, tmp_path):
    for text in ("one", "two", "three"):
        collected(course, moodle(tmp_path, text, FIRST))
    assert submitted(course, "ada") == "three" and sorted(in_earlier(course)) == ["one", "two"]


def test_a_notebook_counts_rather_than_something_refused(course, inbox):
    (inbox / "ada").mkdir(parents=True)
    (inbox / "ada" / "homework.pdf").touch()
    assert collected(course, inbox).refused.keys() == {"ada"}
    hand_in(inbox, "ada", "right", FIRST)
    assert collected(course, inbox).updated == ["ada"] and submitted(course, "ada") == "right"
    (inbox / "ada" / NOTEBOOK).unlink()
    os.utime(inbox / "ada" / "homework.pdf")
    done = collected(course, inbox)
    assert "is in earlier/" in done.aside["ada"] and f"uncollect {sample.NAME} ada" in done.aside["ada"]
    run(course, "uncollect", sample.NAME, "ada")
    assert submitted(course, "ada") == "right"


def test_a_trial_changes_nothing(course, inbox, tmp_path):
    hand_in(inbox, "ada", "first")
    before = snapshot(course)
    said = run(course, "collect", sample.NAME, str(inbox), "--dry-run")
    assert "Nothing is changed" in said and "1 new, 0 updated" in said and "4 have handed in nothing" in said
    assert snapshot(course) == before
    collected(course, inbox)
    os.mkfifo(course.submitted("ada", sample.NAME) / "pipe")  # nbgrader's own commands take everything
    hand_in(inbox, "ada", "second", SECOND)
    hand_in(inbox, "blaise", "his")
    before = snapshot(course)
    tried = collect.collect(course, sample.NAME, inbox, dry_run=True)
    assert snapshot(course) == before
    assert tried == collect.collect(course, sample.NAME, inbox) and tried.updated == ["ada"]


def snapshot(course):
    return {path: path.read_bytes() for path in course.folder.rglob("*") if path.is_file()}


def test_uncollect_goes_back_step_by_step(course, tmp_path):
    for text, at in (("first", FIRST), ("second", SECOND), ("third", THIRD)):
        collected(course, moodle(tmp_path, text, at))
    for text in ("second", "first"):
        assert "counts again" in run(course, "uncollect", sample.NAME, "ada")
        assert submitted(course, "ada") == text
    assert "nothing counts now" in run(course, "uncollect", sample.NAME, "ada")
    assert not course.submitted("ada", sample.NAME).exists()
    assert sorted(in_earlier(course)) == ["first", "second", "third"]
    assert "handed in nothing" in run(course, "uncollect", sample.NAME, "ada", code=1)
    run(course, "earlier", sample.NAME, "ada", "--use", "3")
    assert submitted(course, "ada") == "third"


def test_a_wrong_zip_is_taken_back_and_the_right_one_collected(course, tmp_path):
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    for student in ("ada", "blaise"):
        hand_in(right, student, f"right {student}", FIRST)
        hand_in(wrong, student, f"wrong {student}", SECOND)
    collected(course, wrong)
    run(course, "uncollect", sample.NAME, "--all")
    assert collected(course, right).new == ["ada", "blaise"]
    assert submitted(course, "ada") == "right ada"
    run(course, "uncollect", sample.NAME, code=2)


def test_marks_go_with_what_is_taken_back(course, inbox):
    for student in ("ada", "blaise"):
        sample.hand_in(inbox, student, sample.answered(course.released(sample.NAME), RIGHT))
    collected(course, inbox)
    graded(course)
    change_grade(course, "blaise", "why", manual_score=3.0)
    said = run(course, "uncollect", sample.NAME, "--all", code=1)
    assert "ada: nothing counts now" in said and "not taken back: blaise: blaise has marks" in said
    assert mark_of(course, "ada").state == gradebook.NOT_SUBMITTED
    assert Journal(course.journal(sample.NAME)).latest.keys() == {"blaise"}
    assert not course.autograded("ada", sample.NAME).exists()
    with pytest.raises(ClassError, match="marks or comments by hand"):
        versions.uncollect(course, sample.NAME, "blaise")
    assert submitted(course, "blaise") and mark_of(course, "blaise").points["why"] == 3
    versions.uncollect(course, sample.NAME, "blaise", forget_marks=True)
    assert mark_of(course, "blaise").state == gradebook.NOT_SUBMITTED
    collected(course, inbox)
    assert graded(course) == ["ada", "blaise"]


def mark_of(course, student):
    released = release.latest(course, sample.NAME)
    return gradebook.read_marks(course, released, roster.enrolled(course)).of[student]


def test_nothing_is_taken_back_while_it_is_graded(course, inbox):
    hand_in(inbox, "ada", "first")
    collected(course, inbox)
    with (
        locked(course.folder / "journal" / f"{sample.NAME}.lock"),
        pytest.raises(ClassError, match="being graded"),
    ):
        versions.uncollect(course, sample.NAME, "ada")
    assert submitted(course, "ada") == "first"


def test_what_lies_oddly_in_earlier_is_no_version(course, tmp_path):
    place = course.folder / "earlier" / "ada" / sample.NAME
    place.mkdir(parents=True)
    (place / "file").touch()
    (place / "link").symlink_to(tmp_path)
    assert versions.earlier_of(course, "ada", sample.NAME) == []


def test_the_record_is_read_as_it_was_written(course, tmp_path):
    collected(course, moodle(tmp_path, "x", FIRST))
    record = arrival.read_record(course.submitted("ada", sample.NAME))
    assert record.source == f"Ada Lovelace_1001_assignsubmission_file_/{NOTEBOOK}" and record.whole
    assert record.changed == FIRST - timedelta(hours=2)  # the zip's clock stands in Berlin
