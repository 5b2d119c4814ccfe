"""What the browser computes of networks and drawings, beside its NumPy twins: no Jupyter, one blank page."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page

from course_utils.explorers.engine.linker import link
from course_utils.explorers.models import drawing, small_network
from course_utils.explorers.models.drawn_examples import DRAWN
from tests.small_networks import CHAINS, make_chain

LOAD = """async ([source, names]) => {
    const module = await import("data:text/javascript;base64," + source);
    for (const name of names) window[name] = module[name]; }"""
MAKE = (
    """({ layers, weights }) => { window.network = new SmallNetwork(layers, Float32Array.from(weights)); }"""
)
OUTPUTS = """(picture) => network.run(Float32Array.from(picture))
    .map(({ name, shape, values }) => ({ name, shape, values: [...values] }))"""


@pytest.fixture(scope="module")
def page(browser: BrowserContext) -> Iterator[Page]:
    """A blank page that knows SmallNetwork and rasterize."""
    page = browser.new_page()
    for module, name in (("engine/small_network", "SmallNetwork"), ("rasterizer", "rasterize")):
        source = f"{link(module)}\nexport {{ {name} }};"
        page.evaluate(LOAD, [base64.b64encode(source.encode()).decode(), [name]])
    yield page
    page.close()


def send(page: Page, layers: list[small_network.Layer]) -> None:
    sent: dict[str, Any] = small_network.for_browser(layers)
    page.evaluate(MAKE, sent | {"weights": sent["weights"].tolist()})


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", sorted(CHAINS))
def test_every_layer_gives_the_twins_numbers(page: Page, name: str, seed: int) -> None:
    layers = small_network.layers_of(make_chain(name, seed))
    send(page, layers)
    for picture in np.random.default_rng(seed).random((2, *layers[0].shape), dtype=np.float32):
        expected = small_network.run(layers, picture[np.newaxis])
        found = page.evaluate(OUTPUTS, picture.reshape(-1).tolist())
        assert [output["name"] for output in found] == [layer.name for layer in layers]
        for output, values in zip(found, expected, strict=True):
            assert tuple(output["shape"]) == values.shape[1:]
            np.testing.assert_allclose(
                output["values"], values.reshape(-1), rtol=2e-4, atol=2e-5, err_msg=output["name"]
            )


@pytest.mark.parametrize("shape", [(20, 20), (28, 28), (24, 32)])
@pytest.mark.parametrize("pen", [0.03, 0.08, 0.15])
def test_drawings_become_the_twins_pictures(page: Page, pen: float, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    scribbles = [rng.random((3, 12, 2)).round(3).tolist(), [[[0.5, 0.5]], [[1, 0.2], [1, 0.2]]], []]
    for strokes in [*scribbles, *DRAWN.values()]:
        arguments = [strokes, pen, list(shape), drawing.usual_box(shape)]
        found = page.evaluate("(given) => [...rasterize(...given)]", arguments)
        expected = drawing.rasterize(strokes, pen, shape)
        np.testing.assert_allclose(np.reshape(found, shape), expected, atol=2e-6)
