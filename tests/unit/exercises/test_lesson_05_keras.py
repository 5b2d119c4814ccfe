"""What Keras itself computes is a right answer to the exercises of lesson 05."""

import keras
import numpy as np
import pytest

from course_utils.exercises import registry
from course_utils.exercises.checking import judge


def stepped(optimizer, weights, gradient, **slots):
    """Return weights and slot variables as arrays after one update from these slot values."""
    variable = keras.Variable(np.asarray(weights, dtype="float32"))
    optimizer.build([variable])
    found = {each.name.rsplit("_", 1)[-1]: each for each in optimizer.variables}
    for name, value in slots.items():
        found[name].assign(value)
    optimizer.apply([keras.ops.convert_to_tensor(np.asarray(gradient, dtype="float32"))])
    return [np.asarray(each) for each in (variable, *(found[name] for name in slots if name != "iteration"))]


def momentum_step(weights, velocity, gradient, learning_rate=0.01, momentum=0.9):
    optimizer = keras.optimizers.SGD(learning_rate, momentum=momentum)
    return stepped(optimizer, weights, gradient, momentum=velocity)


def adam_step(
    weights, mean, square, gradient, step, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    optimizer = keras.optimizers.Adam(learning_rate, beta_1, beta_2, epsilon)
    return stepped(optimizer, weights, gradient, momentum=mean, velocity=square, iteration=step - 1)


def warmup_cosine(step, num_steps, peak, warmup_steps):
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_steps else peak,
        num_steps - warmup_steps,
        warmup_target=peak if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
    return float(schedule(step))


def dropout(activations, rate, rng, training):
    layer = keras.layers.Dropout(rate, seed=int(rng.integers(2**31)))
    return np.asarray(layer(np.asarray(activations, dtype="float32"), training=training))


def batch_norm(inputs, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon)
    layer.build(inputs.shape)
    layer.set_weights([gamma, beta, moving_mean, moving_variance])
    outputs = np.asarray(layer(inputs.astype("float32"), training=training))
    return outputs, *map(np.asarray, layer.non_trainable_variables)


def best_epoch(validation_losses, patience):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    stopper = keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)
    stopper.set_model(model)
    stopper.on_train_begin()
    for epoch, loss in enumerate(validation_losses):
        stopper.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    return stopper.best_epoch, epoch


@pytest.mark.parametrize("answer", [momentum_step, adam_step, warmup_cosine, dropout, batch_norm, best_epoch])
def test_keras_is_right(answer):
    result = judge(registry.find(f"05_training/{answer.__name__}"), answer)
    assert result.passed, result
