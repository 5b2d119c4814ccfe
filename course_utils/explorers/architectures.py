"""The architecture explorer of lesson 07: published networks and one's own, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from course_utils import datasets
from course_utils.explorers.engine import Choice, Explorer, Integer, Number, Preset, StateError, percent
from course_utils.explorers.engine.fields import Field
from course_utils.explorers.models import architectures as model
from course_utils.explorers.models.parameter_counts import amount, memory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BLOCKS = 24
MOST_PARTS = 7  # of an inception module
_PICTURE_SIDE = 224


@dataclass(frozen=True, kw_only=True)
class BlockList(Field):
    """A chain of 1 to ``most`` blocks, each [kind, numbers ...] as ``models.architectures.KINDS`` names them."""

    most: int

    kind = "blocks"

    def _checked(self, name: str, value: Any) -> list[list[Any]]:
        """Accept a list of blocks with as many numbers as their kinds have, each in its limits."""
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= self.most:
            raise StateError(f"{name} must be a list of 1 to {self.most} blocks, not {str(value)[:60]}")
        return [self._block(f"{name}[{i}]", block) for i, block in enumerate(value)]

    def _block(self, name: str, block: Any) -> list[Any]:
        if not isinstance(block, (list, tuple)) or not block:
            raise StateError(f"{name} must be [kind, numbers ...], not {str(block)[:60]}")
        words = {key: kind.words for key, kind in model.KINDS.items()}
        kind = Choice(default="conv", options=words).check(f"{name} kind", block[0])
        wanted = model.KINDS[kind].numbers
        if len(block) != 1 + len(wanted):
            raise StateError(
                f"{name} must be {[kind, *wanted]} with {len(wanted)} numbers, not {str(block)[:60]}"
            )
        return [kind, *(self._number(name, *pair) for pair in zip(wanted, block[1:], strict=True))]

    def _number(self, name: str, number: str, value: Any) -> int:
        label, low, high = model.NUMBERS[number]
        return Integer(default=low, low=low, high=high).check(f"{name} {label}", value)

    def describe(self) -> dict[str, Any]:
        """Return kinds, numbers and the longest chain besides the label."""
        kinds = {
            key: {
                "words": kind.words,
                "short": kind.short,
                "numbers": list(kind.numbers),
                "start": list(kind.start),
            }
            for key, kind in model.KINDS.items()
        }
        numbers = {
            name: {"label": label, "low": low, "high": high}
            for name, (label, low, high) in model.NUMBERS.items()
        }
        return super().describe() | {"most": self.most, "kinds": kinds, "numbers": numbers}


def network_state(name: str) -> dict[str, Any]:
    """Return the part of the state that makes a network of ``models.architectures.NETWORKS``.

    Raises:
        StateError: for another name.
    """
    if name not in model.NETWORKS:
        raise StateError(f"there is no network {name!r}; choose among {', '.join(model.NETWORKS)}")
    network = model.NETWORKS[name]
    return {
        "layers": [list(row) for row in network.layers],
        "side": network.side,
        "channels": network.channels,
        "norm": network.norm,
    }


def _preset(title: str, prompt: str, network: str, **state: Any) -> Preset:
    return Preset(title, prompt, network_state(network) | {"part": 0, "x": 0.5, "y": 0.5} | state)


_THREE = [["conv", 1, 1, 0, 64, 1], *[["conv", 3, 1, 1, 64, 1]] * 3]
_TOO_SMALL = [["conv", 5, 1, 0, 32, 1], ["max", 2, 2, 0], ["conv", 5, 1, 0, 64, 1], ["max", 2, 2, 0]]


class Architecture(Explorer):
    """A convolutional network layer by layer: shapes, parameters, multiply-adds and receptive fields, to be edited.

    Everything is computed in the browser.

    Args:
        network: what to begin with: "lenet5", "alexnet", "vgg16", "googlenet", "resnet18" or "resnet50".
        state: ``layers``, up to 24 blocks [kind, numbers ...]: ["conv", kernel, stride, padding, channels,
            groups], ["max" | "average", kernel, stride, padding], ["global"], ["dense", units], ["basic" |
            "bottleneck", channels, stride] (residual), ["inception", 1 × 1, before 3 × 3, 3 × 3, before 5 × 5,
            5 × 5, after pooling], and LeNet's ["partial" | "trained", kernel, stride, padding], ["rbf", units];
            ``side`` 8 to 512 and ``channels`` 1 to 3 of the picture; ``norm`` "bias", "batch" or "both", what
            convolutions have besides their kernels; ``selected``, the block looked at, from 1, and ``part``, the
            layer in it, 0 for all of it; ``x`` and ``y`` in [0, 1], where in its output.
    """

    module = "architecture"
    title = "Architectures"
    hint = "Click a block, or use the arrow keys on the drawing; change it below."
    fields = {
        "layers": BlockList(default=network_state("vgg16")["layers"], most=MOST_BLOCKS, label="blocks"),
        "side": Integer(default=224, low=8, high=512, label="side", help="of the picture, in pixels"),
        "channels": Integer(default=3, low=1, high=3, label="colours"),
        "norm": Choice(
            default="bias",
            label="convolutions with",
            options=model.NORMS,
            help="besides their kernels; Keras’ ResNet-50 has both",
        ),
        "selected": Integer(default=7, low=1, high=MOST_BLOCKS, label="block"),
        "part": Integer(default=0, low=0, high=MOST_PARTS, label="layer in it"),
        "x": Number(default=0.5, low=0, high=1, step=0.01, label="column, as a share"),
        "y": Number(default=0.5, low=0, high=1, step=0.01, label="row, as a share"),
    }
    presets = (
        _preset(
            "LeNet-5",
            "Predict: which is the first layer whose values see the whole picture of 32 × 32?",
            "lenet5",
            selected=3,
        ),
        _preset(
            "AlexNet",
            "Predict: five convolutions and three dense layers. Who holds the parameters, and who does the work?",
            "alexnet",
            selected=9,
        ),
        _preset(
            "VGG-16",
            "Predict: only 3 × 3 kernels. How many pixels does a value of the last convolution see?",
            "vgg16",
            selected=17,
        ),
        _preset(
            "Inception",
            "Predict: 22 layers deep and no large dense layer. More or fewer parameters than AlexNet’s 61 million?",
            "googlenet",
            selected=6,
            part=3,
        ),
        _preset(
            "ResNet-50",
            "Predict: three times as deep as VGG-16. How many times its parameters, and its multiply-adds?",
            "resnet50",
            selected=4,
        ),
        Preset(
            "Three 3 × 3",
            "Predict: conv 2 to 4 see 3 × 3 each. How much does conv 4 see? What would one such window cost?",
            {"layers": _THREE, "side": 32, "channels": 3, "norm": "bias", "selected": 4, "part": 0},
        ),
        Preset(
            "Size 0",
            "Predict: 28 pixels, twice 5 × 5 without padding and pooling. Does a third time fit?",
            {
                "layers": [*_TOO_SMALL, ["conv", 5, 1, 0, 128, 1], ["dense", 10]],
                "side": 28,
                "channels": 1,
                "norm": "bias",
                "selected": 5,
            },
        ),
    )

    def __init__(self, network: str = "vgg16", **state: Any) -> None:
        """Start with a published network, changed by ``state``."""
        networks = {name: network_state(name) | {"name": each.name} for name, each in model.NETWORKS.items()}
        arrays = {"networks": networks, **_pictures()}
        super().__init__(arrays=arrays, **network_state(network) | state)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say the network's totals, where they lie, and the selected layer; or what does not fit."""
        blocks = _blocks(state)
        wrong = next((block for block in blocks if block.problem), None)
        if wrong:
            return (
                f"{wrong.name} does not fit: {wrong.problem}. Change it, or a block before it; nothing of the chain "
                "is lost."
            )
        return f"{_network_words(state, blocks)} {_selected_words(state, blocks)}"

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the blocks' outputs as boxes, and the shares of parameters and multiply-adds below them."""
        from course_utils import plotting

        blocks = _blocks(state)
        figure, (upper, lower) = plotting.figure(rows=2, width=8.6, height=4, sharex=True)
        _draw_boxes(upper, state, blocks)
        _draw_shares(lower, blocks)
        return figure


# ---- words ---------------------------------------------------------------------------------------------


def _blocks(state: Mapping[str, Any]) -> list[model.Block]:
    return model.count_blocks(state["side"], state["channels"], state["norm"], state["layers"])


def network_name(state: Mapping[str, Any]) -> str:
    """Return the name of the published network that ``state`` holds, or "A chain of your own"."""
    for name, network in model.NETWORKS.items():
        published = network_state(name)
        if all(state[key] == value for key, value in published.items()):
            return network.name
    return "A chain of your own"


def _network_words(state: Mapping[str, Any], blocks: list[model.Block]) -> str:
    counts, depth = model.total(blocks), sum(block.depth for block in blocks)
    fixed = f" and {counts.fixed:,} that are not trained" if counts.fixed else ""
    return (
        f"{network_name(state)}, {depth} {'layer' if depth == 1 else 'layers'} deep: "
        f"{counts.parameters:,} trained parameters ({memory(counts.parameters)}){fixed}, "
        f"{amount(counts.multiply_adds)} multiply-adds ({amount(2 * counts.multiply_adds)} FLOPs) a picture. "
        f"{_most(blocks, counts)}"
    ).strip()


def _most(blocks: list[model.Block], counts: model.Counts) -> str:
    if not counts.parameters or not counts.multiply_adds:
        return ""
    largest = max(blocks, key=lambda block: block.counts.parameters)
    busiest = max(blocks, key=lambda block: block.counts.multiply_adds)
    return (
        f"{percent(largest.counts.parameters / counts.parameters)} of the parameters lie in {largest.name}, "
        f"{percent(busiest.counts.multiply_adds / counts.multiply_adds)} of the multiply-adds in {busiest.name}."
    )


def _selected(state: Mapping[str, Any], blocks: list[model.Block]) -> tuple[str, model.Signal, model.Counts]:
    """Return name, output and counts of the block that is looked at, or of the layer in it."""
    block = blocks[min(state["selected"], len(blocks)) - 1]
    assert block.after is not None, "every block fits"
    parts = block.parts
    place = min(state["part"], len(parts)) if len(parts) > 1 else 0
    if not place:
        return block.name, block.after, block.counts
    return f"{block.name}, layer {place} of {len(parts)}", parts[place - 1].after, parts[place - 1].counts


def _selected_words(state: Mapping[str, Any], blocks: list[model.Block]) -> str:
    name, signal, counts = _selected(state, blocks)
    several = "parameter" if counts.parameters == 1 else "parameters"
    return (
        f"{name}: {' × '.join(map(str, signal.shape))}, {counts.parameters:,} {several}, "
        f"{amount(counts.multiply_adds)} multiply-adds. {_field_words(state, signal)}"
    )


def _field_words(state: Mapping[str, Any], signal: model.Signal) -> str:
    row, column = (min(signal.size - 1, int(state[axis] * signal.size)) for axis in ("y", "x"))
    rows, columns = (_in_picture(signal.seen(place), state["side"]) for place in (row, column))
    where = "Each unit" if signal.flat else f"The value in row {row + 1}, column {column + 1}"
    whole = f"{where} sees {signal.field} × {signal.field} pixels"
    if rows * columns == signal.field**2:
        return f"{whole}."
    return f"{whole}, of which {rows} × {columns} lie in the picture."


def _in_picture(seen: tuple[int, int], side: int) -> int:
    return max(0, min(side, seen[1] + 1) - max(0, seen[0]))


# ---- pictures ------------------------------------------------------------------------------------------


@cache
def _pictures() -> dict[str, NDArray[np.uint8]]:
    """Return the pictures that a field is shown on, (side, side, 3) uint8."""
    photo = datasets.photo("chelsea")
    shorter = min(photo.shape[:2])
    left = (photo.shape[1] - shorter) // 2
    cat = datasets.shrink(np.ascontiguousarray(photo[:shorter, left : left + shorter]), _PICTURE_SIDE)
    two = np.pad(datasets.digits().train.images[0], 4)  # on 28 × 28, as networks for digits take it
    return {"cat": cat, "two": np.repeat(two[..., np.newaxis], 3, axis=2).astype(np.uint8)}


def _draw_boxes(ax: Axes, state: Mapping[str, Any], blocks: list[model.Block]) -> None:
    from matplotlib.patches import Rectangle

    from course_utils.theme import LIGHT

    for place, block in enumerate(blocks, 1):
        if block.after is None:
            ax.text(place, 0.2, "✗", color=LIGHT["red"], ha="center", fontsize=14)
            continue
        height = 0.08 + 0.9 * (block.after.size / state["side"]) ** 0.5
        width = 0.1 + 0.055 * np.log2(1 + block.after.channels)
        colour = LIGHT["purple" if block.after.flat else "blue"]
        box = Rectangle(
            (place - width / 2, 0.5 - height / 2),
            width,
            height,
            facecolor=colour,
            alpha=0.35,
            edgecolor=colour,
        )
        ax.add_patch(box)
        label = (
            f"{block.after.channels}" if block.after.flat else f"{block.after.size}²\n{block.after.channels}"
        )
        ax.text(place, -0.05, label, ha="center", va="top", fontsize=8)
    ax.set(xlim=(0.4, len(blocks) + 0.6), ylim=(-0.4, 1.05), title=network_name(state))
    ax.set_axis_off()


def _draw_shares(ax: Axes, blocks: list[model.Block]) -> None:
    from course_utils.theme import LIGHT

    counts = model.total(blocks)
    places = np.arange(1, len(blocks) + 1)
    for name, words, colour, hatch, shift in (
        ("parameters", "parameters", "blue", "", -0.2),
        ("multiply_adds", "multiply-adds", "orange", "///", 0.2),
    ):
        whole = max(1, getattr(counts, name))
        shares = [100 * getattr(block.counts, name) / whole for block in blocks]
        ax.bar(
            places + shift,
            shares,
            0.38,
            label=words,
            color=LIGHT[colour],
            hatch=hatch,
            edgecolor=LIGHT["paper"],
        )
    ax.set_xticks(places, [block.name for block in blocks], rotation=60, ha="right")
    ax.set(ylabel="share (%)")
    ax.legend()
