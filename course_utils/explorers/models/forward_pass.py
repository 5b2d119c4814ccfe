"""The forward pass of a 2-3-1 network, operation by operation.

h_j = phi(w_1j x_1 + w_2j x_2 + b_j) for three hidden units, y = sigmoid(v_1 h_1 + v_2 h_2 + v_3 h_3 + c).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_utils.explorers.models.activations import activate

# The worked example of lesson 02. W1[i][j] leads from input i to hidden unit j, as in a Keras kernel (2, 3).
# The third hidden sum is negative, so ReLU silences that unit.
WORKED_EXAMPLE: dict[str, Any] = {
    "x": [1.0, 2.0],
    "W1": [[0.5, -0.4, 0.8], [0.3, 0.6, -0.7]],
    "b1": [0.1, -0.2, 0.1],
    "W2": [0.7, -0.9, 1.1],
    "b2": 0.2,
}

HIDDEN_ACTIVATIONS = ("relu", "sigmoid", "tanh", "identity")
OUTPUT_ACTIVATION = "sigmoid"
_SUBSCRIPTS = "₁₂₃"


@dataclass(frozen=True)
class Unit:
    """One unit's numbers with their names: weight times input, the sum with the bias, the activation."""

    sum_name: str
    output_name: str
    weight_names: tuple[str, ...]
    weights: tuple[float, ...]
    input_names: tuple[str, ...]
    inputs: tuple[float, ...]
    bias_name: str
    bias: float
    activation: str

    @property
    def products(self) -> list[float]:
        """Return weight times input, one for each input."""
        return [weight * value for weight, value in zip(self.weights, self.inputs, strict=True)]

    @property
    def z(self) -> float:
        """Return the weighted sum: the products added from left to right, then the bias."""
        return sum(self.products) + self.bias

    @property
    def output(self) -> float:
        """Return the activation of the weighted sum."""
        return float(activate(self.activation, self.z))


@dataclass(frozen=True)
class Step:
    """One operation: ``kind`` "multiply" (number ``term``), "add" or "activate", in ``unit`` 0 … 3."""

    kind: str
    unit: int
    term: int = 0


def _steps() -> tuple[Step, ...]:
    steps: list[Step] = []
    for unit, fan_in in enumerate((2, 2, 2, 3)):
        steps += [Step("multiply", unit, term) for term in range(fan_in)]
        steps += [Step("add", unit), Step("activate", unit)]
    return tuple(steps)


STEPS = _steps()


def units(state: Mapping[str, Any]) -> list[Unit]:
    """Return the three hidden units and the output unit.

    Args:
        state: ``x`` (2,), ``W1`` (2, 3), ``b1`` (3,), ``W2`` (3,), ``b2`` and the hidden ``activation``.
    """
    hidden = [
        Unit(
            sum_name=f"z{mark}",
            output_name=f"h{mark}",
            weight_names=tuple(f"w{source}{mark}" for source in _SUBSCRIPTS[:2]),
            weights=tuple(row[unit] for row in state["W1"]),
            input_names=tuple(f"x{source}" for source in _SUBSCRIPTS[:2]),
            inputs=tuple(state["x"]),
            bias_name=f"b{mark}",
            bias=state["b1"][unit],
            activation=state["activation"],
        )
        for unit, mark in enumerate(_SUBSCRIPTS)
    ]
    output = Unit(
        sum_name="z",
        output_name="y",
        weight_names=tuple(f"v{source}" for source in _SUBSCRIPTS),
        weights=tuple(state["W2"]),
        input_names=tuple(unit.output_name for unit in hidden),
        inputs=tuple(unit.output for unit in hidden),
        bias_name="c",
        bias=state["b2"],
        activation=OUTPUT_ACTIVATION,
    )
    return [*hidden, output]


def predict(inputs: ArrayLike, state: Mapping[str, Any]) -> np.ndarray:
    """Return the outputs (N,) of the network for many ``inputs`` (N, 2) at once, by matrices."""
    hidden_sums = np.asarray(inputs, dtype=np.float64) @ np.asarray(state["W1"]) + np.asarray(state["b1"])
    hidden = activate(state["activation"], hidden_sums)
    return activate(OUTPUT_ACTIVATION, hidden @ np.asarray(state["W2"]) + state["b2"])


def _number_names() -> dict[str, str]:
    names = {f"x{i}": f"input x{mark}" for i, mark in enumerate(_SUBSCRIPTS[:2], start=1)}
    for unit, mark in enumerate(_SUBSCRIPTS, start=1):
        for source, other in enumerate(_SUBSCRIPTS[:2], start=1):
            names[f"w{source}{unit}"] = f"weight w{other}{mark} from x{other} to h{mark}"
        names[f"b{unit}"] = f"bias b{mark} of h{mark}"
    names |= {f"v{i}": f"weight v{mark} from h{mark} to y" for i, mark in enumerate(_SUBSCRIPTS, start=1)}
    return names | {"c": "bias c of y"}


NUMBER_NAMES = _number_names()
