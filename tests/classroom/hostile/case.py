"""What a hostile submission is, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.classroom.verdict import GRADED

DOUBLE = ("double_numbers", "double_arrays")
MEAN = ("mean_values",)


@dataclass(frozen=True)
class Case:
    """A hostile submission: code in place of the answer `double`, or something that is wrong with the file.

    Attributes:
        answer: stands in the cell of the task ``double``; the task ``mean`` is answered honestly. FOLDER, PORT
            and SOCKET in it are replaced by the class's folder, a port and a socket on which the grader listens.
        make: changes the notebook, or returns the bytes of the file instead; or writes the file itself.
        passed: the test cells that give their points; all others give none.
        shows: words that must be in the notebook's outputs: the attack was tried, and this is how it failed.
        reason: words that must be in the verdict's reason, or in a hint where the verdict has none.
    """

    name: str
    answer: str = ""
    make: Callable[[dict[str, Any], Path], bytes | None] | None = None
    passed: tuple[str, ...] = MEAN
    shows: str = ""
    reason: str = ""
    state: str = GRADED

    def __str__(self) -> str:
        return self.name
