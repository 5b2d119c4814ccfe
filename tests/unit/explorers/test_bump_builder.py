"""The bump builder: least squares, exactness where it is due, errors that fall, words and limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from course_utils.explorers import BumpBuilder
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import bumps as model

CORNERS = [0.0, 0.2, 0.9, 0.3, -0.6, -0.9, 0.1, 0.5, 0.2]


@pytest.fixture(scope="module")
def explorer() -> BumpBuilder:
    return BumpBuilder()


def wanted(name: str) -> np.ndarray:
    return model.target(name, model.SAMPLES, CORNERS)


def test_relus_whose_kinks_meet_the_corners_are_exact_there_and_everywhere() -> None:
    made = model.fit("relu", np.arange(8) / 8, 1.0, wanted("own"))
    np.testing.assert_allclose(made(np.arange(9) / 8), CORNERS, atol=1e-5)
    assert model.errors(made, wanted("own"))[1] < 1e-5


@pytest.mark.parametrize("name", ["sine", "bump", "parabola", "wiggle"])
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_the_error_falls_with_the_number_of_units(activation: str, name: str) -> None:
    by_count = model.errors_by_count(activation, 20, wanted(name))
    assert by_count.shape == (20,)
    assert by_count[19] < by_count[9] < by_count[2]
    assert by_count[19] < 0.02


def test_twice_the_relus_give_about_a_quarter_of_the_error_of_a_smooth_curve() -> None:
    by_count = model.errors_by_count("relu", 1, wanted("sine"))
    assert by_count[9] / by_count[19] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_the_fit_is_numpy_s_least_squares(activation: str) -> None:
    positions = model.even_positions(activation, 6)
    made = model.fit(activation, positions, 12, wanted("wiggle"))
    columns = model.features(activation, model.SAMPLES, positions, made.steepness)
    design = np.column_stack([np.ones(201), columns])
    solution = np.linalg.lstsq(design, wanted("wiggle"), rcond=None)[0]
    np.testing.assert_allclose([made.bias, *made.heights], solution, rtol=1e-4, atol=1e-4)
    residual = wanted("wiggle") - made(model.SAMPLES)
    np.testing.assert_allclose(columns.T @ residual, 0, atol=1e-5)


def test_copies_of_a_unit_share_the_work_instead_of_exploding() -> None:
    made = model.fit("sigmoid", [0.5, 0.5, 0.5], 20, wanted("jump"))
    assert np.ptp(made.heights) < 1e-4
    assert np.abs(made.heights).max() < 10


def test_the_formula_is_bias_plus_heights_times_units() -> None:
    made = model.by_hand("sigmoid", [[0.4, 1.0, 20.0], [0.6, -0.5, -8.0]], 2, 0.25)
    x = np.linspace(-1, 2, 50)
    expected = 0.25 + expit(20 * (x - 0.4)) - 0.5 * expit(-8 * (x - 0.6))
    np.testing.assert_allclose(made(x), expected, rtol=1e-12)


def test_two_sigmoids_make_a_bump_as_high_as_their_steps() -> None:
    made = model.by_hand("sigmoid", [[0.3, 1.0, 100.0], [0.7, -1.0, 100.0]], 2, 0.0)
    np.testing.assert_allclose(made(np.array([0.0, 0.5, 1.0])), [0, 1, 0], atol=1e-6)


def test_units_that_are_missing_add_nothing_and_none_is_lost() -> None:
    units = [[0.4, 1.0, 20.0], [0.6, -1.0, 20.0]]
    x = np.linspace(0, 1, 9)
    np.testing.assert_allclose(
        model.by_hand("tanh", units, 5, 0.0)(x), model.by_hand("tanh", units, 2, 0.0)(x), atol=1e-15
    )
    assert len(model.by_hand("tanh", units, 1, 0.0).heights) == 1


def test_the_fit_stands_where_the_units_were_dragged_when_there_are_n_of_them(explorer: BumpBuilder) -> None:
    rows = [[0.1, 0.0, 8.0], [0.8, 0.0, 8.0]]
    assert list(model.sum_of(explorer.complete({"n": 2, "units": rows})).positions) == [0.1, 0.8]
    assert list(model.sum_of(explorer.complete({"n": 4, "units": rows})).positions) == [0, 0.25, 0.5, 0.75]


def test_the_sentence_tells_kind_errors_and_extrapolation(explorer: BumpBuilder) -> None:
    assert explorer.describe(explorer.complete({})) == (
        "4 ReLU units, fitted, against the target “sine”: "
        "between 0 and 1 the root-mean-square error is 0.077 and the largest error 0.192. "
        "Outside, the error is 1.10 at x = −0.25 and 0.00 at x = 1.25."
    )
    eight = explorer.describe(explorer.complete({"target": "own", "n": 8}))
    assert "root-mean-square error is 0.000 and the largest error 0.000" in eight
    assert explorer.describe(explorer.complete({"n": 1, "mode": "hand"})).startswith(
        "1 ReLU unit, set by hand"
    )


def test_outside_the_fitted_interval_the_error_is_much_larger(explorer: BumpBuilder) -> None:
    state = explorer.complete(next(each.state for each in explorer.presets if each.name == "Outside"))
    made = model.sum_of(state)
    outside = abs(made(np.array([1.25]))[0] - np.sin(2 * np.pi * 1.25))
    assert outside > 10 * model.errors(made, wanted("sine"))[1]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"n": 21}, "n = 21 lies outside"),
        ({"units": [[0.5, 1.0]]}, r"units\[0\] must hold position, height, steepness"),
        ({"units": [[2.0, 1.0, 5.0]]}, r"units\[0\] position = 2.0 lies outside"),
        ({"units": [[0.5, 1.0, 5.0]] * 21}, "at most 20 rows"),
        ({"units": "none"}, "at most 20 rows"),
        ({"corners": [0.0] * 8}, "corners must be a list of 9"),
        ({"target": "cosine"}, "target must be one of"),
    ],
)
def test_bad_states_are_refused_in_words(changes: dict, complaint: str) -> None:
    with pytest.raises(StateError, match=complaint):
        BumpBuilder(**changes)


def test_the_still_picture_shows_curves_and_the_fall_of_the_error(explorer: BumpBuilder) -> None:
    curves, fall = explorer.draw(explorer.complete({"n": 3})).axes
    assert len(curves.lines) == 5
    assert fall.get_yscale() == "log"
