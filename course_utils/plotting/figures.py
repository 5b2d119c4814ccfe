"""The way to make a figure in the course's style, without pyplot or global settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils.plotting.style import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEFAULT_WIDTH = 7.0
MAX_WIDTH = 8.9  # inches at 96 pixels each: fits the column of a notebook on a 13-inch screen
MAX_HEIGHT = 12.0


def figure(
    rows: int = 1,
    columns: int = 1,
    width: float = DEFAULT_WIDTH,
    height: float | None = None,
    **subplot_options: Any,
) -> tuple[Figure, Any]:
    """Make a figure in the course's style.

    ``width`` and ``height`` are in inches (a notebook shows 96 pixels an inch); the height defaults to 3
    for one row and 2.5 for each of several. ``subplot_options`` go to ``Figure.subplots`` (``sharex``,
    ``width_ratios``, ...).
    Returns the ``Figure`` and one ``Axes``, or an array of them like ``Figure.subplots`` does.
    Raises ``ValueError`` for sizes that do not fit a notebook.
    """
    from matplotlib.figure import Figure

    from course_utils.plotting.styled_axes import StyledAxes

    if height is None:
        height = 3.0 if rows == 1 else 2.5 * rows
    _check_size(rows, columns, width, height)
    with style():
        made = Figure(figsize=(width, height), layout="constrained")
        axes_options = {"axes_class": StyledAxes, **subplot_options.pop("subplot_kw", {})}
        return made, made.subplots(rows, columns, subplot_kw=axes_options, **subplot_options)


def _check_size(rows: int, columns: int, width: float, height: float) -> None:
    if rows < 1 or columns < 1:
        raise ValueError(
            f"figure: rows={rows}, columns={columns} holds no panel; give whole numbers from 1 upwards."
        )
    for name, inches, largest in (("width", width, MAX_WIDTH), ("height", height, MAX_HEIGHT)):
        if not 0.5 <= inches <= largest:
            raise ValueError(
                f"figure: {name}={inches} inches does not fit a notebook; choose 0.5 to {largest} "
                "(more rows of panels, or fewer panels, instead of a larger picture)."
            )


def axes_or_new(ax: Axes | None, width: float = DEFAULT_WIDTH, height: float = 3.0) -> Axes:
    """Return ``ax``, or the axes of a new figure when there is none."""
    if ax is not None:
        return ax
    return figure(width=width, height=height)[1]
