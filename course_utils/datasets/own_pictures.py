"""Pictures that people bring along: any file becomes a small RGB picture, or a sentence that says what to do.

Files come from anywhere, so their header is judged before a pixel is decoded. Large ones are decoded small
(JPEG) or made small strip by strip.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.records import read_only

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 20_000_000
MOST_PIXELS = 64_000_000
_FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_STRIP_PIXELS = 4_000_000
_ORIENTATION_TAG = 0x0112  # of EXIF
_WHITE = (255, 255, 255, 255)
_HEIC = ("a HEIC photo", "Open it on your phone or computer and save it as JPEG")
# What else people choose: its first bytes, from where on, what it is, what to do.
_OTHER_FILES = (
    (b"%PDF", 0, "a PDF document", "Save the picture in it as JPEG or PNG"),
    (
        b"PK\x03\x04",
        0,
        "a packed file (zip, or an office document)",
        "Unpack it and choose the picture in it",
    ),
    (b"ftyphei", 4, *_HEIC),
    (b"ftyphev", 4, *_HEIC),
    (b"ftypmif1", 4, *_HEIC),
    (b"ftyp", 4, "a video", "Save one of its frames as JPEG or PNG"),
)


class PictureError(ValueError):
    """A file that cannot be shown as a picture; the message says what it is and what to do."""


class OwnPicture(NamedTuple):
    """``image``: (height, width, 3) uint8, RGB, read-only. ``note``: what was done to the file, in one line."""

    image: NDArray[np.uint8]
    note: str


def picture_from_bytes(data: bytes | memoryview, longest_side: int = 512) -> OwnPicture:
    """Return the content of a picture file in RGB, at most ``longest_side`` pixels wide and high.

    It takes JPEG, PNG, GIF, WebP, AVIF, BMP and TIFF in all their colour modes. The picture is turned upright as
    the camera noted (EXIF), the first frame stands for an animation, transparent parts become white, 16 bits a
    colour become 8, and 32-bit and float numbers are stretched from their smallest to their largest. Colour
    profiles are not applied. A picture that fits keeps its size. 50 million pixels took 0.2 s and 60 MB of memory
    as JPEG, 0.8 s and 160 MB as progressive JPEG, 1.4 to 3 s and 250 MB as PNG.

    Args:
        data: the bytes of a file, at most 20 MB; of one on your disk: ``Path("cat.jpg").read_bytes()``.
        longest_side: the larger of width and height that is wanted, in pixels, at least 1.

    Raises:
        PictureError: the file is empty, too large (20 MB, 64 million pixels), damaged, or no picture.
    """
    data = bytes(data)
    if not data:
        raise PictureError("This file is empty. Choose another one.")
    if len(data) > MOST_BYTES:
        raise PictureError(
            f"This file has {len(data) / 1e6:.0f} MB, and at most {MOST_BYTES / 1e6:.0f} MB are taken. "
            "Make the picture smaller and try again."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata, which changes nothing here
        image = _open(data)
        try:
            return _decoded(image, longest_side)
        except Exception as error:  # decoders fail on damaged files in many ways
            reason = (
                "there is too little memory" if isinstance(error, MemoryError) else "it is damaged or cut off"
            )
            raise PictureError(
                f"This {image.format} picture cannot be read: {reason}. "
                "Save it anew with another program and try again."
            ) from error


def shrink(image: NDArray[np.uint8], longest_side: int) -> NDArray[np.uint8]:
    """Return a picture, (height, width, 3) uint8, made smaller until it fits into ``longest_side`` pixels.

    Raises:
        ValueError: not one picture of this shape and type.
    """
    from PIL import Image

    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(
            f"a picture has the shape (height, width, 3) and is uint8 from 0 to 255, not {image.shape} {image.dtype}"
        )
    return read_only(np.array(_fitted(Image.fromarray(image), longest_side)))


def _open(data: bytes) -> Image:
    """Read the header, and refuse what is no picture or too large before anything is decoded."""
    from PIL import Image

    Image.init()
    try:
        image = Image.open(io.BytesIO(data), formats=[name for name in _FORMATS if name in Image.OPEN])
        width, height = image.size
    except Image.DecompressionBombError as error:
        raise PictureError(f"This picture is too large ({error}). Make it smaller and try again.") from error
    except Exception as error:  # of many kinds, as above
        raise PictureError(_what_it_is(data)) from error
    if width * height > MOST_PIXELS:
        raise PictureError(
            f"This picture has {width:,} × {height:,} pixels, and at most {MOST_PIXELS / 1e6:.0f} million are taken. "
            "Make it smaller and try again."
        )
    return image


def _what_it_is(data: bytes) -> str:
    if b"<svg" in data[:2000]:
        return "This file is an SVG drawing: lines, not pixels. Export it as PNG and try again."
    for signature, place, what, advice in _OTHER_FILES:
        if data[place:].startswith(signature):
            return f"This file is {what}. {advice} and try again."
    return (
        "This file is not a picture, or one that cannot be read here. Save it as JPEG or PNG and try again."
    )


def _decoded(image: Image, longest_side: int) -> OwnPicture:
    width, height = image.size
    notes = [f"{width} × {height} pixels"]
    if getattr(image, "is_animated", False):
        notes.append("the first of its pictures")
    image.draft(None, (2 * longest_side, 2 * longest_side))  # JPEG can be decoded at 1/2, 1/4, 1/8
    image.load()
    orientation = image.getexif().get(_ORIENTATION_TAG, 1)  # asked now: TIFF turns itself while it is loaded
    deep = image.mode if image.mode.startswith(("I", "F")) else ""
    small = _fitted(_reduced(image, longest_side), longest_side)
    if small.mode == "RGBA":
        small, has_holes = _on_white(small)
        notes += ["transparent parts are white"] if has_holes else []
    if deep:
        notes.append("16-bit grey made 8-bit" if deep.startswith("I;16") else "stretched to black … white")
    upright = _turned(small, orientation)
    if upright is not small:
        notes.append("turned upright as the camera noted")
    if small.size != (width, height):
        notes.append(f"made smaller: {upright.width} × {upright.height}")
    return OwnPicture(read_only(np.array(upright)), ", ".join(notes))


def _reduced(image: Image, longest_side: int) -> Image:
    """Return the picture in RGB(A) at a whole fraction of its size, but not below twice what is wanted.

    It goes from strip to strip, so that no second picture of full size is in memory.
    """
    from PIL import Image

    mode = "RGBA" if image.has_transparency_data else "RGB"
    limits = _limits(image)
    width, height = image.size
    factor = max(1, max(width, height) // (2 * longest_side))
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(height, top + rows)))
        strip = _as_bytes(strip, limits) if limits else strip
        small.paste(strip.convert(mode).reduce(factor), (0, top // factor))
    return small


def _limits(image: Image) -> tuple[float, float] | None:
    """Return what is black and what is white where the numbers are no bytes; else None."""
    if image.mode.startswith("I;16"):
        return 0, 65535
    if image.mode not in ("I", "F"):
        return None
    values = np.asarray(image)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0, 1)


def _as_bytes(strip: Image, limits: tuple[float, float]) -> Image:
    from PIL import Image

    low, high = limits
    values = np.nan_to_num(np.asarray(strip, dtype=np.float64), nan=low, posinf=high, neginf=low)
    share = (values - low) / (high - low or 1)
    return Image.fromarray(np.round(255 * share).astype(np.uint8))


def _fitted(image: Image, longest_side: int) -> Image:
    from PIL.Image import Resampling

    scale = longest_side / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(scale * side)) for side in image.size)
    return image.resize((width, height), Resampling.BICUBIC)


def _on_white(image: Image) -> tuple[Image, bool]:
    """Return an RGBA picture on a white ground, and whether the ground is seen."""
    from PIL import Image

    has_holes = bool((np.asarray(image.getchannel("A")) < 255).any())
    ground = Image.new("RGBA", image.size, _WHITE)
    return Image.alpha_composite(ground, image).convert("RGB"), has_holes


def _turned(image: Image, orientation: int) -> Image:
    """Return the picture upright, given EXIF's number for how the camera was held; 1 and unknown ones: as it is."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image
