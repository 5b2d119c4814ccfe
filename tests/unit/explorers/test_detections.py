"""The detection explorer: its model against the lesson's own functions and brute force, its words, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course_utils.explorers.detections import Detections
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import detections as model

LESSON = Path(__file__).resolve().parents[3] / "notebooks" / "07_cnn_architectures.ipynb"
MEADOW = np.zeros((40, 60, 3), np.uint8)


def scene(seed: int, num_boxes: int = 150, num_trees: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes, the best first, their scores, and trees: crowded, on half pixels, so that many IoUs are equal."""
    rng = np.random.default_rng(seed)

    def boxes(count: int) -> np.ndarray:
        corners = rng.integers(0, 120, (count, 2)) / 2
        return np.hstack([corners, corners + rng.integers(4, 30, (count, 2)) / 2])

    return boxes(num_boxes), np.sort(rng.random(num_boxes))[::-1], boxes(num_trees)


@pytest.fixture(scope="module")
def lesson() -> dict[str, Any]:
    """The functions of the lesson that say the same."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    scope: dict[str, Any] = {"np": np}
    for name in ("iou-solution", "nms-solution", "detect", "average-precision"):
        exec(sources[name].partition("\n\n\nexercises.check")[0], scope)
    return scope


def test_iou_counts_pixels() -> None:
    boxes, _, _ = scene(0, 40)
    painted = np.zeros((40, 120, 120), bool)
    for each, box in zip(painted, boxes, strict=True):
        left, top, right, bottom = np.minimum(2 * box, 120).astype(int)
        each[top:bottom, left:right] = True
    inside = (boxes[:, 2:] <= 60).all(axis=1)
    for i in np.flatnonzero(inside):
        common = (painted & painted[i]).sum(axis=(1, 2))
        either = (painted | painted[i]).sum(axis=(1, 2))
        np.testing.assert_allclose(model.iou(boxes[i], boxes)[inside], (common / either)[inside])


@pytest.mark.parametrize("overlap_at_most", [0, 0.1, 0.3, 0.5, 0.8, 1])
def test_suppression_is_the_lessons(lesson: dict[str, Any], overlap_at_most: float) -> None:
    for seed in range(5):
        boxes, scores, _ = scene(seed)
        by = model.suppressors(boxes, overlap_at_most)
        expected = lesson["non_maximum_suppression_solution"](boxes, scores, overlap_at_most)
        assert np.flatnonzero(by == model.NOBODY).tolist() == expected.tolist()


def test_a_suppressed_box_names_the_best_of_those_that_suppress_it() -> None:
    boxes, _, _ = scene(1)
    by = model.suppressors(boxes, 0.2)
    for box in np.flatnonzero(by != model.NOBODY):
        stays = [
            i for i in range(box) if by[i] == model.NOBODY and model.iou(boxes[i], boxes[[box]])[0] > 0.2
        ]
        assert by[box] == stays[0]


@pytest.mark.parametrize("iou_at_least", [0.05, 0.2, 0.4, 0.7, 0.95])
def test_matching_and_average_precision_are_the_lessons(lesson: dict[str, Any], iou_at_least: float) -> None:
    for seed in range(5):
        boxes, _, trees = scene(seed)
        verdicts = model.judge(boxes, trees, iou_at_least)
        is_right = verdicts.kind == model.RIGHT
        assert (is_right == lesson["is_right"](boxes, trees, iou_at_least)).all()
        precision, recall = model.precision_recall(is_right, len(trees))
        area = lesson["average_precision"](precision, recall)
        assert model.average_precision(is_right, len(trees)) == pytest.approx(area)


def test_average_precision_is_the_mean_of_the_best_precision_from_each_find_on() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        is_right = rng.random(50) < rng.random()
        precision = [is_right[: k + 1].mean() for k in range(50)]
        finds = [max(precision[k:]) for k in np.flatnonzero(is_right)]
        assert model.average_precision(is_right, 60) == pytest.approx(sum(finds) / 60)


def test_verdicts_say_why_a_box_is_wrong() -> None:
    tree = [[10.0, 10, 20, 20]]
    boxes = [[10, 10, 20, 20], [10, 10, 20, 19], [15, 10, 25, 20], [19, 10, 29, 20], [40, 0, 50, 9]]
    verdicts = model.judge(boxes, tree, 0.5)
    assert verdicts.kind.tolist() == [model.RIGHT, model.DOUBLE, model.LOOSE, model.NOWHERE, model.NOWHERE]
    np.testing.assert_allclose(verdicts.overlap, [1, 0.9, 1 / 3, 1 / 19, 0])
    assert verdicts.found_by.tolist() == [0]


def test_a_score_can_be_asked_for_before_or_after_suppression(lesson: dict[str, Any]) -> None:
    """So the explorer suppresses once, and the score only cuts the list; the lesson asks for the score first."""
    boxes, scores, trees = scene(4)
    explorer = Detections(MEADOW, boxes, scores, trees)
    for score in (0.05, 0.3, 0.6, 0.9):
        kept = scores.astype(np.float32) >= np.float32(score)
        stay = lesson["non_maximum_suppression_solution"](boxes[kept], scores[kept], 0.3)
        right = lesson["is_right"](boxes[kept][stay], trees)
        precision, recall, _ = explorer.shares(score_at_least=score)
        assert (precision, recall) == pytest.approx((right.mean(), right.sum() / len(trees)))


def test_boxes_may_come_in_any_order() -> None:
    boxes, scores, trees = scene(6)
    order = np.random.default_rng(0).permutation(len(boxes))
    first, second = (
        Detections(MEADOW, boxes, scores, trees),
        Detections(MEADOW, boxes[order], scores[order], trees),
    )
    assert first.describe(first.state) == second.describe(second.state)


def test_stand_ins_are_boxes_with_scores() -> None:
    _, _, trees = scene(7)
    boxes, scores = model.stand_in(trees, 60, 60)
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert len(boxes) == len(scores) > len(trees)
    assert 0 < scores.min() < scores.max() < 1


# ---- words ---------------------------------------------------------------------------------------------

TREES = [[10.0, 10, 20, 20], [40, 10, 50, 20]]
BOXES = [[10.0, 10, 20, 20], [11, 10, 21, 20], [14, 10, 24, 20], [38, 10, 48, 20], [0, 30, 8, 38]]
SCORES = [0.9, 0.8, 0.7, 0.6, 0.2]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "Boxes with a score of 0.30 or more: 4, of which 2 stay: 2 right, 0 wrong (double: 0,"),
        ({}, "; 0 of 2 trees missed. Precision 100 %, recall 100 %; average precision 1.00."),
        ({"box": 1}, "Box 1 (score 0.90) is right: IoU 1.00 with its tree."),
        ({"box": 2}, "Box 2 (score 0.80) is suppressed: IoU 0.82 with box 1."),
        ({"box": 2, "overlap_at_most": 1}, "Box 2 (score 0.80) is wrong, a double: IoU 0.82 with the tree of box 1."),
        ({"overlap_at_most": 1}, "4 stay: 2 right, 2 wrong (double: 2, too bad a fit: 0, at no tree: 0)"),
        ({"overlap_at_most": 1}, "Precision 50 %, recall 100 %; average precision 0.75."),
        (
            {"box": 4, "iou_at_least": 0.7},
            "Box 4 (score 0.60) is wrong, it fits too badly: IoU 0.667 with the best tree, 0.70 is asked for.",
        ),
        (
            {"box": 5},
            "Box 5 (score 0.20) is left out; with its score asked for, it is wrong, at no tree: IoU 0.00 with the best",
        ),
        ({"box": 5, "score_at_least": 0.2}, "Box 5 (score 0.20) is wrong, at no tree: IoU 0.00 with the best one."),
        ({"score_at_least": 0.95}, "No box has a score of 0.95 or more: 2 of 2 trees missed. No precision, recall 0 %"),
    ],
)  # fmt: skip
def test_the_sentence_of_a_small_scene(state: dict[str, Any], words: str) -> None:
    explorer = Detections(MEADOW, BOXES, SCORES, TREES)
    assert words in explorer.describe(explorer.complete(state))


def test_the_still_picture_shows_a_state_without_boxes() -> None:
    explorer = Detections(MEADOW, BOXES, SCORES, TREES, score_at_least=0.95)
    assert len(explorer.draw(explorer.state).axes) == 2


def test_a_single_box_and_a_small_picture_will_do() -> None:
    explorer = Detections(MEADOW[:12, :12], [[1, 1, 6, 6]], [1], [[1, 1, 6, 7]])
    assert explorer.fields["left"].high == 0
    assert "Precision 100 %, recall 100 %" in explorer.describe(explorer.complete({"box": 2}))


# ---- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"picture": MEADOW / 255},
            r"uint8, not float64 \(40, 60, 3\); a picture from 0 to 1 becomes one by",
        ),
        ({"picture": MEADOW[..., 0]}, r"\(height, width, 3\) of uint8"),
        ({"picture": [[1]]}, "not list"),
        ({"boxes": np.zeros((3, 5))}, r"boxes must be an array \(K, 4\) .* not \(3, 5\)"),
        ({"boxes": np.zeros((0, 4))}, "at least one row"),
        (
            {"boxes": [[0, 0, 5, 5], [5, 5, 5, 9]] + BOXES[:3]},
            r"boxes\[1\] is .*; right must be larger than left",
        ),
        ({"trees": [[0, 0, np.nan, 5]]}, r"trees\[0\]"),
        ({"trees": np.zeros((0, 4))}, r"trees must be .* at least one row"),
        ({"scores": [0.5]}, "one number for each of the 5 boxes"),
        ({"scores": [0.9, 0.8, 1.2, 0.1, 0]}, r"scores\[2\] is 1.2; scores lie between 0 and 1"),
        ({"scores": [0.9, np.nan, 0.2, 0.1, 0]}, r"scores\[1\]"),
        ({"trees": None}, "belong together, but trees is missing"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changed: dict[str, Any], words: str) -> None:
    given = {"picture": MEADOW, "boxes": BOXES, "scores": SCORES, "trees": TREES}
    with pytest.raises(ValueError, match=words):
        Detections(**(given | changed))


def test_a_part_outside_of_the_picture_is_refused() -> None:
    with pytest.raises(StateError, match="left"):
        Detections(MEADOW, BOXES, SCORES, TREES, left=500)
