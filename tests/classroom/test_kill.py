"""The grader is killed at twenty random moments; in the end every mark is that of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from functools import partial

from course_utils.classroom import collect, grade, gradebook, release, roster
from course_utils.classroom.course import open_course
from course_utils.classroom.journal import Journal
from tests.classroom import sample

STUDENTS, KILLS, SEED = 30, 20, 8
ANSWERS = (
    {"double": sample.DOUBLE, "mean": sample.MEAN, "why": "A reason."},
    {"double": sample.DOUBLE, "mean": sample.WRONG_MEAN},
    {"mean": sample.MEAN, "why": "Another reason."},
)


def class_with_submissions(course, inbox):
    lines = "".join(f"s{number:02},First,Last{number},,\n" for number in range(STUDENTS))
    (course.folder / "students.csv").write_text("id,first_name,last_name,email,canvas_id\n" + lines)
    roster.import_csv(course, course.folder / "students.csv")
    for number in range(STUDENTS - 1):
        answers = ANSWERS[number % 3] | {"double": f"{sample.DOUBLE}  # {number}"}
        sample.hand_in(inbox, f"s{number:02}", sample.answered(course.released(sample.NAME), answers))
    sample.hand_in(inbox, f"s{STUDENTS - 1:02}", "{ broken")
    collect.collect(course, sample.NAME, inbox)


def run(course):
    grade.grade(course, sample.NAME, partial(sample.examine_with, course.source(sample.NAME)), workers=2)


def run_and_kill(course, seconds):
    """Grade in a process of its own and kill it after this time; False if it had ended."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            run(course)
            os._exit(0)
        os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def result(course):
    """Marks, and what formgrader shows, by student."""
    marks = gradebook.read_marks(course, release.latest(course, sample.NAME), roster.enrolled(course)).of
    return {id: (mark, course.autograded(id, sample.NAME).read_bytes()) for id, mark in marks.items()}


def test_kills(course, tmp_path):
    class_with_submissions(course, tmp_path / "inbox")
    undisturbed = open_course(shutil.copytree(course.folder, tmp_path / "undisturbed"))
    started = time.monotonic()
    run(undisturbed)
    whole = time.monotonic() - started
    moments = random.Random(SEED)
    killed, reached = 0, []
    while killed < KILLS:
        killed += run_and_kill(course, moments.uniform(0, whole / 8))
        reached.append(len(Journal(course.journal(sample.NAME)).applied))
    assert len(set(reached)) > 5, "the kills came at few different moments"
    run(course)
    assert result(course) == result(undisturbed)
    assert sum(sum(mark.points.values()) for mark, _ in result(course).values()) > 100
