"""Whose file is this? The names that learning platforms give to submissions, and the roster's answer."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.classroom.archive import Item, printable
from course_utils.classroom.course import ClassError
from course_utils.classroom.roster import Student, delimiter_of, read_text

MOODLE = re.compile(
    r"(?P<name>.+)_(?P<participant>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?"
)
CANVAS = re.compile(r"(?P<name>[^_/]+)_(?:LATE_)?(?P<canvas>\d+)_(?P<submission>\d+)_(?P<file>.+)")
EXCHANGE = re.compile(r"(?P<id>.+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-[^+]+)(?:\+[^+]*)?")


@dataclass(frozen=True)
class Owner:
    """How a platform names the student: whichever of these it tells."""

    id: str = ""
    name: str = ""
    participant: str = ""  # Moodle's number of the student in this assignment
    canvas_id: str = ""
    letters: str = ""  # Canvas: last and first name without anything but letters and digits

    @property
    def words(self) -> str:
        """The owner as a person reads it."""
        number = self.participant or self.canvas_id
        return printable(" ".join(filter(None, [self.id or self.name or self.letters, number])))


@dataclass
class Directory:
    """Finds students by what a platform calls them."""

    students: dict[str, Student]
    worksheet: dict[str, str] = field(default_factory=dict)  # Moodle's participant number -> id
    called: dict[str, list[str]] = field(init=False)  # what a platform may call students -> their ids

    def __post_init__(self) -> None:
        self.called = defaultdict(list)
        for id, student in self.students.items():
            for name in {student.canvas_id, letters_of(student), *names_of(student)}:
                self.called[name].append(id)

    def find(self, owner: Owner) -> str:
        """The id of the student.

        Raises:
            LookupError: nobody, or several, are called so; the message says it.
        """
        if owner.id in self.students:
            return owner.id
        if owner.participant in self.worksheet:
            return self.worksheet[owner.participant]
        names = filter(None, (owner.canvas_id, owner.letters, plain(owner.name)))
        likely = dict.fromkeys(id for name in names for id in self.called.get(name, []))
        found = [id for id in likely if is_called(self.students[id], owner)]
        if len(found) == 1:
            return found[0]
        if found:
            raise LookupError(
                f"{' and '.join(found)} are both called {owner.words}: give Moodle's grading worksheet "
                "with --worksheet, or canvas_id in the roster"
            )
        raise LookupError(f"nobody on the roster is called {owner.words or 'so'}")


def is_called(student: Student, owner: Owner) -> bool:
    """Whether a platform's name fits a student of the roster."""
    if owner.canvas_id and student.canvas_id:
        return owner.canvas_id == student.canvas_id
    if owner.letters:
        return owner.letters == letters_of(student)
    return bool(owner.name) and plain(owner.name) in names_of(student)


def names_of(student: Student) -> set[str]:
    """What a platform may call a student, each as `plain` writes it."""
    last_name_first = f"{student.last_name} {student.first_name}"
    return {plain(name) for name in (student.name, last_name_first, student.email)}


def letters_of(student: Student) -> str:
    """What Canvas calls a student in the names of files."""
    return letters(f"{student.last_name}{student.first_name}")


def plain(name: str) -> str:
    """A name without accents, capitals and double spaces."""
    split = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in split if not unicodedata.combining(letter)).split())


def letters(name: str) -> str:
    """A name as Canvas writes it in the names of files."""
    return "".join(letter for letter in plain(name) if letter.isalnum())


def owner_of(item: Item, assignment: str, students: Iterable[str]) -> tuple[Owner, str]:
    """Whose file it is, and what the student called it."""
    for depth, part in enumerate(item.parts[:2]):
        inner = item.parts[depth + 1 :]
        if match := MOODLE.fullmatch(part):
            owner = Owner(name=match["name"].replace("_", " "), participant=match["participant"])
            return owner, inner[-1] if inner else match["file"] or part
        if not inner and (match := CANVAS.fullmatch(part)):
            return Owner(canvas_id=match["canvas"], letters=letters(match["name"])), match["file"]
        if inner and part in students:
            return Owner(id=part), inner[-1]
    last = item.parts[-1]
    stem = last.removesuffix(".ipynb")
    for ending in (f"_{assignment}", f"-{assignment}", ""):
        if stem.endswith(ending) and stem.removesuffix(ending) in students:
            return Owner(id=stem.removesuffix(ending)), f"{assignment}.ipynb"
    folder = item.parts[0] if len(item.parts) > 1 else stem
    return Owner(name=folder), last


def read_worksheet(path: Path, students: dict[str, Student]) -> dict[str, str]:
    """Moodle's grading worksheet (CSV): participant number -> id of the student, by e-mail or ID number.

    Raises:
        ClassError: it is no such worksheet.
    """
    text = read_text(path)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter_of(text)))
    if not rows or "Identifier" not in rows[0]:
        raise ClassError(f"{path} is no grading worksheet of Moodle: it has no column 'Identifier'.")
    by_email = {student.email.casefold(): id for id, student in students.items() if student.email}
    found = {}
    for row in rows:
        number = "".join(letter for letter in row["Identifier"] if letter.isdigit())
        id = by_email.get((row.get("Email address") or "").strip().casefold())
        named = (row.get("ID number") or "").strip()
        if id or named in students:
            found[number] = id or named
    return found
