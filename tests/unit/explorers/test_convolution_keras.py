"""The explorer's convolution against Keras' Conv2D: sizes, strides, padding, dilation, channels, bias, ReLU."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from course_utils.explorers.models import convolution as model

# Keras does not take strides and dilation together.
PLACES = [(stride, 1) for stride in (1, 2, 3, 4)] + [(1, dilation) for dilation in (2, 3)]
CASES = list(itertools.product(model.SIZES, PLACES, ["valid", "same"], [1, 3]))


@pytest.mark.parametrize(("size", "places", "padding", "channels"), CASES)
def test_the_feature_map_is_that_of_keras(
    size: int, places: tuple[int, int], padding: str, channels: int
) -> None:
    import keras

    stride, dilation = places
    rng = np.random.default_rng(size + 10 * stride + channels)
    picture = rng.random((23, 18, channels), dtype=np.float32)
    kernels = rng.standard_normal((channels, size, size)).astype(np.float32)
    layer = keras.layers.Conv2D(
        1, size, strides=stride, padding=padding, dilation_rate=dilation, activation="relu"
    )
    layer.build((None, *picture.shape))
    layer.set_weights([kernels.transpose(1, 2, 0)[..., np.newaxis], np.array([0.2])])
    expected = np.asarray(layer(picture[np.newaxis]))[0, :, :, 0]
    found = model.feature_map(picture, kernels, 0.2, stride, padding, dilation, relu=True)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
