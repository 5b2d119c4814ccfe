"""Convolution: the feature map against SciPy, places, single windows, what kernels answer to, the sentence."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate2d

from course_utils.explorers import Convolution
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import convolution as model
from tests.explorer_samples import random_state


@pytest.fixture(scope="module")
def explorer() -> Convolution:
    return Convolution()


def preset(explorer: Convolution, name: str) -> dict:
    return explorer.complete(next(preset.state for preset in explorer.presets if preset.name == name))


@pytest.mark.parametrize("size", model.SIZES)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_feature_map_is_scipys_correlation(size: int, padding: str, channels: int) -> None:
    rng = np.random.default_rng(size)
    picture, kernels = rng.random((17, 12, channels)), rng.standard_normal((channels, size, size))
    found = model.feature_map(picture, kernels, bias=0.3, padding=padding)
    expected = 0.3 + sum(correlate2d(picture[..., c], kernels[c], mode=padding) for c in range(channels))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    relu = model.feature_map(picture, kernels, bias=0.3, padding=padding, relu=True)
    np.testing.assert_allclose(relu, np.maximum(found, 0), rtol=1e-6)


def test_stride_takes_every_second_value_and_dilation_spreads_the_kernel() -> None:
    rng = np.random.default_rng(0)
    picture, kernels = rng.random((19, 16, 1)), rng.standard_normal((1, 3, 3))
    plain = model.feature_map(picture, kernels)
    np.testing.assert_allclose(model.feature_map(picture, kernels, stride=2), plain[::2, ::2], rtol=1e-5)
    spread = np.zeros((1, 7, 7))
    spread[:, ::3, ::3] = kernels
    dilated = model.feature_map(picture, kernels, dilation=3)
    np.testing.assert_allclose(dilated, model.feature_map(picture, spread), rtol=1e-5)


def test_every_value_is_the_sum_of_its_windows_products() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        channels, size = rng.choice([1, 3]), rng.choice(model.SIZES)
        picture = rng.random((*rng.integers(7, 14, 2), channels))
        kernels = rng.standard_normal((channels, size, size))
        placing = {
            "stride": int(rng.integers(1, 4)),
            "padding": str(rng.choice(["valid", "same"])),
            "dilation": int(rng.integers(1, 3)),
        }
        found = model.feature_map(picture, kernels, **placing)
        if not found.size:
            continue
        row, column = (int(rng.integers(0, side)) for side in found.shape)
        window = model.window(picture, kernels, row, column, **placing)
        assert window.sums.sum() == pytest.approx(found[row, column], rel=1e-4, abs=1e-5)
        assert not window.values[:, ~window.inside].any()
        np.testing.assert_array_equal(window.products, window.values * kernels)


@pytest.mark.parametrize(
    ("side", "size", "options", "expected"),
    [
        (28, 3, {}, model.Axis(28, 3, 26, 0, 0)),
        (5, 3, {}, model.Axis(5, 3, 3, 0, 0)),
        (48, 3, {"stride": 2, "padding": "same"}, model.Axis(48, 3, 24, 0, 1)),
        (28, 5, {"padding": "same", "dilation": 2}, model.Axis(28, 9, 28, 4, 4)),
        (28, 3, {"stride": 3, "dilation": 3}, model.Axis(28, 7, 8, 0, 0)),
        (5, 3, {"dilation": 3}, model.Axis(5, 7, 0, 0, 0)),
        (5, 1, {"stride": 4, "padding": "same"}, model.Axis(5, 1, 2, 0, 0)),
    ],
)
def test_shapes_follow_the_formula(side: int, size: int, options: dict, expected: model.Axis) -> None:
    found = model.axis(side, size, **options)
    assert found == expected
    padded = side + found.before + found.after
    assert found.count == max(0, (padded - found.extent) // options.get("stride", 1) + 1)


def test_a_window_that_does_not_fit_gives_no_output() -> None:
    assert model.feature_map(np.ones((5, 5, 1)), np.ones((1, 3, 3)), dilation=3).shape == (0, 0)


def test_the_example_by_hand(explorer: Convolution) -> None:
    state = preset(explorer, "By hand")
    picture, kernels = explorer._seen(state)
    np.testing.assert_array_equal(model.feature_map(picture, kernels), [[4, 3, 4], [2, 4, 3], [2, 3, 4]])
    assert "At row 0, column 0: 9 products add up to 4." in explorer.describe(state)


def test_named_kernels_do_what_their_name_says() -> None:
    ramp = np.tile(np.arange(7) / 10, (7, 1))[..., np.newaxis]
    rng = np.random.default_rng(1)
    noise = rng.random((9, 9, 1))

    def response(name: str, picture: np.ndarray) -> np.ndarray:
        return model.feature_map(picture, [model.KERNELS[name]])

    np.testing.assert_allclose(response("identity", noise), noise[1:-1, 1:-1, 0], rtol=1e-6)
    np.testing.assert_allclose(response("blur", noise)[0, 0], noise[:3, :3].mean(), rtol=1e-5)
    np.testing.assert_allclose(response("wide blur", noise)[0, 0], noise[:5, :5].mean(), rtol=1e-5)
    np.testing.assert_allclose(response("Sobel x", ramp), 0.8, rtol=1e-5)
    np.testing.assert_allclose(response("Sobel y", ramp), 0, atol=1e-6)
    np.testing.assert_allclose(response("Sobel y", ramp.transpose(1, 0, 2)), 0.8, rtol=1e-5)
    np.testing.assert_allclose(response("Laplacian", ramp), 0, atol=1e-6)
    np.testing.assert_allclose(response("sharpen", ramp), ramp[1:-1, 1:-1, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(response("negative", noise), -noise[..., 0])
    assert response("diagonal edge", ramp + ramp.transpose(1, 0, 2)).min() > 1


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ("Sobel x", "where values grow from left to right"),
        ("Sobel y", "where values grow from top to bottom"),
        ("diagonal edge", "where values grow from the top left to the bottom right"),
        ("Laplacian", "to dots, lines and corners"),
        ("blur", "add up to 1: that is what an even area is multiplied by; it mixes neighbours"),
        ("negative", "add up to −1"),
    ],
)
def test_a_kernel_tells_what_it_answers_to(kernel: str, words: str) -> None:
    weights = model.KERNELS[kernel]
    assert words in model.answers_to([weights])
    assert model.kernel_name([weights]) == kernel


def test_other_kernels_tell_it_as_well() -> None:
    assert model.answers_to([[[0.0]]]) == "A kernel of zeros answers to nothing."
    assert "answers to colour" in model.answers_to([[[1]], [[0]], [[-1]]])
    turned = [row[::-1] for row in model.KERNELS["Sobel x"]]
    assert "from right to left" in model.answers_to([turned])
    assert model.kernel_name([turned]) == "your own"


def test_one_matrix_stands_for_three(explorer: Convolution) -> None:
    matrix = [[0, 1, 0], [1, 2, 1], [0, 1, 0]]
    assert Convolution(kernel=matrix).state["kernel"] == [matrix] * 3
    three = [[[1]], [[0]], [[-1]]]
    assert Convolution(kernel=three).state["kernel"] == three


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ([], "square matrix"),
        ("Sobel x", "square matrix"),
        ([[1, 2], [3, 4]], "1, 3 or 5 rows"),
        ([[1, 2, 3], [1, 2], [1, 2, 3]], "3 numbers"),
        ([[[1]], [[1]]], "each of 3 channels"),
        ([[[1]], [[1]], [[1, 2, 3]] * 3], "1 rows each"),
        ([[10]], "outside"),
        ([[float("nan")]], "finite"),
        ([[True]], "finite"),
    ],
)
def test_a_bad_kernel_is_refused_in_words(explorer: Convolution, kernel: list, message: str) -> None:
    with pytest.raises(StateError, match=message):
        explorer.complete({"kernel": kernel})


def test_the_sentence_has_shapes_arithmetic_and_meaning(explorer: Convolution) -> None:
    start = explorer.describe(explorer.complete({}))
    assert start.startswith("Ankle boot (Fashion-MNIST), 28 × 28, through a kernel of 3 × 3 (Sobel x): ")
    assert "the feature map has 26 × 26 values" in start
    relu = explorer.describe(explorer.complete({"relu": True, "bias": -3}))
    assert "with the bias −" in relu
    assert "after ReLU 0." in relu
    colour = explorer.describe(preset(explorer, "1 × 1 in colour"))
    assert "48 × 48 × 3, through a kernel of 1 × 1 × 3" in colour
    assert "At row 24, column 22: 3 products add up to 0." in colour
    none = explorer.describe(explorer.complete({"picture": "example", "dilation": 3}))
    assert none.endswith("its window of 7 × 7 pixels does not fit, so there is no output.")


def test_the_presets_show_what_they_promise(explorer: Convolution) -> None:
    def found(name: str) -> np.ndarray:
        state = preset(explorer, name)
        values, kernels = explorer._seen(state)
        placing = {key: state[key] for key in ("stride", "padding", "dilation", "relu", "bias")}
        return model.feature_map(values, kernels, **placing)

    assert found("ReLU").min() == 0
    stripes = found("Two edges")
    assert stripes.max() > 2
    assert stripes.min() < -2
    temple = found("Stride and zeros")
    assert temple.shape == (24, 24)
    assert temple[-1, :-1].mean() < 0.8 * temple[-2, :-1].mean(), "the zeros below darken the last row"
    assert found("Dilation").shape == (42, 42)
    flower = found("1 × 1 in colour")
    assert flower[24, 22] > 0.2 > 0 > flower[10, 10]
    cat = explorer._seen(preset(explorer, "Negative"))[0][..., 0]
    np.testing.assert_allclose(found("Negative"), 1 - cat, atol=1e-6)


def test_a_cursor_outside_the_map_looks_at_the_last_value(explorer: Convolution) -> None:
    state = preset(explorer, "By hand") | {"row": 40, "column": 40}
    assert "At row 2, column 2: 9 products add up to 4." in explorer.describe(state)


def test_ones_own_picture_is_made_small_and_seen_in_colour() -> None:
    picture = np.zeros((100, 60, 3), np.uint8)
    picture[:, 30:] = (255, 0, 0)
    own = Convolution(own_picture=picture, colours="rgb", kernel=[[1]])
    values, kernels = own._seen(own.state)
    assert values.shape == (48, 29, 3)
    assert len(kernels) == 3
    assert values[20, 25] == pytest.approx([1, 0, 0], abs=0.02)
    assert "48 × 29 × 3" in own.describe(own.state)
    grey, _ = own._seen(own.state | {"colours": "grey"})
    assert grey[20, 25] == pytest.approx([0.299], abs=0.02)


def test_a_drawing_lies_where_it_was_drawn(explorer: Convolution) -> None:
    values, _ = explorer._seen(explorer.complete({"picture": "drawing", "strokes": [[[0.5, 0.25]]]}))
    rows, columns = np.nonzero(values[..., 0] > 0.5)
    assert rows.mean() + 0.5 == pytest.approx(7)
    assert columns.mean() + 0.5 == pytest.approx(14)
    empty, _ = explorer._seen(explorer.complete({"picture": "drawing"}))
    assert not empty.any()


@pytest.mark.parametrize("seed", range(6))
def test_still_pictures_of_random_states(explorer: Convolution, seed: int) -> None:
    state = explorer.complete(random_state(explorer.fields, np.random.default_rng(100 + seed)))
    left, middle, right, *_ = explorer.draw(state).axes
    assert left.images
    assert middle.get_title("left").startswith("kernel")
    down, across = (
        model.axis(side, len(state["kernel"][0]), state["stride"], state["padding"], state["dilation"])
        for side in explorer._seen(state)[0].shape[:2]
    )
    if down.count:
        assert right.get_title("left") == f"feature map {down.count} × {across.count}"
