"""Augmentation in a real browser: pictures that are Keras' own, code to copy, the verdict, drawing again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.lab import ExplorerView, Notebook, Server, running

PREPARE = """
from course_utils import explorers
from course_utils.explorers.models import augmentation as model
import numpy as np

def run(code):
    scope = {}
    exec(code, scope)
    return model.shown(scope["results"])

e = explorers.Augmentation()
e
"""
# The eight results as the canvases hold them: the red values of every pixel.
PIXELS = """(root) => [...root.querySelectorAll('.augment-picture')].slice(1).map((canvas) =>
    [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0))"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(browser, server, "augmentation", PREPARE) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("augmentation")
    view.reset()
    view.settled()
    view.drawn()
    return view


def shown_code(view: ExplorerView) -> str:
    view.settled()
    view.drawn()
    return view.root.locator(".course-code-text").inner_text()


def verdict(view: ExplorerView) -> str:
    view.settled()
    view.drawn()
    return view.root.locator(".augment-verdict").inner_text()


@pytest.mark.parametrize("preset", ["A 6 turned", "Crop too strong", "All together"])
def test_what_is_seen_is_what_the_shown_code_makes(
    notebook: Notebook, view: ExplorerView, preset: str
) -> None:
    view.button(preset).click()
    code = shown_code(view)
    expected = notebook.evaluate(f"run({code!r})[..., 0].reshape(8, -1).tolist()")
    assert view.root.evaluate(PIXELS) == expected


def test_the_code_is_copied_as_it_stands(view: ExplorerView) -> None:
    view.field("rotation").fill("0.25")
    code = shown_code(view)
    assert "keras.layers.RandomRotation(0.25, seed=3)," in code
    view.button("Copy code").click()
    view.root.get_by_role("button", name="Copied ✓").wait_for()
    assert view.page.evaluate("() => navigator.clipboard.readText()") == code


def test_the_code_is_scrolled_by_the_keyboard(view: ExplorerView) -> None:
    view.button("All together").click()
    shown_code(view)
    pane = view.root.get_by_label("The same in Keras")
    pane.focus()
    pane.press("End")
    expect(pane).to_be_focused()
    view.page.wait_for_function("(pane) => pane.scrollTop > 50", arg=pane.element_handle())


def test_drawing_again_shows_other_results_of_the_same_settings(
    notebook: Notebook, view: ExplorerView
) -> None:
    before, said = view.root.evaluate(PIXELS), view.sentence()
    view.button("Draw again").click()
    view.settled()
    after = view.sentence()
    assert notebook.evaluate("e.state")["seed"] == 1
    assert view.root.evaluate(PIXELS) != before
    assert after.split(".")[0] == said.split(".")[0]
    view.button("Draw again").press("Enter")
    view.settled()
    view.exact("seed").fill("0")
    view.settled()
    assert view.sentence() == said
    assert view.root.evaluate(PIXELS) == before


def test_the_verdict_follows_the_picture_and_the_transform(view: ExplorerView) -> None:
    assert verdict(view) == "✓ The label survives: still a cat."
    view.field("flip_vertical").press("Space")
    assert verdict(view).startswith("△ Still a cat, but an unlikely picture")
    view.field("picture").select_option("eight")
    assert verdict(view) == "✓ The label survives: still an 8."
    view.field("picture").select_option("six")
    assert "a mirrored 6 is no digit" in verdict(view)


def test_colours_are_for_photos_and_the_outside_for_what_moves(view: ExplorerView) -> None:
    for name in ("hue", "saturation"):
        assert view.field(name).is_enabled()
    view.field("picture").select_option("sneaker")
    view.settled()
    view.drawn()
    for name in ("hue", "saturation"):
        assert view.field(name).is_disabled()
    assert view.field("fill").is_enabled()
    for name in ("rotation", "zoom"):
        view.field(name).fill("0")
    view.drawn()
    assert view.field("fill").is_disabled()


def test_every_picture_is_named_for_those_who_cannot_see_it(view: ExplorerView) -> None:
    view.button("A shoe flipped").click()
    view.settled()
    view.drawn()
    names = view.root.locator(".augment-picture").evaluate_all(
        "pictures => pictures.map(picture => picture.getAttribute('aria-label'))"
    )
    assert names[0] == "original"
    assert len(names) == 9
    distances = {name.rsplit(", ")[-1] for name in names[1:]}
    assert "0.0 of 255 away from the original" in distances, "about half of them are not flipped"
    assert len(distances) == 2


def test_a_small_picture_shows_its_pixels(view: ExplorerView) -> None:
    view.field("picture").select_option("two")
    view.settled()
    view.drawn()
    shown = view.root.locator(".augment-picture").first
    assert shown.evaluate("canvas => [canvas.width, getComputedStyle(canvas).imageRendering]") == [
        20,
        "pixelated",
    ]
