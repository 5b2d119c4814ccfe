"""Schedules, training and range test of the learning rate explorer, and what its presets promise."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import learning_rate as model

SEEDS = (0, 1, 2)


def preset(name: str, **changes: object) -> dict:
    explorer = explorers.LearningRate()
    chosen = next(preset for preset in explorer.presets if preset.name == name)
    return explorer.complete(dict(chosen.state) | changes)


def setting_of(state: dict) -> model.Setting:
    return model.Setting(*(state[name] for name in model.Setting.__dataclass_fields__))


def test_the_gradient_is_that_of_finite_differences() -> None:
    examples = model.pictures()[0][:20]
    theta = np.stack([model.initial_weights(seed) for seed in SEEDS])
    gradient = np.empty_like(theta)
    model.loss_and_gradient(theta, examples, gradient)
    spare = np.empty_like(theta)
    for weight in np.random.default_rng(0).choice(model.NUM_WEIGHTS, 40, replace=False):
        moved = [theta.copy(), theta.copy()]
        moved[0][:, weight] -= 1e-5
        moved[1][:, weight] += 1e-5
        low, high = (model.loss_and_gradient(each, examples, spare) for each in moved)
        np.testing.assert_allclose(gradient[:, weight], (high - low) / 2e-5, atol=1e-6)


def test_pictures_are_small_and_none_is_in_both_parts() -> None:
    train, validation = model.pictures()
    assert train.inputs.shape == (model.NUM_TRAIN, model.NUM_INPUTS + 1)
    assert validation.inputs.shape == (model.NUM_VALIDATION, model.NUM_INPUTS + 1)
    assert (train.inputs[:, -1] == 1).all()
    assert 0 <= train.inputs.min() < train.inputs.max() <= 1
    seen = {inputs.tobytes() for inputs in train.inputs}
    assert not seen & {inputs.tobytes() for inputs in validation.inputs}


def test_every_pass_sees_every_picture_once() -> None:
    drawn = np.concatenate(list(model.batches(64, 3)))
    assert len(drawn) == model.STEPS * 64
    assert sorted(drawn[: model.NUM_TRAIN]) == list(range(model.NUM_TRAIN))
    assert not np.array_equal(drawn, np.concatenate(list(model.batches(64, 4))))


@pytest.mark.parametrize("name", model.SCHEDULES)
def test_a_schedule_warms_up_and_ends_where_it_says(name: str) -> None:
    rates = model.schedule(model.Setting(0.5, name, warmup=50, end=0.04))
    np.testing.assert_allclose(rates[:50], 0.5 * np.arange(50) / 50)
    assert rates[50] == pytest.approx(0.5)
    assert (np.diff(rates[50:]) <= 1e-15).all()
    assert rates[-1] == pytest.approx(0.5 if name == "constant" else 0.02, rel=0.05)


def test_networks_trained_at_once_are_those_trained_alone() -> None:
    rates = np.stack([np.full(model.STEPS, rate) for rate in (0.05, 0.5)])
    for optimiser in model.OPTIMISERS:
        both = model.train(rates, optimiser, 8, 0)
        alone = model.train(rates[1:], optimiser, 8, 0)
        np.testing.assert_allclose(both.losses[1], alone.losses[0], rtol=1e-6)


def test_a_run_is_a_function_of_its_setting() -> None:
    setting = model.Setting(0.3, "cosine", 20, 0.01, "momentum", 16, 5)
    first = model.run(setting)
    model.run.cache_clear()
    again = model.run(setting)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert (first.final, first.third, first.triple) == (again.final, again.third, again.triple)


def test_divergence_is_told_at_its_step_and_nothing_is_drawn_after_it() -> None:
    run = model.run(model.Setting(10.0))
    assert run.verdict == "diverged"
    assert run.diverged_at is not None
    assert np.isfinite(run.losses[: run.diverged_at]).all()
    assert np.isnan(run.losses[run.diverged_at :]).all()
    assert np.isnan(run.final)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "verdict"), [("Too small", "small"), ("It diverges", "diverged"), ("Warm-up saves it", "good")]
)
def test_presets_are_judged_as_they_are_called(name: str, verdict: str, seed: int) -> None:
    assert model.run(setting_of(preset(name, seed=seed))).verdict == verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_too_large_a_rate_is_no_better_than_guessing(seed: int) -> None:
    run = model.run(setting_of(preset("Too large", seed=seed)))
    assert run.verdict in ("large", "stuck")
    assert run.final > 0.95 * model.GUESSING


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "changes"), [("Warm-up saves it", {"warmup": 0}), ("Cosine", {"schedule": "constant"})]
)
def test_the_kept_curve_ends_higher(name: str, changes: dict, seed: int) -> None:
    better = model.run(setting_of(preset(name, seed=seed)))
    worse = model.run(setting_of(preset(name, seed=seed, **changes)))
    assert better.final < 0.8 * worse.final
    if seed == 0:
        kept = preset(name)["kept"][0]
        assert f"{worse.final:.2f}" in explorers.LearningRate().describe(preset(name)), kept


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("optimiser", model.OPTIMISERS)
def test_a_rate_that_the_range_test_recommends_is_not_too_large(optimiser: str, seed: int) -> None:
    test = model.range_test(optimiser, 32, seed)
    assert test.begun < test.steepest <= test.lowest
    assert len(test.rates) == len(test.losses) == len(test.smoothed)
    assert model.run(model.Setting(test.steepest / 3, optimiser=optimiser, seed=seed)).verdict in (
        "good",
        "small",
    )
    assert model.run(model.Setting(10 * test.lowest, optimiser=optimiser, seed=seed)).verdict in (
        "large",
        "stuck",
        "diverged",
    )


def test_smoothing_is_a_corrected_running_mean() -> None:
    np.testing.assert_allclose(model.smooth(np.full(5, 3.0)), 3.0)
    np.testing.assert_allclose(model.smooth(np.array([1.0, 2.0]))[1], (0.9 * 0.1 + 0.2) / 0.19)


def test_the_sentence_says_what_the_model_found() -> None:
    explorer = explorers.LearningRate(rate=10.0)
    assert "diverged after 2 steps" in explorer.describe(explorer.state)
    assert "Too small" in explorer.describe(preset("Too small"))
    assert "Kept: A (SGD 0.3, constant) ends at" in explorer.describe(preset("Too small"))


def test_the_answer_holds_what_is_drawn() -> None:
    explorer = explorers.LearningRate(kept=[[0.3, 0, 0, 0.01, 0, 32, 0], [10, 3, 40, 0.1, 2, 8, 1]])
    answer = explorer.answer
    assert answer["kept_validation"]["shape"] == [2, 21]
    assert answer["rates"]["shape"] == answer["losses"]["shape"] == [model.STEPS]
    assert explorers.LearningRate().answer["kept_validation"]["shape"] == [0, 21]


@pytest.mark.parametrize(
    "state",
    [{"rate": 0}, {"schedule": "linear"}, {"warmup": 150}, {"end": 2}, {"batch": 7.5}, {"kept": [[1, 2]]}],
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        explorers.LearningRate(**state)
