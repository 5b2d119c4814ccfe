"""Grade the submissions of an assignment: examine what changed, keep a journal, fill the gradebook."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from course_utils.classroom import release, roster
from course_utils.classroom.archive import RefusedError, printable, read_file
from course_utils.classroom.autograded import Template
from course_utils.classroom.collect import REFUSED, content_at, time_of_folder
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import locked
from course_utils.classroom.gradebook import TO_MARK, Marks, Writer, read_marks
from course_utils.classroom.journal import Entry, Journal
from course_utils.classroom.late import Release
from course_utils.classroom.limits import MEGABYTE
from course_utils.classroom.submission import Cell, SubmissionError, looks_like, read, read_sources
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, Verdict

Examine = Callable[[Path | None], Verdict]
Told = Callable[[str, Verdict], None]


@dataclass(frozen=True)
class Submission:
    """What a student handed in: the notebook, or the reason why there is none to look at."""

    student: str
    notebook: Path | None
    fingerprint: str
    at: datetime | None
    fault: str = ""


@dataclass
class Summary:
    """What a run did: verdicts by student, and who was left out and why."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    examined: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)  # submissions of nobody on the roster
    damaged: int = 0  # lines of the journal that could not be read
    marks: Marks | None = None  # of those who have verdicts, as they count now: marks by hand, late penalties

    @property
    def needs_a_person(self) -> list[str]:
        """Students whose submission could not be graded."""
        return sorted(id for id, verdict in self.verdicts.items() if verdict.state == NEEDS_A_PERSON)

    @property
    def to_mark(self) -> list[str]:
        """Students with an answer that has no mark by hand yet."""
        marks = self.marks.of if self.marks else {}
        return sorted(
            id for id, mark in marks.items() if mark.state == TO_MARK and mark.waiting != mark.again
        )

    @property
    def to_look_at_again(self) -> list[str]:
        """Students with an answer that is another than the one which was marked by hand."""
        return sorted(id for id, mark in (self.marks.of if self.marks else {}).items() if mark.again)


class Run:
    """One run of `grade`: journal and gradebook are open, and only this process writes to them."""

    def __init__(self, released: Release, journal: Journal, writer: Writer):
        self.released, self.journal, self.writer = released, journal, writer
        course = writer.course
        self.sources = read_sources(course.folder / "source", course.limits)
        self.failure: ClassError | None = None  # of the gradebook; the journal goes on without it

    def is_known(self, submission: Submission) -> bool:
        """Whether this version of the submission was graded by this version of the assignment."""
        entry = self.journal.latest.get(submission.student)
        return (
            entry is not None
            and entry.verdict.state == GRADED
            and (entry.submission, entry.release) == (submission.fingerprint, self.released.source)
            and (any(cell.points for cell in entry.verdict.cells) or not self.another(submission))
        )

    def another(self, submission: Submission) -> str:
        """The name of the assignment whose notebook was handed in for this one; empty where it is right."""
        name = looks_like(self.cells_of(submission), self.sources)
        return "" if name == self.released.assignment else name

    def verdict(self, submission: Submission, examine: Examine) -> Verdict:
        """A definite verdict, whatever happens."""
        if submission.notebook is None:
            return unexamined(submission.fault)
        try:
            if name := self.another(submission):
                return unexamined(f"this is the notebook of {name}, not of {self.released.assignment}")
            return examine(submission.notebook)
        except Exception as error:  # of the grader's own machinery: one submission must not stop the others
            return unexamined(f"the grader failed: {type(error).__name__}: {error}")

    def is_stored(self, submission: Submission) -> bool:
        """Whether the gradebook has the verdict that `is_known`."""
        return submission.student in self.journal.applied and self.writer.has(submission.student)

    def record(self, submission: Submission, verdict: Verdict) -> None:
        """Keep a new verdict: first in the journal, then in the gradebook."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(submission.student, submission.fingerprint, self.released.source, verdict, now)
        self.journal.append(entry)
        self.store(submission, verdict)

    def store(self, submission: Submission, verdict: Verdict) -> None:
        """Put a verdict of the journal into the gradebook; after a failure the others are only journalled."""
        if self.failure is not None:
            return
        try:
            self.writer.apply(submission.student, verdict, self.cells_of(submission), submission.at)
        except ClassError as failure:
            self.failure = failure
        else:
            self.journal.mark_applied(submission.student)

    def cells_of(self, submission: Submission) -> list[Cell]:
        """The cells of the submitted notebook; none where it cannot be read."""
        if submission.notebook is None:
            return []
        try:
            return read(submission.notebook, self.writer.course.limits)
        except SubmissionError:
            return []  # the examiner has said so in the verdict


def grade(
    course: Course,
    assignment: str,
    examine: Examine,
    *,
    workers: int = 1,
    only: Collection[str] = (),
    again: bool = False,
    begin: Callable[[int], None] = lambda number: None,
    tell: Told = lambda student, verdict: None,
) -> Summary:
    """Bring the marks of `assignment` up to date.

    Args:
        examine: `Examination.examine`, called from `workers` threads.
        only: ids of students; empty: the whole class.
        again: also examine what has not changed.
        begin: called with the number of submissions that will be examined.
        tell: called after each of them.

    Raises:
        ClassError: not released, another run is under way, or journal or gradebook cannot be written;
            what was examined until then is kept.
    """
    released = release.load(course, assignment)
    summary = Summary()
    with locked(course.folder / "journal" / f"{assignment}.lock") as alone:
        if not alone:
            raise ClassError(f"{assignment} is being graded already, by another command. Wait for its end.")
        submissions = list(survey(course, assignment, only, summary))
        template = Template(course.source(assignment), course.released(assignment))
        with Journal(course.journal(assignment)) as journal, Writer(course, released, template) as writer:
            summary.damaged = journal.damaged
            run = Run(released, journal, writer)
            todo = [each for each in submissions if again or not run.is_known(each)]
            begin(len(todo))
            waiting = {each.student for each in todo}
            catch_up(run, [each for each in submissions if each.student not in waiting], summary)
            examine_all(run, todo, examine, workers, summary, tell)
            if run.failure is not None:
                raise run.failure
        summary.marks = read_marks(course, released, summary.verdicts)
    return summary


def survey(course: Course, assignment: str, only: Collection[str], summary: Summary) -> Iterator[Submission]:
    """The submissions to look at; `summary` gets who has none, dropped out, or is not on the roster.

    Raises:
        ClassError: `only` names somebody who is not on the roster.
    """
    students = roster.load(course)
    if unknown := sorted(set(only) - set(students)):
        raise ClassError(f"Not on the roster: {', '.join(unknown)}. The ids are in roster.csv.")
    folders = (course.folder / "submitted").glob(f"*/{assignment}")
    handed_in = {folder.parent.name for folder in folders if folder.is_dir()}
    summary.strangers = [] if only else sorted(map(printable, handed_in - set(students)))
    for id, student in students.items():
        if only and id not in only:
            continue
        if student.status == roster.DROPPED:
            summary.dropped.append(id)
        elif id in handed_in:
            yield look_at(course, id, assignment)
        else:
            summary.missing.append(id)


def look_at(course: Course, student: str, assignment: str) -> Submission:
    """What lies in the folder of a student's submission."""
    folder = course.submitted(student, assignment)
    if folder.is_symlink() or folder.parent.is_symlink():
        return Submission(student, None, "", None, f"the folder {folder} is a link, which is not followed")
    at = time_of_folder(folder)
    if (refusal := content_at(folder / REFUSED)) is not None:
        fault = refusal.decode("utf-8", "replace").strip()
        return Submission(student, None, hashlib.sha256(refusal).hexdigest(), at, fault)
    notebook = folder / f"{assignment}.ipynb"
    if not os.path.lexists(notebook):
        fault = f"there is no {notebook.name} in the submission"
        return Submission(student, None, "", at, fault)
    return Submission(student, notebook, fingerprint_of(notebook, course.limits.notebook_mb * MEGABYTE), at)


def fingerprint_of(notebook: Path, most: int) -> str:
    """SHA-256 of a submitted notebook; of what it looks like where it is none that can be graded.

    Args:
        most: bytes; a larger file is not read.
    """
    try:
        return hashlib.sha256(read_file(notebook, most=most)).hexdigest()
    except RefusedError:
        found = notebook.lstat()
        return hashlib.sha256(f"{stat.filemode(found.st_mode)} {found.st_size}".encode()).hexdigest()


def catch_up(run: Run, known: list[Submission], summary: Summary) -> None:
    """Store the verdicts that an interrupted run left in the journal only."""
    for submission in known:
        summary.verdicts[submission.student] = run.journal.latest[submission.student].verdict
        if not run.is_stored(submission):
            run.store(submission, run.journal.read(submission.student).verdict)


def examine_all(
    run: Run, todo: list[Submission], examine: Examine, workers: int, summary: Summary, tell: Told
) -> None:
    """Examine in `workers` threads; this thread alone keeps the verdicts, one by one as they come."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        waiting: dict[Future[Verdict], Submission] = {
            pool.submit(run.verdict, submission, examine): submission for submission in todo
        }
        try:
            for done in as_completed(list(waiting)):
                submission, verdict = waiting.pop(done), done.result()
                run.record(submission, verdict)
                summary.examined.append(submission.student)
                summary.verdicts[submission.student] = run.journal.latest[submission.student].verdict
                tell(submission.student, verdict)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def unexamined(reason: str) -> Verdict:
    """The verdict on a submission that a person must look at."""
    return Verdict(NEEDS_A_PERSON, reason, (), {}, 0.0, 0.0, 0.0)
