"""Plain and residual depth against what theory says, over several seeds; state and words."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import explorers
from course_utils.explorers.engine import StateError
from course_utils.explorers.models import residual_depth as model

SEEDS = (0, 1, 2)
PLAIN, RESIDUAL = 0, 1


def measured(
    blocks: int = 27, gain: float = 1, skip: float = 1, branch: float = 1, norm: bool = False, seed: int = 0
) -> dict[str, np.ndarray]:
    return model.measure(blocks, gain, skip, branch, norm, seed)


def growth(values: np.ndarray) -> float:
    return float(values[-1] / values[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_small_weights_starve_the_plain_network_and_not_the_residual_one(seed: int) -> None:
    sizes = measured(15, gain=0.5, seed=seed)
    assert growth(sizes["signals"][PLAIN]) < 1e-8
    assert 0.5 < growth(sizes["signals"][RESIDUAL]) < 10
    assert sizes["kernels"][PLAIN].max() < 1e-8 < 1e-2 < sizes["kernels"][RESIDUAL].min()


@pytest.mark.parametrize("seed", SEEDS)
def test_without_norm_sums_make_the_signal_explode(seed: int) -> None:
    sizes = measured(seed=seed)
    assert growth(sizes["signals"][RESIDUAL]) > 1e3
    assert sizes["losses"][RESIDUAL] > 100
    quiet = measured(branch=0.2, seed=seed)
    assert growth(quiet["signals"][RESIDUAL]) < 10
    assert quiet["losses"][RESIDUAL] < 10


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_norm_keeps_signals_and_the_plain_gradient_explodes(seed: int) -> None:
    """Yang et al. 2019: at the start, batch norm without shortcuts lets gradients grow by a factor a layer."""
    sizes = measured(norm=True, seed=seed)
    assert growth(sizes["signals"][PLAIN]) == pytest.approx(1, abs=0.25)
    assert growth(sizes["signals"][RESIDUAL]) < 10
    assert growth(sizes["kernels"][PLAIN]) < 1e-2
    assert growth(sizes["kernels"][RESIDUAL]) > 0.05


def test_half_a_shortcut_halves_the_gradient_block_by_block() -> None:
    sizes = measured(gain=0.7, skip=0.5, branch=0.2)
    ratio = sizes["outputs"][RESIDUAL][:-1] / sizes["outputs"][RESIDUAL][1:]
    assert 0.4 < np.exp(np.mean(np.log(ratio))) < 0.6
    np.testing.assert_array_less(
        sizes["shortcut"][RESIDUAL], 0.5 * sizes["outputs"][RESIDUAL][1:] * (1 + 1e-12)
    )


def test_no_shortcut_is_the_plain_network() -> None:
    for name, sizes in measured(6, gain=1.3, skip=0, branch=1, norm=True).items():
        np.testing.assert_allclose(sizes[PLAIN], sizes[RESIDUAL], rtol=1e-12, err_msg=name)


def test_the_two_ways_add_up_to_what_reaches_the_block_before() -> None:
    given = model.weights(4, 1.0, 0)
    settings = model.Settings(np.array([0.0, 0.7]), np.array([1.0, 0.5]), True)
    back = model.backward(given, settings, model.forward(given, settings))
    for arriving, (shortcut, through) in zip(back.maps, back.ways, strict=False):
        np.testing.assert_allclose(arriving, shortcut + through)
        assert not shortcut[PLAIN].any()


def test_gradients_are_those_of_small_steps() -> None:
    given, step = model.weights(2, 1.0, 3), 1e-6
    settings = model.Settings(np.array([0.0, 0.8]), np.array([1.0, 0.6]), True)
    back = model.backward(given, settings, model.forward(given, settings))
    _, labels = model.pictures()
    rng = np.random.default_rng(0)
    for layer, kernel in enumerate(given.kernels):
        place = tuple(int(rng.integers(0, size)) for size in kernel.shape)
        losses = []
        for sign in (1, -1):
            moved = [each.copy() for each in given.kernels]
            moved[layer][place] += sign * step
            probabilities = model.forward(model.Weights(moved, given.head), settings).probabilities
            losses.append(-np.log(probabilities[:, np.arange(model.BATCH), labels]).mean(axis=1))
        expected = (losses[0] - losses[1]) / (2 * step)
        np.testing.assert_allclose(back.kernels[layer][(slice(None), *place)], expected, rtol=1e-4, atol=1e-8)


def test_a_slider_changes_nothing_else() -> None:
    few, many = model.weights(3, 1.0, 0), model.weights(9, 2.0, 0)
    for short, long in zip(few.kernels, many.kernels, strict=False):
        np.testing.assert_allclose(2 * short, long)
    np.testing.assert_array_equal(few.head, many.head)
    assert len(many.kernels) == 19


def test_the_extremes_stay_finite() -> None:
    for gain in (0.25, 2):
        for norm in (False, True):
            sizes = measured(gain=gain, norm=norm)
            assert all(np.isfinite(values).all() and (values >= 0).all() for values in sizes.values())


# ---- state and words -----------------------------------------------------------------------------------


def test_the_sentence() -> None:
    explorer = explorers.ResidualDepth(blocks=15, gain=0.5, block=20)
    told = explorer.describe(explorer.state)
    assert told.startswith(
        "32 layers, 15 blocks. From layer 1 to the last block the plain network’s signal goes from 0.47 to "
        "4.3 × 10⁻¹¹, the gradient at layer 1 is 2.3 × 10⁻¹¹, the loss 2.3; "
        "the residual one’s signal goes from 0.47 to 1.0"
    )
    assert "Block 15, residual:" in told
    assert (
        explorers.ResidualDepth(blocks=1)
        .describe(explorer.state | {"blocks": 1})
        .startswith("4 layers, 1 block.")
    )


def test_looking_needs_no_computing() -> None:
    explorer = explorers.ResidualDepth(blocks=4)
    answer = explorer.answer
    explorer.set(block=2, gradients="outputs")
    assert explorer.answer is answer
    assert answer["kernels"]["shape"] == [2, 9]
    assert answer["outputs"]["shape"] == answer["signals"]["shape"] == [2, 5]


@pytest.mark.parametrize(
    "state",
    [{"blocks": 28}, {"blocks": 1.5}, {"gain": 0.1}, {"branch": 0.0}, {"skip": 1.1}, {"gradients": "loss"}],
)
def test_bad_states_are_refused(state: dict) -> None:
    with pytest.raises(StateError, match=next(iter(state))):
        explorers.ResidualDepth(**state)
