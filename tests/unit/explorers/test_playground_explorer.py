"""The playground's explorer: what it says, what it refuses, its still picture, and its code."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers import Playground
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import playground as model


def trained(epochs: int, **state: object) -> Playground:
    """A playground whose state holds the weights after so many epochs."""
    explorer = Playground(**state)
    network = model.Network(explorer.state)
    network.train(epochs)
    explorer.set(weights=network.weights().tolist(), epoch=epochs)
    return explorer


def said(explorer: Playground) -> str:
    return explorer.describe(explorer.state)


def test_the_sentence_names_points_network_and_losses() -> None:
    assert said(Playground()) == (
        "Circle, training set of 250 and test set of 250 points; network 2–4–2–1, tanh. After 0 epochs the training "
        "loss is 0.702 and the test loss 0.689; 52 % of the test points are on the right side."
    )
    regression = said(Playground(task="regression", regression_data="bumps", layers=[0] * 6))
    assert regression.startswith(
        "Six bumps, training set of 250 and test set of 250 points; network 2–1, tanh."
    )
    assert "right side" not in regression


def test_the_sentence_is_that_of_the_weights_in_the_state() -> None:
    explorer = trained(20)
    network = model.Network(explorer.state)
    network.train(20)
    assert "After 20 epochs" in said(explorer)
    assert f"training loss is {network.losses().training:.3f}"[:20] in said(explorer)
    assert said(explorer) != said(Playground())


def test_own_points_take_the_place_of_the_data_set() -> None:
    points = [[0, 0, 1], [1, 1, -1], [2, -2, 1], [3, 3, -1]]
    assert said(Playground(points=points)).startswith(
        "Own points, training set of 2 and test set of 2 points"
    )
    assert said(Playground(points=points[:1])).endswith("there is no test point to try it on.")


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        ({"weights": [0.1, 0.2]}, "weights has 2 numbers, but this network has 25"),
        ({"weights": [float("nan")] * 25}, r"weights\[0\] must be a finite number"),
        ({"weights": "many"}, "weights must be a list of at most 500 numbers"),
        ({"layers": [4, 2]}, "layers must be a list of 6"),
        ({"layers": [2.5, 0, 0, 0, 0, 0]}, r"layers\[0\] must be a whole number"),
        ({"layers": [9, 0, 0, 0, 0, 0]}, r"layers\[0\] = 9 lies outside"),
        ({"features": ["x3"]}, "features has unknown 'x3'"),
        ({"points": [[0, 7, 1]]}, "points x₂ = 7 lies outside|points.* = 7 lies outside"),
        ({"learning_rate": 0}, "learning_rate = 0 lies outside"),
    ],
)
def test_bad_states_are_refused_in_words(state: dict, complaint: str) -> None:
    with pytest.raises(StateError, match=complaint):
        Playground(**state)


@pytest.mark.parametrize(
    "change",
    [
        {"features": ["x1"]},
        {"layers": [3, 0, 0, 0, 0, 0]},
        {"activation": "relu"},
        {"seed": 2},
        {"task": "regression"},
    ],
)
def test_another_network_begins_with_the_weights_of_its_seed(change: dict) -> None:
    explorer = trained(3)
    explorer.set(**change)
    assert explorer.state["weights"] == []
    assert explorer.state["epoch"] == 0


@pytest.mark.parametrize("change", [{"noise": 20}, {"learning_rate": 0.1}, {"regularisation": "l1"}])
def test_weights_survive_other_data_and_other_training(change: dict) -> None:
    explorer = trained(3)
    explorer.set(**change)
    assert explorer.state["epoch"] == 3
    assert len(explorer.state["weights"]) == 25


def test_weights_may_come_in_the_arrays_of_keras() -> None:
    network = model.Network(Playground().state)
    network.train(1)
    arrays = [array for pair in zip(network.kernels, network.biases, strict=True) for array in pair]
    whole = Playground(weights=network.weights(), epoch=np.int64(1))
    assert Playground(weights=arrays, epoch=1).state == whole.state == trained(1).state
    with pytest.raises(StateError, match="weights has 8 numbers, but this network has 25"):
        Playground(weights=arrays[:1])
    with pytest.raises(StateError, match=r"weights\[0\] must be a finite number"):
        Playground(weights=[np.full((2, 4), np.nan)])


def test_the_largest_network_has_room_in_the_state() -> None:
    largest = trained(1, features=list(model.FEATURES), layers=[8] * 6, num_points=20)
    assert len(largest.state["weights"]) == 8 * 8 + 5 * 9 * 8 + 9 <= Playground.fields["weights"].most  # type: ignore[attr-defined]


def test_a_copied_state_says_the_same() -> None:
    explorer = trained(5, data="spiral", show_test=True)
    again = Playground.from_state(explorer.state)
    assert again.state == explorer.state
    assert said(again) == said(explorer)


def preset(name: str) -> dict:
    explorer = Playground()
    return explorer.complete(next(each.state for each in explorer.presets if each.name == name))


def after(name: str, epochs: int) -> model.Network:
    network = model.Network(preset(name))
    network.train(epochs)
    return network


def test_the_presets_show_what_they_ask_about() -> None:
    assert (after("No hidden layer", 100).losses().test_accuracy or 0) < 0.8
    assert (after("One good feature", 30).losses().test_accuracy or 0) > 0.97
    assert (after("Corners of ReLU", 300).losses().test_accuracy or 0) > 0.97
    tidy = after("L1 tidies up", 300)
    used = np.abs(tidy.kernels[0]).max(axis=1) > 0.05
    assert (tidy.losses().test_accuracy or 0) > 0.97
    assert used.sum() <= 4, "of seven features"


def test_the_preset_over_fits() -> None:
    early, late = after("Over-fitting", 20).losses(), after("Over-fitting", 400).losses()
    assert late.training < early.training / 2
    assert (late.test or 0) > 1.5 * (early.test or 0)


def test_the_still_picture_shows_plane_and_network() -> None:
    explorer = trained(5)
    plane, network = explorer.draw(explorer.state).axes
    assert plane.get_title(loc="left").startswith("epoch 5: loss 0.")
    assert len(plane.collections) == 2, "training points of two classes"
    assert len(explorer.draw({**explorer.state, "show_test": True}).axes[0].collections) == 4
    assert len(explorer.draw({**Playground().state, "features": []}).axes) == 1
    assert len(network.lines) >= 2 * 4 + 4 * 2 + 2


def test_the_keras_code_is_that_of_the_state() -> None:
    explorer = trained(2)
    code = explorer.keras_code()
    assert "after 2 epochs" in code
    assert f"{explorer.state['weights'][0]:.9g}" in code
    with pytest.raises(ValueError, match="Choose at least one feature"):
        Playground(features=[]).keras_code()


def test_the_browser_gets_the_code_of_the_state_that_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer, sent = Playground(), []
    monkeypatch.setattr(explorer, "send", sent.append)
    shown = trained(2).state
    explorer._asked(explorer, {"state": shown}, [])
    explorer._asked(explorer, {"state": {**shown, "weights": [1]}}, [])
    explorer._asked(explorer, {"state": Playground(features=[]).state}, [])
    assert sent[0] == {"keras_code": trained(2).keras_code()}
    assert "25 weights" in sent[1]["keras_fault"]
    assert "Choose at least one feature" in sent[2]["keras_fault"]
