"""What an explorer's function prints, apart from what a cell prints at the same moment in another thread.

``contextlib.redirect_stdout`` would take both, because ``sys.stdout`` belongs to the whole process.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

_catcher: ContextVar[io.StringIO | None] = ContextVar("catcher", default=None)
_lock = threading.Lock()
_catching = 0  # how many threads are inside of ``printed_into`` now


class _DividedStream:
    """A stream that gives text to the catcher of the thread that writes it, where that thread has one."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        catcher = _catcher.get()
        return (self.stream if catcher is None else catcher).write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def printed_into(catcher: io.StringIO) -> Iterator[None]:
    """Catch what this thread prints until the end of the ``with`` block."""
    token = _catcher.set(catcher)
    _divide()
    try:
        yield
    finally:
        _join()
        _catcher.reset(token)


def _divide() -> None:
    global _catching
    with _lock:
        _catching += 1
        if not isinstance(sys.stdout, _DividedStream):
            sys.stdout = _DividedStream(sys.stdout)


def _join() -> None:
    global _catching
    with _lock:
        _catching -= 1
        if not _catching and isinstance(sys.stdout, _DividedStream):
            sys.stdout = sys.stdout.stream
