"""Photographs of any size as the networks' input."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray


def preprocess(photo: NDArray[np.uint8], size: int = 224, crop: float = 0.875) -> NDArray[np.float32]:
    """Return the middle of a photo, size x size pixels, as a batch of one: what the network gets to see.

    As in the published evaluation, the middle is the central square, ``crop`` times as wide as the photo's
    shorter side, resized bicubically with antialiasing. Colours stay from 0 to 255, because the models scale
    them. ``preprocess(photo)[0] / 255`` is the picture to lay a heat map on.

    Args:
        photo: (height, width, 3) uint8, RGB.
        size: width and height wanted, in pixels.
        crop: share of the shorter side, above 0 to 1; 1 where the subject fills the picture.

    Returns:
        (1, size, size, 3) float32, 0 to 255. For several photos: ``np.concatenate([preprocess(p) for p in photos])``.

    Raises:
        ValueError: not a picture of this shape and type, or no such ``crop``.
    """
    photo = np.asarray(photo)
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        raise ValueError(
            "photo must be one picture in RGB, (height, width, 3) uint8 from 0 to 255, "
            f"but it is {photo.shape} {photo.dtype}"
        )
    if not 0 < crop <= 1:
        raise ValueError(f"crop must lie above 0 and be at most 1, but it is {crop!r}")
    square = _central_square(photo, crop)[np.newaxis].astype(np.float32)
    resized = keras.ops.image.resize(square, (size, size), interpolation="bicubic", antialias=True)
    return np.clip(keras.ops.convert_to_numpy(resized), 0, 255)


def _central_square(photo: NDArray[np.uint8], crop: float) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    side = max(1, round(crop * min(height, width)))
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]
