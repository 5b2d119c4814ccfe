"""The learning rate explorer against Keras: schedules step by step, and the network trained by Keras' optimisers."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from course_utils.explorers.models import learning_rate as model

schedules = keras.optimizers.schedules
KERAS = {
    "sgd": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "adam": lambda rate: keras.optimizers.Adam(rate),
}


def rates_of(schedule: keras.optimizers.schedules.LearningRateSchedule, steps: np.ndarray) -> np.ndarray:
    return np.array([float(schedule(int(step))) for step in steps])


@pytest.mark.parametrize("warmup", [0, 1, 40])
def test_cosine_with_warm_up_is_that_of_keras(warmup: int) -> None:
    ours = model.schedule(model.Setting(0.5, "cosine", warmup, 0.02))
    start, target = (0.0, 0.5) if warmup else (0.5, None)
    theirs = schedules.CosineDecay(
        start, model.STEPS - warmup, alpha=0.02, warmup_target=target, warmup_steps=warmup
    )
    np.testing.assert_allclose(ours, rates_of(theirs, np.arange(model.STEPS)), atol=1e-6)


@pytest.mark.parametrize("warmup", [0, 40])
def test_exponential_and_step_decay_are_those_of_keras(warmup: int) -> None:
    after = np.arange(warmup, model.STEPS)
    exponential = schedules.ExponentialDecay(0.5, model.STEPS - warmup, 0.02)
    ours = model.schedule(model.Setting(0.5, "exponential", warmup, 0.02))
    np.testing.assert_allclose(ours[warmup:], rates_of(exponential, after - warmup), rtol=1e-5)
    drops = schedules.PiecewiseConstantDecay(
        list(model.boundaries(warmup)), [0.5, 0.5 * math.sqrt(0.02), 0.5 * 0.02]
    )
    ours = model.schedule(model.Setting(0.5, "step", warmup, 0.02))
    np.testing.assert_allclose(ours[warmup:], rates_of(drops, after), rtol=1e-6)


@pytest.mark.parametrize("optimiser", KERAS)
def test_training_is_that_of_keras(optimiser: str) -> None:
    """Rates that float32 holds exactly, because Keras keeps them in float32; float64 weights."""
    network = keras.Sequential(
        [
            keras.Input((model.NUM_INPUTS,), dtype="float64"),
            keras.layers.Dense(model.NUM_HIDDEN, activation="relu", dtype="float64"),
            keras.layers.Dense(model.NUM_CLASSES, dtype="float64"),
        ]
    )
    network.set_weights(list(model.unpack(model.initial_weights(3))))
    rate = 0.03125 if optimiser == "momentum" else 0.0078125 if optimiser == "adam" else 0.25
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(KERAS[optimiser](rate), loss)
    train, _ = model.pictures()
    ours = model.train(np.full((1, model.STEPS), rate), optimiser, 32, 3).losses[0]
    chosen = list(model.batches(32, 3))[:40]
    theirs = [network.train_on_batch(train.inputs[batch, :-1], train.classes[batch]) for batch in chosen]
    np.testing.assert_allclose(ours[:40], theirs, atol=1e-5)
    assert ours[39] < 0.9 * ours[0]
