"""The regularisation explorer against Keras: penalties, their gradients, training with L2, and dropout."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.explorers.models import regularisation as model


def network(setting: model.Setting, regularizer: keras.regularizers.Regularizer | None) -> keras.Sequential:
    layers = [
        keras.layers.Dense(
            units, activation=activation, kernel_regularizer=regularizer, dtype="float64", name=name
        )
        for units, activation, name in (
            (setting.units, "tanh", "first"),
            (setting.units, "tanh", "second"),
            (1, None, "last"),
        )
    ]
    made = keras.Sequential([keras.Input((2,), dtype="float64"), *layers])
    made.set_weights(model.unpack(model.initial(setting.units, setting.seed), setting.units))
    return made


def loss_of(made: keras.Sequential, examples: model.Points) -> tf.Tensor:
    losses = keras.losses.binary_crossentropy(
        examples.classes[:, None].astype(float), made(examples.inputs), from_logits=True
    )
    return tf.reduce_mean(losses) + sum(made.losses)


@pytest.mark.parametrize("strengths", [{"l2": 0.03125}, {"l1": 0.0625}, {"l2": 0.03125, "l1": 0.0625}])
def test_penalties_and_their_gradients_are_those_of_keras(strengths: dict) -> None:
    setting = model.Setting(units=6, **strengths)
    made = network(setting, keras.regularizers.L1L2(l1=setting.l1, l2=setting.l2))
    theta, weights = model.initial(6, setting.seed), model.are_weights(6)
    examples, _ = model.points(setting.data, setting.points, setting.noise, setting.seed)
    with tf.GradientTape() as tape:
        loss = loss_of(made, examples)
    slopes = tape.gradient(loss, made.trainable_variables)
    outputs = model.logits(theta, 6, examples.inputs)
    ours = model.losses_and_accuracies(outputs, examples.classes)[0] + model.penalty(theta, setting)
    np.testing.assert_allclose(ours, float(loss), rtol=1e-6)
    gradient = model.Gradient(theta, 6, examples)
    gradient.write((1.0, 1.0))
    with_penalty = gradient.values + weights * (2 * setting.l2 * theta + setting.l1 * np.sign(theta))
    theirs = np.concatenate([slope.numpy().ravel() for slope in slopes])
    np.testing.assert_allclose(with_penalty, theirs, atol=1e-8)


def test_training_with_l2_is_that_of_keras() -> None:
    """A hundred epochs; Keras keeps rate, momentum and penalty in float32."""
    setting = model.Setting(units=8, l2=0.0078125, seed=1)
    made = network(setting, keras.regularizers.L2(setting.l2))
    examples, _ = model.points(setting.data, setting.points, setting.noise, setting.seed)
    optimiser = keras.optimizers.SGD(model.RATE, momentum=model.MOMENTUM)
    ours = model.train(setting)
    for epoch in range(1, 101):
        with tf.GradientTape() as tape:
            loss = loss_of(made, examples)
        optimiser.apply(tape.gradient(loss, made.trainable_variables), made.trainable_variables)
        theirs = np.concatenate([variable.numpy().ravel() for variable in made.trainable_variables])
        np.testing.assert_allclose(ours[epoch], theirs, atol=1e-5)
    assert np.abs(ours[100] - ours[0]).max() > 0.3


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_dropout_scales_and_keeps_its_expectation_as_keras_does(rate: float) -> None:
    setting = model.Setting(dropout=rate, points=100, units=20)
    ours = np.concatenate([first for first, _ in model.dropout_masks(setting)])
    theirs = keras.layers.Dropout(rate, seed=0)(np.ones_like(ours), training=True).numpy()
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-6)
    assert ours.mean() == pytest.approx(1, abs=0.01)
    assert theirs.mean() == pytest.approx(1, abs=0.01)
    assert ours.std() == pytest.approx(theirs.std(), abs=0.01)
