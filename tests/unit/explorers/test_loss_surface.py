"""The loss surface: gradients against finite differences, planes that are what they say, steps that go down."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers import LossSurface
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import loss_surface as model

PLACES = [(0.0, 0.0), (0.3, -0.4), (-0.8, 0.7), (1.0, 1.0)]


@pytest.fixture(scope="module")
def explorer() -> LossSurface:
    return LossSurface()


def whole_loss(theta: np.ndarray) -> float:
    return model.loss_and_gradient(theta, *model.pictures())[0]


def test_the_gradient_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    theta = model.training_path()[40]
    _, gradient = model.loss_and_gradient(theta, *model.pictures())
    for _ in range(5):
        way = rng.standard_normal(model.NUM_WEIGHTS)
        way /= np.linalg.norm(way)
        slope = (whole_loss(theta + 1e-5 * way) - whole_loss(theta - 1e-5 * way)) / 2e-5
        assert gradient @ way == pytest.approx(slope, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("directions", model.DIRECTIONS)
def test_the_short_way_over_the_plane_equals_the_whole_network(directions: str) -> None:
    surface = model.surface(directions, 3)
    for a, b in PLACES:
        theta = surface.plane.at(a, b)
        loss, gradient = model.loss_and_gradient(theta, *model.pictures())
        point = surface.point(a, b)
        assert point.loss == pytest.approx(loss, rel=1e-9)
        assert surface.loss(a, b) == pytest.approx(loss, rel=1e-9)
        expected = [gradient @ surface.plane.first, gradient @ surface.plane.second]
        np.testing.assert_allclose(point.gradient, expected, rtol=1e-8, atol=1e-10)
        assert surface.length(point.gradient) <= np.linalg.norm(gradient) * (1 + 1e-9)


@pytest.mark.parametrize("directions", ["random", "weights"])
def test_the_middle_of_the_surface_is_the_trained_network(directions: str) -> None:
    surface = model.surface(directions, 1)
    assert surface.losses.shape == (model.GRID, model.GRID)
    assert surface.losses[20, 20] == pytest.approx(whole_loss(model.trained()), rel=1e-6)
    np.testing.assert_allclose(surface.trained, 0, atol=1e-12)


def test_rows_are_b_and_columns_are_a() -> None:
    surface = model.surface("random", 0)
    assert surface.losses[0, 40] == pytest.approx(surface.loss(1, -1), rel=1e-6)
    assert surface.losses[40, 0] == pytest.approx(surface.loss(-1, 1), rel=1e-6)


def test_training_reaches_a_low_loss_from_the_plateau() -> None:
    path = model.training_path()
    assert whole_loss(path[0]) == pytest.approx(np.log(10), abs=0.01)
    assert whole_loss(path[-1]) < 0.05


@pytest.mark.parametrize("directions", model.DIRECTIONS)
def test_a_small_enough_step_lowers_the_loss(directions: str) -> None:
    surface = model.surface(directions, 0)
    for a, b in PLACES[1:]:
        losses = surface.descend(a, b, 0.1, 5)[1]
        assert model.count_rises(losses) == 0
        assert losses[-1] < losses[0]


def test_a_step_is_the_gradient_projected_on_the_plane() -> None:
    surface = model.surface("random", 2)
    _, gradient = model.loss_and_gradient(surface.plane.at(0.4, -0.3), *model.pictures())
    places, _ = surface.descend(0.4, -0.3, 3.0, 1)
    basis = np.linalg.qr(np.stack([surface.plane.first, surface.plane.second], axis=1))[0]
    step = surface.plane.at(*places[1]) - surface.plane.at(*places[0])
    np.testing.assert_allclose(step, -3.0 * basis @ (basis.T @ gradient), atol=1e-10)
    assert np.linalg.norm(step) == pytest.approx(3.0 * surface.length(surface.point(0.4, -0.3).gradient))


def test_random_directions_are_as_long_as_the_weights_unit_by_unit() -> None:
    trained = model.unpack(model.trained())
    first = model.unpack(model.surface("random", 5).plane.first)
    for i in (0, 2):
        np.testing.assert_allclose(np.linalg.norm(first[i], axis=0), np.linalg.norm(trained[i], axis=0))
    assert not first[1].any()
    assert not first[3].any()


def test_the_principal_plane_holds_more_of_the_path_than_a_random_one() -> None:
    path = model.training_path()

    def missed(directions: str) -> float:
        plane = model.surface(directions, 0).plane
        seen = plane.coordinates(path)
        shown = plane.origin + seen @ np.stack([plane.first, plane.second])
        return float(np.linalg.norm(path - shown) / np.linalg.norm(path - path[-1]))

    assert missed("trajectory") < 0.1
    assert missed("random") > 0.5
    assert np.abs(model.surface("trajectory").path).max() < 1


def test_the_mirror_image_has_the_same_loss_and_zero_lies_between() -> None:
    surface = model.surface("mirror", 0)
    side = 1 / 1.5
    assert surface.loss(side, 0) == pytest.approx(whole_loss(model.trained()), rel=1e-9)
    assert surface.loss(-side, 0) == pytest.approx(surface.loss(side, 0), rel=1e-9)
    assert surface.loss(0, 0) == pytest.approx(np.log(10), abs=0.05)
    across = surface.loss(0, 0.5)
    assert surface.loss(-side, 0) < surface.loss(0, 0) < across, "a saddle: down on both sides, up across"


def test_two_single_weights_change_nothing_else() -> None:
    plane = model.surface("weights", 4).plane
    assert np.count_nonzero(plane.first) == np.count_nonzero(plane.second) == 1
    assert plane.names[0].startswith("weight from unit")


def state_of(explorer: LossSurface, name: str) -> dict:
    return explorer.complete(next(preset.state for preset in explorer.presets if preset.name == name))


def test_the_presets_show_what_they_promise(explorer: LossSurface) -> None:
    losses = {p.name: explorer.compute(explorer.complete(p.state))["losses"] for p in explorer.presets}
    assert losses["Too small"][-1] > 0.5 * losses["Too small"][0]
    assert losses["Good"][-1] < 0.05
    assert "has left the picture" in explorer.describe(state_of(explorer, "Too large"))
    assert losses["Too large"][-1] > losses["Too large"][0]
    assert losses["Plateau"][6] > 0.95 * losses["Plateau"][0]
    assert losses["Plateau"][-1] < 0.5 * losses["Plateau"][0]
    assert losses["Where training went"][-1] < 0.2


def test_the_saddle_leads_to_either_valley(explorer: LossSurface) -> None:
    surface = model.surface("mirror", 0)
    ends = {surface.descend(a, 0.5, 1, 40)[0][-1][0] > 0 for a in (-0.3, 0.0)}
    assert ends == {True, False}


def test_the_sentence_tells_place_loss_and_gradient(explorer: LossSurface) -> None:
    lies = explorer.describe(explorer.complete({}))
    assert lies.startswith("The ball lies at (−0.80, 0.70) with loss 1.0")
    assert "The gradient on this plane has length" in lies
    one = explorer.describe(explorer.complete({"steps": 1, "rate": 0.25}))
    assert "1 step with learning rate 0.25 lead" in one
    assert "The loss fell at every step." in one
    rises = explorer.describe(explorer.complete({"rate": 150, "steps": 20}))
    assert "The loss rose at 1 of 20 steps." in rises


@pytest.mark.parametrize(
    "state",
    [{"directions": "third"}, {"seed": 100}, {"a": 1.2}, {"rate": 0.0}, {"steps": 51}, {"steps": 1.5}],
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        LossSurface(**state)


def test_the_still_picture_shows_surface_and_losses(explorer: LossSurface) -> None:
    left, right = explorer.draw(explorer.complete({"steps": 7})).axes
    assert left.images
    assert len(right.lines[0].get_xdata()) == 8
    assert right.get_yscale() == "log"
