"""Whose file is this? The names that learning platforms give to submissions, and the roster's answer.

A student chooses what a file is called, and often what he or she is called. So of a name only that part is
believed which the platform wrote, and a name alone is no proof where another file is known to be that student's.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from course_utils.classroom.archive import Item, printable
from course_utils.classroom.roster import Student
from course_utils.classroom.worksheet import Worksheet

# What the platform writes comes first; what follows is the student's, and may look the same once more.
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL
)
CANVAS = re.compile(
    r"(?P<name>[^/]+?)_(?P<late>LATE_)?(?P<canvas>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.DOTALL
)
EXCHANGE = re.compile(r"(?P<id>.+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-[^+]+)(?:\+[^+]*)?")
REMOVED = re.compile(r"[&<>\"`|':\\/]")  # by Moodle, from names in the names of files (its PARAM_FILE)


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


@dataclass(frozen=True)
class Named:
    """What a file's name tells: whose it is, what the student called it, how deep it lay in his or her folders.

    `late`: whether the platform says so; None where it would not.
    """

    owner: Owner
    file: str
    depth: int = 0
    late: bool | None = None


@dataclass(frozen=True)
class Match:
    """Who an owner is; `sure` where a number, an address or an id says it, and not a name alone."""

    student: str
    sure: bool


@dataclass
class Directory:
    """Finds students by what a platform calls them."""

    students: dict[str, Student]
    worksheet: Worksheet = field(default_factory=Worksheet)

    @cached_property
    def ids(self) -> dict[str, str]:
        """The ids by what they are without capitals, which do not make another id."""
        return {id.casefold(): id for id in self.students}

    @cached_property
    def by_canvas_id(self) -> dict[str, str]:
        """The ids by Canvas' numbers."""
        return {student.canvas_id: id for id, student in self.students.items() if student.canvas_id}

    @cached_property
    def called(self) -> dict[str, list[str]]:
        """What a platform may call students -> their ids."""
        found = defaultdict(list)
        for id, student in self.students.items():
            for name in {letters_of(student), *names_of(student)} - {""}:
                found[name].append(id)
        return found

    def find(self, owner: Owner) -> Match:
        """Who it is.

        Raises:
            LookupError: nobody, or several, are called so; the message says it.
        """
        if id := self.ids.get(owner.id.casefold()):
            return Match(id, sure=True)
        if owner.participant in self.worksheet.cells:
            self.require_fit(owner)
        if id := self.worksheet.ids.get(owner.participant):
            return Match(id, sure=True)
        if id := self.by_canvas_id.get(owner.canvas_id):
            return Match(id, sure=True)
        names = [owner.letters or plain(owner.name)]
        found = self.called_one_of(names, owner) or self.called_one_of(self.names_in_sheet(owner), owner)
        if len(found) == 1:
            return Match(found[0], sure=False)
        if found:
            raise LookupError(f"{' and '.join(found)} are both called {owner.words}: {self.help_with(owner)}")
        raise LookupError(f"nobody on the roster is called {owner.words or 'so'}: {self.help_with(owner)}")

    def help_with(self, owner: Owner) -> str:
        """What makes a platform's names clear."""
        if owner.participant and self.worksheet.cells:
            return "nor does the worksheet hold an e-mail address or ID number that is on the roster"
        if owner.participant:
            return "give Moodle's grading worksheet with --worksheet"
        return "give canvas_id in the roster" if owner.canvas_id else "name the folder by the student's id"

    def called_one_of(self, names: Collection[str], owner: Owner) -> list[str]:
        """Who on the roster is called so, and has no other number in Canvas."""
        ids = dict.fromkeys(id for name in names for id in self.called.get(name, []))
        return [id for id in ids if not (owner.canvas_id and self.students[id].canvas_id)]

    def names_in_sheet(self, owner: Owner) -> list[str]:
        """What may be the owner's name in the worksheet; that of a file may begin with a team's."""
        return [plain(cell) for cell in self.worksheet.cells.get(owner.participant, [])]

    def require_fit(self, owner: Owner) -> None:
        """Look whether the worksheet calls a participant as the file's name does; a word in common is enough.

        Raises:
            LookupError: it does not.
        """
        number = owner.participant
        cells = self.worksheet.cells[number]
        student = self.students.get(self.worksheet.ids.get(number, ""))
        known = {word for cell in cells for word in plain(cell).split()}
        known |= {word for name in (names_of(student) if student else ()) for word in name.split()}
        words = set(re.split(r"[\s-]+", plain(owner.name)))
        if not words & known:
            raise LookupError(f"the worksheet does not call participant {number} {printable(owner.name)}")


def names_of(student: Student) -> set[str]:
    """What a platform may call a student, each as `plain` writes it."""
    last_name_first = f"{student.last_name} {student.first_name}"
    with_comma = f"{student.last_name}, {student.first_name}"
    return {plain(name) for name in (student.name, last_name_first, with_comma, student.email)}


def letters_of(student: Student) -> str:
    """What Canvas calls a student in the names of files."""
    return letters(f"{student.last_name}{student.first_name}")


def plain(name: str) -> str:
    """A name without accents, capitals, double spaces, what does not print, and what Moodle removes."""
    split = unicodedata.normalize("NFKD", REMOVED.sub("", name.replace("\u2019", "'")).casefold())
    shown = (
        letter for letter in split if unicodedata.category(letter) not in ("Mn", "Cf", "Cc") or letter == " "
    )
    return " ".join("".join(shown).replace("_", " ").split())


def letters(name: str) -> str:
    """A name as Canvas writes it in the names of files."""
    return "".join(letter for letter in plain(name) if letter.isalnum())


def outer_folders(items: Sequence[Item], assignment: str, directory: Directory) -> int:
    """How many folders there are around all submissions, as a zip's own name where it was unpacked.

    Below a folder that is a student's, or might be one's, nothing is believed: names there are the student's.
    """
    depth = 0
    while True:
        inside = [item for item in items if len(item.parts) > depth]
        if any(is_told(named(item, assignment, directory.ids, depth).owner, directory) for item in inside):
            return depth
        if len({item.parts[depth] for item in inside if len(item.parts) > depth + 1}) != 1:
            return 0
        depth += 1


def is_told(owner: Owner, directory: Directory) -> bool:
    """Whether this is how a platform names somebody, or the name of somebody on the roster."""
    return bool(owner.id or owner.participant or owner.canvas_id or plain(owner.name) in directory.called)


def named(item: Item, assignment: str, ids: Collection[str], depth: int = 0) -> Named:
    """Whose file it is by its place and name, and what the student called it.

    Args:
        ids: of the students, without capitals.
        depth: how many folders there are around all submissions.
    """
    first, *inner = item.parts[depth:] or item.parts[-1:]
    if match := MOODLE.fullmatch(first):
        owner = Owner(name=match["name"].replace("_", " "), participant=match["participant"])
        return Named(owner, inner[-1] if inner else match["file"] or first, len(inner))
    if inner:
        owner = Owner(id=first.casefold()) if first.casefold() in ids else Owner(name=first)
        return Named(owner, inner[-1], len(inner))
    if match := CANVAS.fullmatch(first):
        owner = Owner(canvas_id=match["canvas"], letters=letters(match["name"]))
        return Named(owner, match["file"], late=match["late"] is not None)
    stem = first.casefold().removesuffix(".ipynb")
    for ending in (f"_{assignment.casefold()}", f"-{assignment.casefold()}", ""):
        if stem.endswith(ending) and stem.removesuffix(ending) in ids:
            return Named(Owner(id=stem.removesuffix(ending)), f"{assignment}.ipynb")
    return Named(Owner(name=first.removesuffix(".ipynb")), first)


def same_student(owner: Owner, source: str) -> bool:
    """Whether the number of an owner says nothing against another file's, which lay at `source`, being the same's."""
    for part in source.split("/"):
        if match := MOODLE.fullmatch(part):
            return owner.participant in ("", match["participant"])
        if match := CANVAS.fullmatch(part):
            return owner.canvas_id in ("", match["canvas"])
    return True
