"""Plain and residual networks of one depth and the same weights: signals on their way forward, gradients back.

The network: a 3 x 3 convolution, then blocks y = relu(skip x + branch F(x)) with F two 3 x 3 convolutions and a ReLU
between them, the mean of every map, a dense layer and softmax cross-entropy on small pictures of Fashion-MNIST. The
plain network is skip = 0, branch = 1. (He et al. 2016; shortcuts that are scaled: He et al. 2016, "Identity mappings".)

Both networks go through every step together, as the first axis of all arrays: ``maps`` are (2, B, S, S, C).
All draws come from one seed and are cut from the deepest network: moving a slider changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from course_utils import datasets
from course_utils.explorers.models.threads import one_thread

NETWORKS = ("plain", "residual")
CHANNELS = 16
SIDE = 7
BATCH = 8
NUM_CLASSES = 10
MOST_BLOCKS = 27
EPSILON = 1e-3  # of batch norm, as in Keras
_WINDOW = 3


@dataclass(frozen=True)
class Weights:
    """Kernels (3, 3, in, out) of all convolutions, the first with one channel in, and the head (C, 10)."""

    kernels: list[NDArray]
    head: NDArray


@dataclass(frozen=True)
class Settings:
    """How blocks add up: factors of shortcut and branch for the two networks (2,); batch norm or not."""

    skip: NDArray
    branch: NDArray
    normalise: bool


@dataclass(frozen=True)
class Layer:
    """What a convolution leaves for the way back: input, (normalised) sums, and 1 / deviation (2, 1, 1, 1, C)."""

    inputs: NDArray
    sums: NDArray
    scale: NDArray | None


@dataclass(frozen=True)
class Forward:
    """One forward pass.

    ``layers`` every convolution, ``maps`` the outputs of the first layer and of every block, ``pooled`` (2, B, C),
    ``probabilities`` (2, B, 10).
    """

    layers: list[Layer]
    maps: list[NDArray]
    pooled: NDArray
    probabilities: NDArray


@dataclass(frozen=True)
class Backward:
    """One backward pass.

    ``kernels`` gradients (2, 3, 3, in, out) by every kernel; ``maps`` by ``Forward.maps``; ``ways`` for every
    block, what comes to its input along the shortcut and through the branch.
    """

    kernels: list[NDArray]
    maps: list[NDArray]
    ways: list[tuple[NDArray, NDArray]]


# ---- what goes in --------------------------------------------------------------------------------------


@cache
def pictures() -> tuple[NDArray, NDArray]:
    """Return Fashion-MNIST pictures (B, S, S, 1) of 7 x 7 means, standardised together, and their labels (B,)."""
    train = datasets.fashion_mnist().train
    part = 28 // SIDE
    small = train.images[:BATCH].reshape(BATCH, SIDE, part, SIDE, part).mean(axis=(2, 4))
    return ((small - small.mean()) / small.std())[..., np.newaxis], train.labels[:BATCH]


@lru_cache(maxsize=4)
def _draws(seed: int) -> tuple[NDArray, NDArray, NDArray]:
    generator = np.random.default_rng(seed)
    shapes = ((_WINDOW, _WINDOW, 1, CHANNELS), (CHANNELS, NUM_CLASSES))
    first, head = (generator.standard_normal(shape) for shape in shapes)
    return first, head, generator.standard_normal((2 * MOST_BLOCKS, _WINDOW, _WINDOW, CHANNELS, CHANNELS))


def weights(blocks: int, gain: float, seed: int) -> Weights:
    """Return weights of a network of 1 to MOST_BLOCKS blocks: N(0, gain² 2 / fan-in), He's for a gain of 1.

    The head has Glorot's deviation, whatever the gain.
    """
    first, head, others = _draws(seed)
    area = _WINDOW * _WINDOW
    kernels = [gain * np.sqrt(2 / area) * first]
    kernels += list(gain * np.sqrt(2 / (area * CHANNELS)) * others[: 2 * blocks])
    return Weights(kernels, np.sqrt(2 / (CHANNELS + NUM_CLASSES)) * head)


# ---- forward -------------------------------------------------------------------------------------------


def forward(given: Weights, settings: Settings) -> Forward:
    """Send the pictures through both networks."""
    inputs, _ = pictures()
    layers = [_convolve(np.stack([inputs] * len(NETWORKS)), given.kernels[0], settings)]
    maps = [_relu(layers[0].sums)]
    skip, branch = _by_network(settings)
    for first, second in _pairs(given.kernels):
        layers.append(_convolve(maps[-1], first, settings))
        layers.append(_convolve(_relu(layers[-1].sums), second, settings))
        maps.append(_relu(skip * maps[-1] + branch * layers[-1].sums))
    pooled = maps[-1].mean(axis=(2, 3))
    return Forward(layers, maps, pooled, _softmax(pooled @ given.head))


def _pairs(kernels: Sequence[NDArray]) -> list[tuple[NDArray, NDArray]]:
    return list(zip(kernels[1::2], kernels[2::2], strict=True))


def _by_network(settings: Settings) -> tuple[NDArray, NDArray]:
    return settings.skip.reshape(-1, 1, 1, 1, 1), settings.branch.reshape(-1, 1, 1, 1, 1)


def _relu(values: NDArray) -> NDArray:
    return np.maximum(values, 0)


def _softmax(logits: NDArray) -> NDArray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _convolve(maps: NDArray, kernel: NDArray, settings: Settings) -> Layer:
    sums = _correlate(maps, kernel)
    if not settings.normalise:
        return Layer(maps, sums, None)
    scale = 1 / np.sqrt(sums.var(axis=(1, 2, 3), keepdims=True) + EPSILON)
    return Layer(maps, (sums - sums.mean(axis=(1, 2, 3), keepdims=True)) * scale, scale)


def _correlate(maps: NDArray, kernel: NDArray) -> NDArray:
    """Return the sums (2, B, S, S, out) of a 3 x 3 window over ``maps`` with a border of zeros."""
    return (_columns(maps) @ kernel.reshape(-1, kernel.shape[-1])).reshape(*maps.shape[:-1], -1)


def _columns(maps: NDArray) -> NDArray:
    """Return every window of ``maps`` as a row: (2, B S S, 9 C)."""
    networks, batch, side, _, channels = maps.shape
    padded = np.zeros((networks, batch, side + 2, side + 2, channels))
    padded[:, :, 1:-1, 1:-1] = maps
    places = [(row, column) for row in range(_WINDOW) for column in range(_WINDOW)]
    windows = [padded[:, :, row : row + side, column : column + side] for row, column in places]
    return np.stack(windows, axis=-2).reshape(networks, batch * side * side, -1)


# ---- backward ------------------------------------------------------------------------------------------


def backward(given: Weights, settings: Settings, passed: Forward) -> Backward:
    """Send the gradient of the mean cross-entropy back through both networks."""
    _, labels = pictures()
    errors = (passed.probabilities - np.eye(NUM_CLASSES)[labels]) / BATCH
    gradient = _spread(errors @ given.head.T)
    kernels: list[NDArray] = []
    maps, ways = [gradient], []
    skip, branch = _by_network(settings)
    for block in range(len(passed.maps) - 1, 0, -1):
        gradient = gradient * (passed.maps[block] > 0)
        first, second = passed.layers[2 * block - 1 : 2 * block + 1]
        inner, of_second = _back(branch * gradient, second, given.kernels[2 * block])
        through, of_first = _back(inner * (first.sums > 0), first, given.kernels[2 * block - 1])
        kernels += [of_second, of_first]
        ways.append((skip * gradient, through))
        gradient = skip * gradient + through
        maps.append(gradient)
    kernels.append(_back(gradient * (passed.maps[0] > 0), passed.layers[0], given.kernels[0])[1])
    return Backward(kernels[::-1], maps[::-1], ways[::-1])


def _spread(gradient: NDArray) -> NDArray:
    """Return the gradient (2, B, S, S, C) by maps, from that (2, B, C) by their means."""
    return np.repeat(np.repeat(gradient[:, :, None, None] / SIDE**2, SIDE, axis=2), SIDE, axis=3)


def _back(gradient: NDArray, layer: Layer, kernel: NDArray) -> tuple[NDArray, NDArray]:
    """Return the gradients by the layer's input and by its kernel (2, 3, 3, in, out)."""
    if layer.scale is not None:
        axes = (1, 2, 3)
        along = (gradient * layer.sums).mean(axis=axes, keepdims=True) * layer.sums
        gradient = (gradient - gradient.mean(axis=axes, keepdims=True) - along) * layer.scale
    rows = gradient.reshape(len(gradient), -1, gradient.shape[-1])
    by_kernel = (_columns(layer.inputs).transpose(0, 2, 1) @ rows).reshape(-1, *kernel.shape)
    return _correlate(gradient, kernel[::-1, ::-1].transpose(0, 1, 3, 2)), by_kernel


# ---- what is shown -------------------------------------------------------------------------------------


def measure(
    blocks: int, gain: float, skip: float, branch: float, normalise: bool, seed: int
) -> dict[str, NDArray]:
    """Return sizes of signals and gradients in both networks.

    Args:
        blocks: 1 to MOST_BLOCKS; the network has two layers more than two a block.
        gain: of the convolutions' first weights; 1 is He's.
        skip, branch: factors of the residual network's shortcuts and branches.
        normalise: batch norm after every convolution.
        seed: of the weights.

    Returns:
        Root mean squares of the outputs of the first layer and of every block (``signals``, (2, blocks + 1)) and
        of what branches add (``added``, (2, blocks)); lengths of the gradients by the kernels (``kernels``,
        (2, 2 blocks + 1)), by those outputs (``outputs``, (2, blocks + 1)), and of what comes to a block's input
        along its shortcut and through its branch (``shortcut``, ``through``, (2, blocks)); mean cross-entropies
        (``losses``, (2,)).
    """
    settings = Settings(np.array([0.0, skip]), np.array([1.0, branch]), normalise)
    given = weights(blocks, gain, seed)
    with one_thread():
        passed = forward(given, settings)
        back = backward(given, settings, passed)
    _, labels = pictures()
    hits = passed.probabilities[:, np.arange(BATCH), labels]
    added = _root([layer.sums for layer in passed.layers[2::2]], np.mean)
    return {
        "signals": _root(passed.maps, np.mean),
        "added": settings.branch[:, np.newaxis] * added,
        "kernels": _root(back.kernels, np.sum),
        "outputs": _root(back.maps, np.sum),
        "shortcut": _root([way for way, _ in back.ways], np.sum),
        "through": _root([way for _, way in back.ways], np.sum),
        "losses": -np.log(np.maximum(hits, np.finfo(float).tiny)).mean(axis=1),
    }


def _root(arrays: Sequence[NDArray], reduce: Callable[..., NDArray]) -> NDArray:
    """Return the root of the mean or the sum of squares (2, n) of n arrays whose first axis is the network."""
    return np.sqrt([reduce(array**2, axis=tuple(range(1, array.ndim))) for array in arrays]).T.copy()
