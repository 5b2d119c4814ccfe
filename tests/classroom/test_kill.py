"""The grader is killed at twenty random moments; in the end every mark is that of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from functools import partial

import psutil

from course_utils.classroom import collect, grade, gradebook, release, roster
from course_utils.classroom.course import open_course
from course_utils.classroom.examiner import Examination
from course_utils.classroom.journal import Journal
from tests.classroom import sample

STUDENTS, KILLS, SEED = 30, 20, 8
KILLS_IN_SANDBOX = int(
    os.environ.get("COURSE_KILLS", "3")
)  # the whole criterion: COURSE_KILLS=20, some minutes
SECONDS_TO_END = 15  # for what a killed grader leaves behind
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


def run(course, again=False):
    examine = partial(sample.examine_with, course.source(sample.NAME))
    grade.grade(course, sample.NAME, examine, workers=2, again=again)


def run_in_sandbox(course, again=False):
    with Examination(course.source(sample.NAME), limits=course.limits, workers=2) as examination:
        grade.grade(course, sample.NAME, examination.examine, workers=2, again=again)


def run_and_kill(program, course, seconds):
    """Grade in a process of its own and kill it after this time; False if it had ended."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            program(course)
            os._exit(0)
        os._exit(1)
    time.sleep(seconds)
    below = psutil.Process(child).children(recursive=True)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    assert psutil.wait_procs(below, timeout=SECONDS_TO_END)[1] == []
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
    killed, again, sizes = 0, False, set()
    while killed < KILLS:
        was_killed = run_and_kill(partial(run, again=again), course, moments.uniform(0, whole / 3))
        killed += was_killed
        again = again or not was_killed  # nothing is left to do: all is graded once more
        journal = course.journal(sample.NAME)
        sizes.add(journal.stat().st_size if journal.exists() else 0)
    assert len(sizes) > KILLS / 4, "the kills came at few different moments"
    run(course)
    assert result(course) == result(undisturbed)
    assert sum(sum(mark.points.values()) for mark, _ in result(course).values()) > 100


def test_kills_with_the_sandbox(course, tmp_path):
    class_with_submissions(course, tmp_path / "inbox")
    undisturbed = open_course(shutil.copytree(course.folder, tmp_path / "undisturbed"))
    started = time.monotonic()
    run_in_sandbox(undisturbed)
    whole = time.monotonic() - started
    moments = random.Random(SEED)
    killed, again = 0, False
    while killed < KILLS_IN_SANDBOX:
        was_killed = run_and_kill(
            partial(run_in_sandbox, again=again), course, moments.uniform(whole / 4, whole)
        )
        killed += was_killed
        again = again or not was_killed
    assert 0 < len(Journal(course.journal(sample.NAME)).latest) <= STUDENTS
    run_in_sandbox(course)
    assert result(course) == result(undisturbed)
