"""Random numbers that the browser makes as well, the twin of ``static/engine/random.js``.

The generator is mulberry32: it needs 32-bit integers only, and any number of its sequence can be had at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MASK = 0xFFFFFFFF


def uniform(start: int, places: ArrayLike) -> NDArray:
    """Return the numbers in [0, 1) at ``places`` (any shape, whole numbers) of the sequence from ``start``."""
    with np.errstate(over="ignore"):  # wrapping around is what the generator does
        t = np.uint32(start & _MASK) + (np.asarray(places) & _MASK).astype(np.uint32) * np.uint32(0x6D2B79F5)
        t = (t ^ (t >> np.uint32(15))) * (t | np.uint32(1))
        t = t ^ (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61)))
    return (t ^ (t >> np.uint32(14))) / 2**32


def start_of(seed: int, stream: int) -> int:
    """Return where the sequence number ``stream`` of a seed begins."""
    return (seed * 0x9E3779B9 + stream * 0x85EBCA6B) & _MASK


def shuffled(count: int, start: int, place: int = 0) -> NDArray:
    """Return 0 … count - 1 in random order (Fisher & Yates), from the random numbers after ``place``."""
    partners = (
        np.floor(uniform(start, place + np.arange(count)) * np.arange(1, count + 1)).astype(int).tolist()
    )
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = partners[i]
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)
