"""What the lessons are executed in: an arithmetic that differs from TensorFlow's as a GPU's does, and is no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "other_arithmetic"
PROGRAM = """
import json
import numpy as np
import keras

pictures = np.random.default_rng(0).normal(size=(4, 9, 9, 3)).astype("float32")
exact = {"dense": (pictures.astype("float64") @ np.ones((3, 5))), "none": pictures @ np.zeros((3, 5))}
ways = {
    "dense": lambda: keras.ops.matmul(pictures, np.ones((3, 5), "float32")),
    "none": lambda: keras.ops.matmul(pictures, np.zeros((3, 5), "float32")),
    "convolution": lambda: keras.ops.conv(pictures, np.ones((3, 3, 3, 5), "float32")),
}
found = {name: [np.asarray(way(), "float64") for _ in range(2)] for name, way in ways.items()}
print(json.dumps({
    "repeated": {name: np.abs(one - two).max() for name, (one, two) in found.items()},
    "error": {name: np.abs(found[name][0] - exact[name]).max() for name in exact},
}))
"""


@pytest.fixture(scope="module")
def differences() -> dict[str, dict[str, float]]:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def test_no_sum_is_the_same_twice(differences):
    assert all(1e-7 < differences["repeated"][name] < 1e-3 for name in ("dense", "convolution"))


def test_what_is_lost_is_in_the_last_digits(differences):
    assert 1e-7 < differences["error"]["dense"] < 1e-4


def test_nothing_stays_nothing(differences):
    assert differences["repeated"]["none"] == differences["error"]["none"] == 0
