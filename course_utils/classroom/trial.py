"""One submission before the examiner: the assignment's cells run here, the submission's in its candidate.

This process is trusted and sees the hidden tests; it lives for one submission, so that tests cannot disturb
each other, and gives its verdict as plain data.
"""

from __future__ import annotations

import ast
import base64
import binascii
import functools
import inspect
import json
import re
import resource
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

import numpy as np

from course_utils.classroom import submission, warm
from course_utils.classroom.codetext import bound, defined, plain
from course_utils.classroom.limits import MEGABYTE, NO_DUMP, Limits, TimeIsUp, cpu_limit, seconds_left
from course_utils.classroom.protocol import Channel, ConnectionLostError
from course_utils.classroom.proxy import (
    BUILTINS,
    CandidateEndedError,
    CandidateError,
    Conversation,
    Keeper,
    ProxyError,
)
from course_utils.classroom.recognition import Order, cells_to_run, is_foreign
from course_utils.classroom.sandbox import usage
from course_utils.classroom.starts import Starts
from course_utils.classroom.submission import Cell, SubmissionError
from course_utils.classroom.untouched import assertions, from_answers
from course_utils.classroom.verdict import GRADED, NEEDS_A_PERSON, CellVerdict, Verdict

CANDIDATE = "candidate"  # what a trial asks the grader for
NOTHING_SUBMITTED = "Nothing was submitted."
SPENT = "what the notebook answers takes the examiner more time than there is"
FOREIGN = "The notebook holds nothing of this assignment: no task, no test, no answer. Is it the right file?"
NOT_ANSWERED = "This task has not been answered yet."
EXAMINERS_MESSAGES = (
    8  # that many of the largest fit into the examiner's memory, beside the assignment's own data
)
PNG = b"\x89PNG\r\n\x1a\n"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b\[[0-9;]*m")
LONGEST_HINT = 2000
STREAMS = ("stdout", "stderr")


def main() -> None:
    """Be the warm parent of trials, for the grader whose socket is the descriptor on the command line."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    settings = Channel(connection, warm.FIRST_SETTINGS).receive()
    limits = Limits(**settings["limits"])
    source = submission.read(Path(settings["source"]), limits)
    names: dict[str, Any] = {"__name__": "__main__"}
    warm.serve(
        connection,
        settings,
        lambda cell: exec(plain(cell), names),
        lambda sockets: hold(sockets, source, limits),
    )


def hold(sockets: list[socket.socket], source: list[Cell], limits: Limits) -> None:
    """Examine the submission that the grader names, and send the verdict.

    Args:
        sockets: the one to the grader.
    """
    (result,) = sockets
    size = limits.message_mb * MEGABYTE
    answer = Channel(result, (limits.output_mb + limits.notebook_mb) * MEGABYTE)
    path = answer.receive()
    memory = usage.data_size("self") + limits.memory_mb * MEGABYTE + EXAMINERS_MESSAGES * size
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (NO_DUMP, NO_DUMP))
    most = limits.cpu_s + limits.cpu_s // 10 + 2  # for C code, which heeds no `cpu_limit`
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    warm.seed()

    def launch() -> Conversation:
        answer.send(CANDIDATE)
        _, descriptors, _, _ = socket.recv_fds(result, 1, 2)
        if len(descriptors) != 2:
            raise ConnectionLostError("the grader is gone")
        talk, control = (socket.socket(fileno=each) for each in descriptors)
        return Conversation(talk, Keeper(Channel(control, size)), limits)

    trial = Trial(source, Starts(launch, limits), limits)
    answer.send(trial.verdict(None if path is None else Path(path)).to_json())


@dataclass
class Trial:
    """The assignment's cells against one submission."""

    source: list[Cell]
    starts: Starts
    limits: Limits
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__", "__builtins__": BUILTINS})
    outputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    order: Order = field(default_factory=lambda: Order((), ()))
    unseen: bool = False  # there are names that were not looked for yet
    lost: bool = False  # a test of the present task has ended the candidate
    made: frozenset[str] = frozenset()  # names that tests have made of answers
    size: int = 0  # of the outputs, as JSON
    deadly: set[str] = field(default_factory=set)  # names whose values have ended a candidate

    @property
    def candidate(self) -> Conversation:
        return self.starts.candidate

    def verdict(self, path: Path | None) -> Verdict:
        """The definite state of the submission."""
        started = time.monotonic()
        try:
            state, reason, cells = self.judge(path)
        except SubmissionError as error:
            state, reason, cells = NEEDS_A_PERSON, str(error), ()
        except (ConnectionLostError, AssignmentError) as error:
            state, reason, cells = NEEDS_A_PERSON, f"The grader failed: {error}.", ()
        except Exception as error:  # a fault of this code; the class goes on
            state, reason, cells = NEEDS_A_PERSON, f"The grader failed: {error!r}.", ()
        wall = round(time.monotonic() - started, 2)
        cpu, peak = round(self.starts.cpu, 2), round(self.starts.peak, 1)
        return Verdict(state, reason, cells, self.outputs, cpu, wall, peak)

    def judge(self, path: Path | None) -> tuple[str, str, tuple[CellVerdict, ...]]:
        if path is None:
            tests = [cell for cell in self.source if cell.is_test]
            return GRADED, NOTHING_SUBMITTED, tuple(failed(cell, NOTHING_SUBMITTED) for cell in tests)
        submitted = submission.read(path, self.limits)
        if is_foreign(submitted, self.source):
            raise SubmissionError(FOREIGN)
        self.starts.begin()
        with strict_comparisons():
            cells = tuple(self.go_through(submitted))
        self.starts.conclude()
        return GRADED, self.starts.story(), cells

    def go_through(self, submitted: list[Cell]) -> list[CellVerdict]:
        """Both notebooks side by side: before a test, the cells that stand above it in the submission."""
        self.order = Order(cells_to_run(submitted, self.source), self.source)
        judged, student = [], set()
        for place, cell in enumerate(self.source):
            if cell.kind != "code":
                continue
            if cell.solution:
                student |= self.take_imports(cell)
                self.unseen, self.lost = True, False
                self.candidate.channel.received = self.starts.received = 0  # each task may send as much
            elif cell.is_test:
                self.catch_up(cell, place, student)
                judged.append(self.test(cell, student))
                self.lost = bool(self.candidate.ended)
            else:
                self.execute(cell, place, student)
        for cell in self.order.waiting:
            self.run(cell)  # for the sake of its outputs
        return judged

    def catch_up(self, cell: Cell, place: int, student: set[str]) -> None:
        """Let the candidate run what the source's cell number `place` needs before it; then look at its names.

        A new one is started where one has ended, but not within the task whose test has ended it.
        """
        if self.lost:
            return
        needs = frozenset(names_in(cell.source) & student)
        revived = self.starts.revive()
        now = self.order.before(cell, place, needs)
        while now or revived or self.unseen:
            for each in now:
                self.run(each)
                self.starts.revive()
            self.candidate.asked = 0
            self.look(student)
            lacking = frozenset() if self.candidate.ended else needs - self.names.keys() - self.deadly
            now, revived = self.order.for_names(lacking), False

    def run(self, cell: Cell) -> None:
        """Run a cell of the submission and keep its outputs."""
        if not cell.source.strip():
            return
        try:
            found = self.starts.run(cell.source)
            with cpu_limit(self.seconds()):
                kept = sanitised(found)
                self.size += len(json.dumps(kept))
        except CandidateError as error:
            kept = [failure(type(error).__name__, str(error))]
        except (TimeIsUp, MemoryError):
            kept = [failure("TooMuchOutput", "The outputs take too long to read.")]
        if self.size > self.limits.output_mb * MEGABYTE:
            kept = [failure("TooMuchOutput", "The outputs are too large.")]
        self.outputs[cell.id] = kept

    def seconds(self) -> float:
        """CPU seconds that this process may take to read one answer."""
        return min(self.limits.call_cpu_s, seconds_left(self.limits))

    def is_spent(self) -> bool:
        """Whether this process has used the CPU seconds of the submission: what it sent was dear to read."""
        return time.process_time() > self.limits.cpu_s

    def look(self, student: set[str]) -> None:
        """Bind the names that solutions define to what the submission made of them."""
        self.unseen = False
        for name in student:
            self.names.pop(name, None)
        try:
            with cpu_limit(self.seconds()):
                there = self.candidate.defined(sorted(student - self.deadly))
            for name in there:
                self.names[name] = self.value(name)
        except (CandidateError, TimeIsUp):
            return  # it has ended, or does not tell its names: the tests will say so

    def value(self, name: str) -> Any:
        if self.is_spent():
            return Unreadable(SPENT)
        try:
            with cpu_limit(self.seconds()):
                return self.candidate.look(name)
        except CandidateEndedError:
            self.deadly.add(name)
            raise
        except CandidateError as error:  # too large, or of too many parts
            return Unreadable(str(error))

    def take_imports(self, cell: Cell) -> set[str]:
        """Do a solution's imports here; returns the other names that it defines."""
        imports, names = parts(cell)
        try:
            exec(imports, self.names)
        except ImportError as error:
            raise AssignmentError(f"the solution {cell.grade_id} of the assignment fails: {error}") from error
        return names

    def execute(self, cell: Cell, place: int, student: set[str]) -> None:
        """Run an ordinary cell of the assignment here; one that uses the student's names may fail."""
        if uses := names_in(cell.source) & student:
            self.catch_up(cell, place, student)
        try:
            exec(compile(plain(cell.source), f"<{cell.grade_id or cell.id}>", "exec"), self.names)
        except Exception as error:
            if not uses:
                told = f"the cell {cell.grade_id or cell.id} of the assignment fails: {error!r}"
                raise AssignmentError(told) from error

    def test(self, cell: Cell, student: set[str]) -> CellVerdict:
        """Run a test cell: all of its points, or none and a hint."""
        if self.candidate.ended:
            return failed(cell, f"The notebook was stopped: {self.candidate.ended}.")
        if self.is_spent():
            return failed(cell, f"The notebook was stopped: {SPENT}.")
        error = self.error_of(cell, compile(plain(cell.source), test_name(cell), "exec"))
        if error is None and self.candidate.changes:
            error = self.error_of_arguments(cell)
        self.made |= from_answers(cell.source, self.made | student)
        if error is not None:
            hint = self.hint(error, test_name(cell), student)
            del error  # its frames lead back to this one, and hold objects of the student's
            return failed(cell, hint)
        if self.candidate.ended:  # the test takes any error for a right one
            return failed(cell, f"The notebook was stopped: {self.candidate.ended}.")
        return CellVerdict(cell.grade_id, cell.points, cell.points, True, "")

    def error_of(self, cell: Cell, code: CodeType) -> BaseException | None:
        """What stops the code of a test; None where it passes."""
        self.candidate.asked = self.candidate.changes = 0
        try:
            with cpu_limit(seconds_left(self.limits)):
                exec(code, self.names)
        except (Exception, SystemExit, TimeIsUp) as error:
            return error
        return None

    def error_of_arguments(self, cell: Cell) -> AssertionError | None:
        """The assertion that finds an argument changed which had to be left alone."""
        student = frozenset(name for cell in self.source if cell.solution for name in bound(cell.source))
        test = assertions(cell.source, self.made | student)
        if test is None:
            return None
        with self.candidate.written_back():
            error = self.error_of(cell, compile(test, test_name(cell), "exec"))
        return error if isinstance(error, AssertionError) else None

    def hint(self, error: BaseException, place: str, student: set[str]) -> str:
        """What feedback says of a failed test: the test's own words, or what the student's code did.

        Texts of other errors may hold expected values, so only their kind is told.
        """
        raised = traceback.extract_tb(error.__traceback__)[-1].filename
        if isinstance(error, TimeIsUp):
            return "The test took too long."
        if isinstance(error, CandidateEndedError):
            return f"The notebook was stopped: {error}."
        if isinstance(error, CandidateError):
            untouched = isinstance(error, NotImplementedError) and str(error) == "NotImplementedError: "
            return NOT_ANSWERED if untouched else f"Your code raised {error}"
        if isinstance(error, ProxyError):
            return str(error)
        if isinstance(error, NameError) and error.name in student:
            stopped = f" It was stopped before: {self.starts.ends[-1]}." if self.starts.ends else ""
            return f"The notebook does not define {error.name!r}.{stopped}"
        if isinstance(error, AssertionError) and raised == place and error.args:
            return str(error.args[0])
        if isinstance(error, AssertionError):
            return "The answer is not right."
        return f"The answer is not of the form that the test expects ({type(error).__name__})."


class AssignmentError(Exception):
    """The teacher's own cells fail."""


class Unreadable:
    """Stands for a value that could not be had; whatever a test does with it fails."""

    def __init__(self, reason: str) -> None:
        self.__reason = reason

    def __getattr__(self, name: str) -> Any:
        raise CandidateError(self.__reason)

    def _refuse(self, *others: Any, **more: Any) -> Any:
        raise CandidateError(self.__reason)

    __hash__ = None  # type: ignore[assignment]
    __call__ = __bool__ = __len__ = __iter__ = __getitem__ = __array__ = __contains__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def failed(cell: Cell, message: str) -> CellVerdict:
    return CellVerdict(cell.grade_id, 0.0, cell.points, False, clean(message)[:LONGEST_HINT])


def test_name(cell: Cell) -> str:
    """What stands for the file name of a test cell."""
    return f"<test {cell.grade_id}>"


def parts(cell: Cell) -> tuple[Any, set[str]]:
    """The import statements of a solution, compiled, and the other names that it defines at its top level."""
    try:
        tree = ast.parse(plain(cell.source))
    except SyntaxError as error:
        raise AssignmentError(
            f"the solution {cell.grade_id} of the assignment is no Python: {error}"
        ) from error
    imports: list[ast.stmt] = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    names: set[str] = set()
    for statement in tree.body:
        if statement not in imports:
            names |= defined(statement)
    return compile(ast.Module(imports, []), f"<{cell.grade_id}>", "exec"), names


def names_in(source: str) -> set[str]:
    """All names that a cell reads or writes."""
    try:
        return {node.id for node in ast.walk(ast.parse(plain(source))) if isinstance(node, ast.Name)}
    except SyntaxError as error:
        raise AssignmentError(f"a cell of the assignment is no Python: {error}") from error


def sanitised(found: Any) -> list[dict[str, Any]]:
    """Those outputs that are text or pictures, as nbformat has them; the candidate may have sent anything."""
    outputs = found.get("outputs") if isinstance(found, dict) else None
    return [kept for each in outputs if (kept := _output(each))] if isinstance(outputs, list) else []


def _output(output: Any) -> dict[str, Any] | None:
    match output:
        case {"output_type": str("stream"), "name": str() as name, "text": str() as text} if name in STREAMS:
            return {"output_type": "stream", "name": name, "text": clean(text)}
        case {"output_type": str("error"), "ename": str() as name, "evalue": str() as value}:
            return failure(name, value)
        case {"output_type": str("display_data" | "execute_result") as kind, "data": dict() as data}:
            kept = {
                name: value
                for name in ("text/plain", "image/png")
                if (value := _medium(name, data.get(name)))
            }
            extra = {"execution_count": None} if kind == "execute_result" else {}
            return {"output_type": kind, "data": kept, "metadata": {}, **extra} if kept else None
    return None


def _medium(kind: str, value: Any) -> str:
    """Text without control characters, or a picture that is a PNG; empty where it is neither."""
    if not isinstance(value, str):
        return ""
    if kind == "text/plain":
        return clean(value)
    try:
        return value if base64.b64decode(value, validate=True).startswith(PNG) else ""
    except (binascii.Error, ValueError):
        return ""


def failure(name: str, text: str) -> dict[str, Any]:
    """An output that shows an error."""
    name, text = clean(name)[:100], clean(text)
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def clean(text: str) -> str:
    """Text as UTF-8 can hold it, without control characters."""
    return CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


COMPARISONS = (
    "assert_allclose",
    "assert_almost_equal",
    "assert_approx_equal",
    "assert_array_almost_equal",
    "assert_array_almost_equal_nulp",
    "assert_array_equal",
    "assert_array_less",
    "assert_array_max_ulp",
    "assert_equal",
)


def one_is_empty(a: Any, b: Any) -> bool:
    """Whether something would be compared with nothing."""
    return (np.size(a) == 0) != (np.size(b) == 0)


@contextmanager
def strict_comparisons() -> Iterator[None]:
    """NumPy compares nothing with everything and finds it equal; a test would not notice. Here it is not equal."""

    def strict(compare: Callable[..., Any]) -> Callable[..., Any]:
        def compared(a: Any, b: Any, *others: Any, **more: Any) -> Any:
            return np.False_ if one_is_empty(a, b) else compare(a, b, *others, **more)

        return compared

    def asserting(compare: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(compare)
        def compared(*arguments: Any, **more: Any) -> Any:
            given = inspect.signature(compare).bind(*arguments, **more).args
            if not isinstance(given[0], str | dict) and one_is_empty(given[0], given[1]):
                raise AssertionError("nothing was compared with something")
            return compare(*arguments, **more)

        return compared

    everything = np.all

    def strict_all(a: Any, *others: Any, **more: Any) -> Any:
        whole = not others and not more
        return np.False_ if whole and np.size(a) == 0 else everything(a, *others, **more)

    with ExitStack() as stack:
        for name in ("isclose", "allclose", "array_equiv"):
            stack.enter_context(patch.object(np, name, strict(getattr(np, name))))
        stack.enter_context(patch.object(np, "all", strict_all))
        for name in COMPARISONS:
            stack.enter_context(patch.object(np.testing, name, asserting(getattr(np.testing, name))))
        yield


if __name__ == "__main__":
    main()
