"""Softmax with temperature against SciPy, and what the explorer says about it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.special import softmax as scipy_softmax
from scipy.stats import entropy

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import softmax as model


@pytest.mark.parametrize("temperature", [0.05, 0.5, 1.0, 7.0, 20.0])
def test_it_agrees_with_scipy(temperature: float) -> None:
    logits = np.random.default_rng(1).uniform(-6, 6, (50, 5))
    expected = scipy_softmax(logits / temperature, axis=-1)
    np.testing.assert_allclose(model.softmax(logits, temperature), expected, rtol=1e-12, atol=0)
    np.testing.assert_allclose(np.log(model.softmax(logits)), log_softmax(logits, axis=-1), rtol=1e-10)


@pytest.mark.parametrize("shift", [-1000.0, 100.0, 1000.0])
def test_adding_a_constant_changes_nothing(shift: float) -> None:
    logits = np.array([2.0, 1.0, 0.5, -1.0])
    np.testing.assert_allclose(model.softmax(logits + shift, 0.7), model.softmax(logits, 0.7), rtol=1e-10)


def test_cold_is_the_argmax_and_hot_is_uniform() -> None:
    logits = np.array([2.0, 1.0, 0.5, -1.0])
    np.testing.assert_allclose(model.softmax(logits, 1e-3), [1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(model.softmax(logits, 1e6), np.full(4, 0.25), atol=1e-5)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature must be positive"):
        model.softmax([1.0, 2.0], temperature)


def test_the_entropy_agrees_with_scipy() -> None:
    for probabilities in np.random.default_rng(2).dirichlet(np.full(5, 0.3), 40):
        assert model.entropy_in_bits(probabilities) == pytest.approx(
            entropy(probabilities, base=2), abs=1e-12
        )
    assert model.entropy_in_bits([1.0, 0.0]) == 0
    assert model.entropy_in_bits([0.25] * 4) == 2


def test_the_gap_is_between_the_two_largest() -> None:
    assert model.gap([1.0, 4.0, 2.5]) == 1.5
    assert model.gap([3.0, 3.0, 0.0]) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shift", [-1000.0, -100.0, 0.0, 80.0, 100.0, 1000.0])
def test_the_naive_outcome_is_what_numpy_does(shift: float, dtype: type) -> None:
    logits = np.array([2.0, 1.0, 0.5]) + shift
    with np.errstate(all="ignore"):
        powers = np.exp(logits.astype(dtype))
        naive = powers / powers.sum()
    works = bool(np.isfinite(naive).all())
    outcome = model.naive_outcome(logits, 1.0, dtype)
    assert (outcome == "works") == works
    if not works:
        assert outcome == ("overflow" if shift > 0 else "underflow")


def test_the_sentence_at_the_start() -> None:
    explorer = explorers.SoftmaxTemperature()
    assert explorer.describe(explorer.state) == (
        "At T = 1.00, class 1 has the largest probability, 60.3 %; entropy 1.53 of at most 2.32 bits. "
        "The two largest logits lie 1.00 apart: a ratio of e^(gap/T) = 2.72. "
        "Without subtracting the maximum first, float32 works and float64 works."
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Cold", "100.0 %"),
        ("Hot", "entropy 2.31 of at most 2.32 bits"),
        ("Tie", "2 classes tie with 50.0 % each"),
        ("One winner", "class 1 has the largest probability, 99.0 %"),
        ("Shift by 100", "60.3 %"),
        ("Shift by 100", "float32 overflows (∞/∞ = NaN) and float64 works"),
        ("Logits near 1000", "float64 overflows"),
    ],
)
def test_the_presets_show_what_they_promise(name: str, words: str) -> None:
    explorer = explorers.SoftmaxTemperature()
    state = next(preset.state for preset in explorer.presets if preset.name == name)
    assert words in explorer.describe(explorer.complete(state))


@pytest.mark.parametrize(
    "state",
    [{"temperature": 0.0}, {"logits": [1.0]}, {"classes": 7}, {"shift": float("inf")}, {"classes": 2.5}],
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        explorers.SoftmaxTemperature(**state)


def test_only_the_first_classes_count() -> None:
    explorer = explorers.SoftmaxTemperature(classes=2, logits=[0.0, 0.0, 6.0, 6.0, 6.0, 6.0])
    assert "2 classes tie with 50.0 % each; entropy 1.00 of at most 1.00 bits" in explorer.describe(
        explorer.state
    )
    left, right = explorer.draw(explorer.state).axes
    assert len(left.patches) == len(right.patches) == 2
