"""One neuron in the plane: z = w1 x1 + w2 x2 + b, a = phi(z). (McCulloch & Pitts 1943; Rosenblatt 1958.)"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.datasets.toys import toy

GATE_NAMES = {"and": "AND", "or": "OR", "xor": "XOR"}


def gate(name: str) -> tuple[NDArray, NDArray]:
    """Return the four corners (4, 2) and the truth table (4,) of "and", "or" or "xor"."""
    corners, truth = toy(name, num_points=4, noise=0)
    return corners, truth.astype(np.int32)


def weighted_sum(points: ArrayLike, weights: ArrayLike, bias: float) -> NDArray:
    """Return z = points @ weights + bias; ``points`` is (..., 2), the answer (...)."""
    return np.asarray(points, dtype=np.float64) @ np.asarray(weights, dtype=np.float64) + bias


def count_right(points: ArrayLike, labels: ArrayLike, weights: ArrayLike, bias: float) -> int:
    """Return how many points the rule "class 1 where z > 0" puts into their class."""
    return int(np.sum((weighted_sum(points, weights, bias) > 0) == (np.asarray(labels) == 1)))
