"""Run the student's code so that whatever it does becomes one sentence, one line of code and one hint.

Only an interrupt by the user passes through; endless loops can therefore be stopped with the Stop button.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import traceback
import warnings
from collections.abc import Callable
from types import FrameType

from numpy.exceptions import AxisError

from .results import AnswerError
from .wording import shortened

MOST_PRINTED = 1000
MOST_PRINTED_LINES = 10

NO_POWER = "`^` is no power in Python: write `**`, or `np.exp(z)` for e to the power of z."
# (types of errors, what the line of code has, hint): tried before the next table.
LINE_HINTS: tuple[tuple[type[BaseException], re.Pattern[str], str], ...] = (
    (
        TypeError,
        re.compile(r"\b(np|numpy)\.a?(max|min)\("),
        "`np.max` finds the largest element of one array, and its second argument is an axis. To compare two things "
        "element by element use `np.maximum` (or `np.minimum`).",
    ),
    (
        TypeError,
        re.compile(r"\b(np|numpy)\.(sum|mean|prod|std|var)\("),
        "This function takes one array, and its second argument is an axis: put several numbers into a list.",
    ),
)
# (type of the error, part of its message, hint): the first row that fits is used.
ERROR_HINTS: tuple[tuple[type[BaseException], str, str], ...] = (
    (
        RecursionError,
        "",
        "Your function calls itself without end: give it a case that returns without calling itself.",
    ),
    (SystemExit, "", "Leave out exit() and quit(): hand the result back with `return`."),
    (NotImplementedError, "", "Replace `raise NotImplementedError` by your own code."),
    (UnboundLocalError, "", "Assign the variable on every path before you use it."),
    (NameError, "", "This name is not known here: is it misspelt, or used before it was given a value?"),
    (
        AxisError,
        "",
        "There is no such axis: print the shape. The second argument of `np.sum`, `np.max`, ... is an axis.",
    ),
    (
        ValueError,
        "truth value of an array",
        "`if` needs one True or False, but got an array. Decide element by element: np.where, np.maximum.",
    ),
    (ValueError, "shape", "The shapes do not fit together: print `.shape` of both sides and compare."),
    (ValueError, "mismatch", "The shapes do not fit together: print `.shape` of both sides and compare."),
    (ValueError, "broadcast", "The shapes do not fit together: print `.shape` of both sides and compare."),
    (ValueError, "aligned", "The shapes do not fit together: print `.shape` of both sides and compare."),
    (
        TypeError,
        "only 0-dimensional arrays",
        "A function of `math` takes one number at a time: use the one with the same name from NumPy.",
    ),
    (
        TypeError,
        "only length-1 arrays",
        "A function that takes one number got an array: use the one with the same name from NumPy.",
    ),
    (TypeError, "bitwise_xor", NO_POWER),
    (TypeError, "for ^:", NO_POWER),
    (TypeError, "'ellipsis'", "A `...` is still part of this calculation: replace it by your own code."),
    (TypeError, "'NoneType'", "Something here is None: did a function of yours forget its `return`?"),
    (
        TypeError,
        "not callable",
        "Something that is no function is called: is a `*` missing before a bracket?",
    ),
    (
        TypeError,
        "cannot be interpreted as an integer",
        "A whole number is needed here: `//` divides and rounds down, `/` always gives a number with a point.",
    ),
    (TypeError, "", "Look at the types on this line: is each one what you think it is?"),
    (IndexError, "", "An index is too large: the first element has index 0, the last one length - 1."),
    (KeyError, "", "The dictionary has no such key: print its keys and compare."),
    (
        AttributeError,
        "",
        "This object has nothing of that name: is it misspelt, or is it another type than you think?",
    ),
    (
        ModuleNotFoundError,
        "",
        "This module is not installed: everything you need is imported in the set-up cell.",
    ),
    (
        OverflowError,
        "",
        "A number grew too large: for large inputs rewrite the formula so that no huge exponential occurs.",
    ),
    (ZeroDivisionError, "", "Something is divided by zero: for which input can that happen?"),
    (MemoryError, "", "An array became too large for the memory: print the shapes on this line."),
)
# NumPy adds the formal signature of `@` to a message that is clear without it.
GUFUNC_SIGNATURE = re.compile(r", with gufunc signature \S+")
DEFAULT_HINT = (
    "Run your function on one small input in a cell of its own and look at the values on this line."
)


class Printed(io.TextIOBase):
    """Keeps the beginning of what is printed and counts the rest, so that a flood costs nothing."""

    def __init__(self) -> None:
        self._kept = ""
        self._lines = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._lines += text.count("\n")
        self._kept += text[: MOST_PRINTED - len(self._kept)]
        return len(text)

    def text(self) -> str:
        rows = self._kept.splitlines()[:MOST_PRINTED_LINES]
        if self._lines > len(rows):
            rows.append(f"… {self._lines:,} lines in all")
        return "\n".join(rows)


def run(
    function: Callable[..., object], arguments: tuple[object, ...], call: str, printed: Printed
) -> object:
    """Return what the student's `function` returns for `arguments`.

    `call` is the call in words, for the message. Raises `AnswerError` for every error and for SystemExit; a
    KeyboardInterrupt passes through.
    """
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            return function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise explain(error, call, function) from None


def explain(error: BaseException, call: str, function: Callable[..., object]) -> AnswerError:
    """Turn an error in the student's code into an `AnswerError` with its line and a hint."""
    name = type(error).__name__
    said = shortened(GUFUNC_SIGNATURE.sub("", safe_text(error)), 160)
    message = f"{call} stopped with {name}: {said}" if said else f"{call} stopped with {name}."
    line = student_line(error, function)
    return AnswerError(message, hint=hint_for(error, line), line=line)


def hint_for(error: BaseException, line: str = "") -> str:
    said = safe_text(error)
    of_line = (hint for kind, part, hint in LINE_HINTS if isinstance(error, kind) and part.search(line))
    rows = (hint for kind, part, hint in ERROR_HINTS if isinstance(error, kind) and part in said)
    return next(of_line, "") or next(rows, DEFAULT_HINT)


def student_line(error: BaseException, function: Callable[..., object]) -> str:
    """Return "line 3: `return w @ x`", the innermost line of the student's own code, or ""."""
    own_file = getattr(getattr(function, "__code__", None), "co_filename", None)
    found = ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        if is_students(frame, own_file):
            source = linecache.getline(frame.f_code.co_filename, number).strip()
            found = f"line {number}: {source}" if source else f"line {number}"
    return found


def is_students(frame: FrameType, own_file: str | None) -> bool:
    """Tell whether a frame belongs to the answer's file or to a notebook cell (which is no file on disk)."""
    filename = frame.f_code.co_filename
    return filename == own_file or not (filename.startswith("<frozen") or os.path.exists(filename))


def safe_text(error: BaseException) -> str:
    """Return the error's message; an error class whose own ``__str__`` fails has none."""
    try:
        return str(error)
    except Exception:
        return ""
