"""The stored studies: complete, and read only under their own name."""

from __future__ import annotations

from collections import Counter

import pytest

from course_utils import datasets


def test_every_network_of_lesson_07_was_trained_with_three_seeds() -> None:
    runs = datasets.study("architectures")
    seeds = Counter(
        (run["experiment"], run["name"], run.get("budget"), run.get("depth"))
        for run in runs
        if run["seed"] in (0, 1, 2)
    )
    assert set(seeds.values()) == {3}
    assert Counter(experiment for experiment, *_ in seeds) == {
        "budget": 15,
        "depth": 10,
        "kernels": 3,
        "bottleneck": 3,
        "branches": 2,
        "detection": 3,
    }


def test_shares_are_shares_and_gradients_have_a_number_a_layer() -> None:
    for run in datasets.study("architectures"):
        if run["experiment"] == "depth":
            assert all(0 <= error <= 1 for error in run["errors"])
            assert len(run["gradients"]) == run["depth"]
        elif run["experiment"] == "detection":
            assert len(run["average_precision"]) == 8
            assert all(0 < precision < 1 for precision in run["average_precision"].values())
        else:
            assert 0.5 < run["accuracy"] < 1


def test_an_unknown_study_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"no study 'depth'; choose among architectures"):
        datasets.study("depth")
