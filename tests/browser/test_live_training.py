"""Training in a real JupyterLab: the curve grows, the button and the toolbar stop it, one still picture is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import IDLE, RUN_ALL, Notebook, Server, write_notebook

PREPARE = """
from course_utils import training
import keras, numpy as np
x = np.random.default_rng(0).random((2000, 20)); y = x.sum(axis=1)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
"""
FIT = "history = await training.fit(model, x, y, epochs=2000, validation_split=0.2)"


@pytest.fixture
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    write_notebook(server.root / "live.ipynb", PREPARE, FIT, "print('ran on,', len(history.epoch) < 2000)")
    notebook = Notebook(browser, server, "live.ipynb")
    notebook.page.evaluate(RUN_ALL)
    notebook.page.wait_for_selector(".live-curve", timeout=120_000)
    yield notebook
    notebook.close()
    assert not notebook.console
    assert not notebook.external


def check_the_end(notebook: Notebook) -> None:
    """The live curve has given way to one picture, and the cell below has run."""
    notebook.page.wait_for_function(IDLE, timeout=30_000)
    outputs = notebook.outputs()
    assert [output["cell"] for output in outputs] == [1, 2]
    words = "".join(outputs[0]["data"]["text/plain"])
    assert words.startswith("Training was stopped after ")
    assert "mae" in words
    assert len(str(outputs[0]["data"])) < 150_000
    assert "".join(outputs[1]["text"]) == "ran on, True\n"
    assert notebook.page.locator(".live-curve").count() == 0


def test_the_curve_grows_and_the_button_stops(notebook: Notebook) -> None:
    words = notebook.page.locator(".live-words")
    notebook.page.wait_for_function(
        "() => / epoch (?!1 )| epoch 1\\d/.test(' ' + document.querySelector('.live-words').textContent)"
    )
    assert "of 2000" in words.inner_text()
    assert "loss" in words.inner_text()
    path = notebook.page.locator(".live-curve path[stroke]").first
    before = path.get_attribute("d")
    notebook.page.wait_for_timeout(1500)
    assert path.get_attribute("d") != before
    notebook.page.locator(".live-curve button").press("Enter")
    check_the_end(notebook)


def test_the_toolbar_s_interrupt_stops_cleanly(notebook: Notebook) -> None:
    notebook.page.wait_for_timeout(1500)
    notebook.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    check_the_end(notebook)
