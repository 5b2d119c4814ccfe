"""Activation functions: derivatives by finite differences, ranges and means in words, the explorer's sentence."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import activations as model

ALPHAS = (0.0, 0.1, 1.0)
KINKED = ("step", "relu", "leaky_relu", "elu")


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("name", model.NAMES)
def test_the_derivative_agrees_with_finite_differences(name: str, alpha: float) -> None:
    z = np.random.default_rng(0).uniform(-8, 8, 200)
    z = z[np.abs(z) > 1e-3]  # a kink has no derivative
    step = 1e-5
    difference = (model.activate(name, z + step, alpha) - model.activate(name, z - step, alpha)) / (2 * step)
    np.testing.assert_allclose(model.derivative(name, z, alpha), difference, atol=1e-8)


@pytest.mark.parametrize("name", KINKED)
def test_at_a_kink_the_derivative_is_the_one_from_the_left(name: str) -> None:
    assert model.derivative(name, 0.0, 0.3) == pytest.approx(model.derivative(name, -1e-12, 0.3))


@pytest.mark.parametrize("name", model.NAMES)
def test_far_out_nothing_overflows(name: str) -> None:
    z = np.array([-1e4, -800.0, 800.0, 1e4])
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(model.activate(name, z)).all()
        assert np.isfinite(model.derivative(name, z)).all()


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("name", model.NAMES)
def test_the_mean_output_agrees_with_quadrature(name: str, alpha: float) -> None:
    expected = quad(lambda z: float(model.activate(name, z, alpha)) * norm.pdf(z), -9, 9, points=[0])[0]
    assert model.mean_output(name, alpha) == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("step", 0, 1),
        ("sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("relu", 0, np.inf),
        ("gelu", -0.17, np.inf),
        ("silu", -0.28, np.inf),
        ("softplus", 0, np.inf),
        ("elu", -0.3, np.inf),
    ],
)
def test_the_range_in_words_is_the_range_in_numbers(name: str, low: float, high: float) -> None:
    outputs = model.activate(name, np.linspace(-60, 60, 24001), alpha=0.3)
    assert outputs.min() == pytest.approx(low, abs=0.005)
    assert outputs.max() == pytest.approx(high, abs=1e-6) if np.isfinite(high) else outputs.max() > 50
    words = model.output_range(name, alpha=0.3)
    assert f"{low:g}".replace("-", "−") in words
    assert ("above" in words) == (not np.isfinite(high))


@pytest.mark.parametrize("name", ["identity", "leaky_relu"])
def test_both_ends_are_open(name: str) -> None:
    assert model.output_range(name, 0.1) == "all numbers"
    assert model.output_range("leaky_relu", 0.0) == "0 and above"


def test_the_sentence_at_the_start() -> None:
    explorer = explorers.Activation()
    assert explorer.describe(explorer.state) == (
        "At x = 1.00 the weighted sum is z = 1.00; sigmoid answers a = 0.731 with slope da/dx = 0.197. "
        "Not saturated there (|φ′| ≥ 0.05). "
        "Outputs: between 0 and 1; their mean for z ~ N(0, 1) is 0.50, so not zero-centred."
    )


def preset(explorer: type, name: str) -> dict:
    made = explorer()
    return made.complete(next(preset.state for preset in made.presets if preset.name == name))


def test_the_presets_show_what_they_promise() -> None:
    describe = explorers.Activation().describe
    assert "Saturated there" in describe(preset(explorers.Activation, "Saturated sigmoid"))
    dead = preset(explorers.Activation, "Dead ReLU")
    assert dead["w"] * 6 + dead["b"] < 0, "dead for every x in the picture"
    assert "slope da/dx = 0.000" in describe(dead)
    assert "slope da/dx = 0.050" in describe(preset(explorers.Activation, "Leaky ReLU rescues"))
    assert "slope da/dx = 1.000" in describe(preset(explorers.Activation, "tanh against sigmoid at 0"))
    assert "so zero-centred" in describe(preset(explorers.Activation, "tanh against sigmoid at 0"))
    assert "a = −0.170 with slope da/dx = 0.00" in describe(
        preset(explorers.Activation, "GELU dips below zero")
    )


def test_a_weight_turns_and_scales_the_slope() -> None:
    describe = explorers.Activation().describe
    state = explorers.Activation(focus="identity", w=-2.5, b=1.0, x=2.0).state
    assert "z = −4.00; identity answers a = −4.000 with slope da/dx = −2.500" in describe(state)


@pytest.mark.parametrize(
    "state", [{"x": 7}, {"alpha": 1.5}, {"focus": "sine"}, {"functions": ["sine"]}, {"functions": "relu"}]
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        explorers.Activation(**state)


def test_the_still_picture_shows_the_focus_and_the_others() -> None:
    explorer = explorers.Activation(focus="gelu", functions=["relu", "tanh"])
    left, right = explorer.draw(explorer.state).axes
    assert {line.get_label() for line in left.get_lines()} >= {"GELU", "ReLU", "tanh"}
    assert "da/dx" in right.get_title(loc="left") + right.get_title()
