"""A curve as a sum of units: f(x) = c_0 + sum_i c_i phi(s_i (x - p_i)).

Unit i has its kink or the middle of its rise at the position p_i, the height c_i (its output weight) and the
steepness s_i (its input weight; its bias is -s_i p_i).
(Cybenko 1989; Hornik, Stinchcombe & White 1989; Leshno et al. 1993.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.models.activations import activate

MOST_UNITS = 20
NUM_CORNERS = 9  # of the curve that is drawn by hand
VIEW = (-0.25, 1.25)  # what is shown; the fit sees only 0 … 1

# The fit looks at these places, and the errors are measured there.
SAMPLES = np.arange(201) / 200

# A penalty on the squared heights, so small that it is seen only where units are nearly copies of each other:
# there it keeps the heights finite and the answer unique.
RIDGE = 1e-8

TARGET_NAMES = {
    "sine": "sine",
    "bump": "bump",
    "jump": "jump",
    "parabola": "parabola",
    "wiggle": "wiggle",
    "own": "your drawing",
}
ACTIVATION_NAMES = ("relu", "sigmoid", "tanh", "step")
_SMOOTH = ("sigmoid", "tanh")


def target(name: str, x: ArrayLike, corners: Sequence[float]) -> NDArray:
    """Return the curve ``name`` at ``x``.

    "own" joins ``corners``, 9 heights evenly spaced over 0 … 1, by straight lines and is flat outside.
    """
    x = np.asarray(x, dtype=np.float64)
    if name == "sine":
        return np.sin(2 * np.pi * x)
    if name == "bump":
        return np.exp(-(((x - 0.5) / 0.15) ** 2))
    if name == "jump":
        return np.where(x > 0.5, 0.8, -0.4)
    if name == "parabola":
        return 1 - (2 * x - 1) ** 2
    if name == "wiggle":
        return 0.6 * np.sin(2 * np.pi * x) + 0.4 * np.sin(6 * np.pi * x)
    return np.interp(x, np.arange(NUM_CORNERS) / (NUM_CORNERS - 1), corners)


@dataclass(frozen=True)
class Sum:
    """Units and a bias: ``positions``, ``heights``, ``steepness`` (n,) each; ``bias`` is c_0."""

    activation: str
    positions: NDArray
    heights: NDArray
    steepness: NDArray
    bias: float

    def contributions(self, x: ArrayLike) -> NDArray:
        """Return what each unit adds at ``x`` (N,), as (N, n)."""
        return features(self.activation, x, self.positions, self.steepness) * self.heights

    def __call__(self, x: ArrayLike) -> NDArray:
        """Return the sum at ``x`` (N,)."""
        return self.bias + self.contributions(x).sum(axis=1)


def features(activation: str, x: ArrayLike, positions: ArrayLike, steepness: ArrayLike) -> NDArray:
    """Return phi(s_i (x - p_i)) for ``x`` (N,) and n units, as (N, n)."""
    offsets = np.asarray(x, dtype=np.float64)[:, None] - np.asarray(positions, dtype=np.float64)
    return activate(activation, np.asarray(steepness, dtype=np.float64) * offsets)


def even_positions(activation: str, num_units: int) -> NDArray:
    """Return even positions in 0 … 1: ReLU kinks start at 0, rises stand in the middle of their share."""
    first = 0.0 if activation == "relu" else 0.5
    return (np.arange(num_units) + first) / num_units


def fit(
    activation: str, positions: ArrayLike, steepness: float, heights: ArrayLike, ridge: float = RIDGE
) -> Sum:
    """Return the units at ``positions`` whose sum is the least squares fit to ``heights`` (201,) at SAMPLES.

    ReLU and step have no steepness of their own: ReLU's is in its height, so 1 is taken.
    """
    positions = np.asarray(positions, dtype=np.float64)
    slope = steepness if activation in _SMOOTH else 1.0
    columns = features(activation, SAMPLES, positions, np.full(len(positions), slope))
    design = np.column_stack([np.ones(len(SAMPLES)), columns])
    penalty = np.sqrt(ridge) * np.eye(len(positions) + 1)[1:]
    wanted = np.concatenate([np.asarray(heights, dtype=np.float64), np.zeros(len(positions))])
    solution = np.linalg.lstsq(np.vstack([design, penalty]), wanted, rcond=None)[0]
    return Sum(activation, positions, solution[1:], np.full(len(positions), slope), float(solution[0]))


def by_hand(activation: str, units: Sequence[Sequence[float]], num_units: int, bias: float) -> Sum:
    """Return the first ``num_units`` rows (position, height, steepness); missing ones have height 0."""
    spare = [[position, 0.0, 20.0] for position in even_positions(activation, num_units)]
    rows = np.array([*units[:num_units], *spare[len(units) :]], dtype=np.float64)
    return Sum(activation, rows[:, 0], rows[:, 1], rows[:, 2], bias)


def sum_of(state: Mapping[str, Any]) -> Sum:
    """Return the sum that the explorer shows: made by hand, or fitted at the given or at even positions."""
    if state["mode"] == "hand":
        return by_hand(state["activation"], state["units"], state["n"], state["bias"])
    positions = even_positions(state["activation"], state["n"])
    if len(state["units"]) == state["n"]:
        positions = np.array([row[0] for row in state["units"]])
    return fit(
        state["activation"], positions, state["sharpness"], target(state["target"], SAMPLES, state["corners"])
    )


def errors(sum_: Sum, heights: ArrayLike) -> tuple[float, float]:
    """Return the root-mean-square and the largest distance between the sum and ``heights`` at SAMPLES."""
    distance = np.abs(sum_(SAMPLES) - np.asarray(heights))
    return float(np.sqrt(np.mean(distance**2))), float(distance.max())


def errors_by_count(activation: str, steepness: float, heights: ArrayLike) -> NDArray:
    """Return the root-mean-square error of the fit with 1 … 20 evenly placed units, (20,)."""
    counts = range(1, MOST_UNITS + 1)
    sums = [fit(activation, even_positions(activation, count), steepness, heights) for count in counts]
    return np.array([errors(each, heights)[0] for each in sums])
