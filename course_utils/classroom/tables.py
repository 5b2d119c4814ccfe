"""Tables as spreadsheets and learning platforms write and read them: CSV in its many forms."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.classroom.course import ClassError
from course_utils.classroom.names import visible

MOST_BYTES = 32 * 1024**2
DELIMITERS = ",;\t|"
WESTERN = "Windows' Western letters (CP1252)"
SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>.)"?,*;*')  # the first line that Excel understands
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# Where a spreadsheet may see a cell begin: also behind a line break, and a semicolon, which separates cells in
# much of Europe; the quotation marks of CSV do not keep it from that.
FORMULA = re.compile(r"""(^|[;\n])([ "']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")
NO_TEXT = {
    b"PK\x03\x04": "is a workbook or zip",
    b"\xd0\xcf\x11\xe0": "is a workbook of an old Excel",
    b"%PDF": "is a PDF",
}


@dataclass(frozen=True)
class Table:
    """A table with a line of headings; `rows` bear their line in the file.

    `letters` says how the file's letters were read, where that is a guess; else it is empty.
    """

    path: Path
    headings: list[str]
    rows: list[tuple[int, list[str]]]
    letters: str = ""


def read_table(path: Path) -> Table:
    """The table in a file: UTF-8, UTF-16 or CP1252, with commas, semicolons, tabs or bars.

    Cells are stripped; lines without any content are left out.

    Raises:
        ClassError: it cannot be read, or is no table.
    """
    text, letters = decoded(path)
    body, delimiter = body_of(text)
    skipped = text[: len(text) - len(body)].count("\n")
    reader = csv.reader(io.StringIO(body), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begin = skipped + 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((begin, cells))
            begin = skipped + reader.line_num + 1
    except csv.Error as error:
        raise ClassError(
            f"{path}, line {begin}: this is no table: {error}. Look at the quotation marks, or export it anew as CSV."
        ) from error
    return Table(path, rows[0][1] if rows else [], rows[1:], letters)


def read_text(path: Path) -> str:
    """The text of a CSV file, from its headings on."""
    return body_of(decoded(path)[0])[0]


def delimiter_of(text: str) -> str:
    """What separates the columns of the table that `text` begins with."""
    return body_of(text)[1]


def body_of(text: str) -> tuple[str, str]:
    """The text from its line of headings on, and what separates its columns."""
    body = without_empty_lines(text)
    first, _, rest = body.partition("\n")
    if match := SEPARATOR_LINE.fullmatch(first.strip()):
        return without_empty_lines(rest), match["delimiter"]
    return body, max(DELIMITERS, key=lambda delimiter: columns(first, delimiter))


def without_empty_lines(text: str) -> str:
    """`text` without the lines at its beginning that hold nothing but separators."""
    while text and not text.partition("\n")[0].strip(f' "{DELIMITERS}'):
        text = text.partition("\n")[2]
    return text


def columns(line: str, delimiter: str) -> int:
    """How many columns a line has if `delimiter` separates them."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0


def decoded(path: Path) -> tuple[str, str]:
    """The text of a file with line feeds at its lines' ends, and how its letters were read if not as UTF-8.

    Raises:
        ClassError: it cannot be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ClassError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MOST_BYTES:
        raise ClassError(f"{path} is larger than {MOST_BYTES // 1024**2} MB; this is no list of a class.")
    for begin, kind in NO_TEXT.items():
        if content.startswith(begin):
            raise ClassError(f"{path} {kind}, no table in CSV. Save it as 'CSV UTF-8' and give that file.")
    if re.match(rb"\s*<(!doctype|html|\?xml|table)", content.removeprefix(codecs.BOM_UTF8), re.IGNORECASE):
        raise ClassError(f"{path} is a web page, no table. Were you signed in when you downloaded it?")
    text, letters = text_of(content, path)
    return text.replace("\r\n", "\n").replace("\r", "\n"), letters


def text_of(content: bytes, path: Path) -> tuple[str, str]:
    """The text of a file's bytes, and how they were read if not as UTF-8."""
    for encoding, letters in (("utf-8-sig", ""), (sixteen_bits(content), "UTF-16"), ("cp1252", WESTERN)):
        try:
            text = content.decode(encoding) if encoding else "\0"
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, letters
    line = content[: first_strange(content)].count(b"\n") + 1
    raise ClassError(
        f"{path}, line {line}: its letters cannot be read. Save the file as 'CSV UTF-8' and import it again."
    )


def sixteen_bits(content: bytes) -> str:
    """Which UTF-16 a file may be in; empty if none."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(content) % 2 or b"\0" not in content:
        return ""
    return "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be"


def first_strange(content: bytes) -> int:
    """Where the bytes stop being UTF-8, or text at all."""
    try:
        return max(0, content.decode("utf-8").encode().find(b"\0"))
    except UnicodeDecodeError as error:
        return error.start


def defused(cell: str) -> str:
    """A cell of which a spreadsheet takes no part for a formula; numbers stay numbers."""
    if NUMBER.fullmatch(cell):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return FORMULA.sub(r"\1'\2", visible(text))


def as_before(cell: str) -> str:
    """A cell as it was before it was `defused`, if it is one line."""
    return cell[1:] if cell.startswith("'") and defused(cell[1:]) == cell else cell
