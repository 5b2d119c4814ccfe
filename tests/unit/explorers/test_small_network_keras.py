"""Small networks without Keras against the Keras models that they come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_utils.explorers.models import small_network
from course_utils.explorers.models.small_network import NotComputableError, layers_of
from tests.small_networks import CHAINS, make_chain

CHAIN_NAMES = sorted(CHAINS)


def pictures(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(1).random((3, *shape), dtype=np.float32)


@pytest.mark.parametrize("name", CHAIN_NAMES)
def test_every_layer_gives_what_kerass_layer_gives(name: str) -> None:
    import keras

    with keras.device("cpu"):  # a GPU convolves with fewer digits
        model = make_chain(name)
        layers = layers_of(model)
        values = pictures(model.input_shape[1:])
        assert [layer.name for layer in layers] == ["input", *(layer.name for layer in model.layers)]
        outputs = small_network.run(layers, values)
        np.testing.assert_array_equal(outputs[0], values)
        for i, layer in enumerate(model.layers, start=1):
            values = np.asarray(layer(values, **({"training": False} if "Drop" in layer.name else {})))
            assert outputs[i].shape == values.shape
            assert outputs[i].dtype == np.float32
            np.testing.assert_allclose(outputs[i], values, rtol=2e-4, atol=2e-5, err_msg=layer.name)


def test_a_functional_chain_and_a_chain_within_a_chain_are_read() -> None:
    import keras

    inputs = keras.Input((6, 6, 1))
    inner = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(5, "tanh")])
    model = keras.Model(inputs, keras.layers.Softmax()(inner(inputs)))
    layers = layers_of(model)
    assert [layer.kind for layer in layers] == ["reshape", "reshape", "dense", "activation"]
    values = pictures((6, 6, 1))
    expected = model.predict_on_batch(values)
    np.testing.assert_allclose(small_network.run(layers, values)[-1], expected, rtol=1e-2, atol=1e-3)


def test_pictures_without_a_channel_fit_a_network_that_wants_one() -> None:
    layers = layers_of(make_chain("lesson 00"))
    channelled = small_network.Layer("input", "reshape", (20, 20, 1))
    assert small_network.run([channelled], pictures((20, 20)))[0].shape == (3, 20, 20, 1)
    assert small_network.run(layers, pictures((20, 20, 1)))[-1].shape == (3, 10)


def test_what_a_model_learns_later_does_not_show() -> None:
    model = make_chain("dense")
    layers, values = layers_of(model), pictures(model.input_shape[1:])
    before = small_network.run(layers, values)[-1]
    model.set_weights([0 * weights for weights in model.get_weights()])
    np.testing.assert_array_equal(small_network.run(layers, values)[-1], before)


def test_the_browser_gets_plain_records_and_one_array() -> None:
    layers = layers_of(make_chain("same padding"))
    sent = small_network.for_browser(layers)
    json.dumps(sent["layers"])
    assert sent["weights"].dtype == np.float32
    for layer, record in zip(layers, sent["layers"], strict=True):
        for name, (start, count) in record["weights"].items():
            np.testing.assert_array_equal(
                sent["weights"][start : start + count], layer.weights[name].reshape(-1)
            )


def _unbuilt(keras: Any) -> Any:
    return keras.Sequential([keras.layers.Dense(2)])


def _any_length(keras: Any) -> Any:
    return keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(2)])


def _unknown_layer(keras: Any) -> Any:
    return keras.Sequential([keras.Input((5, 4)), keras.layers.LSTM(3, name="memory")])


def _unknown_activation(keras: Any) -> Any:
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="selu")])


def _dilated(keras: Any) -> Any:
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, dilation_rate=2)])


def _other_axis(keras: Any) -> Any:
    return keras.Sequential([keras.Input((4, 3)), keras.layers.BatchNormalization(axis=1)])


def _layer_used_twice(keras: Any) -> Any:
    """One layer twice in the chain, but once in the list of layers."""
    inputs, layer = keras.Input((4,)), keras.layers.Dense(4, activation="relu")
    return keras.Model(inputs, layer(layer(inputs)))


def _two_outputs(keras: Any) -> Any:
    inputs = keras.Input((4,))
    first = keras.layers.Dense(4, activation="relu")(inputs)
    return keras.Model(inputs, [first, keras.layers.Dense(4, activation="tanh")(inputs)])


def _own_call(keras: Any) -> Any:
    """A layer that is called like one of Keras', and does something else."""

    class Dense(keras.layers.Dense):
        def call(self, inputs: Any) -> Any:
            return 2 * super().call(inputs)

    return keras.Sequential([keras.Input((4,)), Dense(3)])


REFUSED = {
    _unbuilt: "the shape of its input is not known",
    _any_length: "every side must be fixed",
    _unknown_layer: "'memory' is of the type LSTM",
    _unknown_activation: "has the activation selu",
    _dilated: "is dilated",
    _other_axis: "along axis 1",
    _layer_used_twice: "do not give what the model gives",
    _two_outputs: "does not give one output",
    _own_call: "do not give what the model gives",
}


@pytest.mark.parametrize(("make", "words"), REFUSED.items())
def test_what_cannot_be_computed_is_refused_and_named(make: Callable[[Any], Any], words: str) -> None:
    import keras

    with pytest.raises(NotComputableError, match=words):
        layers_of(make(keras))
