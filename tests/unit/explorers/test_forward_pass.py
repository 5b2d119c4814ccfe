"""The forward pass: its worked example to the last digit, its steps, its words, its limits."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers import ForwardPass
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import forward_pass as model
from tests.explorer_samples import random_state


@pytest.fixture(scope="module")
def explorer() -> ForwardPass:
    return ForwardPass()


def test_the_worked_example_has_the_numbers_of_the_lesson() -> None:
    units = model.units({**model.WORKED_EXAMPLE, "activation": "relu"})
    assert [unit.z for unit in units] == pytest.approx([1.2, 0.6, -0.5, 0.5])
    assert [unit.output for unit in units[:3]] == pytest.approx([1.2, 0.6, 0.0])
    assert units[3].products == pytest.approx([0.84, -0.54, 0.0])
    assert units[3].output == pytest.approx(0.6224593312018546, abs=1e-15)


@pytest.mark.parametrize("seed", range(10))
def test_unit_by_unit_equals_the_matrices(explorer: ForwardPass, seed: int) -> None:
    state = random_state(explorer.fields, np.random.default_rng(seed))
    assert model.units(state)[-1].output == pytest.approx(model.predict([state["x"]], state)[0], rel=1e-12)


def test_every_product_sum_and_activation_is_a_step_in_the_order_of_computing() -> None:
    kinds = [step.kind for step in model.STEPS]
    hidden = ["multiply", "multiply", "add", "activate"]
    assert kinds == [*hidden, *hidden, *hidden, "multiply", *hidden]
    assert [step.unit for step in model.STEPS] == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 5


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            0,
            "Nothing is computed yet. The inputs are x₁ = 1.00 and x₂ = 2.00; "
            "17 small steps lead to the output.",
        ),
        (1, "Step 1 of 17, multiply: w₁₁ · x₁ = 0.50 · 1.00 = 0.50."),
        (3, "Step 3 of 17, add the products and the bias: z₁ = 0.50 + 0.60 + 0.10 = 1.20."),
        (12, "Step 12 of 17, activate: h₃ = ReLU(−0.50) = 0.00."),
        (16, "Step 16 of 17, add the products and the bias: z = 0.84 − 0.54 + 0.00 + 0.20 = 0.50."),
        (
            17,
            "Step 17 of 17, activate: y = sigmoid(0.50) = 0.6225. "
            "The output is y = 0.6225; hidden units that answer 0: 1 of 3.",
        ),
    ],
)
def test_each_step_is_told_with_its_numbers(explorer: ForwardPass, step: int, sentence: str) -> None:
    assert explorer.describe(explorer.complete({"step": step})) == sentence


def test_a_negative_input_stands_in_brackets(explorer: ForwardPass) -> None:
    state = explorer.complete({"x": [-1.5, 2], "step": 1})
    assert "0.50 · (−1.50) = −0.75" in explorer.describe(state)


@pytest.mark.parametrize(
    ("preset", "output"),
    [
        ("All silent", 1 / (1 + np.exp(-0.2))),
        ("Doubled", 1 / (1 + np.exp(-1.6))),
        ("All zero", 0.5),
        ("No activation", 1 / (1 + np.exp(0.05))),
    ],
)
def test_presets_lead_where_their_questions_point(explorer: ForwardPass, preset: str, output: float) -> None:
    changes = next(each.state for each in explorer.presets if each.name == preset)
    assert model.units(explorer.complete(changes))[-1].output == pytest.approx(output, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"x": [1.0]}, r"x must be a list of 2"),
        ({"W1": [[1, 2, 3], [4, 5, 11]]}, r"W1\[1\]\[2\] = 11 lies outside"),
        ({"step": 18}, "step = 18 lies outside"),
        ({"step": 1.5}, "whole number"),
        ({"selected": "w99"}, "selected must be one of"),
        ({"b2": float("nan")}, "finite"),
    ],
)
def test_bad_states_are_refused_in_words(changes: dict, complaint: str) -> None:
    with pytest.raises(StateError, match=complaint):
        ForwardPass(**changes)
