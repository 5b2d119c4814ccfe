"""Signals through many layers against what theory says, over several seeds."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import depth as model

SEEDS = (0, 1, 2)


def passed(
    activation: str, initialisation: str, depth: int, width: int, seed: int = 0, scale: float = 1
) -> model.Pass:
    inputs, gradients = model.inputs_and_output_gradients(width, seed)
    weights = model.weights(initialisation, depth, width, scale, seed)
    return model.propagate(activation, weights, inputs, gradients)


def deviations(values: np.ndarray) -> np.ndarray:
    return values.std(axis=(1, 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_initialisations_have_their_deviation(seed: int) -> None:
    expected = {"zeros": 0, "small": 0.01, "large": 1, "glorot": 1 / np.sqrt(64), "he": np.sqrt(2 / 64)}
    for name, deviation in expected.items():
        assert model.weights(name, 20, 64, seed=seed).std() == pytest.approx(deviation, rel=0.02)
        assert model.weights(name, 20, 64, 3.0, seed).std() == pytest.approx(3 * deviation, rel=0.02)


@pytest.mark.parametrize("width", [16, 100, 128])
def test_orthogonal_weights_are_orthogonal(width: int) -> None:
    matrices = model.weights("orthogonal", 5, width)
    np.testing.assert_allclose(
        matrices @ matrices.transpose(0, 2, 1), np.broadcast_to(np.eye(width), matrices.shape), atol=1e-12
    )


def test_a_slider_changes_nothing_else() -> None:
    small, large = model.weights("large", 5, 32), model.weights("large", 9, 64)
    np.testing.assert_array_equal(small, large[:5, :32, :32])
    np.testing.assert_array_equal(model.weights("large", 5, 32, 2.0), 2 * small)
    assert not np.allclose(model.weights("large", 5, 32, seed=1), small)
    shallow, deep = passed("tanh", "glorot", 5, 32), passed("tanh", "glorot", 30, 32)
    np.testing.assert_allclose(shallow.activations, deep.activations[:5], atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_he_keeps_relu_alive_through_fifty_layers(seed: int) -> None:
    relu = passed("relu", "he", 50, 128, seed)
    mean_square = np.mean(relu.activations**2, axis=(1, 2))
    assert 0.1 < mean_square[-1] / mean_square[0] < 10
    assert 0.1 < deviations(relu.gradients)[0] < 10


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("initialisation", ["glorot", "orthogonal"])
def test_each_sigmoid_layer_takes_a_factor_of_four_at_least(initialisation: str, seed: int) -> None:
    gradients = passed("sigmoid", initialisation, 20, 128, seed).gradients
    norms = np.linalg.norm(gradients, axis=(1, 2))
    assert norms[0] < norms[-1] * 4.0**-19 * (1 if initialisation == "orthogonal" else 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_orthogonal_weights_without_activation_keep_every_length(seed: int) -> None:
    linear = passed("identity", "orthogonal", 50, 64, seed)
    for values in (linear.activations, linear.gradients):
        lengths = np.linalg.norm(values, axis=2)
        np.testing.assert_allclose(lengths, np.broadcast_to(lengths[-1], lengths.shape), rtol=1e-10)


def test_large_weights_explode_and_small_ones_vanish() -> None:
    assert deviations(passed("relu", "large", 20, 64).activations)[-1] > 1e10
    assert deviations(passed("relu", "small", 20, 64).activations)[-1] < 1e-15
    assert np.isfinite(passed("relu", "large", 50, 128, scale=10.0).activations).all()


def test_zeros_let_nothing_through() -> None:
    zeros = passed("tanh", "zeros", 10, 32)
    assert not zeros.activations.any()
    assert not zeros.gradients[:-1].any()


def test_saturation_and_death_are_counted() -> None:
    assert model.saturated_share(passed("tanh", "large", 20, 64))[1:].min() > 0.5
    assert model.saturated_share(passed("identity", "he", 5, 64)).max() == 0
    assert model.dead_share(passed("relu", "zeros", 5, 64)).min() == 1
    relu = passed("relu", "he", 5, 64)
    by_hand = [(layer <= 0).all(axis=0).mean() for layer in relu.sums]
    np.testing.assert_allclose(model.dead_share(relu), by_hand)


def test_histograms_count_every_value_once() -> None:
    values = np.random.default_rng(0).normal(size=(3, 7, 11)) * np.array([1, 1e-9, 1e9])[:, None, None]
    low, high = values.min(axis=(1, 2)), values.max(axis=(1, 2))
    counts = model.histograms(values, low, high, 12)
    for layer in range(3):
        expected = np.histogram(values[layer], bins=12, range=(low[layer], high[layer]))[0]
        np.testing.assert_array_equal(counts[layer], expected)
    outside = model.histograms(np.array([[-9.0, 0.5, 9.0]]), np.array([0.0]), np.array([1.0]), 4)
    np.testing.assert_array_equal(outside, [[1, 0, 1, 1]])


def test_equal_values_have_a_histogram() -> None:
    counts = model.histograms(np.zeros((2, 10)), np.zeros(2), np.zeros(2), 4)
    assert counts.sum(axis=1).tolist() == [10, 10]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Sigmoid vanishes", "it vanishes"),
        ("tanh + Glorot", "it arrives"),
        ("ReLU + He, 50 layers", "it arrives"),
        ("ReLU, weights too large", "it explodes"),
        ("All zeros", "layer 1 is 0 times that at layer 20: nothing arrives"),
    ],
)
def test_the_presets_show_what_they_promise(name: str, words: str) -> None:
    explorer = explorers.GradientThroughDepth()
    state = next(preset.state for preset in explorer.presets if preset.name == name)
    assert words in explorer.describe(explorer.complete(state))


def test_the_answer_holds_what_is_drawn() -> None:
    explorer = explorers.GradientThroughDepth(depth=7, width=32)
    answer = explorer.answer
    assert answer["state"] == {name: explorer.state[name] for name in explorer.needs}
    assert answer["histogram"]["shape"] == answer["gradient_own"]["shape"] == [7, 40]
    assert answer["gradient_deviation"]["shape"] == [7]


def test_a_layer_beyond_the_last_is_the_last() -> None:
    explorer = explorers.GradientThroughDepth(depth=5, layer=40)
    assert "Layer 5:" in explorer.describe(explorer.state)


def test_vanished_values_still_have_a_still_picture() -> None:
    explorer = explorers.GradientThroughDepth(initialisation="zeros")
    assert len(explorer.draw(explorer.state).axes) == 2


@pytest.mark.parametrize(
    "state",
    [{"depth": 1}, {"width": 200}, {"initialisation": "lecun"}, {"scale": 0.0}, {"activation": "step"}],
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        explorers.GradientThroughDepth(**state)


def test_a_pass_in_used_room_is_the_same_as_in_fresh_memory() -> None:
    inputs, gradients = model.inputs_and_output_gradients(48)
    for activation, depth in (("gelu", 30), ("tanh", 12)):
        weights = model.weights("he", depth, 48)
        fresh = model.propagate(activation, weights, inputs, gradients)
        again = model.propagate(activation, weights, inputs, gradients, into=model.room(depth, 48))
        for name in ("sums", "activations", "slopes", "gradients"):
            np.testing.assert_array_equal(getattr(again, name), getattr(fresh, name))


def test_room_of_another_shape_is_refused() -> None:
    inputs, gradients = model.inputs_and_output_gradients(48)
    with pytest.raises(ValueError, match="room"):
        model.propagate("tanh", model.weights("he", 5, 48), inputs, gradients, into=model.room(6, 48))
