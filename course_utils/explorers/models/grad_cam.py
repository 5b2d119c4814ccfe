"""Grad-CAM: where in a picture the feature maps of a layer speak for a class.

R. Selvaraju et al. (2017), arXiv:1610.02391. The weight of a map is the mean, over its places, of the gradient of the
class's score before the softmax; the heat is what of the weighted sum of maps is positive.

TensorFlow is imported when the first picture is looked at.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.explorers.models.softmax import softmax

Array = NDArray[np.float32]

_KEPT_LOOKS = 3  # each holds all values of one pass through the network, some 50 MB for 224 x 224 pixels
_KEPT_HEATS = 128
_THIRDS = (
    ("at the upper left", "at the top", "at the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("at the lower left", "at the bottom", "at the lower right"),
)


class Look(NamedTuple):
    """One pass of a picture through the network, with what its gradients need."""

    maps: Any  # tensor (1, rows, columns, K): the feature maps
    scores: Any  # tensor (1, classes): before the softmax
    tape: Any

    def probabilities(self) -> NDArray[np.float64]:
        """Return the classes' probabilities, (classes,)."""
        return softmax(np.asarray(self.scores[0], dtype=np.float64))


class GradCam:
    """Heat maps of one Keras classifier.

    The pass through the network is done once for a picture and a layer, the gradient once for each class.

    Args:
        model: a built Keras model with one input, (N, height, width, channels), that ends with a softmax (a layer,
            or the activation of the last dense layer), or with the scores before it.

    Raises:
        ValueError: the model ends otherwise, has no feature maps, or runs on another backend than TensorFlow.
    """

    def __init__(self, model: Any) -> None:
        """Look where the model ends and which of its layers give feature maps."""
        self.layers = _layers_with_maps(model)
        if not self.layers:
            raise ValueError(
                f"{model.name} has no layer with feature maps of more than one place: nothing to lay over"
            )
        self._model = model
        self._scores, self._last = _before_softmax(model)
        self.num_classes = int(model.output_shape[-1])
        self._parts: dict[str, tuple[Any, Any]] = {}
        self._looks: OrderedDict[tuple[str, str], Look] = OrderedDict()
        self._heats: OrderedDict[tuple[str, str, int], Array] = OrderedDict()

    def probabilities(self, batch: Array, layer: str) -> NDArray[np.float64]:
        """Return the classes' probabilities for a batch of one picture, (classes,)."""
        return self._look(_name_of(batch), batch, layer).probabilities()

    def heat_map(self, batch: Array, layer: str, class_number: int) -> Array:
        """Return how much each place speaks for the class, (rows, columns) of the layer's maps, 0 or more.

        Args:
            batch: one picture, (1, height, width, channels), as the model takes it.
            layer: name of a layer with feature maps.
            class_number: whose score is looked at.
        """
        name = _name_of(batch)
        key = (name, layer, class_number)
        if key not in self._heats:
            look = self._look(name, batch, layer)
            weights = self._mean_gradient(look, class_number)
            self._heats[key] = np.maximum(0, np.asarray(look.maps[0]) @ weights)
        self._heats.move_to_end(key)
        _forget(self._heats, _KEPT_HEATS)
        return self._heats[key]

    def _look(self, name: str, batch: Array, layer: str) -> Look:
        key = (name, layer)
        if key not in self._looks:
            self._looks[key] = self._pass(batch, layer)
        self._looks.move_to_end(key)
        _forget(self._looks, _KEPT_LOOKS)
        return self._looks[key]

    def _pass(self, batch: Array, layer: str) -> Look:
        import tensorflow as tf

        to_maps, onwards = self._halves(layer)
        picture = tf.convert_to_tensor(batch, dtype=tf.float32)
        # What the tape has recorded is walked back at every gradient, so it starts at the maps where it can.
        maps = to_maps(picture, training=False) if onwards else None
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            if onwards:
                tape.watch(maps)
                scores = onwards(maps, training=False)
            else:
                tape.watch(picture)
                maps, scores = to_maps(picture, training=False)
            if self._last is not None:
                scores = tf.matmul(scores, self._last.kernel)
                scores = scores if self._last.bias is None else scores + self._last.bias
        return Look(maps, scores, tape)

    def _halves(self, layer: str) -> tuple[Any, Any]:
        """Return the models from picture to maps and from maps to scores.

        Where another way leads round the layer, the second is None and the first gives maps and scores.
        """
        import keras

        if layer not in self._parts:
            picture, maps = self._model.inputs[0], self._model.get_layer(layer).output
            try:
                halves = keras.Model(picture, maps), keras.Model(maps, self._scores)
            except ValueError:  # Keras' answer to a graph that is not closed
                halves = keras.Model(picture, [maps, self._scores]), None
            self._parts[layer] = halves
        return self._parts[layer]

    def _mean_gradient(self, look: Look, class_number: int) -> Array:
        """Return the weights of the maps, (K,): the score's gradient, averaged over all places."""
        import tensorflow as tf

        only_this = tf.one_hot([class_number], self.num_classes)
        gradient = look.tape.gradient(look.scores, look.maps, output_gradients=only_this)
        return np.asarray(gradient[0]).mean(axis=(0, 1))


def _forget(kept: OrderedDict, most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


def _name_of(batch: Array) -> str:
    return hashlib.blake2b(np.ascontiguousarray(batch).tobytes(), digest_size=16).hexdigest()


def _layers_with_maps(model: Any) -> dict[str, tuple[int, int]]:
    """Return name -> (rows, columns) of the layers from the first weights on whose maps have several places."""
    found: dict[str, tuple[int, int]] = {}
    weighted = False
    for layer in model.layers:
        weighted = weighted or bool(layer.weights)
        shape: tuple[Any, ...] = getattr(getattr(layer, "output", None), "shape", ())
        if weighted and len(shape) == 4 and all(isinstance(side, int) and side > 1 for side in shape[1:3]):
            found[layer.name] = (shape[1], shape[2])
    return found


def last_of_each_size(layers: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return, for each size of maps, the name of the last layer that has it, in the network's order."""
    last = {size: name for name, size in layers.items()}
    return [name for name, size in layers.items() if last[size] == name]


def _before_softmax(model: Any) -> tuple[Any, Any]:
    """Return the tensor with the scores and None, or the input of the last dense layer and this layer."""
    last = model.layers[-1]
    kind = type(last).__name__
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    if kind == "Softmax" or (kind == "Activation" and activation == "softmax"):
        return last.input, None
    if kind == "Dense" and activation == "softmax":
        return last.input, last
    if kind == "Dense" and activation == "linear":
        return last.output, None
    raise ValueError(
        f"{model.name} ends with {last.name!r} ({kind}{', ' + activation if activation else ''}); Grad-CAM needs the "
        "scores before a softmax: let it end with a softmax, or with a dense layer without activation"
    )


def where(heat: Array) -> str:
    """Return in words where a heat map, (rows, columns), has its peak, and how much of it is above half of that."""
    if heat.max() <= 0:
        return "nowhere: no place speaks for it"
    place = np.unravel_index(int(heat.argmax()), heat.shape)
    down, across = (int(3 * (at + 0.5) / side) for at, side in zip(place, heat.shape, strict=True))
    share = float((heat > heat.max() / 2).mean())
    return f"strongest {_THIRDS[down][across]}, more than half as strong on {round(100 * share)} % of the picture"


def enlarged(heat: Array, rows: int, columns: int) -> Array:
    """Return the heat in ``rows`` x ``columns``, between the places linearly (as ``tf.image.resize``)."""
    along = [_neighbours(rows, heat.shape[0]), _neighbours(columns, heat.shape[1])]
    (above, below, down), (left, right, across) = along
    upper = heat[above][:, left] * (1 - across) + heat[above][:, right] * across
    lower = heat[below][:, left] * (1 - across) + heat[below][:, right] * across
    return (upper * (1 - down)[:, np.newaxis] + lower * down[:, np.newaxis]).astype(np.float32)


def _neighbours(many: int, few: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    at = np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0, few - 1)
    first = np.floor(at).astype(np.int64)
    return first, np.minimum(first + 1, few - 1), at - first
