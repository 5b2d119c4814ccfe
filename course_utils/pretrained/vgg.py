"""The first four blocks of VGG16: plain 3x3 convolutions, whose features style transfer compares."""

from __future__ import annotations

import keras

from course_utils.pretrained.weights import load

_FILTERS_BY_BLOCK = ((64, 64), (128, 128), (256, 256, 256), (512, 512))
_MEAN_RGB = (123.68, 116.779, 103.939)  # of ImageNet's training pictures


def vgg16_features(last: str = "block4_conv2") -> keras.Model:
    """Return VGG16 up to one of its layers, ``block1_conv1`` to ``block4_conv2`` or ``block1_pool`` to ``block3_pool``.

    The weights were trained on ImageNet and then on for finding edges, so they are near the published ones, not
    the same. For several layers at once: ``keras.Model(vgg.input, [vgg.get_layer(name).output for name in names])``.

    Returns:
        A new model of (N, height, width, 3) RGB pictures, 0 to 255, of any size from 8 pixels on; up to
        ``block4_conv2`` it has 5,275,456 parameters and gives (N, height // 8, width // 8, 512).

    Raises:
        ValueError: there is no such layer.
        DataError: the file of the weights is missing, truncated or altered.

    Source: K. Simonyan, A. Zisserman (2014), arXiv:1409.1556.
    """
    photo = keras.Input((None, None, 3), name="photo")
    x = keras.layers.Rescaling(scale=1.0, offset=[-mean for mean in _MEAN_RGB], name="minus_mean")(photo)
    outputs = {}
    for block, filters_of_block in enumerate(_FILTERS_BY_BLOCK, start=1):
        for i, filters in enumerate(filters_of_block, start=1):
            name = f"block{block}_conv{i}"
            x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
            outputs[name] = x
        if block < len(_FILTERS_BY_BLOCK):
            x = keras.layers.MaxPooling2D(pool_size=2, name=f"block{block}_pool")(x)
            outputs[f"block{block}_pool"] = x
    if last not in outputs:
        raise ValueError(f"VGG16 has no layer {last!r} here; there are: {', '.join(outputs)}")
    return load(keras.Model(photo, outputs[last], name="vgg16_features"), "weights/vgg16_features.npz")
