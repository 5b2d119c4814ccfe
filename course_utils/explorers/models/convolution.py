"""Convolution as networks compute it (a cross-correlation): places, the feature map, one window in numbers, words.

out(i, j) = bias + Σ_c Σ_m Σ_n in_c(i·stride + m·dilation − padding, j·stride + n·dilation − padding) · k_c(m, n)

The browser's twin is ``static/convolution_model.js``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.engine.sentences import trimmed
from course_utils.explorers.models import small_network
from course_utils.explorers.models.small_network import Layer

Matrix = Sequence[Sequence[float]]

SIZES = (1, 3, 5)
_NOTHING = 1e-6  # sums of weights smaller than this are rounding
_GREY = (0.299, 0.587, 0.114)  # shares of red, green and blue in the brightness, ITU-R BT.601


def _spread(weight: float, size: int) -> Matrix:
    return [[weight] * size for _ in range(size)]


# Kernels with a name; sizes are those of the matrices.
KERNELS: Mapping[str, Matrix] = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blur": _spread(1 / 9, 3),
    "wide blur": _spread(1 / 25, 5),
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "Sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Sobel y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "Laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "diagonal edge": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
    "negative": [[-1]],
}


# ---- places --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """Where the windows lie along the rows (or the columns) of a picture.

    Attributes:
        side: pixels of the picture.
        extent: pixels from the first to the last that a window sees.
        count: how many windows there are; 0 where none fits.
        before, after: zeros added in front of the picture and behind it.
    """

    side: int
    extent: int
    count: int
    before: int
    after: int


def axis(side: int, size: int, stride: int = 1, padding: str = "valid", dilation: int = 1) -> Axis:
    """Return the windows of a kernel of ``size`` along a ``side``; ``padding`` is "valid" or "same", as in Keras."""
    extent = (size - 1) * dilation + 1
    if padding == "valid":
        return Axis(side, extent, max(0, (side - extent) // stride + 1), 0, 0)
    count = -(-side // stride)
    missing = max(0, (count - 1) * stride + extent - side)
    return Axis(side, extent, count, missing // 2, missing - missing // 2)


# ---- the feature map -----------------------------------------------------------------------------------


def feature_map(
    picture: ArrayLike,
    kernels: ArrayLike,
    bias: float = 0,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
    relu: bool = False,
) -> NDArray[np.float32]:
    """Return the feature map, (rows, columns); it may have no rows or columns.

    Args:
        picture: (H, W, C).
        kernels: (C, K, K), one for each channel.
    """
    values, weights = np.asarray(picture, np.float32), np.asarray(kernels, np.float32)
    size = weights.shape[1]
    down, across = (axis(side, size, stride, padding, dilation) for side in values.shape[:2])
    if not down.count * across.count:
        return np.zeros((down.count, across.count), np.float32)
    # A dilated kernel is a larger one with zeros between its weights.
    spread = np.zeros((down.extent, down.extent, values.shape[2], 1), np.float32)
    spread[::dilation, ::dilation, :, 0] = weights.transpose(1, 2, 0)
    layer = Layer(
        "convolution",
        "conv2d",
        (down.count, across.count, 1),
        activation="relu" if relu else "identity",
        window=(down.extent, down.extent),
        strides=(stride, stride),
        padding=(down.before, across.before),
        weights={"kernel": spread, "bias": np.array([bias], np.float32)},
    )
    return small_network.run([layer], values[np.newaxis])[0][0, :, :, 0]


@dataclass(frozen=True)
class Window:
    """One output value in numbers: what the window sees, (C, K, K), the products, and the sums of each channel.

    ``inside`` (K, K) is False where padding is seen.
    """

    values: NDArray[np.float64]
    products: NDArray[np.float64]
    inside: NDArray[np.bool_]
    sums: NDArray[np.float64]


def window(
    picture: ArrayLike,
    kernels: ArrayLike,
    row: int,
    column: int,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
) -> Window:
    """Return what the window of the output value at ``row`` and ``column`` sees, and its products."""
    values, weights = np.asarray(picture, np.float64), np.asarray(kernels, np.float64)
    steps = np.arange(weights.shape[1]) * dilation
    places, inside = [], []
    for side, at in zip(values.shape[:2], (row, column), strict=True):
        seen = at * stride - axis(side, weights.shape[1], stride, padding, dilation).before + steps
        inside.append((seen >= 0) & (seen < side))
        places.append(np.clip(seen, 0, side - 1))
    is_inside = inside[0][:, np.newaxis] & inside[1]
    seen_values = np.where(is_inside, values[np.ix_(*places)].transpose(2, 0, 1), 0)
    products = seen_values * weights
    return Window(seen_values, products, is_inside, products.sum(axis=(1, 2)))


def grey(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the brightness of an RGB picture, (H, W, 1), from 0 (black) to 1 (white)."""
    return (picture.astype(np.float64) @ np.array(_GREY) / 255)[..., np.newaxis]


# ---- words ---------------------------------------------------------------------------------------------


def kernel_name(kernels: Sequence[Matrix]) -> str:
    """Return the name that all the kernels share, else "your own"."""
    for name, known in KERNELS.items():
        if all(np.shape(k) == np.shape(known) and np.allclose(k, known, 0, _NOTHING) for k in kernels):
            return name
    return "your own"


def answers_to(kernels: Sequence[Matrix]) -> str:
    """Return a sentence on what one kernel, or three for red, green and blue, respond to."""
    each = np.asarray(kernels, np.float64)
    if np.abs(each).max() < _NOTHING:
        return "A kernel of zeros answers to nothing."
    total = each.sum(axis=0)
    weight = total.sum()
    if np.abs(total).max() < _NOTHING:
        return "Its weights add up to 0 over the channels: grey things give 0, it answers to colour."
    if abs(weight) >= _NOTHING:
        mixes = "; it mixes neighbours" if total.min() >= 0 and np.count_nonzero(total) > 1 else ""
        return f"Its weights add up to {trimmed(weight, 0, 2)}: that is what an even area is multiplied by{mixes}."
    return f"Its weights add up to 0, so even areas give 0; it answers {_growth(total)}."


def _growth(kernel: NDArray[np.float64]) -> str:
    """Return the direction in which values have to grow for a large positive answer."""
    offset = np.arange(len(kernel)) - len(kernel) // 2
    x, y = float((kernel * offset).sum()), float((kernel * offset[:, np.newaxis]).sum())
    if max(abs(x), abs(y)) < _NOTHING:
        return "to dots, lines and corners"
    across, down = ("left", "right")[:: 1 if x > 0 else -1], ("top", "bottom")[:: 1 if y > 0 else -1]
    if abs(x) >= 2 * abs(y):
        return f"where values grow from {across[0]} to {across[1]}"
    if abs(y) >= 2 * abs(x):
        return f"where values grow from {down[0]} to {down[1]}"
    return f"where values grow from the {down[0]} {across[0]} to the {down[1]} {across[1]}"
