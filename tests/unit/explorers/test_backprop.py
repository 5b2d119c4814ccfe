"""Backpropagation: the worked example, random expressions against finite differences, the parser, the words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.explorers import BackpropStepper
from course_utils.explorers.backprop import _local
from course_utils.explorers.engine import NamedNumbers, StateError, Text
from course_utils.explorers.models import backprop as model
from course_utils.explorers.models.expressions import ExpressionError, parse
from course_utils.explorers.models.layers import arrange

NAMES = ("x", "y", "z", "w1")


def random_expression(rng: np.random.Generator, depth: int) -> str:
    """An expression without logarithms and divisions, so that it is defined everywhere."""
    if depth == 0:
        return str(rng.choice([*NAMES, "2", "0.5"]))
    part = random_expression(rng, depth - 1)
    kind = rng.integers(6)
    if kind < 3:
        return f"({part} {'+-*'[kind]} {random_expression(rng, depth - 1)})"
    return [f"tanh({part})", f"sigmoid(-{part})", f"({part})**2"][kind - 3]


def drawable(seed: int) -> str:
    rng = np.random.default_rng(seed)
    while True:
        text = random_expression(rng, int(rng.integers(1, 4)))
        try:
            parse(text)
        except ExpressionError:
            continue
        return text


def finite_difference(text: str, values: dict[str, float], name: str) -> float:
    graph, step = parse(text), 1e-5
    above, below = (model.evaluate(graph, values | {name: values[name] + d})[-1] for d in (step, -step))
    return (above - below) / (2 * step)


def test_the_worked_example_has_the_numbers_worked_by_hand() -> None:
    graph = parse(model.WORKED_EXAMPLE["expression"])
    done = model.run(graph, model.WORKED_EXAMPLE["values"])
    values = dict(zip(graph.labels(), done.values, strict=True))
    gradients = dict(zip(graph.labels(), done.gradients, strict=True))
    assert [values["u₁"], values["u₂"], values["f"]] == list(model.WORKED_FORWARD.values())
    by_hand = model.WORKED_GRADIENTS
    assert {name: gradients[name] for name in "xyz"} == {name: by_hand[name] for name in "xyz"}
    assert [gradients["u₁"], gradients["u₂"]] == [by_hand["x*y"], by_hand["x*y + z"]]


@pytest.mark.parametrize("seed", range(60))
def test_gradients_of_random_expressions_equal_finite_differences(seed: int) -> None:
    text = drawable(seed)
    rng = np.random.default_rng(seed)
    values = {name: float(rng.uniform(-1.5, 1.5)) for name in NAMES}
    for name, gradient in model.run(parse(text), values).gradient_by_name().items():
        assert gradient == pytest.approx(finite_difference(text, values, name), rel=1e-5, abs=1e-7), text


@pytest.mark.parametrize(
    "text", ["x/y", "log(x)", "exp(x*y)", "x**3", "x**-1.5", "relu(x - y)", "1/(x*x)", "-x"]
)
@pytest.mark.parametrize("values", [{"x": 0.7, "y": 1.3}, {"x": 2.5, "y": -0.4}])
def test_every_operation_has_its_derivative(text: str, values: dict[str, float]) -> None:
    for name, gradient in model.run(parse(text), values).gradient_by_name().items():
        assert gradient == pytest.approx(finite_difference(text, values, name), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
def test_cross_entropy_after_a_sigmoid_gives_prediction_minus_target(y: float) -> None:
    graph = parse("-(y*log(sigmoid(w*x)) + (1 - y)*log(1 - sigmoid(w*x)))")
    done = model.run(graph, {"w": -2, "x": 2, "y": y})
    gradients = dict(zip(graph.labels(), done.gradients, strict=True))
    assert gradients["u₁"] == pytest.approx(1 / (1 + math.exp(4)) - y, rel=1e-9)


def test_equal_parts_are_one_value_and_their_gradients_add() -> None:
    graph = parse("tanh(x) * tanh(x)")
    assert len(graph.operations) == 2
    done = model.run(graph, {"x": 0.5})
    assert done.gradients[-2] == pytest.approx(2 * math.tanh(0.5))
    parts = [part for part in done.contributions if part is not None]
    assert parts[1].total == parts[0].product + parts[1].product


def test_nothing_flows_to_constants_and_a_gradient_is_whole_before_it_goes_on() -> None:
    graph = parse("2*x + x*x")
    steps = model.steps_of(graph)
    backward = [
        (step.node, graph.nodes[step.node].args[step.argument]) for step in steps if step.kind == "backward"
    ]
    assert all(graph.nodes[source].kind != "constant" for _, source in backward)
    for at, (node, _) in enumerate(backward):
        assert all(source != node for _, source in backward[at:])


def test_what_is_undefined_is_told_and_does_not_raise() -> None:
    explorer = BackpropStepper(expression="log(x) / y", values={"x": -1.0, "y": 0.0}, step=1)
    assert explorer.describe(explorer.state).endswith("= undefined. No number comes out: change an input.")
    assert explorer.answer["nodes"][1]["value"] == "undef."


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is empty"),
        ("x +", "at the end"),
        ("  x y", "at character 5, 'y'"),
        ("2x", "at character 1, '2': write a \\*"),
        ("(x", "character 1, '\\(': the bracket"),
        ("x)", "no bracket opens before '\\)'"),
        ("x^2", "powers are written with \\*\\*"),
        ("x**y", "character 4, 'y': the exponent must be a number"),
        ("sin(x)", "character 1, 'sin': the functions are exp"),
        ("exp*x", "a function needs brackets"),
        ("relu(x, y)", "takes one value"),
        ("xy", "one small letter"),
        ("X", "one small letter"),
        ("f*x", "names of results"),
        ("x + é", "character 5 is 'é'"),
        ("x + 2000", "between −1000 and 1000"),
        ("x**11", "exponents lie between"),
        ("3 + 4", "no input"),
        ("x", "nothing to compute"),
        ("a+b+c+d+e+g+h+i+j+k+l+m", "11 operations are too many"),
        ("x" + "+1" * 50, "101 characters are too many"),
        ("__import__('os').system('ls')", "the functions are"),
        ("x.real + 1", "use numbers, letters"),
        ("[x for x in y]", "use numbers, letters"),
        ("(lambda: 1)()", "the functions are"),
        ("True + x", "use numbers, letters"),
        ("x // 2", "the operators are"),
        ("9" * 90 + "*x", "between −1000"),
    ],
)
def test_other_texts_are_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        parse(text)


@pytest.mark.parametrize("seed", range(30))
def test_nodes_of_any_graph_keep_apart_and_edges_run_to_the_right(seed: int) -> None:
    graph = parse(drawable(seed))
    arrangement = arrange([node.args for node in graph.nodes])
    for column in range(arrangement.columns):
        rows = sorted(row for at, row in arrangement.places if at == column)
        assert rows
        assert all(below - above >= 0.999 for above, below in zip(rows, rows[1:], strict=False))
    for ways in arrangement.routes:
        for way in ways:
            columns = [column for column, _ in way]
            assert columns == sorted(set(columns))


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            0,
            "Nothing is computed yet. Inputs: x = 2.00, y = −1.00, z = 3.00. "
            "Forward: 3 operations; backward: df/df = 1, then 5 edges.",
        ),
        (1, "Step 1 of 9, forward: u₁ = x · y = 2.00 · (−1.00) = −2.00."),
        (3, "Step 3 of 9, forward: f = u₂² = 1.00² = 1.00."),
        (
            8,
            "Step 8 of 9, backward: df/dx = df/du₁ · ∂u₁/∂x = 2.00 · (−1.00) = −2.00. "
            "Why: a product's derivative by one factor is the other factor.",
        ),
        (
            31,
            "Step 9 of 9, backward: df/dy = df/du₁ · ∂u₁/∂y = 2.00 · 2.00 = 4.00. "
            "All gradients: df/dx = −2.00, df/dy = 4.00, df/dz = 2.00.",
        ),
    ],
)
def test_each_step_is_told_with_its_numbers(step: int, sentence: str) -> None:
    explorer = BackpropStepper(step=step)
    assert explorer.describe(explorer.state) == sentence
    assert explorer.answer["steps"][min(step, 9)]["said"] == sentence


def test_a_value_used_twice_is_told_as_a_sum() -> None:
    explorer = BackpropStepper(expression="x*y + x", values={"x": 2.0, "y": 3.0}, step=6)
    assert "parts 1 and 2 of 2 add up: 1.00 + 3.00 = 4.00." in explorer.describe(explorer.state)


@pytest.mark.parametrize("preset", BackpropStepper.presets, ids=lambda preset: preset.name)
def test_every_step_of_every_preset_has_words(preset) -> None:
    explorer = BackpropStepper(**preset.state)
    last = len(explorer.answer["steps"]) - 1
    said = [explorer.describe(explorer.state | {"step": step}) for step in range(last + 1)]
    assert said == [step["said"] for step in explorer.answer["steps"]]
    assert len(set(said)) == last + 1
    assert explorer.draw(explorer.state).axes


def test_a_bad_expression_is_refused_when_made_and_explained_when_typed() -> None:
    with pytest.raises(StateError, match="expression = 'x \\+': it cannot be read at the end"):
        BackpropStepper(expression="x +")
    explorer = BackpropStepper()
    explorer.set(expression="x +")
    assert explorer.answer["error"].startswith("it cannot be read at the end")
    assert explorer.describe(explorer.state).startswith("This expression cannot be drawn")
    assert explorer.fault == ""
    assert explorer.draw(explorer.state).axes


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        (Text(default="", most=3), 5, "t must be a text"),
        (Text(default="", most=3), "four", "has 4 characters, at most 3"),
        (NamedNumbers(default={}, low=0, high=1, most=1), [1], "must map names to numbers"),
        (NamedNumbers(default={}, low=0, high=1, most=1), {"a": 0, "b": 1}, "has 2 numbers, at most 1"),
        (NamedNumbers(default={}, low=0, high=1, most=1), {"a": 2}, r"t\['a'\] = 2 lies outside"),
        (NamedNumbers(default={}, low=0, high=1, most=1), {"a": float("nan")}, "finite"),
    ],
)
def test_fields_refuse_what_does_not_fit(field, value, complaint: str) -> None:
    with pytest.raises(StateError, match=complaint):
        field.check("t", value)


@pytest.mark.parametrize(
    ("value", "written"),
    [(1, "1"), (-1, "−1"), (0.1049, "0.105"), (-2.127, "−2.13"), (8.389, "8.39"), (57.25, "57.3"), (123.4, "123"),
     (0, "0"), (0.9999, "1"), (2e-5, "2·10⁻⁵"), (12345, "12345"), (math.inf, "∞"), (math.nan, "undef.")],
)  # fmt: skip
def test_a_local_derivative_has_three_figures_at_most(value: float, written: str) -> None:
    assert _local(value) == written
