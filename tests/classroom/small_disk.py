"""Grades a class on a small disk that is full, and again and again with a little more room.

    python -m tests.classroom.small_disk FOLDER    FOLDER: an empty file system of a few MB

Prints as JSON what was told when there was no room, and the marks at the end.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from io import FileIO
from pathlib import Path

from course_utils.classroom import collect, grade, gradebook, release, roster
from course_utils.classroom.course import ClassError, Course
from tests.classroom import sample

BLOCK = 4096  # bytes
ANSWERS = {
    "ada": {"double": sample.DOUBLE, "mean": sample.MEAN},
    "blaise": {"double": sample.DOUBLE, "mean": sample.WRONG_MEAN},
    "carl": {"mean": sample.MEAN},
    "dorothy": {},
}


def main() -> None:
    """Fill the disk, then give it back block by block until everything is graded."""
    folder = Path(sys.argv[1])
    gradebook.PAUSES = (0.01,)
    course = class_with_submissions(folder)
    examine = partial(sample.examine_with, course.source(sample.NAME))
    told = []
    with (folder / "filler").open("wb", buffering=0) as filler:
        fill(filler)
        while True:
            try:
                grade.grade(course, sample.NAME, examine, workers=2)
                break
            except ClassError as error:
                told.append(str(error))
                filler.truncate(max(0, filler.seek(0, 2) - BLOCK))
    marks = gradebook.read_marks(course, release.latest(course, sample.NAME), roster.enrolled(course))
    print(json.dumps({"told": told, "scores": {id: mark.score for id, mark in marks.of.items()}}))


def class_with_submissions(folder: Path) -> Course:
    """A class of five, of whom four have handed in."""
    course = sample.make_class(folder / "class")
    release.release(course, sample.NAME, {}, run=False)
    for student, answers in ANSWERS.items():
        sample.hand_in(folder / "inbox", student, sample.answered(course.released(sample.NAME), answers))
    collect.collect(course, sample.NAME, folder / "inbox")
    return course


def fill(filler: FileIO) -> None:
    """Write until nothing more can be written."""
    for size in (1 << 16, BLOCK, 1):
        try:
            while True:
                filler.write(b"\0" * size)
        except OSError:
            continue  # try with smaller pieces


if __name__ == "__main__":
    main()
