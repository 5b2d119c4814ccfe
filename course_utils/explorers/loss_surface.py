"""The loss surface of lesson 04: walk over the loss of a trained network, and let gradient steps roll the ball."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Integer,
    Number,
    Preset,
    decimal,
    percent,
    significant,
    trimmed,
)
from course_utils.explorers.models import loss_surface as model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class LossSurface(Explorer):
    """The loss of a real network on a plane through its 6,586 weights, and gradient steps that stay on it.

    Args:
        state: ``directions`` of the plane ("random", "trajectory", "weights", "mirror"); ``seed`` 0 to 99 draws
            the random ones and the two weights; the start ``a``, ``b`` in [-1, 1]; the learning ``rate`` in
            [0.01, 1000]; ``steps`` 0 to 50 taken from the start.
    """

    module = "loss_surface"
    title = "Loss surface"
    hint = "Drag the ball, or click where it shall lie; arrow keys work too."
    fields = {
        "directions": Choice(default="random", label="plane", options=model.DIRECTIONS),
        "seed": Integer(default=0, low=0, high=99, label="seed"),
        "a": Number(default=-0.8, low=-1, high=1, step=0.01, label="start a"),
        "b": Number(default=0.7, low=-1, high=1, step=0.01, label="start b"),
        "rate": Number(default=10, low=0.01, high=1000, step=0.01, log=True, label="learning rate"),
        "steps": Integer(default=0, low=0, high=model.MOST_STEPS, label="steps"),
    }
    presets = (
        Preset(
            "Too small",
            "Predict: 20 steps with learning rate 0.3. How far down the slope does the ball get?",
            {"rate": 0.3, "steps": 20},
        ),
        Preset(
            "Good",
            "Predict: the same start with learning rate 30. After how many steps is the ball in the valley?",
            {"rate": 30, "steps": 20},
        ),
        Preset(
            "Too large",
            "Predict: with learning rate 200 the ball jumps out. Does it come back? And with 150?",
            {"rate": 200, "steps": 20},
        ),
        Preset(
            "Plateau",
            "Predict: all weights near zero, loss ln 10 = 2.30. In which of the first 20 steps does it begin to fall?",
            {"directions": "mirror", "a": 0.02, "b": 0.0, "rate": 1, "steps": 20},
        ),
        Preset(
            "Saddle",
            "Predict: two valleys with a saddle between. Into which does the ball roll? Move its start a little.",
            {"directions": "mirror", "a": -0.2, "b": 0.5, "rate": 1, "steps": 20},
        ),
        Preset(
            "Where training went",
            "Predict: the dashed line is the path of training, with momentum. Will plain gradient steps follow it?",
            {"directions": "trajectory", "a": -0.8, "b": -0.26, "rate": 1, "steps": 50},
        ),
    )

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the surface with its contour levels, and what the steps from the start come to."""
        surface = model.surface(state["directions"], state["seed"])
        return {
            "surface": surface.losses,
            "levels": surface.levels,
            "path": surface.path,
            "names": list(surface.plane.names),
            "unit": float(np.linalg.norm(surface.plane.first)),
            **_walk(state),
        }

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say where the ball lies, how the loss got there, and how much of the gradient the plane holds."""
        walk = _walk(state)
        place, losses, steps = walk["places"][-1], walk["losses"], state["steps"]
        here = (
            f"({decimal(place[0])}, {decimal(place[1])}) with loss {decimal(losses[-1], 3)}, "
            f"and {percent(walk['accuracy'])} of the {model.NUM_IMAGES} pictures are right. "
        )
        if steps:
            here = (
                f"From ({decimal(state['a'])}, {decimal(state['b'])}) with loss {decimal(losses[0], 3)}, "
                f"{steps} {'step' if steps == 1 else 'steps'} with learning rate {trimmed(state['rate'], 0, 3)} "
                f"{'leads' if steps == 1 else 'lead'} the ball to {here}{_verdict(walk['rises'], steps, place)} "
            )
        else:
            here = f"The ball lies at {here}"
        return (
            f"{here}The gradient on this plane has length {significant(walk['length'])}, "
            f"{percent(walk['length'] / walk['whole_length'])} of the whole gradient’s."
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the surface with its contour lines and the steps, and beside it the loss after each step."""
        from course_utils import plotting

        walk = _walk(state)
        figure, (left, right) = plotting.figure(1, 2, width=8.4, height=4.2, width_ratios=(3, 2))
        _draw_surface(left, model.surface(state["directions"], state["seed"]), walk["places"])
        right.semilogy(walk["losses"], marker="o", markersize=4)
        right.set(xlabel="step", title=f"loss, learning rate {trimmed(state['rate'], 0, 3)}")
        return figure


def _walk(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the places (steps + 1, 2), their losses, and what holds at the last one."""
    surface = model.surface(state["directions"], state["seed"])
    places, losses = surface.descend(state["a"], state["b"], state["rate"], state["steps"])
    ball = surface.point(*places[-1])
    landing = places[-1] - state["rate"] * surface.projected(ball.gradient)
    return {
        "places": places,
        "losses": losses,
        "rises": model.count_rises(losses),
        "accuracy": ball.accuracy,
        "gradient": ball.gradient,
        "length": surface.length(ball.gradient),
        "whole_length": surface.whole_length(*places[-1]),
        "landing": landing,
        "landing_loss": surface.loss(*landing),
    }


def _verdict(rises: int, steps: int, place: np.ndarray) -> str:
    if np.abs(place).max() > 1:
        return "The ball has left the picture."
    return f"The loss rose at {rises} of {steps} steps." if rises else "The loss fell at every step."


def _draw_surface(axes: Axes, surface: model.Surface, places: np.ndarray) -> None:
    from course_utils.theme import LIGHT

    axes.imshow(np.log(surface.losses), origin="lower", cmap="Blues", alpha=0.6, extent=(-1, 1, -1, 1))
    axis = np.linspace(-1, 1, model.GRID)
    lines = axes.contour(axis, axis, surface.losses, surface.levels, colors=LIGHT["muted"], linewidths=0.8)
    axes.clabel(lines, fontsize=7)
    axes.plot(*surface.path.T, color=LIGHT["green"], linestyle="--", linewidth=1.5)
    axes.plot(*places.T, color=LIGHT["orange"], linestyle="-", marker="o", markersize=4)
    axes.plot(*places[-1], color=LIGHT["ink"], marker="o", markersize=9, linestyle="none")
    first, second = surface.plane.names
    axes.set(xlabel=f"a: {first}", ylabel=f"b: {second}", xlim=(-1, 1), ylim=(-1, 1), title="loss")
    axes.grid(False)
