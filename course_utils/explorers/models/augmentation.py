"""Augmentation by Keras' own layers: random variants of one real picture.

Keras is imported when the first picture is computed. Pictures have values from 0 to 1. Every layer has a seed of its
own, so that results are a function of the settings; layers that share a seed would share their dice as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import RLock
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

COUNT = 8  # random results
PHOTO_SIDE = 96  # pixels; eight pictures of this size take a layer up to 5 ms
_SEEDS_APART = 100
_CACHED = 32  # layers, and their results; eight colour pictures are 0.9 MB
_ONE_AT_A_TIME = RLock()  # explorers may compute in threads of their own, and share layers


@dataclass(frozen=True)
class Source:
    """A picture to choose.

    Attributes:
        name: as the list shows it.
        thing: what is to be recognised, with its article.
        dataset: "photo", "fashion_mnist" or "digits".
        key: the photo's name, or the index of the training picture.
        side: height and width in pixels.
    """

    name: str
    thing: str
    dataset: str
    key: str | int
    side: int = PHOTO_SIDE

    @property
    def channels(self) -> int:
        """3 for colour, 1 for grey."""
        return 3 if self.dataset == "photo" else 1

    def credit(self) -> str:
        """Return whose picture it is, and under which licence."""
        from course_utils import datasets

        if self.dataset != "photo":
            return f"{self.name}, {getattr(datasets, self.dataset)().licence}"
        photo = datasets.photos()[str(self.key)]
        return f"{photo.description} by {photo.author}, {photo.licence}"

    def code(self) -> str:
        """Return Python that does what ``load`` does."""
        if self.dataset != "photo":
            return f"picture = datasets.{self.dataset}().train.images[{self.key}][..., None] / 255"
        return (
            f"resize = keras.layers.Resizing({self.side}, {self.side}, crop_to_aspect_ratio=True, antialias=True)\n"
            f'picture = resize(datasets.photo("{self.key}")) / 255'
        )

    def load(self) -> Any:
        """Return the picture, (side, side, channels), from 0 to 1."""
        from course_utils import datasets

        if self.dataset != "photo":
            return getattr(datasets, self.dataset)().train.images[self.key][..., None] / 255
        resize = keras().layers.Resizing(self.side, self.side, crop_to_aspect_ratio=True, antialias=True)
        return resize(datasets.photo(str(self.key))) / 255


SOURCES = {
    "chelsea": Source("cat (photo)", "a cat", "photo", "chelsea"),
    "flower": Source("flower (photo)", "an orange dahlia", "photo", "flower"),
    "coffee": Source("coffee (photo)", "a cup of coffee", "photo", "coffee"),
    "rocket": Source("rocket (photo)", "a rocket", "photo", "rocket"),
    "astronaut": Source("astronaut (photo)", "an astronaut", "photo", "astronaut"),
    "china": Source("temple (photo)", "a temple", "photo", "china"),
    "starry_night": Source("painting (photo)", "a painting", "photo", "starry_night"),
    "sneaker": Source("sneaker (Fashion-MNIST)", "a sneaker", "fashion_mnist", 6, 28),
    "shirt": Source("T-shirt (Fashion-MNIST)", "a T-shirt", "fashion_mnist", 8, 28),
    "six": Source("6 (handwritten)", "a 6", "digits", 5, 20),
    "two": Source("2 (handwritten)", "a 2", "digits", 20, 20),
    "eight": Source("8 (handwritten)", "an 8", "digits", 136, 20),
}
COLOUR_ONLY = ("saturation", "hue")


# ---- from settings to layers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One layer of Keras, ``keras.layers.<name>(*arguments, **options)``, to be written or to be made."""

    name: str
    arguments: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...] = ()

    def code(self) -> str:
        """Return the layer as Python."""
        options = [f"{name}={_python(value)}" for name, value in self.options]
        return f"keras.layers.{self.name}({', '.join([*map(_python, self.arguments), *options])})"

    def layer(self) -> Any:
        """Return a new Keras layer, whose seed stands at its start."""
        return getattr(keras().layers, self.name)(*self.arguments, **dict(self.options))


def _python(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def active(state: Mapping[str, Any]) -> list[str]:
    """Return the names of the transforms that change something, in the order in which they are applied."""
    colour = SOURCES[state["picture"]].channels == 3
    return [name for name in _LAYERS if state[name] and (colour or name not in COLOUR_ONLY)]


def steps(state: Mapping[str, Any]) -> tuple[Step | None, tuple[Step, ...]]:
    """Return the crop, or None, and the layers that follow it."""
    first_seed = _SEEDS_APART * state["seed"]
    side = SOURCES[state["picture"]].side
    crop, made = None, []
    for name in active(state):
        seed = first_seed + list(_LAYERS).index(name)
        if name == "crop":
            kept = round((1 - state["crop"]) * side)
            crop = Step("RandomCrop", (kept, kept), (("seed", seed),))
            made.append(Step("Resizing", (side, side)))
        else:
            layer, arguments, options = _LAYERS[name](state[name])
            made.append(Step(layer, arguments, (*options, *_fill(name, state), ("seed", seed))))
    return crop, tuple(made)


def _fill(name: str, state: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    moves = name in ("rotation", "zoom", "translation", "shear")
    return (("fill_mode", state["fill"]),) if moves and state["fill"] != "reflect" else ()


_UNIT = (("value_range", (0, 1)),)
# name of the setting -> (value -> layer, arguments, options), in the order in which they are applied.
# A range given as one number f is not what one expects everywhere: RandomContrast would only raise the contrast, and
# RandomSaturation leaves a picture as it is at 0.5.
_LAYERS: Mapping[str, Any] = {
    "crop": None,
    "flip_horizontal": lambda on: ("RandomFlip", ("horizontal",), ()),
    "flip_vertical": lambda on: ("RandomFlip", ("vertical",), ()),
    "rotation": lambda turns: ("RandomRotation", (turns,), ()),
    "zoom": lambda share: ("RandomZoom", (share,), ()),
    "translation": lambda share: ("RandomTranslation", (share, share), ()),
    "shear": lambda factor: ("RandomShear", (factor,), ()),
    "brightness": lambda share: ("RandomBrightness", (share,), _UNIT),
    "contrast": lambda share: ("RandomContrast", ((share, share),), _UNIT),
    "saturation": lambda s: ("RandomSaturation", ((round(0.5 - s, 4), round(0.5 + s, 4)),), _UNIT),
    "hue": lambda factor: ("RandomHue", (factor,), _UNIT),
    "noise": lambda deviation: ("GaussianNoise", (deviation,), ()),
    "erasing": lambda share: ("RandomErasing", ((1.0, 1.0),), (("scale", (share, share)), *_UNIT)),
}


def code(state: Mapping[str, Any]) -> str:
    """Return Python that makes the very pictures that the explorer shows: ``results`` (8, side, side, channels)."""
    crop, layers = steps(state)
    lines = ["import keras", "from course_utils import datasets", ""]
    if layers:
        lines += ["augment = keras.Sequential([", *(f"    {step.code()}," for step in layers), "])"]
    lines += [SOURCES[state["picture"]].code()]
    if crop:
        lines += [
            f"crop = {crop.code()}  # cuts a whole batch at one place,",
            f"batch = keras.ops.stack([crop(picture) for _ in range({COUNT})])  # so one picture at a time",
        ]
    else:
        lines += [f"batch = keras.ops.stack({COUNT} * [picture])"]
    lines += ["results = augment(batch, training=True)" if layers else "results = batch"]
    return "\n".join(lines)


# ---- pictures ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """``original`` (side, side, channels) and ``pictures`` (8, side, side, channels), uint8 from 0 to 255."""

    original: NDArray[np.uint8]
    pictures: NDArray[np.uint8]

    def changes(self) -> NDArray[np.float64]:
        """Return how far a number of each picture is from the original's on average, (8,), of 255."""
        difference = self.pictures.astype(np.float64) - self.original
        return np.abs(difference).mean(axis=(1, 2, 3))


def results(state: Mapping[str, Any]) -> Results:
    """Return eight random variants of the picture."""
    crop, layers = steps(state)
    name = state["picture"]
    with _ONE_AT_A_TIME:
        return Results(shown(original(name)), shown(_after(name, crop, layers)))


def shown(picture: Any) -> NDArray[np.uint8]:
    """Return a tensor of values around 0..1 as uint8; what noise carried beyond 0 and 1 is cut off."""
    return np.round(255 * np.clip(np.asarray(picture), 0, 1)).astype(np.uint8)


@lru_cache(maxsize=1)
def keras() -> ModuleType:
    """Import Keras, which takes some seconds the first time, without TensorFlow's messages."""
    from course_utils.quiet import start_tensorflow

    return start_tensorflow()


@lru_cache(maxsize=len(SOURCES))
def original(name: str) -> Any:
    """Return the picture ``name`` as a tensor (side, side, channels) from 0 to 1."""
    return keras().ops.convert_to_tensor(SOURCES[name].load(), "float32")


@lru_cache(maxsize=_CACHED)
def _at_work(step: Step, shape: tuple[int, ...]) -> Callable[[Any], Any]:
    """Return the layer of ``step`` at its first call, as a function of pictures of ``shape``.

    A layer of Keras throws its dice, which takes most of its time, and then changes the pictures by them. The dice
    depend on the seed and the shape alone, so they are thrown once.
    """
    layer = step.layer()
    if step.name == "Resizing":
        return layer
    blank = keras().ops.zeros(shape)
    if step.name == "GaussianNoise":
        noise = layer(blank, training=True)
        return lambda pictures: pictures + noise
    dice = layer.get_random_transformation(blank, training=True)
    return lambda pictures: layer.transform_images(pictures, dice, training=True)


@lru_cache(maxsize=_CACHED)
def _after(name: str, crop: Step | None, layers: tuple[Step, ...]) -> Any:
    """Return the eight pictures after ``layers``. A layer whose forerunners stay as they are runs alone."""
    source = SOURCES[name]
    if layers:
        layer = _at_work(layers[-1], (COUNT, source.side, source.side, source.channels))
        return layer(_after(name, crop, layers[:-1]))
    picture = np.asarray(original(name))
    return keras().ops.convert_to_tensor(np.stack(_crops(picture, crop) if crop else COUNT * [picture]))


def _crops(picture: NDArray, crop: Step) -> list[NDArray]:
    """Return what the layer ``crop`` cuts out of ``picture`` in as many calls."""
    (height, width), dice = crop.arguments, _dice(dict(crop.options)["seed"])
    room = np.subtract(picture.shape[:2], (height, width)) + 1
    places = (dice * room.astype(np.float32)).astype(int)
    return [picture[top : top + height, left : left + width] for top, left in places]


@lru_cache(maxsize=_CACHED)
def _dice(seed: int) -> NDArray[np.float32]:
    """Return what RandomCrop with ``seed`` draws for eight pictures, one after the other: (8, 2) from 0 to 1.

    They do not depend on the size of the crop, and drawing them takes 20 ms.
    """
    generator = keras().random.SeedGenerator(seed)
    draws = [keras().random.uniform((), seed=generator) for _ in range(2 * COUNT)]
    return np.array(draws, dtype=np.float32).reshape(COUNT, 2)
