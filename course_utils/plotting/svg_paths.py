"""Paths of an SVG picture with the points that can be seen, and no others."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

FINEST = 0.04  # points; a twentieth of a pixel at the size of the notebook
_POLYLINES = re.compile(r"M[-\d.\s LMz]*")
_PIECE = re.compile(r"M([^Mz]*)(z?)")


def lighter(path: str) -> str:
    """Return the path (the ``d`` of an SVG) without points that lie on the line between their neighbours.

    Matplotlib writes a point for every sample and every cell of a contour. A point is dropped where the line
    without it stays within ``FINEST`` (Ramer 1972; Douglas and Peucker 1973). Paths with curves stay as they are.
    """
    if not _POLYLINES.fullmatch(path.strip()):
        return path
    return "".join(_lighter_piece(points, end) for points, end in _PIECE.findall(path))


def _lighter_piece(written: str, end: str) -> str:
    numbers = written.replace("L", " ").split()
    pairs = [f"{x} {y}" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    points = np.array(numbers, dtype=np.float64).reshape(-1, 2)
    return "M" + " ".join(pairs[place] for place in np.flatnonzero(_needed(points))) + end


def _needed(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the points (N, 2) are needed, the ends always."""
    needed = np.zeros(len(points), dtype=bool)
    needed[[0, -1]] = True
    open_spans = [(0, len(points) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        distances = _distances(points[first + 1 : last], points[first], points[last])
        farthest = int(distances.argmax())
        if distances[farthest] > FINEST:
            middle = first + 1 + farthest
            needed[middle] = True
            open_spans += [(first, middle), (middle, last)]
    return needed


def _distances(
    points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far each point is from the straight piece between ``start`` and ``end``."""
    along = end - start
    length = float(along @ along)
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    return np.hypot(*(points - start - share[:, None] * along).T)
