"""The parameter counter: the article's numbers, LeNet-5's published counts, layers that do not fit, the words."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers.engine import StateError
from course_utils.explorers.models import parameter_counts as model
from course_utils.explorers.parameters import LENET_1998, LENET_TODAY, ParameterCounter


def test_the_articles_three_counts() -> None:
    ways = model.three_ways(side=1000, channels=1, units=10**6, maps=1, field=10)
    assert ways == model.Ways(fully=10**12, local=10**8, shared=100)


def test_biases_are_one_a_unit_or_one_a_map() -> None:
    without = model.three_ways(28, 3, 576, 6, 5)
    with_biases = model.three_ways(28, 3, 576, 6, 5, biases=True)
    assert with_biases.fully - without.fully == 576 * 6
    assert with_biases.local - without.local == 576 * 6
    assert with_biases.shared - without.shared == 6


def test_a_field_is_never_larger_than_the_picture() -> None:
    ways = model.three_ways(4, 1, 10, 2, 31)
    assert ways.local == ways.fully == 4 * 4 * 10 * 2


def test_counts_stay_exact_in_the_browsers_numbers() -> None:
    fields = ParameterCounter.fields
    largest = {name: fields[name].high for name in ("side", "channels", "units", "maps", "field")}  # type: ignore[attr-defined]
    assert model.three_ways(**largest, biases=True).fully < 2**53


# ---- LeNet-5 -------------------------------------------------------------------------------------------


def test_lenet_5_as_published() -> None:
    """LeCun, Bottou, Bengio, Haffner 1998, section II.B: trainable parameters and connections of every layer."""
    counts = {each.name: each for each in model.count_layers(32, 1, LENET_1998)}
    assert [each.parameters for each in counts.values()] == [156, 12, 1516, 32, 48_120, 10_164, 0]
    assert counts["output"].fixed == 840
    assert sum(each.parameters for each in counts.values()) == 60_000
    assert counts["C1"].multiply_adds + 28 * 28 * 6 == 122_304, "connections, with those of the biases"
    assert counts["C3"].multiply_adds + 10 * 10 * 16 == 151_600
    assert counts["C5"].shape == (1, 1, 120)


def test_the_table_of_c3_is_that_of_the_paper() -> None:
    """Table I: six maps see three neighbours, six see four, three see four that are not all neighbours, one all."""
    columns = ["###...", ".###..", "..###.", "...###", "#...##", "##...#", "####..", ".####.", "..####"]
    columns += ["#..###", "##..##", "###..#", "##.##.", ".##.##", "#.##.#", "######"]
    seen = [{i for i, mark in enumerate(column) if mark == "#"} for column in columns]
    assert [set(each) for each in model.C3_TABLE] == seen
    assert sum(map(len, model.C3_TABLE)) == 60


def test_lenet_today() -> None:
    counts = model.count_layers(32, 1, LENET_TODAY)
    assert [each.parameters for each in counts] == [156, 0, 2416, 0, 48_120, 10_164, 850]
    assert sum(each.parameters for each in counts) == 61_706


# ---- what does not fit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "place", "words"),
    [
        ([("max", 4, 1), ("conv", 9, 2)], 1, "its window of 9 × 9 does not fit into 8 × 8"),
        ([("dense", 1, 5), ("max", 1, 1)], 1, "it needs maps, not a list of units"),
        ([("partial", 5, 16)], 0, "its table is for 6 maps, not 1"),
    ],
)
def test_a_layer_that_does_not_fit_says_why(layers: list, place: int, words: str) -> None:
    counts = model.count_layers(32, 1, [*layers, ("dense", 1, 10)])
    assert counts[place].problem == words
    assert counts[place].shape is None
    assert counts[-1].problem == "it comes after a layer that does not fit"
    assert counts[-1].parameters == 0


@pytest.mark.parametrize(
    "layers",
    [[], "conv", [["conv", 5]], [["pool", 2, 1]], [["conv", 12, 1]], [["conv", 3, 0]], [["max", 2, 1]] * 10],
)
def test_wrong_layers_are_refused(layers: object) -> None:
    with pytest.raises(StateError, match="layers"):
        ParameterCounter(layers=layers)


# ---- words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "words", "bytes_"),
    [
        (1, "1", "4 bytes"),
        (100, "100", "400 bytes"),
        (61_706, "61,706", "247 kB"),
        (2_712_960, "2.71 million", "10.9 MB"),
        (10**8, "100 million", "400 MB"),
        (10**12, "1 trillion", "4 TB"),
        (4 * 10**15, "4 quadrillion", "16 PB"),
    ],
)
def test_large_counts_in_words(count: int, words: str, bytes_: str) -> None:
    assert model.amount(count) == words
    assert model.memory(count) == bytes_


def test_the_sentences() -> None:
    explorer = ParameterCounter()
    told = explorer.describe(explorer.state)
    assert "1 trillion (4 TB) weights if every unit sees every pixel, 100 million (400 MB)" in told
    assert told.endswith(
        "100 (400 bytes) if the units of a map share theirs. Sharing needs 10 billion times fewer than full connection."
    )
    told = explorer.describe(explorer.state | {"view": "layers"})
    assert "60,000 trained parameters (240 kB) and 840 fixed numbers, 328,096 multiply-adds" in told
    assert told.endswith("C5 has 80 % of the parameters. C3 has 46 % of the multiply-adds.")
    told = explorer.describe(explorer.state | {"view": "layers", "layers": [["max", 11, 1], ["conv", 5, 2]]})
    assert told.startswith("C2 does not fit: its window of 5 × 5 does not fit into 2 × 2.")
    told = explorer.describe(explorer.state | {"side": 4, "units": 1, "field": 9})
    assert told.endswith("Here sharing saves nothing.")
    assert "on 32 × 32 × 1: 0 trained parameters" in explorer.describe(
        explorer.state | {"view": "layers", "layers": [["max", 2, 1]]}
    )


def test_larger_windows_have_more_weights_and_smaller_maps() -> None:
    rng = np.random.default_rng(0)
    for size, number in rng.integers(1, 11, (20, 2)):
        small, large = (
            model.count_layers(32, 3, [("conv", int(k), int(number))])[0] for k in (size, size + 1)
        )
        assert large.parameters > small.parameters
        assert large.shape and small.shape and large.shape[0] == small.shape[0] - 1
