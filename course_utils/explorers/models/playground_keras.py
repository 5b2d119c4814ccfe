"""Keras code that rebuilds the playground's network."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.explorers.models.playground import Network

_FEATURES = {
    "x1": "x1",
    "x2": "x2",
    "x1_squared": "x1**2",
    "x2_squared": "x2**2",
    "product": "x1 * x2",
    "sin_x1": "np.sin(x1)",
    "sin_x2": "np.sin(x2)",
}
_LOSSES = {
    "classification": "keras.losses.BinaryCrossentropy(from_logits=True)",
    "regression": "keras.losses.MeanSquaredError()",
}
_METRICS = {"classification": "[keras.metrics.BinaryAccuracy(threshold=0.0)]", "regression": "[]"}
_PREDICT = {
    "classification": (
        "the probability of class 1 (blue)",
        "1 / (1 + np.exp(-model.predict(inputs(x1, x2), verbose=0)[:, 0]))",
    ),
    "regression": ("the answer", "model.predict(inputs(x1, x2), verbose=0)[:, 0]"),
}
_TARGETS = {"classification": "(rows[:, 2] > 0).astype(float)", "regression": "rows[:, 2]"}

_SCRIPT = '''\
"""The playground's network after {epoch} epochs, in Keras."""

import keras
import numpy as np


def inputs(x1, x2):
    """Return what the network sees of the points (x1, x2)."""
    return np.stack([{features}], axis=1)


model = keras.Sequential(
    [
        keras.Input(({num_features},)),
{layers}
    ]
)
model.set_weights(
    [
{weights}
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate={rate!r}),
    loss={loss},
    metrics={metrics},
)


def predict(x1, x2):
    """Return {meaning} at the points (x1, x2)."""
    return {prediction}


# x1, x2 and target of {num_training} training points, then of {num_test} test points
points = np.array(
    [
{points}
    ]
)
training, test = [
    (inputs(rows[:, 0], rows[:, 1]), {targets}) for rows in np.split(points, [{num_training}])
]
print("training:", model.evaluate(*training, verbose=0, return_dict=True))
# To go on: model.fit(*training, batch_size={batch_size}, epochs=100, validation_data={validation})
'''


def keras_code(settings: Mapping[str, Any], weights: ArrayLike | None = None, epoch: int = 0) -> str:
    """Return a script that builds the same network with the same weights, ready to predict and to train on.

    Args:
        settings: those of ``models.playground``.
        weights: flat, as ``Network.weights`` gives them; None for the initial ones.
        epoch: after which the weights are those.

    Raises:
        ValueError: no feature is chosen, the weights have diverged, or there are too few or too many.
    """
    if not settings["features"]:
        raise ValueError("The network sees nothing. Choose at least one feature, then export again.")
    network = Network(settings)
    if weights is not None:
        network.load(weights, epoch)
    if network.diverged:
        raise ValueError("The weights have grown beyond a million. Press Reset, train again, then export.")
    points, task = network.points, settings["task"]
    num_test = len(points.order) - points.num_training
    meaning, prediction = _PREDICT[task]
    return _SCRIPT.format(
        epoch=network.epoch,
        features=", ".join(_FEATURES[name] for name in settings["features"]),
        num_features=len(settings["features"]),
        layers=_indented(_layer_lines(network)),
        weights=_indented(_weight_lines(network)),
        rate=settings["learning_rate"],
        loss=_LOSSES[task],
        metrics=_METRICS[task],
        meaning=meaning,
        prediction=prediction,
        num_training=points.num_training,
        num_test=num_test,
        points=_indented(_point_lines(network)),
        targets=_TARGETS[task],
        batch_size=settings["batch_size"],
        validation="test" if num_test else "None",
    )


def _indented(lines: Sequence[str]) -> str:
    return textwrap.indent("\n".join(lines), " " * 8)


def _layer_lines(network: Network) -> list[str]:
    settings = network.settings
    kind, rate = settings["regularisation"], settings["regularisation_rate"]
    penalty = "" if kind == "none" else f", kernel_regularizer=keras.regularizers.{kind.upper()}({rate!r})"
    activation = settings["activation"]
    hidden = [
        f'keras.layers.Dense({units}, activation="{activation}"{penalty}),' for units in network.sizes[1:-1]
    ]
    return [*hidden, f"keras.layers.Dense(1{penalty}),"]


def _weight_lines(network: Network) -> list[str]:
    """Return one array an entry; nine digits hold every float32 exactly."""
    lines: list[str] = []
    for kernel, bias in zip(network.kernels, network.biases, strict=True):
        rows = [f"        {_literal(row)}," for row in kernel]
        lines += [f"# kernel {kernel.shape}, bias {bias.shape}", "np.array(", "    [", *rows, "    ]", "),"]
        lines.append(f"np.array({_literal(bias)}),")
    return lines


def _literal(numbers: NDArray) -> str:
    return "[" + ", ".join(f"{number:.9g}" for number in numbers) + "]"


def _point_lines(network: Network) -> list[str]:
    points = network.points
    rows = np.stack([points.x, points.y, points.target], axis=1)[points.order]
    text = " ".join(_literal(row).replace(", ", ",") + "," for row in rows)
    return [re.sub(r",(?=\S)", ", ", line) for line in textwrap.wrap(text, 76, break_on_hyphens=False)]
