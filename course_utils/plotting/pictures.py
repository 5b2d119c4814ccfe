"""A grid of pictures with labels, and predictions marked right or wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plotting.figures import DEFAULT_WIDTH, MAX_HEIGHT, figure
from course_utils.plotting.style import SMALL_TEXT, style
from course_utils.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GAP = 0.1  # inches
_SHARP = 144  # pixels an inch, one and a half times an ordinary screen
_LINE = 1.3 * SMALL_TEXT / 72  # inches
_CHARACTER = 0.6 * SMALL_TEXT / 72  # inches, a generous average


def images(
    images: Any,
    labels: Sequence[Any] | None = None,
    columns: int = 8,
    predictions: Sequence[Any] | None = None,
    class_names: Sequence[str] | None = None,
    width: float = DEFAULT_WIDTH,
) -> Figure:
    """Draw pictures in a grid, pixels as they are.

    ``images``: (N, H, W), (N, H, W, 1) or (N, H, W, 3), or a list of single pictures; integers 0..255 or
    floats 0..1. Grey floats of another range are stretched from their smallest to their largest value, each
    picture by itself. ``labels`` and ``predictions``: a word or class number a picture; ``class_names``
    turns numbers into words. With both, a right prediction has a green tick; a wrong one a red cross, a
    frame, and the true label below.
    Raises ``ValueError`` for other shapes, or label counts that differ from the number of pictures.
    """
    pictures = [_picture(each, index) for index, each in enumerate(_as_sequence(images))]
    if columns < 1:
        raise ValueError(f"images: columns={columns}; give a whole number from 1 upwards.")
    columns = min(columns, len(pictures))
    captions = _captions(len(pictures), labels, predictions, class_names, _side(width, columns))
    return _draw_grid(
        [_no_finer_than(each, _side(width, columns)) for each in pictures], captions, columns, width
    )


def _as_sequence(images: Any) -> Any:
    pictures = np.asarray(images) if not isinstance(images, list | tuple) else images
    if len(pictures) == 0 or (isinstance(pictures, np.ndarray) and pictures.ndim not in (3, 4)):
        raise ValueError(
            f"images: got shape {np.shape(images)}; expected (N, H, W), (N, H, W, 1) or (N, H, W, 3). "
            "Put a single picture into a list: images([picture])."
        )
    return pictures


def _picture(picture: Any, index: int) -> np.ndarray:
    """Return one picture as uint8, (H, W) or (H, W, 3)."""
    array = np.asarray(picture)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or array.size == 0:
        raise ValueError(
            f"images: picture {index} has shape {array.shape}; expected (H, W), (H, W, 1) or (H, W, 3). "
            "Flat pixels get their shape back with .reshape(28, 28); channels belong last."
        )
    if array.dtype == np.uint8:
        return array
    return _to_bytes(array.astype(float), integer=array.dtype.kind in "iub", index=index)


def _to_bytes(values: np.ndarray, integer: bool, index: int) -> np.ndarray:
    if not np.isfinite(values).all():
        raise ValueError(
            f"images: picture {index} holds NaN or infinity; find where it arises (often a division by zero)."
        )
    low, high = float(values.min()), float(values.max())
    if integer and low >= 0 and high <= 255:
        low, high = (0.0, 255.0) if high > 1 else (0.0, 1.0)
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif values.ndim == 3:
        raise ValueError(
            f"images: colour picture {index} has values from {low:.3g} to {high:.3g}; expected integers "
            "0..255 or floats 0..1. Divide pixels by 255, or undo the standardisation first."
        )
    return np.round(255 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)


def _no_finer_than(picture: np.ndarray, inches: float) -> np.ndarray:
    """Return a large picture in the pixels that a sharp screen can show; small ones keep theirs."""
    from PIL import Image

    pixels = round(inches * _SHARP)
    if picture.shape[1] <= pixels:
        return picture
    height = max(1, round(picture.shape[0] * pixels / picture.shape[1]))
    return np.asarray(Image.fromarray(picture).resize((pixels, height), Image.Resampling.LANCZOS))


def _captions(
    count: int, labels: Any, predictions: Any, class_names: Sequence[str] | None, inches: float
) -> list[tuple[str, str]]:
    """Return (text, palette colour) below each picture."""
    truth = _words("labels", labels, count, class_names)
    guesses = _words("predictions", predictions, count, class_names)
    characters = max(6, int(inches / _CHARACTER))

    def wrap(text: str) -> str:
        return "\n".join(textwrap.wrap(text, characters)) or " "

    if guesses is None:
        return [(wrap(word), "ink") for word in truth] if truth is not None else []
    if truth is None:
        return [(wrap(word), "ink") for word in guesses]
    return [
        (wrap(f"✓ {guess}"), "green")
        if guess == word
        else (wrap(f"✗ {guess}") + "\n" + wrap(f"is {word}"), "red")
        for guess, word in zip(guesses, truth, strict=True)
    ]


def _words(name: str, values: Any, count: int, class_names: Sequence[str] | None) -> list[str] | None:
    if values is None:
        return None
    flat = np.asarray(values)
    if flat.shape != (count,):
        raise ValueError(
            f"images: {name} has shape {flat.shape} for {count} pictures; give one word or class number for "
            "each (probability rows become class numbers by .argmax(axis=1))."
        )
    if class_names is None or flat.dtype.kind not in "iu":
        return [str(value) for value in flat]
    if flat.min() < 0 or flat.max() >= len(class_names):
        raise ValueError(
            f"images: {name} has class numbers from {flat.min()} to {flat.max()}, but class_names has "
            f"{len(class_names)} names (0 to {len(class_names) - 1}). Hand over the names of this data set."
        )
    return [str(class_names[number]) for number in flat]


def _draw_grid(
    pictures: list[np.ndarray], captions: list[tuple[str, str]], columns: int, width: float
) -> Figure:
    """Place all pictures in one coordinate system in inches: many small axes would take ten times as long."""
    side = _side(width, columns)
    rows = [slice(first, first + columns) for first in range(0, len(pictures), columns)]
    talls = [side * max(picture.shape[0] / picture.shape[1] for picture in pictures[row]) for row in rows]
    tops = list(
        accumulate(
            (tall + _text_height(captions[row]) + _GAP for row, tall in zip(rows, talls, strict=True)),
            initial=_GAP,
        )
    )
    drawn, ax = figure(width=width, height=_checked_height(tops[-1], len(pictures), columns))
    drawn.set_layout_engine("none")
    ax.set_position((0, 0, 1, 1))
    ax.set_axis_off()
    with style():
        for index, picture in enumerate(pictures):
            left = _GAP + index % columns * (side + _GAP)
            top = tops[index // columns]
            caption = captions[index] if captions else None
            _draw_picture(ax, picture, (left, top, side), caption)
            if caption:
                _write_caption(ax, left + side / 2, top + talls[index // columns], caption)
    ax.set(xlim=(0, width), ylim=(drawn.get_figheight(), 0), aspect="auto")
    return drawn


def _side(width: float, columns: int) -> float:
    """Return the width of one picture in inches."""
    return (width - _GAP * (columns + 1)) / columns


def _text_height(captions: list[tuple[str, str]]) -> float:
    """Return the inches below a row of pictures that its longest caption needs."""
    return max((caption.count("\n") + 1 for caption, _ in captions), default=-0.5) * _LINE + 0.5 * _LINE


def _checked_height(height: float, count: int, columns: int) -> float:
    if height > MAX_HEIGHT:
        raise ValueError(
            f"images: {count} pictures in {columns} columns would be {height:.0f} inches high "
            f"(at most {MAX_HEIGHT:.0f}). Show fewer, images[:32], or take more columns."
        )
    return max(height, 0.5)


def _draw_picture(
    ax: Axes, picture: np.ndarray, place: tuple[float, float, float], caption: tuple[str, str] | None
) -> None:
    """Draw one picture at ``place`` (left, top, width in inches), with a strong frame if marked wrong."""
    from matplotlib.patches import Rectangle

    left, top, side = place
    high = side * picture.shape[0] / picture.shape[1]
    # Grey as three equal channels: Matplotlib's grey colour map is off by one for some values.
    pixels = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    ax.imshow(pixels, extent=(left, left + side, top + high, top), aspect="auto")
    wrong = caption is not None and caption[1] == "red"
    edge, weight = (LIGHT["red"], 2.0) if wrong else (LIGHT["grid"], 0.8)
    ax.add_patch(Rectangle((left, top), side, high, fill=False, edgecolor=edge, linewidth=weight))


def _write_caption(ax: Axes, middle: float, bottom: float, caption: tuple[str, str]) -> None:
    text, colour = caption
    ax.text(middle, bottom + 0.04, text, color=LIGHT[colour], ha="center", va="top", fontsize=SMALL_TEXT)
