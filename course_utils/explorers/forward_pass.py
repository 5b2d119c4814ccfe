"""The forward pass of lesson 02: a 2-3-1 network as a graph, one multiplication at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import Choice, Explorer, Integer, Number, Numbers, Preset, trimmed
from course_utils.explorers.models import forward_pass as model
from course_utils.explorers.models.activations import NAMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOW, _HIGH = -10, 10
_EXAMPLE = model.WORKED_EXAMPLE
_LAST = len(model.STEPS)


def _doubled(values: Any) -> Any:
    return np.multiply(values, 2).tolist()


class ForwardPass(Explorer):
    """Two inputs, three hidden units, one sigmoid output: step through it, change any number.

    Args:
        state: ``x`` (2), ``W1`` (2 x 3, from input to hidden unit), ``b1`` (3), ``W2`` (3), ``b2``, all in
            [-10, 10]; the hidden ``activation``; ``step``, the number of operations done, 0 to 17;
            ``selected``, the number that is edited.
    """

    module = "forward_pass"
    title = "Forward pass"
    hint = "Click a number, or focus it and press the arrow keys."
    fields = {
        "x": Numbers(default=_EXAMPLE["x"], label="inputs", low=_LOW, high=_HIGH),
        "W1": Numbers(default=_EXAMPLE["W1"], label="hidden weights", low=_LOW, high=_HIGH),
        "b1": Numbers(default=_EXAMPLE["b1"], label="hidden biases", low=_LOW, high=_HIGH),
        "W2": Numbers(default=_EXAMPLE["W2"], label="output weights", low=_LOW, high=_HIGH),
        "b2": Number(default=_EXAMPLE["b2"], label="output bias", low=_LOW, high=_HIGH),
        "activation": Choice(
            default="relu",
            label="hidden activation",
            options={name: NAMES[name] for name in model.HIDDEN_ACTIVATIONS},
        ),
        "step": Integer(default=0, low=0, high=_LAST, label="step"),
        "selected": Choice(default="w11", label="change", options=model.NUMBER_NAMES),
    }
    presets = (
        Preset(
            "Worked example",
            "Predict: which of the three hidden units does ReLU silence?",
            {**_EXAMPLE, "activation": "relu"},
        ),
        Preset(
            "All silent",
            "Predict: every hidden sum is negative. Which number alone decides the output?",
            {"x": [1.0, 2.0], "b1": [-3.0, -3.0, -3.0]},
        ),
        Preset(
            "Doubled",
            "Predict: every weight and bias is doubled. Does the output's sum z = 0.50 double, too?",
            {name: _doubled(_EXAMPLE[name]) for name in ("W1", "b1", "W2", "b2")},
        ),
        Preset(
            "All zero",
            "Predict: all weights and biases are 0. What comes out, whatever the inputs are?",
            {"W1": [[0.0] * 3] * 2, "b1": [0.0] * 3, "W2": [0.0] * 3, "b2": 0.0},
        ),
        Preset(
            "No activation",
            "Predict: without ReLU the third unit speaks. Does the output rise or fall?",
            {**_EXAMPLE, "activation": "identity"},
        ),
    )

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say which operation was done last, with its numbers."""
        units = model.units(state)
        if state["step"] == 0:
            x1, x2 = state["x"]
            return (
                f"Nothing is computed yet. The inputs are x₁ = {trimmed(x1)} and x₂ = {trimmed(x2)}; "
                f"{_LAST} small steps lead to the output."
            )
        said = f"Step {state['step']} of {_LAST}, {_operation(units, model.STEPS[state['step'] - 1])}"
        if state["step"] < _LAST:
            return said
        silent = sum(unit.output == 0 for unit in units[:-1])
        output = trimmed(units[-1].output)
        return f"{said} The output is y = {output}; hidden units that answer 0: {silent} of 3."

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the network with its weights and with the numbers of the finished pass."""
        from course_utils import plotting

        units = model.units(state)
        figure, axes = plotting.figure(width=6.4, height=3.4)
        plotting.network(
            [2, 3, 1],
            weights=[np.asarray(state["W1"]), np.reshape(state["W2"], (3, 1))],
            values=[state["x"], [unit.output for unit in units[:-1]], [units[-1].output]],
            layer_names=["inputs", f"hidden, {NAMES[state['activation']]}", "output, sigmoid"],
            title=f"forward pass: y = {trimmed(units[-1].output)}",
            ax=axes,
        )
        return figure


def _operation(units: list[model.Unit], step: model.Step) -> str:
    """Return one operation in words and numbers."""
    unit = units[step.unit]
    if step.kind == "multiply":
        at = step.term
        names = f"{unit.weight_names[at]} · {unit.input_names[at]}"
        numbers = f"{trimmed(unit.weights[at])} · {_factor(unit.inputs[at])}"
        return f"multiply: {names} = {numbers} = {trimmed(unit.products[at])}."
    if step.kind == "add":
        terms = _sum([*unit.products, unit.bias])
        return f"add the products and the bias: {unit.sum_name} = {terms} = {trimmed(unit.z)}."
    function = NAMES[unit.activation]
    return f"activate: {unit.output_name} = {function}({trimmed(unit.z)}) = {trimmed(unit.output)}."


def _factor(value: float) -> str:
    text = trimmed(value)
    return f"({text})" if text.startswith("−") else text


def _sum(terms: list[float]) -> str:
    return trimmed(terms[0]) + "".join(
        f" {'−' if term < 0 else '+'} {trimmed(abs(term))}" for term in terms[1:]
    )
