"""Pooling and shifts: a picture moves, an edge kernel and pooling follow it, and the change is measured.

The browser's twin is ``static/pooling_model.js``. Pictures hold whole numbers from 0 to 255, so that both compute
the same numbers to the last bit and agree on the pixel that wins a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.models import convolution, small_network
from course_utils.explorers.models.small_network import Layer

Array = NDArray[np.float64]

SEEN = 32  # pixels a side of what the network sees
REACH = 8  # pixels that the picture can move, so its source has SEEN + 2 · REACH a side
SOURCE = SEEN + 2 * REACH
SHIFTS = np.arange(-2 * REACH, 2 * REACH + 1) / 2  # of the curves, in pixels
KERNELS = {"sobel_x": "Sobel x", "sobel_y": "Sobel y", "laplacian": "Laplacian"}


@dataclass(frozen=True)
class Chain:
    """What a picture goes through.

    Attributes:
        kernel: "none" or a key of ``KERNELS``.
        relu: what is negative after the kernel becomes 0.
        pooling: "max", "average", "strided" (every ``stride``-th value, no pooling) or "none".
        size, stride: of the pooling windows.
        stages: how often the pooling is repeated.
    """

    kernel: str = "sobel_x"
    relu: bool = True
    pooling: str = "max"
    size: int = 2
    stride: int = 2
    stages: int = 1

    @property
    def window(self) -> int:
        """Rows of one pooling window."""
        return self.size if self.pooling in ("max", "average") else 1

    @property
    def step(self) -> int:
        """Pixels from one value of the pooled map to the next, over all stages."""
        return 1 if self.pooling == "none" else self.stride**self.stages

    @property
    def offsets(self) -> list[int]:
        """Rows of the map before pooling that one pooled value looks at, counted from the first of them.

        Where the stride is larger than the window, a second stage leaves rows out.
        """
        starts = range(self.window) if self.stages == 2 and self.pooling != "none" else (0,)
        return sorted({start * self.stride + row for start in starts for row in range(self.window)})

    @property
    def extent(self) -> int:
        """Rows from the first to the last that one pooled value looks at."""
        return self.offsets[-1] + 1

    @property
    def margin(self) -> int:
        """Rows that the kernel takes from the picture on every side."""
        return int(self.kernel != "none")


def layers(chain: Chain) -> list[Layer]:
    """Return the chain as layers of a small network; the one at ``chain.margin`` gives the map before pooling."""
    found = [Layer("picture", "reshape", (SEEN, SEEN, 1))]
    if chain.margin:
        weights = np.array(convolution.KERNELS[KERNELS[chain.kernel]], np.float32)[
            ..., np.newaxis, np.newaxis
        ]
        side = SEEN - len(weights) + 1
        found.append(
            Layer(
                "kernel",
                "conv2d",
                (side, side, 1),
                activation="relu" if chain.relu else "identity",
                window=(len(weights), len(weights)),
                weights={"kernel": weights, "bias": np.zeros(1, np.float32)},
            )
        )
    for _ in range(chain.stages if chain.pooling != "none" else 0):
        side = (found[-1].shape[0] - chain.window) // chain.stride + 1
        kind = "average_pool" if chain.pooling == "average" else "max_pool"
        found.append(
            Layer(kind, kind, (side, side, 1), window=(chain.window,) * 2, strides=(chain.stride,) * 2)
        )
    return found


def seen(source: ArrayLike, dx: float, dy: float) -> Array:
    """Return what the network sees, (SEEN, SEEN), of a picture moved ``dx`` pixels right and ``dy`` down.

    Between pixels the picture is interpolated linearly.
    """
    return _sampled(np.pad(np.asarray(source, np.float64), (0, 1)), REACH - dy, REACH - dx, SEEN)


def _sampled(values: Array, top: float, left: float, side: int) -> Array:
    """Return ``side`` rows and columns of ``values`` from (top, left) on, interpolated linearly."""
    row, column = int(np.floor(top)), int(np.floor(left))
    down, across = top - row, left - column
    part = values[row : row + side + 1, column : column + side + 1]
    rows = part[:-1] * (1 - down) + part[1:] * down
    return rows[:, :-1] * (1 - across) + rows[:, 1:] * across


def maps(chain: Chain, pictures: ArrayLike) -> tuple[Array, Array]:
    """Return the maps before and after pooling, (N, rows, columns) each, of (N, SEEN, SEEN) pictures."""
    outputs = small_network.run(layers(chain), np.asarray(pictures)[..., np.newaxis])
    before, after = (outputs[i][..., 0].astype(np.float64) for i in (chain.margin, -1))
    return before, after


def moved(values: ArrayLike, dx: float, dy: float) -> Array:
    """Return a map moved ``dx`` cells right and ``dy`` down, NaN where cells from outside would come in."""
    old = np.asarray(values, np.float64)
    rows, columns = (np.arange(side) - by for side, by in zip(old.shape, (dy, dx), strict=True))
    low_row, low_column = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, across = (rows - low_row)[:, np.newaxis], columns - low_column
    padded = np.pad(old, 1, constant_values=np.nan)

    def at(row: NDArray[np.int_], column: NDArray[np.int_]) -> Array:
        places = (np.clip(each + 1, 0, side + 1) for each, side in zip((row, column), old.shape, strict=True))
        return padded[np.ix_(*places)]

    def between(first: Array, second: Array, share: Array) -> Array:
        return np.where(share == 0, first, first * (1 - share) + second * share)

    upper = between(at(low_row, low_column), at(low_row + 1, low_column), down)
    lower = between(at(low_row, low_column + 1), at(low_row + 1, low_column + 1), down)
    return between(upper, lower, across)


def change(found: ArrayLike, reference: ArrayLike) -> float:
    """Return ‖found − reference‖ / ‖reference‖ over the cells where the reference is known; NaN where that is 0 / 0."""
    known = np.isfinite(reference)
    wanted = np.asarray(reference, np.float64)[known]
    size = np.linalg.norm(wanted)
    return float(np.linalg.norm(np.asarray(found)[known] - wanted) / size) if size else float("nan")


def changes(chain: Chain, source: ArrayLike, dx: ArrayLike, dy: float, along: bool) -> tuple[Array, Array]:
    """Return how much the maps before and after pooling change, for each of the shifts ``dx`` to the right.

    Args:
        chain: what the picture goes through.
        source: (SOURCE, SOURCE).
        dx: shifts in pixels, (N,).
        dy: the shift downwards that all of them share.
        along: measure against the unshifted picture's map moved along, else against that map itself.
    """
    shifts = np.atleast_1d(np.asarray(dx, np.float64))
    pictures = np.stack([seen(source, 0, 0), *(seen(source, shift, dy) for shift in shifts)])
    found = []
    for values, step in zip(maps(chain, pictures), (1, chain.step), strict=True):
        references = [moved(values[0], shift / step, dy / step) if along else values[0] for shift in shifts]
        found.append(
            np.array(
                [change(each, reference) for each, reference in zip(values[1:], references, strict=True)]
            )
        )
    return found[0], found[1]


def winner(chain: Chain, before: Array, row: int, column: int) -> tuple[int, int] | None:
    """Return the place in the map before pooling whose value the pooled cell (row, column) shows.

    None for an average, and for a window in which all values are equal. Among equals the first wins.
    """
    top, left = row * chain.step, column * chain.step
    offsets = np.array(chain.offsets)
    part = before[np.ix_(top + offsets, left + offsets)]
    if chain.pooling == "average" or (chain.pooling == "max" and part.min() == part.max()):
        return None
    if chain.pooling != "max":
        return top, left
    place = np.unravel_index(np.argmax(part), part.shape)
    return top + int(offsets[place[0]]), left + int(offsets[place[1]])
