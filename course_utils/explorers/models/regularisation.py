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


def write_gradient(
    theta: list[NDArray],
    gradient: list[NDArray],
    examples: Points,
    masks: tuple[NDArray | float, NDArray | float],
) -> None:
    """Write the cross-entropy's gradient for unpacked parameters ``theta`` into the arrays of ``gradient``."""
    w1, b1, w2, b2, w3, b3 = theta
    by_w1, by_b1, by_w2, by_b2, by_w3, by_b3 = gradient
    first = np.tanh(examples.inputs @ w1 + b1)
    first_kept = first * masks[0]
    second = np.tanh(first_kept @ w2 + b2)
    second_kept = second * masks[1]
    outputs = second_kept @ w3 + b3
    errors = (1 / (1 + np.exp(-outputs)) - examples.classes[:, None]) / len(outputs)
    np.matmul(second_kept.T, errors, out=by_w3)
    errors.sum(axis=0, out=by_b3)
    errors = errors @ w3.T * masks[1] * (1 - second * second)
    np.matmul(first_kept.T, errors, out=by_w2)
    errors.sum(axis=0, out=by_b2)
    errors = errors @ w2.T * masks[0] * (1 - first * first)
    np.matmul(examples.inputs.T, errors, out=by_w1)
    errors.sum(axis=0, out=by_b1)


def train(setting: Setting) -> NDArray:
    """Return the parameters before the first and after each epoch, (EPOCHS + 1, P)."""
    examples, _ = points(setting.data, setting.points, setting.noise, setting.seed)
    theta = initial(setting.units, setting.seed)
    gradient, velocity, weights = np.empty_like(theta), np.zeros_like(theta), are_weights(setting.units)
    parameters, gradients = unpack(theta, setting.units), unpack(gradient, setting.units)
    decay, threshold = 2 * setting.l2 * weights, thresholds(setting)
    path = np.empty((EPOCHS + 1, len(theta)))
    path[0] = theta
    for epoch, masks in enumerate(dropout_masks(setting), start=1):
        write_gradient(parameters, gradients, examples, masks)
        velocity *= MOMENTUM
        velocity -= RATE * (gradient + decay * theta)
        theta += velocity
        if setting.l1:
            theta -= np.clip(
                theta, -threshold, threshold
            )  # soft threshold: what is smaller becomes exactly 0
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
