"""The journal of verdicts: an append-only file that survives the grader's death at any moment.

A line holds a checksum and one JSON object. It is on the disk (fsync) before anything else is done with the
verdict. A line that was torn by a crash, or damaged, does not count: its submission is graded again.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from course_utils.classroom.course import ClassError
from course_utils.classroom.files import write_bytes
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, CellVerdict, Verdict


@dataclass(frozen=True)
class Entry:
    """A verdict on one version of a submission by one version of the assignment."""

    student: str
    submission: str  # SHA-256 of the submitted notebook
    release: str  # which version of the assignment, as `late.Release.source` names it
    verdict: Verdict
    at: str  # when, ISO 8601 with the zone

    def to_json(self) -> dict[str, Any]:
        """The entry as JSON holds it."""
        return {
            "student": self.student,
            "submission": self.submission,
            "release": self.release,
            "verdict": self.verdict.to_json(),
            "at": self.at,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Entry:
        """The entry that `to_json` made."""
        return cls(**{**record, "verdict": Verdict.from_json(record["verdict"])})

    @property
    def is_sound(self) -> bool:
        """Whether every part is what it should be."""
        texts = (
            self.student,
            self.submission,
            self.release,
            self.at,
            self.verdict.state,
            self.verdict.reason,
        )
        return (
            all(isinstance(text, str) for text in texts)
            and self.verdict.state in (GRADED, NEEDS_A_PERSON)
            and isinstance(self.verdict.outputs, dict)
            and all(is_sound_cell(cell) for cell in self.verdict.cells)
        )


def is_sound_cell(cell: CellVerdict) -> bool:
    """Whether a test's verdict holds texts and finite points."""
    numbers = (cell.points, cell.max_points)
    return (
        isinstance(cell.grade_id, str)
        and isinstance(cell.message, str)
        and all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
    )


class Journal:
    """The verdicts on one assignment, the latest of each student, and which of them the gradebook has.

    Use it in a `with`; only one process may write at a time (`grade` holds a lock). What students' cells
    put out stays on the disk, so that a large class needs little memory: `read` fetches it.
    """

    def __init__(self, path: Path):
        self.path = path
        self.latest: dict[str, Entry] = {}  # by student; their verdicts without outputs
        self.applied: set[str] = set()  # students whose latest verdict is in the gradebook
        self.damaged = 0  # lines that could not be read
        self._places: dict[str, int] = {}  # where the line of a student's latest verdict begins
        self._length = 0  # bytes of whole lines
        self._load()

    def __enter__(self) -> Journal:
        """Open the file for appending, and cut off what a crash left of a line."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("ab", buffering=0)
        self._file.truncate(self._length)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def append(self, entry: Entry) -> None:
        """Write a verdict; when this returns it is on the disk.

        Raises:
            ClassError: it cannot be written, as on a full disk; the journal is as it was before.
        """
        self._write({"verdict_of": entry.to_json()})

    def mark_applied(self, student: str) -> None:
        """Note that the gradebook has the latest verdict on `student`."""
        self._write({"applied": student})

    def read(self, student: str) -> Entry:
        """The latest entry about `student`, with what the cells put out."""
        with self.path.open("rb") as file:
            file.seek(self._places[student])
            record = record_of(file.readline())
        if record is None:
            raise ClassError(f"{self.path} was changed while it was read. Grade again.")
        return Entry.from_json(record["verdict_of"])

    def _write(self, record: dict[str, Any]) -> None:
        line = line_of(record)
        try:
            written = 0
            while written < len(line):
                written += self._file.write(line[written:])
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(self._length)
            raise ClassError(
                f"{self.path} cannot be written: {error.strerror}. "
                "Nothing is lost: make room, then give the command again."
            ) from error
        self._take(record, self._length)
        self._length += len(line)

    def _take(self, record: dict[str, Any], place: int) -> None:
        if "applied" in record:
            self.applied.add(record["applied"])
            return
        entry = Entry.from_json(record["verdict_of"])
        self.latest[entry.student] = replace(entry, verdict=replace(entry.verdict, outputs={}))
        self.applied.discard(entry.student)
        self._places[entry.student] = place

    def _load(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            for line in lines:
                record = record_of(line)
                if record is None:
                    self.damaged += 1
                else:
                    self._take(record, self._length)
                if line.endswith(b"\n"):
                    self._length += len(line)


def line_of(record: dict[str, Any]) -> bytes:
    """A line of the journal: CRC-32 in eight hexadecimal digits, a space, the JSON, a line feed."""
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def record_of(line: bytes) -> dict[str, Any] | None:
    """What a line says; None when it is torn or damaged, or was written by something else."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        record = json.loads(text)
        student = record["applied"] if "applied" in record else record["verdict_of"]["student"]
        sound = "applied" in record or Entry.from_json(record["verdict_of"]).is_sound
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if sound and isinstance(student, str) else None


def forget(path: Path, student: str) -> None:
    """Write the journal anew without the lines of `student`."""
    if not path.exists():
        return
    kept = []
    for line in path.read_bytes().splitlines(keepends=True):
        record = record_of(line)
        if record is None:
            continue
        about = record["applied"] if "applied" in record else record["verdict_of"]["student"]
        if about != student:
            kept.append(line)
    write_bytes(path, b"".join(kept))
