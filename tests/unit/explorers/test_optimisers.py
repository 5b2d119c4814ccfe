"""The optimiser race: gradients, minima, noise, what each rule is known for, words and limits."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.explorers import OptimiserRace
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import optimisers as model

STATE = OptimiserRace().state


def run(name: str, rate: float | None = None, **changes: object) -> model.Run:
    rates = list(STATE["rates"])
    if rate is not None:
        rates[list(model.NAMES).index(name)] = rate
    return model.run({**STATE, "rates": rates, **changes}, name)


@pytest.mark.parametrize("name", model.SURFACES)
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    surface, h = model.SURFACES[name], 1e-5
    for x, y in np.random.default_rng(0).uniform((-3, -2), (3, 2), size=(50, 2)):
        numeric = [
            (surface.height(x + h, y) - surface.height(x - h, y)) / (2 * h),
            (surface.height(x, y + h) - surface.height(x, y - h)) / (2 * h),
        ]
        np.testing.assert_allclose(surface.gradient(np.array([x, y])), numeric, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", model.SURFACES)
def test_the_minima_are_flat_worth_zero_and_nothing_lies_below(name: str) -> None:
    surface = model.SURFACES[name]
    for place in surface.minima:
        assert surface.height(*place) == pytest.approx(0, abs=1e-12)
        np.testing.assert_allclose(surface.gradient(np.array(place, dtype=float)), 0, atol=1e-12)
    x, y = np.random.default_rng(1).uniform((-5, -5), (5, 5), size=(5000, 2)).T
    assert surface.height(x, y).min() > -1e-12


def test_the_distance_is_to_the_nearest_minimum() -> None:
    assert model.SURFACES["saddle"].distance((0, 0.75)) == 0.25
    assert model.SURFACES["banana"].distance((4, 5)) == 5


def test_noise_is_nearly_normal_and_belongs_to_its_seed() -> None:
    drawn = np.concatenate([model.noise(seed).ravel() for seed in range(100)])
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.std() == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(drawn) < 1) == pytest.approx(0.683, abs=0.01)
    np.testing.assert_array_equal(model.noise(3), model.noise(3))
    assert np.abs(np.corrcoef(model.noise(3).ravel(), model.noise(4).ravel())[0, 1]) < 0.15


def test_sgd_in_a_bowl_shrinks_by_a_constant_factor() -> None:
    path = run("sgd", rate=0.25, surface="bowl", step=10)
    np.testing.assert_allclose(path.distances[1:] / path.distances[:-1], 0.75)


@pytest.mark.parametrize(("rate", "diverges"), [(0.49, False), (0.51, True)])
def test_sgd_on_the_ravine_bears_rates_below_one_half(rate: float, diverges: bool) -> None:
    path = run("sgd", rate=rate, step=300)
    assert (path.diverged_at is not None) == diverges
    if diverges:
        assert len(path.weights) == path.diverged_at + 1
        assert np.abs(path.weights[-1]).max() > model.LIMIT >= np.abs(path.weights[-2]).max()


def test_weights_that_run_away_in_one_step_end_the_path_at_once() -> None:
    assert run("sgd", rate=5, surface="banana", x=3, y=-2, step=300).diverged_at == 1


def test_without_momentum_the_rules_with_momentum_are_sgd() -> None:
    plain = run("sgd", rate=0.1, step=50).weights
    for name in ("momentum", "nesterov"):
        np.testing.assert_array_equal(run(name, rate=0.1, momentum=0.0, step=50).weights, plain)


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_slope() -> None:
    for start in (0.5, 3.0):
        path = run("adam", rate=0.2, surface="bowl", x=start, y=-start, step=1).weights
        np.testing.assert_allclose(path[1] - path[0], [-0.2, 0.2], rtol=1e-5)


def test_adamw_without_decay_is_adam_and_with_it_shrinks_the_weights() -> None:
    adam = run("adam", rate=0.1, surface="banana", step=100)
    np.testing.assert_array_equal(
        run("adamw", rate=0.1, surface="banana", decay=0.0, step=100).weights, adam.weights
    )
    shrunk = run("adamw", rate=0.1, surface="banana", decay=0.5, step=300).weights[-1]
    assert np.linalg.norm(shrunk) < np.sqrt(2) - 0.1, "decay moves the end of the path off the minimum (1, 1)"


def preset(name: str, step: int) -> dict:
    explorer = OptimiserRace()
    return explorer.complete(
        {**next(each.state for each in explorer.presets if each.name == name), "step": step}
    )


def test_the_presets_show_what_they_ask_about() -> None:
    across = np.sign(model.run(preset("Ravine", 10), "sgd").weights[:, 1])
    assert np.all(across[1:] == -across[:-1]), "SGD zig-zags"
    assert model.run(preset("Rate too large", 300), "sgd").diverged_at is not None
    assert model.run(preset("Rate too large", 300), "adam").distances[-1] < 1e-3
    saddle = preset("Saddle", 40)
    assert abs(model.run(saddle, "sgd").weights[-1, 1]) < 0.5 < model.run(saddle, "rmsprop").weights[-1, 1]
    noisy = preset("Noisy bowl", 300)
    tail = {name: model.run(noisy, name).distances[200:].mean() for name in ("sgd", "adagrad")}
    assert tail["adagrad"] < tail["sgd"] / 2
    valleys = preset("Two valleys", 300)
    ends = {name: model.run(valleys, name).weights[-1, 0] for name in ("sgd", "momentum")}
    assert ends == pytest.approx({"sgd": 1.6, "momentum": -2}, abs=1e-3)


def test_adam_wins_on_the_banana_and_sgd_in_the_bowl() -> None:
    for surface, winner, rate in (("banana", "adam", 0.012), ("bowl", "sgd", 0.4)):
        rates = [rate, *preset("Adam against SGD", 0)["rates"][1:]]
        state = {**preset("Adam against SGD", 150), "surface": surface, "rates": rates}
        assert min(("sgd", "adam"), key=lambda name: model.run(state, name).distances[-1]) == winner


def describe(**changes: object) -> str:
    explorer = OptimiserRace(**changes)
    return explorer.describe(explorer.state)


def test_the_sentence_names_first_last_and_lost() -> None:
    assert describe() == (
        "Surface “ravine”, start (−2.60, −1.40), step 40 of 300: Adam (distance 0.0650, loss 0.00234) is nearest "
        "to a minimum, momentum (distance 0.392, loss 0.0655) farthest from it. Diverged: none."
    )
    assert describe(optimisers=[]).endswith("step 40 of 300: no optimiser is chosen.")
    rates = [5.0, 0.05, 0.05, 0.5, 0.05, 0.2, 0.2]
    assert describe(rates=rates).endswith("Diverged: SGD.")
    assert describe(rates=rates, optimisers=["sgd"]).endswith("all have diverged: SGD.")
    assert describe(optimisers=["adam"]).endswith("loss 0.00234) is nearest to a minimum. Diverged: none.")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rates": [0.1] * 6}, "rates must be a list of 7"),
        ({"rates": [-0.1] * 7}, r"rates\[0\] = -0.1 lies outside"),
        ({"optimisers": ["adamax"]}, "optimisers has unknown 'adamax'"),
        ({"step": 301}, "step = 301 lies outside"),
        ({"beta_2": 1.0}, "beta_2 = 1.0 lies outside"),
        ({"surface": "moon"}, "surface must be one of"),
    ],
)
def test_bad_states_are_refused_in_words(changes: dict, complaint: str) -> None:
    with pytest.raises(StateError, match=complaint):
        OptimiserRace(**changes)


def test_the_still_picture_shows_the_paths_and_the_fall() -> None:
    plane, fall = OptimiserRace().draw({**STATE, "measure": "distance"}).axes
    assert [line.get_label() for line in fall.lines] == ["SGD", "momentum", "Adam"]
    assert fall.get_yscale() == "log"
    assert len(fall.lines[0].get_ydata()) == 41
    assert plane.get_xlim() == model.VIEW[0]
