"""Is it chance? What fair coins do, and do not do, for checks of answers that have to be random.

A coin is +1 or −1, each half of the time, whatever all the others show. The bounds are inequalities, not
approximations, so they hold for every number of coins: a right answer is refused by one of them with a
probability of at most `FALSE_ALARM`, and then only because of its seed.

Sources: W. Hoeffding (1963) and S. Bernstein for sums; B. Laurent and P. Massart (2000) and A. Maurer (2003)
for sums of squares.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FALSE_ALARM = 1e-9


def most_of(coins: float | NDArray, comparisons: int = 1) -> NDArray[np.float64]:
    """Return how far from 0 the sum of so many coins gets, in any of `comparisons` such sums (Hoeffding)."""
    return np.sqrt(2 * np.asarray(coins, dtype=float) * _surprise(comparisons))


def most_off(probability: float, trials: int, comparisons: int = 1) -> float:
    """Return how far a count of `trials` gets from its mean, in any of `comparisons` counts (Bernstein)."""
    surprise = _surprise(comparisons)
    variance = trials * probability * (1 - probability)
    return float(np.sqrt(2 * variance * surprise) + 2 * surprise / 3)


def _surprise(comparisons: int) -> float:
    return float(np.log(2 * comparisons / FALSE_ALARM))


class Spread(NamedTuple):
    """How much the sums of groups vary, and between which bounds that of coins stays; all are 1 on average."""

    found: float
    low: float
    high: float


def spread_of(groups: NDArray) -> Spread:
    """Return the spread of the sums of independent groups of coins, one group a row."""
    number, size = groups.shape
    surprise = _surprise(1)
    found = np.sum(np.sum(groups, axis=1, dtype=float) ** 2) / size / number
    return Spread(
        found,
        low=1 - np.sqrt(6 * surprise / number),
        high=1 + 2 * np.sqrt(surprise / number) + 2 * surprise / number,
    )


class Tie(NamedTuple):
    """Two places whose coins agree (or differ) too often: their numbers, and how often they agree, of `tosses`."""

    one: int
    other: int
    agree: int
    tosses: int

    @property
    def is_strict(self) -> bool:
        """Whether one place nearly always tells what the other shows."""
        return abs(2 * self.agree - self.tosses) > 0.9 * self.tosses


def strongest_tie(first: NDArray, second: NDArray | None = None) -> Tie | None:
    """Return the places of two columns of coins that chance alone does not bring together, or None.

    `first` and `second` are (tosses, places); without `second`, different columns of `first` are compared.
    """
    tosses = len(first)
    sums = first.T.astype(float) @ (first if second is None else second)
    if second is None:
        np.fill_diagonal(sums, 0)
    comparisons = sums.size if second is not None else sums.size // 2
    one, other = np.unravel_index(np.argmax(np.abs(sums)), sums.shape)
    if abs(sums[one, other]) <= most_of(tosses, comparisons):
        return None
    return Tie(int(one), int(other), int((tosses + sums[one, other]) // 2), tosses)


def strongest_echo(rows: NDArray) -> int:
    """Return the distance at which the coins of long rows repeat themselves (or their opposite), or 0.

    `rows` is (repetitions, coins); all distances are compared, by the fast Fourier transform.
    """
    repetitions, length = rows.shape
    spectra = np.fft.rfft(rows, 2 * length, axis=1)
    sums = np.fft.irfft(np.sum(np.abs(spectra) ** 2, axis=0))[1:length]
    excess = np.abs(sums) / most_of(repetitions * np.arange(length - 1, 0, -1), length)
    distance = int(np.argmax(excess))
    return distance + 1 if excess[distance] > 1 else 0
