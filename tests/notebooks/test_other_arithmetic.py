"""What the lessons are executed in: sums that differ from this machine's as those of another do, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.cli.installation import ROOT
from tests.notebooks import core_types

FOLDER = Path(__file__).parent / "other_arithmetic"
KERAS = """
import json
import numpy as np
import keras

pictures = np.random.default_rng(0).normal(size=(4, 9, 9, 3)).astype("float32")
exact = {"dense": pictures.astype("longdouble") @ np.ones((3, 5)), "none": pictures @ np.zeros((3, 5))}
ways = {
    "dense": lambda: keras.ops.matmul(pictures, np.ones((3, 5), "float32")),
    "none": lambda: keras.ops.matmul(pictures, np.zeros((3, 5), "float32")),
    "convolution": lambda: keras.ops.conv(pictures, np.ones((3, 3, 3, 5), "float32")),
}
found = {name: [np.asarray(way(), "float64") for _ in range(2)] for name, way in ways.items()}
print(json.dumps({
    "repeated": {name: np.abs(one - two).max() for name, (one, two) in found.items()},
    "error": {name: float(np.abs(found[name][0] - exact[name]).max()) for name in exact},
}))
"""
NUMPY = """
import json
import numpy as np

rng = np.random.default_rng(0)
stack, matrix, vector = rng.normal(size=(6, 50, 50)), rng.normal(size=(50, 50)), rng.normal(size=50)


def multiplied_in_place(a, b):
    a = a.copy()
    a @= b
    return a


def put_elsewhere(a, b):
    place = np.zeros((50, 6, 50), a.dtype).swapaxes(0, 1)[::-1]
    assert np.matmul(a, b, out=place) is place
    return place


ways = {
    "@": lambda a, b, v: a @ b,
    "@ backwards": lambda a, b, v: a[:, ::2, ::-1] @ b.T,
    "@ with a vector": lambda a, b, v: a @ v,
    "two vectors": lambda a, b, v: np.array([v @ column for column in b.T]),
    "@=": lambda a, b, v: multiplied_in_place(a[0], b),
    "matmul, out": lambda a, b, v: put_elsewhere(a, b),
    "dot": lambda a, b, v: np.dot(a[0], b),
    "inner": lambda a, b, v: np.inner(a[0], b),
    "tensordot": lambda a, b, v: np.tensordot(a, b, axes=1),
    "einsum": lambda a, b, v: np.einsum("nij,jk->nik", a, b),
}


def study(way, kind):
    exact = way(*[array.astype("longdouble") for array in (stack, matrix, vector)])
    runs = [way(*[array.astype(kind) for array in (stack, matrix, vector)]) for _ in range(60)]
    unit = np.finfo(kind).eps * np.abs(exact).max()
    return {
        "like the usual": all(run.dtype == kind and run.shape == exact.shape for run in runs),
        "repeated": float(max(np.abs(run - runs[0]).max() for run in runs) / unit),
        "error": float(max(np.abs(run - exact).max() for run in runs) / unit),
    }


whole, halves = rng.integers(-99, 99, size=(40, 40)) / 1.0, rng.integers(-99, 99, size=(40, 40)) / 2
print(json.dumps({
    "sums": {f"{name}, {kind}": study(way, kind) for name, way in ways.items() for kind in ("float32", "float64")},
    "exact": {
        "zeros": bool((matrix @ np.zeros((50, 3)) == 0).all()),
        "whole numbers and halves": bool((whole @ halves == (2 * halves.T @ whole.T).T / 2).all()),
        "whole numbers of Python": np.dot([[1, 2]], [3, 4]).tolist() == [11],
        "one number": bool((np.outer(vector, vector) == vector[:, None] @ vector[None]).all()),
        "a number by a matrix": bool((np.dot(2.0, matrix) == 2 * matrix).all()),
        "nothing to add": (np.ones((2, 0)) @ np.ones((0, 3))).tolist() == [[0.0] * 3] * 2,
    },
}))
"""


def answer(program: str) -> dict[str, dict]:
    """What a program prints that runs in the other arithmetic."""
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def in_keras() -> dict[str, dict]:
    return answer(KERAS)


@pytest.fixture(scope="module")
def in_numpy() -> dict[str, dict]:
    return answer(NUMPY)


def test_no_sum_of_keras_is_the_same_twice(in_keras):
    assert all(1e-7 < in_keras["repeated"][name] < 1e-3 for name in ("dense", "convolution"))


def test_what_keras_loses_is_in_the_last_digits(in_keras):
    assert 1e-7 < in_keras["error"]["dense"] < 1e-4


def test_nothing_stays_nothing_in_keras(in_keras):
    assert in_keras["repeated"]["none"] == in_keras["error"]["none"] == 0


def test_sums_of_numpy_differ_in_the_last_digits(in_numpy):
    """In units of the last place of the largest result; an error of a wrong order would be millions of them."""
    wrong = {name: found for name, found in in_numpy["sums"].items() if not 0.2 < found["repeated"] < 20}
    assert wrong == {}
    assert {name: found for name, found in in_numpy["sums"].items() if found["error"] > 20} == {}


def test_products_of_numpy_have_their_usual_kind_and_shape(in_numpy):
    assert [name for name, found in in_numpy["sums"].items() if not found["like the usual"]] == []


def test_what_is_exact_on_every_machine_stays_exact(in_numpy):
    assert [name for name, holds in in_numpy["exact"].items() if not holds] == []


def test_lessons_are_also_executed_as_by_another_processor():
    environment = core_types.another()
    if not environment:
        pytest.skip("NumPy has no OpenBLAS for several kinds of processors here")
    program = "from tests.notebooks import core_types; print(core_types.own())"
    command = [sys.executable, "-c", program]
    answer = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert answer.stdout.strip() == environment[core_types.VARIABLE] != core_types.own()


@pytest.mark.parametrize(
    ("own", "features", "another"),
    [
        ("SkylakeX", {"SSE42", "AVX2", "AVX512_SKX"}, {core_types.VARIABLE: "Haswell"}),
        ("Haswell", {"SSE42", "AVX2"}, {core_types.VARIABLE: "Nehalem"}),
        ("Zen", {"SSE42", "AVX2"}, {core_types.VARIABLE: "Nehalem"}),
        ("Nehalem", {"SSE42"}, {}),
        ("neoversen1", set(), {}),
        (None, {"SSE42", "AVX2"}, {}),
    ],
)
def test_the_other_processor_is_one_that_this_can_play(monkeypatch, own, features, another):
    monkeypatch.setattr(core_types, "own", lambda: own)
    known = {feature: feature in features for feature in core_types.NEEDS.values()}
    monkeypatch.setattr(core_types, "__cpu_features__", known)
    assert core_types.another() == another
