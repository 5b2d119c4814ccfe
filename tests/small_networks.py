"""Keras models with random weights, for tests of the small networks that the browser runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _lesson_00(layers: Any) -> list[Any]:
    return [
        layers.Input((20, 20)),
        layers.Reshape((20, 20, 1)),
        layers.Conv2D(16, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Conv2D(32, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ]


def _same_padding(layers: Any) -> list[Any]:
    return [
        layers.Input((9, 12, 2)),
        layers.Rescaling(0.5, offset=-0.2),
        layers.Conv2D(5, (4, 3), padding="same", strides=(2, 3), activation="gelu"),
        layers.BatchNormalization(),
        layers.Activation("silu"),
        layers.MaxPooling2D((2, 3), padding="same", strides=(1, 2)),
        layers.AveragePooling2D(3, padding="same", strides=2),
        layers.Flatten(),
        layers.Dense(4),
        layers.Softmax(),
    ]


def _uneven(layers: Any) -> list[Any]:
    """Windows and steps that leave a rest, negative numbers before the pooling, one bias less."""
    return [
        layers.Input((11, 7, 3)),
        layers.SpatialDropout2D(0.5),
        layers.Conv2D(4, (3, 2), strides=2, use_bias=False),
        layers.BatchNormalization(scale=False, center=False),
        layers.AveragePooling2D((2, 1), strides=(1, 2)),
        layers.MaxPooling2D(2, strides=1),
        layers.Reshape((-1, 2)),
        layers.Dense(3, activation="leaky_relu"),
    ]


def _dense(layers: Any) -> list[Any]:
    activations = ("sigmoid", "tanh", "elu", "softplus", "gelu", "silu", "leaky_relu", "linear")
    return [layers.Input((6, 5)), *(layers.Dense(7, activation=name) for name in activations)]


def _big_numbers(layers: Any) -> list[Any]:
    """Logits so large that exp would overflow."""
    return [layers.Input((4, 4, 1)), layers.Rescaling(500.0), layers.Flatten(), layers.Dense(3, "softmax")]


CHAINS: dict[str, Callable[[Any], list[Any]]] = {
    "lesson 00": _lesson_00,
    "same padding": _same_padding,
    "uneven": _uneven,
    "dense": _dense,
    "big numbers": _big_numbers,
}


def make_chain(name: str, seed: int = 0) -> Any:
    """Return the Keras model ``name`` with random weights, biases and moving averages included."""
    import keras

    model = keras.Sequential(CHAINS[name](keras.layers))
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 0.4, array.shape) for array in model.get_weights()]
    model.set_weights(weights)
    for layer in model.layers:
        if hasattr(layer, "moving_variance"):
            layer.moving_variance.assign(rng.uniform(0.3, 2, layer.moving_variance.shape))
    return model
