"""Distributions layer by layer: how activations or gradients grow, shrink or saturate with depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plotting.checks import as_numbers, names_for
from course_utils.plotting.figures import axes_or_new
from course_utils.plotting.style import SMALL_TEXT, set_texts, style
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 61
_RIDGE = 0.82  # height of the tallest bin; the rows are 1 apart


def histograms_by_layer(
    layers: Mapping[str, Any] | Sequence[Any],
    names: Sequence[str] | None = None,
    low: float | None = None,
    high: float | None = None,
    xlabel: str = "value",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a histogram a layer, the first on top, over one common axis, the standard deviation at the right.

    ``layers``: arrays of any shape, or a mapping name -> array. Every histogram is as tall as its fullest
    bin, so compare widths, not heights. ``low`` and ``high`` bound the axis (by default all values); what
    lies outside is not drawn, but counts in the standard deviation.
    Raises ``ValueError`` if there is no layer, a layer is empty or holds NaN, or the bounds are swapped.
    """
    named = _named_layers(layers, names)
    pooled = np.concatenate(list(named.values()))
    bounds = (float(pooled.min()) if low is None else low, float(pooled.max()) if high is None else high)
    if bounds[0] > bounds[1] or (low is not None and low == high):
        raise ValueError(
            f"histograms_by_layer: low={bounds[0]} must be below high={bounds[1]}; swap or drop them."
        )
    if bounds[0] == bounds[1]:
        bounds = (bounds[0] - 0.5, bounds[1] + 0.5)
    ax = axes_or_new(ax, height=min(0.9 + 0.42 * len(named), 8.0))
    with style():
        for row, values in enumerate(named.values()):
            _draw_ridge(ax, row, values, bounds)
        ax.set(xlim=bounds, ylim=(len(named) - 0.9, -1.0))
        ax.set_yticks(range(len(named)), labels=list(named))
        ax.tick_params(axis="y", length=0, labelcolor=LIGHT["ink"])
        for label in ax.get_yticklabels():
            label.set_verticalalignment("bottom")
        ax.grid(False, axis="y")
        ax.spines["left"].set_visible(False)
        ax.text(
            1.01, -0.75, "std", transform=ax.get_yaxis_transform(), fontsize=SMALL_TEXT, color=LIGHT["muted"]
        )
        set_texts(ax, xlabel=xlabel, title=title)
    return ax


def _named_layers(
    layers: Mapping[str, Any] | Sequence[Any], names: Sequence[str] | None
) -> dict[str, np.ndarray]:
    if len(layers) == 0:
        raise ValueError("histograms_by_layer: there is no layer; give a list with at least one array.")
    if isinstance(layers, Mapping):
        keys, arrays = [str(key) for key in layers], list(layers.values())
    else:
        default = [f"layer {number}" for number in range(1, len(layers) + 1)]
        keys, arrays = names_for("histograms_by_layer", "names", names or default, len(layers)), list(layers)
    flat = [
        as_numbers("histograms_by_layer", key, np.ravel(each), ndim=1)
        for key, each in zip(keys, arrays, strict=True)
    ]
    return dict(zip(keys, flat, strict=True))


def _draw_ridge(ax: Axes, row: int, values: np.ndarray, bounds: tuple[float, float]) -> None:
    counts, edges = np.histogram(values, bins=_BINS, range=bounds)
    heights = row - _RIDGE * counts / max(int(counts.max()), 1)
    ax.stairs(heights, edges, baseline=row, fill=True, facecolor=LIGHT["blue"], alpha=0.3, zorder=2)
    ax.stairs(heights, edges, baseline=None, color=LIGHT["blue"], linewidth=1.2, zorder=3)
    ax.axhline(row, color=LIGHT["grid"], linewidth=0.8, zorder=1)
    deviation = f"{values.std():.2g}".replace("-", "−")
    ax.text(1.01, row, deviation, transform=ax.get_yaxis_transform(), fontsize=SMALL_TEXT, va="bottom")
