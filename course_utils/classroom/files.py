"""Writing files so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE, PUBLIC = 0o600, 0o644  # who may read a file: its owner, or every account of the machine


def write_text(path: Path, text: str, *, mode: int = PRIVATE) -> None:
    """Put `text` into the file `path` in one step, UTF-8, kept through a power cut."""
    write_bytes(path, text.encode("utf-8"), mode=mode)


def write_bytes(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Put `content` into the file `path` in one step, making its folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def make_private(folder: Path) -> None:
    """Take the rights of all accounts but the owner's from a folder (or file) and everything in it."""
    for path in (folder, *folder.rglob("*")):
        if path.exists() and not path.is_symlink():
            os.chmod(path, path.stat().st_mode & 0o700)


def is_open(folder: Path) -> bool:
    """Whether every account of the machine may look into a folder."""
    return os.name != "nt" and bool(folder.stat().st_mode & 0o007)


@contextmanager
def private_by_default() -> Iterator[None]:
    """What other programs write meanwhile is for its owner alone, unless they say otherwise."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file `path`; gives False, at once, where another process holds it."""
    import fcntl  # not on Windows, where the rest of this module works

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
