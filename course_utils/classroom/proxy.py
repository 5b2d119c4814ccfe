"""The examiner's view of a submission: questions to the candidate, and proxies for what stays there.

Nothing that comes back is believed: it is plain data of bounded size, or a `Proxy` whose every operation is
another question. A proxy answers nothing itself: it has the operations that its object has, and what it is an
instance of, what it is called and what is written about it is asked. A proxy cannot be compared, tested for
truth or turned into an array, so an object that claims to equal everything proves nothing. It can be added to
another proxy only, and the sum is a proxy again: `abs(answer - 6) < 1e-9` would ask the student's object for
the difference, and tell it the right answer.
"""

from __future__ import annotations

import builtins
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType, UnionType
from typing import Any, NoReturn, get_args

import numpy as np

from course_utils.classroom.candidate import ABILITIES, HELLO
from course_utils.classroom.limits import MEGABYTE, Limits, TimeIsUp
from course_utils.classroom.protocol import Channel, ConnectionLostError, ProtocolError, Reference

FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType, BuiltinMethodType, type)
GRACE = 3.0  # CPU seconds that a candidate may take longer than it was told to, before it is ended
MOST_MESSAGES = 16  # times the largest message: all that a submission may send for one task
DEEPEST_CALLBACK = 20
MESSAGES = ("value", "error", "callback")
MOST_QUESTIONS = 200_000  # of one test
TEXTS = ("__name__", "__qualname__", "__doc__", "__module__")  # attributes that are asked, and are texts
ASKED = ("__annotations__", "__defaults__", "__kwdefaults__", "__dict__", "__code__")  # others that are asked
INNER = ("__class__", "__reduce_ex__", "__reduce__", "__dir__", "__del__", "__array__", "__array_ufunc__")
MOST_KINDS = 1000  # classes of proxies that are kept
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


class NotLookedAtError(ProxyError, AttributeError):
    """A test looked for an attribute that is not asked for."""


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
        self.changes = 0  # arguments that calls have changed
        self.originals: list[tuple[Any, Any]] | None = None  # those that were written to, and what they were
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

    def call(self, function: Proxy, arguments: tuple, keywords: dict[str, Any]) -> Any:
        """What a function of the student's returns; what it has done to its arguments is noted."""
        match self.ask("call", (function, arguments, keywords), self.limits.call_cpu_s):
            case (result, list() as changes) if all(
                type(each) is tuple and len(each) == 2 for each in changes
            ):
                pass
            case _:
                raise CandidateError("an answer to a call that is none")
        for place, value in changes:
            is_there = type(place) is int and 0 <= place < len(arguments)
            if not is_there and not (type(place) is str and place in keywords):
                raise CandidateError("a change of an argument that it was not given")
            self.changes += 1
            if self.originals is not None:
                original = arguments[place] if is_there else keywords[place]
                self.originals.append((original, deepcopy(original)))
                assign(original, value)
        return result

    @contextmanager
    def written_back(self) -> Iterator[None]:
        """In the block a call that changes its arguments changes the examiner's own, as in a notebook.

        They are what they were after it: other tests do not depend on it.
        """
        self.originals = []
        try:
            yield
        finally:
            originals, self.originals = self.originals, None
            for changed, before in reversed(originals):
                assign(changed, before)

    def told(self, function: str, *arguments: Any) -> bool:
        """What one of the candidate's `FUNCTIONS` says, as yes or no."""
        answer = self.apply(function, *arguments)
        if type(answer) is not bool:
            raise CandidateError("an answer that is neither yes nor no")
        return answer

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
            able, space, kind = reference.text.partition(" ")
            if not space:  # it tells no abilities
                able, kind = "0", reference.text
            return proxy_class(abilities(able), kind)(self, reference.number, kind)
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


def assign(old: Any, new: Any) -> None:
    """Make a list, a dict or an array what `new` is, without making another; as far as that can be."""
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if (old.shape, old.dtype) == (new.shape, new.dtype) and old.flags.writeable:
            old[...] = new
    elif isinstance(old, list) and isinstance(new, list):
        same = [_assigned(*pair) for pair in zip(old, new, strict=False)]
        old[:] = [*same, *new[len(same) :]]
    elif isinstance(old, dict) and isinstance(new, dict):
        items = {key: _assigned(old.get(key), value) for key, value in new.items()}
        old.clear()
        old.update(items)
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for pair in zip(old, new, strict=False):
            assign(*pair)


def _assigned(old: Any, new: Any) -> Any:
    """`old` with the content of `new` where it can have it, else `new`."""
    if type(old) is not type(new) or not isinstance(old, list | dict | tuple | np.ndarray):
        return new
    if isinstance(old, np.ndarray) and (old.shape, old.dtype) != (new.shape, new.dtype):
        return new
    if isinstance(old, tuple) and len(old) != len(new):
        return new
    assign(old, new)
    return old


class Proxy:
    """An object of the student's that stays with the candidate; what can be done with it is a question.

    Its class has the operations (`OPERATIONS`) that the candidate says the object's class has.
    """

    __slots__ = ("_ask", "_kind", "_length", "_number")

    def __init__(self, ask: Conversation, number: int, kind: str) -> None:
        for name, value in (("_ask", ask), ("_number", number), ("_kind", kind), ("_length", None)):
            object.__setattr__(self, name, value)

    def __getattribute__(self, name: str) -> Any:
        if name in ABILITIES or name in INNER:
            return object.__getattribute__(self, name)
        if name.startswith("__") and name not in (*TEXTS, *ASKED):
            refusal = ProxyError if name in ("__signature__", "__wrapped__") else NotLookedAtError
            raise refusal(f"{name} of a student's object is not looked at")
        value = object.__getattribute__(self, "_ask").apply("attribute", self, name)
        if name in TEXTS and not isinstance(value, str | None):
            raise NotLookedAtError(f"{name} is no text")
        return value

    def __dir__(self) -> list[str]:
        names = object.__getattribute__(self, "_ask").apply("names", self)
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

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
    __reduce_ex__ = __reduce__ = _refuse("copied")


def _called(self: Proxy, *arguments: Any, **keywords: Any) -> Any:
    return object.__getattribute__(self, "_ask").call(self, arguments, keywords)


def _iterated(self: Proxy) -> Any:
    iterator = object.__getattribute__(self, "_ask").apply("iterate", self)
    if not isinstance(iterator, Proxy) or "__next__" not in vars(type(iterator)):
        raise CandidateError("an iterator that is none")
    length = object.__getattribute__(self, "_length")
    return iterator if length is None else _counted(iterator, length)


def _next(self: Proxy) -> Any:
    return object.__getattribute__(self, "_ask").apply("next", self)


def _measured(self: Proxy) -> int:
    length = object.__getattribute__(self, "_ask").apply("length", self)
    if type(length) is not int or length < 0:
        raise CandidateError("a length that is no number")
    object.__setattr__(self, "_length", length)
    return length


def _item(self: Proxy, key: Any) -> Any:
    if isinstance(key, slice):
        return object.__getattribute__(self, "_ask").apply("slice", self, key.start, key.stop, key.step)
    return object.__getattribute__(self, "_ask").apply("getitem", self, key)


SPECIAL: dict[str, Callable[..., Any]] = {
    "__call__": _called,
    "__iter__": _iterated,
    "__next__": _next,
    "__len__": _measured,
    "__getitem__": _item,
}


def _operation(name: str) -> Callable[..., Any]:
    """What a proxy does for one of `ABILITIES`."""
    if name in SPECIAL:
        return SPECIAL[name]
    plain = name.strip("_")
    is_swapped = plain[0] == "r" and f"__{plain[1:]}__" in ABILITIES
    return _operator(plain[1:], swapped=True) if is_swapped else _operator(plain)


OPERATIONS = {name: _operation(name) for name in ABILITIES}


def abilities(told: str) -> frozenset[str]:
    """The operations that a candidate names, as a number of bits."""
    try:
        bits = int(told, 16)
    except ValueError as error:
        raise ProtocolError("abilities that are none") from error
    return frozenset(name for place, name in enumerate(ABILITIES) if bits >> place & 1)


@lru_cache(MOST_KINDS)
def proxy_class(able: frozenset[str], kind: str) -> type[Proxy]:
    """The class of proxies for objects of a student's class of this name, which have these operations."""
    members = {name: OPERATIONS[name] for name in able}
    return type(kind.replace("\0", ""), (Proxy,), {"__slots__": (), **members})


def has(value: Any, name: str) -> bool:
    """`hasattr` for tests: of a proxy it is asked."""
    if isinstance(value, Proxy):
        return object.__getattribute__(value, "_ask").told("has", value, name)
    return hasattr(value, name)


def is_instance(value: Any, kinds: Any) -> bool:
    """`isinstance` for tests: of a proxy, and of a student's class, it is asked."""
    if isinstance(kinds, tuple | UnionType):
        each_kind = kinds if isinstance(kinds, tuple) else get_args(kinds)
        return any(is_instance(value, each) for each in each_kind)
    if isinstance(kinds, Proxy):
        return object.__getattribute__(kinds, "_ask").told("is_instance", value, kinds)
    if isinstance(value, Proxy) and isinstance(kinds, type):
        asked = object.__getattribute__(value, "_ask")
        return asked.told("is_kind", value, kinds.__module__, kinds.__qualname__)
    return isinstance(value, kinds)


def is_subclass(kind: Any, kinds: Any) -> bool:
    """`issubclass` for tests: of a student's class it is asked."""
    if isinstance(kind, Proxy) or isinstance(kinds, Proxy):
        asked = object.__getattribute__(kind if isinstance(kind, Proxy) else kinds, "_ask")
        if isinstance(kinds, type):
            raise ProxyError("a student's class is asked for the classes of students only")
        return asked.told("is_subclass", kind, kinds)
    return issubclass(kind, kinds)


def strict_all(values: Iterable[Any]) -> bool:
    """`all` for tests: of nothing at all it is not true, or an empty answer would be right."""
    is_empty = True
    for value in values:
        if not value:
            return False
        is_empty = False
    return not is_empty


# What tests use in place of Python's own, which would be true of any proxy, or of nothing.
BUILTINS = {
    **vars(builtins),
    "all": strict_all,
    "hasattr": has,
    "isinstance": is_instance,
    "issubclass": is_subclass,
}
