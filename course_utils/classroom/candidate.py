"""The student's side: runs the cells of a submission and answers the examiner's questions with plain data.

All of this process belongs to the student as soon as the first cell has run. Nothing here protects marks: the
examiner believes no more than that some data came, and the sandbox keeps everything else out of reach.
"""

from __future__ import annotations

import builtins
import collections
import contextlib
import io
import operator
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course_utils.classroom import warm
from course_utils.classroom.limits import MEGABYTE, Limits, cpu_limit
from course_utils.classroom.protocol import (
    Channel,
    ConnectionLostError,
    ProtocolError,
    Reference,
    encode,
)

HELLO = "hello"
LONGEST_TEXT = 20_000
LONGEST_PICTURE = 1_500_000  # characters of base64
MOST_OUTPUTS = 100  # of a cell
KEPT_TYPES = ("text/plain", "image/png")
PLAIN_CONTAINERS = (collections.OrderedDict, collections.defaultdict, collections.Counter)


def _is_kind(value: Any, module: str, name: str) -> bool:
    """Whether a value is of a class of a module, as far as this process has imported it."""
    kind: Any = sys.modules.get(module)
    for part in name.split("."):
        kind = getattr(kind, part, None)
    return isinstance(kind, type) and isinstance(value, kind)


def _has(value: Any, name: str) -> bool:
    return hasattr(value, name)


def _slice(value: Any, start: Any, stop: Any, step: Any) -> Any:
    return value[start:stop:step]


OPERATORS = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "neg",
    "pos",
    "abs",
    "getitem",
)
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in OPERATORS},
    "attribute": getattr,
    "has": _has,
    "is_instance": isinstance,
    "is_kind": _is_kind,
    "is_subclass": issubclass,
    "names": dir,
    "iterate": iter,
    "length": len,
    "next": next,
    "slice": _slice,
}


# The operations of an object that a proxy can have; which of them its class has is told with its handle.
ABILITIES = (
    *("__call__", "__iter__", "__next__", "__len__", "__getitem__"),
    *("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"),
    *("__floordiv__", "__mod__", "__pow__", "__matmul__", "__rmatmul__", "__neg__", "__pos__", "__abs__"),
)
MUTABLE = (list, dict, tuple, np.ndarray)


class Candidate:
    """A submission's notebook: its IPython shell, and the objects that the examiner holds handles of."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        from course_utils.classroom.shell import make_shell

        self.shell = make_shell()
        self.handles: dict[int, Any] = {}
        self.created = 0
        self.limits = limits
        size = limits.message_mb * MEGABYTE
        self.channel = Channel(connection, size, self.outgoing, self.incoming)

    def serve(self) -> None:
        """Answer until the examiner is gone."""
        with contextlib.suppress(ConnectionLostError):
            self.channel.send(HELLO)
            while True:
                self.channel.send_encoded(self.answer(self.channel.receive()))

    def answer(self, request: dict[str, Any]) -> bytes:
        """What a request comes to, encoded: ``("value", ...)`` or ``("error", what was raised)``.

        Making the value plain can call the student's code too, so it counts for the time limit.
        """
        for number in request["released"]:
            self.handles.pop(number, None)
        try:
            with cpu_limit(request["seconds"]):
                value = getattr(self, "do_" + request["do"])(*request["arguments"])
                return self.channel.encoded(("value", value))
        except ConnectionLostError:
            raise
        except BaseException as error:  # whatever a student's code raises is told, SystemExit too
            return self.channel.encoded(("error", described(error)))

    def do_run(self, source: str) -> dict[str, Any]:
        """Execute a cell: its outputs in nbformat's form, and whether it failed."""
        with captured(self.shell) as capture:
            result = self.shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        return {"outputs": capture.outputs(error), "failed": error is not None}

    def do_look(self, name: str) -> Any:
        """The value of a name of the notebook."""
        return self.shell.user_ns[name]

    def do_defined(self, names: list[str]) -> list[str]:
        """Those of the names that the notebook defines."""
        return [name for name in names if name in self.shell.user_ns]

    def do_apply(self, function: str, *arguments: Any) -> Any:
        """Call one of `FUNCTIONS`."""
        return FUNCTIONS[function](*arguments)

    def do_call(
        self, function: Callable[..., Any], arguments: tuple, keywords: dict[str, Any]
    ) -> tuple[Any, list[tuple[int | str, Any]]]:
        """What a function returns, and the arguments that it has changed, each with its place or keyword."""
        given: list[tuple[int | str, Any]] = [*enumerate(arguments), *keywords.items()]
        before = [_bytes_of(value) for _, value in given]
        result = function(*arguments, **keywords)
        changed = [
            (place, value)
            for (place, value), data in zip(given, before, strict=True)
            if data is not None and data != _bytes_of(value)
        ]
        return result, changed

    def outgoing(self, value: Any) -> Any:
        """Plain data for a tensor, a NumPy text or a known container; a handle for everything else."""
        if type(value).__module__.partition(".")[0] in ("tensorflow", "keras") and hasattr(value, "numpy"):
            value = value.numpy()
        if isinstance(value, np.ndarray | np.generic) and value.dtype.name == "bfloat16":
            value = np.asarray(value, dtype=np.float32)
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":  # a subclass, too
            usual = {"longdouble": np.float64, "clongdouble": np.complex128}.get(value.dtype.type.__name__)
            return np.asarray(value, dtype=usual)[()]
        if isinstance(value, np.str_):
            return str(value)
        if type(value) in PLAIN_CONTAINERS and all(type(key) is str for key in value):
            return dict(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return tuple(value)
        return self.handle(value)

    def handle(self, value: Any) -> Reference:
        """Keep an object and name it by a number."""
        self.created += 1
        self.handles[self.created] = value
        able = sum(1 << place for place, name in enumerate(ABILITIES) if _is_able(type(value), name))
        return Reference("handle", self.created, f"{able:x} {type(value).__name__}")

    def incoming(self, reference: Reference) -> Any:
        """The object behind a handle, or a function that calls the examiner's."""
        if reference.kind == "handle":
            return self.handles[reference.number]
        return RemoteFunction(self, reference)


def _is_able(kind: type, name: str) -> bool:
    """Whether objects of a class have an operation; the class itself may have one that they have not."""
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None) is not None


def _bytes_of(value: Any) -> bytes | None:
    """An argument that a function may change, as bytes; None where it cannot, or where it is not plain data."""
    if type(value) not in MUTABLE:
        return None
    with contextlib.suppress(ProtocolError):
        return encode(value)
    return None


class RemoteFunction:
    """A plain function of the examiner that a test passed as an argument."""

    def __init__(self, candidate: Candidate, reference: Reference) -> None:
        self._candidate = candidate
        self._reference = reference
        self.__name__ = reference.text

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        channel = self._candidate.channel
        channel.send(("callback", (self._reference, arguments, keywords)))
        while True:
            message = channel.receive()
            if isinstance(message, dict):  # while the function runs, it may ask about the student's objects
                channel.send_encoded(self._candidate.answer(message))
            elif message[0] == "value":
                return message[1]
            else:
                raise RuntimeError(f"the function {self._reference.text} raised {message[1]}")


def described(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: the built-in types that it is of, best first, and its text."""
    names = [kind.__name__ for kind in type(error).__mro__ if vars(builtins).get(kind.__name__) is kind]
    try:
        text = str(error)
    except Exception as failure:
        text = f"an error whose text raised {type(failure).__name__}"
    return {"name": type(error).__name__[:100], "types": names, "text": text[:LONGEST_TEXT]}


class BoundedText(io.TextIOBase):
    """Standard output or error of a cell: the beginning is kept, the rest is counted."""

    encoding, errors = "UTF-8", "strict"

    def __init__(self, name: str, parts: list[dict[str, Any]]) -> None:
        self.stream, self.name = name, f"<{name}>"
        self.parts = parts
        self.length = 0

    @property
    def write(self) -> Any:
        """Writes text. IPython tries to replace it, to keep a copy of everything: without bounds, so in vain."""
        return self._write

    @write.setter
    def write(self, replacement: Any) -> None:
        pass

    def _write(self, text: str) -> int:
        kept = text[: max(0, LONGEST_TEXT - self.length)]
        self.length += len(text)
        if kept and self.parts and self.parts[-1].get("name") == self.stream:
            self.parts[-1]["text"] += kept
        elif kept and len(self.parts) < MOST_OUTPUTS:
            self.parts.append({"output_type": "stream", "name": self.stream, "text": kept})
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The descriptor of the process's own stream, for programs that it starts."""
        return {"stdout": 1, "stderr": 2}[self.stream]


class Capture:
    """What a cell prints and shows, in order."""

    def __init__(self) -> None:
        self.parts: list[dict[str, Any]] = []

    def show(self, kind: str, data: dict[str, Any]) -> None:
        """Keep text and PNG of a rich output."""
        kept = {name: shortened(name, data[name]) for name in KEPT_TYPES if name in data}
        if kept and len(self.parts) < MOST_OUTPUTS:
            self.parts.append({"output_type": kind, "data": kept})

    def outputs(self, error: BaseException | None) -> list[dict[str, Any]]:
        """All parts, with the error at the end."""
        if error is None:
            return self.parts
        found = described(error)
        trace = f"{found['name']}: {found['text']}"
        failure = {
            "output_type": "error",
            "ename": found["name"],
            "evalue": found["text"],
            "traceback": [trace],
        }
        return [*self.parts, failure]


def shortened(kind: str, value: Any) -> str:
    """Text that is not too long; a picture that is too large is left out."""
    if isinstance(value, bytes):
        import base64

        value = base64.b64encode(value).decode("ascii")
    text = str(value)
    if kind == "text/plain":
        return text[:LONGEST_TEXT]
    return text if len(text) <= LONGEST_PICTURE else ""


@contextlib.contextmanager
def captured(shell: Any) -> Iterator[Capture]:
    """Collect what the block prints and displays."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher

    capture = Capture()

    class Publisher(DisplayPublisher):
        def publish(self, data: dict[str, Any], *others: Any, **more: Any) -> None:
            capture.show("display_data", data)

    class Hook(DisplayHook):
        def __call__(self, result: Any = None) -> None:
            if result is not None and not self.quiet():
                self.update_user_ns(result)
                capture.show("execute_result", self.compute_format_data(result)[0])

    publisher, hook = shell.display_pub, shell.displayhook
    shell.display_pub = Publisher(shell=shell)
    shell.displayhook = Hook(shell=shell)
    shell.display_trap.hook = shell.displayhook
    shell.showtraceback = shell.showsyntaxerror = lambda *others, **more: None
    out, errors = (BoundedText(name, capture.parts) for name in ("stdout", "stderr"))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            yield capture
    finally:
        shell.display_pub, shell.displayhook = publisher, hook


def rehearse(source: str) -> None:
    """Run a cell of the teacher's, to learn what it imports."""
    from course_utils.classroom.shell import make_shell

    shell = make_shell()
    with captured(shell):
        shell.run_cell(source)


def run(connection: socket.socket, limits: Limits) -> None:
    """Serve the examiner as a submission's process."""
    warm.seed()
    candidate = Candidate(connection, limits)
    try:
        candidate.serve()
    except ProtocolError as error:
        raise SystemExit(f"the examiner's data were damaged: {error}") from error
