"""A network with room to over-fit a few noisy points, and four ways to hold it back: L2, L1, dropout, early stopping.

Two inputs, two hidden layers of tanh units, one sigmoid output, mean cross-entropy of all training points at once,
gradient descent with momentum. The penalties are Keras' ``L2`` (l2 * sum of w^2) and ``L1`` (l1 * sum of |w|) of the
weights, not of the biases. L1's step is a proximal one (soft threshold; Parikh & Boyd 2014), which gives exact zeros
where a gradient step would tremble around them. Dropout is inverted: what stays is divided by the share that stays
(Srivastava et al. 2014).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from course_utils.explorers.models.threads import one_thread

EPOCHS = 400
BETWEEN_LOSSES = 4  # epochs
NUM_VALIDATION = 200
DATA = {"moons": "moons", "circles": "circles", "xor": "XOR"}
GUESSING = math.log(2)  # the loss of two equal probabilities
VIEW = ((-4.0, 4.0), (-3.2, 3.2))
CELLS = (64, 52)  # of the view, columns and rows
RATE, MOMENTUM = 0.1, 0.9

_UNDER_FITS_ABOVE = 0.9 * GUESSING
_OVER_FITS_AT = 2.0  # times the training loss
_SPREAD = 2.0  # the sets lie within 1 of the middle; tanh units learn faster where they lie within 2
_VALIDATION_SEED = 1000  # the seed of the validation points is the state's plus this


@dataclass(frozen=True)
class Setting:
    """Everything that a run depends on; ``units`` are those of each hidden layer."""

    data: str = "moons"
    points: int = 40
    noise: float = 0.25
    units: int = 16
    l2: float = 0.0
    l1: float = 0.0
    dropout: float = 0.0
    seed: int = 2


# ---- points ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Points:
    """``inputs`` (N, 2) and ``classes`` (N,), 0 or 1."""

    inputs: NDArray
    classes: NDArray


@lru_cache(maxsize=16)
def points(data: str, count: int, noise: float, seed: int) -> tuple[Points, Points]:
    """Return ``count`` points for training, and the points for validation, drawn from the same set."""
    return _drawn(data, count, noise, seed), _drawn(data, NUM_VALIDATION, noise, seed + _VALIDATION_SEED)


def _drawn(data: str, count: int, noise: float, seed: int) -> Points:
    from course_utils import datasets

    places, labels = datasets.toy(data, count, noise, seed)
    middle = 0.5 if data == "xor" else 0.0  # its corners are (0, 0) to (1, 1)
    return Points(_SPREAD * (places.astype(np.float64) - middle) * (2 if data == "xor" else 1), labels)


# ---- the network -------------------------------------------------------------------------------------


def shapes(units: int) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of W1, b1, W2, b2, W3, b3."""
    return (2, units), (units,), (units, units), (units,), (units, 1), (1,)


def unpack(theta: NDArray, units: int) -> list[NDArray]:
    """Return the weights and biases of ``shapes`` as views of ``theta`` (..., P)."""
    parts = np.split(theta, np.cumsum([math.prod(shape) for shape in shapes(units)])[:-1], axis=-1)
    return [part.reshape(*theta.shape[:-1], *shape) for part, shape in zip(parts, shapes(units), strict=True)]


@lru_cache(maxsize=32)
def are_weights(units: int) -> NDArray:
    """Return (P,) of True for weights and False for biases."""
    return np.concatenate(
        [np.full(math.prod(shape), len(shape) == 2) for shape in shapes(units)],
    )


def initial(units: int, seed: int) -> NDArray:
    """Return first parameters (P,): weights from N(0, 2 / inputs), biases 0."""
    theta = np.zeros(sum(math.prod(shape) for shape in shapes(units)))
    generator = np.random.default_rng(seed)
    for weights in unpack(theta, units)[::2]:
        weights[:] = generator.normal(0, math.sqrt(2 / len(weights)), weights.shape)
    return theta


def logits(theta: NDArray, units: int, inputs: NDArray) -> NDArray:
    """Return the output z before the sigmoid, (..., N), of networks ``theta`` (..., P); no dropout."""
    w1, b1, w2, b2, w3, b3 = unpack(theta, units)
    hidden = np.tanh(inputs @ w1 + b1[..., None, :])
    hidden = np.tanh(hidden @ w2 + b2[..., None, :])
    return (hidden @ w3 + b3[..., None, :])[..., 0]


def losses_and_accuracies(outputs: NDArray, classes: NDArray) -> tuple[NDArray, NDArray]:
    """Return the mean cross-entropy and the share of right answers (...,) of ``outputs`` z (..., N)."""
    losses = np.logaddexp(0, outputs) - classes * outputs
    return losses.mean(axis=-1), np.mean((outputs > 0) == classes, axis=-1)


def penalty(theta: NDArray, setting: Setting) -> float:
    """Return l2 * sum of w^2 + l1 * sum of |w| over the weights."""
    weights = theta[are_weights(setting.units)]
    return float(setting.l2 * np.sum(weights**2) + setting.l1 * np.sum(np.abs(weights)))


# ---- training ------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _uniform(count: int, units: int, seed: int) -> NDArray:
    """Return uniform numbers (EPOCHS, 2, N, U): a unit is dropped where its number is below the rate."""
    return np.random.default_rng((seed, 1)).random((EPOCHS, 2, count, units), dtype=np.float32)


def dropout_masks(setting: Setting) -> Iterator[tuple[NDArray | float, NDArray | float]]:
    """Yield for each epoch what both hidden layers (N, U) are multiplied by: 0, or 1 / (1 - rate)."""
    if not setting.dropout:
        yield from [(1.0, 1.0)] * EPOCHS
        return
    kept = 1 - setting.dropout
    for first, second in _uniform(setting.points, setting.units, setting.seed) >= setting.dropout:
        yield first / kept, second / kept


class Gradient:
    """The cross-entropy's gradient, written into ``values`` (P,) again and again without new arrays.

    In ``theta`` the biases follow the weights of their layer, so both are one matrix whose last row meets a column
    of ones.
    """

    def __init__(self, theta: NDArray, units: int, examples: Points) -> None:
        """Follow ``theta`` (P,), which may change between two calls of ``write``."""
        count = len(examples.inputs)
        self.values = np.empty_like(theta)
        self._layers, self._by_layers = _with_biases(theta, units), _with_biases(self.values, units)
        self._inputs = np.column_stack([examples.inputs, np.ones(count)])
        self._classes = examples.classes[:, None].astype(np.float64)
        self._outputs = np.empty((count, 1))
        self._hidden = [_Hidden(count, units), _Hidden(count, units)]

    def write(self, masks: tuple[NDArray | float, NDArray | float]) -> None:
        """Compute the gradient for ``theta`` as it is, with the outputs of both hidden layers times ``masks``."""
        (first, second), (by_first, by_second, by_last) = self._hidden, self._by_layers
        first.forward(self._inputs, self._layers[0], masks[0])
        second.forward(first.kept, self._layers[1], masks[1])
        errors = np.matmul(second.kept, self._layers[2], out=self._outputs)
        _subtract_from_sigmoid(errors, self._classes)
        errors /= len(errors)
        np.matmul(second.kept.T, errors, out=by_last)
        np.matmul(first.kept.T, second.backward(errors, self._layers[2], masks[1]), out=by_second)
        np.matmul(self._inputs.T, first.backward(second.errors, self._layers[1], masks[0]), out=by_first)


def _with_biases(theta: NDArray, units: int) -> list[NDArray]:
    """Return views of ``theta``: for each layer its weights and, as the last row, its biases."""
    rows = (3, units + 1, units + 1)
    parts = np.split(theta, np.cumsum([3 * units, (units + 1) * units]))
    return [part.reshape(count, -1) for part, count in zip(parts, rows, strict=True)]


def _subtract_from_sigmoid(outputs: NDArray, classes: NDArray) -> None:
    """Turn ``outputs`` z into sigmoid(z) - classes, in place."""
    np.negative(outputs, out=outputs)
    np.exp(outputs, out=outputs)
    outputs += 1
    np.divide(1, outputs, out=outputs)
    outputs -= classes


class _Hidden:
    """Arrays of one hidden layer: tanh (N, U), what dropout keeps of it beside ones (N, U + 1), errors (N, U)."""

    def __init__(self, count: int, units: int) -> None:
        self.active = np.empty((count, units))
        self.kept = np.ones((count, units + 1))
        self.errors = np.empty((count, units))
        self._kept = self.kept[:, :-1]

    def forward(self, inputs: NDArray, weights: NDArray, mask: NDArray | float) -> None:
        np.matmul(inputs, weights, out=self.active)
        np.tanh(self.active, out=self.active)
        np.multiply(self.active, mask, out=self._kept)

    def backward(self, errors: NDArray, weights: NDArray, mask: NDArray | float) -> NDArray:
        """Return the loss’s slope by the sums before tanh, from the ``errors`` of the layer that ``weights`` reach."""
        np.matmul(errors, weights[:-1].T, out=self.errors)
        self.errors *= mask
        np.square(self.active, out=self.active)
        np.subtract(1, self.active, out=self.active)
        self.errors *= self.active
        return self.errors


def train(setting: Setting) -> NDArray:
    """Return the parameters before the first and after each epoch, (EPOCHS + 1, P)."""
    examples, _ = points(setting.data, setting.points, setting.noise, setting.seed)
    theta = initial(setting.units, setting.seed)
    gradient, velocity = Gradient(theta, setting.units, examples), np.zeros_like(theta)
    decay, threshold = 2 * setting.l2 * are_weights(setting.units), thresholds(setting)
    change = np.empty_like(theta)
    path = np.empty((EPOCHS + 1, len(theta)))
    path[0] = theta
    for epoch, masks in enumerate(dropout_masks(setting), start=1):
        gradient.write(masks)
        np.multiply(decay, theta, out=change)
        change += gradient.values
        change *= RATE
        velocity *= MOMENTUM
        velocity -= change
        theta += velocity
        if setting.l1:  # soft threshold: what is smaller becomes exactly 0
            np.maximum(theta, -threshold, out=change)
            theta -= np.minimum(change, threshold, out=change)
        path[epoch] = theta
    return path


def thresholds(setting: Setting) -> NDArray:
    """Return how far one epoch's soft threshold moves each parameter (P,) towards 0.

    Momentum multiplies what a gradient does in the long run by 1 / (1 - MOMENTUM); L1 must keep pace, so that
    training comes to rest where the loss with its penalty is smallest.
    """
    return RATE * setting.l1 / (1 - MOMENTUM) * are_weights(setting.units)


@dataclass(frozen=True)
class Run:
    """A training: ``path`` (EPOCHS + 1, P), and ``training`` and ``validation`` losses (101,) every 4 epochs.

    Losses are the cross-entropy alone, without penalty and without dropout. ``best`` is the epoch, one of those,
    with the lowest validation loss.
    """

    path: NDArray
    training: NDArray
    validation: NDArray
    best: int


@lru_cache(maxsize=16)
def run(setting: Setting) -> Run:
    """Train with ``setting``; remembered, for moving through the epochs."""
    examples, held_out = points(setting.data, setting.points, setting.noise, setting.seed)
    with one_thread():
        path = train(setting)
        some = path[::BETWEEN_LOSSES]
        training = losses_and_accuracies(logits(some, setting.units, examples.inputs), examples.classes)[0]
        validation = losses_and_accuracies(logits(some, setting.units, held_out.inputs), held_out.classes)[0]
    return Run(path, training, validation, int(validation.argmin()) * BETWEEN_LOSSES)


@dataclass(frozen=True)
class Moment:
    """The network after one epoch: (training, validation) losses and accuracies, and its weights.

    ``sizes``: |w| of all weights, largest first; ``zeros``: how many are exactly 0; ``norm``: the root of the sum
    of their squares.
    """

    losses: tuple[float, float]
    accuracies: tuple[float, float]
    sizes: NDArray
    zeros: int
    norm: float

    @property
    def verdict(self) -> str:
        """Return "under", "over" or "fits", by the two losses."""
        training, validation = self.losses
        if training > _UNDER_FITS_ABOVE:
            return "under"
        return "over" if validation > _OVER_FITS_AT * training else "fits"


def moment(setting: Setting, epoch: int) -> Moment:
    """Return what the network is like after ``epoch``."""
    theta = run(setting).path[epoch]
    found = [
        losses_and_accuracies(logits(theta, setting.units, part.inputs), part.classes)
        for part in points(setting.data, setting.points, setting.noise, setting.seed)
    ]
    sizes = np.sort(np.abs(theta[are_weights(setting.units)]))[::-1]
    return Moment(
        losses=(float(found[0][0]), float(found[1][0])),
        accuracies=(float(found[0][1]), float(found[1][1])),
        sizes=sizes,
        zeros=int(np.sum(sizes == 0)),
        norm=float(np.linalg.norm(sizes)),
    )


def field(setting: Setting, epoch: int) -> NDArray:
    """Return the output z before the sigmoid at the middle of every cell of the view, (rows, columns) float32."""
    (left, right), (bottom, top) = VIEW
    columns, rows = CELLS
    across = left + (np.arange(columns) + 0.5) * (right - left) / columns
    up = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
    places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    with one_thread():
        outputs = logits(run(setting).path[epoch], setting.units, places)
    return outputs.reshape(rows, columns).astype(np.float32)
