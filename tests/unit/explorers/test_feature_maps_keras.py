"""Feature maps of Keras models: the same numbers as the model's own, and refusals that say why."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers import FeatureMaps
from tests.small_networks import make_chain

DIGITS = [str(digit) for digit in range(10)]


def test_strongest_inputs_are_those_of_the_keras_model() -> None:
    import keras

    model = make_chain("lesson 00")
    pictures = np.random.default_rng(0).random((30, 20, 20), dtype=np.float32)
    explorer = FeatureMaps(model, pictures, DIGITS)
    layer = model.layers[1]
    maps = keras.Model(model.inputs, layer.output).predict(pictures, verbose=0)
    sent = explorer.arrays["strongestValues"]
    values = np.frombuffer(sent["buffer"], dtype=np.float32).reshape(sent["shape"])
    assert explorer.state["layer"] == layer.name
    np.testing.assert_allclose(values[:16, 0], maps.max(axis=(0, 1, 2)), rtol=1e-3, atol=1e-4)
    best = int(model.predict(pictures[:1], verbose=0).argmax())
    assert f"The network says {best} (" in explorer.describe(explorer.state)


def test_a_model_that_the_browser_cannot_compute_is_refused_with_the_reason() -> None:
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((8, 8, 1)),
            keras.layers.LayerNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    with pytest.raises(ValueError, match="cannot compute this model, because its layer 'layer_normalization"):
        FeatureMaps(model, np.zeros((1, 8, 8)), ["a", "b"])
