"""A path keeps its shape and loses the points that nobody can see."""

import re

import numpy as np
import pytest

from course_utils.plotting.svg_paths import FINEST, lighter


def written(points):
    return "M " + " L ".join(f"{x:.2f} {y:.2f}" for x, y in points) + " "


def read(path):
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return np.array(numbers).reshape(-1, 2)


def distance_to_path(point, corners):
    starts, along = corners[:-1], np.diff(corners, axis=0)
    shares = np.clip(((point - starts) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
    return np.hypot(*(starts + shares[:, None] * along - point).T).min()


def test_points_on_a_straight_line_go():
    assert lighter("M 0 0 L 1 1 L 2 2 L 5 5 L 5 0 ") == "M0 0 5 5 5 0"


@pytest.mark.parametrize("seed", range(3))
def test_no_point_moves_away_from_the_curve(seed):
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 300, 200)
    points = np.column_stack([x, 50 * np.sin(x / 40) + rng.normal(0, seed, size=200)]).round(2)
    kept = read(lighter(written(points)))
    assert np.array_equal(kept[[0, -1]], points[[0, -1]])
    assert max(distance_to_path(point, kept) for point in points) < FINEST + 0.01


def test_a_smooth_curve_loses_most_of_its_points():
    x = np.linspace(0, 300, 1000)
    assert len(read(lighter(written(np.column_stack([x, 50 * np.sin(x / 40)]))))) < 150


def test_pieces_and_closed_outlines_stay_apart():
    assert lighter("M 0 0 L 1 0 L 2 0 L 2 2 z M 5 5 L 6 6 L 7 7 ") == "M0 0 2 0 2 2zM5 5 7 7"


def test_an_outline_that_returns_to_its_start_keeps_its_corners():
    assert lighter("M 0 0 L 4 0 L 4 4 L 0 4 L 0 0 z") == "M0 0 4 0 4 4 0 4 0 0z"


@pytest.mark.parametrize("path", ["M 0 3 C 0.8 3 1.56 2.68 2.12 2.12 z", "M 0 0 Q 1 1 2 0", ""])
def test_curves_stay_as_they_are(path):
    assert lighter(path) == path
