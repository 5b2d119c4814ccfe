"""The parameter counter against Keras: count_params and output shapes of random networks and of LeNet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.explorers.models import parameter_counts as model
from course_utils.explorers.parameters import LENET_TODAY, ParameterCounter


def keras_layers(layers: list, side: int, channels: int) -> list[tuple[tuple, int]]:
    """(output shape, parameters) of every layer, as Keras counts them."""
    import keras

    values: Any = keras.Input((side, side, channels))
    found = []
    for kind, size, number in layers:
        if kind == "dense":
            layer = keras.layers.Dense(number)
            values = keras.layers.Flatten()(values) if len(values.shape) > 2 else values
        elif kind in ("conv", "same"):
            layer = keras.layers.Conv2D(number, size, padding="same" if kind == "same" else "valid")
        else:
            pooling = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
            layer = pooling[kind](size)
        values = layer(values)
        found.append((tuple(values.shape[1:]), layer.count_params()))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_random_networks_are_counted_as_keras_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [*rng.choice(["conv", "same", "max", "average"], 4), "dense", "dense"]
    layers = [(str(kind), int(rng.integers(1, 4)), int(rng.integers(1, 9))) for kind in kinds]
    side, channels = int(rng.integers(28, 65)), int(rng.integers(1, 4))
    counts = model.count_layers(side, channels, layers)
    assert [(each.shape, each.parameters) for each in counts] == keras_layers(layers, side, channels)


@pytest.mark.parametrize(
    "preset", [preset for preset in ParameterCounter.presets if "layers" in preset.state]
)
def test_networks_of_presets_are_those_of_keras(preset: Any) -> None:
    layers, side, channels = (preset.state[name] for name in ("layers", "input_side", "input_channels"))
    # Keras has neither the partial table nor pooling with weights; these layers have tests of their own.
    known = layers if preset.name != "LeNet-5 (1998)" else layers[:1]
    counts = model.count_layers(side, channels, known)
    assert [(each.shape, each.parameters) for each in counts] == keras_layers(known, side, channels)


def test_lenet_today_has_61706_parameters_in_keras() -> None:
    assert sum(parameters for _, parameters in keras_layers(LENET_TODAY, 32, 1)) == 61_706


def test_the_partial_table_counted_with_a_mask_on_keras_weights() -> None:
    import keras

    layer = keras.layers.Conv2D(16, 5)
    layer.build((None, 14, 14, 6))
    mask = np.zeros(layer.kernel.shape)
    for column, seen in enumerate(model.C3_TABLE):
        mask[:, :, list(seen), column] = 1
    c3 = model.count_layers(14, 6, [("partial", 5, 16)])[0]
    assert c3.parameters == mask.sum() + layer.bias.shape[0] == 1516
    assert c3.shape == tuple(layer.compute_output_shape((None, 14, 14, 6)))[1:]
    assert c3.multiply_adds == mask.sum() * 10 * 10


def test_three_ways_are_dense_and_convolution_layers_of_keras() -> None:
    import keras

    side, channels, maps, field = 12, 2, 3, 5
    units = (side - field + 1) ** 2
    ways = model.three_ways(side, channels, units, maps, field, biases=True)
    dense, convolution = keras.layers.Dense(units * maps), keras.layers.Conv2D(maps, field)
    dense.build((None, side * side * channels))
    convolution.build((None, side, side, channels))
    assert (dense.count_params(), convolution.count_params()) == (ways.fully, ways.shared)
    assert ways.local == units * maps * (field**2 * channels + 1)
