"""The loss of a real, trained network on a plane through the space of its weights.

400 handwritten digits, 16 tanh units, softmax, mean cross-entropy: 6,586 weights and biases. A plane is
theta(a, b) = origin + a * first + b * second with a and b in [-1, 1]. (Li et al. 2018, "Visualizing the loss
landscape of neural nets": filter-normalised random directions, and principal components of the training path.)

The sums of the hidden units are linear in a and b, so a point of the plane needs no product with the pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from course_utils.explorers.models.threads import one_thread

NUM_IMAGES = 400
NUM_HIDDEN = 16
NUM_CLASSES = 10
GRID = 41
MOST_STEPS = 50
DIRECTIONS = {
    "random": "two random directions",
    "trajectory": "where training went (PCA)",
    "weights": "two single weights",
    "mirror": "through zero to its mirror image",
}

_SHAPES = ((400, NUM_HIDDEN), (NUM_HIDDEN,), (NUM_HIDDEN, NUM_CLASSES), (NUM_CLASSES,))
_ENDS = np.cumsum([math.prod(shape) for shape in _SHAPES])
NUM_WEIGHTS = int(_ENDS[-1])

_EPOCHS, _RATE, _MOMENTUM = 150, 0.1, 0.9
_FIRST_DEVIATION = 0.02  # small, so that training begins on the plateau around zero
_WEIGHT_REACH = 6.0  # how far the plane of two single weights goes to each side
_BEYOND_MIRROR = 1.5  # the plane through zero reaches beyond the trained weights by this factor
_MARGIN = 1.25  # of the view around the path of training
_LEVELS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 2.25, 2.5, 3, 4, 5, 7, 10, 14, 20, 30, 50)


# ---- the network -------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def pictures() -> tuple[NDArray, NDArray]:
    """Return 400 digits as (400, 400) floats from 0 (paper) to 1 (ink), and their classes (400,)."""
    from course_utils import datasets

    train = datasets.digits().train
    return train.images[:NUM_IMAGES].reshape(NUM_IMAGES, -1) / 255, train.labels[:NUM_IMAGES]


def unpack(theta: NDArray) -> tuple[NDArray, ...]:
    """Return W1 (400, 16), b1 (16,), W2 (16, 10), b2 (10,) as views of ``theta`` (6586,)."""
    return tuple(
        part.reshape(shape) for part, shape in zip(np.split(theta, _ENDS[:-1]), _SHAPES, strict=True)
    )


def loss_and_gradient(theta: NDArray, images: NDArray, labels: NDArray) -> tuple[float, NDArray]:
    """Return the mean cross-entropy of ``theta`` on (N, 400) images and its gradient, (6586,)."""
    w1, b1, w2, b2 = unpack(theta)
    hidden = np.tanh(images @ w1 + b1)
    loss, errors = _cross_entropy(hidden @ w2 + b2, labels)
    hidden_errors = errors @ w2.T * (1 - hidden**2)
    parts = (images.T @ hidden_errors, hidden_errors.sum(axis=0), hidden.T @ errors, errors.sum(axis=0))
    return loss, np.concatenate([part.ravel() for part in parts])


def _cross_entropy(logits: NDArray, labels: NDArray) -> tuple[float, NDArray]:
    """Return the mean loss of ``logits`` (N, 10), and its gradient by them."""
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(axis=1)
    loss = float(np.mean(np.log(totals) - shifted[rows, labels]))
    errors = exponentials / totals[:, None]
    errors[rows, labels] -= 1
    return loss, errors / len(labels)


@lru_cache(maxsize=1)
def training_path() -> NDArray:
    """Train by gradient descent with momentum on all pictures; return the weights after each step, (151, 6586)."""
    images, labels = pictures()
    theta = np.random.default_rng(0).normal(0, _FIRST_DEVIATION, NUM_WEIGHTS)
    velocity = np.zeros(NUM_WEIGHTS)
    path = [theta]
    with one_thread():
        for _ in range(_EPOCHS):
            _, gradient = loss_and_gradient(theta, images, labels)
            velocity = _MOMENTUM * velocity - _RATE * gradient
            theta = theta + velocity
            path.append(theta)
    return np.array(path)


def trained() -> NDArray:
    """Return the trained weights, (6586,)."""
    return training_path()[-1]


# ---- planes ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plane:
    """theta(a, b) = origin + a * first + b * second, all of shape (6586,); a and b in [-1, 1] are in the picture.

    ``names`` says what the two directions are; ``path`` (T, 2) is the path of training seen from the plane.
    """

    origin: NDArray
    first: NDArray
    second: NDArray
    names: tuple[str, str]

    def at(self, a: float, b: float) -> NDArray:
        """Return the weights at (a, b)."""
        return self.origin + a * self.first + b * self.second

    def coordinates(self, theta: NDArray) -> NDArray:
        """Return the (a, b) of the plane's point nearest to ``theta`` (..., 6586)."""
        directions = np.stack([self.first, self.second])
        return np.linalg.solve(self.gram(), directions @ (theta - self.origin).T).T

    def gram(self) -> NDArray:
        """Return the inner products (2, 2) of the two directions."""
        directions = np.stack([self.first, self.second])
        return directions @ directions.T


def make_plane(directions: str, seed: int = 0) -> Plane:
    """Return the plane of a DIRECTIONS key; ``seed`` draws the random directions and the single weights."""
    makers = {"random": _random, "trajectory": _trajectory, "weights": _weights, "mirror": _mirror}
    return makers[directions](np.random.default_rng(seed))


def filter_normalised(theta: NDArray, generator: np.random.Generator) -> NDArray:
    """Return a random direction (6586,) in which each unit's incoming weights are as long as in ``theta``.

    Biases stay as they are, as in Li et al.
    """
    direction = generator.standard_normal(NUM_WEIGHTS)
    for part, weights in zip(unpack(direction), unpack(theta), strict=True):
        if weights.ndim == 1:
            part[:] = 0
        else:
            part *= np.linalg.norm(weights, axis=0) / np.linalg.norm(part, axis=0)
    return direction


def _random(generator: np.random.Generator) -> Plane:
    theta = trained()
    names = ("first random direction", "second random direction")
    return Plane(theta, filter_normalised(theta, generator), filter_normalised(theta, generator), names)


def _trajectory(_: np.random.Generator) -> Plane:
    """The plane of the two principal components of the path, seen from its end; the path fills the view."""
    path = training_path()
    steps = path - path[-1]
    components = np.linalg.svd(steps, full_matrices=False)[2][:2]
    seen = steps @ components.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    reach = _MARGIN * np.max(high - low) / 2
    origin = path[-1] + (low + high) / 2 @ components
    names = ("first principal component of the path", "second principal component")
    return Plane(origin, reach * components[0], reach * components[1], names)


def _weights(generator: np.random.Generator) -> Plane:
    """The plane of two single weights that lead from hidden units to outputs."""
    chosen = generator.choice(NUM_HIDDEN * NUM_CLASSES, size=2, replace=False)
    directions = np.zeros((2, NUM_WEIGHTS))
    directions[[0, 1], _ENDS[1] + chosen] = _WEIGHT_REACH
    names = [f"weight from unit {i // NUM_CLASSES + 1} to output “{i % NUM_CLASSES}”" for i in chosen]
    return Plane(trained(), directions[0], directions[1], (names[0], names[1]))


def _mirror(generator: np.random.Generator) -> Plane:
    """Zero in the middle; on one side the trained weights, on the other their opposite, with the same loss.

    tanh is odd: where W1, b1 and W2 change their sign, the output stays. The output's bias is left alone.
    """
    direction, origin = trained().copy(), np.zeros(NUM_WEIGHTS)
    origin[_ENDS[2] :] = direction[_ENDS[2] :]
    direction[_ENDS[2] :] = 0
    across = filter_normalised(direction, generator)
    across *= np.linalg.norm(direction) / np.linalg.norm(across)
    names = ("mirror image ← zero → trained weights", "random direction")
    return Plane(origin, _BEYOND_MIRROR * direction, _BEYOND_MIRROR * across, names)


# ---- the surface -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """The network at one point of a plane: its loss, the loss' gradient (2,) by a and b, and the share right."""

    loss: float
    gradient: NDArray
    accuracy: float


class Surface:
    """The loss over a plane: ``losses`` (41, 41) float32 (row: b from -1 to 1, column: a), contour ``levels``,
    the ``path`` (T, 2) of training, the coordinates ``trained`` (2,) of its end, and ``point(a, b)``."""

    def __init__(self, plane: Plane) -> None:
        """Evaluate the loss on the grid: some tenths of a second."""
        self.plane = plane
        self._images, self._labels = pictures()
        parts = [unpack(theta) for theta in (plane.origin, plane.first, plane.second)]
        self._sums = np.stack([self._images @ w1 + b1 for w1, b1, _, _ in parts])
        self._outputs = np.stack([w2 for _, _, w2, _ in parts])
        self._biases = np.stack([b2 for _, _, _, b2 in parts])
        self._inverse = np.linalg.inv(plane.gram())
        axis = np.linspace(-1, 1, GRID)
        self.losses = np.array([[self.loss(a, b) for a in axis] for b in axis], dtype=np.float32)
        self.levels = [level for level in _LEVELS if self.losses.min() < level < self.losses.max()]
        self.path = plane.coordinates(training_path())
        self.trained = self.path[-1]

    def _signals(self, a: float, b: float) -> tuple[NDArray, NDArray, NDArray]:
        """Return the hidden units' outputs (400, 16), W2 (16, 10) and the logits (400, 10) at (a, b)."""
        hidden = np.tanh(self._sums[0] + a * self._sums[1] + b * self._sums[2])
        w2 = self._outputs[0] + a * self._outputs[1] + b * self._outputs[2]
        return hidden, w2, hidden @ w2 + (self._biases[0] + a * self._biases[1] + b * self._biases[2])

    def loss(self, a: float, b: float) -> float:
        """Return the mean cross-entropy at (a, b)."""
        return _cross_entropy(self._signals(a, b)[2], self._labels)[0]

    def point(self, a: float, b: float) -> Point:
        """Return loss, gradient on the plane and accuracy at (a, b)."""
        hidden, w2, logits = self._signals(a, b)
        loss, errors = _cross_entropy(logits, self._labels)
        hidden_errors = errors @ w2.T * (1 - hidden**2)
        gradient = [
            np.vdot(hidden_errors, self._sums[i])
            + np.vdot(hidden.T @ errors, self._outputs[i])
            + np.vdot(errors.sum(axis=0), self._biases[i])
            for i in (1, 2)
        ]
        return Point(loss, np.array(gradient), float(np.mean(logits.argmax(axis=1) == self._labels)))

    def projected(self, gradient: NDArray) -> NDArray:
        """Return the way (2,), in a and b, of the whole gradient's part that lies in the plane.

        Moving by minus this, times the learning rate, is the gradient step that stays on the plane.
        """
        return self._inverse @ gradient

    def length(self, gradient: NDArray) -> float:
        """Return the length, in the space of the weights, of the gradient's part that lies in the plane."""
        return math.sqrt(max(0.0, float(gradient @ self._inverse @ gradient)))

    def whole_length(self, a: float, b: float) -> float:
        """Return the length of the whole gradient by all 6,586 weights at (a, b)."""
        with one_thread():
            _, gradient = loss_and_gradient(self.plane.at(a, b), self._images, self._labels)
        return float(np.linalg.norm(gradient))

    def descend(self, a: float, b: float, rate: float, steps: int) -> tuple[NDArray, NDArray]:
        """Take gradient steps on the plane; return the places (steps + 1, 2) and the losses (steps + 1,)."""
        places, losses = [np.array([a, b])], []
        for _ in range(steps):
            here = self.point(*places[-1])
            losses.append(here.loss)
            places.append(places[-1] - rate * self.projected(here.gradient))
        return np.array(places), np.array([*losses, self.loss(*places[-1])])


@lru_cache(maxsize=8)
def surface(directions: str, seed: int = 0) -> Surface:
    """Return the surface over a plane; remembered, because only the ball moves most of the time."""
    with one_thread():
        return Surface(make_plane(directions, 0 if directions == "trajectory" else seed))


def count_rises(losses: NDArray) -> int:
    """Return how many steps led to a larger loss."""
    return sum(after > before for before, after in pairwise(losses))
