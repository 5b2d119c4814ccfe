"""The loss surface's network against Keras with the same weights."""

from __future__ import annotations

import numpy as np

from course_utils.explorers.models import loss_surface as model


def test_loss_and_gradient_equal_those_of_keras() -> None:
    import keras
    import tensorflow as tf

    network = keras.Sequential(
        [
            keras.Input((400,), dtype="float64"),
            keras.layers.Dense(model.NUM_HIDDEN, activation="tanh", dtype="float64"),
            keras.layers.Dense(model.NUM_CLASSES, dtype="float64"),
        ]
    )
    images, labels = model.pictures()
    surface = model.surface("mirror", 1)
    for theta in (surface.plane.at(0.2, -0.6), model.trained()):
        network.set_weights(list(model.unpack(theta)))
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(labels, network(images), from_logits=True)
            expected = tf.reduce_mean(losses)
        slopes = tape.gradient(expected, network.trainable_variables)
        loss, gradient = model.loss_and_gradient(theta, images, labels)
        np.testing.assert_allclose(loss, float(expected), rtol=1e-7)
        for mine, theirs in zip(model.unpack(gradient), slopes, strict=True):
            np.testing.assert_allclose(mine, theirs.numpy(), atol=1e-8)
