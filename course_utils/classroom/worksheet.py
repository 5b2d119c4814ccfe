"""Moodle's grading worksheet: who the participants are, and when they handed in.

Its columns are known by what they hold, since their headings are in the site's language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from course_utils.classroom import dates
from course_utils.classroom.archive import printable
from course_utils.classroom.course import ClassError
from course_utils.classroom.roster import Student
from course_utils.classroom.tables import read_table

NUMBER = re.compile(r"\D*?(\d+)\D*")  # "Participant 12347", "Teilnehmer/in12347"
IDENTIFIER, HANDED_IN = "identifier", "last modified (submission)"  # headings in English
SHARE = 0.5  # of the cells of a column that must be what the column is said to hold


@dataclass
class Worksheet:
    """What the worksheet says about each participant, by Moodle's number."""

    ids: dict[str, str] = field(default_factory=dict)  # the student, known by e-mail address or ID number
    cells: dict[str, list[str]] = field(default_factory=dict)  # the whole line
    times: dict[str, datetime] = field(default_factory=dict)
    column: str = ""  # the heading of the times
    unread: dict[str, str] = field(default_factory=dict)  # times that cannot be read


def read_worksheet(
    path: Path, students: dict[str, Student], where: ZoneInfo, participants: Collection[str]
) -> Worksheet:
    """Read a grading worksheet (CSV).

    Args:
        where: where the clock stands that the times are given by.
        participants: the numbers in the names of the files that were handed in.

    Raises:
        ClassError: it is no such worksheet.
    """
    table = read_table(path)
    heads, lines = [printable(cell) for cell in table.headings], [row for _, row in table.rows]
    columns = [[row[place] if place < len(row) else "" for row in lines] for place in range(len(heads))]
    place = place_of_numbers(heads, columns, participants)
    if place is None:
        raise ClassError(
            f"{path} is no grading worksheet of Moodle for these submissions: no column holds the numbers that "
            "are in the names of the files (the column 'Identifier', in English)."
        )
    numbers = [number_in(cell) for cell in columns[place]]
    others = {other: cells for other, cells in enumerate(columns) if other != place}
    known = ids_of_lines(others, students)
    sheet = Worksheet()
    for line, number in enumerate(numbers):
        if number:
            nameless = columns[place][line].replace(
                number, ""
            )  # what files are called while names are hidden
            sheet.cells[number] = [nameless, *(cells[line] for cells in others.values())]
            if line in known:
                sheet.ids[number] = known[line]
    add_times(sheet, numbers, heads, others, where)
    return sheet


def number_in(cell: str) -> str:
    """Moodle's number of a participant; empty where the cell holds none."""
    match = NUMBER.fullmatch(cell)
    return match[1] if match else ""


def place_of_numbers(heads: list[str], columns: list[list[str]], participants: Collection[str]) -> int | None:
    """Which column holds the participants' numbers: most of those that handed in, or the one headed so."""
    hits = [len({number_in(cell) for cell in cells} & set(participants)) for cells in columns]
    best = max(range(len(columns)), key=lambda place: hits[place], default=None)
    if best is not None and hits[best]:
        return best
    return next((place for place, head in enumerate(heads) if head.lower() == IDENTIFIER), None)


def ids_of_lines(columns: dict[int, list[str]], students: dict[str, Student]) -> dict[int, str]:
    """The students of the lines: by e-mail address, or else by a column that holds ids of the roster."""
    by_email = {student.email.casefold(): id for id, student in students.items() if student.email}
    by_id = {id.casefold(): id for id in students}
    named: dict[int, str] = {}
    for cells in columns.values():
        filled = [cell for cell in cells if cell]
        known = [cell for cell in filled if cell.casefold() in by_id]
        if known and len(known) >= SHARE * len(filled) and len(set(known)) == len(known):
            named |= {line: by_id[cell.casefold()] for line, cell in enumerate(cells) if cell in known}
    for cells in columns.values():
        named |= {
            line: by_email[cell.casefold()] for line, cell in enumerate(cells) if cell.casefold() in by_email
        }
    twice = {id for id, count in Counter(named.values()).items() if count > 1}
    return {line: id for line, id in named.items() if id not in twice}


def add_times(
    sheet: Worksheet, numbers: list[str], heads: list[str], columns: dict[int, list[str]], where: ZoneInfo
) -> None:
    """Find the column of the times of handing in, and read it."""
    for place in candidates(heads, columns):
        cells = columns[place]
        found = dates.moments([cell for cell in cells if cell], where)
        written = [cell for cell in cells if any(letter.isdigit() for letter in cell)]
        headed = heads[place].lower() == HANDED_IN
        if headed or (found and len(found) >= SHARE * len(set(written))):
            if not headed and len(set(cells)) == 1 < len(cells):
                return  # the same for everybody: a due date, for instance
            sheet.column = heads[place]
            for number, cell in zip(numbers, cells, strict=True):
                if number and cell in found:
                    sheet.times[number] = found[cell]
                elif number and cell in written:
                    sheet.unread[number] = printable(cell)
            return


def candidates(heads: list[str], columns: dict[int, list[str]]) -> Iterator[int]:
    """The columns that may hold the times of handing in; in Moodle's order they come before those of marking."""
    headed = [place for place in columns if heads[place].lower() == HANDED_IN]
    yield from headed or columns
