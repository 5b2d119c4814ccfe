"""Reading, and deleting, folders and zip files that strangers filled: the one place where that is done.

Nothing is unpacked, no link is followed, a file's name is only ever compared. No more of a file is read than
allowed, a pipe keeps nobody waiting, and folders may be nested or full as they like.
"""

from __future__ import annotations

import itertools
import lzma
import os
import re
import secrets
import shutil
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
MOST_ENTRIES = 100_000  # files and folders that are looked at
MOST_DEPTH = 30  # folders inside one another
MOST_BYTES = 32 * 1024**2  # of one notebook
LATEST = 250_000_000_000  # seconds since 1970
MOST_TIMES_PACKED = 200  # a notebook is packed to a tenth or so; a zip bomb to a thousandth
UTF_8 = 0x800  # a zip's flag: the name is UTF-8
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError)
NOISE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
APPLES = "._"  # what macOS writes beside a file on other systems' disks


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


def items_of(source: Path, zone: ZoneInfo, leave_out: tuple[Path, ...] = ()) -> Iterator[Item]:
    """Every file in a folder or zip but what operating systems add.

    Args:
        zone: where the clock of a zip's times stands.
        leave_out: folders that are not entered.

    Raises:
        ClassError: there is no such folder or zip, it is damaged, or holds absurdly many files.
    """
    if source.is_dir():
        found = items_of_folder(source, leave_out=leave_out)
    elif source.is_file() and zipfile.is_zipfile(source):
        found = items_of_zip(source, zone)
    elif source.exists():
        raise ClassError(
            f"{source} is neither a folder nor a zip file. Unpack other archives (RAR, 7z, tar) and name the "
            "folder; put a single notebook into a folder that is named by the student's id."
        )
    else:
        raise ClassError(f"{source} does not exist.")
    for number, item in enumerate(found):
        if number >= MOST_FILES:
            raise ClassError(f"{source} holds more than {MOST_FILES} files.")
        if not any(part in NOISE or part.startswith(APPLES) for part in item.parts):
            yield item


def items_of_folder(
    folder: Path, owner: int | None = None, leave_out: tuple[Path, ...] = ()
) -> Iterator[Item]:
    """The files of a folder; links to folders are not entered.

    A folder that cannot be entered, or lies too deep, is an item itself: to read it is refused.

    Args:
        owner: the number of the system's user to whom a file must belong to be read; None: to anybody.
        leave_out: folders that are not entered.
    """
    pending: list[tuple[str, ...]] = [()]
    visited = 0
    while pending:
        parts = pending.pop()
        place = folder.joinpath(*parts)
        try:
            entries = entries_of(place)
        except FileNotFoundError:  # somebody deletes it meanwhile
            continue
        except OSError as error:
            yield unreadable(parts or (folder.name,), f"the folder cannot be read: {error.strerror}")
            continue
        visited += len(entries)
        if visited > MOST_ENTRIES:
            yield unreadable(parts or (folder.name,), f"there is more than {MOST_ENTRIES} files and folders")
            return
        inside = []
        for entry in entries:
            inner = (*parts, entry.name)
            if not is_folder(entry):
                yield item_of(entry, inner, owner)
            elif len(inner) > MOST_DEPTH:
                yield unreadable(inner, f"folders are nested more than {MOST_DEPTH} deep")
            elif place / entry.name not in leave_out:
                inside.append(inner)
        pending += reversed(inside)


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name; no more than anybody could mean."""
    with os.scandir(folder) as entries:
        return sorted(itertools.islice(entries, MOST_FILES + 1), key=lambda entry: entry.name)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder and no link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def item_of(entry: os.DirEntry[str], parts: tuple[str, ...], owner: int | None) -> Item:
    """A file of a folder."""
    try:
        at = moment(entry.stat(follow_symlinks=False).st_mtime)
    except OSError as error:
        return unreadable(parts, f"it cannot be read: {error.strerror}")
    return Item(parts, at, partial(read_file, Path(entry.path), owner))


def unreadable(parts: tuple[str, ...], reason: str) -> Item:
    """What is there and cannot be read."""

    def refuse() -> bytes:
        raise RefusedError(reason)

    return Item(parts, moment(0), refuse)


def moment(seconds: float) -> datetime:
    """The time of a file, seconds since 1970, which may lie beyond all dates."""
    return datetime.fromtimestamp(min(max(0.0, seconds), LATEST), UTC)


def read_file(path: Path, owner: int | None = None, most: int = MOST_BYTES) -> bytes:
    """The bytes of an ordinary file, no more than `most`.

    Raises:
        RefusedError: a link, a device, too large, or not the owner's (a folder in its path may have become a
            link a moment ago).
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        link = os.path.islink(path)
        raise RefusedError("it is a link" if link else f"it cannot be read: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError("it is no ordinary file")
        if owner is not None and found.st_uid != owner:
            raise RefusedError("it belongs to somebody else than the submission")
        try:
            return bounded(file.read(most + 1), most)
        except OSError as error:
            raise RefusedError(f"it cannot be read: {error.strerror}") from error


def bounded(content: bytes, most: int = MOST_BYTES) -> bytes:
    """`content`, if it is not larger than `most` bytes."""
    if len(content) > most:
        raise RefusedError(f"it is larger than {most / 1024**2:.3g} MB")
    return content


def delete_tree(folder: Path) -> None:
    """Delete a folder with all that is in it, however deep; links are deleted, not followed.

    What lies in a folder is moved up before the folder goes, so that no path ever is too long.

    Raises:
        OSError: something cannot be deleted; the rest of that folder may be gone.
    """
    if os.unlink not in os.supports_dir_fd:  # Windows
        shutil.rmtree(folder)
        return
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    token = secrets.token_hex(8)  # so that no name is taken
    fresh = (f".going-{token}-{number}" for number in itertools.count())
    try:
        while names := os.listdir(top):
            for name in names:
                if not unlinked(name, top):
                    empty_into(name, top, fresh)
    finally:
        os.close(top)
    os.rmdir(folder)


def unlinked(name: str, folder: int) -> bool:
    """Delete what is no folder; False where it is one. `folder`: a descriptor."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return False
    os.unlink(name, dir_fd=folder)
    return True


def empty_into(name: str, top: int, fresh: Iterator[str]) -> None:
    """Delete a folder in `top` (a descriptor); folders in it get `fresh` names there."""
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for child in os.listdir(inner):
            if not unlinked(child, inner):
                os.rename(child, next(fresh), src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def items_of_zip(path: Path, zone: ZoneInfo) -> Iterator[Item]:
    """The files of a zip, which stays open as long as one of them is known."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise ClassError(f"{path} is damaged: {error}. Export it again.") from error
    for info in archive.infolist():
        if not info.is_dir():
            parts = tuple(filter(None, re.split(r"[/\\]", true_name(info)))) or (info.filename,)
            yield Item(parts, time_of(info, zone), partial(read_member, archive, info))


def true_name(info: zipfile.ZipInfo) -> str:
    """The name of a zip's file; macOS writes UTF-8 and does not say so."""
    if info.flag_bits & UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


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
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
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
