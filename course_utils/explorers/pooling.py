"""The pooling explorer of lesson 06: a picture is moved; what pooling forgives, and what convolution keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from course_utils import datasets
from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Flag,
    Integer,
    Number,
    Preset,
    decimal,
    percent,
    trimmed,
)
from course_utils.explorers.models import pooling as model
from course_utils.explorers.models.convolution import KERNELS, grey

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EXACT = 1e-5  # relative differences smaller than this are rounding
_PICTURES = {
    "two": "2 (handwritten)",
    "boot": "ankle boot (Fashion-MNIST)",
    "striped": "striped T-shirt (Fashion-MNIST)",
    "flower": "flower (detail of a photo)",
    "cat": "cat (detail of a photo)",
}
_KERNELS = {"none": "none: the picture itself"} | {
    key: f"{name} (3 × 3)" for key, name in model.KERNELS.items()
}
_POOLING = {
    "max": "max",
    "average": "average",
    "strided": "stride only",
    "none": "none",
}
_COMPARE = {"unshifted": "the unshifted map", "moved": "the map moved along"}
# share of the change that is left after pooling -> what that means
_FORGIVEN = ((0.6, "much"), (0.95, "a little"), (math.inf, "nothing"))
_PHOTOS = ("flower", "cat")


class PoolingShift(Explorer):
    """A picture to move: the maps before and after pooling, and how much each changes against the shift.

    Everything is computed in the browser.

    Args:
        state: ``picture`` ("two", "boot", "striped", "flower", "cat"); ``dx`` and ``dy`` in [-8, 8], pixels to
            the right and down; ``kernel`` ("none", "sobel_x", "sobel_y", "laplacian"), with ``relu`` after it;
            ``pooling`` ("max", "average", "strided", "none") with windows of ``size`` 2 to 4, ``stride`` 1 to 4,
            in ``stages`` 1 or 2; ``compare`` with the "unshifted" map or with the map "moved" along; ``row`` and
            ``column`` of the pooled value that is looked at.
    """

    module = "pooling_shift"
    title = "Pooling and shift"
    hint = "Drag the picture, or focus it and use the arrow keys; point at a pooled value."
    fields = {
        "picture": Choice(default="two", label="picture", options=_PICTURES),
        "kernel": Choice(default="sobel_x", label="kernel", options=_KERNELS),
        "relu": Flag(default=True, label="ReLU after it", help="what is negative becomes 0"),
        "pooling": Choice(default="max", label="pooling", options=_POOLING),
        "size": Integer(
            default=2, low=2, high=4, label="window", help="rows and columns of a pooling window"
        ),
        "stride": Integer(default=2, low=1, high=4, label="stride", help="cells from window to window"),
        "stages": Integer(default=1, low=1, high=2, label="stages", help="how often it is pooled"),
        "dx": Number(
            default=1, low=-model.REACH, high=model.REACH, step=0.5, digits=1, unit="px", label="right"
        ),
        "dy": Number(
            default=0, low=-model.REACH, high=model.REACH, step=0.5, digits=1, unit="px", label="down"
        ),
        "compare": Choice(default="unshifted", label="against", options=_COMPARE),
        "row": Integer(default=6, low=0, high=model.SEEN - 1, label="row"),
        "column": Integer(default=9, low=0, high=model.SEEN - 1, label="column"),
    }
    presets = (
        Preset(
            "One pixel",
            "Predict: the 2 moves by one pixel. How many percent of the map change before pooling, how many after?",
            {"dx": 1, "dy": 0, "stages": 1, "compare": "unshifted"},
        ),
        Preset(
            "Four pixels",
            "Predict: four pixels, two windows of max pooling. Is the pooled map still nearly the same?",
            {"dx": 4, "dy": 0, "column": 10},
        ),
        Preset(
            "Half a pixel",
            "Predict: between pixels the picture is interpolated. Does max pooling forgive half a pixel?",
            {"picture": "boot", "dx": 0.5, "dy": 0, "column": 7},
        ),
        Preset(
            "Strided",
            "Predict: the map is as small as after pooling, but every second value is dropped. Is it as tolerant?",
            {"picture": "boot", "pooling": "strided", "stages": 2, "dx": 2, "row": 2, "column": 4},
        ),
        Preset(
            "Two stages",
            "Predict: windows of 2 × 2, twice. How wide is the window in the map, and where does the curve go?",
            {"stages": 2, "dx": 1, "row": 3, "column": 4},
        ),
        Preset(
            "Equivariant",
            "Predict: no pooling; the map of the moved picture minus the moved map. What is left inside?",
            {
                "pooling": "none",
                "picture": "boot",
                "compare": "moved",
                "dx": 3,
                "dy": -2,
                "row": 10,
                "column": 16,
            },
        ),
        Preset(
            "Whole strides",
            "Predict: stride 2. For which shifts is the pooled map the old one, moved by whole cells?",
            {"compare": "moved", "dx": 2, "dy": 0},
        ),
    )

    def __init__(self, **state: Any) -> None:
        """Start with the 2 moved by one pixel, or with the parts of the state that are given."""
        kernels = {key: KERNELS[name] for key, name in model.KERNELS.items()}
        super().__init__(arrays={**_sources(), "kernels": kernels}, **state)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say the shift, the chain, both changes, and which value the pooled cell shows."""
        chain, source = _chain(state), _sources()[state["picture"]]
        along = state["compare"] == "moved"
        before, after = (
            float(each[0]) for each in model.changes(chain, source, state["dx"], state["dy"], along)
        )
        words = _PICTURES[state["picture"]]
        start = f"{words[0].upper()}{words[1:]}, {_shift_words(state)}, {_chain_words(chain)}"
        maps = model.maps(chain, model.seen(source, state["dx"], state["dy"])[np.newaxis])
        told = _along_words(chain, before, after) if along else _change_words(chain, before, after)
        return f"{start}: {len(maps[1][0])} × {len(maps[1][0])} values. {told} {_cell_words(chain, *maps, state)}"

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the moved picture, the maps before and after pooling, and both changes against the shift."""
        from course_utils import plotting

        chain, source = _chain(state), _sources()[state["picture"]]
        picture = model.seen(source, state["dx"], state["dy"])
        before, after = (each[0] / 255 for each in model.maps(chain, picture[np.newaxis]))
        figure, axes = plotting.figure(columns=4, width=8.9, height=2.5)
        axes[0].imshow(picture, cmap="gray" if state["picture"] in _PHOTOS else "gray_r", vmin=0, vmax=255)
        axes[0].set(title=f"picture, {_shift_words(state)}", xticks=[], yticks=[])
        axes[0].grid(False)
        plotting.heatmap(before, title=f"before: {len(before)} × {len(before)}", ax=axes[1])
        plotting.heatmap(after, title=f"after: {len(after)} × {len(after)}", ax=axes[2])
        _draw_curves(axes[3], chain, source, state)
        return figure


def _chain(state: Mapping[str, Any]) -> model.Chain:
    names = ("kernel", "relu", "pooling", "size", "stride", "stages")
    return model.Chain(**{name: state[name] for name in names})


@cache
def _sources() -> dict[str, NDArray[np.uint8]]:
    """Return the pictures with room to move, (SOURCE, SOURCE) uint8: paper around drawings, more of a photo."""
    digit, clothes = datasets.digits().train.images, datasets.fashion_mnist().train.images
    drawings = {"two": digit[0], "boot": clothes[28], "striped": clothes[59]}
    photos = {"flower": _detail("flower", 80, 0.5, 0.55), "cat": _detail("chelsea", 110, 0.35, 0.5)}
    return {name: _with_paper(picture) for name, picture in drawings.items()} | photos


def _with_paper(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    around = [((model.SOURCE - side) // 2, -(-(model.SOURCE - side) // 2)) for side in picture.shape]
    return np.pad(picture, around)


def _detail(name: str, width: int, down: float, across: float) -> NDArray[np.uint8]:
    """Return a grey square of a photo made ``width`` pixels wide; ``down`` and ``across`` place it, 0 to 1."""
    photo = np.rint(255 * grey(datasets.shrink(datasets.photo(name), width))[..., 0]).astype(np.uint8)
    top, left = (
        int(share * (side - model.SOURCE)) for share, side in zip((down, across), photo.shape, strict=True)
    )
    return photo[top : top + model.SOURCE, left : left + model.SOURCE]


# ---- words ---------------------------------------------------------------------------------------------


def _shift_words(state: Mapping[str, Any]) -> str:
    ways = (("dx", "right", "left"), ("dy", "down", "up"))
    parts = [
        f"{trimmed(abs(state[name]), 0, 2)} px {positive if state[name] > 0 else negative}"
        for name, positive, negative in ways
        if state[name]
    ]
    return " and ".join(parts) or "unshifted"


def _chain_words(chain: model.Chain) -> str:
    kernel = "no kernel" if chain.kernel == "none" else model.KERNELS[chain.kernel]
    relu = " and ReLU" if chain.margin and chain.relu else ""
    return f"through {kernel}{relu}, then {_pooling_words(chain)}"


def _pooling_words(chain: model.Chain) -> str:
    if chain.pooling == "none":
        return "no pooling"
    twice = ", twice" if chain.stages == 2 else ""
    if chain.pooling == "strided":
        return f"stride {chain.stride} without pooling{twice}"
    return f"{chain.pooling} pooling {chain.size} × {chain.size}, stride {chain.stride}{twice}"


def _change_words(chain: model.Chain, before: float, after: float) -> str:
    if chain.pooling == "none":
        return f"The map has changed by {percent(before)}."
    if after < _EXACT:
        return "Nothing has moved, so neither map has changed."
    forgiven = next(word for share, word in _FORGIVEN if after < share * before)
    start = f"Before pooling the map has changed by {percent(before)}, after it by {percent(after)}"
    return f"{start}: {forgiven} is forgiven."


def _along_words(chain: model.Chain, before: float, after: float) -> str:
    first = f"Before pooling it is the old map, moved along{_exactness(before)}."
    if chain.pooling == "none":
        return f"The map is the old one, moved along{_exactness(before)}."
    if math.isnan(after):
        return f"{first} After it no value of the moved map lies inside."
    return (
        f"{first} One pooled cell is {chain.step} px: after pooling it is the moved map{_exactness(after)}."
    )


def _exactness(difference: float) -> str:
    if math.isnan(difference):
        return " (all 0)"
    return " exactly" if difference < _EXACT else f" but for {percent(difference, 1)}"


def _cell_words(
    chain: model.Chain, before: NDArray[np.float64], after: NDArray[np.float64], state: Mapping[str, Any]
) -> str:
    row, column = (min(state[name], after.shape[1] - 1) for name in ("row", "column"))
    value = decimal(after[0, row, column] / 255)
    place = model.winner(chain, before[0], row, column)
    count = f"{len(chain.offsets)} × {len(chain.offsets)} values"
    start = f"At row {row}, column {column}:"
    if chain.pooling == "none":
        return f"{start} {value}."
    if chain.pooling == "average":
        return f"{start} {value}, the average over {count}."
    if place is None:
        return f"{start} {value}, as all of its {count}."
    found = "taken from" if chain.pooling == "strided" else f"the largest of {count}, from"
    return f"{start} {value}, {found} row {place[0]}, column {place[1]}."


# ---- the still picture ---------------------------------------------------------------------------------


def _draw_curves(ax: Axes, chain: model.Chain, source: NDArray[np.uint8], state: Mapping[str, Any]) -> None:
    from course_utils.theme import LIGHT

    curves = model.changes(chain, source, model.SHIFTS, state["dy"], state["compare"] == "moved")
    ax.plot(model.SHIFTS, 100 * curves[0], color=LIGHT["orange"], linestyle="--", label="before pooling")
    ax.plot(model.SHIFTS, 100 * curves[1], color=LIGHT["blue"], label="after")
    ax.axvline(state["dx"], color=LIGHT["ink"], linewidth=1)
    ax.set(ylim=(0, 200), xlabel="px to the right", title="change in %")
    ax.legend()
