"""Detection: which boxes stay after non-maximum suppression, which of them are right, and precision over recall.

Boxes are left, top, right, bottom in pixels. The browser's twin is ``static/detections_model.js``; both compute with
the same steps in double precision, so that both agree on every box.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

RIGHT, DOUBLE, LOOSE, NOWHERE = range(4)  # what a box that stays may be
TOUCHES_FROM = 0.1  # IoU from which a wrong box is at a tree, though badly
NOBODY = -1


@dataclass(frozen=True)
class Verdicts:
    """What became of the boxes that stay, the best first.

    Attributes:
        kind: RIGHT; DOUBLE, the tree is found already; LOOSE, the overlap is too small; NOWHERE, at no tree: (N,).
        tree: the number of the tree that a box has found or fits best, (N,).
        overlap: the IoU with it, (N,).
        found_by: for each tree the place in this list of the box that has found it, ``NOBODY`` if none has, (M,).
    """

    kind: NDArray[np.int64]
    tree: NDArray[np.int64]
    overlap: Array
    found_by: NDArray[np.int64]


def iou(box: ArrayLike, boxes: ArrayLike) -> Array:
    """Return the intersection over union of one box (4,) with each of ``boxes`` (K, 4): (K,)."""
    left, top, right, bottom = np.asarray(box, np.float64)
    others = np.asarray(boxes, np.float64)
    width = np.minimum(right, others[:, 2]) - np.maximum(left, others[:, 0])
    height = np.minimum(bottom, others[:, 3]) - np.maximum(top, others[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return common / ((right - left) * (bottom - top) + areas - common)


def suppressors(boxes: ArrayLike, overlap_at_most: float) -> NDArray[np.int64]:
    """Return for each box (K, 4), the best first, the box that suppresses it, ``NOBODY`` for those that stay: (K,).

    Greedy: the best box stays, and suppresses all others whose IoU with it is above ``overlap_at_most``; so does the
    best one of those that are left, and so on.
    """
    boxes = np.asarray(boxes, np.float64)
    by = np.full(len(boxes), NOBODY)
    waiting = np.arange(len(boxes))
    while len(waiting) and overlap_at_most < 1:
        best, others = waiting[0], waiting[1:]
        is_too_near = iou(boxes[best], boxes[others]) > overlap_at_most
        by[others[is_too_near]] = best
        waiting = others[~is_too_near]
    return by


def judge(boxes: ArrayLike, trees: ArrayLike, iou_at_least: float) -> Verdicts:
    """Say of each box (N, 4), the best first, whether it finds one of the trees (M, 4) that is not found yet.

    A box is right if its IoU with a tree that no better box has found is at least ``iou_at_least`` (above 0); if
    there are several such trees, it finds the one that it fits best.
    """
    boxes, trees = np.asarray(boxes, np.float64), np.asarray(trees, np.float64)
    kind, tree, overlap = np.full(len(boxes), NOWHERE), np.zeros(len(boxes), np.int64), np.zeros(len(boxes))
    found_by = np.full(len(trees), NOBODY)
    with_trees = np.stack([iou(each, boxes) for each in trees], axis=1)
    for k, overlaps in enumerate(with_trees):
        to_free = np.where(found_by == NOBODY, overlaps, 0)
        is_right = to_free.max() >= iou_at_least
        tree[k] = np.argmax(to_free if is_right else overlaps)
        overlap[k] = overlaps[tree[k]]
        if is_right:
            kind[k], found_by[tree[k]] = RIGHT, k
        elif overlap[k] >= iou_at_least:
            kind[k] = DOUBLE
        elif overlap[k] >= TOUCHES_FROM:
            kind[k] = LOOSE
    return Verdicts(kind, tree, overlap, found_by)


def precision_recall(is_right: ArrayLike, num_trees: int) -> tuple[Array, Array]:
    """Return precision and recall after each box, the best first: (N,) each."""
    hits = np.cumsum(is_right)
    return hits / np.arange(1, len(hits) + 1), hits / num_trees


def best_from_here(precision: ArrayLike) -> Array:
    """Return the best precision at this recall or a higher one, (N,)."""
    return np.maximum.accumulate(np.asarray(precision, np.float64)[::-1])[::-1]


def average_precision(is_right: ArrayLike, num_trees: int) -> float:
    """Return the area under the staircase of the best precision at each recall or a higher one, 0 to 1."""
    precision, recall = precision_recall(is_right, num_trees)
    return float(np.sum(best_from_here(precision) * np.diff(recall, prepend=0)))


def stand_in(trees: ArrayLike, height: int, width: int, seed: int = 0) -> tuple[Array, Array]:
    """Make up boxes and scores as a detector gives them, without one: up to five at each tree, and many elsewhere.

    Args:
        trees: boxes (M, 4).
        height, width: of the picture, in pixels.
        seed: of the random numbers.

    Returns:
        Boxes (K, 4) and scores (K,), 0 to 1, in any order.
    """
    random = np.random.default_rng(seed)
    trees = np.asarray(trees, np.float64)
    near = np.repeat(trees, random.integers(0, 6, len(trees)), axis=0)
    elsewhere = near - near[:, [0, 1, 0, 1]] + np.tile(random.uniform(0, (width, height), (len(near), 2)), 2)
    boxes = np.concatenate([near, elsewhere])
    sides = boxes[:, 2:] - boxes[:, :2]
    middles = (boxes[:, 2:] + boxes[:, :2]) / 2 + sides * random.normal(0, 0.16, sides.shape)
    halves = sides * np.exp(random.normal(0, 0.22, sides.shape)) / 2
    boxes = np.hstack([middles - halves, middles + halves])
    fit = np.array([iou(box, trees).max() for box in boxes])
    logits = 5 * fit - 3 + random.normal(0, 1.2, len(boxes))
    return boxes, 1 / (1 + np.exp(-logits))
