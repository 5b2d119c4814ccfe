"""The room that starts TensorFlow: quiet, the same numbers each time, plain words about the machine."""

from __future__ import annotations

import dataclasses
import os
import platform
import random
import subprocess
import sys

import keras
import numpy as np
import pytest

from course_utils import training
from course_utils.quiet import quiet_stderr


def python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900)


def test_training_starts_and_trains_without_a_word_on_stderr():
    code = (
        "from course_utils import training; import keras, numpy as np; training.set_seed(0);"
        "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]); model.compile('adam', 'mse');"
        "model.fit(np.zeros((8, 3)), np.zeros((8, 2)), verbose=0); print(training.describe_machine())"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "TensorFlow" in done.stdout


def test_a_broken_tensorflow_is_not_hushed_up():
    code = (
        "import os, sys, types; broken = types.ModuleType('tensorflow')\n"
        "def missing(name):\n"
        "    os.write(2, b'libcudart is broken')\n"
        "    raise ImportError('tensorflow cannot start')\n"
        "broken.__getattr__ = missing; sys.modules['tensorflow'] = broken\n"
        "from course_utils import training"
    )
    done = python(code)
    assert done.returncode != 0
    assert "libcudart is broken" in done.stderr
    assert "tensorflow cannot start" in done.stderr


def test_float32_keeps_all_its_digits_on_a_gpu():
    import tensorflow as tf

    assert not tf.config.experimental.tensor_float_32_execution_enabled()


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="elsewhere TensorFlow has no choice"
)
def test_tensorflow_computes_in_the_arithmetic_that_is_chosen():
    from tensorflow.python.framework.test_util import IsMklEnabled

    assert IsMklEnabled() == (os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1")


def test_stderr_works_again_after_a_quiet_block(capfd):
    with quiet_stderr():
        os.write(2, b"noise")
    os.write(2, b"message")
    assert capfd.readouterr().err == "message"


def test_the_same_seed_gives_the_same_numbers():
    def draw() -> tuple:
        training.set_seed(7)
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        return random.random(), np.random.rand(), layer.get_weights()[0].tolist()

    assert draw() == draw()


@pytest.mark.parametrize("seed", [np.int64(7), np.uint8(7), np.array(7)])
def test_a_seed_of_numpy_is_as_good(seed):
    training.set_seed(7)
    first = np.random.rand()
    training.set_seed(seed)
    assert np.random.rand() == first


@pytest.mark.parametrize("seed", [-1, 1.5, True, np.True_, np.float64(7), "0", None, 2**32])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match="whole number"):
        training.set_seed(seed)


def test_the_machine_is_described_in_plain_words():
    machine = training.describe_machine()
    words = str(machine)
    assert machine.cores >= 1
    assert 0 < machine.memory_free <= machine.memory_total
    assert keras.__version__ in words
    assert "core" in words and "memory" in words


def test_the_words_tell_a_graphics_card_and_too_little_memory():
    machine = dataclasses.replace(training.describe_machine(), gpus=("NVIDIA T4",), memory_free=1.0, cores=1)
    assert "NVIDIA T4" in str(machine)
    assert "1 processor core, and" in str(machine)
    assert "close other programs" in str(machine)
    assert "no graphics card" in str(dataclasses.replace(machine, gpus=()))


def test_the_progress_line_is_rewritten_after_every_epoch(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    monkeypatch.setattr("course_utils.training.progress.display", lambda data, **options: Handle())
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.zeros((8, 3)), np.zeros((8, 2)), epochs=2, verbose=0, callbacks=[training.ProgressLine()])
    assert [text.split(" after")[0] for text in shown] == ["Epoch 1 of 2", "Epoch 2 of 2"]
    assert "loss 0.0" in shown[-1]


def test_without_a_notebook_the_progress_line_stays_silent():
    line = training.ProgressLine()
    line.set_params({"epochs": 1})
    line.on_train_begin()
    line.on_epoch_end(0, {"loss": 1.0})
    assert line.params["epochs"] == 1
