"""For the teacher: how the class did, test by test and student by student, as a page with pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING

from course_utils.classroom import page, roster
from course_utils.classroom import release as releases
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.export import comment, require_release, unfinished
from course_utils.classroom.files import write_text
from course_utils.classroom.gradebook import GRADED, NOT_SUBMITTED, Marks, read_marks
from course_utils.classroom.outline import Task, tasks_of
from course_utils.classroom.roster import Student
from course_utils.classroom.statistics import (
    CellStatistics,
    cell_statistics,
    counted,
    histogram,
    reliability,
    words_of_distribution,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOUBTFUL = 0.1  # a discrimination below it is worth a look at the test
HOW_TO_READ = (
    "Facility is the mean share of a test's points: 0 % nobody has them, 100 % everybody. Discrimination is the "
    "correlation of its points with those of all other tests: 0.3 and more is good; near 0 or below, look whether "
    "the test asks what you meant. Neither tells much about a small class."
)
SERIES = (
    ("nothing", "orange", "///"),
    ("a part", "gold", "..."),
    ("all points", "blue", ""),
    ("not marked yet", "grid", ""),
)


def report(course: Course, assignment: str) -> tuple[Path, Sequence[str]]:
    """Write the page about an assignment into reports/; returns the file, and whose marks are not final.

    Raises:
        ClassError: the assignment was not released, or the page cannot be written.
    """
    students = roster.enrolled(course)
    marks = read_marks(course, require_release(course, assignment), students)
    tasks = tasks_of(course.source(assignment))
    found = {record.grade_id: record for record in cell_statistics(marks)}
    parts = [*overview(marks), "<h2>Tasks</h2>"]
    if counted(marks):
        parts += [distribution(marks), shares(list(found.values()))]
    parts += [page.paragraph(HOW_TO_READ, "muted"), table_of_tests(tasks, found), "<h2>Students</h2>"]
    parts.append(table_of_students(students, marks, tasks))
    return save(course, f"{assignment}.html", page.page(f"Report on {assignment}", *parts)), unfinished(marks)


def report_on_class(course: Course) -> Path:
    """Write the page about all assignments that were released; returns the file.

    Raises:
        ClassError: nothing was released yet, or the page cannot be written.
    """
    names = releases.names(course)
    if not names:
        raise ClassError("Nothing has been released yet, so that there is nothing to report.")
    students = roster.enrolled(course)
    every = [read_marks(course, require_release(course, name), students) for name in names]
    rows = []
    for id, student in students.items():
        scores = [page.number(marks.of[id].score) if id in marks.of else "" for marks in every]
        states = [marks.of[id].state for marks in every]
        shown = [
            score if state == GRADED else f"{score} <span class='muted'>{page.text(state)}</span>"
            for score, state in zip(scores, states, strict=True)
        ]
        whole = page.number(sum(marks.of[id].score for marks in every))
        rows.append([page.text(id), page.text(student.name), *shown, f"<strong>{whole}</strong>"])
    heads = [f"{marks.assignment} (of {page.number(marks.max_score)})" for marks in every]
    table = page.table(["id", "name", *heads, "sum"], rows, numbers=range(2, len(heads) + 3))
    return save(course, "class.html", page.page(f"Report on the class {course.name}", table))


def save(course: Course, name: str, text: str) -> Path:
    """Write a page that only the teacher may read."""
    path = course.folder / "reports" / name
    try:
        write_text(path, text, mode=0o600)
    except OSError as error:
        raise ClassError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def overview(marks: Marks) -> Iterator[str]:
    """The class in a few sentences."""
    scores = [mark.score for mark in counted(marks)]
    missing = sum(mark.state == NOT_SUBMITTED for mark in marks.of.values())
    final = sum(mark.state == GRADED for mark in marks.of.values())
    waiting = len(marks.of) - missing - final
    yield page.paragraph(
        f"{len(marks.of)} students: {final} final, {waiting} not final yet, {missing} without a submission."
    )
    if scores:
        words = f"Of {page.number(marks.max_score)} points: mean {page.number(mean(scores))}, median "
        yield page.paragraph(
            f"{words}{page.number(median(scores))}, from {page.number(min(scores))} to {page.number(max(scores))}."
        )
    if (alpha := reliability(marks)) is not None:
        yield page.paragraph(f"Reliability of the whole (Cronbach's alpha): {alpha:.2f}.")


def distribution(marks: Marks) -> str:
    """The histogram of the points, late penalties taken off."""
    from course_utils import plotting

    counts, edges = histogram([mark.score for mark in counted(marks)], marks.max_score)
    figure, axes = plotting.figure(height=2.6)
    axes.bar(edges[:-1], counts, width=edges[1:] - edges[:-1], align="edge", edgecolor="white")
    axes.set(xlabel="points", ylabel="students", xlim=(0, edges[-1]))
    axes.yaxis.get_major_locator().set_params(integer=True)
    return picture(axes, words_of_distribution(counts, edges))


def shares(records: list[CellStatistics]) -> str:
    """For each test, how many students have nothing, a part, or all of its points."""
    from course_utils import plotting, theme

    figure, axes = plotting.figure(height=min(12.0, 1.2 + 0.28 * len(records)))
    names = [record.grade_id for record in records]
    left = [0.0] * len(records)
    for place, (label, colour, hatch) in enumerate(SERIES):
        widths = [100 * record.shares[place] for record in records]
        axes.barh(
            names, widths, left=left, label=label, color=theme.LIGHT[colour], hatch=hatch, edgecolor="white"
        )
        left = [begin + width for begin, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel="% of students", xlim=(0, 100))
    figure.legend(loc="outside upper center", ncols=len(SERIES))
    full = ", ".join(f"{record.grade_id} {100 * record.shares[2]:.0f} %" for record in records)
    return picture(axes, f"Share of students with all points of each test: {full}.")


def picture(axes: Axes, words: str) -> str:
    """A figure as HTML, with words for those who do not see it."""
    from course_utils import plotting

    return plotting.bundle(axes, words)[0]["text/html"]


def table_of_tests(tasks: list[Task], found: dict[str, CellStatistics]) -> str:
    """A line for each test."""
    rows = []
    for task in tasks:
        for place, id in enumerate(each for each in task.graded if each in found):
            record = found[id]
            rows.append(
                [
                    page.text(task.title) if place == 0 else "",
                    f"<code>{page.text(id)}</code>",
                    page.number(record.most),
                    facility(record),
                    discrimination(record),
                    "<br>".join(f"{times} × {page.text(hint)}" for hint, times in record.failures),
                ]
            )
    heads = ["task", "test", "points", "facility", "discrimination", "common failures"]
    return page.table(heads, rows, numbers=(2, 3, 4))


def facility(record: CellStatistics) -> str:
    """The facility as HTML, with a note where it is not that of the whole class yet."""
    if record.facility is None:
        return "not marked yet"
    words = f"{100 * record.facility:.0f} %"
    return f"{words} ({100 * record.shares[3]:.0f} % not marked yet)" if record.shares[3] else words


def discrimination(record: CellStatistics) -> str:
    """The discrimination as HTML, marked where the test is doubtful."""
    if record.discrimination is None:
        return "–"
    words = f"{record.discrimination:.2f}"
    return f'<span class="failed">{words}, look at it</span>' if record.discrimination < DOUBTFUL else words


def table_of_students(students: dict[str, Student], marks: Marks, tasks: list[Task]) -> str:
    """A line for each student."""
    rows = []
    for id, student in students.items():
        mark = marks.of[id]
        earned = [page.number(sum(mark.points.get(each, 0.0) for each in task.graded)) for task in tasks]
        remark = "; ".join(filter(None, [comment(mark), mark.reason]))
        rows.append(
            [page.text(id), page.text(student.name), page.number(mark.score), *earned, page.text(remark)]
        )
    heads = ["id", "name", "points", *(task.title for task in tasks), "remark"]
    return page.table(heads, rows, numbers=range(2, len(tasks) + 3))
