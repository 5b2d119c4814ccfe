"""The style sheet of every figure: settings, colours with their line styles and markers, texts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.theme import LIGHT, LINE_STYLES, MARKERS, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

SMALL_TEXT = 9.0
TEXT = 10.0

_RC = {
    "axes.axisbelow": True,
    "axes.edgecolor": LIGHT["muted"],
    "axes.facecolor": "none",
    "axes.formatter.use_mathtext": False,
    "axes.grid": True,
    "axes.labelcolor": LIGHT["ink"],
    "axes.labelpad": 5.0,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT["ink"],
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.xmargin": 0.02,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.facecolor": LIGHT["paper"],
    "figure.titlesize": 11.0,
    "figure.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "grid.color": LIGHT["grid"],
    "grid.linewidth": 0.7,
    "image.composite_image": False,
    "image.interpolation": "none",
    "legend.fontsize": SMALL_TEXT,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.0,
    "patch.edgecolor": LIGHT["ink"],
    "savefig.bbox": None,
    "savefig.facecolor": "auto",
    "svg.fonttype": "none",
    "svg.hashsalt": "course",
    "text.color": LIGHT["ink"],
    "text.usetex": False,
    "xtick.color": LIGHT["muted"],
    "xtick.labelcolor": LIGHT["muted"],
    "xtick.labelsize": SMALL_TEXT,
    "xtick.major.size": 3.0,
    "ytick.color": LIGHT["muted"],
    "ytick.labelcolor": LIGHT["muted"],
    "ytick.labelsize": SMALL_TEXT,
    "ytick.major.size": 3.0,
}


def style() -> AbstractContextManager[Any]:
    """Return a context in which Matplotlib draws in the course's style; settings outside stay as they are."""
    import matplotlib
    from cycler import cycler

    cycle = cycler(color=[LIGHT[name] for name in SERIES], linestyle=list(LINE_STYLES))
    return matplotlib.rc_context({**_RC, "axes.prop_cycle": cycle})


def colour(index: int) -> str:
    """Return the light-theme hex of the series colour number ``index`` (they repeat after the last)."""
    return LIGHT[SERIES[index % len(SERIES)]]


def line_style(index: int) -> Any:
    """Return the line style that goes with ``colour(index)``, so that lines differ without colour too."""
    return LINE_STYLES[index % len(LINE_STYLES)]


def marker(index: int) -> str:
    """Return the marker that goes with ``colour(index)``."""
    return MARKERS[index % len(MARKERS)]


def set_texts(ax: Axes, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Write the axis labels and the title that are given, and leave the others alone."""
    for text, write in ((xlabel, ax.set_xlabel), (ylabel, ax.set_ylabel), (title, ax.set_title)):
        if text:
            write(text)


def annotate(
    ax: Axes, text: str, point: tuple[float, float], offset: tuple[float, float] = (24, 18)
) -> Annotation:
    """Write ``text`` beside ``point`` (data coordinates) with a thin line to it.

    ``offset`` is the distance of the text from the point, in points (1/72 inch), to the right and upwards.
    """
    with style():
        return ax.annotate(
            text,
            xy=point,
            xytext=offset,
            textcoords="offset points",
            ha="left" if offset[0] >= 0 else "right",
            va="bottom" if offset[1] >= 0 else "top",
            fontsize=SMALL_TEXT,
            color=LIGHT["ink"],
            arrowprops={"arrowstyle": "-", "color": LIGHT["muted"], "linewidth": 0.8, "shrinkB": 3},
        )


def label_line_ends(ax: Axes) -> None:
    """Write each labelled line's name at its right end, in its colour, moved apart where names would overlap.

    Call it once the limits of the axes are final.
    """
    ax.autoscale_view()  # Matplotlib puts it off until it draws
    points = {line: np.asarray(line.get_xydata(), dtype=float) for line in ax.get_lines()}
    finite = {line: places[np.isfinite(places).all(axis=1)] for line, places in points.items()}
    named = [line for line in finite if not str(line.get_label()).startswith("_") and len(finite[line])]
    ends = [(float(finite[line][-1, 0]), float(finite[line][-1, 1])) for line in named]
    heights = [float(ax.transData.transform(end)[1]) * 72 / ax.figure.dpi for end in ends]
    with style():
        for line, end, shift in zip(named, ends, _shifts_apart(heights), strict=True):
            ax.annotate(
                str(line.get_label()),
                xy=end,
                xytext=(6, shift),
                textcoords="offset points",
                va="center",
                fontsize=SMALL_TEXT,
                color=line.get_color(),
                annotation_clip=False,
            )


def _shifts_apart(heights: list[float], gap: float = 1.35 * SMALL_TEXT) -> list[float]:
    """Return how far each label must move (points) so that neighbours are ``gap`` apart, groups centred."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[tuple[list[int], float]] = []  # members from low to high, centre of the group
    for index in order:
        groups.append(([index], heights[index]))
        while len(groups) > 1 and _overlap(groups[-2], groups[-1], gap):
            upper, lower = groups.pop(), groups.pop()
            members = lower[0] + upper[0]
            groups.append((members, sum(heights[i] for i in members) / len(members)))
    shifts = [0.0] * len(heights)
    for members, centre in groups:
        for place, index in enumerate(members):
            shifts[index] = centre + (place - (len(members) - 1) / 2) * gap - heights[index]
    return shifts


def _overlap(lower: tuple[list[int], float], upper: tuple[list[int], float], gap: float) -> bool:
    return upper[1] - lower[1] < gap * (len(lower[0]) + len(upper[0])) / 2
