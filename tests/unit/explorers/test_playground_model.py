"""The playground's points and network: what each set looks like, gradients, training, penalties, limits."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from course_utils.explorers.models.playground import (
    DATA,
    FEATURES,
    REACH,
    REGRESSION_DATA,
    REGULARISATION,
    Network,
    Points,
    features_of,
    make_points,
    pixel_middles,
)
from course_utils.explorers.models.random_numbers import shuffled, start_of, uniform
from tests.playground_settings import DEFAULT, varied


def network(**changes: Any) -> Network:
    return Network(DEFAULT | changes)


def points(**changes: Any) -> Points:
    return make_points(DEFAULT | changes)


def arrays(made: Points) -> tuple[np.ndarray, ...]:
    return made.x, made.y, made.target, made.order


SETS = [*(("classification", name) for name in DATA), *(("regression", name) for name in REGRESSION_DATA)]


# ---- random numbers ------------------------------------------------------------------------------------


def test_random_numbers_are_those_of_mulberry32() -> None:
    """The published generator, worked out with Python's whole numbers; far places and large starts wrap around."""

    def published(state: int) -> float:
        mask = 0xFFFFFFFF
        t = state & mask
        t = ((t ^ (t >> 15)) * (t | 1)) & mask
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & mask)) & mask
        return ((t ^ (t >> 14)) & mask) / 2**32

    for start, place in [(1, 1), (1, 2), (0, 0), (0xFFFFFFFF, 5), (12345, 10**10)]:
        assert uniform(start, place) == published(start + place * 0x6D2B79F5)


def test_random_numbers_are_even_and_streams_differ() -> None:
    drawn = uniform(start_of(3, 0), np.arange(100_000))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    np.testing.assert_allclose(np.histogram(drawn, 10, (0, 1))[0] / 10_000, 1, atol=0.04)
    other = uniform(start_of(3, 1), np.arange(100_000))
    assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.01


def test_every_order_is_as_likely() -> None:
    orders = [tuple(shuffled(3, start_of(seed, 0))) for seed in range(6000)]
    counts = [orders.count(order) for order in itertools.permutations(range(3))]
    assert sum(counts) == 6000
    assert max(abs(count - 1000) for count in counts) < 120


# ---- points --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("task", "name"), SETS)
@pytest.mark.parametrize("noise", [0, 20, 50])
def test_points_lie_in_the_plane_and_belong_to_the_seed(task: str, name: str, noise: int) -> None:
    settings = {"task": task, "data": name, "regression_data": name, "noise": noise}
    made = points(**settings)
    assert np.abs(np.stack([made.x, made.y])).max() <= REACH
    assert np.abs(made.target).max() <= 1
    assert sorted(made.order) == list(range(500))
    for one, again in zip(arrays(made), arrays(points(**settings)), strict=True):
        np.testing.assert_array_equal(one, again)
    other = points(**settings, seed=1)
    assert not np.array_equal(made.order, other.order)
    if (name, noise) != ("spiral", 0):
        assert not np.array_equal(made.x, other.x)
    np.testing.assert_allclose(made.x * 1e4, np.round(made.x * 1e4), atol=1e-8)


@pytest.mark.parametrize("name", DATA)
def test_classes_are_as_large_as_each_other(name: str) -> None:
    made = points(data=name)
    assert set(made.target) == {-1, 1}
    assert abs(made.target.mean()) < 0.15


def test_without_noise_each_set_follows_its_rule() -> None:
    circle, xor = points(data="circle"), points(data="xor")
    radius = np.hypot(circle.x, circle.y)
    assert radius[circle.target > 0].max() <= 2.51
    assert radius[circle.target < 0].min() >= 3.49
    np.testing.assert_array_equal(xor.target, np.sign(xor.x * xor.y))
    assert min(np.abs(xor.x).min(), np.abs(xor.y).min()) >= 0.2999
    plane = points(task="regression", regression_data="plane")
    np.testing.assert_allclose(plane.target, (plane.x + plane.y) / 12, atol=1e-4)
    blobs = points(data="blobs", num_points=2000)
    for side in (-1, 1):
        cloud = np.stack([blobs.x, blobs.y])[:, blobs.target == side]
        np.testing.assert_allclose(cloud.mean(axis=1), 2 * side, atol=0.1)
        np.testing.assert_allclose(cloud.std(axis=1), np.sqrt(0.5), atol=0.05)


def test_bumps_are_highest_in_their_middles() -> None:
    made = points(task="regression", regression_data="bumps", num_points=2000)
    for x, y, sign in ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)):
        distance = np.hypot(made.x - x, made.y - y)
        near = distance < 1
        np.testing.assert_allclose(made.target[near], sign * (1 - distance[near] / 2), atol=2e-4)


def test_the_arms_of_the_spiral_are_each_others_mirror_image() -> None:
    made = points(data="spiral")
    first, second = (np.stack([made.x, made.y])[:, made.target == side] for side in (1, -1))
    np.testing.assert_allclose(first, -second, atol=2e-4)
    assert np.hypot(*first).max() == pytest.approx(5, abs=0.03)


def test_noise_mixes_the_classes() -> None:
    for name in ("circle", "xor"):
        clean, noisy = points(data=name), points(data=name, noise=40)
        np.testing.assert_array_equal(clean.x, noisy.x)
        assert 0.02 < np.mean(clean.target != noisy.target) < 0.4
    assert points(data="blobs", noise=50).x.std() > points(data="blobs").x.std()


@pytest.mark.parametrize(("share", "expected"), [(10, 50), (50, 250), (90, 450), (100, 500)])
def test_the_share_of_training_points(share: int, expected: int) -> None:
    assert points(train_share=share).num_training == expected


def test_own_points_take_the_place_of_the_others() -> None:
    rows = [[1.5, -2.25, 1.0], [0.1, 0.2, -1.0], [3, 3, -1]]
    made = points(points=rows)
    np.testing.assert_array_equal(np.stack([made.x, made.y, made.target], axis=1), rows)
    assert made.num_training == 2
    heights = [[0, 0, 0.2], [1, 1, -0.3], [2, 2, 0]]
    assert points(points=heights).target.tolist() == [1, -1, -1], "classification takes the sign"
    assert points(points=heights, task="regression").target.tolist() == [0.2, -0.3, 0]
    assert points(points=rows[:1], train_share=10).num_training == 1, "one point at least is learnt from"


# ---- the network ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", REGULARISATION)
def test_gradients_are_those_of_finite_differences(seed: int, kind: str) -> None:
    """ReLU has kinks, which a difference may cross: 1e-7 is a narrow step, and 1e-5 a wide tolerance."""
    net = Network(varied(seed) | {"regularisation": kind, "noise": 10})
    rng = np.random.default_rng(seed)
    for bias in net.biases:
        bias += rng.normal(0, 0.5, bias.shape)
    x, y, targets = rng.uniform(-1, 1, (3, 12))
    inputs, targets = features_of(net.settings["features"], x, y), np.sign(targets)
    kernels, biases = net.gradient(inputs, targets)
    slopes = np.concatenate([a.ravel() for pair in zip(kernels, biases, strict=True) for a in pair])
    flat, h = net.weights(), 1e-7
    for i in rng.choice(len(flat), min(40, len(flat)), replace=False):
        objective = []
        for move in (h, -h):
            moved = flat.copy()
            moved[i] += move
            net.load(moved)
            objective.append(net.objective(inputs, targets))
        assert slopes[i] == pytest.approx((objective[0] - objective[1]) / (2 * h), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", ["circle", "xor", "blobs"])
def test_the_default_network_learns(name: str) -> None:
    net = network(data=name)
    before = net.losses()
    net.train(200)
    after = net.losses()
    assert net.epoch == 200
    assert after.training < 0.1 < before.training
    assert after.test_accuracy is not None
    assert after.test_accuracy > 0.97


def test_the_spiral_needs_more_than_the_default() -> None:
    plain = network(data="spiral")
    wide = network(data="spiral", layers=[8, 8], features=["x1", "x2", "sin_x1", "sin_x2"])
    plain.train(150)
    wide.train(150)
    assert wide.losses().training < 0.5 * plain.losses().training


def test_regression_learns_the_plane() -> None:
    net = network(task="regression", layers=[])
    net.train(50)
    losses = net.losses()
    assert losses.training < 1e-6
    assert losses.training_accuracy is losses.test_accuracy is None
    np.testing.assert_allclose(net.predict([1, -3], [2, 0.6]), [3 / 12, -2.4 / 12], atol=1e-3)


def test_losses_are_what_their_formulas_say() -> None:
    net = network()
    made, chosen = net.points, net.points.order[: net.points.num_training]
    p = (1 + net.predict(made.x[chosen], made.y[chosen])) / 2
    of_truth = np.where(made.target[chosen] > 0, p, 1 - p)
    assert net.losses().training == pytest.approx(-np.log(of_truth).mean())
    assert net.losses().training_accuracy == np.mean(of_truth > 0.5)
    regression = network(task="regression", train_share=100)
    squares = (regression.predict(regression.points.x, regression.points.y) - regression.points.target) ** 2
    assert regression.losses().training == pytest.approx(squares.mean())
    assert regression.losses().test is None


def test_a_zero_learning_rate_changes_nothing_and_steps_make_an_epoch() -> None:
    net = network(learning_rate=0.0, regularisation="l2")
    weights = net.weights()
    net.train(2)
    np.testing.assert_array_equal(net.weights(), weights)
    by_steps, at_once = network(batch_size=30), network(batch_size=30)
    for step in range(9):  # 250 points: the ninth batch has ten
        assert (by_steps.epoch, by_steps.step) == (0, step)
        by_steps.train_one_step()
    at_once.train(1)
    assert (by_steps.epoch, by_steps.step) == (1, 0)
    np.testing.assert_array_equal(by_steps.weights(), at_once.weights())


def test_a_batch_of_all_points_follows_the_gradient() -> None:
    net = network(batch_size=500, learning_rate=0.5)
    order = net.points.order[: net.points.num_training]
    x, y, targets = net.points.x[order], net.points.y[order], net.points.target[order]
    kernels, biases = net.gradient(features_of(["x1", "x2"], x, y), targets)
    expected = [kernel - 0.5 * slope for kernel, slope in zip(net.kernels, kernels, strict=True)]
    net.train_one_step()
    for kernel, wanted in zip(net.kernels, expected, strict=True):
        np.testing.assert_allclose(kernel, wanted, rtol=1e-12, atol=1e-12)
    assert net.epoch == 1


def test_penalties_shrink_weights_but_not_biases() -> None:
    plain, *shrunk = (network(regularisation=kind, regularisation_rate=0.01) for kind in ("none", "l1", "l2"))
    for net in (plain, *shrunk):
        net.train(100)
    for net in shrunk:
        assert sum(np.abs(kernel).sum() for kernel in net.kernels) < sum(
            np.abs(kernel).sum() for kernel in plain.kernels
        )
        assert net.penalty() > 0
    assert plain.penalty() == 0
    alone = network(features=["x1"], layers=[], regularisation="l2", regularisation_rate=0.5)
    alone.load([2.0, 3.0])
    assert alone.penalty() == pytest.approx(0.5 * 2**2)
    one_norm = network(features=["x1"], layers=[], regularisation="l1", regularisation_rate=0.5)
    one_norm.load([-2.0, 3.0])
    assert one_norm.penalty() == pytest.approx(0.5 * 2)


def test_a_saved_network_goes_on_as_if_nothing_had_happened() -> None:
    straight, resumed = network(), network()
    straight.train(7)
    straight.train_one_step()
    resumed.load(straight.weights(), straight.epoch, straight.step)
    for net in (straight, resumed):
        net.train(3)
    assert straight.epoch == resumed.epoch == 10
    np.testing.assert_array_equal(straight.weights(), resumed.weights())


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="has 25 weights and biases, not 3"):
        network().load([1.0, 2.0, 3.0])


@pytest.mark.parametrize(("activation", "fans"), [("tanh", (6, 12)), ("sigmoid", (6, 12)), ("relu", (2, 4))])
def test_initial_weights_are_glorots_and_hes(activation: str, fans: tuple[int, int]) -> None:
    """Of a 2-4-8-1 network: √(6 / (2 + 4)) and √(6 / (4 + 8)); before ReLU √(6 / 2) and √(6 / 4)."""
    nets = [network(activation=activation, layers=[4, 8], seed=seed) for seed in range(200)]
    for layer, fan in enumerate(fans):
        limit, drawn = np.sqrt(6 / fan), np.stack([net.kernels[layer] for net in nets])
        assert 0.98 * limit < np.abs(drawn).max() <= limit
        assert abs(drawn.mean()) < 0.05
    last = np.stack([net.kernels[2] for net in nets])
    assert np.abs(last).max() <= np.sqrt(6 / 9), "Glorot's, whatever the activation"
    assert not any(bias.any() for net in nets for bias in net.biases)


def test_pictures_show_each_unit_with_the_top_of_the_plane_first() -> None:
    net = network(layers=[3, 0, 2])
    layers, output = net.unit_pictures(8, 16)
    assert [layer.shape for layer in layers] == [(3, 8, 8), (2, 8, 8)]
    assert output.shape == (16, 16)
    x, y = pixel_middles(8)
    assert (x[0, 0], y[0, 0], x[0, -1], y[-1, 0]) == (-5.25, 5.25, 5.25, -5.25)
    np.testing.assert_allclose(
        layers[0][1], np.tanh(x * net.kernels[0][0, 1] + y * net.kernels[0][1, 1] + net.biases[0][1])
    )
    assert output[0, 0] == pytest.approx(net.predict(-5.625, 5.625), abs=1e-12)
    assert np.abs(output).max() <= 1


def test_features_are_what_their_names_say() -> None:
    x, y = np.array([2.0, -0.5]), np.array([3.0, 0.25])
    expected = [x, y, x**2, y**2, x * y, np.sin(x), np.sin(y)]
    np.testing.assert_array_equal(features_of(list(FEATURES), x, y), np.stack(expected, axis=1))
    blind = network(features=[], layers=[2])
    blind.train(3)
    assert np.ptp(blind.unit_pictures()[1]) == 0, "a network that sees nothing answers the same everywhere"


def test_divergence_is_noticed_and_raises_nothing() -> None:
    net = network(task="regression", activation="linear", learning_rate=10.0)
    assert not net.diverged
    net.train(100)
    assert net.diverged
    assert not np.isfinite(net.losses().training)
