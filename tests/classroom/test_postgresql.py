"""The gradebook in a real PostgreSQL server: marks as with SQLite, and nothing lost when the server goes away."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from course_utils.classroom import collect, gradebook, release, roster
from course_utils.classroom import grade as module
from course_utils.classroom.course import ClassError, open_course
from tests.classroom import sample
from tests.classroom.postgresql import Server, programs

ANSWERS = {
    "ada": {"double": sample.DOUBLE, "mean": sample.MEAN},
    "blaise": {"double": sample.DOUBLE, "mean": sample.WRONG_MEAN},
    "carl": {"double": sample.DOUBLE},
    "dorothy": {},
}
SCORES = {"ada": 6.0, "blaise": 3.0, "carl": 3.0, "dorothy": 0.0, "emmy": 0.0}


@pytest.fixture
def server():
    """A server with an empty database."""
    if programs() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="course-") as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder))
        yield server
        if (server.data / "postmaster.pid").exists():
            server.stop()


@pytest.fixture
def course(server, tmp_path):
    """A class with its gradebook in the server, and four submissions."""
    course = sample.make_class(tmp_path / "class", database=server.url)
    release.release(course, sample.NAME, {}, run=False)
    for student, answers in ANSWERS.items():
        sample.hand_in(tmp_path / "inbox", student, sample.answered(course.released(sample.NAME), answers))
    collect.collect(course, sample.NAME, tmp_path / "inbox")
    return course


def grade(course, disturb=lambda: None):
    """Grade; `disturb` is called when the second submission is examined. Returns who was examined."""
    seen = []

    def examine(notebook):
        seen.append(notebook.parent.parent.name)
        if len(seen) == 2:
            disturb()
        return sample.examine_with(course.source(sample.NAME), notebook)

    module.grade(course, sample.NAME, examine)
    return seen


def scores(course):
    marks = gradebook.read_marks(course, release.latest(course, sample.NAME), roster.enrolled(course))
    return {student: mark.score for student, mark in marks.of.items()}


def test_marks_are_kept_in_the_server(course, server):
    assert open_course(course.folder).database == server.url
    assert not (course.folder / "gradebook.db").exists()
    assert sorted(grade(course)) == sorted(ANSWERS)
    assert scores(course) == SCORES
    assert grade(course) == [], "what has not changed is not graded again"


def test_a_server_that_restarts_is_waited_for(course, server):
    def restart():
        server.stop()
        server.start()

    assert sorted(grade(course, restart)) == sorted(ANSWERS)
    assert scores(course) == SCORES


def test_a_lost_server_loses_nothing(course, server, monkeypatch):
    monkeypatch.setattr(gradebook, "PAUSES", (0.1, 0.1))
    with pytest.raises(ClassError, match=r"The gradebook cannot be written.*Nothing is lost"):
        grade(course, server.stop)
    with pytest.raises(ClassError, match="The gradebook cannot be opened"):
        grade(course)
    server.start()
    assert grade(course) == [], "every verdict was in the journal"
    assert scores(course) == SCORES


def test_a_database_that_is_not_there_is_told(server, tmp_path):
    with pytest.raises(ClassError, match=r"The gradebook cannot be opened.*class\.toml"):
        sample.make_class(tmp_path / "class", database=server.url.replace("template1", "nobody"))
    assert not (tmp_path / "class" / "class.toml").exists(), "no setting that does not work is kept"
