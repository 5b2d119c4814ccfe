"""The fit to watch: the same history as Keras', a stop after the batch at work, words for the end, a small output."""

from __future__ import annotations

import asyncio

import keras
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from course_utils import training
from course_utils.training.live import Watcher

X, Y = np.random.default_rng(0).random((64, 3)), np.ones((64, 1))
MODEL = """
from course_utils import training
import keras, numpy as np
x = np.zeros((64, 3))
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
"""


def network() -> keras.Model:
    training.set_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_outside_a_notebook_it_is_keras_own_fit(capsys):
    live = asyncio.run(training.fit(network(), X, Y, epochs=3))
    assert "Epoch 3/3" in capsys.readouterr().out
    plain = network().fit(X, Y, epochs=3, verbose=0)
    np.testing.assert_allclose(live.history["loss"], plain.history["loss"], rtol=1e-5)


def test_a_stop_ends_the_training_after_the_next_batch():
    watcher = Watcher()
    batches = []
    count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    watcher.stop = True
    network().fit(X, Y, epochs=50, batch_size=8, verbose=0, callbacks=[watcher, count])
    assert len(batches) <= 2
    assert watcher.words().startswith("Training was stopped after 1 of 50 epochs: loss ")


def test_the_progress_tells_epochs_steps_and_numbers():
    watcher = Watcher()
    network().fit(X, Y, epochs=2, batch_size=16, verbose=0, validation_split=0.25, callbacks=[watcher])
    progress = watcher.progress()
    assert [progress[name] for name in ("epoch", "epochs", "steps")] == [2, 2, 3]
    assert progress["numbers"]["loss"] > 0
    assert watcher.words().startswith("Training ended after 2 of 2 epochs: loss ")
    assert "validation loss" in watcher.words()


def execute(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=900, kernel_name="python3", allow_errors=True).execute()
    return notebook


def test_in_a_kernel_one_small_picture_is_left_and_errors_are_raised():
    notebook = execute(
        MODEL + "model.compile('sgd', 'mse')",
        "history = await training.fit(model, x, x[:, :1], epochs=3)",
        "print(len(history.history['loss']))",
        "await training.fit(model, x, x[:9, :1])",
    )
    (picture,) = notebook.cells[1].outputs
    assert picture.data["text/plain"].startswith("Training ended after 3 of 3 epochs")
    assert "image/png" in picture.data
    assert len(str(picture.data)) < 120_000
    assert notebook.cells[2].outputs[0].text == "3\n"
    assert notebook.cells[3].outputs[-1].ename == "ValueError"


@pytest.mark.parametrize("numbers", [{}, {"loss": 0.25}])
def test_the_words_hold_before_the_first_epoch_and_after(numbers):
    watcher = Watcher()
    watcher.set_params({"epochs": 5})
    if numbers:
        watcher.on_epoch_end(0, numbers)
    assert watcher.words() == (
        "Training ended after 1 of 5 epochs: loss 0.250."
        if numbers
        else "Training ended after 0 of 5 epochs."
    )
