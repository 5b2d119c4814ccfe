"""The pooling explorer's maps against Keras' Conv2D, MaxPooling2D and AveragePooling2D."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from course_utils.explorers.models import convolution
from course_utils.explorers.models import pooling as model

CASES = list(itertools.product(("max", "average", "strided", "none"), (2, 3, 4), (1, 2, 4), (1, 2)))


def keras_model(chain: model.Chain) -> Any:
    import keras

    pooling = {
        "max": lambda: keras.layers.MaxPooling2D(chain.size, chain.stride),
        "average": lambda: keras.layers.AveragePooling2D(chain.size, chain.stride),
        "strided": lambda: keras.layers.MaxPooling2D(1, chain.stride),
    }
    convolve = keras.layers.Conv2D(1, 3, activation="relu", use_bias=False)
    pools = [pooling[chain.pooling]() for _ in range(chain.stages)] if chain.pooling in pooling else []
    built = keras.Sequential([keras.layers.Input((model.SEEN, model.SEEN, 1)), convolve, *pools])
    kernel = np.array(convolution.KERNELS[model.KERNELS[chain.kernel]])
    convolve.set_weights([kernel[..., np.newaxis, np.newaxis]])
    return built


@pytest.mark.parametrize(("pooling", "size", "stride", "stages"), CASES)
def test_the_pooled_map_is_that_of_keras(pooling: str, size: int, stride: int, stages: int) -> None:
    chain = model.Chain("laplacian", pooling=pooling, size=size, stride=stride, stages=stages)
    pictures = np.random.default_rng(size).integers(0, 256, (2, model.SEEN, model.SEEN)).astype(np.float32)
    expected = np.asarray(keras_model(chain)(pictures[..., np.newaxis]))[..., 0]
    np.testing.assert_allclose(model.maps(chain, pictures)[1], expected, rtol=1e-5)
