"""The stepper's gradients beside those of tf.GradientTape, for random expressions of every operation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from course_utils.explorers.models import backprop as model
from course_utils.explorers.models.expressions import MOST_OPERATIONS, ExpressionError, Graph, parse

NAMES = ("x", "y", "z", "w1", "b")
TENSORFLOW = {
    "exp": tf.exp,
    "log": tf.math.log,
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "relu": tf.nn.relu,
}


def in_float64(function: Callable) -> Callable:
    """TensorFlow would take a plain number for float32, or for an integer."""
    return lambda value: function(tf.convert_to_tensor(value, tf.float64))


FUNCTIONS = {name: in_float64(function) for name, function in TENSORFLOW.items()}


def random_expression(rng: np.random.Generator, operations: int) -> str:
    """An expression of so many operations, before equal parts become one."""
    if operations == 0:
        return str(rng.choice([*NAMES, "2", "0.5", "-1.5"]))
    kind = rng.choice([*"+-*/", "**", "-()", *FUNCTIONS])
    if kind in "+-*/":
        left = int(rng.integers(operations))
        parts = (random_expression(rng, left), random_expression(rng, operations - 1 - left))
        return f"({parts[0]} {kind} {parts[1]})"
    part = random_expression(rng, operations - 1)
    if kind == "**":
        return f"({part})**{rng.choice(['2', '3', '-1', '0.5', '1'])}"
    return f"-({part})" if kind == "-()" else f"{kind}({part})"


def readable_expression(seed: int) -> str:
    """A random expression that has an input."""
    rng = np.random.default_rng(seed)
    while True:
        text = random_expression(rng, int(rng.integers(1, MOST_OPERATIONS + 1)))
        try:
            parse(text)
        except ExpressionError:
            continue
        return text


def tape_gradients(text: str, values: dict[str, float]) -> tuple[float, dict[str, float]]:
    """The value and the gradients that TensorFlow finds, all in float64."""
    inputs = {name: tf.Variable(value, dtype=tf.float64) for name, value in values.items()}
    with tf.GradientTape() as tape:
        result = eval(text, {**FUNCTIONS, **inputs})
    gradients = tape.gradient(result, inputs, unconnected_gradients="zero")
    return float(result), {name: float(gradient) for name, gradient in gradients.items()}


def assert_equal_numbers(ours: float, theirs: float, what: str) -> None:
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True), what


def defined(graph: Graph, values: dict[str, float]) -> bool:
    """Whether every value on the way is a number, so that there are gradients to compare."""
    return all(math.isfinite(value) and abs(value) < 1e6 for value in model.evaluate(graph, values))


@pytest.mark.parametrize("seed", range(150))
def test_gradients_of_random_expressions_equal_those_of_the_tape(seed: int) -> None:
    rng = np.random.default_rng([7, seed])
    for attempt in range(200):
        text = readable_expression(1000 * seed + attempt)
        graph = parse(text)
        values = {name: float(rng.uniform(-2, 2)) for name in graph.names}
        if defined(graph, values):
            break
    else:
        raise AssertionError("no expression was defined")
    done = model.run(graph, values)
    result, gradients = tape_gradients(text, values)
    assert_equal_numbers(done.values[-1], result, text)
    assert done.gradient_by_name().keys() == gradients.keys()
    for name, gradient in done.gradient_by_name().items():
        assert_equal_numbers(gradient, gradients[name], f"d/d{name} of {text} at {values}")


CASES: list[tuple[str, dict[str, Any]]] = [
    (model.WORKED_EXAMPLE["expression"], model.WORKED_EXAMPLE["values"]),
    ("x*y + x", {"x": 2.0, "y": 3.0}),
    ("relu(x) + relu(-x)", {"x": 0.0}),
    ("(relu(w1*x + b) - y)**2", {"w1": -1.0, "x": 2.0, "b": 0.5, "y": 1.0}),
    ("-(y*log(sigmoid(w1*x)) + (1 - y)*log(1 - sigmoid(w1*x)))", {"w1": -2.0, "x": 2.0, "y": 1.0}),
    ("x**0.5 / exp(x*x - x) + tanh(x)**3", {"x": 1.3}),
]


@pytest.mark.parametrize(("text", "values"), CASES)
def test_the_lesson_s_expressions_have_the_gradients_of_the_tape(text: str, values: dict[str, float]) -> None:
    result, gradients = tape_gradients(text, values)
    done = model.run(parse(text), values)
    assert_equal_numbers(done.values[-1], result, text)
    for name, gradient in done.gradient_by_name().items():
        assert_equal_numbers(gradient, gradients[name], name)


def test_the_random_expressions_use_every_operation_and_the_largest_graphs() -> None:
    graphs = [parse(readable_expression(1000 * seed)) for seed in range(150)]
    kinds = {node.kind for graph in graphs for node in graph.nodes}
    assert kinds == {"name", "constant", *"+-*/", "**", "negate", *FUNCTIONS}
    assert max(len(graph.operations) for graph in graphs) == MOST_OPERATIONS
