"""Tables: scikit-learn's classics and the letters of the UCI repository."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from course_utils.datasets.records import Record, Table, TableSplit, read_only
from course_utils.datasets.store import data_folder, read_verified

_LETTER_FEATURES = (
    "x-box",
    "y-box",
    "width",
    "height",
    "on-pixels",
    "x-bar",
    "y-bar",
    "x2-bar",
    "y2-bar",
    "xy-bar",
    "x2y-bar",
    "xy2-bar",
    "x-edges",
    "x-edges with y",
    "y-edges",
    "y-edges with x",
)
_NUM_LETTERS_TRAIN = 16_000


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SplitTable(Record):
    """A table whose authors fixed the rows for training and test; fields as in :class:`Table`."""

    train: TableSplit
    test: TableSplit
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"{self.name}: {len(self.train.labels):,} training and {len(self.test.labels):,} test rows, "
            f"{len(self.feature_names)} features, {len(self.class_names)} classes.\nLicence: {self.licence}."
        )


def letters() -> SplitTable:
    """Return 20,000 printed capital letters in 20 distorted fonts, each as 16 numbers (no pictures).

    The first 16,000 rows are for training, the last 4,000 for testing, as the authors did.

    Returns:
        ``.train`` and ``.test`` with ``features`` (N, 16) uint8 0..15 and ``labels`` (N,) int64 0 (A) .. 25
        (Z); ``.feature_names`` (position, size, moments, edges of the ink), ``.class_names`` "A" to "Z".

    Raises:
        DataError: the file is missing, truncated or altered.
    """
    return _letters(data_folder())


@cache
def _letters(folder: Path) -> SplitTable:
    text = read_verified(folder, "letters/letter-recognition.data").decode("ascii")
    class_names = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    lines = text.split()
    labels = np.array([class_names.index(line[0]) for line in lines], dtype=np.int64)
    numbers = np.array(",".join(line[2:] for line in lines).split(","), dtype=np.uint8)
    features = numbers.reshape(len(lines), len(_LETTER_FEATURES))
    train, test = (
        TableSplit(read_only(features[rows].copy()), read_only(labels[rows].copy()))
        for rows in (slice(_NUM_LETTERS_TRAIN), slice(_NUM_LETTERS_TRAIN, None))
    )
    return SplitTable(
        name="Letter Recognition",
        description="Printed capital letters in 20 distorted fonts, measured by 16 numbers",
        licence="CC BY 4.0",
        source="UCI Machine Learning Repository, https://doi.org/10.24432/C5ZP40",
        citation="P. W. Frey, D. J. Slate (1991). Letter Recognition Using Holland-Style Adaptive "
        "Classifiers. Machine Learning 6, 161-182",
        train=train,
        test=test,
        feature_names=_LETTER_FEATURES,
        class_names=class_names,
    )


@dataclass(frozen=True)
class _TableCard:
    """What scikit-learn does not say in a form that a program can read; empty names stand for its own."""

    name: str
    description: str
    source: str
    citation: str
    licence: str = "CC BY 4.0 (UCI); comes with scikit-learn (BSD-3-Clause)"
    feature_names: tuple[str, ...] = ()
    feature_units: tuple[str, ...] = ()


_TABLES = {
    "iris": _TableCard(
        "Iris",
        "Sepals and petals of 150 irises, 50 of each of three species",
        "UCI Machine Learning Repository, https://doi.org/10.24432/C56C76",
        "R. A. Fisher (1936). The use of multiple measurements in taxonomic problems. "
        "Annals of Eugenics 7, 179-188",
        feature_names=("sepal length", "sepal width", "petal length", "petal width"),
        feature_units=("cm",) * 4,
    ),
    "wine": _TableCard(
        "Wine",
        "Chemical analyses of 178 wines by three growers of one region",
        "UCI Machine Learning Repository, https://doi.org/10.24432/C5PC7J",
        "S. Aeberhard, M. Forina (1991). Wine. UCI Machine Learning Repository",
    ),
    "breast_cancer": _TableCard(
        "Breast cancer (Wisconsin, diagnostic)",
        "Cell nuclei in 569 pictures of fine needle aspirates of a breast mass",
        "UCI Machine Learning Repository, https://doi.org/10.24432/C5DW2B",
        "W. N. Street, W. H. Wolberg, O. L. Mangasarian (1993). Nuclear feature extraction for breast tumor "
        "diagnosis. Proc. SPIE 1905, 861-870",
    ),
    "diabetes": _TableCard(
        "Diabetes",
        "442 patients; the label is the progression of the disease one year later (25 to 346, no unit)",
        "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani (2004). Least angle regression. "
        "Annals of Statistics 32, 407-499",
        licence="comes with scikit-learn (BSD-3-Clause)",
        feature_names=(
            "age",
            "sex",
            "body mass index",
            "mean blood pressure",
            "total cholesterol",
            "low-density lipoproteins",
            "high-density lipoproteins",
            "total cholesterol / HDL",
            "log of triglycerides",
            "blood sugar",
        ),
        feature_units=("years", "", "kg/m²", "mm Hg", "", "", "", "", "", ""),
    ),
}
TABLE_NAMES = tuple(_TABLES)


@cache
def table(name: str) -> Table:
    """Return one of scikit-learn's tables: ``"iris"``, ``"wine"``, ``"breast_cancer"`` or ``"diabetes"``.

    Values are as they were measured (diabetes too: not centred, not scaled). For two species of iris that a
    line separates: ``table("iris").select(["petal length", "petal width"], ["setosa", "versicolor"])``.

    Returns:
        ``.features`` (N, num_features) float64, ``.labels`` (N,) int64 class or float64 value,
        ``.feature_names``, ``.feature_units``, ``.class_names``; ``.select`` chooses columns and classes,
        ``.split`` makes training and test parts.

    Raises:
        ValueError: there is no table of this name.
    """
    if name not in _TABLES:
        raise ValueError(f"there is no table {name!r}; there are: {', '.join(TABLE_NAMES)}")
    from sklearn import datasets as sklearn_datasets

    options = {"scaled": False} if name == "diabetes" else {}
    loaded = getattr(sklearn_datasets, f"load_{name}")(**options)
    class_names = tuple(str(class_name) for class_name in getattr(loaded, "target_names", ()))
    card = _TABLES[name]
    feature_names = card.feature_names or tuple(
        str(feature).replace("_", " ") for feature in loaded.feature_names
    )
    return Table(
        name=card.name,
        description=card.description,
        licence=card.licence,
        source=card.source,
        citation=card.citation,
        features=read_only(np.array(loaded.data, dtype=np.float64)),
        labels=read_only(np.array(loaded.target, dtype=np.int64 if class_names else np.float64)),
        feature_names=feature_names,
        feature_units=card.feature_units or ("",) * len(feature_names),
        class_names=class_names,
    )
