"""The models of lesson 03 against Keras: same numbers, same gradients."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.explorers.models import activations, depth, softmax

KERAS = {
    "identity": lambda z, alpha: keras.activations.linear(z),
    "sigmoid": lambda z, alpha: keras.activations.sigmoid(z),
    "tanh": lambda z, alpha: keras.activations.tanh(z),
    "relu": lambda z, alpha: keras.activations.relu(z),
    "leaky_relu": lambda z, alpha: keras.activations.leaky_relu(z, negative_slope=alpha),
    "elu": lambda z, alpha: keras.activations.elu(z, alpha=alpha),
    "gelu": lambda z, alpha: keras.activations.gelu(z, approximate=False),
    "silu": lambda z, alpha: keras.activations.silu(z),
    "softplus": lambda z, alpha: keras.activations.softplus(z),
}


@pytest.mark.parametrize("name", KERAS)
def test_activations_and_slopes_are_those_of_keras(name: str) -> None:
    values = np.concatenate([np.random.default_rng(3).normal(scale=3, size=300), [0.0, -30.0, 30.0]])
    z = tf.constant(values, dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(z)
        a = KERAS[name](z, 0.3)
    np.testing.assert_allclose(activations.activate(name, values, 0.3), a, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        activations.derivative(name, values, 0.3), tape.gradient(a, z), rtol=1e-6, atol=1e-9
    )


def test_softmax_is_that_of_keras() -> None:
    logits = np.random.default_rng(4).normal(scale=4, size=(20, 6))
    expected = keras.activations.softmax(tf.constant(logits / 0.6))
    np.testing.assert_allclose(softmax.softmax(logits, 0.6), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "initialisation"),
    [("relu", "he"), ("tanh", "glorot"), ("gelu", "orthogonal"), ("sigmoid", "large"), ("elu", "he")],
)
def test_the_passes_through_depth_are_those_of_keras(name: str, initialisation: str) -> None:
    inputs, output_gradients = depth.inputs_and_output_gradients(32, seed=5)
    weights = depth.weights(initialisation, 8, 32, scale=0.9, seed=5)
    passed = depth.propagate(name, weights, inputs, output_gradients)
    layers = [dense(name, matrix) for matrix in weights]
    signal = tf.constant(inputs)
    with tf.GradientTape() as tape:
        outputs = []
        for layer in layers:
            signal = layer(signal)
            tape.watch(signal)
            outputs.append(signal)
        loss = tf.reduce_sum(signal * output_gradients)
    np.testing.assert_allclose(passed.activations, np.stack(outputs), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(passed.gradients, np.stack(tape.gradient(loss, outputs)), rtol=1e-5, atol=1e-9)


def dense(name: str, matrix: np.ndarray) -> keras.layers.Dense:
    alpha = {"elu": 1.0}.get(name, 0.0)
    layer = keras.layers.Dense(len(matrix), lambda z: KERAS[name](z, alpha), use_bias=False, dtype="float64")
    layer.build((None, len(matrix)))
    layer.set_weights([matrix])
    return layer
