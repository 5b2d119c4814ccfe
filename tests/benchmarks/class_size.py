"""How long the commands of a large class take, beside running the students' code itself.

    python tests/benchmarks/class_size.py [--students 5000] [--assignment 02_neurons]

Everybody hands in, by a zip of Moodle's, and gets random marks in place of an examination. Each command is given
twice: the second time nothing has changed. Seconds on the clock, and of the processor.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from course_utils.classroom import (
    collect,
    course,
    export,
    feedback,
    grade,
    release,
    report,
    roster,
    submission,
)
from course_utils.classroom.course import Course
from course_utils.classroom.verdict import GRADED, CellVerdict, Verdict
from course_utils.cli import project


def students_of(number: int) -> str:
    """The rows of a roster."""
    rows = (f"s{id:05},Given{id},Family{id % 997},s{id:05}@example.org\n" for id in range(number))
    return "id,first_name,last_name,email\n" + "".join(rows)


def moodles_zip(path: Path, notebook: Path, number: int) -> Path:
    """What Moodle exports when everybody has handed in; each notebook differs a little."""
    text = notebook.read_text(encoding="utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for id in range(number):
            folder = f"Given{id} Family{id % 997}_{70_000 + id}_assignsubmission_file"
            archive.writestr(f"{folder}/{notebook.name}", text.replace("YOUR CODE HERE", f"MY CODE {id}"))
    return path


def random_examiner(source: Path, made: Course) -> Callable[[Path | None], Verdict]:
    """Gives each test its points in three of four cases."""
    tests = [cell for cell in submission.read(source, made.limits) if cell.is_test]
    dice = random.Random(0)

    def examine(path: Path | None) -> Verdict:
        passed = [dice.random() < 0.75 for _ in tests]
        cells = tuple(
            CellVerdict(
                cell.grade_id, good * cell.points, cell.points, good, "" if good else "Look at the sign."
            )
            for cell, good in zip(tests, passed, strict=True)
        )
        return Verdict(GRADED, "", cells, {}, 1.0, 1.0, 100.0)

    return examine


def timed(name: str, action: Callable[[], object]) -> None:
    """Do it, and print how long it took."""
    clock, processor = time.perf_counter(), time.process_time()
    action()
    print(f"{name:<24}{time.perf_counter() - clock:>9.1f}{time.process_time() - processor:>9.1f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--assignment", default="02_neurons")
    given = parser.parse_args()
    name = given.assignment
    with tempfile.TemporaryDirectory() as holder:
        folder = Path(holder, "class")
        made, _ = course.init(folder, project.NOTEBOOKS / "assignments", name="benchmark")
        (folder / "students.csv").write_text(students_of(given.students), encoding="utf-8")
        terms = {"due": "2030-01-01T12:00:00+00:00"}
        print(f"{given.students} students{'clock':>17}{'processor':>11}")
        release.release(made, name, terms, run=False)
        exported = moodles_zip(folder / "export.zip", made.released(name), given.students)
        examine = random_examiner(made.source(name), made)
        commands: dict[str, Callable[[], object]] = {
            "roster import": lambda: roster.import_csv(made, folder / "students.csv"),
            "collect": lambda: collect.collect(made, name, exported),
            "grade": lambda: grade.grade(made, name, examine, workers=2),
            "release (no run)": lambda: release.release(made, name, terms, run=False),
            "export": lambda: export.export(made, name, "moodle"),
            "report": lambda: report.report(made, name),
            "report on the class": lambda: report.report_on_class(made),
            "feedback": lambda: feedback.feedback(made, name),
        }
        for label, command in commands.items():
            timed(label, command)
            timed(f"{label}, again", command)


if __name__ == "__main__":
    main()
