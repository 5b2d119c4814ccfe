"""Expectations about one value that the student's code returned.

Every method checks one property, raises `AnswerError` with a hint when it does not hold, and returns the
value itself, so that expectations can be chained.
"""

from __future__ import annotations

import inspect
import itertools
from collections import deque
from collections.abc import Callable, KeysView, Mapping, Sequence, ValuesView
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, cast

import numpy as np

from .results import AnswerError
from .wording import describe, kind_of

Mistakes = Mapping[str, Any]

DTYPE_KINDS = {"float": "f", "integer": "iu", "boolean": "b", "number": "iuf"}
AXIS_HINT = "Check which axis is summed over, and the order of the product."
ONE_NUMBER = "Return one number, not an array or a list."
TUPLE_HINTS = (
    "A comma at the end of a line makes a tuple: leave it out.",
    "One result is asked for; commas behind `return` made {} of it.",
)
TYPE_WORDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "True or False"}


class Returned:
    """What came back from a call (or the value itself), with the words that a message needs.

    `raw` is the untouched value; `label` is the call in words, for example ``neuron([1, 2], 0.5)``;
    `reveals` says whether messages may show the expected value; `count` is told of each property that held.
    `torn` is what to say if this is a row of one array that was taken for several results, and does not fit.
    """

    def __init__(
        self,
        raw: object,
        label: str,
        count: Callable[[], None],
        reveals: bool = True,
        torn: AnswerError | None = None,
    ) -> None:
        self.raw = raw
        self._label = label
        self._count = count
        self._reveals = reveals
        self._torn = torn

    @property
    def array(self) -> np.ndarray:
        """The value as a numeric NumPy array; `AnswerError` if it is none."""
        self._refuse_non_values()
        try:
            array = with_plain_numbers(np.asarray(self.raw))
        except Exception:
            rows = "Do all rows have the same length?"
            hint = TUPLE_HINTS[1].format(len(self.raw)) if isinstance(self.raw, tuple) else rows
            raise self._problem("which NumPy cannot read as numbers", hint) from None
        if array.dtype.kind == "c":
            if np.any(array.imag):
                raise self._problem(
                    "complex numbers", "A root or power of a negative number is complex.", "has"
                )
            return array.real
        if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
            raise self._problem(
                f"{kind_of(self.raw)}, not numbers", "Return numbers or an array of numbers.", "is"
            )
        return array

    def is_number(self, hint: str = "") -> Returned:
        """Check that the value is one number (Python's or NumPy's, or an array of shape ())."""
        return self.has_shape((), hint or ONE_NUMBER)

    def has_shape(self, shape: tuple[int, ...], hint: str = "") -> Returned:
        """Check the shape of the value as an array."""
        self._check_shape(self.array, tuple(shape), self._bracket_hint(tuple(shape)) or hint)
        return self._held()

    def has_dtype(self, dtype: str, hint: str = "") -> Returned:
        """Check the element type: "float", "integer", "boolean", "number" or a name like "float32"."""
        found = self.array.dtype
        right = found.kind in DTYPE_KINDS[dtype] if dtype in DTYPE_KINDS else found == np.dtype(dtype)
        if not right:
            raise AnswerError(f"{self._label} has elements of type {found}, but {dtype} was expected.", hint)
        return self._held()

    def has_type(self, kind: type | tuple[type, ...], hint: str = "") -> Returned:
        """Check the Python type of the value, for example ``str`` or ``list``.

        For ``int``, ``float`` and ``bool`` NumPy's numbers and arrays of shape () are as good as Python's; True
        and False are no whole numbers.
        """
        kinds = kind if isinstance(kind, tuple) else (kind,)
        plain = as_plain(self.raw)
        if not isinstance(plain, kinds) or (isinstance(plain, bool) and bool not in kinds):
            self._refuse_non_values()
            names = " or ".join(TYPE_WORDS.get(each, each.__name__) for each in kinds)
            given = self._gave(str(plain) if isinstance(plain, float) else None)
            raise AnswerError(f"{given}, which is {kind_of(plain)}; {names} was expected.", hint)
        return self._held()

    def is_finite(self, hint: str = "") -> Returned:
        """Check that no element is NaN or infinite."""
        self._check_finite(self._filled(), hint)
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
        self._check_shape(array, expected.shape, mistake or self._bracket_hint(expected.shape) or hint)
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
        array = self._filled()
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
        return self.satisfies(np.all(np.diff(self._filled()) >= 0), "the values should never go down", hint)

    def is_decreasing(self, hint: str = "") -> Returned:
        """Check that the elements never go up, along the last axis."""
        return self.satisfies(np.all(np.diff(self._filled()) <= 0), "the values should never go up", hint)

    def sums_to(
        self, total: float, axis: int | None = None, tolerance: float = 1e-5, hint: str = ""
    ) -> Returned:
        """Check the sum of all elements, or of the elements along `axis`."""
        array = self._filled()
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
        """Split a returned tuple, list or array into its parts; the names ("loss", "gradient") are for messages."""
        parts = listed(self.raw)
        problem = AnswerError(
            f"{self._gave()}, but {len(names)} results were expected.", f"`return {', '.join(names)}`"
        )
        if parts is None or len(parts) != len(names):
            self._refuse_non_values()
            raise problem
        torn = None if isinstance(self.raw, (list, tuple)) else problem
        return [
            Returned(part, f"the {name} of {self._label}", self._count, self._reveals, torn)
            for name, part in zip(names, parts, strict=True)
        ]

    def items(self, name: str, hint: str = "") -> list[Returned]:
        """Split a returned list of any length into its elements; the name ("batch") is for messages.

        A tuple or another row of things will do, but not one row of numbers.
        """
        parts = listed(self.raw)
        if parts is None or is_row_of_numbers(self.raw):
            self._refuse_non_values()
            raise AnswerError(
                f"{self._gave()}, which is {kind_of(self.raw)}; a list was expected.",
                hint or "Collect the results in a list and return the list.",
            )
        self._count()
        return [
            Returned(item, f"the {name} [{place}] of {self._label}", self._count, self._reveals)
            for place, item in enumerate(parts)
        ]

    def _filled(self) -> np.ndarray:
        """Return the value as an array; of an empty one everything would hold."""
        array = self.array
        if not array.size:
            raise AnswerError(f"{self._gave()}, which is empty.", "Where do the numbers get lost?")
        return array

    def _held(self) -> Returned:
        self._count()
        return self

    def _gave(self, value: str | None = None) -> str:
        verb = "returned" if self._label.endswith(")") and not self._label.startswith("the ") else "is"
        return f"{self._label} {verb} {value or describe(self.raw)}"

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
        if self._torn:
            raise self._torn
        wanted = "one number, shape ()" if shape == () else f"shape {shape}"
        found = f"{self._gave()}, of shape {array.shape}" if array.size <= 12 else self._gave()
        wanted_words = (
            f"; {wanted} was expected" if self._reveals else ", which does not have the right shape"
        )
        raise AnswerError(f"{found}{wanted_words}.", hint or self._shape_hint(shape))

    def _shape_hint(self, shape: tuple[int, ...]) -> str:
        if not isinstance(self.raw, (tuple, list)):
            return AXIS_HINT
        return ONE_NUMBER if shape == () else "Compare the number of rows and columns with what is asked for."

    def _bracket_hint(self, shape: tuple[int, ...]) -> str:
        """Return what to say where brackets or commas stand around the result, or "" where it is something else."""
        parts = self.raw if isinstance(self.raw, (tuple, list)) else ()
        if not any(np.shape(cast(Any, as_plain(part))) == shape for part in parts):
            return ""
        if isinstance(parts, tuple):
            return TUPLE_HINTS[len(parts) > 1].format(len(parts))
        return "Return the result itself, without a list around it." if len(parts) == 1 else ""

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
        wrong = ~agreeing(array, expected, tolerance)
        place = tuple(int(index) for index in np.argwhere(wrong)[0])
        where = f"[{', '.join(map(str, place))}]"
        there = f"at {where} it is {describe(array[place])}, but {describe(expected[place])} was expected"
        return f"{self._gave()}: {there} ({wrong.sum()} of {wrong.size} elements differ)."


def is_array_like(value: object) -> bool:
    """Tell whether NumPy knows a value as an array or as one of its numbers: its own, tensors, memory views."""
    return hasattr(value, "__array__") or isinstance(value, memoryview)


def as_plain(value: object) -> object:
    """Return NumPy's and TensorFlow's single numbers as Python's, and everything else as it is."""
    if isinstance(value, (bool, int, float, str)) or not is_array_like(value):
        return value
    array = np.asarray(value)
    return array.item() if array.shape == () else value


def listed(value: object) -> list[object] | None:
    """Return the elements of a list, a tuple, an array or another row of things; None for everything else."""
    if isinstance(value, (list, tuple, deque, KeysView, ValuesView)):
        return list(value)
    array = np.asarray(value if is_array_like(value) else None)
    return list(array) if array.ndim else None


def is_row_of_numbers(value: object) -> bool:
    """Tell whether a value is one array of numbers rather than a list of things."""
    array = np.asarray(value if is_array_like(value) else None)
    return array.ndim == 1 and array.dtype.kind in "biufc"


def with_plain_numbers(array: np.ndarray) -> np.ndarray:
    """Return an array of Python's numbers (fractions, decimals, huge integers, ...) as one of NumPy's."""
    if array.dtype != object:
        return array
    items = [as_plain(item) for item in array.flat]
    if not all(isinstance(item, (Real, Decimal)) for item in items):
        return array
    whole = items and all(isinstance(item, Integral) and abs(int(item)) < 2**63 for item in items)
    return np.array(items, dtype="int64" if whole else float).reshape(array.shape)


def same_numbers(found: np.ndarray, wanted: Any, tolerance: float) -> bool:
    """Tell whether two arrays have one shape and agree within `tolerance` (NaN agrees with nothing)."""
    wanted = np.asarray(wanted)
    return found.shape == wanted.shape and bool(np.all(agreeing(found, wanted, tolerance)))


def agreeing(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> np.ndarray:
    """Tell element by element what agrees; a large whole number is no other one, however near they are."""
    near = np.isclose(found, wanted, rtol=tolerance, atol=tolerance)
    return near & (np.abs(found - wanted) < 0.5) if wanted.dtype.kind in "iu" else near


_ABSENT = object()


def same_things(found: object, wanted: object) -> bool:
    """Tell whether two plain values are equal; lists and tuples are compared item by item."""
    found, wanted = as_plain(found), as_plain(wanted)
    if is_array_like(found) or is_array_like(wanted):
        return np.array_equal(np.asarray(found), np.asarray(wanted))
    if isinstance(found, bool) is not isinstance(wanted, bool):
        return False
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
