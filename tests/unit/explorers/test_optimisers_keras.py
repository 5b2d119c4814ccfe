"""Each rule of the optimiser race against Keras' own optimiser: the same weights after each of 100 steps."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from course_utils.explorers.models import optimisers as model

# Learning rates that float32 holds exactly, because Keras keeps them in float32 whatever the weights are.
KERAS = {
    "sgd": (0.125, lambda s: keras.optimizers.SGD(s.rate)),
    "momentum": (0.03125, lambda s: keras.optimizers.SGD(s.rate, momentum=s.momentum)),
    "nesterov": (0.03125, lambda s: keras.optimizers.SGD(s.rate, momentum=s.momentum, nesterov=True)),
    "adagrad": (0.5, lambda s: keras.optimizers.Adagrad(s.rate)),
    "rmsprop": (0.0625, lambda s: keras.optimizers.RMSprop(s.rate, rho=s.rho)),
    "adam": (0.125, lambda s: keras.optimizers.Adam(s.rate, beta_1=s.beta_1, beta_2=s.beta_2)),
    "adamw": (
        0.125,
        lambda s: keras.optimizers.AdamW(s.rate, beta_1=s.beta_1, beta_2=s.beta_2, weight_decay=s.decay),
    ),
}


@pytest.mark.parametrize("decay", [0.0, 0.25])
@pytest.mark.parametrize("surface", ["ravine", "saddle"])
@pytest.mark.parametrize("name", KERAS)
def test_a_hundred_steps_are_those_of_keras(name: str, surface: str, decay: float) -> None:
    """Float64 weights; Keras rounds beta and beta^t in between, so 1e-5 and not 1e-12."""
    rate, make = KERAS[name]
    settings = model.Settings(rate, momentum=0.75, rho=0.9, beta_1=0.875, beta_2=0.99, decay=decay)
    ours, memory = np.array([-2.5, 1.5]), model.fresh_memory()
    theirs = keras.Variable(ours, dtype="float64")
    optimiser = make(settings)
    for _ in range(100):
        before = theirs.numpy()
        gradient = model.SURFACES[surface].gradient(before)
        optimiser.apply([keras.ops.convert_to_tensor(gradient)], [theirs])
        ours = model.RULES[name](ours, model.SURFACES[surface].gradient(ours), memory, settings)
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5, atol=1e-5)
    assert np.linalg.norm(ours - (-2.5, 1.5)) > 0.5, "a hundred steps lead somewhere"


def test_the_defaults_are_those_of_keras() -> None:
    defaults = model.Settings(rate=0.1)
    adamw = keras.optimizers.AdamW()
    assert (defaults.beta_1, defaults.beta_2, defaults.decay) == (
        adamw.beta_1,
        adamw.beta_2,
        adamw.weight_decay,
    )
    assert defaults.rho == keras.optimizers.RMSprop().rho
    assert model.EPSILON == adamw.epsilon == keras.optimizers.Adagrad().epsilon
    assert keras.optimizers.Adagrad().initial_accumulator_value == model.FIRST_SUM
