"""Parameters counted: three ways to connect a picture with hidden units, and small networks layer by layer.

The browser's twin is ``static/parameter_model.js``. Counts are whole numbers and exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.explorers.engine.sentences import trimmed

BYTES = 4  # of one float32
# Which maps of S2 each map of C3 sees in LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998, table I).
C3_TABLE = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    (0, 1, 2, 3, 4, 5),
)
KINDS = {
    "conv": "convolution",
    "same": "convolution, same",
    "partial": "convolution, table",
    "max": "max pooling",
    "average": "average pooling",
    "trained": "trained pooling",
    "dense": "fully connected",
    "rbf": "RBF (fixed)",
}
FLAT = ("dense", "rbf")
POOLING = ("max", "average", "trained")
LayerRow = tuple[str, int, int]  # kind, side of the window, feature maps or units


@dataclass(frozen=True)
class Ways:
    """How many parameters hidden units need when they are connected in three ways."""

    fully: int
    local: int
    shared: int


def three_ways(side: int, channels: int, units: int, maps: int, field: int, biases: bool = False) -> Ways:
    """Return the parameters of ``maps`` maps of ``units`` hidden units each, on side × side × channels pixels.

    Fully connected a unit sees every pixel; locally it sees field × field of them, with weights of its own;
    shared, all units of a map have the same weights (and the same bias).
    """
    window = min(field, side) ** 2 * channels
    bias = int(biases)
    return Ways(
        (side**2 * channels + bias) * units * maps, (window + bias) * units * maps, (window + bias) * maps
    )


# ---- layer by layer ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LayerCount:
    """What one layer gives and needs.

    Attributes:
        name: as in LeCun's papers: C for convolution, S for sub-sampling, F for fully connected, and its place.
        shape: (rows, columns, maps) or (units,); None where the layer does not fit.
        parameters: those that are trained.
        fixed: those that are not.
        multiply_adds: for one picture; comparisons and the additions of pooling are not counted.
        problem: why the layer does not fit, or "".
    """

    name: str
    shape: tuple[int, ...] | None
    parameters: int = 0
    fixed: int = 0
    multiply_adds: int = 0
    problem: str = ""


def count_layers(side: int, channels: int, layers: Sequence[LayerRow]) -> list[LayerCount]:
    """Return the counts of every layer of a chain that begins with a picture of side × side × channels."""
    counts: list[LayerCount] = []
    shape: tuple[int, ...] | None = (side, side, channels)
    for place, (kind, size, number) in enumerate(layers, 1):
        name = "output" if kind == "rbf" else f"{_letter(kind)}{place}"
        if shape is None:
            counts.append(LayerCount(name, None, problem="it comes after a layer that does not fit"))
            continue
        problem = _problem(kind, size, shape)
        counts.append(
            LayerCount(name, None, problem=problem) if problem else _count(name, kind, size, number, shape)
        )
        shape = counts[-1].shape
    return counts


def _letter(kind: str) -> str:
    return "S" if kind in POOLING else "F" if kind == "dense" else "C"


def _problem(kind: str, size: int, shape: tuple[int, ...]) -> str:
    """Return why a layer cannot follow an output of ``shape``, or ""."""
    if kind in FLAT:
        return ""
    if len(shape) == 1:
        return "it needs maps, not a list of units"
    if kind != "same" and size > shape[0]:
        return f"its window of {size} × {size} does not fit into {shape[0]} × {shape[0]}"
    return f"its table is for 6 maps, not {shape[2]}" if kind == "partial" and shape[2] != 6 else ""


def _count(name: str, kind: str, size: int, number: int, shape: tuple[int, ...]) -> LayerCount:
    if kind in FLAT:
        weights = math.prod(shape) * number
        trained, fixed = (weights + number, 0) if kind == "dense" else (0, weights)
        return LayerCount(name, (number,), trained, fixed, weights)
    if kind in POOLING:
        after = (shape[0] // size, shape[1] // size, shape[2])
        trains = kind == "trained"  # one factor and one bias a map
        return LayerCount(name, after, 2 * shape[2] * trains, 0, math.prod(after) * trains)
    maps, seen = (
        (len(C3_TABLE), sum(map(len, C3_TABLE))) if kind == "partial" else (number, number * shape[2])
    )
    rows = shape[0] if kind == "same" else shape[0] - size + 1
    weights = size**2 * seen
    return LayerCount(name, (rows, rows, maps), weights + maps, 0, weights * rows**2)


# ---- words ---------------------------------------------------------------------------------------------


def amount(count: int) -> str:
    """Return a count as people say it: "61,706", "1 trillion"."""
    names = (("quadrillion", 1e15), ("trillion", 1e12), ("billion", 1e9), ("million", 1e6))
    for name, size in names:
        if count >= size:
            return f"{_three_figures(count / size)} {name}"
    return f"{count:,}"


def memory(count: int) -> str:
    """Return the memory of ``count`` float32 numbers: "400 bytes", "4 TB"."""
    total = BYTES * count
    for name, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if total >= size:
            return f"{_three_figures(total / size)} {name}"
    return f"{total} bytes"


def _three_figures(value: float) -> str:
    return trimmed(value, 0, 2 if value < 10 else 1 if value < 100 else 0)
