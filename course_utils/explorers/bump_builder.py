"""The bump builder of lesson 02: a curve as a sum of units, fitted or made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import Choice, Explorer, Integer, Number, Numbers, Preset, Rows, decimal
from course_utils.explorers.models import bumps as model
from course_utils.explorers.models.activations import NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HILL = [0.0, 0.2, 0.9, 0.3, -0.6, -0.9, 0.1, 0.5, 0.2]
_LOWEST_ERROR = 1e-4


class BumpBuilder(Explorer):
    """Build a curve from n units of one hidden layer: fitted by least squares, or unit by unit by hand.

    Args:
        state: the ``target``; ``corners``, the 9 heights of the target "own"; ``activation``;
            ``n`` units; ``mode`` "fit" or "hand"; ``sharpness``, the steepness of fitted sigmoids; ``bias``,
            added in the mode "hand"; ``units``, up to 20 rows of position, height, steepness (in the mode
            "fit", n rows give the positions, which else are even).
    """

    module = "bump_builder"
    title = "Bump builder"
    hint = "Drag the triangles; in the mode “by hand” the round handles, too."
    fields = {
        "target": Choice(default="sine", label="target", options=model.TARGET_NAMES),
        "activation": Choice(
            default="relu", label="units", options={name: NAMES[name] for name in model.ACTIVATION_NAMES}
        ),
        "mode": Choice(default="fit", label="heights", options={"fit": "fitted", "hand": "by hand"}),
        "n": Integer(default=4, low=1, high=model.MOST_UNITS, label="number n"),
        "sharpness": Number(default=20, low=1, high=100, step=1, label="sharpness", digits=0),
        "bias": Number(default=0.0, low=-10, high=10, step=0.05, label="bias"),
        "corners": Numbers(default=_HILL, low=-1.5, high=1.5, step=0.05, label="drawing"),
        "units": Rows(
            default=[],
            most=model.MOST_UNITS,
            label="units",
            columns={
                "position": Number(default=0.5, low=-0.25, high=1.25, step=0.01),
                "height": Number(default=0.5, low=-1000, high=1000, step=0.05),
                "steepness": Number(default=20, low=-100, high=100, step=1),
            },
        ),
    }
    presets = (
        Preset(
            "One unit",
            "Predict: how well can a single ReLU follow a sine?",
            {"n": 1},
        ),
        Preset(
            "Two make a bump",
            "Predict: one sigmoid rises, one falls. What happens when you drag their triangles apart?",
            {
                "target": "bump",
                "activation": "sigmoid",
                "mode": "hand",
                "n": 2,
                "bias": 0.0,
                "units": [[0.4, 1.0, 20.0], [0.6, -1.0, 20.0]],
            },
        ),
        Preset("Four ReLUs", "Predict: how many straight pieces can four ReLUs make?", {"n": 4, "units": []}),
        Preset(
            "Twenty",
            "Predict: by how much does the error fall from 5 to 20 ReLUs? Look at the small plot.",
            {"target": "wiggle", "n": 20},
        ),
        Preset(
            "Corners meet kinks",
            "Predict: the target has 8 straight pieces. With how many ReLUs does the error vanish?",
            {"target": "own", "n": 7},
        ),
        Preset(
            "Outside",
            "Predict: the fit is good between 0 and 1. What does it do beyond, where it saw nothing?",
            {"target": "sine", "activation": "tanh", "sharpness": 8, "n": 6},
        ),
    )

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say how well the sum follows the target, inside the interval and just outside."""
        made = model.sum_of(state)
        usual, largest = model.errors(made, _target(state, model.SAMPLES))
        edges = np.array(model.VIEW)
        left, right = np.abs(made(edges) - _target(state, edges))
        count, name = state["n"], NAMES[state["activation"]]
        how = "fitted" if state["mode"] == "fit" else "set by hand"
        return (
            f"{count} {name} unit{'s' if count > 1 else ''}, {how}, "
            f"against the target “{model.TARGET_NAMES[state['target']]}”: "
            f"between 0 and 1 the root-mean-square error is {decimal(usual, 3)} "
            f"and the largest error {decimal(largest, 3)}. "
            f"Outside, the error is {decimal(left)} at x = −0.25 and {decimal(right)} at x = 1.25."
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw target, contributions and sum, and beside them the error against the number of units."""
        from course_utils import plotting

        made = model.sum_of(state)
        figure, (curves, fall) = plotting.figure(1, 2, width=8.4, height=3.3, width_ratios=(2, 1))
        _draw_curves(curves, state, made)
        heights = _target(state, model.SAMPLES)
        by_count = model.errors_by_count(state["activation"], state["sharpness"], heights)
        fall.semilogy(np.arange(1, model.MOST_UNITS + 1), np.maximum(by_count, _LOWEST_ERROR), marker=".")
        now = max(model.errors(made, heights)[0], _LOWEST_ERROR)
        fall.semilogy([state["n"]], [now], marker="D", markersize=8, linestyle="none")
        fall.set(xlabel="number of units n", title="RMS error of the fit")
        return figure


def _target(state: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
    return model.target(state["target"], x, state["corners"])


def _draw_curves(axes: Axes, state: Mapping[str, Any], made: model.Sum) -> None:
    from course_utils.theme import LIGHT

    x = np.linspace(*model.VIEW, 301)
    axes.plot(x, made.contributions(x), color=LIGHT["muted"], linestyle="-", linewidth=0.8, alpha=0.6)
    axes.plot(x, _target(state, x), color=LIGHT["ink"], linestyle="--", label="target")
    axes.plot(x, made(x), color=LIGHT["blue"], linestyle="-", linewidth=2.5, label="sum")
    axes.axvspan(model.VIEW[0], 0, color=LIGHT["muted"], alpha=0.12, linewidth=0)
    axes.axvspan(1, model.VIEW[1], color=LIGHT["muted"], alpha=0.12, linewidth=0)
    axes.set(
        xlabel="x",
        ylim=(-1.6, 1.6),
        xlim=model.VIEW,
        title=f"{state['n']} {NAMES[state['activation']]} units",
    )
    axes.legend(loc="upper right")
