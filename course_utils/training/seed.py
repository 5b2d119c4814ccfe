"""One seed for every source of random numbers."""

from __future__ import annotations

from operator import index
from typing import SupportsIndex

import keras

LARGEST_SEED = 2**32 - 1


def set_seed(seed: SupportsIndex) -> None:
    """Seed Python, NumPy and Keras with TensorFlow, so that a run starts from the same random numbers.

    On another machine, or with another number of cores, trained numbers still differ a little: sums are
    rounded in another order.

    Args:
        seed: a whole number from 0 to 4,294,967,295, Python's or NumPy's.

    Raises:
        ValueError: ``seed`` is anything else.
    """
    try:
        number = -1 if isinstance(seed, bool) else index(seed)
    except TypeError:
        number = -1
    if not 0 <= number <= LARGEST_SEED:
        raise ValueError(
            f"seed must be a whole number from 0 to {LARGEST_SEED}, not {seed!r}; 0 is a good one"
        )
    keras.utils.set_random_seed(number)
