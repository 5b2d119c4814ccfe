"""Two-dimensional toy sets: points that are drawn anew, the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.records import read_only

Points = NDArray[np.float64]
Random = np.random.Generator


class ToySet(NamedTuple):
    """Points of the plane with a class each: ``points, labels = datasets.toy("moons")``.

    ``points``: (N, 2) float32. ``labels``: (N,) int64, 0 to ``num_classes - 1``. Both are read-only.
    """

    points: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __repr__(self) -> str:
        num_classes = int(self.labels.max()) + 1
        points, labels = self
        return f"points {points.shape} {points.dtype}, labels {labels.shape}, {num_classes} classes"


def toy(
    name: str, num_points: int = 200, noise: float | None = None, seed: int = 0, num_classes: int = 2
) -> ToySet:
    """Draw a toy set.

    Without noise its points lie where this list says; noise moves each coordinate by a normal deviate.

    - ``"blobs"``: heaps around centres evenly spaced on the circle of radius 0.7; the noise is their spread.
    - ``"moons"``: two half circles that reach into each other, within [-1, 1] x [-0.5, 0.5].
    - ``"circles"``: class 0 on the unit circle, class 1 on the circle of radius 0.5.
    - ``"spiral"``: arms from near the centre out to radius 1, turning once around (after the CS231n notes).
    - ``"line"``: the square [-1, 1] x [-1, 1] on both sides of the line x2 = 0.5 x1 + 0.1, with a gap of 0.1.
    - ``"and"``, ``"or"``, ``"xor"``: the corners (0, 0), (0, 1), (1, 0), (1, 1) in turn, labelled by the
      gate; ``toy("xor", num_points=4, noise=0)`` is the truth table.

    Args:
        name: one of the names above.
        num_points: how many points in all. Classes get equally many (give or take one), but not in a gate.
        noise: standard deviation of the normal deviate, 0 or more; None is the usual noise: 0.2 for
            "blobs", 0.03 for "spiral", 0 for "line", 0.1 for the others.
        seed: the same seed gives the same points.
        num_classes: more than 2 for "blobs" and "spiral" only.

    Raises:
        ValueError: an unknown name, too few points, noise below 0 or not finite, or too many classes.
    """
    if noise is None:
        noise = _USUAL_NOISE.get(name, 0.1)
    _check(name, num_points, noise, num_classes)
    random = np.random.default_rng(seed)
    if name in _GATES:
        points, labels = _gate(_GATES[name], num_points)
    else:
        labels = random.permutation(np.arange(num_points) % num_classes)
        points = _SHAPES[name](random, labels, num_classes)
    points = points + random.normal(scale=noise, size=points.shape)
    return ToySet(read_only(points.astype(np.float32)), read_only(labels.astype(np.int64)))


def _check(name: str, num_points: int, noise: float, num_classes: int) -> None:
    if name not in TOY_NAMES:
        raise ValueError(f"there is no toy set {name!r}; there are: {', '.join(TOY_NAMES)}")
    if num_classes != 2 and name not in _MANY_CLASSES:
        raise ValueError(
            f"{name!r} has 2 classes; only {' and '.join(_MANY_CLASSES)} can have {num_classes!r}"
        )
    if num_classes < 2:
        raise ValueError(f"num_classes must be at least 2, but it is {num_classes!r}")
    if num_points < num_classes:
        raise ValueError(f"num_points must be at least {num_classes} (one a class), but it is {num_points!r}")
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise must be 0 or a positive number, but it is {noise!r}")


def _on_circle(angle: Points, radius: Points | float = 1.0) -> Points:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _blobs(random: Random, labels: NDArray, num_classes: int) -> Points:
    return _on_circle(np.pi / 4 + 2 * np.pi * labels / num_classes, 0.7)


def _moons(random: Random, labels: NDArray, num_classes: int) -> Points:
    """The lower moon is the upper one turned by 180 degrees around the origin."""
    upper = _on_circle(np.pi * random.random(len(labels))) - [0.5, 0.25]
    return np.where(labels[:, np.newaxis] == 0, upper, -upper) / 1.5


def _circles(random: Random, labels: NDArray, num_classes: int) -> Points:
    return _on_circle(2 * np.pi * random.random(len(labels)), np.where(labels == 0, 1.0, 0.5))


def _spiral(random: Random, labels: NDArray, num_classes: int) -> Points:
    radius = random.uniform(0.05, 1.0, len(labels))
    return _on_circle(2 * np.pi * (labels / num_classes + radius), radius)


def _line(random: Random, labels: NDArray, num_classes: int) -> Points:
    """Draw from the square until every class has its points; what falls into the gap is drawn again."""
    points = np.empty((len(labels), 2))
    missing = np.ones(len(labels), dtype=bool)
    while missing.any():
        points[missing] = random.uniform(-1, 1, (missing.sum(), 2))
        height = points[:, 1] - (0.5 * points[:, 0] + 0.1)
        distance = height / math.hypot(1.0, 0.5)
        missing = np.where(labels == 1, distance, -distance) < 0.05
    return points


def _gate(truth: tuple[int, int, int, int], num_points: int) -> tuple[Points, NDArray]:
    corner = np.arange(num_points) % 4
    return np.stack([corner // 2, corner % 2], axis=1).astype(np.float64), np.array(truth)[corner]


_SHAPES: dict[str, Callable[[Random, NDArray, int], Points]] = {
    "blobs": _blobs,
    "moons": _moons,
    "circles": _circles,
    "spiral": _spiral,
    "line": _line,
}
_GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}
_MANY_CLASSES = ("blobs", "spiral")
_USUAL_NOISE = {"blobs": 0.2, "spiral": 0.03, "line": 0.0}
TOY_NAMES = (*_SHAPES, *_GATES)
