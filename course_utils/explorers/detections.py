"""The detection explorer of lesson 07: scores, suppression and matching, and what they do to precision and recall."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import datasets
from course_utils.explorers.engine import Explorer, Integer, Number, Preset, decimal, percent
from course_utils.explorers.models import detections as model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CROWNS_ACROSS = 11  # of a usual size stand side by side in the part that is shown large
_ROWS_A_COLUMN = 0.62
_SHRUNK = 4  # the forest of the example: 0.4 m a pixel
_FIRST_ROW, _FIRST_COLUMN, _LAST_COLUMN = 408, 250, 572  # of the shrunk meadow
# On photos, in both themes; the same as in the browser's stylesheet.
_ON_PHOTO = {"right": ("#ffd84d", "-"), "wrong": ("#ff5a4d", "--"), "missed": ("#6fd6ff", ":")}


class Detections(Explorer):
    """A picture from the air with a detector's boxes: which stay, which are right, and the precision-recall curve.

    A box stays if its score is at least ``score_at_least`` and no better box that stays overlaps it by more than
    ``overlap_at_most`` (non-maximum suppression). From the best to the worst, it is right if its IoU with a tree that
    no better box has found is at least ``iou_at_least``. Everything is computed in the browser.

    Args:
        picture: (height, width, 3) uint8. By default a meadow with made-up boxes at its real trees.
        boxes: (K, 4) left, top, right, bottom in pixels, in any order; at least one, and before suppression.
        scores: (K,), 0 to 1.
        trees: (M, 4), the boxes that people drew; at least one.
        state: ``score_at_least`` 0.01 to 0.99; ``overlap_at_most`` 0 to 1, 1 suppresses nothing; ``iou_at_least``
            0.05 to 0.95; ``box``, the one looked at, counted from 1, the best; ``left`` and ``top``, the corner of the
            part that is shown large.

    Raises:
        ValueError: an array of another shape or type, a score outside 0 to 1, a box without an area, or only some of
            the four arrays.
    """

    module = "detections"
    title = "Detections"
    hint = "Click a box, drag the picture, or drag along the curve."
    presets = (
        Preset(
            "Strict score",
            "Predict: only boxes with a score of 0.5 or more. Which of precision and recall rises, and which falls?",
            {"score_at_least": 0.5, "overlap_at_most": 0.3, "iou_at_least": 0.4},
        ),
        Preset(
            "Every hint",
            "Predict: a score of 0.05 is enough. How many of the trees are found, and how many boxes are right?",
            {"score_at_least": 0.05, "overlap_at_most": 0.3, "iou_at_least": 0.4},
        ),
        Preset(
            "No suppression",
            "Predict: all boxes stay, and one tree has many. What becomes of precision, and what of recall?",
            {"score_at_least": 0.3, "overlap_at_most": 1, "iou_at_least": 0.4},
        ),
        Preset(
            "Not a touch",
            "Predict: no two boxes may share any ground. Which trees get lost?",
            {"score_at_least": 0.3, "overlap_at_most": 0, "iou_at_least": 0.4},
        ),
        Preset(
            "Strict matching",
            "Predict: not a single box moves, but it must fit its tree with an IoU of 0.5. Where does the curve go?",
            {"score_at_least": 0.3, "overlap_at_most": 0.3, "iou_at_least": 0.5},
        ),
    )

    def __init__(
        self,
        picture: NDArray[np.uint8] | None = None,
        boxes: ArrayLike | None = None,
        scores: ArrayLike | None = None,
        trees: ArrayLike | None = None,
        **state: Any,
    ) -> None:
        """Start with the given boxes, or with the example, and the state that is given."""
        given = {"picture": picture, "boxes": boxes, "scores": scores, "trees": trees}
        missing = [name for name, value in given.items() if value is None]
        if missing and len(missing) < len(given):
            raise ValueError(f"picture, boxes, scores and trees belong together, but {missing[0]} is missing")
        self._scene = _example() if missing else _checked(picture, boxes, scores, trees)  # type: ignore[arg-type]
        scene = self._scene
        self.fields = _fields(scene)
        start = self.complete(state)
        if "box" not in state:
            start["box"] = _first_inside(scene, start["left"], start["top"])
        super().__init__(
            arrays={
                "picture": scene.picture,
                "boxes": scene.boxes,
                "scores": scene.scores,
                "trees": scene.trees,
                "view": list(scene.view),
            },
            shared="" if missing else "".join(f", {name}={name}" for name in given),
            **start,
        )

    def shares(self, **changes: Any) -> tuple[float, float, float]:
        """Return precision, recall and average precision, 0 to 1, in a state, by default the present one.

        Args:
            changes: parts of the state, such as ``score_at_least=0.5``. Precision is NaN where no box is left.
        """
        seen = _look(self._scene, self.complete(dict(self.state) | changes))
        return seen.precision, seen.recall, seen.average_precision

    def describe(self, state: Mapping[str, Any]) -> str:
        """Say how many boxes stay, what is right, wrong and missed, the three shares, and what the chosen box is."""
        seen = _look(self._scene, state)
        return f"{_count_words(seen, state)} {_share_words(seen)} {_box_words(self._scene, seen, state)}"

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Draw the part of the picture with its boxes, and precision over recall."""
        from course_utils import plotting

        seen = _look(self._scene, state)
        figure, (left, right) = plotting.figure(columns=2, width=7.8, height=2.8)
        _draw_part(left, self._scene, seen, state)
        _draw_curve(right, seen)
        return figure


# ---- the scene -----------------------------------------------------------------------------------------


class Scene:
    """What an explorer shows: the picture, the boxes with the best first, and the trees."""

    def __init__(
        self, picture: NDArray[np.uint8], boxes: ArrayLike, scores: ArrayLike, trees: ArrayLike
    ) -> None:
        """Sort the boxes by their score."""
        best_first = np.argsort(-np.asarray(scores, np.float32), kind="stable")
        self.picture = np.ascontiguousarray(picture)
        self.boxes = np.asarray(boxes, np.float32)[best_first]
        self.scores = np.asarray(scores, np.float32)[best_first]
        self.trees = np.asarray(trees, np.float32)
        self.view = _view(self.picture, self.trees)


def _view(picture: NDArray[np.uint8], trees: NDArray[np.float32]) -> tuple[int, int]:
    """Return rows and columns of the part that is shown large."""
    crown = float(np.median(np.sqrt(np.prod(trees[:, 2:] - trees[:, :2], axis=1))))
    columns = min(picture.shape[1], max(16, round(_CROWNS_ACROSS * crown)))
    return min(picture.shape[0], round(_ROWS_A_COLUMN * columns)), columns


def _first_inside(scene: Scene, left: int, top: int) -> int:
    """Return the number of the surest box, counted from 1, in the part of the picture that begins at this corner."""
    corner = np.array([left, top])
    inside = (scene.boxes[:, :2] >= corner) & (scene.boxes[:, 2:] <= corner + scene.view[::-1])
    return int(np.argmax(inside.all(axis=1))) + 1


def _fields(scene: Scene) -> dict[str, Any]:
    (height, width), (rows, columns) = scene.picture.shape[:2], scene.view
    return {
        "score_at_least": Number(default=0.3, low=0.01, high=0.99, step=0.01, label="score at least"),
        "overlap_at_most": Number(
            default=0.3,
            low=0,
            high=1,
            step=0.05,
            label="overlap at most",
            help="IoU with a better box above which a box is suppressed; 1 suppresses nothing",
        ),
        "iou_at_least": Number(
            default=0.4,
            low=0.05,
            high=0.95,
            step=0.05,
            label="fit at least",
            help="IoU with a tree from which a box is right",
        ),
        "box": Integer(
            default=1,
            low=1,
            high=max(2, len(scene.boxes)),
            log=True,
            label="look at box",
            help="1 is the surest",
        ),
        "left": Integer(default=(width - columns) // 2, low=0, high=width - columns, label="left"),
        "top": Integer(default=(height - rows) // 2, low=0, high=height - rows, label="top"),
    }


def _checked(picture: NDArray[np.uint8], boxes: ArrayLike, scores: ArrayLike, trees: ArrayLike) -> Scene:
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.shape[2:] != (3,):
        found = (
            f"{picture.dtype} {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
        )
        raise ValueError(
            f"picture must be an array (height, width, 3) of uint8, not {found}; "
            "a picture from 0 to 1 becomes one by np.uint8(255 * picture)"
        )
    corners, drawn = _checked_boxes("boxes", boxes), _checked_boxes("trees", trees)
    values = np.asarray(scores, np.float64)
    if values.shape != (len(corners),):
        raise ValueError(
            f"scores must hold one number for each of the {len(corners)} boxes, not {values.shape}"
        )
    outside = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(outside):
        raise ValueError(
            f"scores[{outside[0]}] is {values[outside[0]]:.4g}; scores lie between 0 and 1 (a logit becomes one by "
            "1 / (1 + np.exp(-logit)))"
        )
    return Scene(picture, corners, values, drawn)


def _checked_boxes(name: str, boxes: ArrayLike) -> NDArray[np.float64]:
    corners = np.asarray(boxes, np.float64)
    if corners.ndim != 2 or corners.shape[1] != 4 or not len(corners):
        raise ValueError(
            f"{name} must be an array (K, 4) of left, top, right, bottom with at least one row, not {corners.shape}"
        )
    bad = np.flatnonzero(~(np.isfinite(corners).all(axis=1) & (corners[:, 2:] > corners[:, :2]).all(axis=1)))
    if len(bad):
        raise ValueError(
            f"{name}[{bad[0]}] is {corners[bad[0]].tolist()}; right must be larger than left, "
            "and bottom larger than top"
        )
    return corners


@cache
def _example() -> Scene:
    """Return a part of a meadow, its real trees, and boxes made up around them."""
    aerial = datasets.trees()["yellowstone_meadow"]
    last_row = aerial.image.shape[0] // _SHRUNK
    place = np.s_[_SHRUNK * _FIRST_ROW : _SHRUNK * last_row, _SHRUNK * _FIRST_COLUMN : _SHRUNK * _LAST_COLUMN]
    height, width = last_row - _FIRST_ROW, _LAST_COLUMN - _FIRST_COLUMN
    fields = aerial.image[place].reshape(height, _SHRUNK, width, _SHRUNK, 3)
    trees = aerial.boxes / _SHRUNK - np.tile(np.array([_FIRST_COLUMN, _FIRST_ROW], np.float32), 2)
    middles = (trees[:, :2] + trees[:, 2:]) / 2
    trees = trees[((middles >= 0) & (middles < (width, height))).all(axis=1)]
    boxes, scores = model.stand_in(trees, height, width)
    return Scene(np.rint(fields.mean(axis=(1, 3))).astype(np.uint8), boxes, scores, trees)


# ---- what is to be seen at a state ---------------------------------------------------------------------


class _Seen(NamedTuple):
    num_asked: int  # boxes with the score
    num_shown: int  # of these, those that stay
    by: NDArray[np.int64]  # (K,), who suppresses each box
    stay: NDArray[np.int64]  # (N,), those that stay, also below the score
    verdicts: model.Verdicts

    @property
    def kinds(self) -> NDArray[np.int64]:
        """What the boxes are that are shown."""
        return self.verdicts.kind[: self.num_shown]

    @property
    def is_found(self) -> NDArray[np.bool_]:
        """Whether a tree is found by a box that is shown, (M,)."""
        by = self.verdicts.found_by
        return (by != model.NOBODY) & (by < self.num_shown)

    @property
    def precision(self) -> float:
        return float(np.mean(self.kinds == model.RIGHT)) if self.num_shown else math.nan

    @property
    def recall(self) -> float:
        return float(np.mean(self.is_found))

    @property
    def average_precision(self) -> float:
        """Of all scores, whatever the threshold."""
        return model.average_precision(self.verdicts.kind == model.RIGHT, len(self.is_found))


def _look(scene: Scene, state: Mapping[str, Any]) -> _Seen:
    by, stay, verdicts = _judged(scene, state["overlap_at_most"], state["iou_at_least"])
    num_asked = int(np.sum(scene.scores >= np.float32(state["score_at_least"])))
    return _Seen(num_asked, int(np.sum(stay < num_asked)), by, stay, verdicts)


@lru_cache(maxsize=32)
def _judged(
    scene: Scene, overlap_at_most: float, iou_at_least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], model.Verdicts]:
    by = _suppressed(scene, overlap_at_most)
    stay = np.flatnonzero(by == model.NOBODY)
    return by, stay, model.judge(scene.boxes[stay], scene.trees, iou_at_least)


@lru_cache(maxsize=32)
def _suppressed(scene: Scene, overlap_at_most: float) -> NDArray[np.int64]:
    return model.suppressors(scene.boxes, overlap_at_most)


# ---- words ---------------------------------------------------------------------------------------------


def _count_words(seen: _Seen, state: Mapping[str, Any]) -> str:
    score = decimal(state["score_at_least"])
    num_trees = len(seen.is_found)
    missed = f"{num_trees - int(seen.is_found.sum())} of {num_trees} trees missed"
    if not seen.num_shown:
        return f"No box has a score of {score} or more: {missed}."
    right, double, loose, nowhere = (int(np.sum(seen.kinds == kind)) for kind in range(4))
    wrong = (
        f"{double + loose + nowhere} wrong (double: {double}, too bad a fit: {loose}, at no tree: {nowhere})"
    )
    return (
        f"Boxes with a score of {score} or more: {seen.num_asked:,}, of which {seen.num_shown:,} stay: "
        f"{right} right, {wrong}; {missed}."
    )


def _share_words(seen: _Seen) -> str:
    found = f"recall {percent(seen.recall)}; average precision {decimal(seen.average_precision)}."
    return f"Precision {percent(seen.precision)}, {found}" if seen.num_shown else f"No precision, {found}"


def _box_words(scene: Scene, seen: _Seen, state: Mapping[str, Any]) -> str:
    box = min(state["box"], len(scene.boxes)) - 1
    start = f"Box {box + 1:,} (score {decimal(float(scene.scores[box]))})"
    if seen.by[box] != model.NOBODY:
        better = seen.by[box]
        overlap = float(model.iou(scene.boxes[box], scene.boxes[better : better + 1])[0])
        return f"{start} is suppressed: IoU {decimal(overlap)} with box {better + 1:,}."
    place = int(np.searchsorted(seen.stay, box))
    kind, tree, overlap = (getattr(seen.verdicts, name)[place].item() for name in ("kind", "tree", "overlap"))
    fit = f"IoU {decimal(overlap)}"
    if place >= seen.num_shown:
        start = f"{start} is left out; with its score asked for, it"
    if kind == model.RIGHT:
        return f"{start} is right: {fit} with its tree."
    if kind == model.DOUBLE:
        finder = seen.stay[seen.verdicts.found_by[tree]]
        return f"{start} is wrong, a double: {fit} with the tree of box {finder + 1:,}."
    if kind == model.LOOSE:
        asked = f"{decimal(state['iou_at_least'])} is asked for"
        return f"{start} is wrong, it fits too badly: IoU {decimal(overlap, 3)} with the best tree, {asked}."
    return f"{start} is wrong, at no tree: {fit} with the best one."


# ---- the still picture ---------------------------------------------------------------------------------


def _draw_part(ax: Axes, scene: Scene, seen: _Seen, state: Mapping[str, Any]) -> None:
    (rows, columns), top, left = scene.view, state["top"], state["left"]
    part = scene.picture[top : top + rows, left : left + columns]
    ax.imshow(part, extent=(left, left + columns, top + rows, top), interpolation="none")
    shown = scene.boxes[seen.stay[: seen.num_shown]]
    is_right = seen.kinds == model.RIGHT
    parts = {"right": shown[is_right], "wrong": shown[~is_right], "missed": scene.trees[~seen.is_found]}
    for name, boxes in parts.items():
        colour, line = _ON_PHOTO[name]
        _outline(ax, boxes, colour, line)
    ax.set(xticks=[], yticks=[], xlim=(left, left + columns), ylim=(top + rows, top))
    ax.set_title("right —, wrong - -, missed ···")
    ax.grid(False)


def _outline(ax: Axes, boxes: NDArray[np.float32], colour: str, line: str) -> None:
    """Draw the boxes that are in view."""
    (first, last), (lower, upper) = ax.get_xlim(), ax.get_ylim()
    in_view = (boxes[:, 2:] > (first, upper)) & (boxes[:, :2] < (last, lower))
    for left, top, right, bottom in boxes[in_view.all(axis=1)]:
        x, y = [left, right, right, left, left], [top, top, bottom, bottom, top]
        ax.plot(x, y, color=colour, linestyle=line, linewidth=2 if line == ":" else 1.3)


def _draw_curve(ax: Axes, seen: _Seen) -> None:
    from course_utils.theme import LIGHT

    is_right = seen.verdicts.kind == model.RIGHT
    precision, recall = model.precision_recall(is_right, len(seen.is_found))
    best = model.best_from_here(precision)
    ax.fill_between(recall, best, step="pre", color=LIGHT["blue"], alpha=0.15)
    ax.plot(recall[is_right], precision[is_right], color=LIGHT["blue"])
    if seen.num_shown:
        ax.plot(seen.recall, seen.precision, "o", color=LIGHT["ink"])
    ax.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="recall", ylabel="precision")
    ax.set_title(f"average precision {decimal(seen.average_precision)}")
