"""Activation functions and their derivatives, the twins of ``ACTIVATIONS`` in
``static/engine/arithmetic.js``.

All take ``z`` of any shape and answer float64 of the same shape. At a kink the derivative is the one from the
left, which is also what Keras answers for ReLU at 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf, expit

Function = Callable[[NDArray, float], NDArray]

NAMES = {
    "step": "step",
    "identity": "identity",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU (swish)",
    "softplus": "softplus",
}


_RANGES = {
    "step": "0 or 1",
    "identity": "all numbers",
    "sigmoid": "between 0 and 1",
    "tanh": "between −1 and 1",
    "relu": "0 and above",
    "gelu": "−0.17 and above",
    "silu": "−0.28 and above",
    "softplus": "above 0",
}


def _logistic_density(z: NDArray) -> NDArray:
    power = np.exp(-np.abs(z))  # never overflows; the density is even
    return power / (1 + power) ** 2


def _normal_density(z: NDArray) -> NDArray:
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _normal_share(z: NDArray) -> NDArray:
    return 0.5 * (1 + erf(z / np.sqrt(2)))


_VALUES: dict[str, Function] = {
    "step": lambda z, alpha: np.where(z > 0, 1.0, 0.0),
    "identity": lambda z, alpha: z,
    "sigmoid": lambda z, alpha: expit(z),
    "tanh": lambda z, alpha: np.tanh(z),
    "relu": lambda z, alpha: np.maximum(z, 0.0),
    "leaky_relu": lambda z, alpha: np.where(z > 0, z, alpha * z),
    "elu": lambda z, alpha: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0.0))),
    "gelu": lambda z, alpha: z * _normal_share(z),
    "silu": lambda z, alpha: z * expit(z),
    "softplus": lambda z, alpha: np.logaddexp(0.0, z),
}

_DERIVATIVES: dict[str, Function] = {
    "step": lambda z, alpha: np.zeros_like(z),
    "identity": lambda z, alpha: np.ones_like(z),
    "sigmoid": lambda z, alpha: _logistic_density(z),
    "tanh": lambda z, alpha: 1 - np.tanh(z) ** 2,
    "relu": lambda z, alpha: np.where(z > 0, 1.0, 0.0),
    "leaky_relu": lambda z, alpha: np.where(z > 0, 1.0, alpha),
    "elu": lambda z, alpha: np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0))),
    "gelu": lambda z, alpha: _normal_share(z) + z * _normal_density(z),
    "silu": lambda z, alpha: expit(z) + z * _logistic_density(z),
    "softplus": lambda z, alpha: expit(z),
}


def activate(name: str, z: ArrayLike, alpha: float = 0.1) -> NDArray:
    """Return the activation ``name`` (a key of NAMES) of ``z``; ``alpha`` belongs to leaky ReLU and ELU."""
    return _VALUES[name](np.asarray(z, dtype=np.float64), alpha)


def derivative(name: str, z: ArrayLike, alpha: float = 0.1) -> NDArray:
    """Return the derivative of the activation ``name`` with respect to ``z``."""
    return _DERIVATIVES[name](np.asarray(z, dtype=np.float64), alpha)


def activate_with_slope(name: str, z: NDArray, alpha: float = 0.1) -> tuple[NDArray, NDArray]:
    """Return the activation and its derivative; for GELU in half the time, because both need the same share."""
    if name == "gelu":
        share = _normal_share(z)
        return z * share, share + z * _normal_density(z)
    return activate(name, z, alpha), derivative(name, z, alpha)


def mean_output(name: str, alpha: float = 0.1) -> float:
    """Return the activation's mean over z ~ N(0, 1): 0 if zero-centred (trapezoidal rule on [-8, 8])."""
    z = np.linspace(-8, 8, 1601)
    return float(np.sum(activate(name, z, alpha) * _normal_density(z)) * (z[1] - z[0]))


def output_range(name: str, alpha: float = 0.1) -> str:
    """Return in words which outputs the activation can give; ``alpha`` in [0, 1]."""
    if name == "elu":
        return f"above −{alpha:.2f}" if alpha else "0 and above"
    if name == "leaky_relu":
        return "all numbers" if alpha else "0 and above"
    return _RANGES[name]
