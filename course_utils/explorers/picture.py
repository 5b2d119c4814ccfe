"""Explorers made of a matplotlib figure: what stays is drawn once, what moves is drawn on top of it (blitting)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from course_utils import theme
from course_utils.explorers.engine import Explorer
from course_utils.explorers.engine.fields import Field, plain

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# update(**state) -> (the artists that moved, one sentence that says what is seen)
Update = Callable[..., tuple[Sequence["Artist"], str]]
Build = Callable[["Axes", Mapping[str, str]], Update]

_DPI = 100
_MAX_SCALE = 2.0
_SIZE = (8.1, 3.4)  # fits beside JupyterLab's file browser on a 13-inch screen, pixel for pixel


class Picture(Explorer):
    """An explorer of your own, from a drawing function.

    Args:
        build: ``build(axes, palette)`` draws what stays and returns ``update(**state)``, which moves the
            artists that change and returns them with one sentence. It is called again when the theme changes;
            ``palette`` maps the names of ``theme.LIGHT`` to the colours of the theme.
        title: the explorer's name.
        controls: one field a control, e.g. ``{"speed": Number(default=1, low=0, high=5, label="speed")}``.
        size: width and height in inches.
        state: where the controls start.

    A matplotlib figure costs 77–90 ms a full drawing, most of it for ticks and text; only the artists that
    moved are drawn here, on a copy of the rest.
    """

    module = "picture"
    title = "Picture"

    view = traitlets.Dict({"dark": False, "scale": 1.0}).tag(sync=True)

    def __init__(
        self,
        build: Build,
        *,
        title: str,
        controls: Mapping[str, Field],
        size: tuple[float, float] = _SIZE,
        **state: Any,
    ) -> None:
        """Draw the figure once and wait for the controls."""
        self.fields, self.title = controls, title
        self._build, self._size = build, tuple(plain(tuple(size)))
        self._stage = _Stage(build, self._size, theme.LIGHT, scale=1.0)
        shared = ", build=build, title=title, controls=controls"
        shared += "" if self._size == _SIZE else f", size={self._size}"
        super().__init__(arrays={"width": round(_DPI * self._size[0])}, shared=shared, **state)
        self.observe(self._follow_view, "view")

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the picture as PNG bytes, and its sentence."""
        pixels, sentence = self._stage.show(state)
        return {"png": pixels, "sentence": sentence}

    def describe(self, state: Mapping[str, Any]) -> str:
        """Return the sentence of ``update``."""
        return self._stage.update(**state)[1]

    def draw(self, state: Mapping[str, Any]) -> Figure:
        """Return the figure drawn afresh on white."""
        return _Stage(self._build, self._size, theme.LIGHT, scale=1.0, still=state).figure

    def _follow_view(self, change: Mapping[str, Any]) -> None:
        dark, scale = bool(change["new"].get("dark")), float(change["new"].get("scale", 1.0))
        palette = theme.DARK if dark else theme.LIGHT
        self._stage = _Stage(self._build, self._size, palette, scale=min(max(scale, 1.0), _MAX_SCALE))
        self._answer()


class _Stage:
    """A persistent figure, the drawing of what stays in it, and the function that moves the rest."""

    def __init__(
        self,
        build: Build,
        size: tuple[float, float],
        palette: Mapping[str, str],
        scale: float,
        still: Mapping[str, Any] | None = None,
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=size, dpi=_DPI * scale, facecolor=palette["paper"], layout="constrained")
        self.canvas = FigureCanvasAgg(self.figure)
        axes = self.figure.add_subplot()
        _dress(axes, palette)
        self.update = build(axes, palette)
        self.background = None
        if still is not None:
            self.update(**still)

    def show(self, state: Mapping[str, Any]) -> tuple[np.ndarray, str]:
        artists, sentence = self.update(**state)
        if self.background is None:
            for artist in artists:
                artist.set_animated(True)
            self.canvas.draw()
            self.background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self.background)
        for artist in artists:
            self.figure.draw_artist(artist)
        return _png(np.asarray(self.canvas.buffer_rgba())), sentence


def _dress(axes: Axes, palette: Mapping[str, str]) -> None:
    axes.set_facecolor(palette["paper"])
    axes.grid(True, color=palette["grid"])
    axes.set_axisbelow(True)
    axes.tick_params(colors=palette["muted"])
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(palette["muted"])
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(palette["ink"])


def _png(pixels: np.ndarray) -> np.ndarray:
    """Encode (height, width, 4) uint8 as PNG; level 1 is three times faster at about the same size."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(buffer, "png", compress_level=1)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)
