"""Answers that have to be random: no mask and no order passes that only looks so, and every right one does."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.exercises import registry
from course_utils.exercises.chance import most_off, spread_of, strongest_echo, strongest_tie
from course_utils.exercises.checking import judge
from tests.unit.exercises.conftest import run_cell

DROPOUT = """
def dropout(activations, rate, rng, training):
    if not training:
        return activations
    shape, size = activations.shape, activations.size
    {}
    return np.where(np.reshape(kept, shape), activations / (1 - rate), 0)
"""
KEPT = "kept = rng.random(shape) >= rate"

# How to draw -> part of the hint.
WRONG_MASKS = {
    "kept = [rng.permutation(shape[1]) >= round(rate * shape[1]) for _ in range(shape[0])]": "toss a coin",
    "kept = np.transpose([rng.permutation(shape[0]) >= rate * shape[0] for _ in range(shape[1])])": "toss a coin",
    "kept = rng.permutation(size) >= round(rate * size)": "toss a coin",
    "kept = rng.permutation((np.arange(size) + rng.random(size)) / size) >= rate": "toss a coin",
    "kept = np.repeat(rng.random(size // 10), 10) >= rate": "units of one example",
    "kept = np.repeat(rng.random(size // 2), 2) >= rate": "units of one example",
    "kept = np.repeat(rng.random((shape[0] // 2, shape[1])), 2, axis=0) >= rate": "a mask of its own",
    "kept = np.tile(rng.random((shape[0] // 2, shape[1])), (2, 1)) >= rate": "a mask of its own",
    "half = rng.random((shape[0] // 2, shape[1])); kept = np.vstack([half, 1 - half]) >= rate": "of its own",
    "kept = np.tile(rng.random((shape[0], shape[1] // 2)), 2) >= rate": "units of one example",
    "half = rng.random(size // 2); kept = np.hstack([half, half[::-1]]) >= rate": "Draw for every element",
    "kept = np.resize(rng.random(64), size) >= rate": "Draw for every element",
    "kept = np.resize(rng.random(4096), size) >= rate": "must not repeat itself inside the batch",
    "kept = np.resize(rng.random((32, shape[1])), shape) >= rate": "must not repeat itself inside the batch",
    "kept = np.resize(rng.random((shape[0], 5)), shape[::-1]).reshape(shape) >= rate": "Draw for every element",
    "kept = rng.random((shape[0], 5))[:, np.arange(shape[1]) % 5] >= rate": "units of one example",
    "kept = np.roll(np.random.default_rng(1).random(size), rng.integers(size)) >= rate": "keep no mask",
    "kept = np.random.default_rng(rng.integers(1000)).random(shape) >= rate": "keep no mask",
    "kept = (np.arange(size) + rng.integers(10)) % 10 >= 10 * rate": "Draw for every element",
    "kept = np.sort(rng.random(shape), axis=1) >= rate": "the same chance",
    KEPT + "; kept[:, 0] = True": "the same chance",
    "kept = rng.random(shape) * np.where(np.abs(activations) > 1, 1.05, 0.95) >= rate": "not how large",
    "kept = rng.random(shape) * np.where(activations > 0, 1.05, 0.95) >= rate": "not how large",
    "kept = rng.random(shape) >= rate + rng.normal(0, 0.1) * (0 < rate < 1)": "together, or the rate changes",
    "kept = rng.normal(size=shape) >= rate": "between 0 and 1",
    "kept = rng.integers(10, size=shape) >= 10 * rate": "between 0 and 1",
}
RIGHT_MASKS = [
    KEPT,
    "kept = rng.random(size) > rate",
    "kept = rng.uniform(0, 1, shape) >= rate",
    "kept = rng.random(shape, dtype=np.float32) >= rate",
    "kept = rng.binomial(1, 1 - rate, size=shape) == 1",
    "kept = rng.choice([False, True], p=[rate, 1 - rate], size=shape)",
    "kept = [[rng.random() >= rate for _ in range(shape[1])] for _ in range(shape[0])]",
    "kept = np.asfortranarray(rng.random(shape[::-1]).T) >= rate",
    "kept = rng.spawn(1)[0].random(shape) >= rate",
    "kept = np.random.default_rng(rng.integers(2**32)).random(shape) >= rate",
    "kept = rng.integers(2**20, size=shape) >= rate * 2**20",
]
EVERY_OTHER_CALL = """
def dropout(activations, rate, rng, training):
    if not training:
        return activations
    key = (activations.shape, rate)
    calls[key] = calls.get(key, 0) + 1
    if calls[key] % {new_after} == 1 or key not in masks:
        masks[key] = rng.random(activations.shape)
    masks[key] = {next}
    return np.where(masks[key] >= rate, activations / (1 - rate), 0)
"""

BATCHES = """
def minibatches(num_examples, batch_size, rng):
    n, order = num_examples, np.arange(num_examples)
    {}
    return [order[start:start + batch_size] for start in range(0, n, batch_size)]
"""
WRONG_ORDERS = {
    "order = np.roll(order, rng.integers(1, n) if n > 1 else 0)": "Shuffle",
    "order = np.roll(order, rng.integers(n))[::rng.choice([-1, 1])]": "Shuffle",
    "order = np.concatenate([rng.permutation(half) for half in np.array_split(order, 2)])": "Shuffle all",
    "order = np.concatenate([rng.permutation(order[0::2]), rng.permutation(order[1::2])])": "Shuffle all",
    "order[1:] = rng.permutation(order[1:])": "Shuffle all",
    "order = np.random.default_rng(rng.integers(20)).permutation(n)": "Shuffle",
    "i, k = rng.integers(n, size=2); order[[i, k]] = order[[k, i]]": "Shuffle",
    "order = (rng.choice([7, 11, 13, 17]) * order + rng.integers(n)) % n": "Shuffle all",
    "keys = rng.random(n); keys[1::2] = keys[:n - 1:2] + 1e-9; order = np.argsort(keys)": "Shuffle all",
}
RIGHT_ORDERS = [
    "order = rng.permutation(n)",
    "rng.shuffle(order)",
    "order = np.argsort(rng.random(n))",
    "order = rng.choice(n, n, replace=False)",
    "order = np.random.default_rng(rng.integers(2**32)).permutation(n)[::-1]",
]


def verdict(id: str, source: str, **names: object):
    definition = registry.find(id)
    return judge(definition, run_cell(source, {"np": np, **names})[definition.name])


@pytest.mark.parametrize("draw", WRONG_MASKS)
def test_masks_that_only_look_random_are_refused(draw):
    result = verdict("05_training/dropout", DROPOUT.format(draw))
    assert result.status == "failed", draw
    assert WRONG_MASKS[draw] in result.hint, result


@pytest.mark.parametrize("draw", RIGHT_MASKS)
def test_masks_pass_however_they_are_drawn(draw):
    result = verdict("05_training/dropout", DROPOUT.format(draw))
    assert result.passed, result


@pytest.mark.parametrize("new_after", [2, 3, 50])
@pytest.mark.parametrize(
    "next", ["masks[key]", "np.roll(masks[key], 1)", "masks[key][::-1]", "1 - masks[key]"]
)
def test_masks_of_earlier_calls_are_refused(new_after, next):
    source = EVERY_OTHER_CALL.format(new_after=new_after, next=next)
    result = verdict("05_training/dropout", source, calls={}, masks={})
    assert result.status == "failed", result


@pytest.mark.parametrize("draw", WRONG_ORDERS)
def test_orders_that_only_look_shuffled_are_refused(draw):
    result = verdict("05_training/minibatches", BATCHES.format(draw))
    assert result.status == "failed", draw
    assert WRONG_ORDERS[draw] in result.hint, result


@pytest.mark.parametrize("draw", RIGHT_ORDERS)
def test_orders_pass_however_they_are_shuffled(draw):
    result = verdict("05_training/minibatches", BATCHES.format(draw))
    assert result.passed, result


@pytest.mark.parametrize("seed", range(20))
def test_fair_coins_stay_within_the_bounds(seed):
    coins = np.random.default_rng(seed).choice([-1, 1], size=(300, 120))
    assert strongest_tie(coins) is None
    assert strongest_tie(coins[1:], coins[:-1]) is None
    spread = spread_of(coins)
    assert spread.low < spread.found < spread.high
    assert strongest_echo(coins.reshape(3, -1)) == 0
    assert abs(np.sum(coins > 0) - coins.size / 2) < most_off(0.5, coins.size)


def test_bounds_are_near_enough_to_tell():
    coins = np.random.default_rng(0).choice([-1, 1], size=(300, 120))
    coins[:, 7] = coins[:, 100]
    tie = strongest_tie(coins)
    assert (tie.one, tie.other, tie.agree) == (7, 100, 300)
    assert tie.is_strict
    assert strongest_echo(np.tile(coins[:2], (1, 2))) == 120
    assert most_off(0.5, 10_000) < 400
