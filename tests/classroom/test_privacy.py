"""Deleting a student whose folders in the exchange hold whatever the student put there."""

from __future__ import annotations

import os

import pytest
from nbgrader.utils import notebook_hash

from course_utils.classroom import privacy, roster
from course_utils.classroom.collect import SECRET
from course_utils.classroom.course import ClassError
from tests.classroom import sample
from tests.classroom.test_archive import nested
from tests.classroom.test_collect import exchange_of


@pytest.fixture
def shared(course, tmp_path):
    """The class with an exchange, its folder of submissions, and the folder of feedback."""
    course, inbound = exchange_of(course, tmp_path)
    public = inbound.parent / "feedback"
    public.mkdir()
    return course, inbound, public


def submission(inbound, student="ada", number=1):
    folder = inbound / f"{student}+{sample.NAME}+2026-05-30 10:00:{number:02} UTC"
    folder.mkdir()
    return folder


def feedback_under(public, secret):
    page = public / f"{notebook_hash(secret=secret, notebook_id=sample.NAME)}.html"
    page.write_text("marks")
    return page


@pytest.mark.timeout(60)
def test_nothing_in_a_submission_keeps_it_from_being_deleted(shared):
    course, inbound, public = shared
    (submission(inbound, number=1) / SECRET).write_bytes(b"\xff\xfe no ASCII")
    os.mkfifo(submission(inbound, number=2) / SECRET)
    (submission(inbound, number=3) / SECRET).symlink_to("/etc/passwd")
    nested(submission(inbound, number=4) / "deep", 1500)
    (submission(inbound, number=5) / SECRET).mkdir()
    (submission(inbound, number=6) / SECRET).write_text("ab" * 64)
    (submission(inbound, number=7) / SECRET).write_text("../" * 20)
    hers, others = feedback_under(public, "ab" * 64), feedback_under(public, "cd" * 64)
    his = submission(inbound, "adam")
    gone = privacy.delete_student(course, "ada")
    assert len(gone) == 7 and [path.name for path in inbound.iterdir()] == [his.name]
    assert not hers.exists() and others.exists()
    assert "ada" not in roster.load(course)


def test_links_are_not_followed(shared, tmp_path):
    course, inbound, _ = shared
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").touch()
    (inbound / f"ada+{sample.NAME}+2026-05-30 10:00:00 UTC").symlink_to(mine)
    (submission(inbound) / "link").symlink_to(mine)
    (course.folder / "submitted" / "ada").symlink_to(mine)
    privacy.delete_student(course, "ada")
    assert (mine / "file").exists()


def test_capitals_do_not_make_another_student(shared):
    course, inbound, _ = shared
    submission(inbound, "ADA")
    privacy.delete_student(course, "ada")
    assert list(inbound.iterdir()) == []


def test_what_a_crash_left_goes_as_well(course):
    for name in (".new-x1/submission", ".try-x2/submitted/ada"):
        (course.folder / name).mkdir(parents=True)
    privacy.delete_student(course, "ada")
    assert [path.name for path in course.folder.iterdir() if path.name.startswith(".")] == []


def test_what_cannot_be_deleted_is_told_and_keeps_nothing_else(shared, monkeypatch):
    course, inbound, _ = shared
    first, second = submission(inbound, number=1), submission(inbound, number=2)
    delete = privacy.delete_tree

    def stubborn(folder):
        if folder == first:
            raise PermissionError(13, "Permission denied")
        delete(folder)

    monkeypatch.setattr(privacy, "delete_tree", stubborn)
    with pytest.raises(ClassError, match=r"delete these yourself:\n  .*10:00:01 UTC: Permission denied"):
        privacy.delete_student(course, "ada")
    assert first.exists() and not second.exists() and "ada" not in roster.load(course)
    monkeypatch.undo()
    assert privacy.delete_student(course, "ada") == [first]
