"""Axes that keep the course's style for whatever is drawn on them later, outside the functions of this room.

Matplotlib reads most of its style when an artist is made, so ``ax.plot(...)`` or ``ax.set_title(...)`` in a
lesson would fall back to the global settings. Importing this module imports Matplotlib.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes

from course_utils.plotting.style import style

_STYLED = (
    "annotate",
    "bar",
    "barh",
    "errorbar",
    "fill_between",
    "hist",
    "imshow",
    "legend",
    "plot",
    "scatter",
    "set_title",
    "set_xlabel",
    "set_ylabel",
    "stem",
    "step",
    "text",
)


def _in_style(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def styled(self: Axes, *args: Any, **options: Any) -> Any:
        with style():
            return method(self, *args, **options)

    return styled


class StyledAxes(Axes):
    """Matplotlib's ``Axes``; its drawing methods read the course's style instead of the global one."""


for _name in _STYLED:
    setattr(StyledAxes, _name, _in_style(getattr(Axes, _name)))
