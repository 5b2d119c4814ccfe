"""The explorer of depth against Keras: outputs, loss and every gradient of the same network in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.explorers.models import residual_depth as model

SETTINGS = {  # blocks, gain, skip, branch, normalise
    "He": (9, 1.0, 1.0, 1.0, False),
    "normalised": (9, 0.8, 1.0, 1.0, True),
    "scaled": (4, 1.3, 0.6, 0.25, True),
    "one block": (1, 1.0, 0.0, 1.0, False),
}


class KerasNetwork:
    """The same network in Keras, with kernels handed over; ``outputs`` after the first layer and every block."""

    def __init__(self, given: model.Weights, skip: float, branch: float, normalise: bool) -> None:
        import keras

        self.normalise, self.kernels = normalise, list(given.kernels)
        self.convolutions: list[Any] = []
        inputs = keras.Input((model.SIDE, model.SIDE, 1), dtype="float64")
        values = keras.ops.relu(self._convolution(inputs))
        self.outputs = [values]
        for _ in range(len(given.kernels) // 2):
            inner = keras.ops.relu(self._convolution(values))
            values = keras.ops.relu(skip * values + branch * self._convolution(inner))
            self.outputs.append(values)
        pooled = keras.layers.GlobalAveragePooling2D(dtype="float64")(values)
        head = keras.layers.Dense(model.NUM_CLASSES, use_bias=False, dtype="float64")
        self.model = keras.Model(inputs, [head(pooled), *self.outputs])
        head.set_weights([given.head])
        for layer, kernel in zip(self.convolutions, given.kernels, strict=True):
            layer.set_weights([kernel])

    def _convolution(self, values: Any) -> Any:
        from keras import layers

        channels = {"filters": model.CHANNELS, "kernel_size": 3, "padding": "same", "use_bias": False}
        self.convolutions.append(layers.Conv2D(**channels, dtype="float64"))
        values = self.convolutions[-1](values)
        return layers.BatchNormalization(dtype="float64")(values) if self.normalise else values

    def gradients(self) -> tuple[float, list[np.ndarray], list[np.ndarray]]:
        """Loss, gradients by kernels and by outputs, from Keras and its backend alone."""
        import keras
        import tensorflow as tf

        pictures, labels = model.pictures()
        entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
        kernels = [layer.kernel.value for layer in self.convolutions]
        with tf.GradientTape() as tape:
            logits, *outputs = self.model(tf.constant(pictures), training=True)
            loss = entropy(labels, logits)
        by_kernels, by_outputs = tape.gradient(loss, [kernels, outputs])
        return float(loss), [each.numpy() for each in by_kernels], [each.numpy() for each in by_outputs]


@pytest.fixture(params=list(SETTINGS))
def compared(request: pytest.FixtureRequest) -> tuple[Any, ...]:
    blocks, gain, skip, branch, normalise = SETTINGS[request.param]
    given = model.weights(blocks, gain, seed=1)
    settings = model.Settings(np.array([0.0, skip]), np.array([1.0, branch]), normalise)
    passed = model.forward(given, settings)
    networks = [KerasNetwork(given, *pair, normalise) for pair in ((0.0, 1.0), (skip, branch))]
    measured = model.measure(blocks, gain, skip, branch, normalise, seed=1)
    return networks, model.backward(given, settings, passed), measured


def test_gradients_and_losses_are_those_of_keras(compared: tuple[Any, ...]) -> None:
    networks, back, measured = compared
    for i, network in enumerate(networks):
        loss, kernels, outputs = network.gradients()
        assert measured["losses"][i] == pytest.approx(loss, rel=1e-9)
        for mine, theirs in zip((*back.kernels, *back.maps), (*kernels, *outputs), strict=True):
            np.testing.assert_allclose(mine[i], theirs, rtol=1e-6, atol=1e-9 * np.abs(theirs).max())
        for name, expected in (("kernels", kernels), ("outputs", outputs)):
            lengths = [np.linalg.norm(each) for each in expected]
            np.testing.assert_allclose(measured[name][i], lengths, rtol=1e-8)


def test_signals_are_those_of_keras(compared: tuple[Any, ...]) -> None:
    networks, _, measured = compared
    pictures, _ = model.pictures()
    for i, network in enumerate(networks):
        _, *outputs = network.model(pictures, training=True)
        sizes = [np.sqrt(np.mean(np.square(each))) for each in outputs]
        np.testing.assert_allclose(measured["signals"][i], sizes, rtol=1e-9)
