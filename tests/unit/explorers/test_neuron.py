"""The neuron on points of one's own."""

from __future__ import annotations

import numpy as np

from course_utils import explorers

POINTS, LABELS = np.array([[0.0, 1.0], [3.0, 2.0], [5.0, 1.0]]), np.array([0, 1, 1])


def test_copied_line_brings_back_own_points_and_their_names() -> None:
    first = explorers.Neuron(POINTS, LABELS, names=("length", "width"), w1=2)
    line = f"explorers.Neuron.from_state({first.state!r}{first.spec['shared']})"
    again = eval(line, {"explorers": explorers, "points": POINTS, "labels": LABELS})
    assert again.state == first.state
    assert again.describe(again.state) == first.describe(first.state)
    assert again.spec["shared"] == first.spec["shared"] and "length" in line


def test_own_points_have_no_examples_about_the_gates() -> None:
    assert explorers.Neuron(POINTS, LABELS).spec["presets"] == []
    assert len(explorers.Neuron().spec["presets"]) == 4


def test_still_picture_marks_what_is_wrong() -> None:
    explorer = explorers.Neuron(POINTS, LABELS)
    for bias, wrong in ((1, [[0, 1]]), (-10, [[3, 2], [5, 1]]), (-2.5, [])):
        axes = explorer.draw({**explorer.state, "w1": 1, "w2": 0, "b": bias}).axes[0]
        marked = [marks.get_offsets().tolist() for marks in axes.collections[-2:]]
        assert marked == [wrong, wrong]
        titles = axes.get_title(loc="left") + axes.get_title()
        assert ("×: wrong" in titles) == bool(wrong)
