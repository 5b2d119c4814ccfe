"""A small trained network without Keras: plain layer records, and what every layer makes of pictures.

The browser runs the same records (``static/engine/small_network.js`` is the twin), so that a figure answers
without the kernel. All pictures and feature maps are rows x columns x channels, as in Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.models.activations import activate
from course_utils.explorers.models.softmax import softmax

Shape = tuple[int, ...]
Array = NDArray[np.float32]

# Name of the function in Keras -> (our name, alpha where Keras has it at its default).
_ACTIVATIONS = {
    "linear": ("identity", 0.0),
    "leaky_relu": ("leaky_relu", 0.2),
    "elu": ("elu", 1.0),
    **{name: (name, 0.0) for name in ("softmax", "sigmoid", "tanh", "relu", "gelu", "silu", "softplus")},
}
_TOLERANCE = 1e-2  # a GPU may convolve with a mantissa of ten bits


class NotComputableError(ValueError):
    """A model that cannot be computed here; the message says which part of it, and why."""


@dataclass(frozen=True)
class Layer:
    """What one layer does, in plain numbers.

    ``kind`` is "reshape" (also for layers that change nothing, such as dropout), "scale", "conv2d",
    "max_pool", "average_pool", "dense" or "activation"; ``shape`` is the shape of one output. ``window``,
    ``strides`` and ``padding`` (rows above, columns on the left) are those of convolution and pooling.
    """

    name: str
    kind: str
    shape: Shape
    activation: str = "identity"
    alpha: float = 0.0
    window: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    weights: Mapping[str, Array] = field(default_factory=dict)


# ---- from Keras ------------------------------------------------------------------------------------


def layers_of(model: Any) -> list[Layer]:
    """Return the layers of a built Keras model that is one chain; the first record stands for its input.

    Weights are copied: what the model learns afterwards does not show. Dropout, noise and augmentation are
    left out, batch normalisation uses its moving averages, as Keras does when it predicts.

    Raises:
        NotComputableError: the model has no known input shape, a layer that is not known here, or it is not
            a plain chain: on a random picture these layers give something else than the model.
    """
    layers = [Layer("input", "reshape", _input_shape(model))]
    for layer in _flat(model):
        make = _MAKERS.get(type(layer).__name__)
        if make is None:
            raise _refused(layer, f"is of the type {type(layer).__name__}")
        layers.append(make(layer, layers[-1].shape))
    _compare(layers, model)
    return layers


def _input_shape(model: Any) -> Shape:
    try:
        shape = model.input_shape[1:]
    except (AttributeError, TypeError) as error:
        raise NotComputableError("the shape of its input is not known") from error
    if not all(isinstance(side, int) for side in shape):
        raise NotComputableError(f"its input has the shape {shape}; every side must be fixed")
    return tuple(shape)


def _flat(model: Any) -> Iterator[Any]:
    """Yield the layers, and those of models among them."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _flat(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer


def _refused(layer: Any, why: str) -> NotComputableError:
    return NotComputableError(f"its layer {layer.name!r} {why}")


def _compare(layers: Sequence[Layer], model: Any) -> None:
    """Raise NotComputableError unless the layers give what the model gives, on one random picture."""
    picture = np.random.default_rng(0).random((1, *layers[0].shape), dtype=np.float32)
    answer, found = model.predict_on_batch(picture), run(layers, picture)[-1]
    if isinstance(answer, (list, dict)) or answer.shape != found.shape:
        raise NotComputableError(f"it does not give one output of shape {found.shape[1:]}, as its layers do")
    if not np.allclose(answer, found, _TOLERANCE, _TOLERANCE, equal_nan=True):
        raise NotComputableError("its layers, one after the other, do not give what the model gives")


def _reshape(layer: Any, shape: Shape) -> Layer:
    wanted = tuple(layer.target_shape)
    known = -int(np.prod(wanted))  # of the sides but the one that is -1
    return Layer(
        layer.name, "reshape", tuple(int(np.prod(shape)) // known if side == -1 else side for side in wanted)
    )


def _flatten(layer: Any, shape: Shape) -> Layer:
    return Layer(layer.name, "reshape", (int(np.prod(shape)),))


def _unchanged(layer: Any, shape: Shape) -> Layer:
    return Layer(layer.name, "reshape", shape)


def _rescaling(layer: Any, shape: Shape) -> Layer:
    scale, shift = (np.asarray(values, np.float32).reshape(-1) for values in (layer.scale, layer.offset))
    if not {scale.size, shift.size} <= {1, shape[-1]}:
        raise _refused(layer, "has a scale that is neither one number nor one a channel")
    return Layer(layer.name, "scale", shape, weights={"scale": scale, "shift": shift})


def _batch_normalization(layer: Any, shape: Shape) -> Layer:
    if layer.axis not in (-1, len(shape)):
        raise _refused(layer, f"normalises along axis {layer.axis}, not along the last")
    mean, variance = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
    scale = (1 if layer.gamma is None else np.asarray(layer.gamma)) / np.sqrt(variance + layer.epsilon)
    shift = (0 if layer.beta is None else np.asarray(layer.beta)) - mean * scale
    weights = {"scale": scale.astype(np.float32), "shift": shift.astype(np.float32)}
    return Layer(layer.name, "scale", shape, weights=weights)


def _conv2d(layer: Any, shape: Shape) -> Layer:
    if tuple(layer.dilation_rate) != (1, 1) or layer.groups != 1:
        raise _refused(layer, "is dilated or works in groups")
    settings = _placed(layer, shape, tuple(layer.kernel_size), layer.filters)
    return Layer(layer.name, "conv2d", **settings, **_activation(layer), weights=_kernel_and_bias(layer))


def _dense(layer: Any, shape: Shape) -> Layer:
    weights = _kernel_and_bias(layer)
    return Layer(layer.name, "dense", (*shape[:-1], layer.units), **_activation(layer), weights=weights)


def _kernel_and_bias(layer: Any) -> dict[str, Array]:
    kernel = np.asarray(layer.kernel, dtype=np.float32)
    bias = np.zeros(kernel.shape[-1]) if layer.bias is None else np.asarray(layer.bias)
    return {"kernel": kernel, "bias": bias.astype(np.float32)}


def _max_pool(layer: Any, shape: Shape) -> Layer:
    return Layer(layer.name, "max_pool", **_placed(layer, shape, tuple(layer.pool_size), shape[-1]))


def _average_pool(layer: Any, shape: Shape) -> Layer:
    return Layer(layer.name, "average_pool", **_placed(layer, shape, tuple(layer.pool_size), shape[-1]))


def _placed(layer: Any, shape: Shape, window: tuple[int, int], channels: int) -> dict[str, Any]:
    """Return output shape, window, strides and padding of a layer that moves a window over its input."""
    if layer.data_format != "channels_last":
        raise _refused(layer, "has its channels first")
    strides = tuple(layer.strides)
    if layer.padding == "valid":
        sides = [(side - size) // step + 1 for side, size, step in zip(shape, window, strides, strict=False)]
        padding = (0, 0)
    else:  # "same": as many outputs as steps fit, the odd row or column below and on the right
        sides = [-(-side // step) for side, step in zip(shape, strides, strict=False)]
        missing = [
            (count - 1) * step + size - side
            for count, step, size, side in zip(sides, strides, window, shape, strict=False)
        ]
        padding = (max(missing[0], 0) // 2, max(missing[1], 0) // 2)
    return {"shape": (*sides, channels), "window": window, "strides": strides, "padding": padding}


def _activation_layer(layer: Any, shape: Shape) -> Layer:
    return Layer(layer.name, "activation", shape, **_activation(layer))


def _softmax_layer(layer: Any, shape: Shape) -> Layer:
    if layer.axis not in (-1, len(shape)):
        raise _refused(layer, f"takes its softmax along axis {layer.axis}, not along the last")
    return Layer(layer.name, "activation", shape, activation="softmax")


def _activation(layer: Any) -> dict[str, Any]:
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    if name not in _ACTIVATIONS:
        raise _refused(layer, f"has the activation {name}")
    ours, alpha = _ACTIVATIONS[name]
    return {"activation": ours, "alpha": alpha}


_MAKERS: dict[str, Callable[[Any, Shape], Layer]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Rescaling": _rescaling,
    "BatchNormalization": _batch_normalization,
    "Conv2D": _conv2d,
    "Dense": _dense,
    "MaxPooling2D": _max_pool,
    "AveragePooling2D": _average_pool,
    "Activation": _activation_layer,
    "Softmax": _softmax_layer,
    # What only training does.
    "Dropout": _unchanged,
    "SpatialDropout2D": _unchanged,
    "GaussianNoise": _unchanged,
    "RandomFlip": _unchanged,
    "RandomRotation": _unchanged,
    "RandomTranslation": _unchanged,
    "RandomZoom": _unchanged,
}


# ---- to the browser --------------------------------------------------------------------------------


def for_browser(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return {"layers": records that JSON can hold, "weights": all weights in one float32 array}.

    In the records every weight is the pair (place of its first number in the array, how many there are).
    """
    records, parts, start = [], [np.zeros(0, np.float32)], 0
    for layer in layers:
        places = {}
        for name, values in layer.weights.items():
            places[name] = (start, values.size)
            parts.append(values.reshape(-1))
            start += values.size
        records.append(asdict(layer) | {"weights": places})
    return {"layers": records, "weights": np.concatenate(parts)}


# ---- what the layers do ----------------------------------------------------------------------------


def run(layers: Sequence[Layer], pictures: ArrayLike) -> list[Array]:
    """Return every layer's output, float32 (N, *shape of the layer); the first is the input.

    Args:
        layers: records as ``layers_of`` gives them.
        pictures: (N, ...), as many numbers each as the first record's shape asks for.
    """
    outputs: list[Array] = []
    values = np.asarray(pictures, dtype=np.float32)
    for layer in layers:
        values = _STEPS[layer.kind](layer, values)
        values = _activated(layer, values).astype(np.float32).reshape(len(values), *layer.shape)
        outputs.append(values)
    return outputs


def _activated(layer: Layer, values: Array) -> NDArray:
    if layer.activation == "identity":
        return values
    if layer.activation == "softmax":
        return softmax(values)
    return activate(layer.activation, values, layer.alpha)


def _same(layer: Layer, values: Array) -> Array:
    return values


def _scaled(layer: Layer, values: Array) -> Array:
    return values * layer.weights["scale"] + layer.weights["shift"]


def _weighted(layer: Layer, values: Array) -> Array:
    return values @ layer.weights["kernel"] + layer.weights["bias"]


def _convolved(layer: Layer, values: Array) -> Array:
    windows = _windows(layer, values, 0)  # (N, rows, columns, channels, window)
    kernel = layer.weights["kernel"].transpose(2, 0, 1, 3)
    return np.tensordot(windows, kernel, axes=3) + layer.weights["bias"]


def _largest(layer: Layer, values: Array) -> Array:
    return _windows(layer, values, -np.inf).max(axis=(-2, -1))


def _averaged(layer: Layer, values: Array) -> Array:
    """Return the means; what padding added counts as absent."""
    counts = _windows(layer, np.ones_like(values), 0).sum(axis=(-2, -1))
    return _windows(layer, values, 0).sum(axis=(-2, -1)) / counts


def _windows(layer: Layer, values: Array, filling: float) -> Array:
    """Return what the window sees at every place: (N, rows, columns, channels, *window)."""
    around = [(0, 0), (0, 0)]
    for axis in (0, 1):
        reach = (layer.shape[axis] - 1) * layer.strides[axis] + layer.window[axis]
        before = layer.padding[axis]
        around.insert(-1, (before, max(0, reach - before - values.shape[1 + axis])))
    padded = np.pad(values, around, constant_values=filling)
    seen = sliding_window_view(padded, layer.window, axis=(1, 2))
    rows, columns = layer.strides
    return seen[:, ::rows, ::columns][:, : layer.shape[0], : layer.shape[1]]


_STEPS: dict[str, Callable[[Layer, Array], Array]] = {
    "reshape": _same,
    "activation": _same,
    "scale": _scaled,
    "dense": _weighted,
    "conv2d": _convolved,
    "max_pool": _largest,
    "average_pool": _averaged,
}
