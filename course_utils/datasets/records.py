"""What the loaders return: small frozen records that know their licence and source, with read-only arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


def read_only(array: NDArray) -> NDArray:
    """Return the array, closed for writing: the next reader of a cached record must find it unchanged."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Record:
    """What every data set says about itself."""

    name: str
    description: str
    licence: str
    source: str
    citation: str


class ImageSplit(NamedTuple):
    """Pictures with their labels.

    ``images``: (N, height, width) uint8, 0 (black) to 255 (white). ``labels``: (N,) int64, indices of
    ``class_names``.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __repr__(self) -> str:
        return (
            f"images {self.images.shape} {self.images.dtype}, labels {self.labels.shape} {self.labels.dtype}"
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ImageSet(Record):
    """Labelled grey pictures, split into ``train`` and ``test``."""

    train: ImageSplit
    test: ImageSplit
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        num_train, height, width = self.train.images.shape
        return (
            f"{self.name}: {num_train:,} training and {len(self.test.images):,} test pictures "
            f"of {height}x{width}, {_classes(self.class_names)}.\nLicence: {self.licence}."
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Photo(Record):
    """One colour picture: ``image`` (height, width, 3) uint8 RGB, 0 to 255. Name the ``author`` with it."""

    image: NDArray[np.uint8]
    author: str

    @property
    def attribution(self) -> str:
        """The line to print under the picture."""
        return f"{self.description} by {self.author}, {self.licence}, {self.source}"

    def __repr__(self) -> str:
        return f"{self.name}: {self.image.shape} {self.image.dtype}. {self.attribution}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AerialPicture(Record):
    """A picture from the air: ``image`` (height, width, 3) uint8 RGB, 0 to 255, and a box around each tree.

    ``boxes``: (K, 4) float32, each row left, top, right, bottom in pixels.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        return f"{self.name}: {height}x{width} pixels, {len(self.boxes)} trees.\nLicence: {self.licence}."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CutoutSet(Record):
    """Things cut out of their background.

    ``images``: pictures (height, width, 4) uint8 RGBA of at most 160 pixels a side; alpha 0 is transparent.
    ``stamps``: their paths in the source, such as ``"animals/birds/owl"``; ``categories``: "bird", "fruit" ...
    ``captions``: by language code, a sentence for each picture ("" where a translation is missing).
    """

    images: tuple[NDArray[np.uint8], ...]
    stamps: tuple[str, ...]
    categories: tuple[str, ...]
    captions: Mapping[str, tuple[str, ...]]

    def __repr__(self) -> str:
        return (
            f"{self.name}: {len(self.images)} pictures in {len(set(self.categories))} categories, captions in "
            f"{', '.join(self.captions)}.\nLicence: {self.licence}."
        )


class SceneSplit(NamedTuple):
    """Composed pictures with what stands in them.

    ``images``: (N, size, size, 3) uint8 RGB. ``masks``: (N, size, size) uint8, the class of every pixel.
    The other three hold an array for each picture, a row for each thing in it: ``boxes`` (K, 4) float32, left,
    top, right, bottom in pixels; ``labels`` (K,) int64, 1 and up; ``cutouts`` (K,) int64, which cut-out it is.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    boxes: tuple[NDArray[np.float32], ...]
    labels: tuple[NDArray[np.int64], ...]
    cutouts: tuple[NDArray[np.int64], ...]

    def __repr__(self) -> str:
        return (
            f"images {self.images.shape} {self.images.dtype}, masks {self.masks.shape} {self.masks.dtype}, "
            f"{sum(map(len, self.boxes))} boxes"
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SceneSet(Record):
    """Composed pictures, split into ``train`` and ``test``; class 0 is the background."""

    train: SceneSplit
    test: SceneSplit
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        num_train, height, width = self.train.masks.shape
        return (
            f"{self.name}: {num_train:,} training and {len(self.test.images):,} test pictures of "
            f"{height}x{width}, {len(self.class_names)} classes ({', '.join(self.class_names)}).\n"
            f"Licence: {self.licence}."
        )


class TableSplit(NamedTuple):
    """Rows of a table. ``features``: (N, num_features). ``labels``: (N,)."""

    features: NDArray
    labels: NDArray

    def __repr__(self) -> str:
        features, labels = self
        return f"features {features.shape} {features.dtype}, labels {labels.shape} {labels.dtype}"


class TrainTest(NamedTuple):
    """The two parts of a table."""

    train: TableSplit
    test: TableSplit


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Table(Record):
    """A table of numbers with one label a row.

    ``features``: (N, num_features) float64 or uint8, one column for each of ``feature_names``, measured in
    ``feature_units`` ("" where the source names none). ``labels``: (N,), int64 indices of ``class_names``, or
    the measured float64 value where there are no classes (regression).
    """

    features: NDArray
    labels: NDArray
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]
    class_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        target = _classes(self.class_names) if self.class_names else "regression"
        return (
            f"{self.name}: {len(self.labels):,} rows, {len(self.feature_names)} features, {target}.\n"
            f"Licence: {self.licence}."
        )

    def axis_label(self, feature: str) -> str:
        """Return a feature's name with its unit, as an axis shows it: ``"petal length (cm)"``."""
        unit = self.feature_units[self._columns([feature])[0]]
        return f"{feature} ({unit})" if unit else feature

    def select(self, features: Sequence[str] | None = None, classes: Sequence[str] | None = None) -> Table:
        """Return the table with only these columns and only the rows of these classes, in the order given.

        Labels count from 0 again: ``select(classes=["versicolor", "virginica"])`` labels them 0 and 1.

        Raises:
            ValueError: a name that the table does not have, or classes asked of a regression table.
        """
        columns = self._columns(self.feature_names if features is None else features)
        rows, labels, class_names = self._of_classes(self.class_names if classes is None else classes)
        return replace(
            self,
            features=read_only(self.features[rows][:, columns]),
            labels=read_only(labels),
            feature_names=tuple(self.feature_names[column] for column in columns),
            feature_units=tuple(self.feature_units[column] for column in columns),
            class_names=class_names,
        )

    def split(self, test_fraction: float = 0.25, seed: int = 0) -> TrainTest:
        """Return training and test rows, shuffled with the seed; each class keeps its share in both parts.

        Raises:
            ValueError: ``test_fraction`` is not between 0 and 1, or leaves a part or class without a row.
        """
        if not 0 < test_fraction < 1:
            raise ValueError(
                f"test_fraction must lie between 0 and 1 (for example 0.25), but it is {test_fraction!r}"
            )
        random = np.random.default_rng(seed)
        groups = self.labels if self.class_names else np.zeros(len(self.labels), np.int64)
        test_rows = np.sort(
            np.concatenate([_drawn(random, rows, test_fraction) for rows in _rows_by_group(groups)])
        )
        train_rows = np.setdiff1d(np.arange(len(self.labels)), test_rows)
        return TrainTest(
            self._part(random.permutation(train_rows)), self._part(random.permutation(test_rows))
        )

    def _part(self, rows: NDArray[np.int64]) -> TableSplit:
        return TableSplit(read_only(self.features[rows]), read_only(self.labels[rows]))

    def _columns(self, features: Sequence[str]) -> list[int]:
        return _indices(features, self.feature_names, f"feature of {self.name}")

    def _of_classes(self, classes: Sequence[str]) -> tuple[NDArray, NDArray, tuple[str, ...]]:
        if not classes and not self.class_names:
            return np.arange(len(self.labels)), self.labels.copy(), ()
        wanted = np.array(_indices(classes, self.class_names, f"class of {self.name}"), dtype=np.int64)
        rows = np.flatnonzero(np.isin(self.labels, wanted))
        labels = (self.labels[rows][:, np.newaxis] == wanted).argmax(axis=1)
        return rows, labels, tuple(self.class_names[index] for index in wanted)


def _indices(names: Sequence[str], known: tuple[str, ...], what: str) -> list[int]:
    if isinstance(names, str):
        raise ValueError(f"give a list of names, for example [{names!r}], not the bare string {names!r}")
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        asked = repr(unknown[0]) if unknown else "an empty list"
        raise ValueError(f"{asked} is no {what}; there are: {', '.join(known) or 'none'}")
    return [known.index(name) for name in names]


def _rows_by_group(groups: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def _drawn(random: np.random.Generator, rows: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    count = round(len(rows) * fraction)
    if not 0 < count < len(rows):
        raise ValueError(
            f"test_fraction {fraction!r} would put {count} of the {len(rows)} rows of a class into the test "
            "set; both parts need at least one: choose a fraction nearer to 0.5"
        )
    return random.permutation(rows)[:count]


def _classes(names: tuple[str, ...], at_most: int = 3) -> str:
    shown = ", ".join(names) if len(names) <= at_most else f"{names[0]}, {names[1]} ... {names[-1]}"
    return f"{len(names)} classes ({shown})"
