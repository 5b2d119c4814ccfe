"""What a check answers with: passed, failed with a hint, or not attempted yet."""

from __future__ import annotations

from dataclasses import dataclass

PASSED = "passed"
FAILED = "failed"
NOT_ATTEMPTED = "not attempted"

# Symbol and word go together, so that colour is never the only cue.
HEADINGS = {
    PASSED: ("✓", "Passed"),
    FAILED: ("✗", "Not right yet"),
    NOT_ATTEMPTED: ("…", "Not attempted yet"),
}


class AnswerError(Exception):
    """The first thing that is wrong with an answer; raised by an expectation, caught by `check`.

    `line` is the one line of the student's code that matters, `hint` says what to do next.
    """

    def __init__(self, message: str, hint: str = "", line: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line


@dataclass(frozen=True)
class Result:
    """The outcome of one check.

    `status` is "passed", "failed" or "not attempted"; `printed` holds the beginning of what the student's
    code printed.
    """

    status: str
    message: str
    hint: str = ""
    line: str = ""
    printed: str = ""

    @property
    def passed(self) -> bool:
        return self.status == PASSED

    def __repr__(self) -> str:
        symbol, word = HEADINGS[self.status]
        parts = [f"{symbol} {word}. {self.message}"]
        if self.line:
            parts.append(f"  {self.line}")
        if self.hint:
            parts.append(f"  Hint: {self.hint}")
        if self.printed:
            parts.append(
                "  Your code printed:\n" + "\n".join(f"    {row}" for row in self.printed.splitlines())
            )
        return "\n".join(parts)

    def _ipython_display_(self) -> None:
        """Show nothing as the value of a cell: `check` has displayed the result already."""
