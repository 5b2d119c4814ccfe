"""Reverse-mode differentiation of a scalar expression, one edge at a time.

Forward, every operation computes its value. Backward, every edge carries the gradient that came in, df/du, times
the operation's local derivative; where a value is used more than once, what its edges bring is added.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from course_utils.explorers.models.expressions import Graph, Node

# The worked example of lesson 04: f = (x y + z)^2. Forward x y = -2, x y + z = 1, f = 1.
# Backward df/du = 2 for u = x y + z, so df/dz = 2, df/dx = 2 y = -2, df/dy = 2 x = 4.
WORKED_EXAMPLE: dict[str, Any] = {
    "expression": "(x*y + z)**2",
    "values": {"x": 2.0, "y": -1.0, "z": 3.0},
}
WORKED_FORWARD = {"x*y": -2.0, "x*y + z": 1.0, "(x*y + z)**2": 1.0}
WORKED_GRADIENTS = {"x": -2.0, "y": 4.0, "z": 2.0, "x*y": 2.0, "x*y + z": 2.0}

DEFAULT_VALUE = 1.0

Function = Callable[[Node, list[float]], float]


def _relu(value: float) -> float:
    return value if math.isnan(value) else max(0.0, value)


_VALUES: dict[str, Function] = {
    "+": lambda node, a: a[0] + a[1],
    "-": lambda node, a: a[0] - a[1],
    "*": lambda node, a: a[0] * a[1],
    "/": lambda node, a: a[0] / a[1],
    "**": lambda node, a: a[0] ** node.number,
    "negate": lambda node, a: -a[0],
    "exp": lambda node, a: np.exp(a[0]),
    "log": lambda node, a: np.log(a[0]),
    "tanh": lambda node, a: np.tanh(a[0]),
    "sigmoid": lambda node, a: expit(a[0]),
    "relu": lambda node, a: _relu(a[0]),
}

# The local derivatives by each value that goes in; ReLU has 0 at 0, as in Keras.
_DERIVATIVES: dict[str, tuple[Function, ...]] = {
    "+": (lambda node, a: 1.0, lambda node, a: 1.0),
    "-": (lambda node, a: 1.0, lambda node, a: -1.0),
    "*": (lambda node, a: a[1], lambda node, a: a[0]),
    "/": (lambda node, a: 1 / a[1], lambda node, a: -a[0] / a[1] ** 2),
    "**": (lambda node, a: node.number * a[0] ** (node.number - 1) if node.number else 0.0,),
    "negate": (lambda node, a: -1.0,),
    "exp": (lambda node, a: np.exp(a[0]),),
    "log": (lambda node, a: 1 / a[0],),
    "tanh": (lambda node, a: 1 - np.tanh(a[0]) ** 2,),
    "sigmoid": (lambda node, a: expit(a[0]) * expit(-a[0]),),
    "relu": (lambda node, a: 1.0 if a[0] > 0 else 0.0,),
}


@dataclass(frozen=True)
class Step:
    """One step: ``kind`` "forward" (compute ``node``), "seed" (df/df = 1) or "backward".

    Backward, the gradient of ``node`` goes along the edge to its argument number ``argument``.
    """

    kind: str
    node: int
    argument: int = 0


@dataclass(frozen=True)
class Contribution:
    """What one edge brings: gradient that comes in, local derivative, their product, and the sum so far."""

    incoming: float
    local: float
    product: float
    before: float
    total: float


@dataclass(frozen=True)
class Run:
    """A whole walk, forward and back, at given numbers.

    ``contributions`` has one entry for each backward step, in the order of ``steps``.
    """

    graph: Graph
    values: tuple[float, ...]
    gradients: tuple[float, ...]
    steps: tuple[Step, ...]
    contributions: tuple[Contribution | None, ...]

    def gradient_by_name(self) -> dict[str, float]:
        """Return df/dx for every input x."""
        nodes = zip(self.graph.nodes, self.gradients, strict=True)
        return {node.name: gradient for node, gradient in nodes if node.kind == "name"}


def evaluate(graph: Graph, values: Mapping[str, float]) -> list[float]:
    """Return every node's value; what is undefined (the logarithm of −1) is NaN, too large is infinite.

    Args:
        values: the inputs by name; an input that is not named is 1.
    """
    found: list[float] = []
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if node.kind == "name":
                found.append(float(values.get(node.name, DEFAULT_VALUE)))
            elif node.kind == "constant":
                found.append(node.number)
            else:
                found.append(float(_VALUES[node.kind](node, _arguments(node, found))))
    return found


def _arguments(node: Node, values: list[float]) -> list[Any]:
    # NumPy's numbers divide by zero and overflow quietly; Python's raise.
    return [np.float64(values[place]) for place in node.args]


def steps_of(graph: Graph) -> list[Step]:
    """Return the steps in order: operations forward, the seed, then edges backward from the result."""
    depends = graph.depends()
    forward = [Step("forward", place) for place in graph.operations]
    backward = [
        Step("backward", place, position)
        for place in reversed(graph.operations)
        for position, source in enumerate(graph.nodes[place].args)
        if depends[source]
    ]
    return [*forward, Step("seed", len(graph.nodes) - 1), *backward]


def run(graph: Graph, values: Mapping[str, float]) -> Run:
    """Compute values and gradients at ``values`` (see ``evaluate``), with what every edge brings."""
    known = evaluate(graph, values)
    gradients = [0.0] * len(known)
    steps = steps_of(graph)
    contributions: list[Contribution | None] = []
    for step in steps:
        if step.kind == "seed":
            gradients[step.node] = 1.0
        contributions.append(_go_back(graph, step, known, gradients) if step.kind == "backward" else None)
    return Run(graph, tuple(known), tuple(gradients), tuple(steps), tuple(contributions))


def _go_back(graph: Graph, step: Step, values: list[float], gradients: list[float]) -> Contribution:
    node = graph.nodes[step.node]
    with np.errstate(all="ignore"):
        local = float(_DERIVATIVES[node.kind][step.argument](node, _arguments(node, values)))
    incoming = gradients[step.node]
    source = node.args[step.argument]
    before = gradients[source]
    gradients[source] += incoming * local
    return Contribution(incoming, local, incoming * local, before, gradients[source])
