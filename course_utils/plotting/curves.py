"""Curves: any lines, a function with its derivative, and the history of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plotting.checks import as_numbers
from course_utils.plotting.figures import axes_or_new, figure
from course_utils.plotting.style import colour, label_line_ends, line_style, set_texts, style
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SAMPLES = 401


def lines(
    x: Any,
    series: Mapping[str, Any] | Any,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw one or several lines over the same ``x`` (shape (N,)), each named at its right end.

    ``series`` maps a name to its values (N,), or is one array (N,) without a name.
    Raises ``ValueError`` if a line's length differs from that of ``x`` or a value is not finite.
    """
    positions = as_numbers("lines", "x", x, ndim=1)
    named = series if isinstance(series, Mapping) else {"": series}
    ax = axes_or_new(ax)
    with style():
        for index, (name, values) in enumerate(named.items()):
            heights = _same_length(f"series {name!r}" if name else "series", values, positions)
            ax.plot(
                positions,
                heights,
                label=name or "_",
                color=colour(index),
                linestyle=line_style(index),
                linewidth=2,
            )
        set_texts(ax, xlabel, ylabel, title)
        ax.margins(x=0)
    label_line_ends(ax)
    return ax


def _same_length(name: str, values: Any, positions: np.ndarray) -> np.ndarray:
    heights = as_numbers("lines", name, values, ndim=1)
    if len(heights) != len(positions):
        raise ValueError(
            f"lines: {name} has {len(heights)} values but x has {len(positions)}; "
            "compute both from the same positions."
        )
    return heights


def function_with_derivative(
    function: Callable[[np.ndarray], Any],
    derivative: Callable[[np.ndarray], Any],
    low: float = -5.0,
    high: float = 5.0,
    name: str = "f(z)",
    derivative_name: str = "f′(z)",
    xlabel: str = "z",
    ax: Axes | None = None,
) -> Axes:
    """Draw a function (blue, solid) and its derivative (orange, dashed) from ``low`` to ``high``.

    Both are called once with a float array of shape (401,) and must return as many values.
    Raises ``ValueError`` for an empty interval or values that are not finite.
    """
    if not low < high:
        raise ValueError(f"function_with_derivative: low={low} must be smaller than high={high}; swap them.")
    positions = np.linspace(low, high, _SAMPLES)
    ax = axes_or_new(ax)
    with style():
        ax.axhline(0, color=LIGHT["muted"], linewidth=0.8, zorder=1)
        if low < 0 < high:
            ax.axvline(0, color=LIGHT["muted"], linewidth=0.8, zorder=1)
    return lines(
        positions, {name: function(positions), derivative_name: derivative(positions)}, xlabel=xlabel, ax=ax
    )


def history(histories: Any, metrics: Sequence[str] | None = None) -> Figure:
    """Draw how loss and metrics changed from epoch to epoch: training dashed, validation solid, a panel each.

    ``histories`` is what ``model.fit`` returned, a dict like its ``.history`` (name -> one number an
    epoch), or a dict name -> either of these, to compare several trainings by colour. ``metrics`` chooses
    and orders the panels (``["loss", "accuracy"]``); by default all that were recorded.
    Raises ``ValueError`` if nothing was recorded or a chosen metric is missing.
    """
    runs = _runs(histories)
    recorded = list(dict.fromkeys(key.removeprefix("val_") for run in runs.values() for key in run))
    chosen = list(metrics) if metrics is not None else [key for key in recorded if key != "learning_rate"]
    missing = [metric for metric in chosen if metric not in recorded]
    if missing or not chosen:
        raise ValueError(
            f"history: {missing or 'nothing'} was recorded; there is {recorded}. "
            "Name metrics in model.compile(metrics=[...]) before fit, or choose among these."
        )
    drawn, panels = figure(1, len(chosen), squeeze=False)
    for ax, metric in zip(panels[0], chosen, strict=True):
        _draw_metric(ax, metric, runs)
    return drawn


def _runs(histories: Any) -> dict[str, dict[str, np.ndarray]]:
    """Return run name -> metric -> values for all accepted forms; a single run has the empty name."""
    single = getattr(histories, "history", histories)
    if not isinstance(single, Mapping) or not single:
        raise ValueError(
            f"history: expected what model.fit returned, its .history, or a dict of several with names; "
            f"got {type(histories).__name__}{' that is empty' if single == {} else ''}. Train an epoch."
        )
    runs: dict[Any, Any] = {name: getattr(run, "history", run) for name, run in single.items()}
    if not all(isinstance(run, Mapping) for run in runs.values()):
        runs = {"": single}
    return {str(name): _metrics(run) for name, run in runs.items()}


def _metrics(run: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return metric -> values; a loss that became NaN or infinite is shown as far as it was finite."""
    values = {key: as_numbers("history", key, each, ndim=1, finite=False) for key, each in run.items()}
    return {key: np.where(np.isfinite(each), each, np.nan) for key, each in values.items()}


def _draw_metric(ax: Axes, metric: str, runs: dict[str, dict[str, np.ndarray]]) -> None:
    from matplotlib.ticker import MaxNLocator

    with style():
        for index, (name, run) in enumerate(runs.items()):
            for key, kind, dashes in ((metric, "training", "--"), (f"val_{metric}", "validation", "-")):
                if key in run:
                    epochs = np.arange(1, len(run[key]) + 1)
                    dot = "o" if len(epochs) == 1 else None
                    label = f"{name} {kind}".strip()
                    ax.plot(
                        epochs, run[key], dashes, color=colour(index), label=label, marker=dot, linewidth=2
                    )
        ax.set_title(metric.replace("_", " "))
        ax.set_xlabel("epoch")
        ax.margins(x=0)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    label_line_ends(ax)
