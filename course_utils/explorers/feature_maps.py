"""The feature maps of a trained network: every layer and filter, on any picture, and what a filter looks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import datasets
from course_utils.explorers.engine import Choice, Flag, Integer, Preset, Strokes, percent, trimmed
from course_utils.explorers.engine.uploads import OWN, PictureExplorer
from course_utils.explorers.models import feature_maps as model_of_maps
from course_utils.explorers.models import small_network
from course_utils.explorers.models.convolution import grey
from course_utils.explorers.models.drawing import ink_as_drawn
from course_utils.explorers.models.small_network import Array, Layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PEN = 0.08  # width of the pen, as a share of the pad
NUM_STRONGEST = 6
MOST_PICTURES = 2000
_LIGHT = 0.5  # from here on the border of a picture is light, so that it is taken for paper
_KINDS = {
    "conv2d": "convolution",
    "max_pool": "maximum",
    "average_pool": "mean",
    "dense": "dense layer",
    "scale": "rescaling",
    "activation": "activation",
}
_ASKED = {
    "first": "Predict: which maps show edges of one direction, which the whole shape?",
    "pooling": "Predict: which number of the window goes on, its largest or its mean? What becomes of thin lines?",
    "deepest": "Predict: how many pixels does one value of the last convolution see? Point at some.",
    "scale": "Predict: some maps look empty. Is there nothing in them, or only little?",
    "line": "Predict: which filters answer to an upright line? Clear it and draw a level one.",
    "blank": "Predict: no ink at all. Are all maps empty, and what does the network say?",
}
_UPRIGHT = [[[0.5, 0.2], [0.5, 0.5], [0.5, 0.8]]]


class FeatureMaps(PictureExplorer):
    """Every layer and filter of a trained network, on a picture of a set, on your drawing, or on your own picture.

    The weights go to the browser once, as they are when the explorer is made; it computes all maps itself,
    within a frame. It shows all maps of a layer, one of them large with its kernel and the window under the
    cursor, the part of the picture that a value sees, the probabilities, and the pictures of the set on
    which the filter answers most.

    Args:
        model: a trained Keras model that is one chain of the layers that ``explorers.DrawingPad`` can take to
            the browser, or its records from ``small_network.layers_of``. Without a softmax at its end, one
            is added for the probabilities.
        pictures: the set, (N, height, width) or (N, height, width, 1 or 3), as the model takes them: at most
            2,000. A filter's strongest inputs are searched in all of them at the start: about 0.3 s for
            500 pictures of 28 x 28.
        class_names: what the classes are called, one for each of the model's outputs.
        labels: the pictures' classes, (N,), if they are known.
        own_picture: a picture of yours, (height, width, 3) uint8. It is made small; for a model of grey
            pictures with a light border it is inverted, because 0 is the paper there.
        state: ``picture`` ("set", "drawing", "own"), ``number`` in the set, ``strokes`` of the drawing (grey square
            pictures only), ``layer`` (by name), ``filter``, ``channel`` (of the layer's input), ``row`` and
            ``column`` in the map, ``own_scale``: each map with colours of its own scale.

    Raises:
        ValueError: the browser cannot compute the model, or pictures, names or labels do not fit; the message
            says which.
    """

    module = "feature_maps"
    title = "Feature maps"
    hint = "Choose a map, then point at its values; arrow keys work in both."

    def __init__(
        self,
        model: Any,
        pictures: ArrayLike,
        class_names: Sequence[str],
        labels: ArrayLike | None = None,
        **options: Any,
    ) -> None:
        """Start with the first picture, the first convolution and its first filter."""
        self._layers = _with_probabilities(_layers_of(model))
        self._names = [str(name) for name in class_names]
        self._set = _checked_pictures(pictures, self._layers)
        if self._layers[-1].shape != (len(self._names),):
            raise ValueError(
                f"class_names has {len(self._names)} names, but the model's output has the shape "
                f"{self._layers[-1].shape}: give one name for each output"
            )
        self._labels = _checked_labels(labels, len(self._set), len(self._names))
        self._shape = self._set.shape[1:]
        self._full = float(self._set.max()) or 1.0  # the value of full ink, or of white
        self._shown_layers = model_of_maps.shown_layers(self._layers)
        self.picture_side = max(self._shape[:2])
        self.fields = self._make_fields()
        self.presets = self._make_presets()
        given = "" if labels is None else ", labels=labels"
        shared = f", model=model, pictures=pictures, class_names=class_names{given}"
        super().__init__(arrays=self._for_view(), shared=shared, **options)

    # ---- what there is ---------------------------------------------------------------------------

    def _make_fields(self) -> dict[str, Any]:
        drawing = {"drawing": "your drawing"} if self._can_be_drawn_on() else {}
        options = {"set": "from the set", **drawing, OWN: "your own picture"}
        shapes = {self._layers[i].name: model_of_maps.map_shape(self._layers[i]) for i in self._shown_layers}
        rows, columns, filters = (max(sides) for sides in zip(*shapes.values(), strict=True))
        first = (self._convolutions() or list(shapes))[0]
        middle = [side // 2 for side in shapes[first]]
        names = {name: f"{name} · {' × '.join(map(str, shape))}" for name, shape in shapes.items()}
        channels = max(
            layer.weights["kernel"].shape[-2] for layer in self._layers if "kernel" in layer.weights
        )
        return {
            "picture": Choice(default="set", options=options, label="picture"),
            "number": Integer(default=0, low=0, high=len(self._set) - 1, label="number"),
            "strokes": Strokes(default=(), label="drawing"),
            "layer": Choice(default=first, options=names, label="layer"),
            "filter": Integer(default=0, low=0, high=filters - 1, label="filter"),
            "channel": Integer(default=0, low=0, high=channels - 1, label="channel"),
            "row": Integer(default=middle[0], low=0, high=rows - 1, label="row"),
            "column": Integer(default=middle[1], low=0, high=columns - 1, label="column"),
            "own_scale": Flag(
                default=False,
                label="each map on its own scale",
                help="else all maps of the layer share one scale of colours",
            ),
        }

    def _can_be_drawn_on(self) -> bool:
        height, width, channels = self._shape
        return height == width and channels == 1

    def _convolutions(self) -> list[str]:
        return [layer.name for layer in self._layers if layer.kind == "conv2d"]

    def _make_presets(self) -> tuple[Preset, ...]:
        first = self.fields["layer"].default
        poolings = [layer.name for layer in self._layers if layer.kind in ("max_pool", "average_pool")][:1]
        in_layer = {
            self._layers[i].name: self._middle_of(self._layers[i]) | {"picture": "set"}
            for i in self._shown_layers
        }
        deepest = in_layer[(self._convolutions() or [first])[-1]]
        presets = [
            Preset("First layer", _ASKED["first"], in_layer[first]),
            *(Preset("Pooling", _ASKED["pooling"], in_layer[name]) for name in poolings),
            Preset("Deepest", _ASKED["deepest"], deepest | {"own_scale": False}),
            Preset("Its own scale", _ASKED["scale"], deepest | {"own_scale": True}),
        ]
        if self._can_be_drawn_on():
            drawn = in_layer[first] | {"picture": "drawing"}
            presets += [
                Preset("A line", _ASKED["line"], drawn | {"strokes": _UPRIGHT}),
                Preset("Blank paper", _ASKED["blank"], drawn | {"strokes": []}),
            ]
        return tuple(presets)

    def _middle_of(self, layer: Layer) -> dict[str, Any]:
        """Return the part of a state that looks at the middle of a layer's maps."""
        rows, columns, _ = model_of_maps.map_shape(layer)
        return {"layer": layer.name, "row": rows // 2, "column": columns // 2}

    def _for_view(self) -> dict[str, Any]:
        found = model_of_maps.strongest(self._layers, self._set, NUM_STRONGEST)
        pictures, scale = _compact(self._set)
        filters = [model_of_maps.map_shape(self._layers[i])[-1] for i in self._shown_layers]
        starts = np.cumsum([0, *filters[:-1]]).tolist()
        return {
            "pictures": pictures,
            "scale": scale,
            "full": self._full,
            "names": self._names,
            "labels": self._labels,
            "kinds": _KINDS,
            # layer -> (its place in the network, its first filter among the strongest)
            "shown": {
                self._layers[i].name: (i, start) for i, start in zip(self._shown_layers, starts, strict=True)
            },
            "strongestPlaces": np.concatenate([each.places for each in found]),
            "strongestValues": np.concatenate([each.values for each in found]),
            **small_network.for_browser(self._layers),
        }

    # ---- pictures --------------------------------------------------------------------------------

    def values(self, state: Mapping[str, Any]) -> Array:
        """Return the picture of ``state`` as the network takes it, float32 (height, width, channels)."""
        if state["picture"] == "drawing":
            return self._full * ink_as_drawn(state["strokes"], PEN, self._shape[:2])[..., np.newaxis]
        if state["picture"] == OWN and self._own is not None:
            return np.float32(self._full) * _fitted(self._own, self._shape)
        return np.asarray(self._set[state["number"]], dtype=np.float32)

    def picture(self, state: Mapping[str, Any]) -> NDArray[np.uint8]:
        """Return the picture of ``state``, (height, width, 3) uint8."""
        shares = np.clip(self.values(state) / self._full, 0, 1)
        return np.broadcast_to(np.round(255 * shares).astype(np.uint8), (*self._shape[:2], 3))

    def picture_words(self, state: Mapping[str, Any]) -> str:
        """Return what the picture is called in a sentence."""
        if state["picture"] == "drawing":
            return "Your drawing"
        if state["picture"] == OWN and self._own is not None:
            return "Your own picture"
        label = self._labels[state["number"]] if self._labels else None
        named = f"Picture {state['number']}" + ("" if label is None else f" ({self._names[label]})")
        if state["picture"] == OWN:
            named += " (choose your own picture again: Copy state leaves it out)"
        return named

    def _shown(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {"picture": self.values(state), "hasOwn": self._own is not None}

    # ---- words and still picture -------------------------------------------------------------------

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say what the filter answers at the cursor, what that value sees, and what the network takes it for."""
        outputs = small_network.run(self._layers, self.values(state)[np.newaxis])
        place = self._place(state)
        layer = self._layers[place]
        rows, columns, filters = model_of_maps.map_shape(layer)
        chosen = min(state["filter"], filters - 1)
        row, column = min(state["row"], rows - 1), min(state["column"], columns - 1)
        found = outputs[place][0].reshape(rows, columns, filters)[..., chosen]
        low, high, here = (trimmed(value, 0, 2) for value in (found.min(), found.max(), found[row, column]))
        best = int(outputs[-1][0].argmax())
        return (
            f"{self.picture_words(state)} in {layer.name} ({_KINDS[layer.kind]}), "
            f"{_unit_word(layer)} {chosen} of {filters}: its map of {rows} × {columns} reaches from {low} to {high}. "
            f"At row {row}, column {column} it is {here}, and that value sees {self._sight(place, row, column)}. "
            f"The network says {self._names[best]} ({percent(outputs[-1][0][best])})."
        )

    def _place(self, state: Mapping[str, Any]) -> int:
        return next(i for i in self._shown_layers if self._layers[i].name == state["layer"])

    def _sight(self, place: int, row: int, column: int) -> str:
        box = model_of_maps.receptive_field(self._layers, place, row, column)
        height, width = self._shape[:2]
        bottom, right = min(height, box.top + box.height), min(width, box.left + box.width)
        rows, columns = bottom - max(0, box.top), right - max(0, box.left)
        return (
            "the whole picture"
            if (rows, columns) == (height, width)
            else f"{rows} × {columns} pixels of the picture"
        )

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the picture, the chosen map, and all maps of the layer."""
        from course_utils import plotting

        place = self._place(state)
        layer = self._layers[place]
        shape = model_of_maps.map_shape(layer)
        values = self.values(state)
        maps = small_network.run(self._layers, values[np.newaxis])[place][0].reshape(shape)
        chosen = min(state["filter"], shape[-1] - 1)
        figure, (left, middle, right) = plotting.figure(columns=3, width=8.4, height=3)
        left.imshow(np.clip(values / self._full, 0, 1), cmap="gray_r", vmin=0, vmax=1)
        left.set(title="picture", xticks=[], yticks=[])
        left.grid(False)
        plotting.heatmap(maps[..., chosen], title=f"{layer.name}, {_unit_word(layer)} {chosen}", ax=middle)
        plotting.heatmap(_tiled(maps), title=f"all {shape[-1]} maps", ax=right)
        return figure


def _unit_word(layer: Layer) -> str:
    return "unit" if layer.kind == "dense" else "filter"


def _layers_of(model: Any) -> list[Layer]:
    if not hasattr(model, "layers"):
        return list(model)
    try:
        return small_network.layers_of(model)
    except small_network.NotComputableError as error:
        raise ValueError(f"the browser cannot compute this model, because {error}") from error


def _with_probabilities(layers: Sequence[Layer]) -> list[Layer]:
    last = layers[-1]
    if last.activation == "softmax":
        return list(layers)
    return [*layers, Layer("softmax", "activation", last.shape, activation="softmax")]


def _checked_pictures(pictures: ArrayLike, layers: Sequence[Layer]) -> NDArray:
    """Return the set as (N, height, width, channels)."""
    found, takes = np.asarray(pictures), layers[0].shape
    takes = takes if len(takes) == 3 else (*takes, 1)
    if found.ndim == 3:
        found = found[..., np.newaxis]
    if found.ndim != 4 or found.shape[1:] != takes or takes[2] not in (1, 3):
        raise ValueError(
            f"pictures has the shape {np.shape(pictures)}; the model takes (N, {', '.join(map(str, takes))}), "
            "and pictures with 1 or 3 channels can be shown"
        )
    if not 0 < len(found) <= MOST_PICTURES:
        raise ValueError(
            f"pictures holds {len(found)} pictures; give 1 to {MOST_PICTURES:,}, e.g. pictures[:500]"
        )
    return found


def _checked_labels(labels: ArrayLike | None, count: int, classes: int) -> list[int]:
    if labels is None:
        return []
    found = np.asarray(labels)
    if found.shape != (count,) or found.min() < 0 or found.max() >= classes:
        raise ValueError(f"labels must be {count} numbers from 0 to {classes - 1}, one for each picture")
    return [int(label) for label in found]


def _compact(pictures: NDArray) -> tuple[NDArray, float]:
    """Return the pictures as bytes where they are nothing else, and the factor that makes them the model's."""
    if pictures.dtype == np.uint8:
        return pictures, 1.0
    steps = np.round(255 * pictures.astype(np.float64))
    if steps.min() >= 0 and steps.max() <= 255 and np.allclose(steps / 255, pictures, rtol=0, atol=1e-6):
        return steps.astype(np.uint8), 1 / 255
    return pictures.astype(np.float32), 1.0


def _fitted(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> Array:
    """Return a picture in the middle of ``shape``, 0 to 1; a grey one with a light border is inverted.

    What is left around it has the colour of the border.
    """
    small = datasets.shrink(picture, min(shape[:2]))
    values = grey(small) if shape[2] == 1 else small / 255
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    paper = np.median(border, axis=0)
    if shape[2] == 1 and paper[0] > _LIGHT:
        values, paper = 1 - values, 1 - paper
    fitted = np.broadcast_to(paper, shape).astype(np.float32)
    top, left = ((whole - part) // 2 for whole, part in zip(shape[:2], values.shape[:2], strict=True))
    fitted[top : top + values.shape[0], left : left + values.shape[1]] = values
    return fitted


def _tiled(maps: Array) -> NDArray:
    """Return all maps beside each other, (rows, columns), with lines of zeros between them."""
    rows, columns, count = maps.shape
    across = int(np.ceil(np.sqrt(count)))
    down = -(-count // across)
    tiled = np.zeros((down * (rows + 1) - 1, across * (columns + 1) - 1), dtype=np.float32)
    for i in range(count):
        top, left = i // across * (rows + 1), i % across * (columns + 1)
        tiled[top : top + rows, left : left + columns] = maps[..., i]
    return tiled
