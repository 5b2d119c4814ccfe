"""One seed for every source of random numbers."""

from __future__ import annotations

import keras

LARGEST_SEED = 2**32 - 1


def set_seed(seed: int) -> None:
    """Seed Python, NumPy and Keras with TensorFlow, so that a run starts from the same random numbers.

    On another machine, or with another number of cores, trained numbers still differ a little: sums are
    rounded in another order.

    Args:
        seed: a whole number from 0 to 4,294,967,295.

    Raises:
        ValueError: ``seed`` is anything else.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise ValueError(
            f"seed must be a whole number from 0 to {LARGEST_SEED}, not {seed!r}; 0 is a good one"
        )
    keras.utils.set_random_seed(seed)
