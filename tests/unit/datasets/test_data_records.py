"""Shapes, ranges, balance and manners of the records that the loaders return."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from course_utils import datasets


@pytest.mark.parametrize(
    ("loader", "num_train", "num_test", "size"),
    [(datasets.fashion_mnist, 15_000, 3_000, 28), (datasets.digits, 4_000, 1_000, 20)],
)
def test_pictures_have_the_documented_form(loader, num_train: int, num_test: int, size: int) -> None:
    pictures = loader()
    for part, count in ((pictures.train, num_train), (pictures.test, num_test)):
        assert part.images.shape == (count, size, size)
        assert part.images.dtype == np.uint8
        assert (part.images.min(), part.images.max()) == (0, 255)
        assert part.labels.shape == (count,)
        assert part.labels.dtype == np.int64
    assert len(pictures.class_names) == 10


@pytest.mark.parametrize("loader", [datasets.fashion_mnist, datasets.digits])
def test_every_round_of_ten_pictures_holds_every_class(loader) -> None:
    for part in loader().train, loader().test:
        rounds = np.sort(part.labels.reshape(-1, 10), axis=1)
        assert (rounds == np.arange(10)).all()


@pytest.mark.parametrize("loader", [datasets.fashion_mnist, datasets.digits])
def test_no_picture_is_in_both_parts(loader) -> None:
    train, test = ({image.tobytes() for image in part.images} for part in (loader().train, loader().test))
    assert not train & test


def test_digits_look_like_digits() -> None:
    """The mean zero has a hole in its middle, the mean one has ink there; labels therefore fit pictures."""
    digits = datasets.digits().train
    middle = digits.images[:, 9:11, 9:11].mean(axis=(1, 2))
    assert middle[digits.labels == 0].mean() < 40
    assert middle[digits.labels == 1].mean() > 150


def test_clothes_look_like_clothes() -> None:
    """Trousers have a gap between the legs, pullovers none; boots are taller than sneakers."""
    fashion = datasets.fashion_mnist()
    means = {
        name: fashion.train.images[fashion.train.labels == label].mean(axis=0)
        for label, name in enumerate(fashion.class_names)
    }
    assert means["trouser"][24, 13:15].mean() < 0.5 * means["pullover"][24, 13:15].mean()
    assert means["ankle boot"][4:8].mean() > 3 * means["sneaker"][4:8].mean()


def test_a_nearest_mean_beats_chance_by_far_on_the_test_set() -> None:
    digits = datasets.digits()
    means = np.stack([digits.train.images[digits.train.labels == label].mean(axis=0) for label in range(10)])
    distances = ((digits.test.images[:, np.newaxis] - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == digits.test.labels).mean() > 0.7


def test_letters_have_the_documented_form() -> None:
    letters = datasets.letters()
    for part, count in ((letters.train, 16_000), (letters.test, 4_000)):
        assert part.features.shape == (count, 16)
        assert part.features.dtype == np.uint8
        assert part.features.max() == 15
        assert set(part.labels) == set(range(26))
    assert letters.class_names[letters.train.labels[0]] == "T"
    assert letters.train.features[0].tolist() == [2, 8, 3, 5, 1, 8, 13, 0, 6, 6, 10, 8, 0, 8, 0, 8]
    assert len(letters.feature_names) == 16


def test_photos_name_their_authors() -> None:
    photos = datasets.photos()
    assert set(photos) == {"china", "flower", "astronaut", "chelsea", "coffee", "rocket", "starry_night"}
    assert photos["china"].image.shape == (427, 640, 3)
    for name, author in (("china", "danielbuechele"), ("flower", "vultilion")):
        assert f"by {author}, CC BY 2.0, https://www.flickr.com/photos/{author}" in photos[name].attribution
    for name, photo in photos.items():
        assert photo.image.dtype == np.uint8
        assert photo.image.shape[2] == 3
        assert photo.author in repr(photo)
        assert datasets.photo(name) is photo.image


def test_an_unknown_photo_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no photo 'lena'; there are: china, flower"):
        datasets.photo("lena")


def arrays_of(record: object) -> list[np.ndarray]:
    """Collect the arrays inside a record, however deep."""
    if isinstance(record, np.ndarray):
        return [record]
    if isinstance(record, tuple):
        return [array for part in record for array in arrays_of(part)]
    if dataclasses.is_dataclass(record):
        return [
            array for field in dataclasses.fields(record) for array in arrays_of(getattr(record, field.name))
        ]
    return []


RECORDS = {
    "fashion_mnist": datasets.fashion_mnist,
    "digits": datasets.digits,
    "letters": datasets.letters,
    "photo": lambda: datasets.photos()["coffee"],
    "trees": lambda: datasets.trees()["soaproot_saddle"],
    "cutouts": datasets.cutouts,
    **{name: lambda name=name: datasets.table(name) for name in datasets.TABLE_NAMES},
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_read_only_cached_and_tell_their_licence(name: str) -> None:
    record = RECORDS[name]()
    assert RECORDS[name]() is record
    arrays = arrays_of(record)
    assert arrays
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.name = "mine"
    for field in ("name", "description", "licence", "source", "citation"):
        assert getattr(record, field)
    assert record.name in repr(record)
    assert record.licence in repr(record)
    assert len(repr(record)) < 200


def test_repr_is_short_and_friendly() -> None:
    assert repr(datasets.fashion_mnist()) == (
        "Fashion-MNIST, subset: 15,000 training and 3,000 test pictures of 28x28, "
        "10 classes (T-shirt/top, trouser ... ankle boot).\nLicence: MIT."
    )
    assert repr(datasets.digits().train) == "images (4000, 20, 20) uint8, labels (4000,) int64"


def test_available_names_every_loader() -> None:
    text = " ".join(datasets.available())
    for name in (
        "fashion_mnist",
        "digits",
        "letters",
        "photo",
        "photos",
        "table",
        "toy",
        "trees",
        "cutouts",
        "scenes",
    ):
        assert callable(getattr(datasets, name))
        assert f"{name}(" in text


def test_importing_the_room_imports_no_heavy_package() -> None:
    code = (
        "import sys; from course_utils import datasets; datasets.digits(); datasets.toy('moons'); "
        "print({'sklearn', 'tensorflow', 'keras', 'matplotlib', 'tqdm', 'http.client'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
