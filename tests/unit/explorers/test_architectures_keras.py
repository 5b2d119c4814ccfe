"""The architecture explorer against Keras: shapes, counts, and receptive fields, measured by lighting rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from course_utils.explorers.models import architectures as model
from tests.explorer_samples import random_blocks

NETWORKS = [name for name in model.NETWORKS if name != "lenet5"]  # Keras has no partial tables


class KerasBlocks:
    """Builds blocks as Keras layers, from their description, without the model that is tested."""

    def __init__(self, norm: str, weights: str = "zeros", smooth: bool = False) -> None:
        self.norm, self.weights, self.smooth = norm, weights, smooth
        self.made: list[Any] = []

    def __call__(self, row: Sequence[Any], values: Any) -> Any:
        return getattr(self, f"_{row[0]}")(values, *row[1:])

    def _layer(self, layer: Any, values: Any) -> Any:
        self.made.append(layer)
        return layer(values)

    def _conv(
        self, values: Any, kernel: int, stride: int, padding: int, channels: int, groups: int = 1
    ) -> Any:
        from keras import layers

        values = layers.ZeroPadding2D(padding)(values)
        has_bias = self.norm != "batch"
        conv = layers.Conv2D(
            channels, kernel, stride, groups=groups, use_bias=has_bias, kernel_initializer=self.weights
        )
        values = self._layer(conv, values)
        return values if self.norm == "bias" else self._layer(layers.BatchNormalization(), values)

    def _max(self, values: Any, kernel: int, stride: int, padding: int) -> Any:
        from keras import layers

        pooling = layers.AveragePooling2D if self.smooth else layers.MaxPooling2D
        return pooling(kernel, stride)(layers.ZeroPadding2D(padding)(values))

    def _average(self, values: Any, kernel: int, stride: int, padding: int) -> Any:
        from keras import layers

        return layers.AveragePooling2D(kernel, stride)(layers.ZeroPadding2D(padding)(values))

    def _global(self, values: Any) -> Any:
        from keras import layers

        return layers.GlobalAveragePooling2D()(values)

    def _dense(self, values: Any, units: int) -> Any:
        from keras import layers

        flat = layers.Flatten()(values) if len(values.shape) > 2 else values
        return self._layer(layers.Dense(units, kernel_initializer=self.weights), flat)

    def _basic(self, values: Any, channels: int, stride: int) -> Any:
        main = self._conv(self._conv(values, 3, stride, 1, channels), 3, 1, 1, channels)
        return self._added(values, main, channels, stride)

    def _bottleneck(self, values: Any, channels: int, stride: int) -> Any:
        main = self._conv(self._conv(values, 1, stride, 0, channels), 3, 1, 1, channels)
        return self._added(values, self._conv(main, 1, 1, 0, 4 * channels), 4 * channels, stride)

    def _added(self, values: Any, main: Any, channels: int, stride: int) -> Any:
        from keras import layers

        is_same = stride == 1 and values.shape[-1] == channels
        return layers.Add()([main, values if is_same else self._conv(values, 1, stride, 0, channels)])

    def _inception(self, values: Any, one: int, to3: int, three: int, to5: int, five: int, pool: int) -> Any:
        from keras import layers

        branches = [
            self._conv(values, 1, 1, 0, one),
            self._conv(self._conv(values, 1, 1, 0, to3), 3, 1, 1, three),
            self._conv(self._conv(values, 1, 1, 0, to5), 5, 1, 2, five),
            self._conv(self._max(values, 3, 1, 1), 1, 1, 0, pool),
        ]
        return layers.Concatenate()(branches)


def sizes_of(weights: Sequence[Any]) -> int:
    return sum(int(np.prod(each.shape)) for each in weights)


def assert_keras_agrees(side: int, channels: int, norm: str, layers: Sequence[Any]) -> None:
    import keras

    values: Any = keras.Input((side, side, channels))
    for block in model.count_blocks(side, channels, norm, layers):
        build = KerasBlocks(norm)
        values = build(block.row, values)
        assert block.after is not None
        assert block.after.shape == tuple(values.shape[1:]), block.name
        assert block.counts.parameters == sum(sizes_of(each.trainable_weights) for each in build.made), (
            block.name
        )
        assert block.counts.fixed == sum(sizes_of(each.non_trainable_weights) for each in build.made), (
            block.name
        )


def fitting_blocks(rng: np.random.Generator, side: int, channels: int) -> list[Any]:
    """A chain of random blocks, those left out that do not fit or that Keras does not have."""
    layers: list[Any] = []
    for row in random_blocks(rng, 12):
        known = row[0] not in ("partial", "trained", "rbf")
        if known and not model.count_blocks(side, channels, "bias", [*layers, row])[-1].problem:
            layers.append(row)
    return layers


@pytest.mark.parametrize("name", NETWORKS)
def test_published_networks_are_keras_networks(name: str) -> None:
    network = model.NETWORKS[name]
    assert_keras_agrees(network.side, network.channels, network.norm, network.layers)


@pytest.mark.parametrize("seed", range(8))
def test_random_chains_are_counted_as_keras_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    side, channels, norm = (
        int(rng.integers(20, 60)),
        int(rng.integers(1, 4)),
        str(rng.choice(list(model.NORMS))),
    )
    assert_keras_agrees(side, channels, norm, fitting_blocks(rng, side, channels))


def test_keras_own_resnet_50() -> None:
    import keras

    network = model.NETWORKS["resnet50"]
    counts = model.total(model.count_blocks(224, 3, "both", network.layers))
    resnet = keras.applications.ResNet50(weights=None)
    assert counts.parameters == sizes_of(resnet.trainable_weights) == 25_583_592
    assert counts.fixed == sizes_of(resnet.non_trainable_weights) == 53_120


# ---- receptive fields ----------------------------------------------------------------------------------


def rows_that_matter(network: Any, side: int, channels: int, row: int, column: int) -> tuple[int, int]:
    """First and last row of the input on which one output value depends: each row alone is lit once."""
    lit = np.zeros((side, side, side, channels), dtype=np.float32)
    lit[np.arange(side), np.arange(side)] = 1
    depends = np.flatnonzero(network.predict_on_batch(lit)[:, row, column].sum(axis=-1))
    return int(depends[0]), int(depends[-1])


CHAINS = {
    "windows": [["conv", 5, 2, 2, 2, 1], ["max", 2, 2, 0], ["conv", 3, 1, 1, 2, 1], ["average", 3, 2, 1]],
    "residual": [["conv", 3, 2, 0, 4, 1], ["basic", 4, 1], ["bottleneck", 2, 2], ["basic", 8, 1]],
    "inception": [["conv", 3, 1, 1, 2, 1], ["inception", 1, 1, 1, 1, 1, 1], ["max", 3, 2, 1]],
}


@pytest.mark.parametrize("name", list(CHAINS))
def test_receptive_fields_are_the_pixels_that_matter(name: str) -> None:
    import keras

    side, build = 41, KerasBlocks("bias", weights="ones", smooth=True)
    values = start = keras.Input((side, side, 2))
    for row in CHAINS[name]:
        values = build(row, values)
    network = keras.Model(start, values)
    signal = model.count_blocks(side, 2, "bias", CHAINS[name])[-1].after
    assert signal is not None
    for row in (0, signal.size // 2, signal.size - 1):
        first, last = signal.seen(row)
        expected = max(0, first), min(side - 1, last)
        assert rows_that_matter(network, side, 2, row, signal.size // 2) == expected
