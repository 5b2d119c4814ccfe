"""A submission as it was found in an export or in the exchange, and which of its files is the notebook."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from course_utils.classroom.archive import Item, RefusedError, printable
from course_utils.classroom.arrival import Arrival
from course_utils.classroom.course import Course
from course_utils.classroom.submission import Cell, SubmissionError, cells_in, looks_like, read_sources

SECRET = "submission_secret.txt"  # nbgrader's name for it
SECRET_FORM = re.compile(rb"[0-9a-f]{32,256}")
CHECKPOINTS = ".ipynb_checkpoints"
DISGUISES = (".txt", ".json", ".ipynb_", ".html", ".htm", ".bin", ".download", ".py")  # a browser adds them
LARGEST_TOLD = 8 * 1024**2  # bytes of a notebook, with pictures and all
MOST_WRITTEN = 500_000  # letters in all cells
MOST_COMPARED = 10  # notebooks of one submission
MOST_DISGUISED = 5  # files that are read to see whether they are notebooks
ADVICE = {
    (
        ".zip",
        ".rar",
        ".7z",
        ".gz",
        ".tar",
    ): "unpack it and put the notebook into a folder named by the student's id",
    (
        ".html",
        ".htm",
        ".pdf",
        ".py",
        ".txt",
        ".docx",
        ".md",
    ): "that is an export: ask for the file .ipynb itself",
}


@dataclass(frozen=True)
class File:
    """A file of a submission: what the student called it, and in how many folders it lay."""

    name: str
    item: Item
    depth: int = 0


@dataclass
class Found:
    """A submission in the source; nothing of it has been read yet. The names are the student's.

    `changed`: the latest of its files' own times; None where they have none.
    `newest_counts`: whether these are times of a student's work, so that of two copies the newer counts.
    """

    student: str
    arrival: Arrival
    changed: datetime | None
    files: list[File]
    newest_counts: bool = False
    notes: list[str] = field(default_factory=list)
    source: str = ""

    @property
    def first_source(self) -> str:
        """Where any of its files lay; it tells the platform's name of the student."""
        return "/".join(self.files[0].item.parts) if self.files else ""

    def notebook(self, expected: Expected) -> bytes:
        """The bytes of its notebook; what a person should know of the choice goes into `notes`.

        Raises:
            RefusedError: there is none that may be taken; the message says why.
            OtherAssignmentError: it is the notebook of another assignment.
        """
        file = choose(self, expected)
        self.source = "/".join(file.item.parts)
        content = read(file)
        if expected.like(content) not in ("", expected.assignment):
            raise OtherAssignmentError(f"{shown(file)} is the notebook of {expected.like(content)}")
        return content

    def secret(self) -> bytes:
        """What nbgrader needs to bring the feedback to its student; empty where there is no exchange."""
        found = [file.item for file in self.files if file.name == SECRET]
        try:
            secret = found[0].read() if found else b""
        except RefusedError:
            return b""
        return secret if SECRET_FORM.fullmatch(secret) else b""


class OtherAssignmentError(Exception):
    """What was handed in is the notebook of another assignment; the message says of which."""


class Expected:
    """The assignment that is collected, and what its notebooks look like."""

    def __init__(self, course: Course, assignment: str):
        self.course, self.assignment = course, assignment

    @cached_property
    def sources(self) -> dict[str, list[Cell]]:
        """The cells of every assignment of the class."""
        return read_sources(self.course.folder / "source", self.course.limits)

    @cached_property
    def released(self) -> list[str] | None:
        """The texts of the cells as the students got them; None where there is no such notebook."""
        path = self.course.released(self.assignment)
        return texts(path.read_bytes(), self.course) if path.is_file() else None

    def like(self, content: bytes) -> str:
        """The name of the assignment whose notebook this is; empty where nobody can tell.

        No more of it is looked at than anybody writes: to read what is hostile may take for ever.
        """
        if len(content) > LARGEST_TOLD:
            return ""
        try:
            cells = cells_in(content, self.course.limits)
        except SubmissionError:
            return ""  # grading says so
        sizes = itertools.accumulate(len(cell.source) for cell in cells)
        written = [cell for cell, size in zip(cells, sizes, strict=True) if size <= MOST_WRITTEN]
        return looks_like(written, self.sources)

    def is_untouched(self, content: bytes) -> bool:
        """Whether nobody has written anything into it."""
        return self.released is not None and texts(content, self.course) == self.released


def texts(content: bytes, course: Course) -> list[str] | None:
    """The texts of a notebook's cells; None where it cannot be read, or is larger than anybody's."""
    if len(content) > LARGEST_TOLD:
        return None
    try:
        return [cell.source.strip() for cell in cells_in(content, course.limits)]
    except SubmissionError:
        return None


def read(file: File) -> bytes:
    """The bytes of a file.

    Raises:
        RefusedError: it may not be taken; the message says why.
    """
    try:
        return file.item.read()
    except RefusedError as reason:
        raise RefusedError(f"{printable(file.name)} was not taken: {reason}") from reason


def choose(found: Found, expected: Expected) -> File:
    """The file that is the notebook: the one with its name, or a copy of it, or else the only one there is.

    Raises:
        RefusedError: there is none, or it cannot be told which.
    """
    files = [file for file in found.files if CHECKPOINTS not in file.item.parts]
    notebooks = [file for file in files if file.name.casefold().endswith(".ipynb")]
    exact = [file for file in notebooks if file.name.casefold() == f"{expected.assignment}.ipynb".casefold()]
    copies = [file for file in notebooks if is_copy(file.name, expected.assignment)]
    for candidates in (exact, copies):
        if candidates:
            chosen = best_of(candidates, found)
            return worked_on(chosen, notebooks, found, expected)
    if len(notebooks) == 1:
        return notebooks[0]
    if notebooks:
        return only_one_of_this(notebooks, found, expected)
    return disguised(files, found, expected)


def is_copy(name: str, assignment: str) -> bool:
    """Whether a file's name is the notebook's with what a system, a browser or a cloud adds to a copy's."""
    stem = name.casefold().removesuffix(".ipynb")
    rest = stem.removeprefix(assignment.casefold())
    return rest != stem and not rest[:1].isalpha()


def best_of(candidates: Sequence[File], found: Found) -> File:
    """Of several files of one name the one that lies in the fewest folders, or else the newest.

    Raises:
        RefusedError: their times tell nothing, and they differ.
    """
    least = min(file.depth for file in candidates)
    highest = [file for file in candidates if file.depth == least]
    if found.newest_counts:
        return max(highest, key=lambda file: file.item.at)
    if len(highest) > MOST_COMPARED or len({content_or_none(file) for file in highest}) > 1:
        raise RefusedError(
            f"there are several notebooks, and nobody can tell which counts: {listed(highest)}"
        )
    return highest[0]


def content_or_none(file: File) -> bytes | None:
    """The bytes of a file; None where it may not be taken."""
    try:
        return file.item.read()
    except RefusedError:
        return None


def worked_on(chosen: File, notebooks: Sequence[File], found: Found, expected: Expected) -> File:
    """The chosen notebook; or the only other one, where the chosen one is as it was released."""
    others = [file for file in notebooks if file is not chosen][:MOST_COMPARED]
    if not others:
        return chosen
    content = content_or_none(chosen)
    if content is not None and expected.is_untouched(content):
        written = [file for file in others if not expected.is_untouched(content_or_none(file) or b"")]
        if len(written) == 1:
            found.notes.append(f"took {shown(written[0])}: {shown(chosen)} is as it was released")
            return written[0]
    if any(content_or_none(file) != content for file in others):
        found.notes.append(f"took {shown(chosen)}; there is also {listed(others)}")
    return chosen


def only_one_of_this(notebooks: Sequence[File], found: Found, expected: Expected) -> File:
    """Of notebooks with other names the one that holds this assignment.

    Raises:
        RefusedError: none, or several do.
    """
    fitting = []
    for file in notebooks[:MOST_COMPARED]:
        content = content_or_none(file)
        if content is not None and expected.like(content) == expected.assignment:
            fitting.append(file)
    if len(fitting) != 1 or len(notebooks) > MOST_COMPARED:
        reason = f"there are several notebooks, none called {expected.assignment}.ipynb: {listed(notebooks)}"
        raise RefusedError(reason)
    found.notes.append(f"took {shown(fitting[0])} of {listed(notebooks)}")
    return fitting[0]


def disguised(files: Sequence[File], found: Found, expected: Expected) -> File:
    """A notebook whose name does not end as it should.

    Raises:
        RefusedError: there is none; the message says what to do.
    """
    likely = [file for file in files if file.name.casefold().endswith(DISGUISES) or "." not in file.name]
    notebooks = [
        file for file in likely[:MOST_DISGUISED] if texts(content_or_none(file) or b"", expected.course)
    ]
    if len(notebooks) == 1:
        found.notes.append(f"took {shown(notebooks[0])}, which is a notebook")
        return notebooks[0]
    what = listed(files) if files else "a checkpoint of JupyterLab" if found.files else "nothing"
    advice = [words for endings, words in ADVICE.items() if any(ends(file, endings) for file in files)]
    raise RefusedError("; ".join([f"there is no notebook in the submission, only {what}", *advice[:1]]))


def ends(file: File, endings: tuple[str, ...]) -> bool:
    """Whether a file's name ends so."""
    return file.name.casefold().endswith(endings)


def shown(file: File) -> str:
    """A file's name as a person reads it."""
    return printable(file.name)


def listed(files: Sequence[File]) -> str:
    """The names of a few files."""
    return ", ".join(shown(file) for file in files[:5]) + (", ..." if len(files) > 5 else "")
