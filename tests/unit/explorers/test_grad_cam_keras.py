"""Grad-CAM against a plain computation with tf.GradientTape, what is kept, what is offered, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from course_utils.explorers import GradCAM
from course_utils.explorers.grad_cam import _lit, _visible
from course_utils.explorers.models import grad_cam as model
from tests.explorer_samples import make

PICTURE = np.random.default_rng(0).random((1, 12, 10, 2), dtype=np.float32)


def network(*ending: Any) -> Any:
    """A functional model with a branch that goes round the looked-at layer, and random biases."""
    import keras

    keras.utils.set_random_seed(1)
    picture = keras.Input((12, 10, 2))
    first = keras.layers.Conv2D(5, 3, activation="relu", name="first", bias_initializer="normal")(picture)
    second = keras.layers.Conv2D(5, 3, padding="same", activation="tanh", name="second")(first)
    added = keras.layers.Add(name="added")([first, second])
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(2, name="pooled")(added))
    for layer in ending:
        x = layer(x)
    return keras.Model(picture, x)


def endings() -> dict[str, list[Any]]:
    from keras import layers

    return {
        "softmax in the last dense layer": [
            layers.Dense(4, activation="softmax", name="logits", bias_initializer="normal")
        ],
        "softmax layer": [layers.Dense(4, name="logits"), layers.Softmax()],
        "activation layer": [layers.Dense(4, name="logits"), layers.Activation("softmax")],
        "scores": [layers.Dense(4, name="logits")],
        "softmax without bias": [layers.Dense(4, activation="softmax", use_bias=False, name="logits")],
    }


def straightforward(found: Any, layer: str, class_number: int) -> NDArray[np.float32]:
    """Grad-CAM as the paper writes it, the scores computed from the last dense layer's input."""
    import keras
    import tensorflow as tf

    dense = found.get_layer("logits")
    parts = keras.Model(found.inputs[0], [found.get_layer(layer).output, dense.input])
    with tf.GradientTape() as tape:
        maps, features = parts(PICTURE)
        score = tf.reduce_sum(features[0] * dense.kernel[:, class_number])
    gradient = tape.gradient(score, maps)
    weights = tf.reduce_mean(gradient, axis=(1, 2))
    return np.asarray(tf.nn.relu(tf.reduce_sum(weights[:, None, None] * maps, axis=-1)))[0]


def test_the_tape_starts_at_the_maps_where_no_way_leads_round_them() -> None:
    cam = model.GradCam(network(*endings()["scores"]))
    assert cam._halves("added")[1] is not None
    assert cam._halves("first")[1] is not None
    assert cam._halves("second")[1] is None, "the sum takes the first maps, too"


@pytest.mark.parametrize("ending", list(range(5)))
def test_heat_maps_are_those_of_the_gradient_tape(ending: int) -> None:
    found = network(*list(endings().values())[ending])
    cam = model.GradCam(found)
    for layer in ("first", "second", "added", "pooled"):
        for class_number in range(4):
            heat = cam.heat_map(PICTURE, layer, class_number)
            expected = straightforward(found, layer, class_number)
            assert heat.shape == cam.layers[layer]
            np.testing.assert_allclose(heat, expected, rtol=1e-4, atol=1e-6)


def test_probabilities_are_the_models() -> None:
    for name, ending in endings().items():
        found = network(*ending)
        expected = found.predict(PICTURE, verbose=0)[0]
        if name == "scores":
            expected = np.exp(expected) / np.exp(expected).sum()
        np.testing.assert_allclose(
            model.GradCam(found).probabilities(PICTURE, "added"), expected, rtol=1e-4, atol=1e-6
        )


def test_a_pass_and_a_gradient_are_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cam = model.GradCam(network(*endings()["scores"]))
    passes, gradients = [], []
    run, slope = cam._pass, cam._mean_gradient
    monkeypatch.setattr(cam, "_pass", lambda *given: passes.append(1) or run(*given))
    monkeypatch.setattr(cam, "_mean_gradient", lambda *given: gradients.append(1) or slope(*given))
    for class_number in (0, 1, 0, 1, 0):
        cam.heat_map(PICTURE, "added", class_number)
    assert (len(passes), len(gradients)) == (1, 2)
    cam.heat_map(PICTURE + 1, "added", 0)
    cam.heat_map(PICTURE, "first", 0)
    assert (len(passes), len(gradients)) == (3, 4)
    assert len(cam._looks) <= 3


def test_the_last_layer_of_each_size_is_offered_and_any_that_is_named() -> None:
    found = network(*endings()["scores"])
    given = (found, lambda picture: picture, ["a", "b", "c", "d"], {"one": PICTURE})
    explorer = GradCAM(*given)
    assert list(explorer.fields["layer"].options) == ["added", "pooled"]
    assert explorer.state["layer"] == "pooled"
    named = GradCAM(*given, layer="second")
    assert list(named.fields["layer"].options) == ["second", "added", "pooled"]
    assert GradCAM.from_state(
        named.state, model=found, preprocess=given[1], class_names=given[2], pictures=given[3]
    )


def test_likeliest_classes_follow_the_picture_and_chosen_ones_stay() -> None:
    explorer = make("GradCAM")
    probabilities = explorer._cam.probabilities(explorer.batch(explorer.state), "parts")
    assert explorer.answer["classes"] == np.argsort(-probabilities, kind="stable")[:2].tolist()
    explorer.set(first=4)
    assert explorer.answer["classes"][0] == 4
    explorer.set(picture="coffee")
    assert explorer.answer["classes"][0] == 4
    assert "A, face (" in explorer.describe(explorer.state)


def test_what_does_not_fit_is_refused_in_words() -> None:
    import keras

    with pytest.raises(ValueError, match="class_names has 2 names, but the model has 4 outputs"):
        GradCAM(network(*endings()["scores"]), lambda picture: PICTURE, ["a", "b"])
    with pytest.raises(ValueError, match=r"ends with 'yes' \(Dense, sigmoid\); Grad-CAM needs the scores"):
        model.GradCam(network(keras.layers.Dense(1, activation="sigmoid", name="yes")))
    flat = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="no layer with feature maps"):
        model.GradCam(flat)
    wrong = GradCAM(network(*endings()["scores"]), lambda picture: PICTURE, ["a", "b", "c", "d"])
    wrong._preprocess, wrong._taken = (lambda picture: PICTURE[0]), None
    with pytest.raises(ValueError, match="preprocess must return a batch of one"):
        wrong.batch(wrong.state)


def test_heat_is_enlarged_as_tensorflow_does() -> None:
    import tensorflow as tf

    heat = np.random.default_rng(2).random((5, 7), dtype=np.float32)
    for size in ((20, 28), (64, 33), (224, 224)):
        expected = np.asarray(tf.image.resize(heat[..., np.newaxis], size))[..., 0]
        np.testing.assert_allclose(model.enlarged(heat, *size), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((0, 0), "at the upper left"),
        ((4, 4), "in the middle"),
        ((8, 4), "at the bottom"),
        ((4, 8), "on the right"),
    ],
)
def test_where_the_light_falls_in_words(place: tuple[int, int], words: str) -> None:
    heat = np.zeros((9, 9), dtype=np.float32)
    heat[place] = 2
    assert model.where(heat) == f"strongest {words}, more than half as strong on 1 % of the picture"
    assert model.where(np.zeros((3, 3), np.float32)) == "nowhere: no place speaks for it"


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (np.array([[[0.0], [1.0]]]), [0, 255]),
        (np.array([[[0.0], [200.0]]]), [0, 200]),
        (np.array([[[-1.0], [1.0]]]), [0, 255]),
    ],
)
def test_the_picture_shown_is_what_the_model_gets(picture: NDArray, expected: list[int]) -> None:
    assert _visible(picture.astype(np.float32))[0, :, 0].tolist() == expected


def test_light_is_golden_where_there_is_heat_and_absent_at_opacity_zero() -> None:
    picture = np.random.default_rng(3).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    heat = np.zeros((8, 8), dtype=np.float32)
    heat[2, 3] = 5
    np.testing.assert_array_equal(_lit(picture, heat, 5, 0), picture)
    lit = _lit(picture, heat, 5, 1)
    assert lit[2, 3].tolist() == [255, 204, 0]
    assert not lit[0, 0].any()


def test_every_preset_brings_its_own_light():
    explorer = make("GradCAM")
    light = {preset.name: preset.state["opacity"] for preset in explorer.presets}
    assert light.pop("Only the picture") == 0 and set(light.values()) == {0.6}
