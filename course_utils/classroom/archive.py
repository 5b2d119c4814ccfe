"""Reading folders and zip files that strangers filled: nothing is unpacked, no link is followed.

A file's name is only ever compared, never used as a path, and no more of a file is read than allowed.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from course_utils.classroom.course import ClassError

MOST_FILES = 50_000
MOST_BYTES = 32 * 1024**2  # of one notebook
LATEST = 250_000_000_000  # seconds since 1970
MOST_TIMES_PACKED = 200  # a notebook is packed to a tenth or so; a zip bomb to a thousandth
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError)
NOISE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints")


class RefusedError(Exception):
    """A file that is not taken; the message is the reason, for teacher and student."""


@dataclass(frozen=True)
class Item:
    """A file in a folder or zip: `read` gives its bytes or raises RefusedError."""

    parts: tuple[str, ...]  # of its path inside
    at: datetime  # last change
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        """The path as a person may read it, without characters that do not print."""
        return printable("/".join(self.parts))


def printable(text: str) -> str:
    """`text` with everything that is not plainly a character replaced, at most 200 long."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)[:200]


def items_of(source: Path, zone: ZoneInfo) -> Iterator[Item]:
    """Every file in a folder or zip; `zone`: where the clock of the zip's times stands.

    Raises:
        ClassError: there is no such folder or zip, it is damaged, or holds absurdly many files.
    """
    if source.is_dir():
        found = items_of_folder(source)
    elif zipfile.is_zipfile(source):
        found = items_of_zip(source, zone)
    else:
        kind = "is neither a folder nor a zip file" if source.exists() else "does not exist"
        raise ClassError(f"{source} {kind}.")
    for number, item in enumerate(found):
        if number >= MOST_FILES:
            raise ClassError(f"{source} holds more than {MOST_FILES} files.")
        if not any(part in NOISE for part in item.parts):
            yield item


def items_of_folder(folder: Path, owner: int | None = None) -> Iterator[Item]:
    """The files of a folder; links to folders are not entered.

    Args:
        owner: the number of the system's user to whom a file must belong to be read; None: to anybody.
    """
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in sorted(files + links):
            path = Path(place, name)
            with contextlib.suppress(FileNotFoundError):  # somebody deletes files meanwhile
                at = moment(path.lstat().st_mtime)
                yield Item(path.relative_to(folder).parts, at, partial(read_file, path, owner))


def moment(seconds: float) -> datetime:
    """The time of a file, seconds since 1970, which may lie beyond all dates."""
    return datetime.fromtimestamp(min(max(0.0, seconds), LATEST), UTC)


def read_file(path: Path, owner: int | None = None) -> bytes:
    """The bytes of an ordinary file.

    Raises:
        RefusedError: a link, a device, too large, or not the owner's (a folder in its path may have become a
            link a moment ago).
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise RefusedError(
            "it is a link" if path.is_symlink() else f"it cannot be read: {error.strerror}"
        ) from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError("it is no ordinary file")
        if owner is not None and found.st_uid != owner:
            raise RefusedError("it belongs to somebody else than the submission")
        return bounded(file.read(MOST_BYTES + 1))


def bounded(content: bytes) -> bytes:
    """`content`, if it is not too large."""
    if len(content) > MOST_BYTES:
        raise RefusedError(f"it is larger than {MOST_BYTES // 1024**2} MB")
    return content


def items_of_zip(path: Path, zone: ZoneInfo) -> Iterator[Item]:
    """The files of a zip, which stays open as long as one of them is known."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise ClassError(f"{path} is damaged: {error}. Export it again.") from error
    for info in archive.infolist():
        if not info.is_dir():
            parts = tuple(info.filename.split("/"))
            yield Item(parts, time_of(info, zone), partial(read_member, archive, info))


def time_of(info: zipfile.ZipInfo, zone: ZoneInfo) -> datetime:
    """When a zip's file was changed; its beginning of time where that is no date."""
    try:
        return datetime(*info.date_time, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a file in a zip.

    Raises:
        RefusedError: its name leads outside, or it is a link, encrypted, damaged, too large, or a zip bomb.
    """
    name = info.filename
    if name.startswith("/") or ".." in name.split("/") or "\\" in name or name[1:2] == ":":
        raise RefusedError("its name leads out of the folder")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise RefusedError("it is a link")
    if info.flag_bits & 1:
        raise RefusedError("it is encrypted")
    if info.file_size > MOST_TIMES_PACKED * max(info.compress_size, 1):
        raise RefusedError("it is packed as tightly as a zip bomb")
    try:
        with archive.open(info) as file:
            return bounded(file.read(MOST_BYTES + 1))
    except DAMAGE as error:
        raise RefusedError(f"it is damaged: {error}") from error
