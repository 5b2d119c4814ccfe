"""What a student gets back: a page with the marks, what failed, the hint, and the teacher's words.

No hidden test and no expected value is in it, because the page is not made from them: the verdict holds the
points and the hint alone.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.classroom import autograded, late, page, roster
from course_utils.classroom.arrival import read_record
from course_utils.classroom.collect import SECRET, TIMESTAMP, content_at
from course_utils.classroom.course import ClassError, Course, require_exchange
from course_utils.classroom.export import comment, require_release
from course_utils.classroom.files import PUBLIC, write_bytes, write_text
from course_utils.classroom.gradebook import (
    GRADED,
    NEEDS_A_PERSON,
    NOT_GRADED,
    NOT_SUBMITTED,
    Mark,
    Marks,
    read_marks,
)
from course_utils.classroom.late import Release
from course_utils.classroom.names import visible
from course_utils.classroom.outline import Task, tasks_of
from course_utils.classroom.platforms import CANVAS, MOODLE
from course_utils.classroom.release import cells_of, last_error, nbgrader_api, nbgrader_of

WITHOUT_FEEDBACK = (NOT_SUBMITTED, NOT_GRADED)


@dataclass
class Written:
    """Whose feedback was written, was the same as before, or is not final yet."""

    fresh: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)  # ids of those who find it in the exchange

    @property
    def everybody(self) -> list[str]:
        """All who have a page."""
        return sorted([*self.fresh, *self.same])


def feedback(course: Course, assignment: str, only: Collection[str] = ()) -> Written:
    """Write a page for each student who handed in (or for `only` these), and publish what changed.

    Raises:
        ClassError: not released, a stranger in `only`, or a page cannot be written; write them again then.
    """
    released = require_release(course, assignment)
    students = roster.enrolled(course)
    if unknown := sorted(set(only) - set(students)):
        raise ClassError(f"Not enrolled: {', '.join(unknown)}. The ids are in roster.csv.")
    chosen = {id: student for id, student in students.items() if not only or id in only}
    marks = read_marks(course, released, chosen)
    tasks = tasks_of(course.source(assignment))
    written = Written()
    for id, student in chosen.items():
        mark = marks.of[id]
        if mark.state in WITHOUT_FEEDBACK:
            continue
        terms = list(terms_of(course, released, id))
        text = page_for(
            student.name, mark, marks, tasks, answers_of(course.autograded(id, assignment)), terms
        )
        (written.fresh if put(course, assignment, id, text) else written.same).append(id)
        if mark.state != GRADED:
            written.unfinished.append(id)
    written.published = publish(course, assignment)
    return written


def answers_of(notebook: Path) -> dict[str, dict[str, Any]]:
    """The cells of an autograded notebook by grade_id; empty where there is none."""
    return (
        {nbgrader_of(cell).get("grade_id", ""): cell for cell in cells_of(notebook)}
        if notebook.is_file()
        else {}
    )


def terms_of(course: Course, released: Release, student: str) -> Iterator[str]:
    """When it was due for a student, what lateness costs, and when the student handed in."""
    if released.due:
        yield f"Due: {late.due_in_words(released)}. {late.in_words(released)}"
    if days := released.extensions.get(student):
        yield f"You had {days:g} {'day' if days == 1 else 'days'} more."
    record = read_record(course.submitted(student, released.assignment))
    if released.due and record is not None:
        yield f"Handed in {record.arrival.words(course.time_zone)}."


def page_for(
    name: str,
    mark: Mark,
    marks: Marks,
    tasks: list[Task],
    answers: dict[str, dict[str, Any]],
    terms: Sequence[str] = (),
) -> str:
    """The page of one student, as HTML; `terms` are sentences about due date and lateness."""
    parts = [page.paragraph(name), *summary(mark, marks)]
    parts += [page.paragraph(" ".join(terms), "muted")] if terms else []
    for task in tasks:
        parts += section(task, mark, marks, answers)
    return page.page(f"Feedback on {marks.assignment}", *parts)


def summary(mark: Mark, marks: Marks) -> Iterator[str]:
    """The score, and what there is to know about it."""
    yield f"<p><strong>{page.number(mark.score)} of {page.number(marks.max_score)} points</strong></p>"
    if mark.penalty:
        yield page.paragraph(comment(mark), "note")
    if mark.state == NEEDS_A_PERSON:
        yield page.paragraph(f"Your submission could not be graded by itself: {mark.reason}", "note")
    if mark.state != GRADED:
        yield page.paragraph("This is not final: your teacher still has to look at it.", "note")


def section(task: Task, mark: Mark, marks: Marks, answers: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What was answered to a task, and what it earned."""
    earned = sum(mark.points.get(id, 0.0) for id in task.graded)
    most = sum(marks.most.get(id, 0.0) for id in task.graded)
    yield f"<h2>{page.text(task.title)}: {page.number(earned)} of {page.number(most)}</h2>"
    for id in task.answers:
        if id in mark.unanswered:
            yield page.paragraph("Not answered.", "muted")
        elif cell := answers.get(id):
            yield page.block(autograded.as_written(cell))
            yield from filter(None, map(page.output, cell.get("outputs", [])))
        if words := mark.comments.get(id):
            yield f'<p class="note"><strong>Your teacher:</strong> {page.text(words)}</p>'
    rows = [row(id, mark, marks.most[id]) for id in task.graded if id in marks.most]
    yield page.table(["test", "points", "of", "hint"], rows, numbers=(1, 2))


def row(id: str, mark: Mark, most: float) -> list[str]:
    """A line of the table of tests, as HTML."""
    points = mark.points.get(id, 0.0)
    if id in mark.again:
        words = '<span class="muted">marked before; your teacher will look at it again</span>'
    elif id in mark.waiting:
        words = '<span class="muted">not marked yet</span>'
    elif points >= most:
        words = '<span class="passed">passed</span>'
    elif hint := mark.messages.get(id):
        words = f'<span class="failed">{page.text(hint)}</span>'
    else:
        words = '<span class="muted">marked by your teacher</span>'
    return [f"<code>{page.text(id)}</code>", page.number(points), page.number(most), words]


def put(course: Course, assignment: str, student: str, text: str) -> bool:
    """Write a page, and beside it what nbgrader needs to publish it; False where it is as before."""
    folder = course.folder / "feedback" / student / assignment
    path = folder / f"{assignment}.html"
    try:
        for name in (SECRET, TIMESTAMP):
            found = content_at(course.submitted(student, assignment) / name)
            if found is not None and found != content_at(folder / name):
                write_bytes(folder / name, found)
        if content_at(path) == text.encode("utf-8"):
            return False
        write_text(path, text)
    except OSError as error:
        raise ClassError(
            f"{path} cannot be written: {error.strerror}. Give the command again then."
        ) from error
    return True


def publish(course: Course, assignment: str) -> list[str]:
    """Let nbgrader bring the pages of those who handed in through the exchange there; returns their ids."""
    folders = list((course.folder / "feedback").glob(f"*/{assignment}"))
    with_secret = sorted(folder.parent.name for folder in folders if (folder / SECRET).is_file())
    if course.exchange is None or not with_secret:
        return []
    require_exchange(course)
    api = nbgrader_api(course)
    api.coursedir.student_id_exclude = ",".join({folder.parent.name for folder in folders} - set(with_secret))
    done = api.release_feedback(assignment)
    if not done["success"]:
        raise ClassError(
            "The feedback could not be put into the exchange: "
            f"{last_error(done.get('log', '') + done.get('error', ''))}"
        )
    for file in (course.exchange / course.name / "feedback").glob("*.html"):
        file.chmod(PUBLIC)  # nbgrader has kept the rights that it has in the class
    return with_secret


def zipped(course: Course, assignment: str, platform: str, students: Sequence[str]) -> tuple[Path, list[str]]:
    """Put the pages of `students` into a zip that a platform takes back.

    Args:
        platform: moodle (View all submissions > Upload multiple feedback files in a zip) or canvas (Gradebook >
            assignment's menu > Upload Submissions).

    Returns:
        The zip, and the ids of those whose submission did not come from this platform.

    Raises:
        ClassError: nobody's did, or the zip cannot be written.
    """
    names = {id: name_in_zip(course, assignment, platform, id) for id in students}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for id, name in names.items():
            if name:
                archive.write(course.folder / "feedback" / id / assignment / f"{assignment}.html", name)
    if not any(names.values()):
        raise ClassError(
            f"No submission on {assignment} was collected from a zip of {platform.capitalize()}, so that nobody "
            "knows the names that it gives to students. Collect that zip once more, then write the feedback."
        )
    path = course.folder / "reports" / f"{assignment}-feedback-{platform}.zip"
    try:
        write_bytes(path, content.getvalue())
    except OSError as error:
        raise ClassError(f"{path} cannot be written: {error.strerror}.") from error
    return path, [id for id, name in names.items() if not name]


def name_in_zip(course: Course, assignment: str, platform: str, student: str) -> str:
    """By what name a platform knows a student's page: as the submission was called; empty where it came otherwise."""
    record = read_record(course.submitted(student, assignment))
    for part in visible(record.source).split("/") if record else ():
        if platform == "moodle" and (match := MOODLE.fullmatch(part)):
            return f"{match['name']}_{match['participant']}_assignsubmission_file_/{assignment}.html"
        if platform == "canvas" and (match := CANVAS.fullmatch(part)):
            late_mark = match["late"] or ""
            return f"{match['name']}_{late_mark}{match['canvas']}_{match['submission']}_{assignment}.html"
    return ""
