"""Signals through many dense layers: forward a_l = phi(a_{l-1} W_l), backward g_{l-1} = (g_l phi'(z_l)) W_l^T.

Biases are zero. Input and output gradient are N(0, 1), so that what is seen is the work of the weights and the
activation alone. (Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014 for orthogonal weights.)

All draws come from one seed and are cut from the largest network: moving a slider changes nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.explorers.models.activations import activate_with_slope
from course_utils.explorers.models.threads import one_thread

MAX_DEPTH = 50
MAX_WIDTH = 128
BATCH = 64
SATURATED_BELOW = 0.05
INITIALISATIONS = {
    "zeros": "zeros",
    "small": "small, N(0, 0.01²)",
    "large": "large, N(0, 1)",
    "glorot": "Glorot (Xavier)",
    "he": "He",
    "orthogonal": "orthogonal",
}

_ALPHA = {"leaky_relu": 0.1, "elu": 1.0}
_BINS = 40
_REACH = 4  # a layer's own histogram goes this many standard deviations to both sides of the mean
_RANGES = {
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "identity": (-4.0, 4.0),
}  # of the histograms on a common scale
_POSITIVE_RANGE = (-1.0, 4.0)


@dataclass(frozen=True)
class Pass:
    """What one forward and one backward pass leave in each of L layers, for B inputs and U units a layer.

    ``sums`` z, ``activations`` a, ``slopes`` phi'(z) and ``gradients`` (of the loss, by a) are all (L, B, U).
    """

    sums: NDArray
    activations: NDArray
    slopes: NDArray
    gradients: NDArray


@lru_cache(maxsize=4)
def _draws(seed: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return N(0, 1) weights (MAX_DEPTH, MAX_WIDTH, MAX_WIDTH), inputs and output gradients (BATCH, MAX_WIDTH)."""
    generator = np.random.default_rng(seed)
    weights = generator.standard_normal((MAX_DEPTH, MAX_WIDTH, MAX_WIDTH))
    inputs, output_gradients = generator.standard_normal((2, BATCH, MAX_WIDTH))
    return weights, inputs, output_gradients


@lru_cache(maxsize=8)
def _orthogonal(seed: int, width: int) -> NDArray:
    """Return random orthogonal matrices (MAX_DEPTH, width, width), uniform by R's signs (Mezzadri 2007)."""
    with one_thread():
        q, r = np.linalg.qr(_draws(seed)[0][:, :width, :width])
    return q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]


def weights(initialisation: str, depth: int, width: int, scale: float = 1.0, seed: int = 0) -> NDArray:
    """Return weights (depth, width, width) of an INITIALISATIONS key, times ``scale``; rows are inputs."""
    if initialisation == "orthogonal":
        return _orthogonal(seed, width)[:depth] * scale
    deviation = {
        "zeros": 0.0,
        "small": 0.01,
        "large": 1.0,
        "glorot": np.sqrt(2 / (width + width)),
        "he": np.sqrt(2 / width),
    }[initialisation]
    return _draws(seed)[0][:depth, :width, :width] * (deviation * scale)


def inputs_and_output_gradients(width: int, seed: int = 0) -> tuple[NDArray, NDArray]:
    """Return the inputs and the gradients at the last layer's activations, both (BATCH, width), N(0, 1)."""
    _, inputs, gradients = _draws(seed)
    return inputs[:, :width], gradients[:, :width]


@lru_cache(maxsize=1)
def _memory() -> NDArray:
    return np.zeros((len(fields(Pass)), MAX_DEPTH * BATCH * MAX_WIDTH))


def room(depth: int, width: int) -> Pass:
    """Return arrays for a pass, cut from memory that is always the same.

    Fresh memory for every pass takes the system longer than the arithmetic.
    """
    shape = (depth, BATCH, width)
    return Pass(*(part[: math.prod(shape)].reshape(shape) for part in _memory()))


def propagate(
    activation: str, layers: NDArray, inputs: NDArray, output_gradients: NDArray, into: Pass | None = None
) -> Pass:
    """Send ``inputs`` (B, U) forward through weights ``layers`` (L, U, U), ``output_gradients`` (B, U) back.

    The answer is written ``into`` the arrays of ``room`` where they are given: it lasts until they are used again.
    """
    shape = (len(layers), *inputs.shape)
    passed = into or Pass(*(np.empty(shape) for _ in fields(Pass)))
    if passed.sums.shape != shape:
        raise ValueError(
            f"the room is for {passed.sums.shape}, this network needs {shape}; use room(depth, width)"
        )
    with one_thread():
        _forward(activation, layers, inputs, passed)
        _backward(layers, output_gradients, passed)
    return passed


def _forward(activation: str, layers: NDArray, inputs: NDArray, passed: Pass) -> None:
    alpha = _ALPHA.get(activation, 0.0)
    signal = inputs
    for layer, matrix in enumerate(layers):
        sums = np.matmul(signal, matrix, out=passed.sums[layer])
        passed.activations[layer], passed.slopes[layer] = activate_with_slope(activation, sums, alpha)
        signal = passed.activations[layer]


def _backward(layers: NDArray, output_gradients: NDArray, passed: Pass) -> None:
    gradients = passed.gradients
    gradients[-1] = output_gradients
    for layer in range(len(layers) - 1, 0, -1):
        np.matmul(gradients[layer] * passed.slopes[layer], layers[layer].T, out=gradients[layer - 1])


def dead_share(passed: Pass) -> NDArray:
    """Return each layer's share (L,) of dead units: their slope is 0 for every input, so they cannot learn."""
    return np.mean(~passed.slopes.any(axis=1), axis=1)


def saturated_share(passed: Pass) -> NDArray:
    """Return each layer's share (L,) of (input, unit) pairs with a slope below SATURATED_BELOW in size."""
    return np.mean(np.abs(passed.slopes) < SATURATED_BELOW, axis=(1, 2))


def histograms(values: NDArray, low: NDArray, high: NDArray, bins: int) -> NDArray:
    """Return counts (L, bins) int32 of ``values`` (L, ...) from ``low`` to ``high`` (L,).

    Values outside count in the first and the last bin.
    """
    counts = np.empty((len(values), bins), dtype=np.int32)
    factors = bins / np.where(high > low, high - low, 1.0)
    for layer, (numbers, start, factor) in enumerate(zip(values, low, factors, strict=True)):
        places = np.clip((numbers - start) * factor, 0, bins - 1).astype(np.intp)
        counts[layer] = np.bincount(places.ravel(), minlength=bins)
    return counts


def summary(passed: Pass, activation: str) -> dict[str, Any]:
    """Return what a picture of the network needs, layer by layer.

    ``<what>_mean`` and ``<what>_deviation`` (L,) of "activation" and "gradient"; ``<what>_own`` (L, bins),
    histograms between mean - 4 and mean + 4 deviations; ``histogram`` (L, bins) of the activations on one scale,
    ``range``; ``saturated`` and ``dead`` shares (L,).
    """
    low, high = _RANGES.get(activation, _POSITIVE_RANGE)
    ones = np.ones(len(passed.sums))
    answer = {
        "range": [low, high],
        "histogram": histograms(passed.activations, low * ones, high * ones, _BINS),
        "saturated": saturated_share(passed),
        "dead": dead_share(passed),
    }
    for what, values in (("activation", passed.activations), ("gradient", passed.gradients)):
        mean, deviation = np.array([(layer.mean(), layer.std()) for layer in values]).T
        answer[f"{what}_mean"], answer[f"{what}_deviation"] = mean, deviation
        answer[f"{what}_own"] = histograms(
            values, mean - _REACH * deviation, mean + _REACH * deviation, _BINS
        )
    return answer
