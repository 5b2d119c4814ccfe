"""Softmax with temperature: p_k = exp(z_k / T) / sum_j exp(z_j / T).

(Bridle 1990; the temperature after Hinton, Vinyals & Dean 2015.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


def softmax(logits: ArrayLike, temperature: float = 1.0) -> NDArray:
    """Return the probabilities of ``logits`` (..., K) at ``temperature`` > 0; the maximum goes first.

    Raises:
        ValueError: if the temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"the temperature must be positive, not {temperature}; T = 1 is the plain softmax")
    logits = np.asarray(logits, dtype=np.float64)
    powers = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def entropy_in_bits(probabilities: ArrayLike) -> float:
    """Return -sum p log2 p of ``probabilities`` (K,): from 0 (certain) to log2 K; 0 log 0 is 0."""
    p = np.asarray(probabilities, dtype=np.float64)
    present = p[p > 0]
    return float(-np.sum(present * np.log2(present)))


def gap(logits: ArrayLike) -> float:
    """Return how far the largest logit lies above the second largest; 0 in a tie."""
    second, first = np.sort(np.asarray(logits, dtype=np.float64))[-2:]
    return float(first - second)


def naive_outcome(logits: ArrayLike, temperature: float, dtype: DTypeLike = np.float32) -> str:
    """Return what the formula taken literally, without subtracting the maximum, does in ``dtype``.

    "works"; "overflow" where a power or their sum is infinite (inf / inf is NaN); "underflow" where all
    powers are 0 (0 / 0 is NaN).
    """
    with np.errstate(over="ignore"):
        powers = np.exp(np.asarray(logits, dtype=np.float64) / temperature).astype(dtype)
        total = powers.sum(dtype=dtype)
    if not np.isfinite(total):
        return "overflow"
    return "works" if total > 0 else "underflow"
