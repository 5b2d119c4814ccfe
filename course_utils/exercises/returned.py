"""Expectations about one value that the student's code returned.

Every method checks one property, raises `AnswerError` with a hint when it does not hold, and returns the
value itself, so that expectations can be chained.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from .results import AnswerError
from .wording import describe, kind_of

Mistakes = Mapping[str, Any]

DTYPE_KINDS = {"float": "f", "integer": "iu", "boolean": "b", "number": "iuf"}


class Returned:
    """What came back from a call (or the value itself), with the words that a message needs.

    `raw` is the untouched value; `label` is the call in words, for example ``neuron([1, 2], 0.5)``;
    `reveals` says whether messages may show the expected value; `count` is told of each property that held.
    """

    def __init__(self, raw: object, label: str, count: Callable[[], None], reveals: bool = True) -> None:
        self.raw = raw
        self._label = label
        self._count = count
        self._reveals = reveals

    @property
    def array(self) -> np.ndarray:
        """The value as a numeric NumPy array; `AnswerError` if it is none."""
        self._refuse_non_values()
        try:
            array = np.asarray(self.raw)
        except Exception:
            raise self._problem(
                "which NumPy cannot read as numbers", "Do all rows have the same length?"
            ) from None
        if array.dtype.kind not in "biufc" and array.dtype.name != "bfloat16":
            raise self._problem(
                f"{kind_of(self.raw)}, not numbers", "Return numbers or an array of numbers.", "is"
            )
        return array

    def is_number(self, hint: str = "") -> Returned:
        """Check that the value is one number (Python's or NumPy's, or an array of shape ())."""
        return self.has_shape((), hint or "Return one number, not an array or a list.")

    def has_shape(self, shape: tuple[int, ...], hint: str = "") -> Returned:
        """Check the shape of the value as an array."""
        self._check_shape(self.array, tuple(shape), hint)
        return self._held()

    def has_dtype(self, dtype: str, hint: str = "") -> Returned:
        """Check the element type: "float", "integer", "boolean", "number" or a name like "float32"."""
        found = self.array.dtype
        right = found.kind in DTYPE_KINDS[dtype] if dtype in DTYPE_KINDS else found == np.dtype(dtype)
        if not right:
            raise AnswerError(f"{self._label} has elements of type {found}, but {dtype} was expected.", hint)
        return self._held()

    def has_type(self, kind: type | tuple[type, ...], hint: str = "") -> Returned:
        """Check the Python type of the value, for example ``str`` or ``list``."""
        if not isinstance(self.raw, kind):
            self._refuse_non_values()
            names = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
            raise AnswerError(f"{self._gave()}, which is {kind_of(self.raw)}; {names} was expected.", hint)
        return self._held()

    def is_finite(self, hint: str = "") -> Returned:
        """Check that no element is NaN or infinite."""
        self._check_finite(self.array, hint)
        return self._held()

    def is_close(
        self, expected: Any, tolerance: float = 1e-5, hint: str = "", mistakes: Mistakes | None = None
    ) -> Returned:
        """Check numbers: same shape, finite, and ``|value - expected| <= tolerance * (1 + |expected|)``.

        `mistakes` maps a hint to the value that a typical mistake gives; the first one that matches decides
        the hint.
        """
        array, expected = self.array, np.asarray(expected)
        if same_numbers(array, expected, tolerance):
            return self._held()
        matching = (text for text, wrong in (mistakes or {}).items() if same_numbers(array, wrong, tolerance))
        mistake = next(matching, "")
        self._check_shape(array, expected.shape, mistake or hint)
        self._check_finite(array, mistake or hint)
        raise AnswerError(
            self._difference(array, expected, tolerance), mistake or hint or "Work this case out by hand."
        )

    def is_equal(self, expected: Any, hint: str = "", mistakes: Mistakes | None = None) -> Returned:
        """Check that a text, a tuple, a list or another plain value is exactly `expected`."""
        self._refuse_non_values()
        if same_things(self.raw, expected):
            return self._held()
        matching = (text for text, wrong in (mistakes or {}).items() if same_things(self.raw, wrong))
        wanted = f", but {describe(expected)} was expected" if self._reveals else ""
        raise AnswerError(f"{self._gave()}{wanted}.", next(matching, "") or hint)

    def is_between(self, low: float, high: float, hint: str = "") -> Returned:
        """Check that every element lies in [low, high]."""
        array = self.array
        self._check_finite(array, hint)
        outside = array[(array < low) | (array > high)]
        if outside.size:
            bounds = (
                f" between {describe(low)} and {describe(high)}"
                if self._reveals
                else " in the possible range"
            )
            raise AnswerError(f"{self._gave()}: {describe(outside.flat[0])} is not{bounds}.", hint)
        return self._held()

    def is_increasing(self, hint: str = "") -> Returned:
        """Check that the elements never go down, along the last axis."""
        return self.satisfies(np.all(np.diff(self.array) >= 0), "the values should never go down", hint)

    def is_decreasing(self, hint: str = "") -> Returned:
        """Check that the elements never go up, along the last axis."""
        return self.satisfies(np.all(np.diff(self.array) <= 0), "the values should never go up", hint)

    def sums_to(
        self, total: float, axis: int | None = None, tolerance: float = 1e-5, hint: str = ""
    ) -> Returned:
        """Check the sum of all elements, or of the elements along `axis`."""
        array = self.array
        self._check_finite(array, hint)
        try:
            sums = np.sum(array, axis=axis)
        except np.exceptions.AxisError:
            raise AnswerError(f"{self._gave()}, which has no axis {axis}.", hint) from None
        wrong = np.atleast_1d(sums)[np.abs(np.atleast_1d(sums) - total) > tolerance]
        if wrong.size:
            raise AnswerError(
                f"{self._gave()}; its sum is {describe(wrong[0])} instead of {describe(total)}.", hint
            )
        return self._held()

    def is_derivative_of(
        self, function: Callable[[Any], Any], at: Any, hint: str = "", mistakes: Mistakes | None = None
    ) -> Returned:
        """Check an element-wise derivative against central differences of `function` at the points `at`."""
        at = np.asarray(at, dtype=float)
        step = 1e-5
        slope = (np.asarray(function(at + step)) - np.asarray(function(at - step))) / (2 * step)
        return self.is_close(slope, tolerance=1e-4, hint=hint, mistakes=mistakes)

    def is_gradient_of(
        self, function: Callable[[Any], float], at: Any, hint: str = "", mistakes: Mistakes | None = None
    ) -> Returned:
        """Check the gradient of a scalar `function` of an array against central differences at `at`."""
        slope = finite_differences(function, np.asarray(at, dtype=float))
        return self.is_close(slope, tolerance=1e-4, hint=hint, mistakes=mistakes)

    def satisfies(self, holds: bool | np.bool_, rule: str, hint: str = "") -> Returned:
        """Check any other property: `holds` is the verdict, `rule` says in words what should be so."""
        if not holds:
            raise AnswerError(f"{self._gave()}, but {rule}.", hint)
        return self._held()

    def unpack(self, *names: str) -> list[Returned]:
        """Split a returned tuple or list into its parts; the names ("loss", "gradient") are for messages."""
        if not isinstance(self.raw, (tuple, list)) or len(self.raw) != len(names):
            self._refuse_non_values()
            raise AnswerError(
                f"{self._gave()}, but {len(names)} results were expected.", f"`return {', '.join(names)}`"
            )
        return [
            Returned(part, f"the {name} of {self._label}", self._count, self._reveals)
            for name, part in zip(names, self.raw, strict=True)
        ]

    def items(self, name: str) -> list[Returned]:
        """Split a returned list of any length into its elements; the name ("batch") is for messages."""
        self.has_type((list, tuple), hint="Collect the results in a list and return the list.")
        return [
            Returned(item, f"the {name} [{place}] of {self._label}", self._count, self._reveals)
            for place, item in enumerate(cast(Sequence[object], self.raw))
        ]

    def _held(self) -> Returned:
        self._count()
        return self

    def _gave(self) -> str:
        verb = "returned" if self._label.endswith(")") and not self._label.startswith("the ") else "is"
        return f"{self._label} {verb} {describe(self.raw)}"

    def _problem(self, what: str, hint: str, verb: str = "") -> AnswerError:
        return AnswerError(f"{self._gave()}, {'which ' + verb + ' ' if verb else ''}{what}.", hint)

    def _refuse_non_values(self) -> None:
        """Raise an `AnswerError` for results that come from a slip rather than from a calculation."""
        if self.raw is None:
            raise AnswerError(f"{self._gave()}.", "Is a `return` missing?")
        if self.raw is Ellipsis:
            raise AnswerError(f"{self._gave()}.", "Replace `...` by your own code.")
        if inspect.isgenerator(self.raw):
            raise AnswerError(
                f"{self._label} gave a generator.", "Hand the result back with `return`, not with `yield`."
            )
        if inspect.iscoroutine(self.raw):
            self.raw.close()
            raise AnswerError(f"{self._label} gave a coroutine.", "Write `def`, not `async def`.")
        if inspect.isroutine(self.raw):
            raise AnswerError(
                f"{self._gave()}, a function.", "Call the function, with brackets, to get its value."
            )

    def _check_shape(self, array: np.ndarray, shape: tuple[int, ...], hint: str) -> None:
        if array.shape == shape:
            return
        wanted = "one number, shape ()" if shape == () else f"shape {shape}"
        found = f"{self._gave()}, of shape {array.shape}" if array.size <= 12 else self._gave()
        wanted_words = (
            f"; {wanted} was expected" if self._reveals else ", which does not have the right shape"
        )
        raise AnswerError(
            f"{found}{wanted_words}.",
            hint or "Check which axis is summed over, and the order of the product.",
        )

    def _check_finite(self, array: np.ndarray, hint: str) -> None:
        if np.isnan(array).any():
            default = (
                "NaN comes from 0/0, from infinity minus infinity or from the logarithm of a negative number."
            )
            raise AnswerError(f"{self._gave()}: it contains NaN (not a number).", hint or default)
        if np.isinf(array).any():
            default = "Infinity comes from a division by zero, log(0) or an exponential of a large number."
            raise AnswerError(f"{self._gave()}: it contains infinity.", hint or default)

    def _difference(self, array: np.ndarray, expected: np.ndarray, tolerance: float) -> str:
        """Return what came back beside what was expected, of a large array the first wrong element."""
        if not self._reveals:
            return f"{self._gave()}, which is not right."
        if array.size <= 12:
            return f"{self._gave()}, but {describe(expected)} was expected."
        wrong = ~np.isclose(array, expected, rtol=tolerance, atol=tolerance)
        place = tuple(int(index) for index in np.argwhere(wrong)[0])
        where = f"[{', '.join(map(str, place))}]"
        there = f"at {where} it is {describe(array[place])}, but {describe(expected[place])} was expected"
        return f"{self._gave()}: {there} ({wrong.sum()} of {wrong.size} elements differ)."


def same_numbers(found: np.ndarray, wanted: Any, tolerance: float) -> bool:
    """Tell whether two arrays have one shape and agree within `tolerance` (NaN agrees with nothing)."""
    wanted = np.asarray(wanted)
    return found.shape == wanted.shape and np.allclose(found, wanted, rtol=tolerance, atol=tolerance)


_ABSENT = object()


def same_things(found: object, wanted: object) -> bool:
    """Tell whether two plain values are equal; lists and tuples are compared item by item."""
    if isinstance(found, np.ndarray) or isinstance(wanted, np.ndarray):
        return np.array_equal(np.asarray(found), np.asarray(wanted))
    if isinstance(found, (list, tuple)) and type(found) is type(wanted):
        pairs = itertools.zip_longest(found, cast(Sequence[object], wanted), fillvalue=_ABSENT)
        return all(same_things(*pair) for pair in pairs)
    try:
        return bool(found == wanted)
    except Exception:
        return False


def finite_differences(
    function: Callable[[np.ndarray], float], at: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Return the gradient of a scalar function at `at`, by central differences, one element at a time."""
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        ahead, behind = at.copy(), at.copy()
        ahead[index] += step
        behind[index] -= step
        gradient[index] = (float(function(ahead)) - float(function(behind))) / (2 * step)
    return gradient
