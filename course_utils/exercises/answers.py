"""The student's answer as a check sees it: something to call, to build or to read."""

from __future__ import annotations

import copy
import inspect
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .results import AnswerError
from .returned import Mistakes, Returned, same_things
from .student_code import Printed, run
from .wording import describe_call, kind_of


class Answer:
    """A function, a class or a value that the student hands to `check`.

    Arguments are always passed as copies, and a function that changes them is told so, unless the exercise
    was declared with ``in_place=True``. `rng` is a random generator with a fixed seed (the exercise's id).
    """

    def __init__(self, subject: Any, name: str, seed: str, in_place: bool = False) -> None:
        self.name = name
        self.rng = np.random.default_rng(zlib.crc32(seed.encode()))
        self.printed = Printed()
        self.checks_passed = 0
        self._subject = subject
        self._in_place = in_place

    @property
    def value(self) -> Returned:
        """The answer itself (kind "value"); messages never show the expected value."""
        return Returned(self._subject, f"`{self.name}`", self.count, reveals=False)

    def count(self) -> None:
        """Note that one more check has held."""
        self.checks_passed += 1

    @contextmanager
    def as_one_check(self) -> Iterator[None]:
        """Count all the checks of a ``with`` block as one."""
        checks_before = self.checks_passed
        yield
        self.checks_passed = checks_before + 1

    def __call__(self, *arguments: Any) -> Returned:
        """Call the student's function with copies of `arguments`."""
        return self._call(self._subject, self.name, arguments)

    def build(self, *arguments: Any) -> Built:
        """Make an object of the student's class."""
        made = self._call(self._subject, self.name, arguments)
        return Built(self, made.raw)

    def agrees_with(
        self,
        reference: Callable[..., Any],
        shapes: Sequence[tuple[int, ...]] | None = None,
        inputs: Callable[[np.random.Generator], tuple[Any, ...]] | None = None,
        times: int = 5,
        tolerance: float = 1e-5,
        hint: str = "",
        mistakes: Mistakes | None = None,
    ) -> None:
        """Check that the function gives what `reference` gives on `times` random inputs.

        Either `shapes` (one normal random array an argument, ``()`` for a number) or `inputs` (makes a tuple
        of arguments from a random generator). `mistakes` maps a hint to a function that makes the typical
        mistake.
        """
        with self.as_one_check():
            for _ in range(times):
                arguments = (
                    inputs(self.rng) if inputs else tuple(normal(self.rng, shape) for shape in shapes or ())
                )
                wrong = {text: function(*arguments) for text, function in (mistakes or {}).items()}
                self(*arguments).is_close(reference(*arguments), tolerance, hint, wrong)

    def is_elementwise(self, example: Any, hint: str = "") -> None:
        """Check that the function takes a whole array and treats each element by itself."""
        example = np.asarray(example, dtype=float)
        with self.as_one_check():
            together = self(example)
            one_by_one = np.reshape([self(float(z)).is_number().array for z in example.flat], example.shape)
            together.is_close(
                one_by_one, hint=hint or "Use NumPy functions, which work on every element of an array."
            )

    def draws_from_generator(self, arguments: Callable[[np.random.Generator], tuple[Any, ...]]) -> None:
        """Check that all chance comes from the random generator that is handed over.

        `arguments` makes a tuple of arguments from a generator. Generators with equal seeds must give equal
        results, and one generator must give something else at the second call. Choose arguments for which
        chance hardly ever repeats itself.
        """
        seed = int(self.rng.integers(2**32))
        one, twin = np.random.default_rng(seed), np.random.default_rng(seed)
        with self.as_one_check():
            first, again = self(*arguments(one)), self(*arguments(twin))
            again.satisfies(
                same_things(first.raw, again.raw),
                "with a generator of the same seed it was something else before",
                "Take all random numbers from the generator that is handed over; then a run can be repeated.",
            )
            second = self(*arguments(one))
            second.satisfies(
                not same_things(first.raw, second.raw),
                "that is exactly the result of the call before",
                "Draw from the generator that is handed over, and make none inside: each call must be new chance.",
            )

    def _call(self, function: Any, name: str, arguments: tuple[Any, ...]) -> Returned:
        self._refuse_uncallable(function, name)
        label = describe_call(name, arguments)
        check_arity(function, name, arguments)
        passed = tuple(copied(argument) for argument in arguments)
        returned = run(function, passed, label, self.printed)
        if not self._in_place:
            refuse_changes(function, label, passed, arguments)
        return Returned(returned, label, self.count)

    def _refuse_uncallable(self, function: Any, name: str) -> None:
        if not callable(function):
            raise AnswerError(
                f"A function was expected as `{name}`, but this is {kind_of(function)}.",
                f"Hand over the function itself, without calling it: check(..., {name}).",
            )


class Built:
    """An object of the student's class, as a check sees it."""

    def __init__(self, answer: Answer, instance: Any) -> None:
        self._answer = answer
        self._instance = instance

    def call(self, method: str, *arguments: Any) -> Returned:
        """Call a method with copies of `arguments`."""
        function = self._find(method, "method")
        return self._answer._call(function, f"{self._answer.name}.{method}", arguments)

    def attribute(self, name: str) -> Returned:
        """Read an attribute."""
        return Returned(self._find(name, "attribute"), f"`{self._answer.name}.{name}`", self._answer.count)

    def _find(self, name: str, kind: str) -> Any:
        label = f"{self._answer.name}.{name}"
        if not hasattr(type(self._instance), name) and name not in vars_of(self._instance):
            raise AnswerError(
                f"{self._answer.name} has no {kind} `{name}`.", f"Define `{name}` in your class."
            )
        return run(getattr, (self._instance, name), label, self._answer.printed)


def vars_of(instance: Any) -> dict[str, Any]:
    return getattr(instance, "__dict__", {})


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return normal random numbers: a float for shape (), else an array."""
    return float(rng.normal()) if shape == () else rng.normal(size=shape)


def copied(argument: Any) -> Any:
    """Return a copy of plain data; functions, models and tensors are passed as they are."""
    return copy.deepcopy(argument) if isinstance(argument, (np.ndarray, list, dict, tuple, set)) else argument


def refuse_changes(function: Any, label: str, passed: tuple[Any, ...], originals: tuple[Any, ...]) -> None:
    """Raise an `AnswerError` that names the first argument which the function changed."""
    for place, (after, before) in enumerate(zip(passed, originals, strict=True)):
        if not unchanged(after, before):
            name = parameter_name(function, place)
            hint = f"Work on a copy, or write `{name} = {name} + 1`: `{name} += 1` changes the original."
            if not isinstance(before, np.ndarray):
                hint = (
                    f"`pop`, `append`, `sort` and `{name}[0] = ...` change what was handed over. Work on a copy: "
                    f"`{name} = {type(before).__name__}({name})`."
                )
            raise AnswerError(f"{label} changed its argument `{name}`, which belongs to the caller.", hint)


def parameter_name(function: Any, place: int) -> str:
    signature = signature_of(function)
    names = list(signature.parameters) if signature else [f"number {place + 1}"]
    return names[min(place, len(names) - 1)]


def signature_of(function: Any) -> inspect.Signature | None:
    """Return the signature of a callable, or None for the few built-in ones that tell none."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def unchanged(passed: Any, original: Any) -> bool:
    """Tell whether plain data is still what it was before the call."""
    if isinstance(original, np.ndarray):
        same_form = passed.shape == original.shape and passed.dtype == original.dtype
        return same_form and bool(np.array_equal(passed, original, equal_nan=original.dtype.kind in "fc"))
    if isinstance(original, (list, tuple)):
        return len(passed) == len(original) and all(map(unchanged, passed, original))
    if isinstance(original, dict):
        return passed.keys() == original.keys() and all(
            unchanged(passed[key], original[key]) for key in original
        )
    return passed is original or passed == original


def check_arity(function: Any, name: str, arguments: tuple[Any, ...]) -> None:
    """Raise an `AnswerError` if the function cannot be called with that many arguments."""
    signature = signature_of(function)
    if signature is None:
        return
    try:
        signature.bind(*arguments)
    except TypeError:
        number = f"{len(arguments)} argument{'' if len(arguments) == 1 else 's'}"
        raise AnswerError(
            f"`{name}` should take {number}, but yours is defined as {name}{signature}.",
            "Keep the first line of the exercise as it was given.",
        ) from None
