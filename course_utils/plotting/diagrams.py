"""A network as a diagram: units as circles, connections as lines, with the numbers that flow through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plotting.checks import as_numbers, names_for
from course_utils.plotting.figures import axes_or_new
from course_utils.plotting.style import SMALL_TEXT, set_texts, style
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Distances in the diagram; one is about an inch.
_RADIUS = 0.3
_LAYER_GAP = 2.2
_UNIT_GAP = 0.72
_MOST_UNITS = 8  # a larger layer shows its first and last units and dots between them
_MOST_WRITTEN_WEIGHTS = 16
_DOTS = -1  # stands for the units that are left out


def network(
    layers: Sequence[int],
    weights: Sequence[Any] | None = None,
    values: Sequence[Any] | None = None,
    layer_names: Sequence[str] | None = None,
    write_weights: bool | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a fully connected network from left to right.

    ``layers``: the number of units in each layer, inputs first, for example ``[2, 3, 1]``.
    ``weights``: for each pair of neighbouring layers an array (units before, units after), as Keras stores
    kernels. Positive ones are blue and solid, negative ones orange and dashed; the width is the magnitude. Up
    to 16 weights are written on their lines (``write_weights`` overrides).
    ``values``: for each layer the numbers in its units, (units,).
    Layers with more than 8 units are shortened; the number of units stands below.
    Raises ``ValueError`` if sizes, weights and values do not fit together.
    """
    sizes = _checked_sizes(layers)
    kernels = _checked_weights(weights, sizes)
    numbers = _checked_values(values, sizes)
    names = names_for("network", "layer_names", layer_names or [""] * len(sizes), len(sizes))
    shown = [_shown_units(size) for size in sizes]
    ax = axes_or_new(ax, min(_LAYER_GAP * len(sizes), 7.0) + 0.4, 0.8 + _UNIT_GAP * max(map(len, shown)))
    count = sum(len(before) * len(after) for before, after in zip(shown, shown[1:], strict=False))
    written = count <= _MOST_WRITTEN_WEIGHTS if write_weights is None else write_weights
    with style():
        places = [_places(units, layer) for layer, units in enumerate(shown)]
        for layer in range(len(sizes) - 1):
            _draw_connections(ax, places[layer], places[layer + 1], kernels[layer], written)
        lowest = min(y for place in places for _, y in place.values())
        for layer, place in enumerate(places):
            _draw_units(ax, place, numbers[layer])
            _write_size(ax, (_LAYER_GAP * layer, lowest), names[layer], sizes[layer])
        _finish(ax, len(sizes), lowest, title)
    return ax


def _checked_sizes(layers: Sequence[int]) -> list[int]:
    sizes = list(layers)
    if len(sizes) < 2 or any(not isinstance(size, int | np.integer) or size < 1 for size in sizes):
        raise ValueError(
            f"network: layers={layers!r}; give the number of units of at least two layers, inputs first, as "
            "whole numbers from 1 upwards, for example [2, 3, 1]."
        )
    return [int(size) for size in sizes]


def _checked_weights(weights: Sequence[Any] | None, sizes: list[int]) -> list[np.ndarray | None]:
    if weights is None:
        return [None] * (len(sizes) - 1)
    if len(weights) != len(sizes) - 1:
        raise ValueError(
            f"network: {len(weights)} weight array(s) for {len(sizes)} layers; give one for each pair of "
            f"neighbours, {len(sizes) - 1} in all, without the biases."
        )
    kernels = [as_numbers("network", f"weights[{layer}]", each, ndim=2) for layer, each in enumerate(weights)]
    for layer, kernel in enumerate(kernels):
        if kernel.shape != (sizes[layer], sizes[layer + 1]):
            raise ValueError(
                f"network: weights[{layer}] has shape {kernel.shape}; between {sizes[layer]} and "
                f"{sizes[layer + 1]} units it must be ({sizes[layer]}, {sizes[layer + 1]}). Is it transposed?"
            )
    return list(kernels)


def _checked_values(values: Sequence[Any] | None, sizes: list[int]) -> list[np.ndarray | None]:
    if values is None:
        return [None] * len(sizes)
    if len(values) != len(sizes):
        raise ValueError(
            f"network: values for {len(values)} layer(s), but there are {len(sizes)}; "
            "give one array a layer, inputs first."
        )
    numbers = [as_numbers("network", f"values[{layer}]", each, ndim=1) for layer, each in enumerate(values)]
    for layer, (each, size) in enumerate(zip(numbers, sizes, strict=True)):
        if len(each) != size:
            raise ValueError(
                f"network: values[{layer}] holds {len(each)} number(s) for {size} unit(s); give one for each."
            )
    return list(numbers)


def _shown_units(size: int) -> list[int]:
    if size <= _MOST_UNITS:
        return list(range(size))
    half = (_MOST_UNITS - 2) // 2
    return [*range(half), _DOTS, *range(size - half, size)]


def _places(units: list[int], layer: int) -> dict[int, tuple[float, float]]:
    """Return unit -> (x, y), the units of a layer from top to bottom and centred on y = 0."""
    return {
        unit: (_LAYER_GAP * layer, _UNIT_GAP * ((len(units) - 1) / 2 - place))
        for place, unit in enumerate(units)
    }


def _draw_connections(
    ax: Axes,
    before: dict[int, tuple[float, float]],
    after: dict[int, tuple[float, float]],
    kernel: np.ndarray | None,
    written: bool,
) -> None:
    largest = 1.0 if kernel is None else float(np.abs(kernel).max()) or 1.0
    pairs = [(source, target) for source in before for target in after if _DOTS not in (source, target)]
    for source, target in pairs:
        (x0, y0), (x1, y1) = before[source], after[target]
        look: dict[str, Any] = {"color": LIGHT["muted"], "linestyle": "-", "linewidth": 0.9, "alpha": 0.6}
        if kernel is not None:
            look = _look(kernel[source, target], largest)
        ax.plot([x0, x1], [y0, y1], zorder=1, **look)
        if kernel is not None and written:
            _write_weight(ax, (x0, y0), (x1, y1), kernel[source, target], list(after).index(target))


def _look(weight: float, largest: float) -> dict[str, Any]:
    """Return colour, dashes and width of a connection: the sign is told twice, the magnitude by the width."""
    share = abs(weight) / largest
    return {
        "color": LIGHT["blue" if weight >= 0 else "orange"],
        "linestyle": "-" if weight >= 0 else (0, (4, 2)),
        "linewidth": 0.5 + 3.0 * share,
        "alpha": 0.35 + 0.65 * share,
    }


def _write_weight(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], weight: float, place: int
) -> None:
    """Write a weight on its line, at a place that differs between lines that would cross in the middle."""
    part = 0.2 if place % 2 == 0 else 0.7
    ax.text(
        start[0] + part * (end[0] - start[0]),
        start[1] + part * (end[1] - start[1]),
        _short(weight),
        ha="center",
        va="center",
        fontsize=8.0,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": LIGHT["paper"], "edgecolor": "none"},
        zorder=2,
    )


def _short(value: float) -> str:
    return (
        f"{value:.2f}".rstrip("0")
        .rstrip(".")
        .replace("-0", "0" if round(value, 2) == 0 else "-0")
        .replace("-", "−")
    )


def _draw_units(ax: Axes, places: dict[int, tuple[float, float]], values: np.ndarray | None) -> None:
    from matplotlib.patches import Circle

    for unit, (x, y) in places.items():
        if unit == _DOTS:
            ax.text(x, y, "⋮", ha="center", va="center", fontsize=16, color=LIGHT["muted"])
            continue
        ax.add_patch(
            Circle((x, y), _RADIUS, facecolor=LIGHT["card"], edgecolor=LIGHT["ink"], linewidth=1.2, zorder=3)
        )
        if values is not None:
            ax.text(x, y, _short(values[unit]), ha="center", va="center", fontsize=SMALL_TEXT, zorder=4)


def _write_size(ax: Axes, lowest: tuple[float, float], name: str, size: int) -> None:
    """Write name and size of a layer below ``lowest``, the place of a unit in the bottom row."""
    text = f"{name}\n{size} unit{'s' if size > 1 else ''}".strip()
    x, y = lowest
    ax.text(x, y - _RADIUS - 0.1, text, ha="center", va="top", fontsize=SMALL_TEXT, color=LIGHT["muted"])


def _finish(ax: Axes, count: int, lowest: float, title: str) -> None:
    ax.set(
        xlim=(-0.7, _LAYER_GAP * (count - 1) + 0.7),
        ylim=(lowest - _RADIUS - 0.55, -lowest + _RADIUS + 0.1),
        aspect="equal",
    )
    set_texts(ax, title=title)
    ax.set_axis_off()
