"""Every explorer, as a test makes it, and random states for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.explorers.architectures import BlockList
from course_utils.explorers.convolution import Kernels
from course_utils.explorers.engine.fields import (
    Choice,
    Field,
    Flag,
    NamedNumbers,
    Number,
    NumberList,
    Numbers,
    Rows,
    Several,
    Strokes,
)
from course_utils.explorers.models import architectures
from course_utils.explorers.models.parameter_counts import KINDS
from course_utils.explorers.parameters import LayerList

WAVE = """
import numpy as np
from course_utils.explorers.engine import Number

def wave(axes, palette):
    x = np.linspace(0, 6.28, 100)
    curve, = axes.plot(x, np.sin(x), color=palette["blue"])
    axes.set(ylim=(-2, 2), title="a wave")
    def update(height, speed):
        curve.set_ydata(height * np.sin(speed * x))
        return [curve], f"A wave of height {height}."
    return update

controls = {"height": Number(default=1, low=0, high=2, label="height"),
            "speed": Number(default=1, low=0, high=5, label="speed")}
"""
PREDICT = '''
import numpy as np

class_names = [str(digit) for digit in range(10)]

def predict(pictures):
    """Ten shares that depend on the picture: a stand-in for a trained network, quick to make."""
    scores = np.array([pictures[0, i::10].sum() for i in range(10)], dtype=np.float64)
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
'''
NETWORK = """
import numpy as np
from course_utils import datasets
from course_utils.explorers.models.small_network import Layer

rng = np.random.default_rng(0)

def weights(*shape):
    kernel, bias = rng.normal(0, 0.4, shape), rng.normal(0, 0.1, shape[-1])
    return {"kernel": kernel.astype("float32"), "bias": bias.astype("float32")}

network = [  # a network for digits with random weights, without Keras
    Layer("input", "reshape", (20, 20)),
    Layer("picture", "reshape", (20, 20, 1)),
    Layer("first", "conv2d", (20, 20, 5), "relu", window=(3, 3), padding=(1, 1), weights=weights(3, 3, 1, 5)),
    Layer("pool", "max_pool", (10, 10, 5), window=(2, 2), strides=(2, 2)),
    Layer("second", "conv2d", (8, 8, 12), "tanh", window=(3, 3), weights=weights(3, 3, 5, 12)),
    Layer("mean", "average_pool", (4, 4, 12), window=(2, 2), strides=(2, 2)),
    Layer("flat", "reshape", (192,)),
    Layer("answer", "dense", (10,), "softmax", weights=weights(192, 10)),
]
digits = datasets.digits()
pictures, labels = digits.train.images[:40] / 255, digits.train.labels[:40]
digit_names = [str(digit) for digit in range(10)]
"""

CLASSIFIER = """
import numpy as np
from PIL import Image
from course_utils.quiet import start_tensorflow

keras = start_tensorflow()
keras.utils.set_random_seed(3)
classifier = keras.Sequential([
    keras.layers.Input((32, 32, 3)), keras.layers.Rescaling(1 / 255),
    keras.layers.Conv2D(8, 3, activation="relu", name="edges"),
    keras.layers.MaxPooling2D(2, name="pool"), keras.layers.Conv2D(12, 3, activation="relu", name="parts"),
    keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(6, activation="softmax", name="classes")])
things = ["cat", "cup", "flower", "temple", "face", "rocket"]

def smaller(photo):
    return np.asarray(Image.fromarray(photo).resize((32, 32)), dtype="float32")[np.newaxis]
"""

# class name -> (code that prepares, expression that makes it)
SAMPLES = {
    "Activation": ("", "explorers.Activation()"),
    "GradientThroughDepth": ("", "explorers.GradientThroughDepth()"),
    "SoftmaxTemperature": ("", "explorers.SoftmaxTemperature()"),
    "Convolution": ("", "explorers.Convolution()"),
    "Detections": ("", "explorers.Detections()"),
    "DrawingPad": (PREDICT, "explorers.DrawingPad(predict, class_names)"),
    "Architecture": ("", "explorers.Architecture()"),
    "Augmentation": ("", "explorers.Augmentation()"),
    "BackpropStepper": ("", "explorers.BackpropStepper()"),
    "BumpBuilder": ("", "explorers.BumpBuilder()"),
    "FeatureMaps": (NETWORK, "explorers.FeatureMaps(network, pictures, digit_names, labels)"),
    "ForwardPass": ("", "explorers.ForwardPass()"),
    "GradCAM": (CLASSIFIER, "explorers.GradCAM(classifier, smaller, things)"),
    "LearningRate": ("", "explorers.LearningRate()"),
    "LossSurface": ("", "explorers.LossSurface()"),
    "Neuron": ("", "explorers.Neuron()"),
    "OptimiserRace": ("", "explorers.OptimiserRace()"),
    "ParameterCounter": ("", "explorers.ParameterCounter()"),
    "Playground": ("", "explorers.Playground()"),
    "PoolingShift": ("", "explorers.PoolingShift()"),
    "Regularisation": ("", "explorers.Regularisation()"),
    "ResidualDepth": ("", "explorers.ResidualDepth()"),
    "Picture": (WAVE, "explorers.Picture(wave, title='Wave', controls=controls)"),
}


def make(name: str) -> Any:
    """Return the explorer ``name`` as the samples make it."""
    from course_utils import explorers

    scope: dict[str, Any] = {"explorers": explorers}
    prepare, expression = SAMPLES[name]
    exec(prepare, scope)
    return eval(expression, scope)


def cells(name: str) -> tuple[str, str]:
    """Return the cells of a notebook that makes the explorer ``name``, in the variable ``e``, and shows it."""
    prepare, expression = SAMPLES[name]
    return f"from course_utils import explorers\n{prepare}", f"e = {expression}\ne"


def random_state(fields: Mapping[str, Field], rng: np.random.Generator) -> dict[str, Any]:
    """Return a state drawn at random; fields without a random value of their own keep their default."""
    return {name: _random_value(field, rng) for name, field in fields.items()}


def _random_value(field: Field, rng: np.random.Generator) -> Any:
    if isinstance(field, Numbers):
        return _random_like(field, field.default, rng)
    if isinstance(field, NumberList):
        return field.default
    if isinstance(field, NamedNumbers):
        return {key: _random_number(field, rng) for key in field.default}
    if isinstance(field, Number):
        return _random_number(field, rng)
    if isinstance(field, Rows):
        count = int(rng.integers(0, field.most + 1))
        return [[_random_number(column, rng) for column in field.columns.values()] for _ in range(count)]
    if isinstance(field, Choice):
        return str(rng.choice(list(field.options)))
    if isinstance(field, Several):
        return field.check("several", [key for key in field.options if rng.random() < 0.5])
    if isinstance(field, Flag):
        return bool(rng.random() < 0.5)
    if type(field) in _MAKERS:
        return field.check("drawn", _MAKERS[type(field)](rng))
    return field.default


def _random_drawing(rng: np.random.Generator) -> Any:
    return rng.random((2, 5, 2)).tolist()


def _random_layers(rng: np.random.Generator) -> Any:
    kinds = rng.choice(list(KINDS), int(rng.integers(1, 10)))
    return [[str(kind), int(rng.integers(1, 6)), int(rng.integers(1, 65))] for kind in kinds]


def random_blocks(rng: np.random.Generator, most: int = 8) -> list[list[Any]]:
    """Return a chain of an architecture; small windows let many of its blocks fit."""
    kinds = rng.choice(list(architectures.KINDS), int(rng.integers(1, most + 1)))
    limits = {"kernel": 6, "stride": 3, "padding": 3, "groups": 3}
    return [
        [str(kind)]
        + [
            int(rng.integers(architectures.NUMBERS[name][1], limits.get(name, 65)))
            for name in architectures.KINDS[str(kind)].numbers
        ]
        for kind in kinds
    ]


def _random_kernels(rng: np.random.Generator) -> Any:
    side = int(rng.choice([1, 3, 5]))
    return (rng.integers(-6, 7, (3, side, side)) / 2).tolist()


# For fields whose values are more than numbers and names.
_MAKERS = {
    Strokes: _random_drawing,
    Kernels: _random_kernels,
    LayerList: _random_layers,
    BlockList: random_blocks,
}


def _random_like(field: Numbers, pattern: Any, rng: np.random.Generator) -> Any:
    if isinstance(pattern, list | tuple):
        return [_random_like(field, part, rng) for part in pattern]
    return _random_number(field, rng)


def _random_number(field: Number, rng: np.random.Generator) -> float:
    steps = int(round((field.high - field.low) / field.step))
    value = round(field.low + int(rng.integers(0, steps + 1)) * field.step, 10)
    value = min(max(value, field.low), field.high)
    return int(value) if float(value).is_integer() else value
