"""The state of an explorer, declared field by field.

A field knows its default, checks a value (from the browser, or from a line that somebody copied) and
describes itself to the browser, which makes the control from it. All values are what JSON can hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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

    def check(self, name: str, value: Any) -> Any:
        """Accept any finite number in [low, high]."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise StateError(f"{name} must be a finite number, not {value!r}")
        if not self.low <= value <= self.high:
            raise StateError(f"{name} = {value} lies outside {self.low} … {self.high}")
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

    def check(self, name: str, value: Any) -> Any:
        """Accept whole numbers in [low, high]."""
        return _whole(name, super().check(name, value))


@dataclass(frozen=True, kw_only=True)
class Numbers(Number):
    """A vector or matrix of numbers in [low, high], edited one by one. ``default`` gives the shape."""

    kind = "numbers"

    def check(self, name: str, value: Any) -> Any:
        """Accept nested lists of the default's shape."""
        return self._check_like(name, self.default, value)

    def _check_like(self, name: str, pattern: Any, value: Any) -> Any:
        if not isinstance(pattern, Sequence):
            return self._check_one(name, value)
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(pattern):
            raise StateError(f"{name} must be a list of {len(pattern)} entries, not {value!r}")
        return [self._check_like(f"{name}[{i}]", pattern[i], item) for i, item in enumerate(value)]

    def _check_one(self, name: str, value: Any) -> Any:
        return Number.check(self, name, value)


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

    def check(self, name: str, value: Any) -> list[float]:
        """Accept a list that is not too long."""
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            raise StateError(f"{name} must be a list of at most {self.most} numbers, not {str(value)[:60]}")
        return [Number.check(self, f"{name}[{i}]", item) for i, item in enumerate(value)]


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of the keys of ``options``; the values are what people read."""

    options: Mapping[str, str] = field(default_factory=dict)

    kind = "choice"

    def check(self, name: str, value: Any) -> str:
        """Accept a key of ``options``."""
        if not isinstance(value, str) or value not in self.options:
            raise StateError(f"{name} must be one of {', '.join(self.options)}, not {value!r}")
        return value

    def describe(self) -> dict[str, Any]:
        """Return the options as (key, text) pairs besides the label."""
        return super().describe() | {"options": [list(pair) for pair in self.options.items()]}


@dataclass(frozen=True, kw_only=True)
class Several(Field):
    """Any of the keys of ``options``; the values are (text, palette colour), with an SVG dash pattern if wanted."""

    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    kind = "several"

    def check(self, name: str, value: Any) -> list[str]:
        """Accept a list of keys of ``options``; the order of ``options`` is kept and doubles are dropped."""
        if not isinstance(value, (list, tuple)):
            raise StateError(f"{name} must be a list of names, not {value!r}")
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

    def check(self, name: str, value: Any) -> bool:
        """Accept True and False."""
        if not isinstance(value, bool):
            raise StateError(f"{name} must be True or False, not {value!r}")
        return value


@dataclass(frozen=True, kw_only=True)
class Rows(Field):
    """A table that grows and shrinks: up to ``most`` rows of one number for each of ``columns``."""

    columns: Mapping[str, Number]
    most: int

    kind = "rows"

    def check(self, name: str, value: Any) -> list[list[float]]:
        """Accept a list of at most ``most`` rows, each a list of numbers that fit their columns."""
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            raise StateError(f"{name} must be a list of at most {self.most} rows, not {value!r}")
        return [self._check_row(f"{name}[{i}]", row) for i, row in enumerate(value)]

    def _check_row(self, name: str, row: Any) -> list[float]:
        if not isinstance(row, (list, tuple)) or len(row) != len(self.columns):
            raise StateError(f"{name} must hold {', '.join(self.columns)}, not {row!r}")
        return [
            field.check(f"{name} {column}", item)
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

    def check(self, name: str, value: Any) -> list[list[list[float]]]:
        """Accept at most ``most`` points, in lines of at least one point each."""
        if not isinstance(value, (list, tuple)) or not all(
            isinstance(line, (list, tuple)) and line for line in value
        ):
            raise StateError(f"{name} must be a list of lines of (x, y) points, not {str(value)[:60]}")
        if sum(map(len, value)) > self.most:
            raise StateError(f"{name} has {sum(map(len, value))} points, at most {self.most} are allowed")
        return [[self._point(name, point) for point in line] for line in value]

    def _point(self, name: str, point: Any) -> list[float]:
        if not isinstance(point, (list, tuple)) or len(point) != 2:
            raise StateError(f"{name} must hold points (x, y), not {str(point)[:60]}")
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

    def check(self, name: str, value: Any) -> str:
        """Accept a string that is not too long."""
        if not isinstance(value, str):
            raise StateError(f"{name} must be a text, not {str(value)[:60]}")
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

    def check(self, name: str, value: Any) -> dict[str, float]:
        """Accept a mapping from names to numbers."""
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise StateError(f"{name} must map names to numbers, not {str(value)[:60]}")
        if len(value) > self.most:
            raise StateError(f"{name} has {len(value)} numbers, at most {self.most} are allowed")
        return {key: Number.check(self, f"{name}[{key!r}]", number) for key, number in value.items()}


def _whole(name: str, number: float) -> int:
    if number != int(number):
        raise StateError(f"{name} must be a whole number, not {number!r}")
    return int(number)
