"""The drawing pad: the picture made from strokes, and what the pad says about a prediction."""

from __future__ import annotations

import re

import numpy as np
import pytest

from course_utils import datasets
from course_utils.explorers import DrawingPad
from course_utils.explorers.drawing import NO_ANSWER, NOTHING_DRAWN
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import drawing
from course_utils.explorers.models.drawing import rasterize, usual_box
from course_utils.explorers.models.drawn_examples import DRAWN
from tests.small_networks import make_chain

DIGITS = [str(digit) for digit in range(10)]
LINE = [[[0.2, 0.2], [0.8, 0.7]]]


def certain(digit: int):
    """A network that always answers ``digit``."""
    return lambda pictures: np.eye(10)[[digit]]


def random_strokes(rng: np.random.Generator) -> list:
    return [rng.uniform(0.2, 0.8, (4, 2)).round(3).tolist() for _ in range(2)]


# ---- the picture ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(20, 20), (28, 28), (24, 32)])
def test_an_empty_pad_is_blank_paper(shape):
    picture = rasterize([], 0.08, shape)
    assert picture.shape == shape
    assert picture.dtype == np.float32
    assert not picture.any()


def test_the_box_is_that_of_mnist_and_of_the_digits():
    assert usual_box((28, 28)) == 20
    assert usual_box((20, 20)) == 15


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shape", [(20, 20), (28, 28), (24, 32)])
def test_the_ink_fills_the_box_and_is_centred_by_mass(shape, seed):
    picture = rasterize(random_strokes(np.random.default_rng(seed)), 0.08, shape)
    assert 0 <= picture.min() < 0.01
    assert 0.5 < picture.max() <= 1
    rows, columns = (np.flatnonzero(picture.max(axis=axis) > 0.02) for axis in (1, 0))
    assert usual_box(shape) - 1 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= usual_box(shape) + 2
    for axis, inked in enumerate((rows, columns)):
        positions = np.arange(shape[axis]) + 0.5
        centre = np.average(positions, weights=picture.sum(axis=1 - axis))
        at_the_rim = inked[0] <= 1 or inked[-1] >= shape[axis] - 2
        assert abs(centre - shape[axis] / 2) < 0.1 or at_the_rim


@pytest.mark.parametrize("seed", range(5))
def test_size_and_place_of_the_drawing_make_no_odds(seed):
    strokes = np.array(random_strokes(np.random.default_rng(seed)))
    smaller = 0.4 * strokes + [0.5, 0.1]
    np.testing.assert_allclose(rasterize(strokes.tolist(), 0.1), rasterize(smaller.tolist(), 0.04), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_ink_is_what_lies_within_half_a_pen_of_a_line(seed):
    """Each pixel against the share of its 16 x 16 points that lie near enough to a line."""
    lines = np.array(random_strokes(np.random.default_rng(seed))) * 20
    fine = (np.arange(16 * 20) + 0.5) / 16
    near = min_distance(np.stack(np.meshgrid(fine, fine), axis=-1), lines) <= 1
    exact = near.reshape(20, 16, 20, 16).mean(axis=(1, 3))
    segments = np.stack([lines[:, :-1], lines[:, 1:]], axis=2).reshape(-1, 2, 2)
    ink = drawing._ink(segments, 2.0, (20, 20))
    assert np.abs(ink - exact).mean() < 0.01
    assert np.quantile(np.abs(ink - exact), 0.98) < 0.1  # more only where two lines meet inside a pixel


def min_distance(grid: np.ndarray, strokes: list) -> np.ndarray:
    distances = []
    for stroke in strokes:
        for start, end in zip(np.array(stroke[:-1]), np.array(stroke[1:]), strict=True):
            along = np.clip(((grid - start) @ (end - start)) / ((end - start) @ (end - start)), 0, 1)
            distances.append(np.linalg.norm(grid - start - along[..., None] * (end - start), axis=-1))
    return np.min(distances, axis=0)


def test_a_dot_is_a_disc():
    picture = rasterize([[[0.1, 0.9]]], 0.08)
    assert picture[10, 10] == 1
    assert picture[1, 1] == 0
    assert picture.sum() == pytest.approx(np.pi * 7.5**2, rel=0.03)


def test_drawings_have_as_much_ink_as_the_digits_that_people_wrote():
    written = (datasets.digits().train.images / 255).sum(axis=(1, 2))
    low, high = np.quantile(written, [0.01, 0.99])
    for name in ("three", "eight", "open_four", "barred_seven"):
        assert low < rasterize(DRAWN[name], 0.08).sum() < high


# ---- the pad ---------------------------------------------------------------------------------------


def test_an_empty_pad_has_no_answer_but_the_function_is_tried_once():
    asked = []

    def predict(pictures):
        asked.append(pictures.sum())
        return np.eye(10)[[3]]

    pad = DrawingPad(predict, DIGITS)
    assert pad.describe(pad.state) == NOTHING_DRAWN
    assert pad.answer == {"state": pad.state}
    pad.set(pen=0.1)
    assert asked == [0], "blank paper is shown once, at the start"


def test_a_mistake_in_the_function_shows_before_the_first_stroke():
    pad = DrawingPad(lambda pictures: np.zeros(3), DIGITS)
    assert "must return shape (1, 10)" in pad.fault
    assert pad.describe(pad.state) == NOTHING_DRAWN


def test_the_network_gets_one_picture_of_the_size_that_was_asked_for():
    seen = []

    def predict(pictures):
        seen.append(pictures)
        return np.eye(10)[[3]]

    DrawingPad(predict, DIGITS, size=(28, 28), strokes=LINE)
    assert seen[0].shape == (1, 28, 28)
    assert seen[0].dtype == np.float32
    assert seen[0].max() == 1


@pytest.mark.parametrize(
    ("probabilities", "sentence"),
    [
        ([0.03, 0.97], "I think it is a cat (97 %). My second guess is an apple (3 %)."),
        ([0.998, 0.002], "I think it is an apple (over 99 %)."),
        ([0.3, 0.3, 0.4], "I am not sure: perhaps it is an 8 (40 %), perhaps an apple (30 %)."),
    ],
)
def test_the_sentence_names_the_best_guess_and_how_sure_it_is(probabilities, sentence):
    pad = DrawingPad(
        lambda pictures: [probabilities], ["apple", "cat", "8"][: len(probabilities)], strokes=LINE
    )
    assert pad.describe(pad.state) == sentence
    assert pad.answer["sentence"] == sentence


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.zeros((1, 5)), r"shape \(1, 10\).*not \(1, 5\)"),
        (np.ones((1, 10)), "softmax"),
        (np.full((1, 10), np.nan), "softmax"),
        (None, "TypeError|ValueError"),
    ],
)
def test_an_answer_that_is_no_probability_is_told(answer, words):
    pad = DrawingPad(lambda pictures: answer, DIGITS, strokes=LINE)
    assert re.search(words, pad.fault)
    assert pad.describe(pad.state) == NO_ANSWER
    assert pad.draw(pad.state).axes


def test_an_error_and_a_print_in_the_students_function_are_shown_in_the_pad():
    def predict(pictures):
        print("shape", pictures.shape)
        if pictures.sum() > 150:
            raise ZeroDivisionError("too much ink")
        return np.eye(10)[[1]]

    pad = DrawingPad(predict, DIGITS, strokes=LINE)
    assert pad.said == "shape (1, 20, 20)\n"
    pad.set(strokes=[[[0.5, 0.5]]])
    assert "ZeroDivisionError: too much ink" in pad.fault
    pad.set(strokes=LINE)
    assert pad.fault == ""
    assert pad.describe(pad.state) == "I think it is a 1 (over 99 %)."


@pytest.mark.parametrize(
    "strokes",
    [
        "scribble",
        [[]],
        [[[0.1, 0.2, 0.3]]],
        [[[0.1, 1.2]]],
        [[[0.1, float("nan")]]],
        [[[True, 0.5]]],
        [[[0.5, 0.5]] * 2001],
    ],
)
def test_strokes_that_cannot_be_drawn_are_refused(strokes):
    with pytest.raises(StateError, match="strokes"):
        DrawingPad(certain(3), DIGITS, strokes=strokes)


def test_coordinates_are_rounded_so_that_a_copied_state_stays_short():
    pad = DrawingPad(certain(3), DIGITS, strokes=[[(1 / 3, 2 / 3)]])
    assert pad.state["strokes"] == [[[0.333, 0.667]]]


def test_a_classifier_of_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        DrawingPad(certain(3), ["only"])


def test_the_examples_are_there_for_digits_only():
    assert {"3", "8", "a dot"} <= {preset.name for preset in DrawingPad(certain(3), DIGITS).presets}
    assert DrawingPad(lambda pictures: [[0.5, 0.5]], ["cat", "dog"]).presets == ()


# ---- a model in place of a function --------------------------------------------------------------


def test_a_model_answers_with_its_own_numbers_and_gives_the_size_of_the_pictures():
    model = make_chain("lesson 00")
    pad = DrawingPad(model, DIGITS, strokes=LINE)
    result = pad.compute(pad.state)
    expected = model.predict_on_batch(result["picture"][np.newaxis])[0]
    np.testing.assert_allclose(result["probabilities"], expected, rtol=1e-2, atol=1e-3)
    assert result["picture"].shape == (20, 20)
    assert not pad.spec["computes"], "the browser computes"
    assert pad.arrays["where"] == "computed in your browser"
    assert pad.describe(pad.state) == result["sentence"]
    larger = DrawingPad(untrained((28, 28, 1)), DIGITS, strokes=LINE)
    assert larger.compute(larger.state)["picture"].shape == (28, 28)


def untrained(shape: tuple[int, ...], **last):
    import keras

    layers = [
        keras.Input(shape),
        keras.layers.Flatten(),
        keras.layers.Dense(10, **{"activation": "softmax"} | last),
    ]
    return keras.Sequential(layers)


def test_a_model_that_is_no_chain_of_known_layers_is_asked_in_the_kernel_and_the_pad_says_why():
    import keras

    layers = [keras.layers.LSTM(8, name="memory"), keras.layers.Dense(10, activation="softmax")]
    pad = DrawingPad(keras.Sequential([keras.Input((20, 20)), *layers]), DIGITS, strokes=LINE)
    assert pad.fault == ""
    assert pad.spec["computes"]
    assert "'memory' is of the type LSTM" in pad.arrays["where"]
    assert pad.describe(pad.state) == pad.answer["sentence"]


def test_a_model_without_probabilities_is_told():
    pad = DrawingPad(untrained((20, 20), activation=None, bias_initializer="ones"), DIGITS, strokes=LINE)
    assert "is a softmax missing?" in pad.fault
    assert pad.describe(pad.state) == NO_ANSWER
