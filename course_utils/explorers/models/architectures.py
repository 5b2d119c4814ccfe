"""Convolutional networks layer by layer: shape, parameters, multiply-adds and receptive field.

The browser's twin is ``static/architecture_model.js``. All numbers are whole and exact. The networks as published:
LeCun et al. 1998, Krizhevsky et al. 2012, Simonyan & Zisserman 2015, Szegedy et al. 2015, He et al. 2016. Receptive
fields: Araujo, Norris & Sim 2019.

A network is a chain of blocks, each a row [kind, numbers ...] as ``KINDS`` names them. A block is one layer, or
several in branches that are added (a residual block) or stacked (an inception module).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_utils.explorers.models.parameter_counts import C3_TABLE

Row = Sequence[str | int]  # kind, then the numbers of this kind


@dataclass(frozen=True)
class Kind:
    """What a block can be: its words, a short name, the names of its numbers, and their first values."""

    words: str
    short: str
    numbers: tuple[str, ...]
    start: tuple[int, ...]


_WINDOW = ("kernel", "stride", "padding")
KINDS: Mapping[str, Kind] = {
    "conv": Kind("convolution", "conv", (*_WINDOW, "channels", "groups"), (3, 1, 1, 64, 1)),
    "max": Kind("max pooling", "pool", _WINDOW, (2, 2, 0)),
    "average": Kind("average pooling", "pool", _WINDOW, (2, 2, 0)),
    "global": Kind("global average pooling", "mean", (), ()),
    "dense": Kind("fully connected (dense)", "fc", ("units",), (10,)),
    "basic": Kind("residual block", "res", ("channels", "stride"), (64, 1)),
    "bottleneck": Kind("residual bottleneck", "res", ("channels", "stride"), (64, 1)),
    "inception": Kind(
        "inception module",
        "inc",
        ("one", "reduce_3", "three", "reduce_5", "five", "pool"),
        (64, 96, 128, 16, 32, 32),
    ),
    "partial": Kind("convolution, C3’s table", "conv", _WINDOW, (5, 1, 0)),
    "trained": Kind("trained sub-sampling", "sub", _WINDOW, (2, 2, 0)),
    "rbf": Kind("RBF (fixed)", "rbf", ("units",), (10,)),
}
# name of a number -> (label, smallest, largest)
NUMBERS: Mapping[str, tuple[str, int, int]] = {
    "kernel": ("kernel", 1, 11),
    "stride": ("stride", 1, 4),
    "padding": ("padding", 0, 5),
    "channels": ("channels", 1, 2048),
    "groups": ("groups", 1, 8),
    "units": ("units", 1, 4096),
    "one": ("1 × 1", 1, 512),
    "reduce_3": ("before 3", 1, 512),
    "three": ("3 × 3", 1, 512),
    "reduce_5": ("before 5", 1, 512),
    "five": ("5 × 5", 1, 512),
    "pool": ("after pool", 1, 512),
}
NORMS = {"bias": "biases", "batch": "batch norm", "both": "both"}
EXPANSION = 4  # a bottleneck gives four times the channels that it works with
_FLAT = ("dense", "rbf")


@dataclass(frozen=True)
class Signal:
    """What flows between two layers.

    Attributes:
        size: rows, and columns, of a map; 1 for a list of units.
        channels: maps or units.
        flat: True for a list of units.
        field: rows, and columns, of the input that one value sees (its receptive field).
        jump: pixels of the input from one value's field to its neighbour's.
        first: the first row of the input that the first value sees; negative where that is padding.
    """

    size: int
    channels: int
    flat: bool = False
    field: int = 1
    jump: int = 1
    first: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns, channels), or (units,)."""
        return (self.channels,) if self.flat else (self.size, self.size, self.channels)

    def seen(self, place: int) -> tuple[int, int]:
        """Return the first and the last row of the input that the values in row ``place`` see; padding counts."""
        first = self.first + place * self.jump
        return first, first + self.field - 1


@dataclass(frozen=True)
class Counts:
    """What a layer needs: trained parameters, numbers that are not trained, multiply-adds for one picture."""

    parameters: int = 0
    fixed: int = 0
    multiply_adds: int = 0


@dataclass(frozen=True)
class Part:
    """One layer inside a block."""

    row: Row
    before: Signal
    after: Signal
    counts: Counts


@dataclass(frozen=True)
class Block:
    """One block of the chain.

    Attributes:
        name: kind and number among those of its kind, "conv 3".
        join: "" for one layer, "add" or "concat" for branches.
        branches: the layers of every branch; a shortcut without a layer is empty.
        after: None where the block does not fit.
        depth: layers with weights on its longest way.
        problem: why the block does not fit, or "".
    """

    name: str
    row: Row
    before: Signal | None
    after: Signal | None
    join: str = ""
    branches: tuple[tuple[Part, ...], ...] = ()
    counts: Counts = Counts()
    depth: int = 0
    problem: str = ""

    @property
    def parts(self) -> list[Part]:
        """All layers, branch by branch."""
        return [part for branch in self.branches for part in branch]


# ---- the chain -----------------------------------------------------------------------------------------


def count_blocks(side: int, channels: int, norm: str, layers: Sequence[Row]) -> list[Block]:
    """Return every block of a chain that begins with a picture of side × side × channels.

    ``norm`` is a key of NORMS: what follows the convolutions' sums.
    """
    blocks: list[Block] = []
    met: dict[str, int] = {}
    signal: Signal | None = Signal(side, channels)
    for row in layers:
        short = KINDS[str(row[0])].short
        met[short] = met.get(short, 0) + 1
        blocks.append(_block(f"{short} {met[short]}", row, signal, norm))
        signal = blocks[-1].after
    return blocks


def total(counted: Sequence[Block | Part]) -> Counts:
    """Return the sums over blocks or layers."""
    names = ("parameters", "fixed", "multiply_adds")
    return Counts(*(sum(getattr(each.counts, name) for each in counted) for name in names))


def _block(name: str, row: Row, before: Signal | None, norm: str) -> Block:
    if before is None:
        return Block(name, row, None, None, problem="it comes after a block that does not fit")
    join, plans = _plan(row, before)
    branches = []
    for plan in plans:
        parts: list[Part] = []
        for layer in plan:
            signal = parts[-1].after if parts else before
            problem = _problem(layer, signal)
            if problem:
                return Block(name, row, before, None, problem=problem)
            parts.append(Part(layer, signal, _after(layer, signal), _counts(layer, signal, norm)))
        branches.append(tuple(parts))
    ends = [branch[-1].after if branch else before for branch in branches]
    depth = max(sum(_has_weights(part.row) for part in branch) for branch in branches)
    counts = total([part for branch in branches for part in branch])
    return Block(name, row, before, _joined(join, ends), join, tuple(branches), counts, depth)


def _plan(row: Row, before: Signal) -> tuple[str, list[list[Row]]]:
    """Return how branches are joined, and the layers of each."""
    kind, numbers = str(row[0]), [int(number) for number in row[1:]]
    if kind not in ("basic", "bottleneck", "inception"):
        return "", [[row]]
    if before.flat:
        return "", [[["conv", 1, 1, 0, 1, 1]]]  # it does not fit, and says so
    if kind == "inception":
        one, reduce_3, three, reduce_5, five, pool = numbers
        return "concat", [
            [_conv(1, one)],
            [_conv(1, reduce_3), _conv(3, three)],
            [_conv(1, reduce_5), _conv(5, five)],
            [["max", 3, 1, 1], _conv(1, pool)],
        ]
    channels, stride = numbers
    wide = channels * EXPANSION if kind == "bottleneck" else channels
    main = [_conv(3, channels, stride), _conv(3, channels)]
    if kind == "bottleneck":
        main = [_conv(1, channels, stride), _conv(3, channels), _conv(1, wide)]
    same = stride == 1 and before.channels == wide
    return "add", [main, [] if same else [_conv(1, wide, stride)]]


def _conv(kernel: int, channels: int, stride: int = 1) -> Row:
    return ["conv", kernel, stride, kernel // 2, channels, 1]


def _joined(join: str, ends: Sequence[Signal]) -> Signal:
    """Return what several branches give together: the field that all of them see."""
    first = min(end.first for end in ends)
    field = max(end.first + end.field for end in ends) - first
    channels = sum(end.channels for end in ends) if join == "concat" else ends[0].channels
    return Signal(ends[0].size, channels, ends[0].flat, field, ends[0].jump, first)


def _has_weights(row: Row) -> bool:
    return row[0] in ("conv", "partial", *_FLAT)


# ---- one layer -----------------------------------------------------------------------------------------


def _problem(row: Row, before: Signal) -> str:
    """Return why a layer cannot follow ``before``, or ""."""
    kind = row[0]
    if kind in _FLAT:
        return ""
    if before.flat:
        return f"it needs maps, and gets a list of {before.channels:,} units"
    if kind == "global":
        return ""
    kernel, _, padding = (int(number) for number in row[1:4])
    if padding >= kernel:
        return f"with a padding of {padding} a window of {kernel} × {kernel} would see nothing but zeros at the border"
    if kernel > before.size + 2 * padding:
        around = f" with {padding} of padding on every side" if padding else ""
        return (
            f"the size becomes 0, for its window of {kernel} × {kernel} does not fit into "
            f"{before.size} × {before.size}{around}"
        )
    if kind == "partial" and before.channels != len({each for seen in C3_TABLE for each in seen}):
        return f"its table is for 6 channels, not {before.channels:,}"
    if kind == "conv" and (before.channels % int(row[5]) or int(row[4]) % int(row[5])):
        return f"{row[5]} groups do not divide {before.channels:,} channels before it and {row[4]:,} after it evenly"
    return ""


def window(row: Row, before: Signal) -> tuple[int, int, int]:
    """Return kernel, stride and padding of a layer; one that takes everything has a window as large as its input."""
    if row[0] in ("global", *_FLAT):
        return before.size, 1, 0
    return int(row[1]), int(row[2]), int(row[3])


def _after(row: Row, before: Signal) -> Signal:
    kernel, stride, padding = window(row, before)
    kind = row[0]
    return Signal(
        size=(before.size + 2 * padding - kernel) // stride + 1,
        channels=_channels_after(row, before),
        flat=kind == "global" or kind in _FLAT,
        field=before.field + (kernel - 1) * before.jump,
        jump=before.jump * stride,
        first=before.first - padding * before.jump,
    )


def _channels_after(row: Row, before: Signal) -> int:
    if row[0] == "conv":
        return int(row[4])
    if row[0] in _FLAT:
        return int(row[1])
    return len(C3_TABLE) if row[0] == "partial" else before.channels


def _counts(row: Row, before: Signal, norm: str) -> Counts:
    kind, after = row[0], _after(row, before)
    if kind in _FLAT:
        weights = math.prod(before.shape) * after.channels
        return (
            Counts(weights + after.channels, 0, weights) if kind == "dense" else Counts(0, weights, weights)
        )
    if kind == "trained":  # one factor and one bias a map
        return Counts(2 * after.channels, 0, math.prod(after.shape))
    if kind not in ("conv", "partial"):
        return Counts()
    pairs = sum(map(len, C3_TABLE)) if kind == "partial" else before.channels // int(row[5]) * after.channels
    weights = int(row[1]) ** 2 * pairs
    # Batch norm: a factor and a shift that are trained, a mean and a variance that are kept.
    added = after.channels * {"bias": 1, "batch": 2, "both": 3}[norm]
    fixed = 0 if norm == "bias" else 2 * after.channels
    return Counts(weights + added, fixed, weights * after.size**2)


# ---- networks as published -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """A network to begin with."""

    name: str
    side: int
    channels: int
    norm: str
    layers: tuple[Row, ...]


def _same(kernel: int, channels: int, times: int = 1) -> list[Row]:
    return [_conv(kernel, channels)] * times


def _residual(kind: str, times: Sequence[int]) -> tuple[Row, ...]:
    stages = (
        [kind, 64 * 2**stage, 2 if stage and not place else 1]
        for stage, count in enumerate(times)
        for place in range(count)
    )
    return (["conv", 7, 2, 3, 64, 1], ["max", 3, 2, 1], *stages, ["global"], ["dense", 1000])


_HALF: Row = ["max", 2, 2, 0]
_OVERLAPPING: Row = ["max", 3, 2, 1]
NETWORKS: Mapping[str, Network] = {
    "lenet5": Network(
        "LeNet-5 (1998)",
        32,
        1,
        "bias",
        (
            ["conv", 5, 1, 0, 6, 1], ["trained", 2, 2, 0], ["partial", 5, 1, 0], ["trained", 2, 2, 0],
            ["conv", 5, 1, 0, 120, 1], ["dense", 84], ["rbf", 10],
        ),
    ),
    "alexnet": Network(
        "AlexNet (2012)",
        224,
        3,
        "bias",
        (
            ["conv", 11, 4, 2, 96, 1], ["max", 3, 2, 0], ["conv", 5, 1, 2, 256, 2], ["max", 3, 2, 0],
            ["conv", 3, 1, 1, 384, 1], ["conv", 3, 1, 1, 384, 2], ["conv", 3, 1, 1, 256, 2], ["max", 3, 2, 0],
            ["dense", 4096], ["dense", 4096], ["dense", 1000],
        ),
    ),
    "vgg16": Network(
        "VGG-16 (2014)",
        224,
        3,
        "bias",
        (
            *_same(3, 64, 2), _HALF, *_same(3, 128, 2), _HALF, *_same(3, 256, 3), _HALF, *_same(3, 512, 3), _HALF,
            *_same(3, 512, 3), _HALF, ["dense", 4096], ["dense", 4096], ["dense", 1000],
        ),
    ),
    "googlenet": Network(
        "GoogLeNet (2014)",
        224,
        3,
        "bias",
        (
            ["conv", 7, 2, 3, 64, 1], _OVERLAPPING, _conv(1, 64), _conv(3, 192), _OVERLAPPING,
            ["inception", 64, 96, 128, 16, 32, 32], ["inception", 128, 128, 192, 32, 96, 64], _OVERLAPPING,
            ["inception", 192, 96, 208, 16, 48, 64], ["inception", 160, 112, 224, 24, 64, 64],
            ["inception", 128, 128, 256, 24, 64, 64], ["inception", 112, 144, 288, 32, 64, 64],
            ["inception", 256, 160, 320, 32, 128, 128], _OVERLAPPING,
            ["inception", 256, 160, 320, 32, 128, 128], ["inception", 384, 192, 384, 48, 128, 128],
            ["global"], ["dense", 1000],
        ),
    ),
    "resnet18": Network("ResNet-18 (2015)", 224, 3, "batch", _residual("basic", (2, 2, 2, 2))),
    "resnet50": Network("ResNet-50 (2015)", 224, 3, "batch", _residual("bottleneck", (3, 4, 6, 3))),
}  # fmt: skip
