"""Pictures: Fashion-MNIST, handwritten digits, sample photos."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.records import ImageSet, ImageSplit, Photo, read_only
from course_utils.datasets.store import data_folder, manifest, read_verified

FASHION_CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def fashion_mnist(full: bool = False) -> ImageSet:
    """Return Fashion-MNIST: photographs of clothes, 28x28 grey, in 10 classes.

    The course ships the first 1,500 training and 300 test pictures of every class, stored in rounds of ten,
    one picture of each class: the first (or last) 10, 20, 30 ... pictures are exactly balanced.

    Args:
        full: all 60,000 + 10,000 pictures in their original order. They are downloaded once (30 MB, hash
            checked, resumed after an interruption) from the authors or the address in ``COURSE_MIRROR``.

    Returns:
        ``.train`` and ``.test`` with ``images`` (N, 28, 28) uint8 0..255 (0 is the background) and ``labels``
        (N,) int64 0..9; ``.class_names``.

    Raises:
        DataError: a file is missing, truncated or altered; or ``full`` and there is no network.
    """
    if not full:
        return _fashion_mnist(data_folder())
    from course_utils.datasets import download

    return _full_fashion_mnist(download.cache_folder())


def digits() -> ImageSet:
    """Return 5,000 real handwritten digits, 20x20 grey, 500 of each.

    Test pictures are the last 100 of each digit (the fifth of its five rows on the sheet they were cut from).
    As in ``fashion_mnist`` they are stored in rounds of ten, one picture of each digit.

    Returns:
        ``.train`` (4,000) and ``.test`` (1,000) with ``images`` (N, 20, 20) uint8 0 (paper) .. 255 (ink) and
        ``labels`` (N,) int64 0..9; ``.class_names`` "0" to "9".

    Raises:
        DataError: the file is missing, truncated or altered.
    """
    return _digits(data_folder())


def photo(name: str) -> NDArray[np.uint8]:
    """Return one sample photo: (height, width, 3) uint8 RGB, 0..255. Author: ``photos()[name].attribution``.

    Raises:
        ValueError: there is no photo of this name.
        DataError: the file is missing, truncated or altered.
    """
    return _photo(data_folder(), name).image


def photos() -> Mapping[str, Photo]:
    """Return all sample photos by name, each with its author, licence and ``attribution``.

    Raises:
        DataError: a file is missing, truncated or altered.
    """
    folder = data_folder()
    return MappingProxyType({name: _photo(folder, name) for name in PHOTO_NAMES})


@cache
def _fashion_mnist(folder: Path) -> ImageSet:
    train, test = _read_splits(folder, "fashion_mnist/fashion_mnist.npz")
    about = "Photographs of clothes: the first 1,500 training and 300 test pictures of every class"
    return _fashion_record("Fashion-MNIST, subset", about, train, test)


@cache
def _full_fashion_mnist(cache_folder: Path) -> ImageSet:
    from course_utils.datasets import download

    train, test = (
        ImageSplit(images, read_only(labels.astype(np.int64)))
        for images, labels in download.fashion_mnist(cache_folder)
    )
    return _fashion_record("Fashion-MNIST", "Photographs of clothes, complete", train, test)


def _fashion_record(name: str, description: str, train: ImageSplit, test: ImageSplit) -> ImageSet:
    return ImageSet(
        name=name,
        description=description,
        licence="MIT",
        source="https://github.com/zalandoresearch/fashion-mnist",
        citation="H. Xiao, K. Rasul, R. Vollgraf (2017). Fashion-MNIST: a Novel Image Dataset "
        "for Benchmarking Machine Learning Algorithms. arXiv:1708.07747",
        train=train,
        test=test,
        class_names=FASHION_CLASSES,
    )


@cache
def _digits(folder: Path) -> ImageSet:
    train, test = _read_splits(folder, "digits/digits.npz")
    return ImageSet(
        name="Handwritten digits",
        description="5,000 digits written by hand, 500 of each",
        licence="Apache-2.0 and BSD-3-Clause",
        source="samples/data/digits.png of OpenCV 4.6, https://opencv.org",
        citation="OpenCV contributors (2022). OpenCV 4.6",
        train=train,
        test=test,
        class_names=tuple("0123456789"),
    )


def _read_splits(folder: Path, file: str) -> tuple[ImageSplit, ImageSplit]:
    """Read images and labels for training and test; labels widen to int64, so that none wraps around."""
    with np.load(io.BytesIO(read_verified(folder, file)), allow_pickle=False) as arrays:
        train, test = (
            ImageSplit(
                read_only(arrays[f"images_{part}"]), read_only(arrays[f"labels_{part}"].astype(np.int64))
            )
            for part in ("train", "test")
        )
    return train, test


class _PhotoFile(NamedTuple):
    file: str
    description: str
    author: str
    source: str


_PHOTOS = {
    "china": _PhotoFile(
        "china.jpg",
        "Temple in China",
        "danielbuechele",
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
    ),
    "flower": _PhotoFile(
        "flower.jpg", "Dahlia", "vultilion", "https://www.flickr.com/photos/vultilion/6056698931/"
    ),
    "astronaut": _PhotoFile("astronaut.png", "Astronaut Eileen Collins", "NASA", "scikit-image 0.26"),
    "chelsea": _PhotoFile("chelsea.png", "Chelsea the cat", "Stefan van der Walt", "scikit-image 0.26"),
    "coffee": _PhotoFile("coffee.png", "Cup of coffee", "Rachel Michetti", "scikit-image 0.26"),
    "rocket": _PhotoFile("rocket.jpg", "Start of a Falcon 9", "SpaceX", "scikit-image 0.26"),
    "starry_night": _PhotoFile(
        "starry_night.jpg", "The Starry Night (1889), painted", "Vincent van Gogh", "OpenCV 4.6"
    ),
}
PHOTO_NAMES = tuple(_PHOTOS)


@cache
def _photo(folder: Path, name: str) -> Photo:
    from PIL import Image

    if name not in _PHOTOS:
        raise ValueError(f"there is no photo {name!r}; there are: {', '.join(PHOTO_NAMES)}")
    about = _PHOTOS[name]
    file = f"images/{about.file}"
    image = np.array(Image.open(io.BytesIO(read_verified(folder, file))).convert("RGB"))
    return Photo(
        name=name,
        description=about.description,
        licence=manifest(folder)[file].licence,
        source=about.source,
        citation=f"{about.author}: {about.description}",
        author=about.author,
        image=read_only(image),
    )
