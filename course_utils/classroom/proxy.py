"""The examiner's view of a submission: questions to the candidate, and proxies for what stays there.

Nothing that comes back is believed: it is plain data of bounded size, or a `Proxy` whose every operation is
another question. A proxy cannot be compared, tested for truth or turned into an array, so an object that
claims to equal everything proves nothing. It can be added to another proxy only, and the sum is a proxy again:
`abs(answer - 6) < 1e-9` would ask the student's object for the difference, and tell it the right answer.
"""

from __future__ import annotations

import builtins
import socket
import time
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType
from typing import Any, NoReturn

from course_utils.classroom.candidate import HELLO
from course_utils.classroom.limits import MEGABYTE, Limits, TimeIsUp
from course_utils.classroom.protocol import Channel, ConnectionLostError, ProtocolError, Reference

FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType, BuiltinMethodType, type)
GRACE = 3.0  # CPU seconds that a candidate may take longer than it was told to, before it is ended
MOST_MESSAGES = 16  # times the largest message: all that a submission may send
DEEPEST_CALLBACK = 20
MESSAGES = ("value", "error", "callback")
MOST_QUESTIONS = 200_000  # of one test
PLAIN_ATTRIBUTES = ("__name__", "__doc__")
LONGEST_REASON = 1000
UNUSABLE = (
    Exception,
    AssertionError,
    ExceptionGroup,
)  # tests make the second, and the third has a form of its own


class CandidateError(Exception):
    """An exception of the student's code, or an answer that is none; the text is the student's."""

    def __init__(self, *arguments: Any) -> None:
        Exception.__init__(self, *arguments)  # not that of a built-in type beside it, which may want more


class CandidateEndedError(CandidateError):
    """The candidate is gone; the text says why."""


class ProxyError(Exception):
    """A test did with an object of the student's what only plain data allow."""


class Keeper:
    """The examiner's end of the control socket of a candidate's keeper; it is trusted."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.last: dict[str, Any] = {"cpu": 0.0, "memory": 0.0, "idle": 0.0, "ended": ""}

    def ask(self, question: str | dict[str, float] = "usage") -> dict[str, Any]:
        """CPU seconds, peak of memory in MB, idle seconds, and why it ended ('' while it lives).

        Args:
            question: ``"usage"``, ``"end"``, or the seconds (``cpu`` and ``wall``) that were used before.
        """
        self.channel.send(question)
        self.last = self.channel.receive()
        return self.last


class Conversation:
    """Questions to one candidate, one at a time, each with a limit of CPU seconds.

    Args:
        talk: the socket to the candidate.
        keeper: measures and ends it.
    """

    def __init__(self, talk: socket.socket, keeper: Keeper, limits: Limits) -> None:
        self.keeper, self.limits = keeper, limits
        size = limits.message_mb * MEGABYTE
        self.channel = Channel(talk, size, self.outgoing, self.incoming, self.waiting)
        self.callbacks: list[Callable[..., Any]] = []
        self.released: list[int] = []
        self.ended = ""
        self.seconds = float(limits.cell_cpu_s)
        self.began: tuple[float, float] | None = None
        self.depth = 0
        self.asked = 0  # questions since the test began
        self.slept = 0.0  # seconds that former candidates of the submission did nothing
        self.own = 0.0  # seconds in which the candidate had nothing to do
        self.free_since = time.monotonic()

    def start(self) -> None:
        """Wait for the candidate.

        Raises:
            ConnectionLostError: it did not come up, which is not the student's fault.
        """
        if self.channel.receive() != HELLO:
            raise ConnectionLostError("the candidate did not introduce itself")

    def run(self, source: str) -> dict[str, Any]:
        """Execute a cell."""
        return self.ask("run", (source,), self.limits.cell_cpu_s)

    def look(self, name: str) -> Any:
        """The value of a name of the notebook."""
        return self.ask("look", (name,), self.limits.call_cpu_s)

    def defined(self, names: list[str]) -> list[str]:
        """Those of the names that the notebook defines."""
        found = self.ask("defined", (names,), self.limits.call_cpu_s)
        told = {each for each in found if isinstance(each, str)} if isinstance(found, list) else set()
        return [name for name in names if name in told]

    def apply(self, function: str, *arguments: Any) -> Any:
        """What one of the candidate's `FUNCTIONS` gives."""
        return self.ask("apply", (function, *arguments), self.limits.call_cpu_s)

    def ask(self, do: str, arguments: tuple, seconds: float) -> Any:
        """Put one question and wait for its answer, calling back meanwhile.

        Raises:
            CandidateError: the answer was an exception; it is of the same built-in type, too.
            CandidateEndedError: there is no answer, and there will be none.
        """
        if self.ended:
            raise CandidateEndedError(self.ended)
        self.asked += 1
        if self.asked > MOST_QUESTIONS:
            raise CandidateError(f"after {MOST_QUESTIONS:,} questions there is no end of it")
        released, self.released = self.released, []
        before, self.seconds = self.seconds, seconds
        self.wait_begins()
        try:
            self.began = None
            question = {"do": do, "arguments": arguments, "seconds": float(seconds), "released": released}
            self.channel.send(question)
            return self.answer(ends=do == "apply" and arguments[0] == "next")
        except ConnectionLostError:
            self.end("")
        except ProtocolError as error:
            self.end(f"what it sent is no plain data ({error})")
        except TimeIsUp:  # in one of the examiner's own functions, or in the middle of a message
            self.end("what it made the test compute took too long")
        finally:
            self.seconds = before
            self.wait_ends()

    def wait_begins(self) -> None:
        """From now on it is the candidate's turn."""
        self.own += time.monotonic() - self.free_since

    def wait_ends(self) -> None:
        """From now on it is the examiner's turn."""
        self.free_since = time.monotonic()

    def asleep(self) -> float:
        """Seconds in which the submission did nothing while it was its turn, at least."""
        return self.slept + max(0.0, self.keeper.last["idle"] - self.own)

    def answer(self, *, ends: bool) -> Any:
        """The answer to a question, which may be that an iteration `ends`; callbacks before it are served."""
        while True:
            kind, value = self.message()
            if kind == "value":
                return value
            if kind == "error":
                raise exception(value, ends=ends)
            self.channel.send(self.call_back(value))
            self.began = None

    def message(self) -> tuple[str, Any]:
        """The next message, which has one of three forms."""
        message = self.channel.receive()
        if self.channel.received > MOST_MESSAGES * self.limits.message_mb * MEGABYTE:
            raise ProtocolError("more data altogether than are allowed")
        match message:
            case (str() as kind, value) if isinstance(message, tuple) and kind in MESSAGES:
                return kind, value
        raise ProtocolError("a message of an unknown form")

    def call_back(self, request: Any) -> tuple[str, Any]:
        """Call one of the examiner's own functions with what the candidate gives it."""
        match request:
            case (function, tuple() as arguments, dict() as keywords) if any(
                function is known for known in self.callbacks
            ):
                pass
            case _:
                raise ProtocolError("a call of a function that it was not given")
        if self.depth >= DEEPEST_CALLBACK:
            return "error", "calls are nested too deeply"
        self.depth += 1
        self.wait_ends()
        try:
            value = function(*arguments, **keywords)
            self.channel.encoded(value)  # an error here is the answer
            return "value", value
        except CandidateEndedError:
            raise
        except Exception as error:
            return "error", f"{type(error).__name__}: {str(error)[:500]}"
        finally:
            self.depth -= 1
            self.wait_begins()

    def outgoing(self, value: Any) -> Any:
        """Proxies go as what they stand for, the examiner's functions as something that calls back."""
        if isinstance(value, Proxy):
            if (owner := object.__getattribute__(value, "_ask")) is not self:
                raise CandidateEndedError(owner.ended)
            return Reference("handle", object.__getattribute__(value, "_number"))
        if isinstance(value, FUNCTIONS):
            self.callbacks.append(value)
            return Reference("callback", len(self.callbacks) - 1, value.__name__)
        raise ProtocolError(
            f"a test can send plain data and functions, not an object of type {type(value).__name__}"
        )

    def incoming(self, reference: Reference) -> Any:
        """A proxy for an object of the candidate's, or the examiner's own function."""
        if reference.kind == "handle":
            return Proxy(self, reference.number, reference.text)
        if reference.number >= len(self.callbacks):
            raise ProtocolError("a function that it was not given")
        return self.callbacks[reference.number]

    def waiting(self) -> None:
        """While the candidate lets us wait: end it when it takes too long, or only sleeps."""
        seen = self.keeper.ask()
        if self.began is None:
            self.began = seen["cpu"], seen["idle"]
        if seen["ended"]:
            raise ConnectionLostError(seen["ended"])
        if seen["cpu"] - self.began[0] > self.seconds + GRACE:
            self.end(f"one call took more than {self.seconds:g} s of CPU time and could not be stopped")
        if seen["idle"] - self.began[1] > self.limits.idle_s:
            self.end(f"it did nothing for {self.limits.idle_s} s")
        if self.asleep() > self.limits.all_idle_s:
            self.end(f"it did nothing for {self.limits.all_idle_s} s in all")

    def end(self, reason: str) -> NoReturn:
        """End the candidate, or find out why it ended.

        Raises:
            CandidateEndedError: always.
        """
        seen = self.keeper.ask() if not reason else {"ended": reason}
        deadline = time.monotonic() + 5
        while not seen["ended"] and time.monotonic() < deadline:  # its socket is closed, and it dies
            time.sleep(0.05)
            seen = self.keeper.ask()
        self.ended = seen["ended"] or "it closed its connection"
        self.channel.close()
        raise CandidateEndedError(self.ended)


def exception(record: Any, *, ends: bool = False) -> Exception:
    """An exception of the built-in type that the candidate names, for tests that expect one.

    The end of an iteration counts only as answer to the question for the next item: anywhere else it would
    end a loop of the test's early, as if all were well.
    """
    match record:
        case {"name": str() as name, "types": list() as types, "text": str() as text} if all(
            isinstance(each, str) for each in types
        ):
            pass
        case _:
            raise ProtocolError("an error of an unknown form")
    if "StopIteration" in types:
        return StopIteration() if ends else CandidateError(f"{name}: {text}"[:LONGEST_REASON])
    found = [vars(builtins).get(each) for each in types]
    usable = [each for each in found if isinstance(each, type) and issubclass(each, Exception)]
    kind = usable[0] if usable and usable[0] not in UNUSABLE else CandidateError
    return _kind(kind)(f"{name}: {text}"[:LONGEST_REASON])


def _kind(builtin: type[Exception]) -> type[Exception]:
    """A class of exceptions that is both the student's and of a built-in type."""
    if builtin is CandidateError:
        return CandidateError
    return type(builtin.__name__, (CandidateError, builtin), {"__str__": lambda self: str(self.args[0])})


def _refuse(what: str) -> Callable[..., NoReturn]:
    def refuse(self: Proxy, *others: Any) -> NoReturn:
        kind = object.__getattribute__(self, "_kind")
        raise ProxyError(f"an object of type {kind} cannot be {what}: plain data were expected here")

    return refuse


def _operator(name: str, *, swapped: bool = False) -> Callable[..., Any]:
    def operate(self: Proxy, *others: Any) -> Any:
        operands = (*others, self) if swapped else (self, *others)
        answer = None
        if all(isinstance(each, Proxy) for each in operands):
            answer = object.__getattribute__(self, "_ask").apply(name, *operands)
        if not isinstance(answer, Proxy):
            kind = object.__getattribute__(self, "_kind")
            raise ProxyError(
                f"an object of type {kind} is not calculated with: plain data were expected here"
            )
        return answer

    return operate


def _counted(items: Any, length: int) -> Iterator[Any]:
    """The items of an object that has told its length; `zip` would end early with one that gives fewer."""
    number = 0
    for number, item in enumerate(items, start=1):
        if number > length:
            break
        yield item
    if number != length:
        raise CandidateError(f"an object whose length is {length} gives another number of items")


class Proxy:
    """An object of the student's that stays with the candidate; what can be done with it is a question."""

    __slots__ = ("_ask", "_kind", "_length", "_number")

    def __init__(self, ask: Conversation, number: int, kind: str) -> None:
        for name, value in (("_ask", ask), ("_number", number), ("_kind", kind), ("_length", None)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in PLAIN_ATTRIBUTES:
            raise AttributeError(f"{name} of a student's object is not looked at")
        value = object.__getattribute__(self, "_ask").apply("attribute", self, name)
        if name in PLAIN_ATTRIBUTES and not isinstance(value, str | None):
            raise AttributeError(f"{name} is no text")
        return value

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return object.__getattribute__(self, "_ask").apply("call", self, arguments, keywords)

    def __iter__(self) -> Any:
        iterator = object.__getattribute__(self, "_ask").apply("iterate", self)
        if not isinstance(iterator, Proxy):
            raise CandidateError("an iterator that is none")
        length = object.__getattribute__(self, "_length")
        return iterator if length is None else _counted(iterator, length)

    def __next__(self) -> Any:
        return object.__getattribute__(self, "_ask").apply("next", self)

    def __len__(self) -> int:
        length = object.__getattribute__(self, "_ask").apply("length", self)
        if type(length) is not int or length < 0:
            raise CandidateError("a length that is no number")
        object.__setattr__(self, "_length", length)
        return length

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return object.__getattribute__(self, "_ask").apply("slice", self, key.start, key.stop, key.step)
        return object.__getattribute__(self, "_ask").apply("getitem", self, key)

    def __repr__(self) -> str:
        return f"<an object of type {object.__getattribute__(self, '_kind')}>"

    def __del__(self) -> None:
        object.__getattribute__(self, "_ask").released.append(object.__getattribute__(self, "_number"))

    __hash__ = None  # type: ignore[assignment]
    __setattr__ = _refuse("changed")
    __bool__ = _refuse("true or false")
    __eq__ = __ne__ = _refuse("compared")
    __lt__ = __le__ = __gt__ = __ge__ = _refuse("compared")
    __array__ = _refuse("turned into an array")
    __array_ufunc__ = None
    __contains__ = _refuse("searched")
    __float__ = __int__ = __index__ = __complex__ = _refuse("turned into a number")

    __add__, __radd__ = _operator("add"), _operator("add", swapped=True)
    __sub__, __rsub__ = _operator("sub"), _operator("sub", swapped=True)
    __mul__, __rmul__ = _operator("mul"), _operator("mul", swapped=True)
    __truediv__, __rtruediv__ = _operator("truediv"), _operator("truediv", swapped=True)
    __floordiv__, __mod__, __pow__ = _operator("floordiv"), _operator("mod"), _operator("pow")
    __matmul__, __rmatmul__ = _operator("matmul"), _operator("matmul", swapped=True)
    __neg__, __pos__, __abs__ = _operator("neg"), _operator("pos"), _operator("abs")
