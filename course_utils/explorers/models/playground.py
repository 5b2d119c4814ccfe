"""Points in the plane and a small network that learns them, after TensorFlow Playground (Smilkov et al. 2017).

The twin of ``static/playground_data.js`` and ``static/playground_network.js``: the same random numbers, so the same
points, split, initial weights and order of batches. Everything follows from the settings, a mapping with

- the points: ``task`` ("classification", "regression"), ``data`` (a key of DATA), ``regression_data`` (a key of
  REGRESSION_DATA), ``noise`` and ``train_share`` in percent, ``num_points``, ``seed``, and ``points``: rows
  (x, y, target) that take the place of the generated ones where there are any (classification takes the sign
  of the target);
- the network: ``features`` (keys of FEATURES), ``layers`` (units of each hidden layer; zeros are left out),
  ``activation`` (a key of ACTIVATIONS);
- the training: ``learning_rate``, ``batch_size``, ``regularisation`` (a key of REGULARISATION),
  ``regularisation_rate``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from course_utils.explorers.models import activations
from course_utils.explorers.models.random_numbers import shuffled, start_of, uniform

REACH = 6.0  # the plane is [-6, 6]²
MOST_POINTS = 2000
_DIGITS = 4  # of a generated point, so that it can be written down exactly
_POINT_STREAM, _SPLIT_STREAM, _WEIGHT_STREAM, _ORDER_STREAM = range(4)
_NUMBERS_A_POINT = 4
_LARGEST_WEIGHT = 1e6  # training that leads beyond it has diverged
_TURNS = 1.75  # of each arm of the spiral
_BUMPS = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))

DATA = {"circle": "circle", "xor": "XOR", "blobs": "two blobs", "spiral": "spiral"}
REGRESSION_DATA = {"plane": "slope", "bumps": "six bumps"}
ACTIVATIONS = {"tanh": "tanh", "relu": "ReLU", "sigmoid": "sigmoid", "linear": "linear"}
REGULARISATION = {"none": "none", "l1": "L1", "l2": "L2"}

FEATURES: dict[str, Callable[[NDArray, NDArray], NDArray]] = {
    "x1": lambda x, y: x,
    "x2": lambda x, y: y,
    "x1_squared": lambda x, y: x * x,
    "x2_squared": lambda x, y: y * y,
    "product": lambda x, y: x * y,
    "sin_x1": lambda x, y: np.sin(x),
    "sin_x2": lambda x, y: np.sin(y),
}


# ---- points --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Points:
    """``x``, ``y``, ``target`` (N,): −1 or +1 in classification, in [-1, 1] in regression. ``order`` (N,)
    begins with the ``num_training`` training points; the test points follow."""

    x: NDArray
    y: NDArray
    target: NDArray
    order: NDArray
    num_training: int


def make_points(settings: Mapping[str, Any]) -> Points:
    """Return the points of the settings, generated or their own, split into training and test points."""
    rows = settings["points"] or _generated(settings)
    x, y, target = np.array(rows, dtype=np.float64).T
    if settings["task"] == "classification":
        target = np.where(target > 0, 1.0, -1.0)
    order = shuffled(len(rows), start_of(settings["seed"], _SPLIT_STREAM))
    num_training = max(1, math.floor(len(rows) * settings["train_share"] / 100 + 0.5))
    return Points(x, y, target, order, num_training)


def _generated(settings: Mapping[str, Any]) -> NDArray:
    """Return rows (N, 3) of the data set."""
    count = settings["num_points"]
    places = np.arange(count * _NUMBERS_A_POINT).reshape(count, _NUMBERS_A_POINT)
    u, v, p, q = uniform(start_of(settings["seed"], _POINT_STREAM), places).T
    num_first = math.ceil(count / 2)
    index = np.arange(count)
    first = index < num_first
    share = np.where(first, index / num_first, (index - num_first) / max(1, count - num_first))
    draw = _Draw(u, v, p, q, settings["noise"] / 100, np.where(first, 1.0, -1.0), share)
    x, y, target = _MAKERS[settings["data" if settings["task"] == "classification" else "regression_data"]](
        draw
    )
    rows = np.stack([_reflected(x), _reflected(y), target], axis=1)
    return np.floor(rows * 10**_DIGITS + 0.5) / 10**_DIGITS


def _reflected(values: NDArray) -> NDArray:
    """Bring points beyond the edge of the plane back as from a mirror."""
    below = np.where(values < -REACH, -2 * REACH - values, values)
    return np.where(values > REACH, 2 * REACH - values, below)


@dataclass(frozen=True)
class _Draw:
    """Four uniform numbers for each point, the noise as a share, the class ±1 and the place on the spiral's arm."""

    u: NDArray
    v: NDArray
    p: NDArray
    q: NDArray
    noise: float
    side: NDArray
    share: NDArray


_Columns = tuple[NDArray, NDArray, NDArray]


def _spread(u: NDArray, reach: float) -> NDArray:
    return reach * (2 * u - 1)


def _circle(draw: _Draw) -> _Columns:
    radius = np.where(draw.side > 0, 2.5 * draw.u, 3.5 + 1.5 * draw.u)
    x, y = radius * np.sin(2 * math.pi * draw.v), radius * np.cos(2 * math.pi * draw.v)
    seen = (x + _spread(draw.p, 5) * draw.noise) ** 2 + (y + _spread(draw.q, 5) * draw.noise) ** 2
    return x, y, np.where(seen < 6.25, 1.0, -1.0)


def _xor(draw: _Draw) -> _Columns:
    x, y = (value + np.where(value > 0, 0.3, -0.3) for value in (_spread(draw.u, 5), _spread(draw.v, 5)))
    seen = (x + _spread(draw.p, 5) * draw.noise) * (y + _spread(draw.q, 5) * draw.noise)
    return x, y, np.where(seen >= 0, 1.0, -1.0)


def _blobs(draw: _Draw) -> _Columns:
    radius = np.sqrt(0.5 + 7 * draw.noise) * np.sqrt(-2 * np.log(1 - draw.u))  # Box & Muller
    angle = 2 * math.pi * draw.v
    return 2 * draw.side + radius * np.cos(angle), 2 * draw.side + radius * np.sin(angle), draw.side


def _spiral(draw: _Draw) -> _Columns:
    angle = _TURNS * draw.share * 2 * math.pi + np.where(draw.side > 0, 0.0, math.pi)
    x = 5 * draw.share * np.sin(angle) + _spread(draw.u, draw.noise)
    return x, 5 * draw.share * np.cos(angle) + _spread(draw.v, draw.noise), draw.side


def _plane(draw: _Draw) -> _Columns:
    x, y = _spread(draw.u, 6), _spread(draw.v, 6)
    height = (x + y + _spread(draw.p, 6) * draw.noise + _spread(draw.q, 6) * draw.noise) / 12
    return x, y, np.clip(height, -1, 1)


def _bumps(draw: _Draw) -> _Columns:
    """Six cones of radius 2; where two meet, the one that is farther from 0 counts."""
    x, y = _spread(draw.u, 6), _spread(draw.v, 6)
    seen_x, seen_y = x + _spread(draw.p, 6) * draw.noise, y + _spread(draw.q, 6) * draw.noise
    height = np.zeros_like(x)
    for a, b, sign in _BUMPS:
        cone = sign * np.maximum(0, 1 - np.sqrt((seen_x - a) ** 2 + (seen_y - b) ** 2) / 2)
        height = np.where(np.abs(cone) > np.abs(height), cone, height)
    return x, y, height


_MAKERS: dict[str, Callable[[_Draw], _Columns]] = {
    "circle": _circle,
    "xor": _xor,
    "blobs": _blobs,
    "spiral": _spiral,
    "plane": _plane,
    "bumps": _bumps,
}


# ---- the network ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Losses:
    """Mean loss without penalty, and the share of points that are classified right; None where there is none."""

    training: float
    test: float | None
    training_accuracy: float | None
    test_accuracy: float | None


class Network:
    """A fully connected network and where its training stands.

    ``kernels`` (inputs, units) and ``biases`` (units,), one of each a layer; ``sizes``: features, units of each
    hidden layer, 1; ``epoch`` whole epochs, ``step`` batches of the running one. Classification: binary
    cross-entropy of sigmoid(last sum), the probability of +1. Regression: mean squared error. Plain SGD.
    """

    def __init__(self, settings: Mapping[str, Any], points: Points | None = None) -> None:
        """Make the network with its initial weights."""
        self.settings = settings
        self.points = points or make_points(settings)
        self.sizes = [len(settings["features"]), *hidden_sizes(settings), 1]
        self.epoch = self.step = 0
        self._is_classifier = settings["task"] == "classification"
        self._activation = "identity" if settings["activation"] == "linear" else settings["activation"]
        order = self.points.order
        self._inputs = features_of(settings["features"], self.points.x[order], self.points.y[order])
        self._targets = self.points.target[order]
        self.kernels = _initial_kernels(self.sizes, self._activation, settings["seed"])
        self.biases = [np.zeros(units) for units in self.sizes[1:]]

    # ---- training

    def train(self, num_epochs: int) -> None:
        """Train to the end of the running epoch and ``num_epochs`` − 1 further ones."""
        for end in range(self.epoch + 1, self.epoch + num_epochs + 1):
            order = self._order()
            while self.epoch < end:
                self._train_batch(order)

    def train_one_step(self) -> None:
        """Learn from one batch; the last of an epoch may be smaller."""
        self._train_batch(self._order())

    def _order(self) -> NDArray:
        count, start = self.points.num_training, start_of(self.settings["seed"], _ORDER_STREAM)
        return shuffled(count, start, self.epoch * count)

    def _train_batch(self, order: NDArray) -> None:
        size = self.settings["batch_size"]
        batch = order[self.step * size : (self.step + 1) * size]
        with np.errstate(over="ignore", invalid="ignore"):  # weights that diverge are the lesson, no accident
            kernels, biases = self.gradient(self._inputs[batch], self._targets[batch])
            for parameters, slopes in ((self.kernels, kernels), (self.biases, biases)):
                for array, slope in zip(parameters, slopes, strict=True):
                    array -= self.settings["learning_rate"] * slope
        self.step += 1
        if self.step * size >= len(order):
            self.step, self.epoch = 0, self.epoch + 1

    def gradient(self, inputs: NDArray, targets: NDArray) -> tuple[list[NDArray], list[NDArray]]:
        """Return the gradients of ``objective`` by kernels and biases; inputs (N, features), targets (N,)."""
        outputs, slopes = self._signals(inputs)
        answers = outputs[-1][:, 0]
        difference = expit(answers) - (targets + 1) / 2 if self._is_classifier else 2 * (answers - targets)
        errors = difference[:, None] / len(targets)
        kernels: list[NDArray] = []
        biases: list[NDArray] = []
        for layer in reversed(range(len(self.kernels))):
            kernels.insert(0, outputs[layer].T @ errors + self._penalty_slope(self.kernels[layer]))
            biases.insert(0, errors.sum(axis=0))
            if layer:
                errors = errors @ self.kernels[layer].T * slopes[layer - 1]
        return kernels, biases

    def objective(self, inputs: NDArray, targets: NDArray) -> float:
        """Return what training makes smaller: the mean loss of the points, and the penalty."""
        return self._loss(self.answers(inputs), targets) + self.penalty()

    def penalty(self) -> float:
        """Return what regularisation adds to the training loss: rate · Σ|w| or rate · Σw², as Keras has them."""
        l1, l2 = self._rates()
        return float(sum(l1 * np.abs(kernel).sum() + l2 * (kernel**2).sum() for kernel in self.kernels))

    def _penalty_slope(self, kernel: NDArray) -> NDArray:
        l1, l2 = self._rates()
        return l1 * np.sign(kernel) + 2 * l2 * kernel

    def _rates(self) -> tuple[float, float]:
        kind, rate = self.settings["regularisation"], self.settings["regularisation_rate"]
        return rate * (kind == "l1"), rate * (kind == "l2")

    # ---- what it has learnt

    def _signals(self, inputs: NDArray) -> tuple[list[NDArray], list[NDArray]]:
        """Return inputs and outputs of all layers, the last before its sigmoid, and the hidden slopes."""
        outputs, slopes = [inputs], []
        for layer, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            sums = outputs[-1] @ kernel + bias
            if layer == len(self.kernels) - 1:
                outputs.append(sums)
            else:
                output, slope = activations.activate_with_slope(self._activation, sums)
                outputs.append(output)
                slopes.append(slope)
        return outputs, slopes

    def answers(self, inputs: NDArray) -> NDArray:
        """Return the last sum (N,) for inputs (N, features): the logit, in regression the answer itself."""
        return self._signals(inputs)[0][-1][:, 0]

    def predict(self, x: ArrayLike, y: ArrayLike) -> NDArray:
        """Return the answers at points (any shape) as targets are counted: in classification 2p − 1."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=np.float64), y)
        answers = self.answers(features_of(self.settings["features"], x.ravel(), y.ravel())).reshape(x.shape)
        return np.tanh(answers / 2) if self._is_classifier else answers

    def losses(self) -> Losses:
        """Return losses and accuracies on the training and on the test points."""
        count = self.points.num_training
        training, accuracy = self._measure(slice(0, count))
        if count == len(self._targets):
            return Losses(training, None, accuracy, None)
        test, test_accuracy = self._measure(slice(count, None))
        return Losses(training, test, accuracy, test_accuracy)

    def _measure(self, part: slice) -> tuple[float, float | None]:
        with np.errstate(over="ignore", invalid="ignore"):
            answers, targets = self.answers(self._inputs[part]), self._targets[part]
            loss = self._loss(answers, targets)
        return loss, float(np.mean((answers > 0) == (targets > 0))) if self._is_classifier else None

    def _loss(self, answers: NDArray, targets: NDArray) -> float:
        if self._is_classifier:
            return float(np.mean(np.logaddexp(0, -targets * answers)))
        return float(np.mean((answers - targets) ** 2))

    @property
    def diverged(self) -> bool:
        """Whether a weight has grown beyond a million, or is no number any more."""
        return not (np.abs(self.weights()) <= _LARGEST_WEIGHT).all()

    def unit_pictures(self, size: int = 32, output_size: int = 64) -> tuple[list[NDArray], NDArray]:
        """Return the outputs of each hidden layer (units, size, size) and the answer (output_size, output_size).

        Values belong to the middles of pixels; row 0 is the top of the plane, as in a picture.
        """
        x, y = pixel_middles(size)
        hidden = self._signals(features_of(self.settings["features"], x.ravel(), y.ravel()))[0][1:-1]
        layers = [output.T.reshape(-1, size, size) for output in hidden]
        return layers, self.predict(*pixel_middles(output_size))

    # ---- parameters

    def weights(self) -> NDArray:
        """Return all parameters in Keras' order: kernel row by row, bias, next layer."""
        pairs = zip(self.kernels, self.biases, strict=True)
        return np.concatenate([array.ravel() for pair in pairs for array in pair])

    def load(self, flat: ArrayLike, epoch: int = 0, step: int = 0) -> None:
        """Take over parameters in the order of ``weights``; ValueError if there are too few or too many."""
        flat = np.asarray(flat, dtype=np.float64)
        expected = sum(array.size for array in (*self.kernels, *self.biases))
        if flat.shape != (expected,):
            raise ValueError(f"This network has {expected} weights and biases, not {flat.size}.")
        at = 0
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            for array in (kernel, bias):
                array[...] = flat[at : at + array.size].reshape(array.shape)
                at += array.size
        self.epoch, self.step = epoch, step


def hidden_sizes(settings: Mapping[str, Any]) -> list[int]:
    """Return the units of each hidden layer that is there."""
    return [units for units in settings["layers"] if units > 0]


def features_of(names: Sequence[str], x: NDArray, y: NDArray) -> NDArray:
    """Return what a network sees (N, number of names) of points (N,)."""
    return np.stack([FEATURES[name](x, y) for name in names], axis=1) if names else np.empty((len(x), 0))


def pixel_middles(size: int) -> tuple[NDArray, NDArray]:
    """Return x and y (size, size) of the middles of pixels over the plane, row 0 at the top."""
    middles = -REACH + (np.arange(size) + 0.5) * (2 * REACH / size)
    x, y = np.meshgrid(middles, -middles)
    return x, y


def _initial_kernels(sizes: Sequence[int], activation: str, seed: int) -> list[NDArray]:
    """Glorot & Bengio 2010; before ReLU He et al. 2015. Both uniform."""
    start, place, kernels = start_of(seed, _WEIGHT_STREAM), 0, []
    for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:], strict=False)):
        before_relu = activation == "relu" and layer < len(sizes) - 2
        limit = math.sqrt(6 / (max(1, fan_in) if before_relu else fan_in + fan_out))
        numbers = uniform(start, place + np.arange(fan_in * fan_out))
        kernels.append(limit * (2 * numbers.reshape(fan_in, fan_out) - 1))
        place += fan_in * fan_out
    return kernels
