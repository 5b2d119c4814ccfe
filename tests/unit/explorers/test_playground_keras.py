"""The playground's network against Keras: answers, loss, an epoch of SGD, and the code that it exports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from course_utils.explorers.models.playground import FEATURES, Network, features_of, hidden_sizes
from course_utils.explorers.models.playground_keras import keras_code
from course_utils.explorers.models.random_numbers import shuffled, start_of
from tests.playground_settings import DEFAULT, varied

_LOSSES = {
    "classification": lambda: keras.losses.BinaryCrossentropy(from_logits=True),
    "regression": lambda: keras.losses.MeanSquaredError(),
}


@pytest.fixture
def float64() -> Iterator[None]:
    """Keras computes in double precision; layers made before the test are left as they are."""
    policy = keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy(policy)


def keras_twin(network: Network) -> keras.Model:
    """The same network, put together by hand."""
    settings = network.settings
    rate = settings["regularisation_rate"]
    penalty = {"none": None, "l1": keras.regularizers.L1(rate), "l2": keras.regularizers.L2(rate)}
    layer = keras.layers.Dense
    options = {"kernel_regularizer": penalty[settings["regularisation"]]}
    layers = [layer(units, activation=settings["activation"], **options) for units in hidden_sizes(settings)]
    model = keras.Sequential([keras.Input((network.sizes[0],)), *layers, layer(1, **options)])
    model.set_weights([array for pair in zip(network.kernels, network.biases, strict=True) for array in pair])
    model.compile(keras.optimizers.SGD(settings["learning_rate"]), _LOSSES[settings["task"]]())
    return model


def flat(model: keras.Model) -> np.ndarray:
    return np.concatenate([weights.ravel() for weights in model.get_weights()])


def training_arrays(network: Network) -> tuple[np.ndarray, np.ndarray]:
    made = network.points
    chosen = made.order[: made.num_training]
    targets = made.target[chosen]
    inputs = features_of(network.settings["features"], made.x[chosen], made.y[chosen])
    return inputs, (targets + 1) / 2 if network.settings["task"] == "classification" else targets


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("seed", range(12))
def test_answers_loss_and_an_epoch_are_those_of_keras(seed: int) -> None:
    network = Network(varied(seed))
    network.train(1)
    model = keras_twin(network)
    inputs, targets = training_arrays(network)
    np.testing.assert_allclose(network.answers(inputs), model(inputs).numpy()[:, 0], rtol=1e-9, atol=1e-9)
    assert network.losses().training + network.penalty() == pytest.approx(
        model.evaluate(inputs, targets, verbose=0), rel=1e-5
    )
    count = network.points.num_training
    order = shuffled(count, start_of(network.settings["seed"], 3), count * network.epoch)
    model.fit(
        inputs[order],
        targets[order],
        batch_size=network.settings["batch_size"],
        shuffle=False,
        verbose=0,
    )
    network.train(1)
    assert network.epoch == 2
    np.testing.assert_allclose(network.weights(), flat(model), rtol=1e-5, atol=1e-5)


def executed(settings: dict[str, Any], network: Network) -> dict[str, Any]:
    """The names that the exported code leaves behind."""
    names: dict[str, Any] = {}
    exec(compile(keras_code(settings, network.weights(), network.epoch), "exported", "exec"), names)
    return names


@pytest.mark.parametrize("seed", range(8))
def test_the_exported_code_is_the_same_network(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    settings = varied(seed)
    network = Network(settings)
    network.train(3)
    exported = executed(settings, network)
    x, y = np.random.default_rng(seed).uniform(-6, 6, (2, 200))
    answers = exported["predict"](x, y)
    expected = network.predict(x, y)
    if settings["task"] == "classification":
        expected = (1 + expected) / 2
    np.testing.assert_allclose(answers, expected, atol=1e-3)  # float32 features up to 36 cancel

    printed = ast.literal_eval(capsys.readouterr().out.removeprefix("training:"))
    losses = network.losses()
    assert printed["loss"] == pytest.approx(losses.training + network.penalty(), rel=1e-4)
    assert printed.get("binary_accuracy") == (
        None if losses.training_accuracy is None else pytest.approx(losses.training_accuracy)
    )
    inputs, targets = training_arrays(network)
    np.testing.assert_allclose(exported["training"][0], inputs, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(exported["training"][1], targets, rtol=1e-6, atol=1e-6)
    assert len(exported["test"][1]) == len(network.points.order) - network.points.num_training


@pytest.mark.parametrize("kind", ["none", "l1", "l2"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_exported_model_goes_on_training_as_the_playground_does(task: str, kind: str) -> None:
    settings = DEFAULT | {"task": task, "regularisation": kind, "noise": 20, "learning_rate": 0.1}
    network = Network(settings)
    network.train(2)
    exported = executed(settings, network)
    inputs, targets = exported["training"]
    count = network.points.num_training
    order = shuffled(count, start_of(settings["seed"], 3), count * network.epoch)
    options = {"batch_size": settings["batch_size"], "shuffle": False, "verbose": 0}
    batch = order[: settings["batch_size"]]
    exported["model"].fit(inputs[batch], targets[batch], **options)
    network.train_one_step()
    np.testing.assert_allclose(network.weights(), flat(exported["model"]), rtol=1e-5, atol=1e-5)
    rest = order[settings["batch_size"] :]
    exported["model"].fit(inputs[rest], targets[rest], **options)
    network.train(1)
    np.testing.assert_allclose(network.weights(), flat(exported["model"]), rtol=1e-4, atol=1e-5)


def test_every_feature_is_exported() -> None:
    settings = DEFAULT | {"features": list(FEATURES), "num_points": 20}
    network = Network(settings)
    x, y = np.random.default_rng(0).uniform(-6, 6, (2, 50))
    np.testing.assert_allclose(
        executed(settings, network)["inputs"](x, y), features_of(list(FEATURES), x, y), rtol=1e-12
    )


def test_the_exported_code_names_its_epoch_and_how_to_go_on() -> None:
    code = keras_code(DEFAULT, Network(DEFAULT).weights(), epoch=12)
    assert "after 12 epochs" in code
    assert "model.fit(*training, batch_size=10, epochs=100, validation_data=test)" in code
    assert max(len(line) for line in code.splitlines()) <= 110
    assert "validation_data=None" in keras_code(DEFAULT | {"train_share": 100})
    assert keras_code(DEFAULT) == keras_code(DEFAULT, Network(DEFAULT).weights(), 0)


def test_what_cannot_be_exported_says_why() -> None:
    with pytest.raises(ValueError, match="at least one feature"):
        keras_code(DEFAULT | {"features": []})
    with pytest.raises(ValueError, match="Press Reset"):
        keras_code(DEFAULT, np.full(25, np.nan))
    with pytest.raises(ValueError, match="25 weights and biases, not 24"):
        keras_code(DEFAULT, np.zeros(24))
