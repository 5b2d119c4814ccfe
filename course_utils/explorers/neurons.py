"""The first explorer of lesson 02: one neuron as a line in the plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from course_utils.explorers.engine import Choice, Explorer, Number, Preset, decimal, percent
from course_utils.explorers.models import neuron
from course_utils.explorers.models.activations import NAMES, activate
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NEURON_ACTIVATIONS = ("step", "sigmoid", "tanh", "relu", "identity")


class Neuron(Explorer):
    """One neuron as a line in the plane: drag the line, its arrow (the weights), the probe, or the sliders.

    Args:
        points: (N, 2) inputs to classify; without them the explorer has the AND, OR and XOR tables.
        labels: (N,) classes 0 and 1.
        names: what the two inputs are called on the axes.
        state: ``w1``, ``w2`` in [-5, 5], ``b`` in [-10, 10], ``activation``, ``data``, the probe ``x1``,
            ``x2``.
    """

    module = "neuron"
    title = "One neuron"
    hint = "Drag the line, the arrow or the probe; arrow keys work too."
    fields = {
        "w1": Number(default=1.0, low=-5, high=5, step=0.1, label="weight w₁"),
        "w2": Number(default=-0.5, low=-5, high=5, step=0.1, label="weight w₂"),
        "b": Number(default=0.2, low=-10, high=10, step=0.1, label="bias b"),
        "activation": Choice(
            default="sigmoid",
            label="activation φ",
            options={name: NAMES[name] for name in _NEURON_ACTIVATIONS},
        ),
        "data": Choice(default="or", label="points", options=neuron.GATE_NAMES),
        "x1": Number(default=0.8, low=-100, high=100, step=0.1, label="probe x₁"),
        "x2": Number(default=0.3, low=-100, high=100, step=0.1, label="probe x₂"),
    }
    presets: tuple[Preset, ...] = (
        Preset(
            "OR",
            "Predict: where must the line lie so that only (0, 0) is left outside?",
            {"data": "or", "w2": 1.0, "b": 0.5},
        ),
        Preset(
            "AND",
            "Predict: from OR to AND, which single number has to change?",
            {"data": "and", "w2": 1.0, "b": -0.5},
        ),
        Preset(
            "XOR",
            "Predict: how many of the four points can one line get right?",
            {"data": "xor", "w2": 1.0, "b": -0.5},
        ),
        Preset(
            "Turn it round",
            "Predict: both weights and the bias change sign. Does the line move?",
            {"w1": -1.0, "w2": -1.0, "b": 0.5, "data": "or"},
        ),
    )

    def __init__(
        self,
        points: ArrayLike | None = None,
        labels: ArrayLike | None = None,
        names: tuple[str, str] = ("x₁", "x₂"),
        **state: Any,
    ) -> None:
        """Start on the given points, or on the OR table."""
        self._tables = {name: neuron.gate(name) for name in neuron.GATE_NAMES}
        self._names = names
        shared = ""
        if points is not None:
            self._tables["given"] = _checked_points(points, labels)
            options = {**neuron.GATE_NAMES, "given": "your points"}
            self.fields = {**self.fields, "data": Choice(default="given", label="points", options=options)}
            self.presets = ()  # they are about the four corners of the gates
            shared = f", points=points, labels=labels, names={tuple(names)!r}"
        arrays = {f"{name}_points": table[0] for name, table in self._tables.items()}
        arrays |= {f"{name}_labels": table[1] for name, table in self._tables.items()}
        super().__init__(arrays={**arrays, "names": list(names)}, shared=shared, **state)

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say z and a at the probe, and how many points are right."""
        points, labels = self._tables[state["data"]]
        weights = (state["w1"], state["w2"])
        z = float(neuron.weighted_sum((state["x1"], state["x2"]), weights, state["b"]))
        a = float(activate(state["activation"], z))
        right = neuron.count_right(points, labels, weights, state["b"])
        line = "The weights are zero, so there is no line. " if weights == (0, 0) else ""
        return (
            f"At the probe ({decimal(state['x1'])}, {decimal(state['x2'])}) the weighted sum is z = {decimal(z)} "
            f"and the output a = {decimal(a)}. {line}"
            f"The rule “class 1 where z > 0” is right for {right} of {len(labels)} points "
            f"({percent(right / len(labels))})."
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the plane with the points, those on the wrong side marked, the line and the probe."""
        from course_utils import plotting

        points, labels = self._tables[state["data"]]
        weights = (state["w1"], state["w2"])
        figure, axes = plotting.figure(width=5.2, height=3.6)

        def predict(grid: np.ndarray) -> np.ndarray:
            return neuron.weighted_sum(grid, weights, state["b"])

        plotting.decision_regions(predict, points, labels, threshold=0, mark_wrong=True, ax=axes)
        wrong = (predict(points) > 0) != (labels == 1)
        axes.plot(state["x1"], state["x2"], marker="*", markersize=14, linestyle="none", color=LIGHT["gold"])
        title = "class 1 where z > 0" + ("   (×: wrong)" if wrong.any() else "")
        axes.set(xlabel=self._names[0], ylabel=self._names[1], title=title)
        return figure


def _checked_points(points: ArrayLike, labels: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    points = np.asarray(points, dtype=np.float32)
    labels = np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise ValueError(
            f"points must be finite numbers of shape (N, 2), not {points.shape}; choose two columns of your data"
        )
    if labels.shape != (len(points),) or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"labels must be {len(points)} zeros and ones, one for each point; got shape {labels.shape}"
        )
    return points, labels.astype(np.int32)
