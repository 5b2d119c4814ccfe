"""Matrices as coloured cells: heat maps and confusion matrices.

Colour goes from the paper (zero) to blue (positive) and, where there are negative values, to orange. It is
drawn as blue or orange of growing opacity over the paper, so that zero disappears into a light as well as
into a dark page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plotting.checks import as_classes, as_numbers, names_for
from course_utils.plotting.figures import axes_or_new
from course_utils.plotting.style import SMALL_TEXT, set_texts, style
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# One hue for both themes, where cells are pixels and cannot follow the theme: at least 3.4:1 on either paper.
_RASTER_BLUE = (0.16, 0.53, 0.87)
_RASTER_ORANGE = (0.88, 0.44, 0.11)
_MOST_DRAWN_CELLS = 400
_MOST_WRITTEN_CELLS = 150
_LEVELS = 24
_WRITTEN_OPACITY = 0.55  # of the strongest cell, where text stands in cells: 4.5:1 in both themes


def heatmap(
    values: Any,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    limit: float | None = None,
    write_values: bool | None = None,
    number_format: str = ".2g",
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a matrix (R, C) as coloured cells: blue for positive, orange for negative, none for zero.

    ``limit`` is the magnitude with the full colour (by default the largest one; give it to compare several
    pictures). Values are written into the cells if there are at most 150 of them (``write_values``
    overrides); negative ones have a minus sign, so the sign never depends on colour. A larger matrix gets a
    colour scale instead.
    Raises ``ValueError`` for other shapes, values that are not finite, or a limit that is not positive.
    """
    matrix = as_numbers("heatmap", "values", values, ndim=2)
    if limit is not None and not limit > 0:
        raise ValueError(
            f"heatmap: limit={limit} must be positive; leave it out to use the largest magnitude."
        )
    full = float(limit or np.abs(matrix).max() or 1.0)
    strength = np.clip(matrix / full, -1, 1)
    written = matrix.size <= _MOST_WRITTEN_CELLS if write_values is None else write_values
    ax = axes_or_new(ax, *_size(matrix.shape, bool(row_names), written))
    with style():
        _draw_cells(ax, _WRITTEN_OPACITY * strength if written else strength)
        if written:
            _write_in_cells(ax, [[_number(value, number_format) for value in row] for row in matrix])
        else:
            _draw_scale(ax, full, signed=bool((matrix < 0).any()), as_shapes=matrix.size <= _MOST_DRAWN_CELLS)
        _name_cells(ax, matrix.shape, row_names, column_names)
        set_texts(ax, xlabel, ylabel, title)
    return ax


def _size(shape: tuple[int, int], named: bool, written: bool) -> tuple[float, float]:
    """Return a figure size in inches that gives about square cells."""
    rows, columns = shape
    side = 5.6 if written else 3.8
    cell = min(0.62, side / columns, side / rows)
    return max(3.0, columns * cell + (1.6 if named else 1.0)), max(1.6, rows * cell + 0.8)


def _number(value: float, number_format: str) -> str:
    text = format(value, number_format)
    if not text.strip("+-0.%"):
        text = format(0.0, number_format)  # what is rounded to zero has no minus
    return text.replace("-", "−")


def _draw_cells(ax: Axes, opacity: np.ndarray) -> None:
    """Fill cells by ``opacity`` (R, C), -1..1, row 0 on top; cell (r, c) is centred on (c, r)."""
    _fill(ax, opacity, as_shapes=opacity.size <= _MOST_DRAWN_CELLS)
    ax.set_aspect("equal")
    ax.tick_params(length=0)


def _fill(ax: Axes, opacity: np.ndarray, as_shapes: bool) -> None:
    rows, columns = opacity.shape
    if as_shapes:
        _draw_cells_as_shapes(ax, opacity)
    else:
        ax.imshow(_as_pixels(opacity), extent=(-0.5, columns - 0.5, rows - 0.5, -0.5), aspect="auto")
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    ax.grid(False)
    ax.spines[:].set(visible=True, color=LIGHT["grid"])


def _draw_cells_as_shapes(ax: Axes, opacity: np.ndarray) -> None:
    """Draw one shape for all cells of the same colour: the opacity comes in 24 steps."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    steps = np.round(opacity * _LEVELS).astype(int)
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    for step in np.unique(steps[steps != 0]):
        centres = np.argwhere(steps == step)[:, ::-1]
        corners = (centres[:, None, :] + square).reshape(-1, 2)
        hue = LIGHT["blue" if step > 0 else "orange"]
        shape = Path(corners, codes * len(centres))
        ax.add_patch(
            PathPatch(
                shape, facecolor=hue, alpha=abs(step) / _LEVELS, edgecolor="none", antialiased=False, zorder=1
            )
        )


def _as_pixels(opacity: np.ndarray) -> np.ndarray:
    """Return RGBA pixels (R, C, 4), 0..1: the hue says the sign."""
    hue = np.where(opacity[:, :, None] >= 0, _RASTER_BLUE, _RASTER_ORANGE)
    return np.concatenate([hue, np.abs(opacity)[:, :, None]], axis=2)


def _write_in_cells(ax: Axes, texts: Sequence[Sequence[str]], size: float = SMALL_TEXT) -> None:
    for row, column in np.ndindex(len(texts), len(texts[0])):
        ax.text(
            column,
            row,
            texts[row][column],
            ha="center",
            va="center",
            fontsize=size,
            linespacing=1.15,
            zorder=3,
        )


def _draw_scale(ax: Axes, full: float, signed: bool, as_shapes: bool) -> None:
    """Draw the colour scale at the right of the cells, made in the same way as they are."""
    scale = ax.inset_axes((1.03, 0.0, 0.035, 1.0))
    steps = np.linspace(1, -1 if signed else 0, (2 if signed else 1) * _LEVELS + 1)
    _fill(scale, steps[:, None], as_shapes)
    ends = {1.0: full, 0.0: 0.0} | ({-1.0: -full} if signed else {})
    scale.set_xticks([])
    scale.set_yticks(
        [(1 - end) * _LEVELS for end in ends], labels=[_number(end, ".3g") for end in ends.values()]
    )
    scale.yaxis.tick_right()


def _name_cells(
    ax: Axes, shape: tuple[int, int], row_names: Sequence[str] | None, column_names: Sequence[str] | None
) -> None:
    for axis, count, name, names in (
        (ax.yaxis, shape[0], "row_names", row_names),
        (ax.xaxis, shape[1], "column_names", column_names),
    ):
        if names is not None or count <= 16:
            axis.set_ticks(range(count), labels=names_for("heatmap", name, names, count))
    if column_names is not None and max(map(len, column_names)) * shape[1] > 60:
        ax.tick_params(axis="x", labelrotation=40)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def confusion_matrix(
    labels: Any,
    predictions: Any,
    class_names: Sequence[str] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each true class (row) got each prediction (column): counts, and percent of the row.

    ``labels`` and ``predictions`` are class numbers (N,). Right answers are blue and lie on the diagonal,
    errors are orange; the opacity is the share of the row. Empty cells hold a dot.
    Raises ``ValueError`` if the lengths differ or the values are not class numbers.
    """
    truth = as_classes("confusion_matrix", "labels", labels, len(np.asarray(labels)))
    guesses = as_classes("confusion_matrix", "predictions", predictions, len(truth))
    count = max(int(max(truth.max(), guesses.max())) + 1, len(class_names or ()))
    names = names_for("confusion_matrix", "class_names", class_names, count)
    counts = np.bincount(truth * count + guesses, minlength=count * count).reshape(count, count)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = float(np.clip(0.55 * count, 1.8, 5.6))
    ax = axes_or_new(ax, min(side + 1.7, 7.4), side + 1.1)
    with style():
        signs = np.where(np.eye(count, dtype=bool), 1, -1)
        _draw_cells(ax, _WRITTEN_OPACITY * signs * np.sqrt(shares))
        _write_in_cells(ax, _counts_with_shares(counts, shares), size=8.0 if count > 6 else SMALL_TEXT)
        _name_cells(ax, counts.shape, names, names)
        set_texts(ax, "predicted class", "true class", title)
    return ax


def _counts_with_shares(counts: np.ndarray, shares: np.ndarray) -> list[list[str]]:
    return [
        [f"{number}\n{100 * share:.0f} %" if number else "·" for number, share in zip(*pair, strict=True)]
        for pair in zip(counts, shares, strict=True)
    ]
