"""What a submission may use while it is graded: the only place where these numbers stand."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from types import FrameType
from typing import Any

MEGABYTE = 1 << 20
NO_DUMP = 1  # byte of a core dump: with 0 the machine may still hand all of it to a program of its own
IDLE_CALLS = 5  # so many calls may sleep as long as one may


def _limit(default: int, least: int, most: int, meaning: str) -> Any:
    """A field with its range and what it means, for error messages and documentation."""
    return field(default=default, metadata={"least": least, "most": most, "meaning": meaning})


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; the defaults fit the lessons of this course.

    Marks depend on CPU seconds only: the limits of waiting and wall time are generous, and end a submission
    that sleeps, not one that shares a busy machine.
    """

    memory_mb: int = _limit(2048, 64, 1_000_000, "memory that a submission adds to that of the imports")
    work_mb: int = _limit(256, 1, 100_000, "all files together (they are kept in memory)")
    file_mb: int = _limit(128, 1, 100_000, "one file")
    files: int = _limit(256, 32, 100_000, "open files of a process")
    processes: int = _limit(64, 4, 10_000, "processes and threads together")
    threads: int = _limit(1, 1, 256, "threads of NumPy and TensorFlow")
    cpu_s: int = _limit(300, 1, 86_400, "CPU seconds of the whole submission, its tests included")
    cell_cpu_s: int = _limit(90, 1, 86_400, "CPU seconds of a cell of the submission")
    call_cpu_s: int = _limit(20, 1, 86_400, "CPU seconds of a call that a test makes")
    idle_s: int = _limit(
        60,
        1,
        86_400,
        "seconds of a call in which nothing of the submission even wants to compute; "
        f"{IDLE_CALLS} times as long in all calls together",
    )
    wall_s: int = _limit(3600, 5, 604_800, "seconds of the whole submission, by the clock on the wall")
    restarts: int = _limit(
        8, 0, 100, "times that a submission whose process had to be ended may go on in a new one"
    )
    output_mb: int = _limit(4, 1, 1000, "what the cells print and draw")
    message_mb: int = _limit(64, 1, 1000, "data of one question of a test, and of its answer")
    notebook_mb: int = _limit(20, 1, 1000, "the submitted notebook")
    cells: int = _limit(500, 1, 100_000, "cells of the submitted notebook")

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            least, most = limit.metadata["least"], limit.metadata["most"]
            if type(value) is not int or not least <= value <= most:
                raise ValueError(
                    f"The limit {limit.name} ({limit.metadata['meaning']}) must be a whole number "
                    f"from {least:,} to {most:,}, not {value!r}."
                )

    @property
    def all_idle_s(self) -> int:
        """Seconds of all calls of a submission together in which nothing of it even wants to compute.

        Without it, naps just below `idle_s` in every cell would hold a worker for `wall_s`.
        """
        return IDLE_CALLS * self.idle_s

    @classmethod
    def from_toml(cls, table: dict[str, Any]) -> Limits:
        """Limits from the table ``[limits]`` of a course's settings; what it does not name has its default.

        Raises:
            ValueError: a name that is no limit, or a value out of range; the message names it.
        """
        known = [limit.name for limit in fields(cls)]
        if unknown := sorted(set(table) - set(known)):
            raise ValueError(f"There is no limit called {unknown[0]!r}. The limits are: {', '.join(known)}.")
        return cls(**table)


def seconds_left(limits: Limits) -> float:
    """What the examiner of a submission, this process, may still use of the submission's CPU seconds; 1 at least."""
    return max(1.0, limits.cpu_s - time.process_time())


class TimeIsUp(BaseException):
    """The block of a `cpu_limit` took more CPU seconds than it may; no Exception, which anybody's code catches."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` in the block when it has used so many CPU seconds, and again every second after.

    Blocks may be nested; the outer one's clock goes on after the inner one.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp(f"more than {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGPROF, stop)
    left = signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, *left)
        signal.signal(signal.SIGPROF, before)
