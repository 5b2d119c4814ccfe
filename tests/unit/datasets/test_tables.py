"""scikit-learn's tables as records; choosing columns and classes; splitting."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import datasets

PETALS = ["petal length", "petal width"]


@pytest.mark.parametrize(
    ("name", "num_rows", "num_features", "num_classes"),
    [("iris", 150, 4, 3), ("wine", 178, 13, 3), ("breast_cancer", 569, 30, 2), ("diabetes", 442, 10, 0)],
)
def test_tables_have_the_documented_form(
    name: str, num_rows: int, num_features: int, num_classes: int
) -> None:
    table = datasets.table(name)
    assert table.features.shape == (num_rows, num_features)
    assert table.features.dtype == np.float64
    assert len(table.feature_names) == len(table.feature_units) == num_features
    assert len(table.class_names) == num_classes
    assert table.labels.dtype == (np.int64 if num_classes else np.float64)
    assert np.isfinite(table.features).all()


def test_diabetes_is_in_real_units() -> None:
    table = datasets.table("diabetes")
    ages = table.features[:, table.feature_names.index("age")]
    assert (ages.min(), ages.max()) == (19, 79)
    assert (table.labels.min(), table.labels.max()) == (25, 346)
    assert table.axis_label("body mass index") == "body mass index (kg/m²)"
    assert table.axis_label("sex") == "sex"


def test_petals_separate_two_irises_by_a_line() -> None:
    table = datasets.table("iris").select(PETALS, ["setosa", "versicolor"])
    assert table.features.shape == (100, 2)
    assert table.class_names == ("setosa", "versicolor")
    assert ((table.features.sum(axis=1) > 3) == table.labels).all()
    assert table.axis_label("petal width") == "petal width (cm)"


def test_select_keeps_the_order_asked_for() -> None:
    iris = datasets.table("iris")
    table = iris.select(["petal width", "sepal length"], ["virginica", "setosa"])
    assert table.feature_names == ("petal width", "sepal length")
    assert (table.features[table.labels == 0] == iris.features[iris.labels == 2][:, [3, 0]]).all()
    assert (table.features[table.labels == 1] == iris.features[iris.labels == 0][:, [3, 0]]).all()
    assert not table.features.flags.writeable
    assert iris.features.shape == (150, 4)


def test_select_features_of_a_regression_table() -> None:
    diabetes = datasets.table("diabetes")
    table = diabetes.select(["body mass index"])
    assert table.features.shape == (442, 1)
    assert (table.labels == diabetes.labels).all()


@pytest.mark.parametrize(
    ("table", "features", "classes", "message"),
    [
        ("iris", ["petal colour"], None, "'petal colour' is no feature of Iris; there are: sepal length"),
        ("iris", None, ["rose"], "'rose' is no class of Iris; there are: setosa"),
        ("iris", "petal width", None, r"give a list of names, for example \['petal width'\]"),
        ("iris", [], None, "an empty list is no feature"),
        ("diabetes", None, ["ill"], "there are: none"),
    ],
)
def test_select_says_what_there_is(table: str, features, classes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        datasets.table(table).select(features, classes)


def test_split_is_stratified_complete_and_fixed_by_its_seed() -> None:
    table = datasets.table("breast_cancer")
    train, test = table.split(test_fraction=0.2, seed=3)
    assert len(test.labels) == pytest.approx(0.2 * 569, abs=1)
    assert test.labels.mean() == pytest.approx(table.labels.mean(), abs=0.01)
    rows = np.concatenate([train.features, test.features])
    assert sorted(map(tuple, rows)) == sorted(map(tuple, table.features))
    again, other = table.split(0.2, seed=3), table.split(0.2, seed=4)
    assert (again.test.features == test.features).all()
    assert not (other.test.features == test.features).all()
    assert not train.features.flags.writeable


def test_split_shuffles_and_keeps_labels_with_their_rows() -> None:
    table = datasets.table("iris")
    label_of = {tuple(row): label for row, label in zip(table.features, table.labels, strict=True)}
    for part in table.split():
        assert [label_of[tuple(row)] for row in part.features] == part.labels.tolist()
        assert (np.diff(part.labels) < 0).any()


def test_split_of_a_regression_table() -> None:
    train, test = datasets.table("diabetes").split(0.5)
    assert len(train.labels) == len(test.labels) == 221


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 25, float("nan")])
def test_split_refuses_what_is_no_fraction(fraction: float) -> None:
    with pytest.raises(ValueError, match="test_fraction must lie between 0 and 1"):
        datasets.table("iris").split(fraction)


def test_split_refuses_to_leave_a_class_out() -> None:
    with pytest.raises(ValueError, match="0 of the 50 rows of a class"):
        datasets.table("iris").split(0.001)


def test_an_unknown_table_lists_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"no table 'boston'; there are: iris, wine, breast_cancer, diabetes"
    ):
        datasets.table("boston")
