"""The state of an explorer, declared field by field.

A field knows its default, checks a value (from the browser, or from a line that somebody copied) and
describes itself to the browser, which makes the control from it. All values are what JSON can hold; numbers,
texts and arrays of NumPy (and tensors) are taken for what they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_PLAIN = {bool, int, float, str, type(None)}


class StateError(ValueError):
    """A state that an explorer cannot show; the message names the field, the value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One named part of an explorer's state."""

    default: Any
    label: str = ""
    help: str = ""

    kind = ""

    def check(self, name: str, value: Any) -> Any:
        """Return ``value`` in its plain form; raise StateError where it does not fit."""
        return self._checked(name, plain(value))

    def _checked(self, name: str, value: Any) -> Any:
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """Return what the browser needs to make the control."""
        return {"kind": self.kind, "label": self.label, "help": self.help}


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A number in [low, high], shown as a slider with a box for the exact value.

    With ``log=True`` the slider moves by equal factors; it needs low > 0.
    """

    low: float
    high: float
    step: float = 0.1
    digits: int = 2
    unit: str = ""
    log: bool = False

    kind = "number"

    def _checked(self, name: str, value: Any) -> Any:
        """Accept any finite number in [low, high]."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
            raise StateError(f"{name} must be a finite number, not {_short(value)}")
        if not self.low <= value <= self.high:
            raise StateError(f"{name} = {_short(value)} lies outside {self.low} … {self.high}")
        return value

    def describe(self) -> dict[str, Any]:
        """Return limits, step, decimals and unit besides the label."""
        names = ("low", "high", "step", "digits", "unit", "log")
        return super().describe() | {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Integer(Number):
    """A whole number in [low, high]."""

    step: float = 1
    digits: int = 0

    def _checked(self, name: str, value: Any) -> Any:
        """Accept whole numbers in [low, high]."""
        return _whole(name, super()._checked(name, value))


@dataclass(frozen=True, kw_only=True)
class Numbers(Number):
    """A vector or matrix of numbers in [low, high], edited one by one. ``default`` gives the shape."""

    kind = "numbers"

    def _checked(self, name: str, value: Any) -> Any:
        """Accept nested lists of the default's shape."""
        return self._check_like(name, plain(self.default), value)

    def _check_like(self, name: str, pattern: Any, value: Any) -> Any:
        if not isinstance(pattern, Sequence):
            return self._check_one(name, value)
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(pattern):
            raise StateError(f"{name} must be a list of {len(pattern)} entries, not {_short(value)}")
        return [self._check_like(f"{name}[{i}]", pattern[i], item) for i, item in enumerate(value)]

    def _check_one(self, name: str, value: Any) -> Any:
        return Number._checked(self, name, value)


@dataclass(frozen=True, kw_only=True)
class Integers(Numbers):
    """A vector or matrix of whole numbers in [low, high]."""

    step: float = 1
    digits: int = 0

    def _check_one(self, name: str, value: Any) -> int:
        return _whole(name, super()._check_one(name, value))


@dataclass(frozen=True, kw_only=True)
class NumberList(Number):
    """A list of at most ``most`` numbers in [low, high]; it may be empty."""

    most: int

    kind = "number list"

    def _checked(self, name: str, value: Any) -> list[float]:
        """Accept a list that is not too long."""
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            raise StateError(f"{name} must be a list of at most {self.most} numbers, not {_short(value)}")
        return [Number._checked(self, f"{name}[{i}]", item) for i, item in enumerate(value)]


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of the keys of ``options``; the values are what people read."""

    options: Mapping[str, str] = field(default_factory=dict)

    kind = "choice"

    def _checked(self, name: str, value: Any) -> str:
        """Accept a key of ``options``."""
        if not isinstance(value, str) or value not in self.options:
            raise StateError(f"{name} must be one of {', '.join(self.options)}, not {_short(value)}")
        return value

    def describe(self) -> dict[str, Any]:
        """Return the options as (key, text) pairs besides the label."""
        return super().describe() | {"options": [list(pair) for pair in self.options.items()]}


@dataclass(frozen=True, kw_only=True)
class Several(Field):
    """Any of the keys of ``options``; the values are (text, palette colour), with an SVG dash pattern if wanted."""

    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    kind = "several"

    def _checked(self, name: str, value: Any) -> list[str]:
        """Accept a list of keys of ``options``; the order of ``options`` is kept and doubles are dropped."""
        if not isinstance(value, (list, tuple)):
            raise StateError(f"{name} must be a list of names, not {_short(value)}")
        unknown = [item for item in value if not isinstance(item, str) or item not in self.options]
        if unknown:
            raise StateError(f"{name} has unknown {unknown[0]!r}; choose among {', '.join(self.options)}")
        return [key for key in self.options if key in value]

    def describe(self) -> dict[str, Any]:
        """Return the options as [key, text, colour, dash] besides the label."""
        return super().describe() | {"options": [[key, *shown] for key, shown in self.options.items()]}


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """Yes or no."""

    kind = "flag"

    def _checked(self, name: str, value: Any) -> bool:
        """Accept True and False."""
        if not isinstance(value, bool):
            raise StateError(f"{name} must be True or False, not {_short(value)}")
        return value


@dataclass(frozen=True, kw_only=True)
class Rows(Field):
    """A table that grows and shrinks: up to ``most`` rows of one number for each of ``columns``."""

    columns: Mapping[str, Number]
    most: int

    kind = "rows"

    def _checked(self, name: str, value: Any) -> list[list[float]]:
        """Accept a list of at most ``most`` rows, each a list of numbers that fit their columns."""
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            raise StateError(f"{name} must be a list of at most {self.most} rows, not {_short(value)}")
        return [self._check_row(f"{name}[{i}]", row) for i, row in enumerate(value)]

    def _check_row(self, name: str, row: Any) -> list[float]:
        if not isinstance(row, (list, tuple)) or len(row) != len(self.columns):
            raise StateError(f"{name} must hold {', '.join(self.columns)}, not {_short(row)}")
        return [
            field._checked(f"{name} {column}", item)
            for (column, field), item in zip(self.columns.items(), row, strict=True)
        ]

    def describe(self) -> dict[str, Any]:
        """Return the columns' limits and the largest number of rows besides the label."""
        columns = {name: field.describe() for name, field in self.columns.items()}
        return super().describe() | {"columns": columns, "most": self.most}


@dataclass(frozen=True, kw_only=True)
class Strokes(Field):
    """Lines drawn by hand on a square: lists of (x, y) points in 0..1, y downwards, rounded to three decimals."""

    most: int = (
        2000  # points together, so that a state stays small enough to be sent at every move of the pen
    )

    kind = "strokes"

    def _checked(self, name: str, value: Any) -> list[list[list[float]]]:
        """Accept at most ``most`` points, in lines of at least one point each."""
        if not isinstance(value, (list, tuple)) or not all(
            isinstance(line, (list, tuple)) and line for line in value
        ):
            raise StateError(f"{name} must be a list of lines of (x, y) points, not {_short(value)}")
        if sum(map(len, value)) > self.most:
            raise StateError(f"{name} has {sum(map(len, value))} points, at most {self.most} are allowed")
        return [[self._point(name, point) for point in line] for line in value]

    def _point(self, name: str, point: Any) -> list[float]:
        if not isinstance(point, (list, tuple)) or len(point) != 2:
            raise StateError(f"{name} must hold points (x, y), not {_short(point)}")
        for value in point:
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise StateError(f"{name} has the coordinate {value!r}; all lie between 0 and 1")
        return [round(value, 3) for value in point]

    def describe(self) -> dict[str, Any]:
        """Return the limit besides the label."""
        return super().describe() | {"most": self.most}


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """One line of text of at most ``most`` characters."""

    most: int

    kind = "text"

    def _checked(self, name: str, value: Any) -> str:
        """Accept a string that is not too long."""
        if not isinstance(value, str):
            raise StateError(f"{name} must be a text, not {_short(value)}")
        if len(value) > self.most:
            raise StateError(f"{name} has {len(value)} characters, at most {self.most} are allowed")
        return value

    def describe(self) -> dict[str, Any]:
        """Return the limit besides the label."""
        return super().describe() | {"most": self.most}


@dataclass(frozen=True, kw_only=True)
class NamedNumbers(Number):
    """Up to ``most`` numbers in [low, high], each with a name of its own."""

    most: int

    kind = "named numbers"

    def _checked(self, name: str, value: Any) -> dict[str, float]:
        """Accept a mapping from names to numbers."""
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise StateError(f"{name} must map names to numbers, not {_short(value)}")
        if len(value) > self.most:
            raise StateError(f"{name} has {len(value)} numbers, at most {self.most} are allowed")
        return {key: Number._checked(self, f"{name}[{key!r}]", number) for key, number in value.items()}


def _whole(name: str, number: float) -> int:
    if number != int(number):
        raise StateError(f"{name} must be a whole number, not {number:g}")
    return int(number)


def _is_finite(number: float) -> bool:
    return isinstance(number, int) or math.isfinite(number)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]} …"


def plain(value: Any) -> Any:
    """Return NumPy's numbers and texts as Python's, and arrays and tuples as lists, at any depth.

    A number of single precision becomes the decimal number that it is written as: 0.1, not 0.10000000149.
    Whatever else there is stays as it is, for a field to refuse.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _PLAIN else plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if not hasattr(value, "__array__"):
        return value
    array = np.asanyarray(value)  # what is masked stays masked
    if array.dtype.kind == "f" or array.dtype.name == "bfloat16":
        exact = array.dtype.itemsize >= 8
        return (array if exact else array.astype(str)).astype(float).tolist()
    return plain(array.tolist())
