"""The students of a class: read from a CSV file, kept in ``roster.csv`` and in the gradebook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.classroom.archive import printable
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import write_text

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MOST_FAULTS = 20
ENROLLED, DROPPED = "enrolled", "dropped out"
HEADINGS = {
    "id": ("id", "student id", "student_id", "username", "id number", "sis user id", "sis login id"),
    "first_name": ("first name", "first_name", "given name"),
    "last_name": ("last name", "last_name", "surname", "family name"),
    "email": ("email", "e-mail", "email address", "mail"),
    "canvas_id": ("canvas_id", "canvas id"),
}


@dataclass(frozen=True)
class Student:
    """A student; `id` names folders and gradebook entries, `canvas_id` is Canvas' own number."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    canvas_id: str = ""
    status: str = ENROLLED

    @property
    def name(self) -> str:
        """First and last name, or the id where there is no name."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


@dataclass(frozen=True)
class Changes:
    """What an import changed, as ids."""

    added: list[str]
    changed: list[str]
    dropped: list[str]
    returned: list[str]


def load(course: Course) -> dict[str, Student]:
    """Every student of the class by id, drop-outs too; empty before the first import."""
    path = course.folder / "roster.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: Student(**row) for row in csv.DictReader(lines)}


def enrolled(course: Course) -> dict[str, Student]:
    """The students who have not dropped out, by id."""
    return {id: student for id, student in load(course).items() if student.status == ENROLLED}


def save(course: Course, students: Iterable[Student]) -> None:
    """Write ``roster.csv``, sorted by id."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Student)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(student) for student in sorted(students, key=lambda student: student.id))
    write_text(course.folder / "roster.csv", text.getvalue(), mode=0o600)


def import_csv(course: Course, path: Path) -> Changes:
    """Take over the students in a CSV file; who is no longer in it is marked as dropped out.

    Raises:
        ClassError: the file cannot be read or has faults, each told with its line; nothing is changed.
    """
    listed = {student.id: student for student in read_csv(path)}
    before = load(course)
    gone = {id: replace(known, status=DROPPED) for id, known in before.items() if id not in listed}
    with course.gradebook() as gradebook:
        store(gradebook, listed.values())
    save(course, [*listed.values(), *gone.values()])
    return Changes(
        added=[id for id in listed if id not in before],
        changed=[id for id in listed if id in before and replace(before[id], status=ENROLLED) != listed[id]],
        dropped=[id for id in gone if before[id].status == ENROLLED],
        returned=[id for id in listed if id in before and before[id].status == DROPPED],
    )


def store(gradebook: Gradebook, students: Iterable[Student]) -> None:
    """Bring the gradebook's students up to date, in one transaction."""
    from nbgrader.api import Student as Entry

    known = {entry.id: entry for entry in gradebook.students}
    for student in students:
        if (entry := known.get(student.id)) is None:
            gradebook.db.add(entry := Entry(id=student.id))
        entry.first_name, entry.last_name = student.first_name, student.last_name
        entry.email, entry.lms_user_id = student.email, student.canvas_id or None
    gradebook.db.commit()


def read_csv(path: Path) -> list[Student]:
    """The students in a CSV file with a line of headings (commas, semicolons or tabs between).

    Raises:
        ClassError: with a line for each fault.
    """
    text = read_text(path)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter_of(text)))
    except csv.Error as error:
        raise ClassError(f"{path} is no table: {error}. Export it anew as CSV.") from error
    columns = columns_of(rows[0] if rows else [], path)
    faults: list[str] = []
    students: dict[str, Student] = {}
    lower_ids: set[str] = set()
    lines_of_emails: dict[str, int] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        values = {name: row[place].strip() for name, place in columns.items() if place < len(row)}
        found = list(faults_of(values, len(row), len(rows[0])))
        if values.get("id", "").lower() in lower_ids:
            found.append(f"the id '{values['id']}' is used twice (capitals do not make another id)")
        email = values.get("email", "").lower()
        if email and email in lines_of_emails:
            found.append(f"the e-mail address {email} is also in line {lines_of_emails[email]}")
        lines_of_emails.setdefault(email, line)
        faults += [f"line {line}: {fault}" for fault in found]
        if not found:
            students[values["id"]] = Student(**values)
            lower_ids.add(values["id"].lower())
    if faults:
        raise ClassError(told(path, faults))
    if not students:
        raise ClassError(f"{path} holds no students.")
    return list(students.values())


def read_text(path: Path) -> str:
    """The text of a CSV file in UTF-8, with or without a byte-order mark."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ClassError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ClassError(
            f"{path}, line {line}: this is not UTF-8. Save the file as 'CSV UTF-8' and import it again."
        ) from error


def delimiter_of(text: str) -> str:
    """What separates the columns: the likeliest of comma, semicolon and tab in the first line."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def columns_of(headings: list[str], path: Path) -> dict[str, int]:
    """Field of Student -> number of its column."""
    plain = [heading.strip().lower() for heading in headings]
    columns = {}
    for name, spellings in HEADINGS.items():
        places = [plain.index(spelling) for spelling in spellings if spelling in plain]
        if places:
            columns[name] = places[0]
    if "id" not in columns:
        raise ClassError(
            f"{path}, line 1: no column is headed 'id'. The first line must name the columns: "
            "id, first_name, last_name, email (and canvas_id, where you use Canvas)."
        )
    return columns


def faults_of(values: dict[str, str], cells: int, expected: int) -> Iterator[str]:
    """What is wrong with a line, each in words."""
    if cells > expected:
        yield f"{cells} columns where the first line has {expected}; is there a comma inside a name?"
    id = values.get("id", "")
    if not id:
        yield "the id is missing"
    elif not ID.fullmatch(id):
        yield f"the id '{id}' may have letters, digits and . _ @ - only, and no . @ or - at its start"
    email = values.get("email", "")
    if email and not EMAIL.fullmatch(email):
        yield f"'{email}' is no e-mail address"


def told(path: Path, faults: list[str]) -> str:
    """All faults of a file in one message."""
    more = [f"... and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    lines = "\n".join(f"  {printable(fault)}" for fault in [*faults[:MOST_FAULTS], *more])
    return f"{path} was not imported; nothing is changed:\n{lines}"
