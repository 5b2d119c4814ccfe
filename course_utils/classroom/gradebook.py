"""The one writer of marks into nbgrader's gradebook, and the one reader of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from course_utils.classroom import autograded
from course_utils.classroom.arrival import read_record
from course_utils.classroom.autograded import Template
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.journal import Entry, Journal
from course_utils.classroom.late import Release, naive_utc
from course_utils.classroom.submission import Cell
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, Verdict

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

FILL_AGAIN = (
    "Was it lost? It is filled again by  course class roster import students.csv,  course class release {0}  "
    "and  course class grade {0}; marks by hand were in it alone."
)
PAUSES = (1.0, 3.0, 10.0)  # seconds before another try at a database that is locked or away
NOT_SUBMITTED = "not submitted"
NOT_GRADED = "not graded yet"
TO_MARK = "to be marked by hand"


class Writer:
    """Puts verdicts into the gradebook, one transaction a student, and writes what formgrader shows.

    Doing it twice does no harm: it is how an interrupted run goes on.
    """

    def __init__(self, course: Course, released: Release, template: Template):
        self.course, self.released, self.template = course, released, template

    def __enter__(self) -> Writer:
        """Open the gradebook, and look who is in it."""
        self.gradebook = self.course.gradebook()
        self.known = students_with_marks(self.gradebook, self.released.assignment)
        self.names = names_of_cells(self.gradebook, self.released.assignment)
        return self

    def __exit__(self, *failure: object) -> None:
        """Close the gradebook."""
        self.gradebook.close()

    def has(self, student: str) -> bool:
        """Whether the gradebook and the folder of formgrader hold marks of `student`."""
        return student in self.known and self.course.autograded(student, self.released.assignment).is_file()

    def apply(self, student: str, verdict: Verdict, cells: list[Cell], submitted_at: datetime | None) -> None:
        """Put the verdict on a submission with these cells into the gradebook.

        Raises:
            ClassError: the database is locked or away for long, or the disk is full; nothing is lost, the
                journal has the verdict.
        """
        path = self.course.autograded(student, self.released.assignment)
        before = autograded.answers(path)
        cells = self.template.recognised(cells)
        notebook = autograded.build(self.template, cells, verdict)
        unanswered = self.template.unanswered(cells) if cells else set()
        patiently(
            self.gradebook, lambda: self._store(student, verdict, before, notebook, unanswered, submitted_at)
        )
        self.known.add(student)
        try:
            autograded.write(path, notebook)
        except OSError as error:
            raise ClassError(
                f"{path} cannot be written: {error.strerror}. Nothing is lost: make room, then give the command again."
            ) from error

    def _store(
        self,
        student: str,
        verdict: Verdict,
        before: dict[str, str],
        notebook: dict[str, Any],
        unanswered: set[str],
        submitted_at: datetime | None,
    ) -> None:
        now = autograded.texts_of(notebook["cells"])
        changed = self.template.changed(before, now)
        points = {cell.grade_id: cell.points for cell in verdict.cells if verdict.state == GRADED}
        points |= {id: 0.0 for id in self.template.written() if id in unanswered}
        with self.gradebook.db.no_autoflush:  # all at once, with the commit
            submission = find_or_add(self.gradebook, self.released.assignment, student)
            submission.timestamp = naive_utc(submitted_at) if submitted_at else None
            for stored in submission.notebooks:
                for grade in stored.grades:
                    name = self.names[grade.cell_id]
                    set_grade(grade, points.get(name), answer_changed=name in changed)
                for comment in stored.comments:
                    unsaid = self.names[comment.cell_id] in unanswered
                    comment.auto_comment = "No response." if unsaid else None
            settle(submission, self.released)
        self.gradebook.db.commit()


def grade_id(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def patiently(gradebook: Gradebook, action: Callable[[], object]) -> None:
    """Do `action` with the gradebook; when the database is locked or away, wait and do it again.

    Raises:
        ClassError: it stays so.
    """
    from nbgrader.api import InvalidEntry
    from sqlalchemy.exc import DBAPIError, OperationalError

    for pause in (*PAUSES, None):
        try:
            with no_tracebacks():
                action()
            return
        except (OperationalError, InvalidEntry, DBAPIError) as error:
            gradebook.db.rollback()
            if pause is None:
                reason = str(error).splitlines()[0]
                raise ClassError(
                    f"The gradebook cannot be written: {reason}. Nothing is lost: look after the database, "
                    "then give the command again."
                ) from error
            time.sleep(pause)


@contextmanager
def no_tracebacks() -> Iterator[None]:
    """Keep from the terminal what nbgrader logs of an error that it raises as well."""
    from nbgrader.api import app_log

    def has_no_traceback(record: logging.LogRecord) -> bool:
        return not record.exc_info

    app_log.addFilter(has_no_traceback)
    try:
        yield
    finally:
        app_log.removeFilter(has_no_traceback)


def students_with_marks(gradebook: Gradebook, assignment: str) -> set[str]:
    """The ids of those of whom the gradebook has a submission."""
    from nbgrader.api import Assignment, SubmittedAssignment

    ids = gradebook.db.query(SubmittedAssignment.student_id).join(SubmittedAssignment.assignment)
    return {id for (id,) in ids.filter(Assignment.name == assignment)}


def find_assignment(gradebook: Gradebook, assignment: str) -> Assignment:
    """The gradebook's record of an assignment.

    Raises:
        ClassError: it has none, as after its file was lost.
    """
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_assignment(assignment)
    except MissingEntry:
        raise ClassError(
            f"The gradebook does not know {assignment}. {FILL_AGAIN.format(assignment)}"
        ) from None


def names_of_cells(gradebook: Gradebook, assignment: str) -> dict[str, str]:
    """The grade_ids of the cells that give points or take comments, by the gradebook's own numbers."""
    notebooks = find_assignment(gradebook, assignment).notebooks
    return {
        cell.id: cell.name
        for notebook in notebooks
        for cell in (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
    }


def submissions(gradebook: Gradebook, assignment: str) -> list[SubmittedAssignment]:
    """The gradebook's submissions with all that belongs to them, in a few queries for the whole class."""
    from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy.orm import joinedload, selectinload

    notebooks = selectinload(SubmittedAssignment.notebooks)
    found = gradebook.db.query(SubmittedAssignment).join(SubmittedAssignment.assignment)
    return (
        found.filter(Assignment.name == assignment)
        .options(joinedload(SubmittedAssignment.student))
        .options(notebooks.selectinload(SubmittedNotebook.grades))
        .options(notebooks.selectinload(SubmittedNotebook.comments))
        .all()
    )


def find_or_add(gradebook: Gradebook, assignment: str, student: str) -> SubmittedAssignment:
    """The gradebook's record of a submission, made where it is missing.

    Raises:
        ClassError: the gradebook does not know the student, as after its file was lost.
    """
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_submission(assignment, student)
    except MissingEntry:
        pass
    try:
        return gradebook.add_submission(assignment, student)
    except MissingEntry:
        raise ClassError(f"The gradebook does not know {student}. {FILL_AGAIN.format(assignment)}") from None


def set_grade(grade: Grade, points: float | None, *, answer_changed: bool) -> None:
    """Store the points of a cell (None: a person must give them); a mark given by hand stays.

    It is shown to the teacher again only where its reason has changed.
    """
    changed = answer_changed or grade.auto_score != points
    if grade.manual_score is None:
        grade.needs_manual_grade = points is None
    else:
        grade.needs_manual_grade = grade.needs_manual_grade or changed
    grade.auto_score = points


def take_time(course: Course, submission: SubmittedAssignment, assignment: str) -> None:
    """Bring the time of handing in up to date, which may have become known, or been put right, since."""
    record = read_record(course.submitted(submission.student.id, assignment))
    if record is not None:
        at = record.arrival.counted
        submission.timestamp = naive_utc(at) if at else None


def settle(submission: SubmittedAssignment, released: Release) -> None:
    """Compute what lateness costs, from the marks as they are now."""
    submitted = submission.timestamp.replace(tzinfo=UTC) if submission.timestamp else None
    days = released.days_late(submitted, extension_of(submission, released))
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = released.share_lost(days) * score_of(notebook) or None


def extension_of(submission: SubmittedAssignment, released: Release) -> timedelta:
    """By how much the due date is put off for this student: by us, or in nbgrader."""
    ours = timedelta(days=released.extensions.get(submission.student.id, 0))
    return max(ours, submission.extension or timedelta())


def score_of(notebook: SubmittedNotebook) -> float:
    """The points of a notebook before any penalty, as they stand in this session."""
    return sum(points_of(grade) for grade in notebook.grades)


def points_of(grade: Grade) -> float:
    """A mark given by hand, or else the examiner's; extra credit added."""
    points = grade.auto_score if grade.manual_score is None else grade.manual_score
    return (points or 0.0) + (grade.extra_credit or 0.0)


@dataclass(frozen=True)
class Mark:
    """Where a student stands in an assignment; all by grade_id.

    `unanswered` answers are as they were released, `waiting` cells want a person, those of them in `again` because
    a mark by hand was for an earlier answer; `messages` are the hints of failed tests, `comments` the teacher's words.
    """

    student: str
    state: str = NOT_SUBMITTED
    points: dict[str, float] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    penalty: float = 0.0
    days_late: int = 0
    submitted: datetime | None = None
    comments: dict[str, str] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    messages: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def score(self) -> float:
        """The points that count, late penalty taken off."""
        return max(0.0, sum(self.points.values()) - self.penalty)


@dataclass(frozen=True)
class Marks:
    """The marks of a class in one assignment: `most` holds the points that each cell can give."""

    assignment: str
    most: dict[str, float]
    of: dict[str, Mark]

    @property
    def max_score(self) -> float:
        """The points of a faultless submission."""
        return sum(self.most.values())


def read_marks(course: Course, released: Release, students: Iterable[str]) -> Marks:
    """The marks of `students` (ids) as the gradebook has them now, late penalties brought up to date."""
    assignment = released.assignment
    verdicts = Journal(course.journal(assignment)).latest
    found: dict[str, Mark] = {}
    with course.gradebook() as gradebook:

        def read() -> None:
            for submission in submissions(gradebook, assignment):
                take_time(course, submission, assignment)
                settle(submission, released)
                found[submission.student.id] = mark_of(submission, released)
            gradebook.db.commit()

        patiently(gradebook, read)
        notebooks = find_assignment(gradebook, assignment).notebooks
        most = {cell.name: cell.max_score for notebook in notebooks for cell in notebook.grade_cells}
    marks = {}
    for student in students:
        mark = found.get(student) or mark_without_grades(course, released, student)
        marks[student] = with_verdict(mark, verdicts.get(student))
    return Marks(assignment, in_order(course, released, most), marks)


def with_verdict(mark: Mark, entry: Entry | None) -> Mark:
    """The mark, with what the examiner said about the submission."""
    if entry is None or mark.state == NOT_SUBMITTED:
        return mark
    verdict = entry.verdict
    messages = {cell.grade_id: cell.message for cell in verdict.cells if cell.points < cell.max_points}
    needs = mark.waiting and verdict.state == NEEDS_A_PERSON
    return replace(
        mark, state=NEEDS_A_PERSON if needs else mark.state, messages=messages, reason=verdict.reason
    )


def in_order(course: Course, released: Release, most: dict[str, float]) -> dict[str, float]:
    """The cells in the order of the notebook."""
    order = [grade_id(cell) for cell in autograded.cells_of(course.source(released.assignment))]
    return {id: most[id] for id in order if id in most}


def mark_without_grades(course: Course, released: Release, student: str) -> Mark:
    """The mark of somebody of whom the gradebook has no submission."""
    there = course.submitted(student, released.assignment).is_dir()
    return Mark(student, state=NOT_GRADED if there else NOT_SUBMITTED)


def mark_of(submission: SubmittedAssignment, released: Release) -> Mark:
    """The mark that the gradebook's record of a submission tells."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    waiting = tuple(grade.name for grade in grades if grade.needs_manual_grade)
    submitted = submission.timestamp.replace(tzinfo=UTC) if submission.timestamp else None
    return Mark(
        student=submission.student.id,
        state=TO_MARK if waiting else GRADED,
        points={grade.name: points_of(grade) for grade in grades},
        waiting=waiting,
        again=tuple(
            grade.name for grade in grades if grade.name in waiting and grade.manual_score is not None
        ),
        penalty=sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks),
        days_late=released.days_late(submitted, extension_of(submission, released)),
        submitted=submitted,
        comments=dict(comments_of(submission)),
        unanswered=tuple(
            comment.name
            for notebook in submission.notebooks
            for comment in notebook.comments
            if comment.auto_comment
        ),
    )


def comments_of(submission: SubmittedAssignment) -> Iterator[tuple[str, str]]:
    """What the teacher wrote to the student in formgrader, by grade_id."""
    for notebook in submission.notebooks:
        for comment in notebook.comments:
            if comment.manual_comment:
                yield comment.name, comment.manual_comment
