"""Files that people bring along: every colour mode, turned, animated, huge, damaged, hostile, and no picture at all."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from course_utils import datasets
from course_utils.datasets import OwnPicture, PictureError, own_pictures, picture_from_bytes

# Four plain colours in the corners tell how a picture was turned.
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
WIDE, HIGH = 120, 80


def corners(width: int = WIDE, height: int = HIGH) -> Image.Image:
    """Red and green above, blue and white below."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return Image.fromarray(pixels)


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def corner_colours(picture: OwnPicture) -> list[tuple[int, ...]]:
    """The middle of each quarter, row by row."""
    height, width, _ = picture.image.shape
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [tuple(int(value) for value in picture.image[place]) for place in places]


def assert_corners(picture: OwnPicture, expected: list[tuple[int, ...]], within: int = 0) -> None:
    np.testing.assert_allclose(np.array(corner_colours(picture)), np.array(expected), atol=within)


def test_a_small_picture_comes_as_it_is() -> None:
    picture = picture_from_bytes(file_of(corners()))
    assert picture.note == "120 × 80 pixels"
    assert picture.image.dtype == np.uint8
    np.testing.assert_array_equal(picture.image, np.asarray(corners()))
    assert not picture.image.flags.writeable


@pytest.mark.parametrize(
    ("kind", "options", "within"),
    [
        ("PNG", {}, 0),
        ("JPEG", {"quality": 95}, 6),
        ("JPEG", {"progressive": True}, 12),
        ("GIF", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {}, 12),
        ("AVIF", {}, 12),
        ("MPO", {}, 12),
    ],
)
def test_every_format_is_read(kind: str, options: dict[str, object], within: int) -> None:
    assert_corners(picture_from_bytes(file_of(corners(), kind, **options)), [RED, GREEN, BLUE, WHITE], within)


@pytest.mark.parametrize(
    ("mode", "kind", "within"),
    [("P", "PNG", 0), ("P", "GIF", 0), ("RGBA", "PNG", 0), ("RGBA", "WEBP", 12), ("CMYK", "JPEG", 30)]
    + [("CMYK", "TIFF", 3), ("YCbCr", "TIFF", 3), ("RGBA", "TIFF", 0)],
)
def test_every_colour_mode_becomes_rgb(mode: str, kind: str, within: int) -> None:
    assert_corners(
        picture_from_bytes(file_of(corners().convert(mode), kind)), [RED, GREEN, BLUE, WHITE], within
    )


def test_lab_becomes_rgb() -> None:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(corners(), *profiles, outputMode="LAB")
    picture = picture_from_bytes(file_of(image, "TIFF"))
    assert picture.image.shape == (HIGH, WIDE, 3)
    assert_corners(picture, [RED, GREEN, BLUE, WHITE], within=30)


@pytest.mark.parametrize(
    ("mode", "kind"), [("1", "PNG"), ("1", "TIFF"), ("L", "JPEG"), ("L", "PNG"), ("LA", "PNG")]
)
def test_grey_pictures_become_rgb(mode: str, kind: str) -> None:
    grey = Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 40, axis=1).repeat(30, axis=0))
    image = picture_from_bytes(file_of(grey.convert(mode), kind)).image
    assert image.shape == (30, 80, 3)
    assert image[15, 10].tolist() == [0, 0, 0]
    assert image[15, 70].tolist() == [255, 255, 255]


def test_transparent_parts_are_white() -> None:
    holed = corners().convert("RGBA")
    holed.paste((0, 0, 0, 0), (0, 0, WIDE // 2, HIGH // 2))
    for file in (file_of(holed), file_of(holed, "WEBP", lossless=True), file_of(holed, "TIFF")):
        picture = picture_from_bytes(file)
        assert_corners(picture, [WHITE, GREEN, BLUE, WHITE])
        assert picture.note == "120 × 80 pixels, transparent parts are white"


def test_half_transparent_parts_are_mixed_with_white_before_they_are_made_smaller() -> None:
    """Black that cannot be seen must not darken its neighbours."""
    pixels = np.zeros((1200, 1200, 4), np.uint8)
    pixels[:, ::2] = (255, 0, 0, 255)
    image = picture_from_bytes(file_of(Image.fromarray(pixels)), longest_side=100).image
    np.testing.assert_allclose(image.reshape(-1, 3), np.broadcast_to((255, 128, 128), (10_000, 3)), atol=2)


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_one_colour_can_be_transparent(mode: str) -> None:
    ground, spot = {"P": (0, 1), "L": (10, 200), "RGB": ((9, 9, 9), (200, 200, 200))}[mode]
    image = Image.new(mode, (40, 40), ground)
    image.paste(spot, (20, 0, 40, 40))
    if mode == "P":
        image.putpalette([9, 9, 9, 200, 200, 200])
    picture = picture_from_bytes(file_of(image, transparency=ground))
    assert picture.image[20, 5].tolist() == [255, 255, 255]
    assert picture.image[20, 35].tolist() == [200, 200, 200]
    assert "transparent parts are white" in picture.note


def test_sixteen_bits_become_eight() -> None:
    values = np.linspace(0, 65535, 100).astype(np.uint16).reshape(10, 10)
    for kind in ("PNG", "TIFF"):
        picture = picture_from_bytes(file_of(Image.fromarray(values), kind))
        np.testing.assert_array_equal(picture.image[..., 0], np.round(values / 257))
        assert picture.note == "10 × 10 pixels, 16-bit grey made 8-bit"


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_numbers_without_a_range_are_stretched(dtype: type) -> None:
    values = np.linspace(-1000, 3000, 100).reshape(10, 10).astype(dtype)
    picture = picture_from_bytes(file_of(Image.fromarray(values), "TIFF"))
    assert picture.image[0, 0].tolist() == [0, 0, 0]
    assert picture.image[9, 9].tolist() == [255, 255, 255]
    assert "stretched to black … white" in picture.note


def test_numbers_that_are_none_are_black() -> None:
    values = np.array([[0, np.nan], [np.inf, 1]], np.float32)
    assert picture_from_bytes(file_of(Image.fromarray(values), "TIFF")).image[..., 0].tolist() == [
        [0, 0],
        [255, 255],
    ]
    nothing = np.full((2, 2), np.nan, np.float32)
    assert picture_from_bytes(file_of(Image.fromarray(nothing), "TIFF")).image.max() == 0
    flat = np.full((2, 2), 7, np.float32)
    assert picture_from_bytes(file_of(Image.fromarray(flat), "TIFF")).image.shape == (2, 2, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_is_believed_about_where_up_is(kind: str, orientation: int) -> None:
    """A picture stored as a camera held that way stores it comes out upright."""
    backwards = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = corners() if orientation == 1 else corners().transpose(backwards[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = picture_from_bytes(file_of(stored, kind, exif=exif))
    assert picture.image.shape == (HIGH, WIDE, 3)
    assert_corners(picture, [RED, GREEN, BLUE, WHITE], within=16)
    assert ("turned upright" in picture.note) == (orientation > 1 and kind != "TIFF")


@pytest.mark.parametrize("notes", [b"rubbish", b"MM\0*\xff\xff\xff\xff", b"", b"II*\0\x08\0\0\0\xff\xff"])
def test_damaged_notes_of_the_camera_do_no_harm(notes: bytes) -> None:
    file = file_of(corners(), "JPEG", exif=b"Exif\0\0" + notes)
    assert_corners(picture_from_bytes(file), [RED, GREEN, BLUE, WHITE], 16)


def test_an_impossible_orientation_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    assert picture_from_bytes(file_of(corners(), exif=exif)).note == "120 × 80 pixels"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_stands_for_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = picture_from_bytes(file_of(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert picture.image[10, 15].tolist() == list(RED)
    assert picture.note == "30 × 20 pixels, the first of its pictures"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1, 1), (1, 1)),
        ((513, 2), (512, 2)),
        ((2, 5000), (1, 512)),
        ((1, 60_000), (1, 512)),
        ((512, 512), (512, 512)),
    ]
    + [((1100, 700), (512, 326)), ((5001, 3003), (512, 307))],
)
def test_any_size_fits_afterwards(size: tuple[int, int], expected: tuple[int, int]) -> None:
    picture = picture_from_bytes(file_of(Image.new("RGB", size, (200, 100, 50))))
    assert picture.image.shape == (expected[1], expected[0], 3)
    assert (picture.image == (200, 100, 50)).all(), "no dark border, no strip left out"
    assert ("made smaller" in picture.note) == (size != expected)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_strips_fit_together(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pictures, "_STRIP_PIXELS", 5000)
    ramp = np.add.outer(np.arange(1501), np.arange(1003)) * (65535 / 2502)
    grey = Image.fromarray(ramp.astype(np.uint16))
    image = grey if mode == "I;16" else Image.fromarray((ramp / 257).astype(np.uint8)).convert(mode)
    small = picture_from_bytes(file_of(image), longest_side=100).image[..., 0].astype(float)
    assert small.shape == (100, 67)
    expected = np.add.outer((np.arange(100) + 0.5) * 15.01, (np.arange(67) + 0.5) * 14.97) * (255 / 2502)
    tolerance = 60 if mode == "1" else 4
    assert np.abs(small - expected).max() < tolerance


def test_a_picture_is_shrunk_with_antialiasing() -> None:
    stripes = np.zeros((600, 600, 3), np.uint8)
    stripes[:, ::2] = 255
    small = datasets.shrink(stripes, 100)
    assert small.shape == (100, 100, 3)
    np.testing.assert_allclose(small, 127, atol=8)
    assert datasets.shrink(stripes, np.int64(600)).shape == (600, 600, 3)
    with pytest.raises(ValueError, match="is uint8 from 0 to 255"):
        datasets.shrink(stripes.tolist(), 100)
    with pytest.raises(ValueError, match=r"not \(600, 600\) uint8"):
        datasets.shrink(stripes[..., 0], 100)


# ---- what is refused ---------------------------------------------------------------------------------------


def png_claiming(width: int, height: int) -> bytes:
    """A PNG file of 100 bytes that claims to be huge."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff_claiming(width: int, height: int) -> bytes:
    """A small TIFF file with its tags for width and height overwritten."""
    content = bytearray(file_of(Image.new("L", (300, 200)), "TIFF"))
    for tag, wrong in ((256, width), (257, height)):
        (place,) = (
            match.start() for match in re.finditer(struct.pack("<H", tag) + b"[\3\4]\0\1\0\0\0", content)
        )
        content[place : place + 12] = struct.pack("<HHII", tag, 4, 1, wrong)
    return bytes(content)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty"),
        (bytes(20_000_001), "has 20 MB, and at most 20 MB"),
        (b"a text\n" * 100, "is not a picture"),
        (b"\0", "is not a picture"),
        (bytes(1000), "is not a picture"),
        (
            b'<?xml version="1.0"?><!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>',
            "SVG drawing.*as PNG",
        ),
        (b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(100), "HEIC photo.*save it as JPEG"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0" + bytes(100), "HEIC photo"),
        (b"\0\0\0\x18ftypisom" + bytes(100), "video.*frames"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04" + bytes(50), "packed"),
        (b"\x89PNG\r\n\x1a\n", "not a picture"),
        (b"\xff\xd8\xff\xe0", "not a picture"),
        (b"GIF89a", "not a picture"),
        (png_claiming(50_000, 50_000), "too large"),
        (png_claiming(8_001, 8_000), "8,001 × 8,000 pixels.*64 million.*smaller"),
        (png_claiming(2_000_000_000, 2_000_000_000), "too large"),
        (png_claiming(0, 10), "not a picture|cannot be read"),
        (png_claiming(500, 500), "PNG picture cannot be read: it is damaged"),
        (tiff_claiming(60_000, 60_000), "too large"),
        (tiff_claiming(7_000, 7_000), "TIFF picture cannot be read"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(PictureError, match=sentence) as caught:
        picture_from_bytes(data)
    message = str(caught.value)
    assert any(word in message for word in ("again", "another one")), "it says what to do"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_that_was_cut_off_is_refused(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8))
    whole = file_of(noise, kind)
    with pytest.raises(PictureError, match="again"):
        picture_from_bytes(whole[: int(share * len(whole))])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_flipped_bytes_give_a_picture_or_a_sentence(kind: str) -> None:
    random = np.random.default_rng(0)
    whole = np.frombuffer(file_of(corners(), kind), np.uint8)
    for _ in range(60):
        spoilt = whole.copy()
        spoilt[random.integers(0, len(whole), 5)] = random.integers(0, 256, 5)
        try:
            image = picture_from_bytes(spoilt.tobytes()).image
        except PictureError as refusal:
            assert "again" in str(refusal)
        else:
            assert image.dtype == np.uint8
            assert max(image.shape[:2]) <= 512


# ---- fifty megapixels: memory -------------------------------------------------------------------------------

MEASURE = """
import json, psutil, sys, threading
from course_utils import datasets
from pathlib import Path
small, large = (Path(name).read_bytes() for name in sys.argv[1:])
datasets.picture_from_bytes(small)
memory = psutil.Process().memory_info
before, seen, done = memory().rss, [], threading.Event()

def watch():
    while not done.wait(0.003):
        seen.append(memory().rss)

watcher = threading.Thread(target=watch)
watcher.start()
picture = datasets.picture_from_bytes(large)
done.set()
watcher.join()
print(json.dumps({"megabytes": (max(seen) - before) / 1e6, "shape": picture.image.shape}))
"""


@pytest.mark.parametrize(
    ("kind", "mode", "options", "megabytes"),
    [
        ("JPEG", "RGB", {}, 120),
        ("JPEG", "RGB", {"progressive": True}, 350),
        ("PNG", "RGB", {"compress_level": 1}, 300),
        ("PNG", "RGBA", {"compress_level": 1}, 300),
        ("PNG", "P", {"compress_level": 1}, 150),
    ],
)
def test_fifty_megapixels_need_little_memory(
    tmp_path: Path, kind: str, mode: str, options: dict[str, object], megabytes: float
) -> None:
    (tmp_path / "small").write_bytes(file_of(corners()))
    (tmp_path / "large").write_bytes(file_of(corners(8160, 6120).convert(mode), kind, **options))
    command = [sys.executable, "-c", MEASURE, tmp_path / "small", tmp_path / "large"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    print(kind, mode, options, measured)
    assert measured["shape"] == [384, 512, 3]
    assert measured["megabytes"] < megabytes
