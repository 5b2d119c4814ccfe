"""The toy sets: where their points lie, their balance, their seed."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import datasets

NAMES = datasets.TOY_NAMES
SHAPES = [name for name in NAMES if name not in {"and", "or", "xor"}]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("num_points", [2, 7, 300])
def test_form(name: str, num_points: int) -> None:
    points, labels = datasets.toy(name, num_points=num_points, noise=0.05, seed=1)
    assert points.shape == (num_points, 2)
    assert points.dtype == np.float32
    assert labels.shape == (num_points,)
    assert labels.dtype == np.int64
    assert set(labels) <= {0, 1}
    assert not points.flags.writeable
    assert not labels.flags.writeable
    assert np.abs(points).max() < 1.5


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_fixes_the_points(name: str) -> None:
    first, again, other = (datasets.toy(name, seed=seed) for seed in (5, 5, 6))
    assert (first.points == again.points).all()
    assert (first.labels == again.labels).all()
    assert not (first.points == other.points).all()


@pytest.mark.parametrize("name", [*SHAPES, "xor"])
def test_classes_are_balanced(name: str) -> None:
    counts = np.bincount(datasets.toy(name, num_points=101).labels)
    assert abs(int(counts[0]) - int(counts[1])) <= 1


@pytest.mark.parametrize("name", SHAPES)
def test_classes_are_mixed_in_order(name: str) -> None:
    assert 30 < np.count_nonzero(np.diff(datasets.toy(name, num_points=200).labels)) < 170


@pytest.mark.parametrize(
    ("name", "truth"), [("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("xor", [0, 1, 1, 0])]
)
def test_four_points_without_noise_are_the_truth_table(name: str, truth: list[int]) -> None:
    points, labels = datasets.toy(name, num_points=4, noise=0)
    assert points.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert labels.tolist() == truth


def test_a_line_separates_the_line_set_with_its_gap() -> None:
    points, labels = datasets.toy("line", num_points=500)
    distance = (points[:, 1] - 0.5 * points[:, 0] - 0.1) / np.hypot(1, 0.5)
    assert ((distance > 0) == labels).all()
    assert np.abs(distance).min() > 0.0499
    assert np.abs(points).max() <= 1


def test_the_usual_noise_can_be_said_too() -> None:
    assert (datasets.toy("moons").points == datasets.toy("moons", noise=0.1).points).all()
    assert (datasets.toy("spiral").points == datasets.toy("spiral", noise=0.03).points).all()


def test_circles_have_their_radii() -> None:
    points, labels = datasets.toy("circles", noise=0)
    np.testing.assert_allclose(np.hypot(*points.T), np.where(labels == 0, 1, 0.5), rtol=1e-6)


def test_moons_lie_in_their_box_and_are_each_other_turned() -> None:
    points, labels = datasets.toy("moons", num_points=1000, noise=0)
    assert (np.abs(points) <= [1 + 1e-6, 0.5 + 1e-6]).all()
    upright = np.where(labels[:, np.newaxis] == 0, points, -points)
    centre = np.array([-1 / 3, -1 / 6])
    np.testing.assert_allclose(np.hypot(*(upright - centre).T), 2 / 3, rtol=1e-5)


def test_blobs_sit_on_their_centres_and_spread_by_the_noise() -> None:
    points, labels = datasets.toy("blobs", num_points=4000, noise=0.2, num_classes=4)
    for label in range(4):
        heap = points[labels == label]
        np.testing.assert_allclose(np.hypot(*heap.mean(axis=0)), 0.7, atol=0.03)
        np.testing.assert_allclose(heap.std(axis=0), 0.2, atol=0.02)


def test_spiral_arms_are_each_other_turned() -> None:
    points, labels = datasets.toy("spiral", num_points=300, noise=0, num_classes=3)
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    winding = np.exp(1j * (angle - 2 * np.pi * (radius + labels / 3)))
    np.testing.assert_allclose(winding, 1, atol=1e-4)
    assert np.bincount(labels).tolist() == [100, 100, 100]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name": "star"},
            r"no toy set 'star'; there are: blobs, moons, circles, spiral, line, and, or, xor",
        ),
        ({"name": "moons", "num_points": 1}, "num_points must be at least 2"),
        ({"name": "moons", "noise": -0.1}, "noise must be 0 or a positive number"),
        ({"name": "moons", "noise": float("nan")}, "noise must be 0 or a positive number"),
        ({"name": "moons", "num_classes": 3}, "'moons' has 2 classes; only blobs and spiral can have 3"),
        ({"name": "blobs", "num_classes": 1}, "num_classes must be at least 2"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        datasets.toy(**arguments)


def test_repr_is_short() -> None:
    assert repr(datasets.toy("moons")) == "points (200, 2) float32, labels (200,), 2 classes"
