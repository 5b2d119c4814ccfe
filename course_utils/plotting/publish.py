"""Show a figure: an SVG image that follows the theme live, a PNG for places without HTML, alternative text."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from course_utils.plotting.style import style
from course_utils.plotting.svg_image import as_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PNG_DPI = 90
MIN_ALT_LENGTH = 20


def show(figure_or_axes: Figure | Axes, alt: str = "") -> None:
    """Display a figure (or an axes' figure) below the cell; without a notebook print its alternative text.

    ``alt`` says in a sentence or two what a reader who cannot see the picture needs to know; see ``bundle``.
    """
    from IPython import get_ipython
    from IPython.display import display

    data, metadata = bundle(figure_or_axes, alt)
    if get_ipython() is None:
        print(data["text/plain"])
    else:
        display(data, metadata=metadata, raw=True)


def bundle(figure_or_axes: Figure | Axes, alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return (data, metadata) as notebooks store them: ``text/html``, ``image/png`` (base64), ``text/plain``.

    The HTML holds one SVG image whose palette colours are CSS variables, so it changes with the theme; the
    PNG is for front ends that show no HTML. ``alt`` is in all three (for the PNG in the metadata).
    Raises ``ValueError`` if ``alt`` is not a sentence of at least 20 characters, ``TypeError`` if there is
    no figure.
    """
    alt = _checked_alt(alt)
    drawn = _figure_of(figure_or_axes)
    with style(), _fixed_layout(drawn):
        svg, png = _svg(drawn), _png(drawn)
    data = {
        "text/html": as_html(svg, alt),
        "image/png": base64.b64encode(png).decode("ascii"),
        "text/plain": alt,
    }
    return data, {"image/png": {"alt": alt}}


def _checked_alt(alt: str) -> str:
    words = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(words) < MIN_ALT_LENGTH or " " not in words:
        raise ValueError(
            f"show: alt={alt!r} does not describe the figure. Say in a sentence what is drawn and what one "
            "sees, for example show(figure, alt='The sigmoid rises from 0 to 1; it is steepest at z = 0.')."
        )
    return words


def _figure_of(figure_or_axes: Figure | Axes) -> Figure:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    drawn = figure_or_axes.get_figure() if isinstance(figure_or_axes, Axes) else figure_or_axes
    if not isinstance(drawn, Figure):
        raise TypeError(
            f"show: expected a Matplotlib Figure or Axes, got {type(figure_or_axes).__name__}. "
            "Hand over what a plotting function returned; for an array of axes, one of them or the figure."
        )
    return drawn


@contextmanager
def _fixed_layout(drawn: Figure) -> Iterator[None]:
    """Lay the figure out once for both pictures: Matplotlib would measure all texts again for each."""
    engine = drawn.get_layout_engine()
    if engine is None:
        yield
        return
    engine.execute(drawn)
    drawn.set_layout_engine("none")
    try:
        yield
    finally:
        drawn.set_layout_engine(engine)


def _svg(drawn: Figure) -> str:
    target = io.StringIO()
    drawn.savefig(target, format="svg", facecolor="none", metadata={"Date": None})
    return target.getvalue()


def _png(drawn: Figure) -> bytes:
    """Return the picture in at most 128 colours, a third of the size of the full one."""
    from PIL import Image

    raw = io.BytesIO()
    drawn.savefig(raw, format="png", dpi=PNG_DPI, pil_kwargs={"compress_level": 1})
    full = Image.open(raw).convert("RGB")
    small = full.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    target = io.BytesIO()
    small.save(target, format="png", optimize=True)
    return target.getvalue()
