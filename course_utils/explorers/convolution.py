"""The convolution explorer of lesson 06: from the picture to the window to the arithmetic of one output value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from course_utils import datasets
from course_utils.explorers.engine import (
    Choice,
    Flag,
    Integer,
    Number,
    Preset,
    StateError,
    Strokes,
    trimmed,
)
from course_utils.explorers.engine.fields import Field
from course_utils.explorers.engine.uploads import OWN, PictureExplorer, picture_choice
from course_utils.explorers.models import convolution as model
from course_utils.explorers.models.drawing import ink_as_drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PIXELS = 48  # of a side: larger ones could not be told apart in the figure
PEN = 0.08  # width of the pen, as a share of the pad
CHANNELS = ("red", "green", "blue")
_PAD = 28
_CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
_EXAMPLE = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
# name -> (data set, index of the training picture), or the name of a photo
_SOURCES: Mapping[str, tuple[str, int | str]] = {
    "boot": ("fashion_mnist", 28),
    "striped": ("fashion_mnist", 59),
    "two": ("digits", 0),
    "chelsea": ("photo", "chelsea"),
    "flower": ("photo", "flower"),
    "china": ("photo", "china"),
}
_PICTURES = {
    "boot": "ankle boot (Fashion-MNIST)",
    "striped": "striped T-shirt (Fashion-MNIST)",
    "two": "2 (handwritten)",
    "example": "5 × 5 example",
    "chelsea": "cat (photo)",
    "flower": "flower (photo)",
    "china": "temple (photo)",
    "drawing": "your own drawing",
}
IN_COLOUR = ("chelsea", "flower", "china", OWN)


@dataclass(frozen=True, kw_only=True)
class Kernels(Field):
    """Three square kernels of 1, 3 or 5 rows, for red, green and blue; a grey picture takes the first.

    One matrix stands for three equal ones.
    """

    low: float
    high: float

    kind = "kernels"

    def _checked(self, name: str, value: Any) -> list[model.Matrix]:
        """Accept one matrix, or three of one size."""
        if not isinstance(value, (list, tuple)) or not value or not all(map(_is_list, value)):
            raise StateError(f"{name} must be a square matrix, not {str(value)[:60]}")
        kernels = value if _is_list(value[0][0] if value[0] else None) else [value] * len(CHANNELS)
        if len(kernels) != len(CHANNELS) or len(kernels[0]) not in model.SIZES:
            raise StateError(f"{name} must have 1, 3 or 5 rows (one matrix, or one for each of 3 channels)")
        return [
            [self._row(f"{name} row {i}", row, len(kernels[0])) for i, row in enumerate(kernel)]
            for kernel in (self._square(name, kernel, len(kernels[0])) for kernel in kernels)
        ]

    def _square(self, name: str, kernel: Any, size: int) -> Sequence[Any]:
        if not _is_list(kernel) or len(kernel) != size:
            raise StateError(f"{name} must hold matrices with {size} rows each, not {str(kernel)[:60]}")
        return kernel

    def _row(self, name: str, row: Any, size: int) -> list[float]:
        if not _is_list(row) or len(row) != size:
            raise StateError(f"{name} must have {size} numbers, not {str(row)[:60]}")
        number = Number(default=0, low=self.low, high=self.high)
        return [number.check(name, value) for value in row]

    def describe(self) -> dict[str, Any]:
        """Return limits and the named kernels besides the label."""
        named = {name: [list(row) for row in kernel] for name, kernel in model.KERNELS.items()}
        return super().describe() | {"low": self.low, "high": self.high, "named": named}


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


_KERNEL = Kernels(default=model.KERNELS["Sobel x"], low=-9, high=9, label="kernel")


def _preset(
    name: str, prompt: str, kernel: str | model.Matrix | Sequence[model.Matrix], **state: Any
) -> Preset:
    """Return a preset with a named kernel, with one matrix, or with one for each channel."""
    weights = model.KERNELS[kernel] if isinstance(kernel, str) else kernel
    return Preset(name, prompt, {"kernel": _KERNEL.check("kernel", weights), **state})


class Convolution(PictureExplorer):
    """A kernel to edit cell by cell, what it makes of a picture, and the arithmetic of every output value.

    Everything is computed in the browser.

    Args:
        own_picture: a picture of yours, (height, width, 3) uint8; it is made smaller until it fits 48 pixels.
        state: ``picture`` ("boot", "striped", "two", "example", "chelsea", "flower", "china", "drawing", "own");
            ``strokes`` of the drawing; ``colours`` "grey" or "rgb" (photos); ``channel`` "red", "green" or
            "blue": the one whose numbers are shown; ``kernel``, a matrix of 1, 3 or 5 rows, or three of them,
            with numbers in [-9, 9]; ``stride`` 1 to 4; ``padding`` "valid" or "same"; ``dilation`` 1 to 3;
            ``bias`` in [-3, 3]; ``relu``; ``row`` and ``column`` of the output value that is looked at.
    """

    module = "convolution"
    title = "Convolution"
    hint = "Point at the feature map, or use the arrow keys there; type or drag the kernel’s numbers."
    picture_side = MOST_PIXELS
    fields = {
        "picture": picture_choice(_PICTURES),
        "strokes": Strokes(default=(), label="drawing"),
        "colours": Choice(default="grey", label="channels", options={"grey": "1 (grey)", "rgb": "3 (RGB)"}),
        "channel": Choice(default="red", label="channel", options={name: name for name in CHANNELS}),
        "kernel": _KERNEL,
        "stride": Integer(default=1, low=1, high=4, label="stride", help="pixels from window to window"),
        "padding": Choice(
            default="valid",
            label="padding",
            options={"valid": "valid", "same": "same"},
            help="valid: none; same: zeros around",
        ),
        "dilation": Integer(
            default=1, low=1, high=3, label="dilation", help="pixels from one weight to the next"
        ),
        "bias": Number(default=0, low=-3, high=3, step=0.1, label="bias"),
        "relu": Flag(default=False, label="ReLU after it", help="what is negative becomes 0"),
        "row": Integer(default=7, low=0, high=MOST_PIXELS - 1, label="row"),
        "column": Integer(default=11, low=0, high=MOST_PIXELS - 1, label="column"),
    }
    presets = (
        _preset(
            "By hand",
            "Predict: five of the nine weights are 1. What is the first output value? Then go on with Next.",
            _CROSS,
            picture="example",
            row=0,
            column=0,
        ),
        _preset(
            "Two edges",
            "Predict: Sobel y compares above and below. What becomes of a stripe: one line or two? Of which signs?",
            "Sobel y",
            picture="striped",
            row=11,
            column=12,
        ),
        _preset(
            "ReLU",
            "Predict: which half of the edges is gone? Switch ReLU off and on.",
            "Sobel x",
            picture="boot",
            relu=True,
        ),
        _preset(
            "Stride and zeros",
            "Predict: 48 pixels, stride 2, zeros around. How many outputs a side? And where do the zeros show?",
            "blur",
            picture="china",
            stride=2,
            padding="same",
            row=0,
            column=11,
        ),
        _preset(
            "Dilation",
            "Predict: nine weights with dilation 3. How many pixels wide is the window, and how large the map?",
            "Laplacian",
            picture="chelsea",
            dilation=3,
            row=20,
            column=6,
        ),
        _preset(
            "1 × 1 in colour",
            "Predict: one weight a channel, red minus blue. Which parts of the flower are positive?",
            [[[1]], [[0]], [[-1]]],
            picture="flower",
            colours="rgb",
            row=24,
            column=22,
        ),
        _preset(
            "Negative",
            "Predict: one weight, −1, and the bias 1. What is the feature map of a cat?",
            "negative",
            picture="chelsea",
            bias=1,
            row=16,
            column=13,
        ),
    )

    def __init__(self, **options: Any) -> None:
        """Start with the boot and Sobel's kernel, or with the parts of the state that are given."""
        super().__init__(arrays=_samples(), **options)

    def sample(self, name: str) -> NDArray[np.uint8]:
        """Return a sample picture, (height, width, 3) uint8; the drawing is made from its strokes instead."""
        if name == "drawing":
            return np.zeros((_PAD, _PAD, 3), np.uint8)
        return np.broadcast_to(_samples()[name], (*_samples()[name].shape[:2], 3))

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say the shapes, the arithmetic of the value that is looked at, and what the kernel answers to."""
        values, kernels = self._seen(state)
        height, width, channels = values.shape
        down, across = (_axis(side, state) for side in (height, width))
        size = len(kernels[0])
        depth = f" × {channels}" if channels > 1 else ""
        start = (
            f"{self._named(state)}, {height} × {width}{depth}, through a kernel of {size} × {size}{depth} "
            f"({model.kernel_name(kernels)})"
        )
        if not down.count * across.count:
            return f"{start}: its window of {down.extent} × {down.extent} pixels does not fit, so there is no output."
        place = min(state["row"], down.count - 1), min(state["column"], across.count - 1)
        total = model.window(values, kernels, *place, **_placing(state)).sums.sum()
        count = size * size * channels
        told = f"{count} products add up to" if count > 1 else "the product is"
        parts = [f"{told} {trimmed(total, 0, 2)}"]
        if state["bias"]:
            parts.append(f"with the bias {trimmed(total + state['bias'], 0, 2)}")
        if state["relu"]:
            parts.append(f"after ReLU {trimmed(max(0, total + state['bias']), 0, 2)}")
        return (
            f"{start}: the feature map has {down.count} × {across.count} values. "
            f"At row {place[0]}, column {place[1]}: {', '.join(parts)}. {model.answers_to(kernels)}"
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the picture with its window, the kernel that is shown, and the feature map."""
        from course_utils import plotting

        values, kernels = self._seen(state)
        figure, (left, middle, right) = plotting.figure(columns=3, width=8.4, height=2.9)
        _draw_picture(left, self, state)
        shown = CHANNELS.index(state["channel"]) if len(kernels) > 1 else 0
        title = f"kernel{f', {CHANNELS[shown]}' if len(kernels) > 1 else ''}"
        plotting.heatmap(kernels[shown], write_values=True, title=title, ax=middle)
        found = model.feature_map(values, kernels, state["bias"], relu=state["relu"], **_placing(state))
        if found.size:
            plotting.heatmap(found, title=f"feature map {found.shape[0]} × {found.shape[1]}", ax=right)
        else:
            right.set_axis_off()
        return figure

    def _named(self, state: Mapping[str, Any]) -> str:
        words = self.picture_words(state)
        return words[0].upper() + words[1:]

    def _seen(self, state: Mapping[str, Any]) -> tuple[NDArray[np.float64], list[model.Matrix]]:
        """Return the picture as the kernel sees it, (H, W, 1 or 3) from 0 to 1, and the kernels in use."""
        name = state["picture"]
        if name == "drawing":
            picture = ink_as_drawn(state["strokes"], PEN, (_PAD, _PAD)).astype(np.float64)[..., np.newaxis]
        elif name not in IN_COLOUR:
            picture = _samples()[name] / 255
        elif state["colours"] == "rgb":
            return self.picture(state) / 255, state["kernel"]
        else:
            picture = model.grey(self.picture(state))
        return picture, state["kernel"][:1]


def _placing(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: state[name] for name in ("stride", "padding", "dilation")}


def _axis(side: int, state: Mapping[str, Any]) -> model.Axis:
    return model.axis(side, len(state["kernel"][0]), **_placing(state))


@cache
def _samples() -> dict[str, NDArray[np.uint8]]:
    """Return the pictures that come with the explorer, (height, width, 1 or 3) uint8."""
    pictures = {}
    for name, (source, key) in _SOURCES.items():
        if source == "photo":
            pictures[name] = datasets.shrink(_square(datasets.photo(str(key))), MOST_PIXELS)
        else:
            pictures[name] = getattr(datasets, source)().train.images[key][..., np.newaxis]
    return {**pictures, "example": (255 * np.array(_EXAMPLE, np.uint8))[..., np.newaxis]}


def _square(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of a photo, as wide as it is high."""
    side = min(photo.shape[:2])
    top, left = ((length - side) // 2 for length in photo.shape[:2])
    return photo[top : top + side, left : left + side]


def _draw_picture(ax: Axes, explorer: Convolution, state: Mapping[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    from course_utils.theme import LIGHT

    values, kernels = explorer._seen(state)
    is_photo = state["picture"] in IN_COLOUR
    ax.imshow(values, cmap="gray" if is_photo else "gray_r", vmin=0, vmax=1)
    down, across = (_axis(side, state) for side in values.shape[:2])
    if down.count * across.count:
        top, left = (
            min(state[at], line.count - 1) * state["stride"] - line.before - 0.5
            for at, line in (("row", down), ("column", across))
        )
        outline = Rectangle(
            (left, top), across.extent, down.extent, fill=False, linewidth=2, edgecolor=LIGHT["gold"]
        )
        ax.add_patch(outline)
    ax.set(title=f"picture {values.shape[0]} × {values.shape[1]}", xticks=[], yticks=[])
    ax.grid(False)
