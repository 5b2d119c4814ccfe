"""The optimiser race of lesson 05: seven rules go downhill from one point, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Integer,
    Number,
    Numbers,
    Preset,
    Several,
    decimal,
    significant,
)
from course_utils.explorers.models import optimisers as model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# name: (palette colour, SVG dash pattern, matplotlib marker)
_LOOKS = {
    "sgd": ("blue", "", "o"),
    "momentum": ("orange", "9 3", "s"),
    "nesterov": ("gold", "3 3", "^"),
    "adagrad": ("purple", "9 3 2 3", "D"),
    "rmsprop": ("green", "6 2", "v"),
    "adam": ("red", "", "P"),
    "adamw": ("ink", "2 2", "X"),
}
_RATES = [0.4, 0.05, 0.05, 0.5, 0.05, 0.2, 0.2]
_LOWEST = 1e-8  # of the logarithmic plot


class OptimiserRace(Explorer):
    """Optimisers race downhill from one start: drag the start, set each learning rate, play, step or scrub.

    Args:
        state: ``surface``; ``optimisers``, those that race; ``rates``, seven learning rates in [0, 5] (SGD,
            momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW); the start ``x``, ``y``; ``step`` 0 to 300;
            ``momentum``, ``rho``, ``beta_1``, ``beta_2`` in [0, 0.999]; ``decay`` of AdamW in [0, 1];
            ``noise``, the standard deviation of what is added to each slope, and its ``seed``;
            ``measure``, what the second plot shows.
    """

    module = "optimiser_race"
    title = "Optimiser race"
    hint = "Click or drag on the surface to move the start; arrow keys work too."
    fields = {
        "surface": Choice(
            default="ravine",
            label="surface",
            options=model.SURFACE_NAMES,
            help="the loss over two weights; the banana is Rosenbrock's",
        ),
        "optimisers": Several(
            default=["sgd", "momentum", "adam"],
            label="optimisers",
            options={name: (text, *_LOOKS[name][:2]) for name, text in model.NAMES.items()},
        ),
        "rates": Numbers(default=_RATES, low=0.0, high=5.0, step=0.01, label="learning rate"),
        "x": Number(default=-2.6, low=-3, high=3, step=0.05, label="start x"),
        "y": Number(default=-1.4, low=-2, high=2, step=0.05, label="start y"),
        "step": Integer(default=40, low=0, high=model.MOST_STEPS, label="step"),
        "momentum": Number(
            default=0.9, low=0, high=0.999, step=0.01, label="momentum", help="of momentum and Nesterov"
        ),
        "rho": Number(default=0.9, low=0, high=0.999, step=0.01, label="ρ (RMSProp)", digits=3),
        "beta_1": Number(default=0.9, low=0, high=0.999, step=0.01, label="β₁ (Adam)", digits=3),
        "beta_2": Number(default=0.999, low=0, high=0.999, step=0.001, label="β₂ (Adam)", digits=3),
        "decay": Number(default=0.004, low=0, high=1, step=0.01, label="decay (AdamW)", digits=3),
        "noise": Number(
            default=0.0,
            low=0,
            high=5,
            step=0.1,
            label="noise",
            help="standard deviation of what is added to each slope, as small batches do",
        ),
        "seed": Integer(default=0, low=0, high=99, label="seed"),
        "measure": Choice(default="loss", label="show", options={"loss": "loss", "distance": "distance"}),
    }
    presets = (
        Preset(
            "Ravine",
            "Predict: across the slope is 20 times steeper than along. Which path zig-zags? Then press Play.",
            {"surface": "ravine", "optimisers": ["sgd", "momentum", "adam"], "step": 0},
        ),
        Preset(
            "Rate too large",
            "Predict: the ravine bears a rate below 0.5. What does SGD do at 0.51? And Adam? Press Play.",
            {"optimisers": ["sgd", "adam"], "rates": [0.51, 0.05, 0.05, 0.5, 0.05, 0.51, 0.2], "step": 0},
        ),
        Preset(
            "Saddle",
            "Predict: the start lies almost on the ridge. Who gets stuck at the saddle? Press Play.",
            {
                "surface": "saddle",
                "optimisers": ["sgd", "momentum", "rmsprop", "adam"],
                "rates": [0.05, 0.02, 0.02, 0.3, 0.02, 0.05, 0.05],
                "x": -2.5,
                "y": 0.01,
                "step": 0,
            },
        ),
        Preset(
            "Noisy bowl",
            "Predict: every slope is noisy. Who comes to rest at the minimum, who trembles? Press Play.",
            {
                "surface": "bowl",
                "optimisers": ["sgd", "momentum", "adagrad", "adam"],
                "rates": [0.3, 0.05, 0.05, 0.5, 0.05, 0.2, 0.2],
                "noise": 1.0,
                "step": 0,
                "measure": "distance",
            },
        ),
        Preset(
            "Two valleys",
            "Predict: the nearer valley is the shallow one. Whose momentum carries it over the hill?",
            {
                "surface": "valleys",
                "optimisers": ["sgd", "momentum", "adam"],
                "rates": [0.1, 0.05, 0.05, 0.5, 0.05, 0.1, 0.1],
                "x": 2.8,
                "y": 1.2,
                "step": 0,
            },
        ),
        Preset(
            "Adam against SGD",
            "Predict: both have a rate that suits them. Does Adam win on the banana? Does it in the bowl?",
            {
                "surface": "banana",
                "optimisers": ["sgd", "adam"],
                "rates": [0.012, 0.01, 0.01, 0.5, 0.05, 0.15, 0.15],
                "x": -1.2,
                "y": 1.0,
                "step": 0,
            },
        ),
    )

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say who is nearest to the minimum and who farthest, in numbers, and who diverged."""
        runs = {name: model.run(state, name) for name in state["optimisers"]}
        going = {name: run for name, run in runs.items() if run.diverged_at is None}
        lost = [model.NAMES[name] for name in runs if name not in going]
        start = (
            f"Surface “{model.SURFACE_NAMES[state['surface']]}”, start ({decimal(state['x'])}, "
            f"{decimal(state['y'])}), step {state['step']} of {model.MOST_STEPS}: "
        )
        if not runs:
            return f"{start}no optimiser is chosen."
        if not going:
            return f"{start}all have diverged: {', '.join(lost)}."
        if state["step"] == 0:
            return f"{start}all of them wait there."
        ranked = sorted(going, key=lambda name: going[name].distances[-1])
        said = f"{start}{_placed(ranked[0], going)} is nearest to a minimum"
        if len(ranked) > 1:
            said += f", {_placed(ranked[-1], going)} farthest from it"
        return f"{said}. Diverged: {', '.join(lost) or 'none'}."

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the paths on the surface, and loss or distance over the steps."""
        from course_utils import plotting
        from course_utils.theme import LIGHT

        figure, (plane, fall) = plotting.figure(1, 2, width=8.8, height=3.4, width_ratios=(3, 2))
        _draw_surface(plane, state)
        for name in state["optimisers"]:
            _draw_run(plane, fall, state, name)
        plane.plot(state["x"], state["y"], marker="o", markersize=11, fillstyle="none", color=LIGHT["ink"])
        plane.set(xlim=model.VIEW[0], ylim=model.VIEW[1], xlabel="x", ylabel="y")
        title = self.fields["measure"].options[state["measure"]]  # type: ignore[attr-defined]
        fall.set(xlim=(0, max(1, state["step"])), yscale="log", xlabel="step", title=title)
        if state["optimisers"]:
            fall.legend(loc="best")
        return figure


def _placed(name: str, runs: Mapping[str, model.Run]) -> str:
    run = runs[name]
    return (
        f"{model.NAMES[name]} (distance {significant(run.distances[-1], 3)}, "
        f"loss {significant(run.losses[-1], 3)})"
    )


def _draw_surface(axes: Axes, state: Mapping[str, Any]) -> None:
    from course_utils.theme import LIGHT

    surface = model.SURFACES[state["surface"]]
    x, y = np.meshgrid(np.linspace(*model.VIEW[0], 121), np.linspace(*model.VIEW[1], 81))
    heights = surface.height(x, y)
    levels = heights.max() * (np.arange(1, 15) / 14) ** 3
    axes.contour(x, y, heights, levels=levels, colors=LIGHT["muted"], linewidths=0.6, alpha=0.6)
    for place in surface.minima:
        axes.plot(*place, marker="*", markersize=11, color=LIGHT["ink"], linestyle="none")
    axes.set(title=f"{model.SURFACE_NAMES[state['surface']]}, {state['step']} steps")


def _draw_run(plane: Axes, fall: Axes, state: Mapping[str, Any], name: str) -> None:
    from course_utils.theme import LIGHT

    run = model.run(state, name)
    colour, dash, marker = _LOOKS[name]
    style = (0, tuple(map(float, dash.split()))) if dash else "-"
    values = np.maximum(run.losses if state["measure"] == "loss" else run.distances, _LOWEST)
    shown = np.clip(run.weights, -10, 10)  # far-off points would blow the picture up
    plane.plot(*shown.T, color=LIGHT[colour], linestyle=style)
    plane.plot(*shown[-1], color=LIGHT[colour], marker=marker, linestyle="none")
    fall.plot(values, color=LIGHT[colour], linestyle=style, label=model.NAMES[name])
