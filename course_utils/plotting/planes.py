"""Points in the plane, and the regions into which a classifier divides it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plotting.checks import as_classes, as_points, names_for
from course_utils.plotting.figures import axes_or_new
from course_utils.plotting.style import colour, marker, set_texts, style
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GRID = 97
_PLANE_SIZE = (5.6, 4.2)


def scatter(
    points: Any,
    labels: Any | None = None,
    class_names: Sequence[str] | None = None,
    xlabel: str = "x₁",
    ylabel: str = "x₂",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw points (N, 2); each class (``labels``, (N,) numbers from 0) has its own marker and colour.

    Raises ``ValueError`` for other shapes, labels that are not class numbers, or too few class names.
    """
    places = as_points("scatter", points)
    classes = as_classes(
        "scatter", "labels", np.zeros(len(places)) if labels is None else labels, len(places)
    )
    names = names_for("scatter", "class_names", class_names, max(classes.max() + 1, len(class_names or ())))
    ax = axes_or_new(ax, *_PLANE_SIZE)
    with style():
        for number in np.unique(classes):
            chosen = places[classes == number]
            ax.scatter(
                chosen[:, 0],
                chosen[:, 1],
                s=_marker_area(len(places)),
                c=_class_colour(number, len(names)),
                marker=marker(number),
                edgecolors=LIGHT["paper"],
                linewidths=0.6,
                label=names[number] if class_names else f"class {number}",
                zorder=3,
            )
        set_texts(ax, xlabel, ylabel, title)
        if labels is not None:
            ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0.2, borderaxespad=0.2)
    return ax


def _class_colour(number: int, count: int) -> str:
    """Of two classes the positive one is blue, as everything positive is in heat maps, networks and explorers."""
    return colour(1 - number) if count == 2 else colour(number)


def _marker_area(count: int) -> float:
    """Return the marker's area in square points: smaller where there are many."""
    return float(np.clip(7000 / count, 10, 42))


def decision_regions(
    predict: Callable[[np.ndarray], Any],
    points: Any,
    labels: Any,
    class_names: Sequence[str] | None = None,
    threshold: float = 0.5,
    mark_wrong: bool = False,
    xlabel: str = "x₁",
    ylabel: str = "x₂",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Colour the plane by what ``predict`` answers, with the labelled points (N, 2) on top, a marker a class.

    ``predict`` gets float32 points (M, 2) and returns class numbers (integers, (M,)), the probability of
    class 1 ((M,) or (M, 1), compared with ``threshold``; use 0 for logits), or a score for every class (M,
    C).
    With ``mark_wrong``, points whose class is not the one that ``predict`` answers get a red ring and a cross.
    Raises ``ValueError`` if the answer has another shape or is not finite.
    """
    places = as_points("decision_regions", points)
    ax = axes_or_new(ax, *_PLANE_SIZE)
    across, up = (_stretched(places[:, column]) for column in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    scores = _class_scores(
        predict(grid.reshape(-1, 2).astype(np.float32)), grid.shape[0] * grid.shape[1], threshold
    )
    scores = scores.reshape(*grid.shape[:2], -1)
    with style():
        for number in range(scores.shape[2]):
            _draw_region(ax, across, up, _margin(scores, number), _class_colour(number, scores.shape[2]))
    scatter(places, labels, class_names, xlabel, ylabel, title, ax=ax)
    if mark_wrong:
        answers = _class_scores(predict(places.astype(np.float32)), len(places), threshold).argmax(axis=1)
        _mark(ax, places[answers != np.asarray(labels)])
    ax.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    ax.grid(False)
    return ax


def _mark(ax: Axes, places: np.ndarray) -> None:
    """Draw a red ring and a cross: in the dark theme red about orange is hardly seen."""
    x, y = places.T
    ax.scatter(x, y, s=90, facecolors="none", edgecolors=LIGHT["red"], linewidths=1.8, zorder=4)
    ax.scatter(x, y, s=9, marker="x", c=LIGHT["paper"], linewidths=1.4, zorder=4)


def _stretched(values: np.ndarray) -> np.ndarray:
    margin = 0.12 * (np.ptp(values) or 1.0)
    return np.linspace(values.min() - margin, values.max() + margin, _GRID)


def _class_scores(answer: Any, count: int, threshold: float) -> np.ndarray:
    """Return a score for every class, (M, C), of which the largest wins."""
    scores = np.asarray(answer)
    if scores.shape == (count, 1):
        scores = scores[:, 0]
    if scores.shape[:1] != (count,) or scores.ndim > 2:
        raise ValueError(
            f"decision_regions: predict answered with shape {scores.shape} for {count} points; expected "
            f"({count},), ({count}, 1) or ({count}, number of classes). It must treat all rows at once."
        )
    if scores.dtype.kind in "biu" and scores.ndim == 1:
        return np.eye(max(int(scores.max()) + 1, 2))[scores.astype(int)]
    if not np.isfinite(scores).all():
        raise ValueError(
            "decision_regions: predict answered with NaN or infinity; look at the model's weights."
        )
    return np.stack([threshold - scores, scores - threshold], axis=1) if scores.ndim == 1 else scores


def _margin(scores: np.ndarray, number: int) -> np.ndarray:
    """Return by how much class ``number`` leads the best other class: positive inside its region."""
    others = np.delete(scores, number, axis=2)
    return scores[:, :, number] - others.max(axis=2)


def _draw_region(ax: Axes, across: np.ndarray, up: np.ndarray, margin: np.ndarray, shade: str) -> None:
    if margin.max() < 0:
        return
    top = max(float(margin.max()), 1e-9) * 2
    ax.contourf(across, up, margin, levels=[0, top], colors=[shade], alpha=0.18, zorder=1)
    if margin.min() < 0 < margin.max():
        ax.contour(across, up, margin, levels=[0], colors=[LIGHT["muted"]], linewidths=1.0, zorder=2)
