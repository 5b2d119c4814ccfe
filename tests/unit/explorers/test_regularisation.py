"""The regularised network: gradients, exact zeros, dropout, early stopping, and what the presets promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import regularisation as model

SEEDS = (0, 1, 2)
LAST = model.EPOCHS


def random_theta(units: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return model.initial(units, seed) + generator.normal(0, 0.2, len(model.initial(units, seed)))


def cross_entropy(theta: np.ndarray, setting: model.Setting) -> float:
    examples, _ = model.points(setting.data, setting.points, setting.noise, setting.seed)
    outputs = model.logits(theta, setting.units, examples.inputs)
    return float(model.losses_and_accuracies(outputs, examples.classes)[0])


def gradient_of(theta: np.ndarray, setting: model.Setting, masks: tuple = (1.0, 1.0)) -> np.ndarray:
    examples, _ = model.points(setting.data, setting.points, setting.noise, setting.seed)
    gradient = model.Gradient(theta, setting.units, examples)
    gradient.write(masks)
    return gradient.values


def test_the_gradient_is_that_of_finite_differences() -> None:
    setting = model.Setting(units=5)
    theta = random_theta(5)
    found = gradient_of(theta, setting)
    for weight in range(len(theta)):
        step = np.zeros_like(theta)
        step[weight] = 1e-6
        slope = (cross_entropy(theta + step, setting) - cross_entropy(theta - step, setting)) / 2e-6
        assert found[weight] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_l1_comes_to_rest_where_the_loss_with_its_penalty_is_smallest(seed: int) -> None:
    """Where a weight is not zero the gradient is -l1 * sign(w); where it is, the gradient is at most l1 in size."""
    setting = model.Setting(units=4, l1=0.02, seed=seed)
    theta = model.run(setting).path[-1]
    weights = model.are_weights(4)
    gradient, values = gradient_of(theta, setting)[weights], theta[weights]
    assert 0 < np.sum(values == 0) < len(values)
    np.testing.assert_allclose(gradient[values != 0], -0.02 * np.sign(values[values != 0]), atol=8e-3)
    assert np.abs(gradient[values == 0]).max() < 0.02 + 8e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_only_l1_makes_zeros_and_more_of_it_makes_more(seed: int) -> None:
    zeros = [model.moment(model.Setting(l1=l1, seed=seed), LAST).zeros for l1 in (0.0, 0.001, 0.005, 0.02)]
    assert zeros[0] == 0
    assert zeros == sorted(zeros)
    assert zeros[2] > 200
    for others in ({"l2": 0.01}, {"dropout": 0.5}):
        assert model.moment(model.Setting(seed=seed, **others), LAST).zeros == 0


def test_what_l1_set_to_zero_is_zero_and_no_minus_zero_hides() -> None:
    here = model.moment(model.Setting(l1=0.01), LAST)
    assert here.zeros == int(np.sum(here.sizes == 0))
    assert (here.sizes[: len(here.sizes) - here.zeros] > 0).all()
    assert (np.diff(here.sizes) <= 0).all()
    assert here.norm == pytest.approx(np.sqrt(np.sum(here.sizes**2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_more_l2_makes_the_norm_smaller(seed: int) -> None:
    norms = [model.moment(model.Setting(l2=l2, seed=seed), LAST).norm for l2 in (0.0, 0.002, 0.01, 0.05)]
    assert norms == sorted(norms, reverse=True)
    assert norms[-1] < norms[0] / 3


def test_dropout_keeps_the_mean_and_drops_its_share() -> None:
    setting = model.Setting(dropout=0.4, points=50, units=10)
    masks = [np.stack(pair) for pair in model.dropout_masks(setting)]
    assert len(masks) == model.EPOCHS
    assert np.mean(masks) == pytest.approx(1, abs=0.005)
    assert np.mean(np.array(masks) == 0) == pytest.approx(0.4, abs=0.003)
    assert set(np.unique(masks).round(6)) == {0.0, round(1 / 0.6, 6)}
    assert list(model.dropout_masks(replace(setting, dropout=0.0)))[-1] == (1.0, 1.0)


def test_more_dropout_drops_the_same_units_and_more() -> None:
    little, much = (next(model.dropout_masks(model.Setting(dropout=rate)))[0] for rate in (0.2, 0.5))
    assert ((much == 0) >= (little == 0)).all()


def test_a_run_is_a_function_of_its_setting_and_an_epoch_of_its_run() -> None:
    setting = model.Setting(l1=0.002, l2=0.001, dropout=0.3, seed=4)
    first = model.run(setting).path
    model.run.cache_clear()
    np.testing.assert_array_equal(first, model.run(setting).path)
    examples, held_out = model.points("moons", 40, 0.25, 4)
    run = model.run(setting)
    for epoch in (0, run.best, LAST):
        here = model.moment(setting, epoch)
        assert here.losses[0] == pytest.approx(run.training[epoch // model.BETWEEN_LOSSES])
        assert here.losses[1] == pytest.approx(run.validation[epoch // model.BETWEEN_LOSSES])
    assert run.validation[run.best // model.BETWEEN_LOSSES] == run.validation.min()


@pytest.mark.parametrize("data", model.DATA)
def test_training_and_validation_points_differ_and_lie_around_the_middle(data: str) -> None:
    examples, held_out = model.points(data, 40, 0.1, 3)
    assert examples.inputs.shape == (40, 2)
    assert held_out.inputs.shape == (model.NUM_VALIDATION, 2)
    assert not set(map(tuple, examples.inputs)) & set(map(tuple, held_out.inputs))
    assert np.abs(held_out.inputs.mean(axis=0)).max() < 0.35
    assert np.abs(held_out.inputs).max() < 4


def test_the_field_is_the_output_at_the_middle_of_the_cells() -> None:
    setting = model.Setting(l2=0.005)
    values = model.field(setting, 100)
    assert values.shape == (model.CELLS[1], model.CELLS[0])
    place = np.array([[-4 + 8 * 10.5 / 64, -3.2 + 6.4 * 7.5 / 52]])
    expected = model.logits(model.run(setting).path[100], 16, place)
    np.testing.assert_allclose(values[7, 10], expected[0], rtol=1e-6)


@pytest.mark.parametrize("seed", (0, 1, 2, 3, 4))
def test_the_unheld_network_over_fits_and_each_cure_lowers_the_validation_loss(seed: int) -> None:
    free = model.moment(model.Setting(seed=seed), LAST)
    assert free.verdict == "over"
    assert free.accuracies[0] > free.accuracies[1]
    for cure in ({"l2": 0.005}, {"l1": 0.01}, {"dropout": 0.5}):
        assert model.moment(model.Setting(seed=seed, **cure), LAST).losses[1] < 0.75 * free.losses[1]
    stopped = model.moment(model.Setting(seed=seed), model.run(model.Setting(seed=seed)).best)
    assert stopped.losses[1] < 0.75 * free.losses[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Over-fitted", ("it over-fits", "100 % of the 40 training and", "holds it back")),
        ("L2 cures", ("neither over- nor under-fitted", "Unregularised: 76 %")),
        ("L1 sparsifies", ("289 of the 304 weights are exactly zero (L1’s soft threshold)",)),
        ("Dropout", (" 0 of the 304 weights are exactly zero,", "neither over- nor under-fitted")),
        ("Stop early", ("After 28 epochs", "after epoch 28")),
        (
            "Too much",
            ("304 of the 304 weights are exactly zero", "it under-fits", "50 % of the 200 validation points"),
        ),
        ("More data", ("of the 100 training and",)),
    ],
)
def test_the_presets_show_what_they_promise(name: str, words: tuple[str, ...]) -> None:
    explorer = explorers.Regularisation()
    state = next(preset.state for preset in explorer.presets if preset.name == name)
    sentence = explorer.describe(explorer.complete(state))
    assert all(part in sentence for part in words), sentence


def test_the_answer_holds_what_is_drawn() -> None:
    answer = explorers.Regularisation(points=30, units=4, l1=0.01).answer
    assert answer["points"]["shape"] == [30, 2]
    assert answer["field"]["shape"] == answer["free_field"]["shape"] == [52, 64]
    assert answer["training"]["shape"] == answer["free_validation"]["shape"] == [101]
    assert answer["sizes"]["shape"] == answer["free_sizes"]["shape"] == [2 * 4 + 16 + 4]


@pytest.mark.parametrize(
    "state", [{"l2": -1}, {"dropout": 1.0}, {"epoch": 401}, {"points": 5}, {"data": "spiral"}, {"units": 2.5}]
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        explorers.Regularisation(**state)
