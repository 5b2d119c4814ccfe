"""Checks of what callers hand over: every message says what is wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def as_numbers(where: str, name: str, values: Any, ndim: int, finite: bool = True) -> np.ndarray:
    """Return ``values`` as a float array with ``ndim`` dimensions that is not empty.

    Raises ``ValueError`` otherwise and, unless ``finite`` is False, for NaN or infinity; ``where`` is the
    function's name and ``name`` the argument's.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{where}: {name} must hold plain numbers in {ndim} dimension(s), but {error}. "
            "Give a NumPy array or nested lists of equal length."
        ) from error
    if array.ndim != ndim or array.size == 0:
        raise ValueError(
            f"{where}: {name} has shape {array.shape}; it must have {ndim} dimension(s) and hold "
            "at least one number."
        )
    if finite and not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise ValueError(
            f"{where}: {name} holds {count} value(s) that are NaN or infinite, which no axis can show. "
            f"Find where they arise, or leave them out with {name}[np.isfinite({name})]."
        )
    return array


def as_points(where: str, points: Any) -> np.ndarray:
    """Return ``points`` as float array of shape (N, 2) or raise ``ValueError``."""
    array = as_numbers(where, "points", points, ndim=2)
    if array.shape[1] != 2:
        raise ValueError(
            f"{where}: points has shape {array.shape}; it must be (N, 2), one row a point. "
            "Choose two columns, for example points[:, :2]."
        )
    return array


def as_classes(where: str, name: str, classes: Any, count: int) -> np.ndarray:
    """Return ``classes`` as ``count`` class numbers from 0 upwards, (count,), or raise ``ValueError``."""
    array = np.asarray(classes)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (count,):
        raise ValueError(
            f"{where}: {name} has shape {array.shape} but there are {count} examples; it must be ({count},), "
            "one class number each. One-hot or probability rows become class numbers by .argmax(axis=1)."
        )
    numbers = array.astype(int) if array.dtype.kind in "biuf" else None
    if numbers is None or (numbers != array).any() or numbers.min() < 0:
        raise ValueError(
            f"{where}: {name} must hold whole class numbers 0, 1, 2, ...; it holds {array.dtype} such as "
            f"{array.flat[0]!r}. Translate names with class_names.index(name)."
        )
    return numbers


def names_for(where: str, name: str, names: Sequence[str] | None, count: int) -> list[str]:
    """Return ``names`` as list of ``count`` strings, the numbers 0, 1, ... when none are given."""
    if names is None:
        return [str(number) for number in range(count)]
    if len(names) != count:
        raise ValueError(f"{where}: {name} has {len(names)} name(s) for {count}; give exactly one for each.")
    return [str(each) for each in names]
