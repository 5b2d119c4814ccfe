"""A small fixed piece of work, of the kinds that lessons do: beside its processor seconds theirs are judged.

A process of its own, which keeps TensorFlow awake. A line on its standard input is answered by a line with the
processor seconds of three repetitions.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from course_utils.quiet import start_tensorflow

REPETITIONS = 3
NUM_PICTURES = 1024


def training() -> Callable[[], object]:
    """One epoch of a small convolutional network on noise; its graph is built before."""
    keras = start_tensorflow()
    from keras import layers

    rng = np.random.default_rng(0)
    pictures = rng.random((NUM_PICTURES, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, NUM_PICTURES)
    hidden = [layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(32, 3)]
    top = [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *hidden, *top])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.fit(pictures[:64], labels[:64], verbose=0)
    return lambda: model.fit(pictures, labels, batch_size=64, verbose=0)


def descent() -> None:
    """A network of two layers in NumPy: products of matrices, and as much of Python around them."""
    rng = np.random.default_rng(0)
    inputs, first, second = rng.normal(size=(64, 50)), rng.normal(size=(50, 40)), rng.normal(size=(40, 1))
    for _ in range(6_000):
        hidden = np.tanh(inputs @ first)
        error = hidden @ second - 1
        first -= 1e-5 * inputs.T @ (error @ second.T * (1 - hidden**2))
        second -= 1e-5 * hidden.T @ error


def main() -> None:
    """Answer until the standard input ends."""
    train = training()
    for _ in sys.stdin:
        seconds = []
        for _ in range(REPETITIONS):
            started = time.process_time()
            train()
            descent()
            seconds.append(time.process_time() - started)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
