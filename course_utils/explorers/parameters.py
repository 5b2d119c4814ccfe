"""The parameter counter of lesson 06: dense, local and shared weights, and small networks layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Flag,
    Integer,
    Preset,
    StateError,
    percent,
)
from course_utils.explorers.engine.fields import Field
from course_utils.explorers.models import parameter_counts as model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LENET_1998 = [
    ["conv", 5, 6], ["trained", 2, 1], ["partial", 5, 16], ["trained", 2, 1], ["conv", 5, 120], ["dense", 1, 84],
    ["rbf", 1, 10],
]  # fmt: skip
LENET_TODAY = [
    ["conv", 5, 6], ["average", 2, 1], ["conv", 5, 16], ["average", 2, 1], ["dense", 1, 120], ["dense", 1, 84],
    ["dense", 1, 10],
]  # fmt: skip
_WEIGHTS = {"none": "none", "a": "a", "b": "b", "c": "c", "d": "d"}


@dataclass(frozen=True, kw_only=True)
class LayerList(Field):
    """Up to ``most`` layers, each [kind, side of the window, feature maps or units]."""

    most: int
    largest_window: int
    largest_number: int

    kind = "layers"

    def _checked(self, name: str, value: Any) -> list[list[Any]]:
        """Accept a list of 1 to ``most`` layers."""
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= self.most:
            raise StateError(f"{name} must be a list of 1 to {self.most} layers, not {str(value)[:60]}")
        return [self._layer(f"{name}[{i}]", layer) for i, layer in enumerate(value)]

    def _layer(self, name: str, layer: Any) -> list[Any]:
        if not isinstance(layer, (list, tuple)) or len(layer) != 3:
            raise StateError(f"{name} must be [kind, window, number], not {str(layer)[:60]}")
        kind = Choice(default="conv", options=model.KINDS).check(f"{name} kind", layer[0])
        window = Integer(default=1, low=1, high=self.largest_window).check(f"{name} window", layer[1])
        number = Integer(default=1, low=1, high=self.largest_number).check(f"{name} number", layer[2])
        return [kind, window, number]

    def describe(self) -> dict[str, Any]:
        """Return the kinds and the limits besides the label."""
        limits = {"most": self.most, "window": self.largest_window, "number": self.largest_number}
        return super().describe() | limits | {"kinds": dict(model.KINDS)}


class ParameterCounter(Explorer):
    """How many parameters: fully connected, locally connected and shared weights, and networks layer by layer.

    Everything is computed in the browser.

    Args:
        state: ``view`` "ways" or "layers". Three ways: ``side`` 4 to 1000 and ``channels`` 1 to 64 of the
            picture; ``units`` 1 to 1,000,000 in each of ``maps`` 1 to 64 maps; ``field`` 1 to 31, the side of
            the local field; ``biases``; ``weight`` "none", "a", "b", "c", "d", the one looked at. Layer by
            layer: ``input_side`` 8 to 64, ``input_channels`` 1 to 3, and ``layers``, up to nine
            [kind, window, number] with the kinds "conv", "same", "partial", "max", "average", "trained",
            "dense", "rbf".
    """

    module = "parameter_counter"
    title = "Parameter counter"
    hint = "Three ways to connect the same units; or a network, layer by layer."
    fields = {
        "view": Choice(
            default="ways",
            label="show",
            options={"ways": "Three ways to connect", "layers": "Layer by layer"},
        ),
        "side": Integer(default=1000, low=4, high=1000, label="pixels a side"),
        "channels": Integer(default=1, low=1, high=64, label="channels"),
        "units": Integer(default=1_000_000, low=1, high=1_000_000, log=True, label="units a map"),
        "maps": Integer(default=1, low=1, high=64, label="feature maps"),
        "field": Integer(default=10, low=1, high=31, label="local field", help="side of what one unit sees"),
        "biases": Flag(default=False, label="count biases, too"),
        "weight": Choice(default="b", label="weight", options=_WEIGHTS),
        "input_side": Integer(default=32, low=8, high=64, label="pixels a side"),
        "input_channels": Integer(default=1, low=1, high=3, label="channels"),
        "layers": LayerList(
            default=LENET_1998, most=9, largest_window=11, largest_number=4096, label="layers"
        ),
    }
    presets = (
        Preset(
            "Megapixel",
            "Predict: 1000 × 1000 pixels, a million hidden units. How many weights in each of the three ways?",
            {"view": "ways", "side": 1000, "units": 1_000_000, "maps": 1, "field": 10, "channels": 1},
        ),
        Preset(
            "Fashion-MNIST",
            "Predict: 28 × 28 pixels, 6 maps of 24 × 24 units that see 5 × 5. Does sharing still matter?",
            {"view": "ways", "side": 28, "units": 576, "maps": 6, "field": 5, "biases": True},
        ),
        Preset(
            "Half the side",
            "Predict: 500 pixels a side instead of 1000, and a quarter of the units. Which of the three bars stays?",
            {"view": "ways", "side": 500, "units": 250_000, "maps": 1, "field": 10},
        ),
        Preset(
            "LeNet-5 (1998)",
            "Predict: which layer holds most of the 60,000 parameters, and which costs most multiply-adds?",
            {"view": "layers", "input_side": 32, "input_channels": 1, "layers": LENET_1998},
        ),
        Preset(
            "LeNet today",
            "Predict: C3 sees all six maps, pooling trains nothing, the output is a layer of 10. More than 60,000?",
            {"view": "layers", "input_side": 32, "input_channels": 1, "layers": LENET_TODAY},
        ),
        Preset(
            "All dense",
            "Predict: one fully connected layer of 300 units instead. How many times the parameters of LeNet?",
            {
                "view": "layers",
                "input_side": 32,
                "input_channels": 1,
                "layers": [["dense", 1, 300], ["dense", 1, 10]],
            },
        ),
        Preset(
            "3 × 3",
            "Predict: three convolutions of 3 × 3, each with 32 maps and zeros around. Where are the multiply-adds?",
            {
                "view": "layers",
                "input_side": 32,
                "input_channels": 3,
                "layers": [
                    *([kind, size, 32] for _ in range(3) for kind, size in (("same", 3), ("max", 2))),
                    ["dense", 1, 10],
                ],
            },
        ),
    )

    def __init__(self, **state: Any) -> None:
        """Start with the article's megapixel, or with the parts of the state that are given."""
        super().__init__(arrays={"table": [list(seen) for seen in model.C3_TABLE]}, **state)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say the three counts, or the network's totals and where they lie."""
        return _ways_words(state) if state["view"] == "ways" else _layers_words(state)

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the three counts, or the parameters and multiply-adds of every layer, as bars with a log scale."""
        from course_utils import plotting
        from course_utils.theme import LIGHT

        if state["view"] == "ways":
            ways = _ways(state)
            counts = [[ways.fully, ways.local, ways.shared]]
            names, titles = ["fully connected", "locally connected", "shared"], [_counted(state)]
        else:
            found = [each for each in _counts(state) if each.shape]
            names = [each.name for each in found] or ["no layer fits"]
            counts = [
                [each.parameters + each.fixed for each in found] or [0],
                [each.multiply_adds for each in found] or [0],
            ]
            titles = ["parameters", "multiply-adds"]
        figure, axes = plotting.figure(columns=len(counts), width=8, height=2.8)
        for ax, values, title in zip(axes if len(counts) > 1 else [axes], counts, titles, strict=True):
            bars = ax.barh(names, [max(value, 0.8) for value in values], left=0.8, color=LIGHT["blue"])
            ax.bar_label(bars, [model.amount(value) for value in values], padding=4)
            ax.set(xscale="log", title=title, xlim=(0.8, max(10, *values) * 300))
            ax.invert_yaxis()
        return figure


# ---- words ---------------------------------------------------------------------------------------------


def _ways(state: Mapping[str, Any]) -> model.Ways:
    names = ("side", "channels", "units", "maps", "field", "biases")
    return model.three_ways(**{name: state[name] for name in names})


def _counts(state: Mapping[str, Any]) -> list[model.LayerCount]:
    return model.count_layers(state["input_side"], state["input_channels"], state["layers"])


def _counted(state: Mapping[str, Any]) -> str:
    return "parameters" if state["biases"] else "weights"


def _several(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _ways_words(state: Mapping[str, Any]) -> str:
    ways, field = _ways(state), min(state["field"], state["side"])
    start = (
        f"{state['side']} × {state['side']} pixels with {_several(state['channels'], 'channel')}, "
        f"{_several(state['maps'], 'map')} of {_several(state['units'], 'unit')}"
    )
    full, local, shared = (
        f"{model.amount(each)} ({model.memory(each)})" for each in (ways.fully, ways.local, ways.shared)
    )
    return (
        f"{start}: {full} {_counted(state)} if every unit sees every pixel, {local} if it sees {field} × {field}, "
        f"{shared} if the units of a map share theirs. {_times(ways)}"
    )


def _times(ways: model.Ways) -> str:
    if ways.fully == ways.shared:
        return "Here sharing saves nothing."
    return f"Sharing needs {model.amount(ways.fully // ways.shared)} times fewer than full connection."


def _layers_words(state: Mapping[str, Any]) -> str:
    counts = _counts(state)
    wrong = next((each for each in counts if each.problem), None)
    if wrong:
        return f"{wrong.name} does not fit: {wrong.problem}. Change it, or a layer before it."
    trained, fixed, work = (
        sum(getattr(each, name) for each in counts) for name in ("parameters", "fixed", "multiply_adds")
    )
    held = f" and {_several(fixed, 'fixed number')}" if fixed else ""
    shape = f"{state['input_side']} × {state['input_side']} × {state['input_channels']}"
    return (
        f"{_several(len(counts), 'layer')} on {shape}: "
        f"{_several(trained, 'trained parameter')} ({model.memory(trained)}){held}, {work:,} multiply-adds a picture. "
        f"{_most(counts, 'parameters', trained)}{_most(counts, 'multiply_adds', work)}"
    ).strip()


def _most(counts: list[model.LayerCount], name: str, total: int) -> str:
    if not total:
        return ""
    largest = max(counts, key=lambda each: getattr(each, name))
    share = percent(getattr(largest, name) / total)
    return f"{largest.name} has {share} of the {name.replace('_', '-')}. "
