"""The students of a class: read from a CSV file, kept in ``roster.csv`` and in the gradebook."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.classroom.archive import printable
from course_utils.classroom.course import ClassError, Course
from course_utils.classroom.files import write_text
from course_utils.classroom.names import clean_name, harmless_name, looks_garbled, without_invisible
from course_utils.classroom.tables import (
    WESTERN,
    Table,
    as_before,
    defused,
    delimiter_of,
    read_table,
    read_text,
)

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

__all__ = ["delimiter_of", "read_text"]  # for the tables of platforms

ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}")
EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[^@\s<>()\[\],;:\\\"]+\.[^@\s<>()\[\],;:\\\"]+")
CANVAS_ID = re.compile(r"[0-9]+(~[0-9]+)?")
NUMBER_OF_SPREADSHEET = re.compile(r"([0-9]+)[.,]0+")
SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
MOST_FAULTS = 20
MOST_SHOWN = 5
ENROLLED, DROPPED = "enrolled", "dropped out"
CANVAS_LOGINS = ("sis login id", "sis user id", "id")  # in Canvas' gradebook, the best first
CANVAS_SIGNS = {"section", "sis login id", "sis user id"}
CANVAS_TEST_STUDENT = "Student, Test"


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
    """What an import changes, as ids; `notes` tell how the file was read where that is not plain."""

    added: list[str]
    changed: list[str]
    dropped: list[str]
    returned: list[str]
    notes: list[str] = field(default_factory=list, compare=False)


def load(course: Course) -> dict[str, Student]:
    """Every student of the class by id, drop-outs too; empty before the first import.

    Raises:
        ClassError: another program has changed ``roster.csv``, and it is no roster any more.
    """
    path = course.folder / "roster.csv"
    if not path.exists():
        return {}
    table = read_table(path)
    known = {each.name for each in fields(Student)}
    try:
        students = [stored(dict(zip(table.headings, cells, strict=True))) for _, cells in table.rows]
        whole = set(table.headings) == known
    except (ValueError, TypeError):
        whole = False
    if not whole:
        raise ClassError(
            f"{path} was damaged by another program. Delete it, and import the students' file again."
        )
    return {student.id: student for student in students}


def stored(row: dict[str, str]) -> Student:
    """The student in a line of ``roster.csv``.

    Raises:
        ValueError: it was not written by `save`.
    """
    student = Student(**{name: as_before(value) for name, value in row.items()})
    if not ID.fullmatch(student.id) or student.status not in (ENROLLED, DROPPED):
        raise ValueError
    names = harmless_name(student.first_name), harmless_name(student.last_name)
    return replace(student, first_name=names[0], last_name=names[1])


def enrolled(course: Course) -> dict[str, Student]:
    """The students who have not dropped out, by id."""
    return {id: student for id, student in load(course).items() if student.status == ENROLLED}


def save(course: Course, students: Iterable[Student]) -> None:
    """Write ``roster.csv``, sorted by id."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Student)], lineterminator="\n")
    writer.writeheader()
    for student in sorted(students, key=lambda student: student.id):
        writer.writerow({name: defused(without_invisible(value)) for name, value in asdict(student).items()})
    write_text(course.folder / "roster.csv", text.getvalue(), mode=0o600)


def import_csv(
    course: Course, path: Path, agree: Callable[[Changes], bool] = lambda changes: True, *, keep: bool = False
) -> Changes:
    """Take over the students in a CSV file; who is no longer in it is marked as dropped out.

    Args:
        agree: is told what will change, before anything does; answers False where nothing shall.
        keep: leave those who are not in the file as they are.

    Raises:
        ClassError: the file cannot be read or has faults, each told with its line; nothing is changed.
    """
    before = load(course)
    found, notes = read_students(path)
    listed = {student.id: student for student in under_known_ids(found, before, path)}
    absent = [known for id, known in before.items() if id not in listed]
    gone = absent if keep else [replace(known, status=DROPPED) for known in absent]
    changes = Changes(
        added=[id for id in listed if id not in before],
        changed=[id for id in listed if id in before and replace(before[id], status=ENROLLED) != listed[id]],
        dropped=[student.id for student in gone if before[student.id].status != student.status],
        returned=[id for id in listed if id in before and before[id].status == DROPPED],
        notes=notes,
    )
    if agree(changes):
        with course.gradebook() as gradebook:
            store(gradebook, listed.values())
        save(course, [*listed.values(), *gone])
    return changes


def under_known_ids(found: Iterable[Student], before: dict[str, Student], path: Path) -> Iterator[Student]:
    """The students, each under the spelling of the id that the roster has already.

    Raises:
        ClassError: a spreadsheet has dropped the zeros that ids begin with.
    """
    spelling = {id.lower(): id for id in before}
    without_zeros = {id.lstrip("0"): id for id in before if id.isdigit() and id.startswith("0")}
    shortened = []
    for student in found:
        if (known := spelling.get(student.id.lower())) is None and student.id in without_zeros:
            shortened.append(f"the id {student.id} is {without_zeros[student.id]} on the roster")
        yield replace(student, id=known or student.id)
    if shortened:
        advice = "Did a spreadsheet drop the zeros? Format the column as text, and export it anew."
        raise ClassError(f"{told(path, shortened)}\n{advice}")


def store(gradebook: Gradebook, students: Iterable[Student]) -> None:
    """Bring the gradebook's students up to date, in one transaction; nobody's name there is markup."""
    from nbgrader.api import Student as Entry

    known = {entry.id: entry for entry in gradebook.students}
    for entry in known.values():
        entry.first_name = harmless_name(entry.first_name or "")
        entry.last_name = harmless_name(entry.last_name or "")
    for student in students:
        if (entry := known.get(student.id)) is None:
            gradebook.db.add(entry := Entry(id=student.id))
        entry.first_name, entry.last_name = student.first_name, student.last_name
        entry.email, entry.lms_user_id = student.email, student.canvas_id or None
    gradebook.db.commit()


def read_csv(path: Path) -> list[Student]:
    """The students in a CSV file with a line of headings.

    Raises:
        ClassError: with a line for each fault.
    """
    return read_students(path)[0]


def read_students(path: Path) -> tuple[list[Student], list[str]]:
    """The students in a CSV file, and how it was read where that is not plain.

    Raises:
        ClassError: with a line for each fault.
    """
    table = read_table(path)
    columns = columns_of(table)
    rows = canvas_rows(table) if is_canvas(table) else table.rows
    faults: list[str] = []
    students: list[Student] = []
    lines: dict[str, int] = {}  # of ids and e-mail addresses
    for line, row in rows:
        values = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
        try:
            student = student_of(values)
            check_width(row, table)
        except ValueError as error:
            faults.append(f"line {line}: {error}")
            continue
        faults += [f"line {line}: {fault}" for fault in repeated(student, lines, line)]
        students.append(student)
    if faults:
        raise ClassError(told(path, faults))
    if not students:
        raise ClassError(f"{path} holds no students.")
    students, notes = without_decimals(students)
    return students, [*notes_on_letters(table, students), *notes]


def student_of(values: dict[str, str]) -> Student:
    """The student in a line of a file.

    Raises:
        ValueError: something in it is wrong; the message says what.
    """
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if whole := values.get("whole_name"):
        first, last = split_name(whole)
    id, email, canvas_id = values["id"], values.get("email", ""), values.get("canvas_id", "")
    if number := NUMBER_OF_SPREADSHEET.fullmatch(canvas_id):
        canvas_id = number[1]
    if not id:
        raise ValueError("the id is missing")
    if SHORTENED.fullmatch(id) and not id.isalnum():
        raise ValueError(
            f"a spreadsheet has shortened the id to {id}: format its column as text, and export it anew"
        )
    if not ID.fullmatch(id) and not NUMBER_OF_SPREADSHEET.fullmatch(id):
        raise ValueError(
            f"the id '{id}' may have letters, digits and . _ @ - only, and no . @ or - at its start"
        )
    if email and not EMAIL.fullmatch(email):
        raise ValueError(f"'{email}' is no e-mail address")
    if canvas_id and not CANVAS_ID.fullmatch(canvas_id):
        raise ValueError(f"'{canvas_id}' is no number of Canvas")
    return Student(id, clean_name(first), clean_name(last), email, canvas_id)


def split_name(name: str) -> tuple[str, str]:
    """First and last name of "Ada Lovelace" or "Lovelace, Ada"."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def check_width(row: list[str], table: Table) -> None:
    """Raise ValueError where a line has more cells than the headings; empty ones at its end do not count."""
    if any(row[len(table.headings) :]):
        raise ValueError(
            f"{len(row)} columns where the first line has {len(table.headings)}; is there a comma inside a name?"
        )


def repeated(student: Student, lines: dict[str, int], line: int) -> Iterator[str]:
    """What of a student another line has already, in words; `lines` remembers what this one has."""
    if student.id.lower() in lines:
        yield f"the id '{student.id}' is used twice (capitals do not make another id)"
    address = f"e-mail {student.email.lower()}"
    if student.email and address in lines:
        yield f"the e-mail address {student.email.lower()} is also in line {lines[address]}"
    lines.setdefault(student.id.lower(), line)
    lines.setdefault(address, line)


def without_decimals(students: list[Student]) -> tuple[list[Student], list[str]]:
    """The students, their ids without the ``.0`` that spreadsheets add to numbers."""
    numbers = [NUMBER_OF_SPREADSHEET.fullmatch(student.id) for student in students]
    if not any(numbers) or not all(
        number or student.id.isdigit() for number, student in zip(numbers, students, strict=True)
    ):
        return students, []
    ids = [number[1] if number else student.id for number, student in zip(numbers, students, strict=True)]
    if len(set(ids)) < len(ids):
        return students, []
    example = next(number[0] for number in numbers if number)
    note = f"A spreadsheet has written the ids as numbers ({example}); they were read without the decimals."
    return [replace(student, id=id) for student, id in zip(students, ids, strict=True)], [note]


def notes_on_letters(table: Table, students: list[Student]) -> Iterator[str]:
    """How the letters were read where the file does not say it, with names to look at.

    Raises:
        ClassError: the names hardly look like names then.
    """
    names = [student.name for student in students if not student.name.isascii()]
    strange = [words for words in (*names, *table.headings) if looks_garbled(words)]
    if table.letters == WESTERN and strange:
        raise ClassError(
            f"{table.path} is not UTF-8; read as {WESTERN} it gives words like '{printable(strange[0])}'. "
            "Save the file as 'CSV UTF-8' and import it again. Nothing is changed."
        )
    if table.letters and names:
        yield (
            f"The file was read as {table.letters}: {', '.join(names[:MOST_SHOWN])}. "
            "Where a name is wrong, save the file as 'CSV UTF-8' and import it again."
        )


@cache
def spellings() -> dict[str, list[str]]:
    """What is known of a student -> headings of its column in several languages; the first that is there counts."""
    lines = Path(__file__).with_name("headings.csv").read_text(encoding="utf-8").splitlines()
    return {name: [*map(plain, headings)] for name, *headings in (line.split(",") for line in lines)}


def plain(heading: str) -> str:
    """A heading without accents, capitals, brackets, underscores and double blanks."""
    split = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)", "", heading).casefold().replace("ł", "l"))
    letters = "".join(letter for letter in split if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\s_-]+", " ", letters.replace("’", "'")).split())


def columns_of(table: Table) -> dict[str, int]:
    """What is known of a student -> number of its column; `whole_name` where the names share one.

    Raises:
        ClassError: no column holds ids, or it is not plain which does.
    """
    headings = [plain(heading) for heading in table.headings]
    if is_canvas(table):
        return columns_of_canvas(table, headings)
    columns = {}
    for name, known in spellings().items():
        if heading := next((each for each in known if each in headings), ""):
            columns[name] = only_column(table, headings, heading)
    if "first_name" in columns and "whole_name" in columns:
        whole = columns.pop("whole_name")
        columns.setdefault("last_name", whole)
    if "id" not in columns:
        if not table.headings:
            raise ClassError(f"{table.path} is empty.")
        there = ", ".join(f"'{printable(heading)}'" for heading in table.headings[:10])
        raise ClassError(
            f"{table.path}, line 1: no column is headed 'id', only {there}. The first line must name the columns: "
            "id, first_name, last_name, email (and canvas_id, where you use Canvas)."
        )
    return columns


def only_column(table: Table, headings: list[str], heading: str) -> int:
    """The number of the column with this heading.

    Raises:
        ClassError: several have it, and they differ.
    """
    places = [place for place, each in enumerate(headings) if each == heading]
    for _, row in table.rows:
        if len({row[place] for place in places if place < len(row)}) > 1:
            raise ClassError(
                f"{table.path}, line 1: {len(places)} columns are headed '{heading}', "
                "and they differ. Delete the wrong one."
            )
    return places[0]


def is_canvas(table: Table) -> bool:
    """Whether this is Canvas' gradebook, as Canvas exports it."""
    headings = {plain(heading) for heading in table.headings}
    return "id" in headings and bool({"student", "lastname"} & headings) and bool(CANVAS_SIGNS & headings)


def columns_of_canvas(table: Table, headings: list[str]) -> dict[str, int]:
    """The columns of Canvas' gradebook: its column ID holds Canvas' own number, not the student's account."""
    rows = canvas_rows(table)
    logins = [headings.index(each) for each in CANVAS_LOGINS if each in headings]
    filled = [place for place in logins if any(row[place] for _, row in rows if place < len(row))]
    columns = {"id": (filled or logins)[0], "canvas_id": headings.index("id")}
    names = {"student": "whole_name", "lastname": "last_name", "firstname": "first_name"}
    columns |= {name: headings.index(each) for each, name in names.items() if each in headings}
    addresses = [row[columns["id"]] for _, row in rows if columns["id"] < len(row)]
    if addresses and all(EMAIL.fullmatch(address) for address in addresses):
        columns["email"] = columns["id"]
    return columns


def canvas_rows(table: Table) -> list[tuple[int, list[str]]]:
    """The lines about students: not those about points and posting, nor Canvas' test student."""
    headings = [plain(heading) for heading in table.headings]
    logins = [headings.index(each) for each in CANVAS_LOGINS if each in headings]
    return [
        (line, row)
        for line, row in table.rows
        if any(row[place] for place in logins if place < len(row))
        and not (row[0] == CANVAS_TEST_STUDENT or row[:2] == CANVAS_TEST_STUDENT.split(", "))
    ]


def told(path: Path, faults: list[str]) -> str:
    """All faults of a file in one message."""
    more = [f"... and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    lines = "\n".join(f"  {printable(fault)}" for fault in [*faults[:MOST_FAULTS], *more])
    return f"{path} was not imported; nothing is changed:\n{lines}"
