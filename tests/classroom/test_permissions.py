"""Who may read the files of a class: the teacher alone, but for what students need."""

from __future__ import annotations

import json
import os
import shutil
import stat

import pytest
from click.testing import CliRunner

from course_utils.classroom import course as module
from course_utils.classroom import feedback, release
from course_utils.classroom.collect import SECRET
from course_utils.classroom.files import private_by_default
from course_utils.cli import doctor
from course_utils.cli.app import app
from tests.classroom import sample
from tests.classroom.test_collect import exchange_of
from tests.classroom.test_grade import RIGHT, graded, hand_in


@pytest.fixture(autouse=True)
def usual_umask():
    """What a new account has: whatever it writes can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def said(*words, code=0):
    result = CliRunner().invoke(app, ["class", *map(str, words)])
    assert result.exit_code == code, result.output
    return result.output


def open_places(folder):
    """What in a folder, and the folder itself, others may read or write."""
    places = [folder, *folder.rglob("*")]
    return [place for place in places if not place.is_symlink() and place.stat().st_mode & 0o077]


def test_a_new_class_is_its_teachers_alone(tmp_path):
    folder, exchange = tmp_path / "class", tmp_path / "srv" / "exchange"
    said("init", folder, "--exchange", exchange, "--time-zone", "Europe/Berlin")
    assert stat.S_IMODE(exchange.stat().st_mode) == 0o777 and exchange.parent.stat().st_mode & 0o005 == 0o005
    (tmp_path / "students.csv").write_text(sample.STUDENTS, encoding="utf-8")
    said("-C", folder, "roster", "import", tmp_path / "students.csv")
    with private_by_default():  # as everything that a command does
        sample.put_source(folder)
    said("-C", folder, "release", sample.NAME, "--no-run")
    made = module.open_course(folder)
    sample.hand_in(tmp_path / "inbox", "ada", sample.answered(made.released(sample.NAME), RIGHT))
    said("-C", folder, "collect", sample.NAME, tmp_path / "inbox")
    with private_by_default():
        graded(made)
    for words in (["feedback"], ["export"], ["report"]):
        said("-C", folder, *words, sample.NAME, code=1 if words == ["export"] else 0)
    private = ("source", "submitted", "autograded", "feedback", "journal", "reports", "releases")
    opened = [place for name in private for place in open_places(folder / name)]
    opened += [place for place in folder.iterdir() if place.is_file() and place.stat().st_mode & 0o077]
    assert opened == [] and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "for_students" / "nbgrader_config.py").stat().st_mode & 0o044 == 0o044


def test_a_class_that_is_open_is_told(course, monkeypatch):
    assert "Every account" not in said("-C", course.folder, "release", sample.NAME, "--no-run")
    course.folder.chmod(0o755)
    told = f"Every account on this machine can read {course.folder}"
    assert told in said("-C", course.folder, "release", sample.NAME, "--no-run")
    monkeypatch.chdir(course.folder)
    [finding] = doctor.class_here()
    assert told in finding.mend and f"chmod 700 {course.folder}" in finding.mend and not finding.optional
    course.folder.chmod(0o700)
    assert [finding.mend for finding in doctor.class_here()] == [""]
    monkeypatch.chdir(course.folder.parent)
    assert list(doctor.class_here()) == []


def test_an_exchange_that_cannot_be_made_is_told_before_anything_is_done(tmp_path):
    (tmp_path / "file").touch()
    told = said("init", tmp_path / "class", "--exchange", tmp_path / "file" / "exchange", code=1)
    assert "cannot be made" in told and "sudo install -d -m 777" in told
    assert not (tmp_path / "class").exists()


def test_an_exchange_that_is_missing_is_told_before_the_release_is_made(course, tmp_path, monkeypatch):
    course, _ = exchange_of(course, tmp_path)
    monkeypatch.setattr(release, "generate", pytest.fail)
    shutil.rmtree(course.exchange)
    told = said("-C", course.folder, "release", sample.NAME, code=1)
    assert "is missing. Make this folder" in " ".join(told.split())
    course.exchange.mkdir(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    told = said("-C", course.folder, "release", sample.NAME, code=1)
    assert f"chmod 777 {course.exchange}" in told


def test_other_settings_for_a_class_that_is_there_are_told(course, tmp_path):
    told = said("init", course.folder, "--exchange", tmp_path / "exchange", code=1)
    assert "was set up before, with another exchange" in told and "class.toml" in told


def test_what_students_need_stays_readable(course, tmp_path):
    course, inbound = exchange_of(course, tmp_path)
    release.release(course, sample.NAME, {}, run=False)
    hand_in(course, tmp_path / "inbox", "ada", RIGHT)
    (course.submitted("ada", sample.NAME) / SECRET).write_text("ab" * 64)
    graded(course)
    assert feedback.feedback(course, sample.NAME).published == ["ada"]
    outside = course.exchange / course.name
    [page] = (outside / "feedback").glob("*.html")
    [notebook] = (outside / "outbound").rglob("*.ipynb")
    for path in (page, notebook):
        assert path.stat().st_mode & 0o044 == 0o044
    assert json.loads(notebook.read_text("utf-8"))
