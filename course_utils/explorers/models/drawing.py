"""From strokes to the picture that a network sees: cropped, fitted into a box, centred by mass, as MNIST was made.

(LeCun, Bottou, Bengio & Haffner 1998: digits fitted into a box of 20 of 28 pixels, their centre of mass in the
middle.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Stroke = Sequence[Sequence[float]]

_BOX_SHARE = 0.73  # 20 of 28 pixels in MNIST, 15 of 20 in the course's digits
_AT_ONCE = 256  # segments whose distances are held in memory together


def usual_box(shape: tuple[int, int]) -> int:
    """Return the side in pixels of the box into which drawings are fitted, for pictures of ``shape``."""
    return round(_BOX_SHARE * min(shape))


def rasterize(
    strokes: Sequence[Stroke], pen: float, shape: tuple[int, int] = (20, 20), box: int | None = None
) -> NDArray[np.float32]:
    """Return the picture of the strokes: ``shape``, 0 (paper) to 1 (ink).

    Args:
        strokes: lines of (x, y) points in 0..1, y downwards; a stroke of one point is a dot.
        pen: width of the round pen as a share of the pad.
        shape: height and width of the picture in pixels.
        box: the longer side of the ink fills this many pixels; default ``usual_box(shape)``.
    """
    if not strokes:
        return np.zeros(shape, dtype=np.float32)
    segments = _segments(strokes)
    low, high = segments.min(axis=(0, 1)) - pen / 2, segments.max(axis=(0, 1)) + pen / 2
    scale = (box or usual_box(shape)) / (high - low).max()
    half, middle = (high - low) / 2 * scale, np.array(shape[::-1]) / 2
    segments = (segments - (low + high) / 2) * scale + middle
    shift = middle - _centre_of_mass(_ink(segments, pen * scale, shape))
    room = np.maximum(middle - half, 0)  # no ink leaves the frame
    return _ink(segments + np.clip(shift, -room, room), pen * scale, shape)


def ink_as_drawn(strokes: Sequence[Stroke], pen: float, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the picture of the strokes, ``shape``, 0 to 1, where they lie: the pad's side is the picture's width."""
    if not strokes:
        return np.zeros(shape, dtype=np.float32)
    return _ink(_segments(strokes) * shape[1], pen * shape[1], shape)


def _segments(strokes: Sequence[Stroke]) -> NDArray[np.float64]:
    """Return the straight pieces of all strokes, (S, 2 ends, 2 coordinates); a dot is a piece of length 0."""
    pieces = []
    for stroke in strokes:
        points = np.asarray(stroke, dtype=np.float64)
        ends = points[1:] if len(points) > 1 else points
        pieces.append(np.stack([points[: len(ends)], ends], axis=1))
    return np.concatenate(pieces)


def _ink(segments: NDArray[np.float64], width: float, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return how much of each pixel a round pen of ``width`` pixels covers (all lengths in pixels).

    The edge of a line is taken as straight within a pixel: the cover falls from 1 to 0 over one pixel.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].reshape(2, -1, 1) + 0.5
    nearest = np.full(x.shape[0], np.inf)
    for first in range(0, len(segments), _AT_ONCE):
        distances = _squared_distances(x, y, segments[first : first + _AT_ONCE])
        nearest = np.minimum(nearest, distances.min(axis=1))
    cover = np.clip(width / 2 - np.sqrt(nearest) + 0.5, 0, 1)
    # A line thinner than a pixel never fills one.
    return (cover * min(1, width)).reshape(shape).astype(np.float32)


def _squared_distances(x: NDArray, y: NDArray, segments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (P, S): from each of P points, ``x`` and ``y`` (P, 1), to each of S segments."""
    (start_x, start_y), (way_x, way_y) = segments[:, 0].T, (segments[:, 1] - segments[:, 0]).T
    length = np.maximum(way_x**2 + way_y**2, np.finfo(np.float64).tiny)
    along = np.clip(((x - start_x) * way_x + (y - start_y) * way_y) / length, 0, 1)
    return (x - start_x - along * way_x) ** 2 + (y - start_y - along * way_y) ** 2


def _centre_of_mass(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the centre (x, y) in pixels; a pixel's own centre lies at its number + 0.5."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    return np.array([np.average(x, weights=picture), np.average(y, weights=picture)])
