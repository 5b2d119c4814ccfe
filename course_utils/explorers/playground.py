"""The playground of lesson 05: a small network learns points in the plane before your eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.explorers.engine import (
    Choice,
    Explorer,
    Flag,
    Integer,
    Integers,
    Number,
    NumberList,
    Preset,
    Rows,
    Several,
    StateError,
    percent,
    significant,
)
from course_utils.explorers.engine.fields import plain
from course_utils.explorers.models import playground as model
from course_utils.explorers.models.playground_keras import keras_code

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_LAYERS = 6
_MOST_UNITS = 8
_LARGEST_WEIGHT = 1e6
_FEATURE_TEXTS = {
    "x1": "x₁",
    "x2": "x₂",
    "x1_squared": "x₁²",
    "x2_squared": "x₂²",
    "product": "x₁x₂",
    "sin_x1": "sin x₁",
    "sin_x2": "sin x₂",
}
_MAKES_NEW_NETWORK = ("task", "features", "layers", "activation", "seed")


def _layers(*sizes: int) -> list[int]:
    return [*sizes, *[0] * (_MOST_LAYERS - len(sizes))]


class Playground(Explorer):
    """A network to build, train and take apart: data, features, layers, every weight; play, step, edit, export.

    Args:
        state: the points: ``task`` ("classification", "regression"), ``data`` ("circle", "xor", "blobs",
            "spiral"), ``regression_data`` ("plane", "bumps"), ``noise`` and ``train_share`` in percent,
            ``num_points``, ``seed``; or your own ``points``, rows (x₁, x₂, target). The network: ``features``,
            ``layers`` (six sizes, 0 for none), ``activation``. The training: ``learning_rate``,
            ``batch_size``, ``regularisation`` ("none", "l1", "l2"), ``regularisation_rate``, ``speed``. Where
            it stands: ``weights`` in Keras' order (empty: those of the seed) after ``epoch`` epochs. What is
            shown: ``show_test``, ``in_steps``.
    """

    module = "playground"
    title = "Playground"
    hint = "Press Play. Click lines, units and features to change them."
    fields = {
        "task": Choice(
            default="classification",
            label="task",
            options={"classification": "classification", "regression": "regression"},
        ),
        "data": Choice(default="circle", label="data", options=model.DATA),
        "regression_data": Choice(default="plane", label="data", options=model.REGRESSION_DATA),
        "noise": Integer(default=0, low=0, high=50, label="noise", unit="%"),
        "train_share": Integer(
            default=50, low=10, high=90, label="to train", unit="%", help="share of the points to train with"
        ),
        "num_points": Integer(default=500, low=20, high=1000, step=10, label="points"),
        "batch_size": Integer(default=10, low=1, high=50, label="batch", help="points in one training step"),
        "seed": Integer(default=1, low=0, high=99, label="seed", help="of points, weights and order"),
        "points": Rows(
            default=[],
            label="own points",
            most=model.MOST_POINTS,
            columns={
                "x₁": Number(default=0, low=-model.REACH, high=model.REACH),
                "x₂": Number(default=0, low=-model.REACH, high=model.REACH),
                "target": Number(default=1, low=-1, high=1),
            },
        ),
        "features": Several(
            default=["x1", "x2"],
            label="features",
            options={name: (text,) for name, text in _FEATURE_TEXTS.items()},
        ),
        "layers": Integers(
            default=_layers(4, 2), low=0, high=_MOST_UNITS, label="units of the hidden layers"
        ),
        "activation": Choice(default="tanh", label="activation", options=model.ACTIVATIONS),
        "learning_rate": Number(
            default=0.03, low=0.0001, high=10, step=0.0001, label="learning rate", digits=4, log=True
        ),
        "regularisation": Choice(default="none", label="regularisation", options=model.REGULARISATION),
        "regularisation_rate": Number(
            default=0.003, low=0.0001, high=10, step=0.0001, label="its rate", digits=4, log=True
        ),
        "speed": Choice(
            default="fast",
            label="speed",
            options={"slow": "5/s", "medium": "50/s", "fast": "300/s", "full": "full"},
            help="epochs a second",
        ),
        "weights": NumberList(
            default=[],
            label="weights and biases",
            low=-_LARGEST_WEIGHT,
            high=_LARGEST_WEIGHT,
            most=500,
        ),
        "epoch": Integer(default=0, low=0, high=10**9, label="epoch"),
        "show_test": Flag(default=False, label="test points"),
        "in_steps": Flag(default=False, label="only the classes", help="two colours instead of shades"),
    }
    presets = (
        Preset(
            "No hidden layer",
            "Predict: without hidden layers the network is one neuron. Can it fence in the circle?",
            {"data": "circle", "layers": _layers()},
        ),
        Preset(
            "One good feature",
            "Predict: the same single neuron may look at x₁x₂. Is XOR difficult now?",
            {"data": "xor", "features": ["product"], "layers": _layers()},
        ),
        Preset(
            "Corners of ReLU",
            "Predict: three units, ReLU. What shape will the fence have, and how many corners?",
            {"data": "circle", "layers": _layers(3), "activation": "relu", "seed": 1},
        ),
        Preset(
            "Spiral",
            "Predict: which layer's units are stripes, and which ones are curls? Let it play for a while.",
            {"data": "spiral", "layers": _layers(8, 8), "learning_rate": 0.03},
        ),
        Preset(
            "Over-fitting",
            "Predict: few points, much noise, many weights. Which loss falls, and which one rises?",
            {
                "data": "circle",
                "noise": 50,
                "num_points": 100,
                "seed": 2,
                "layers": _layers(8, 8),
                "learning_rate": 0.3,
                "show_test": True,
            },
        ),
        Preset(
            "L1 tidies up",
            "Predict: seven features, and a price on every weight. Which lines survive?",
            {
                "data": "circle",
                "features": list(_FEATURE_TEXTS),
                "layers": _layers(4),
                "regularisation": "l1",
                "regularisation_rate": 0.01,
            },
        ),
    )

    def __init__(self, **state: Any) -> None:
        """Start with a circle of points and 4 + 2 units, changed by ``state``."""
        super().__init__(**state)
        self.on_msg(self._asked)

    # ---- state

    def complete(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the state with every value checked; the weights must be as many as the network has.

        They may come as one list or as Keras gives them, an array for each kernel and each bias.
        """
        complete = super().complete({**state, "weights": _flat(plain(state.get("weights", [])))})
        given, needed = len(complete["weights"]), _count_weights(complete)
        if given not in (0, needed):
            raise StateError(
                f"weights has {given} numbers, but this network has {needed} weights and biases; "
                "leave weights out to begin with those of the seed"
            )
        return complete

    def set(self, **changes: Any) -> None:
        """Change parts of the state; another network begins with the weights of its seed."""
        if "weights" not in changes and any(name in changes for name in _MAKES_NEW_NETWORK):
            changes = {**changes, "weights": [], "epoch": 0}
        super().set(**changes)

    # ---- what it says and shows

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say which points and which network, and how well the one fits the other."""
        network = _network(state)
        points, losses = network.points, network.losses()
        num_test = len(points.order) - points.num_training
        shape = "–".join(map(str, network.sizes))
        said = (
            f"{self._data_name(state)}, training set of {points.num_training} and test set of {num_test} points; "
            f"network {shape}, {model.ACTIVATIONS[state['activation']]}. After {network.epoch} epochs the "
            f"training loss is {significant(losses.training, 3)}"
        )
        if losses.test is None:
            return f"{said}; there is no test point to try it on."
        said += f" and the test loss {significant(losses.test, 3)}"
        if losses.test_accuracy is None:
            return f"{said}."
        return f"{said}; {percent(losses.test_accuracy)} of the test points are on the right side."

    def _data_name(self, state: Mapping[str, Any]) -> str:
        if state["points"]:
            return "Own points"
        name = "data" if state["task"] == "classification" else "regression_data"
        text = self.fields[name].options[state[name]]  # type: ignore[attr-defined]
        return text[0].upper() + text[1:]

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the plane with the network's answers and the points, and the network with its weights."""
        from course_utils import plotting

        network = _network(state)
        columns = 2 if state["features"] else 1
        figure, axes = plotting.figure(1, columns, width=4.1 * columns, height=3.4)
        plane, *beside = np.atleast_1d(axes)
        _draw_plane(plane, network, show_test=state["show_test"])
        losses = network.losses()
        test = "" if losses.test is None else f", test {significant(losses.test, 3)}"
        plane.set(title=f"epoch {network.epoch}: loss {significant(losses.training, 3)}{test}")
        for ax in beside:
            names = ["features", *[""] * (len(network.sizes) - 2), "output"]
            plotting.network(network.sizes, network.kernels, layer_names=names, write_weights=False, ax=ax)
        return figure

    # ---- Keras

    def keras_code(self) -> str:
        """Return a script that rebuilds the network, weights and all, in Keras.

        Raises ValueError where no feature is chosen.
        """
        return _code(self.state)

    def _asked(self, _: Any, message: Mapping[str, Any], __: Any) -> None:
        """Answer the browser, which sends the state that it shows."""
        try:
            self.send({"keras_code": _code(self.complete(message["state"]))})
        except ValueError as error:
            self.send({"keras_fault": str(error)})


def _network(state: Mapping[str, Any]) -> model.Network:
    network = model.Network(state)
    if state["weights"]:
        network.load(state["weights"], state["epoch"])
    return network


def _code(state: Mapping[str, Any]) -> str:
    return keras_code(state, state["weights"] or None, state["epoch"])


def _flat(value: Any) -> Any:
    """Return the numbers in lists of lists as one list; what is no list stays as it is, to be refused."""
    if not isinstance(value, list) or not any(isinstance(item, list) for item in value):
        return value
    parts = [_flat(item) if isinstance(item, list) else [item] for item in value]
    return [number for part in parts for number in part]


def _count_weights(state: Mapping[str, Any]) -> int:
    sizes = [len(state["features"]), *model.hidden_sizes(state), 1]
    return sum((before + 1) * units for before, units in zip(sizes, sizes[1:], strict=False))


def _draw_plane(axes: Axes, network: model.Network, show_test: bool) -> None:
    """Answers as colour (orange below 0, blue above), training points filled, test points hollow."""
    from matplotlib.colors import to_rgb

    from course_utils.theme import LIGHT

    answers = network.predict(*model.pixel_middles(64))
    hues = np.where(answers[:, :, None] >= 0, to_rgb(LIGHT["blue"]), to_rgb(LIGHT["orange"]))
    opacity = 0.6 * np.clip(np.abs(answers), 0, 1)[:, :, None]
    reach = model.REACH
    axes.imshow(np.concatenate([hues, opacity], axis=2), extent=(-reach, reach, -reach, reach))
    points = network.points
    parts = {"training": points.order[: points.num_training]}
    if show_test:
        parts["test"] = points.order[points.num_training :]
    for part, chosen in parts.items():
        for colour, marker, positive in (("orange", "o", False), ("blue", "s", True)):
            shown = chosen[(points.target[chosen] > 0) == positive]
            axes.scatter(
                points.x[shown],
                points.y[shown],
                s=12,
                marker=marker,
                facecolors=LIGHT["paper" if part == "test" else colour],
                edgecolors=LIGHT[colour if part == "test" else "paper"],
                linewidths=0.8 if part == "test" else 0.4,
            )
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="x₁", ylabel="x₂")
    axes.grid(False)
