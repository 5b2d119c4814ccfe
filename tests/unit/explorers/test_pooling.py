"""The model of the pooling explorer: shifts, equivariance, tolerance, the value that wins a window, the words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.ndimage

from course_utils.explorers.models import pooling as model
from course_utils.explorers.models.pooling import Chain
from course_utils.explorers.pooling import PoolingShift, _sources

PICTURES = ("two", "boot", "striped", "flower", "cat")
MIDDLE = slice(model.REACH, model.REACH + model.SEEN)


@pytest.fixture(params=PICTURES)
def source(request: pytest.FixtureRequest) -> np.ndarray:
    return _sources()[request.param]


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -2), (-8, 8), (0.5, 0), (1.5, -7.5), (-0.3, 2.8)])
def test_a_shift_is_that_of_scipy(source: np.ndarray, dx: float, dy: float) -> None:
    expected = scipy.ndimage.shift(source.astype(np.float64), (dy, dx), order=1)[MIDDLE, MIDDLE]
    np.testing.assert_allclose(model.seen(source, dx, dy), expected, atol=1e-9)


def test_a_whole_shift_brings_no_new_values(source: np.ndarray) -> None:
    expected = source[MIDDLE.start + 2 : MIDDLE.stop + 2, MIDDLE.start - 5 : MIDDLE.stop - 5]
    assert (model.seen(source, 5, -2) == expected).all()


def test_a_moved_map_is_known_only_inside() -> None:
    values = np.arange(16.0).reshape(4, 4)
    moved = model.moved(values, 1, 0)
    assert np.isnan(moved[:, 0]).all()
    assert (moved[:, 1:] == values[:, :3]).all()
    halves = model.moved(values, 0, -0.5)
    assert np.isnan(halves[3]).all()
    assert (halves[:3] == (values[:3] + values[1:]) / 2).all()


def test_a_change_is_a_relative_distance() -> None:
    assert model.change([3.0, 0.0], [0.0, 4.0]) == pytest.approx(5 / 4)
    assert model.change([3.0, 7.0], [3.0, np.nan]) == 0
    assert np.isnan(model.change([1.0], [0.0]))


# ---- equivariance --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kernel", "relu"), list(itertools.product(("none", *model.KERNELS), (False, True))))
def test_convolution_follows_whole_shifts_exactly(source: np.ndarray, kernel: str, relu: bool) -> None:
    chain = Chain(kernel=kernel, relu=relu, pooling="none")
    for dy in (0, 3, -8):
        before, after = model.changes(chain, source, np.arange(-8, 9), dy, along=True)
        assert before.max() == after.max() == 0


@pytest.mark.parametrize("kernel", model.KERNELS)
def test_convolution_is_linear_so_it_follows_half_shifts_until_relu_bends_it(
    source: np.ndarray, kernel: str
) -> None:
    linear, bent = (Chain(kernel=kernel, relu=relu, pooling="none") for relu in (False, True))
    assert model.changes(linear, source, 0.5, 0, along=True)[0][0] < 1e-6
    assert model.changes(bent, source, 0.5, 0, along=True)[0][0] > 0.02


@pytest.mark.parametrize("pooling", ["max", "average", "strided"])
@pytest.mark.parametrize(("stride", "stages"), [(2, 1), (3, 1), (2, 2)])
def test_pooling_follows_whole_strides_only(
    source: np.ndarray, pooling: str, stride: int, stages: int
) -> None:
    chain = Chain(pooling=pooling, stride=stride, stages=stages)
    shifts = np.arange(-8, 9)
    after = model.changes(chain, source, shifts, 0, along=True)[1]
    whole = shifts % chain.step == 0
    assert after[whole].max() < 1e-6
    assert after[~whole].min() > 0.05


# ---- tolerance -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", model.KERNELS)
@pytest.mark.parametrize("shift", [0.5, 1])
def test_pooling_softens_small_shifts_but_does_not_undo_them(
    source: np.ndarray, kernel: str, shift: float
) -> None:
    for pooling, stages in (("max", 1), ("max", 2), ("average", 1), ("average", 2)):
        chain = Chain(kernel=kernel, pooling=pooling, stages=stages)
        before, after = model.changes(chain, source, shift, 0, along=False)
        assert 0.05 < after[0] < before[0]


def test_two_stages_of_two_are_one_of_four(source: np.ndarray) -> None:
    picture = model.seen(source, 1, 0)[np.newaxis]
    twice, once = (model.maps(Chain(size=n, stride=n, stages=s), picture)[1] for n, s in ((2, 2), (4, 1)))
    assert (twice == once).all()


# ---- the winner ----------------------------------------------------------------------------------------

CHAINS = [
    Chain(pooling=pooling, size=size, stride=stride, stages=stages)
    for pooling, size, stride, stages in itertools.product(
        ("max", "strided"), (2, 3, 4), (1, 2, 3, 4), (1, 2)
    )
]


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_the_winner_holds_the_pooled_value_and_lies_in_the_window(chain: Chain) -> None:
    before, after = (
        each[0] for each in model.maps(chain, model.seen(_sources()["boot"], 1.5, -1)[np.newaxis])
    )
    for row, column in np.ndindex(*after.shape):
        place = model.winner(chain, before, row, column)
        top, left = row * chain.step, column * chain.step
        window = before[np.ix_(top + np.array(chain.offsets), left + np.array(chain.offsets))]
        if place is None:
            assert window.min() == window.max() == after[row, column]
        else:
            assert before[place] == after[row, column]
            assert {place[0] - top, place[1] - left} <= set(chain.offsets)


def test_a_second_stage_with_large_strides_leaves_rows_out() -> None:
    assert Chain(size=3, stride=2, stages=2).offsets == list(range(7))
    assert Chain(size=2, stride=4, stages=2).offsets == [0, 1, 4, 5]
    assert Chain(pooling="strided", stride=3, stages=2).offsets == [0]


def test_an_average_has_no_winner() -> None:
    chain = Chain(pooling="average")
    before = model.maps(chain, model.seen(_sources()["boot"], 0, 0)[np.newaxis])[0][0]
    assert model.winner(chain, before, 6, 7) is None


# ---- words ---------------------------------------------------------------------------------------------


def test_the_start_tells_shapes_changes_and_the_winner() -> None:
    explorer = PoolingShift()
    told = explorer.describe(explorer.state)
    assert "15 × 15 values" in told
    assert "changed by 93 %, after it by 82 %: a little is forgiven" in told
    assert told.endswith("3.85, the largest of 2 × 2 values, from row 12, column 18.")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Four pixels", "131 %, after it by 116 %"),
        ("Half a pixel", "42 %, after it by 32 %"),
        ("Strided", "127 %, after it by 174 %: nothing is forgiven"),
        ("Two stages", "93 %, after it by 39 %: much is forgiven"),
        ("Equivariant", "The map is the old one, moved along exactly."),
        ("Whole strides", "One pooled cell is 2 px: after pooling it is the moved map exactly."),
    ],
)
def test_presets_show_what_they_promise(name: str, words: str) -> None:
    explorer = PoolingShift()
    state = next(preset.state for preset in explorer.presets if preset.name == name)
    assert words in explorer.describe(explorer.complete(state))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"dx": 0, "dy": 0}, "unshifted, through Sobel x"),
        ({"dx": 0}, "Nothing has moved"),
        ({"kernel": "none", "pooling": "none"}, "through no kernel, then no pooling: 32 × 32 values"),
        ({"pooling": "average", "relu": False}, "through Sobel x, then average pooling 2 × 2"),
        ({"pooling": "strided", "stride": 3}, "taken from row 18, column 27"),
        ({"row": 0, "column": 0}, "0.00, as all of its 2 × 2 values."),
        (
            {"size": 4, "stride": 4, "stages": 2, "compare": "moved", "dx": 2, "picture": "boot"},
            "no value of the moved map lies inside",
        ),
        ({"compare": "moved", "dx": 1}, "it is the moved map but for"),
        ({"row": 31, "column": 31}, "At row 14, column 14"),
    ],
)
def test_the_sentence_knows_the_special_cases(state: dict, words: str) -> None:
    explorer = PoolingShift(**state)
    assert words in explorer.describe(explorer.state)
