"""Things cut out of their background, and scenes that are composed of them, so that every pixel's class is known."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.images import photo
from course_utils.datasets.records import CutoutSet, SceneSet, SceneSplit, read_only
from course_utils.datasets.store import data_folder, manifest, read_verified
from course_utils.datasets.trees import trees

_FILE = "cutouts/cutouts.zip"
_LANGUAGES = ("en", "fr", "de", "es", "zh_CN")

_CATEGORIES_OF = {
    "animal": {"animals", "bird", "fish", "insect", "mammal"},
    "food": {"food", "fruit", "vegetable"},
    "flower": {"flower"},
}
SCENE_CLASSES = ("background", *_CATEGORIES_OF)
# Photos without an animal, food or a flower in them: those pixels would carry a wrong label.
_PHOTO_BACKGROUNDS = ("china", "rocket", "starry_night")
_AERIAL_BACKGROUNDS = ("yellowstone_meadow", "yellowstone_road")
_PARTS = ("train", "test")
# The columns of a background photo that each part may use; between the two lies a strip that neither uses.
_COLUMNS = {"train": (0.0, 0.6), "test": (0.7, 1.0)}
_EVERY_TEST_FAMILY = 3
_CROP = (70, 180)  # pixels of a photo
_LENGTH = (0.35, 0.7)  # of a thing's longer side, relative to the scene's
_MOST_THINGS = 3
_MOST_OVERLAP = 0.1
_ATTEMPTS = 10
_VISIBLE = 128  # alpha from which a pixel belongs to the thing
_SMALLEST = 16


def cutouts() -> CutoutSet:
    """Return 287 things cut out of their background: animals, plants, food, vehicles, tools and more.

    Returns:
        ``.images``, a tuple of pictures (height, width, 4) uint8 RGBA of at most 160 pixels a side, and as
        many ``.categories`` (19 different words), ``.stamps`` (where the source keeps it) and
        ``.captions["en"]`` (also "fr", "de", "es" and, for 240 of them, "zh_CN").

    Raises:
        DataError: the file is missing, truncated or altered.
    """
    return _cutouts(data_folder())


def scenes(num_train: int = 1000, num_test: int = 200, size: int = 64, seed: int = 0) -> SceneSet:
    """Compose pictures of one to three cut-outs each (animals, food, flowers) on pieces of photos.

    No cut-out, no relative of one (all the apples, all the gnus) and no piece of a background stands in both
    parts: test things come from every third family, test backgrounds from the right-hand side of the photos.
    The first pictures are the same whatever their number. 1,200 scenes of 64 pixels take about a second.

    Args:
        num_train: training pictures, at least 1.
        num_test: test pictures, at least 1.
        size: width and height in pixels, 16 to 256.
        seed: of the choice of things, places and backgrounds.

    Returns:
        ``.train`` and ``.test`` with ``images`` (N, size, size, 3) uint8, ``masks`` (N, size, size) uint8,
        ``boxes``, ``labels`` and ``cutouts`` (see ``SceneSplit``); ``.class_names``, "background" first.

    Raises:
        ValueError: a number of pictures below 1, or a size outside its range.
        DataError: a data file is missing, truncated or altered.
    """
    if min(num_train, num_test) < 1:
        raise ValueError(
            f"both parts need at least one picture, but {min(num_train, num_test)} were asked for"
        )
    if not _SMALLEST <= size <= 256:
        raise ValueError(f"size must lie between {_SMALLEST} and 256 pixels, but it is {size}")
    things = cutouts()
    counts = dict(zip(_PARTS, (num_train, num_test), strict=True))
    train, test = (_split(part, counts[part], size, seed) for part in _PARTS)
    return SceneSet(
        name="Composed scenes",
        description="Cut-out animals, food and flowers on pieces of photos",
        licence=things.licence,
        source=f"{things.source}; photos of data/images and data/trees",
        citation=things.citation,
        train=train,
        test=test,
        class_names=SCENE_CLASSES,
    )


@cache
def _cutouts(folder: Path) -> CutoutSet:
    with zipfile.ZipFile(io.BytesIO(read_verified(folder, _FILE))) as packed:
        lines = packed.read("index.tsv").decode("utf-8").splitlines()
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        images = tuple(_pixels(packed.read(row["file"])) for row in rows)
    return CutoutSet(
        name="Cut-outs",
        description="Pictures of things on a transparent ground",
        licence=manifest(folder)[_FILE].licence,
        source=manifest(folder)[_FILE].source,
        citation="Contributors to Tux Paint Stamps (2022). https://tuxpaint.org",
        images=images,
        stamps=tuple(row["stamp"] for row in rows),
        categories=tuple(row["category"] for row in rows),
        captions=MappingProxyType({code: tuple(row[code] for row in rows) for code in _LANGUAGES}),
    )


def _pixels(png: bytes) -> NDArray[np.uint8]:
    from PIL import Image

    return read_only(np.array(Image.open(io.BytesIO(png)).convert("RGBA")))


def family(stamp: str) -> str:
    """Return what relatives have in common: ``"gnu"`` for "animals/mammals/bovines/gnu-baby-stand"."""
    return re.split(r"[-_\d]", stamp.rsplit("/", 1)[1].lower())[0]


@cache
def _of_part(folder: Path, part: str) -> tuple[NDArray[np.int64], ...]:
    """Return, for each class but the background, the cut-outs that this part may show."""
    things = _cutouts(folder)
    return tuple(_members(things, categories, part) for categories in _CATEGORIES_OF.values())


def _members(things: CutoutSet, categories: set[str], part: str) -> NDArray[np.int64]:
    """Sort a class by families, and give every third family to the test part."""
    known = [index for index, category in enumerate(things.categories) if category in categories]
    ordered = sorted(known, key=lambda index: family(things.stamps[index]))
    families = [list(each) for _, each in groupby(ordered, key=lambda index: family(things.stamps[index]))]
    chosen = [
        index
        for number, relatives in enumerate(families)
        if (number % _EVERY_TEST_FAMILY == 0) == (part == "test")
        for index in relatives
    ]
    return read_only(np.array(chosen))


class _Scene(NamedTuple):
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    cutouts: NDArray[np.int64]


def _split(part: str, count: int, size: int, seed: int) -> SceneSplit:
    random = np.random.default_rng([seed, _PARTS.index(part)])
    made = [_compose(random, part, size) for _ in range(count)]
    images, masks, boxes, labels, chosen = zip(*made, strict=True)
    return SceneSplit(
        read_only(np.stack(images)),
        read_only(np.stack(masks)),
        tuple(map(read_only, boxes)),
        tuple(map(read_only, labels)),
        tuple(map(read_only, chosen)),
    )


def _compose(random: np.random.Generator, part: str, size: int) -> _Scene:
    """Lay things on a background, one by one, where they hide hardly anything of each other."""
    members = _of_part(data_folder(), part)
    image = _background(random, part, size)
    mask = np.zeros((size, size), np.uint8)
    boxes: list[NDArray[np.float32]] = []
    labels: list[int] = []
    chosen: list[int] = []
    for _ in range(random.integers(1, _MOST_THINGS + 1)):
        label = int(random.integers(1, len(SCENE_CLASSES)))
        cutout = int(random.choice(members[label - 1]))
        thing = _resized(random, cutouts().images[cutout], size)
        corner = _free_corner(random, thing, boxes, size)
        if corner is not None:
            boxes.append(_paste(thing, corner, label, image, mask))
            labels.append(label)
            chosen.append(cutout)
    return _Scene(image, mask, np.stack(boxes), np.array(labels, np.int64), np.array(chosen, np.int64))


def _background(random: np.random.Generator, part: str, size: int) -> NDArray[np.uint8]:
    from PIL import Image

    names = (*_PHOTO_BACKGROUNDS, *_AERIAL_BACKGROUNDS)
    name = names[random.integers(len(names))]
    whole = photo(name) if name in _PHOTO_BACKGROUNDS else trees()[name].image
    first, last = (round(share * whole.shape[1]) for share in _COLUMNS[part])
    side = int(random.integers(_CROP[0], min(_CROP[1], last - first) + 1))
    left = int(random.integers(first, last - side + 1))
    top = int(random.integers(0, whole.shape[0] - side + 1))
    crop = whole[top : top + side, left : left + side]
    return np.array(Image.fromarray(crop).resize((size, size), Image.Resampling.BILINEAR))


def _resized(random: np.random.Generator, thing: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return the thing in a random size, mirrored half of the time."""
    from PIL import Image

    length = random.uniform(*_LENGTH) * size
    height, width = (max(2, round(side * length / max(thing.shape))) for side in thing.shape[:2])
    small = np.array(Image.fromarray(thing).resize((width, height), Image.Resampling.BILINEAR))
    return small[:, ::-1] if random.random() < 0.5 else small


def _free_corner(
    random: np.random.Generator, thing: NDArray[np.uint8], boxes: list[NDArray[np.float32]], size: int
) -> tuple[int, int] | None:
    """Look for a place (left, top) where the thing covers little of the others; None if there seems to be none."""
    height, width = thing.shape[:2]
    for _ in range(_ATTEMPTS):
        left, top = int(random.integers(0, size - width + 1)), int(random.integers(0, size - height + 1))
        if all(_covered(box, (left, top, left + width, top + height)) <= _MOST_OVERLAP for box in boxes):
            return left, top
    return None


def _covered(box: NDArray[np.float32], other: tuple[int, int, int, int]) -> float:
    """Return the share of the smaller of two boxes that the other one covers."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    smaller = min((each[2] - each[0]) * (each[3] - each[1]) for each in (box, other))
    return float(max(width, 0) * max(height, 0) / smaller)


def _paste(
    thing: NDArray[np.uint8],
    corner: tuple[int, int],
    label: int,
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
) -> NDArray[np.float32]:
    """Blend the thing into the picture, write its class into the mask, and return its box."""
    left, top = corner
    place = np.s_[top : top + thing.shape[0], left : left + thing.shape[1]]
    alpha = thing[:, :, 3:] / 255
    image[place] = np.round(alpha * thing[:, :, :3] + (1 - alpha) * image[place]).astype(np.uint8)
    visible = thing[:, :, 3] >= _VISIBLE
    mask[place][visible] = label
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    box = [left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1]
    return np.array(box, np.float32)
