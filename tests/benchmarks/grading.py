"""How fast a class is graded, beside ``nbgrader autograde`` on the same submissions.

    python tests/benchmarks/grading.py [--submissions 30] [--workers 2] [--assignment 06_cnns]

Ours: all in the sandbox, from the start of the command to its end. nbgrader's: its own command, as it comes,
without a sandbox. The submissions are mixtures of the reference answers, right and wrong. The memory is the
largest sum over all processes of the command (shared pages counted once), looked at twice a second. Use an idle
machine; the load at the start is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from course_utils.classroom import collect, course, gradebook, release, roster
from course_utils.classroom.course import Course
from course_utils.cli import project
from tests.classroom import assignments

PLAIN_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = {name!r}
c.Execute.timeout = 300
c.IgnorePattern.enabled = True  # else a warning of TensorFlow costs an honest student the points
c.IgnorePattern.pattern = "(?s)."
"""


@dataclass(frozen=True)
class Measured:
    """Wall seconds, and the largest memory in MB."""

    seconds: float
    memory: float


def mixed_answers(assignment: str, number: int) -> dict[str, str]:
    """The answers of the student with this number: each task another one of its reference answers."""
    known = assignments.by_name(assignment)
    references = known.references()
    answers = {}
    for place, (task, solution) in enumerate(known.tasks().items()):
        wrong = [code for code, _ in references["WRONG"][task]]
        options = [solution, references["ALTERNATIVE"][task], *wrong]
        answers[task] = options[(number + place) % len(options)]
    return answers


def answered(released: Path, answers: dict[str, str]) -> str:
    """The students' notebook with these answers, by grade_id."""
    notebook: dict[str, Any] = json.loads(released.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if (id := release.nbgrader_of(cell).get("grade_id")) in answers:
            cell["source"] = answers[id]
    return json.dumps(notebook)


def make_class(folder: Path, assignment: str, size: int) -> Course:
    """A class in which everybody has handed in."""
    made, _ = course.init(folder, project.NOTEBOOKS / "assignments", name="benchmark")
    students = folder / "students.csv"
    students.write_text("id\n" + "".join(f"s{number:02}\n" for number in range(size)), encoding="utf-8")
    roster.import_csv(made, students)
    release.release(made, assignment, {}, run=False)
    for number in range(size):
        path = folder / "inbox" / f"s{number:02}" / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(
            answered(made.released(assignment), mixed_answers(assignment, number)), encoding="utf-8"
        )
    collect.collect(made, assignment, folder / "inbox")
    return made


def measure(command: list[str], folder: Path) -> Measured:
    """Run a command; its last words are told where it fails."""
    started, most = time.perf_counter(), 0.0
    with (folder / "benchmark.log").open("w+") as log:
        running = psutil.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ)
        while running.poll() is None:
            most = max(most, memory_of(running))
            time.sleep(0.5)
        seconds = time.perf_counter() - started
        log.seek(0)
        if running.returncode not in (0, 1):
            raise subprocess.CalledProcessError(running.returncode, command, log.read()[-2000:])
    return Measured(seconds, most)


def memory_of(process: psutil.Process) -> float:
    """MB of a process and all below it, shared pages counted once."""
    total = 0
    with contextlib.suppress(psutil.Error):
        for each in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += each.memory_full_info().pss
    return total / 1e6


def points(made: Course, assignment: str) -> dict[str, dict[str, float]]:
    """The points of every student, by test."""
    marks = gradebook.read_marks(made, release.latest(made, assignment), roster.enrolled(made))
    return {id: mark.points for id, mark in marks.of.items()}


def different(ours: dict[str, dict[str, float]], theirs: dict[str, dict[str, float]]) -> Iterator[str]:
    """A line for each test that the two mark differently."""
    for id, marks in ours.items():
        for test, mark in marks.items():
            if mark != (other := theirs[id].get(test, 0.0)):
                yield f"{id}, {test}: {mark:g}, nbgrader {other:g}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--assignment", default="06_cnns")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as holder:
        made = make_class(Path(holder, "ours"), given.assignment, given.submissions)
        plain = course.open_course(shutil.copytree(made.folder, Path(holder, "nbgraders")))
        (plain.folder / "nbgrader_config.py").write_text(
            PLAIN_CONFIG.format(name=made.name), encoding="utf-8"
        )
        print(f"load before: {os.getloadavg()[0]:.1f}, cores: {os.cpu_count()}")
        python = [sys.executable, "-m"]
        grade = [*python, "course_utils.cli", "class", "grade", given.assignment]
        ours = measure([*grade, "--workers", str(given.workers)], made.folder)
        theirs = measure([*python, "nbgrader", "autograde", given.assignment], plain.folder)
        differences = list(different(points(made, given.assignment), points(plain, given.assignment)))
    print(f"{'':<22}{'seconds':>10}{'a submission':>15}{'memory, MB':>12}")
    for name, found in (("course class grade", ours), ("nbgrader autograde", theirs)):
        each = found.seconds / given.submissions
        print(f"{name:<22}{found.seconds:>10.1f}{each:>15.2f}{found.memory:>12.0f}")
    print(f"throughput: {theirs.seconds / ours.seconds:.1f} times nbgrader's")
    print("\n".join(differences))


if __name__ == "__main__":
    main()
