"""The forward pass against Keras with the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers import ForwardPass
from course_utils.explorers.models import forward_pass as model
from tests.explorer_samples import random_state


@pytest.mark.parametrize("activation", model.HIDDEN_ACTIVATIONS)
def test_the_network_equals_a_keras_sequential(activation: str) -> None:
    import keras

    network = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3, activation={"identity": "linear"}.get(activation, activation)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    rng = np.random.default_rng(0)
    for _ in range(3):
        state = random_state(ForwardPass.fields, rng) | {"activation": activation}
        kernels = (np.asarray(state["W1"]), state["b1"], np.reshape(state["W2"], (3, 1)), [state["b2"]])
        network.set_weights([np.asarray(each, dtype=np.float32) / 4 for each in kernels])
        quarter = {name: (np.array(state[name]) / 4).tolist() for name in ("W1", "b1", "W2", "b2")}
        inputs = rng.normal(size=(20, 2)).astype(np.float32)
        expected = network(inputs).numpy().ravel()
        np.testing.assert_allclose(model.predict(inputs, state | quarter), expected, rtol=1e-5, atol=1e-5)
