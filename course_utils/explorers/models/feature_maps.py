"""Feature maps of a small network: which part of the picture a value sees, and what a filter answers to most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.models.small_network import Array, Layer, Shape, run

_WINDOWED = ("conv2d", "max_pool", "average_pool")
_AT_ONCE = 64  # pictures whose feature maps are held in memory together


class Box(NamedTuple):
    """A part of a picture, in pixels; with padding it may begin before the picture and end behind it."""

    top: int
    left: int
    height: int
    width: int


class Strongest(NamedTuple):
    """The pictures on which the filters of a layer answer most, the strongest first.

    ``places`` is int32 (filters, count, 3): picture, row and column in the map; ``values`` is float32
    (filters, count).
    """

    places: NDArray[np.int32]
    values: Array


def map_shape(layer: Layer) -> Shape:
    """Return (rows, columns, filters) of a layer's maps; the units of a dense layer have maps of one value."""
    return layer.shape if len(layer.shape) == 3 else (1, 1, *layer.shape)


def shown_layers(layers: Sequence[Layer]) -> list[int]:
    """Return the places of the layers that have something to show: all but those that only pass values on."""
    return [
        place for place, layer in enumerate(layers) if layer.kind != "reshape" and len(layer.shape) in (1, 3)
    ]


def receptive_field(layers: Sequence[Layer], place: int, row: int, column: int) -> Box:
    """Return the part of the input on which one value of layer ``place`` depends."""
    top, left, height, width = row, column, 1, 1
    for number in range(place, 0, -1):
        layer, before = layers[number], _sides(layers[number - 1].shape)
        if layer.kind in _WINDOWED:
            top, left = (
                start * step - around
                for start, step, around in zip((top, left), layer.strides, layer.padding, strict=True)
            )
            height, width = (
                (extent - 1) * step + window
                for extent, step, window in zip((height, width), layer.strides, layer.window, strict=True)
            )
        elif before != _sides(layer.shape):  # flattened: every value sees all of it
            top, left, (height, width) = 0, 0, before
    return Box(top, left, height, width)


def _sides(shape: Shape) -> tuple[int, int]:
    return (shape[0], shape[1]) if len(shape) > 1 else (1, 1)


def strongest(layers: Sequence[Layer], pictures: ArrayLike, count: int) -> list[Strongest]:
    """Return, for each of ``shown_layers``, the ``count`` pictures with the largest value in each filter's map.

    Args:
        layers: a network's records.
        pictures: (N, ...) as ``run`` takes them; with fewer than ``count`` all are given.
        count: how many pictures a filter.
    """
    pictures, shown = np.asarray(pictures), shown_layers(layers)
    peaks: list[list[tuple[NDArray, NDArray]]] = [[] for _ in shown]
    for first in range(0, len(pictures), _AT_ONCE):
        outputs = run(layers, pictures[first : first + _AT_ONCE])
        for found, place in zip(peaks, shown, strict=True):
            found.append(_peaks(outputs[place]))
    return [
        _first(found, map_shape(layers[place])[1], count) for found, place in zip(peaks, shown, strict=True)
    ]


def _peaks(output: Array) -> tuple[NDArray, NDArray]:
    """Return the largest value of every map, and its place counted row by row: both (N, filters)."""
    maps = output.reshape(len(output), -1, output.shape[-1])
    places = maps.argmax(axis=1)
    return np.take_along_axis(maps, places[:, np.newaxis], axis=1)[:, 0], places


def _first(peaks: Sequence[tuple[NDArray, NDArray]], num_columns: int, count: int) -> Strongest:
    values, places = (np.concatenate(part) for part in zip(*peaks, strict=True))
    order = np.argsort(-values, axis=0, kind="stable")[:count].T
    rows, columns = np.divmod(np.take_along_axis(places.T, order, axis=1), num_columns)
    return Strongest(
        np.stack([order, rows, columns], axis=-1).astype(np.int32),
        np.take_along_axis(values.T, order, axis=1).astype(np.float32),
    )
