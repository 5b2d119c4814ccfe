"""The pooling explorer in a real browser: the picture is dragged, maps and curves are NumPy's, windows are marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect

from course_utils.explorers.engine.fields import Field
from course_utils.explorers.models import pooling as model
from course_utils.explorers.pooling import PoolingShift, _chain, _sources
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import random_state


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    cells = ("from course_utils import explorers", "e = explorers.PoolingShift()\ne")
    with running(browser, server, "pooling", *cells) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("pooling_shift")


def seen(view: ExplorerView) -> dict[str, Any]:
    """What the browser has computed for its state."""
    view.drawn()
    return view.root.evaluate("""(root) => {
        const {before, after, changes, curves, winner, picture} = root.explorer.look();
        const plain = (values) => Array.from(values, (value) => Number.isNaN(value) ? null : value);
        return {before: plain(before.values), after: plain(after.values), picture: plain(picture),
            changes: plain(changes), curves: curves.map(plain), winner}; }""")


def numbers(values: Any) -> np.ndarray:
    return np.array(values, np.float64)


def test_maps_winner_and_curves_are_those_of_numpy(notebook: Notebook, view: ExplorerView) -> None:
    fields: dict[str, Field] = dict(PoolingShift.fields)
    rng = np.random.default_rng(5)
    for _ in range(12):
        state = random_state(fields, rng)
        notebook.state_of(view)
        notebook.evaluate(f"e.set(**{state!r})")
        notebook.state_of(view)
        found, chain, source = seen(view), _chain(state), _sources()[state["picture"]]
        picture = model.seen(source, state["dx"], state["dy"])
        assert (numbers(found["picture"]) == picture.ravel()).all()
        before, after = (each[0] for each in model.maps(chain, picture[np.newaxis]))
        assert (numbers(found["before"]) == before.ravel()).all()
        np.testing.assert_allclose(numbers(found["after"]), after.ravel(), rtol=1e-6)
        row, column = (min(state[name], len(after) - 1) for name in ("row", "column"))
        place = model.winner(chain, before, row, column)
        assert found["winner"] == (list(place) if place else None)
        along = state["compare"] == "moved"
        curves = model.changes(chain, source, model.SHIFTS, state["dy"], along)
        np.testing.assert_allclose(numbers(found["curves"]), curves, atol=1e-6)


def test_the_picture_is_dragged_by_its_pixels(notebook: Notebook, view: ExplorerView) -> None:
    picture = view.root.locator(".shift-picture")
    box = picture.bounding_box()
    assert box
    pixel = box["width"] / model.SEEN
    view.drag(picture, 3 * pixel, -2.5 * pixel)
    state = notebook.agreed_state(view)
    assert (state["dx"], state["dy"]) == (4, -2.5)
    view.drag(picture, 30 * pixel, 0)
    assert notebook.agreed_state(view)["dx"] == 8, "it is held at the limit"


def test_arrow_keys_move_the_picture_by_half_pixels(notebook: Notebook, view: ExplorerView) -> None:
    picture = view.root.locator(".shift-picture")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        picture.press(key)
    state = notebook.agreed_state(view)
    assert (state["dx"], state["dy"]) == (2.5, 4.5)
    assert "2.5 px right and 4.5 px down" in (picture.get_attribute("aria-label") or "")


def test_pointing_at_a_pooled_value_shows_its_window(notebook: Notebook, view: ExplorerView) -> None:
    pooled = view.root.locator(".shift-pooled")
    box = pooled.bounding_box()
    assert box
    cell = box["width"] / 15
    pooled.hover(position={"x": 4.5 * cell, "y": 9.5 * cell})
    state = notebook.agreed_state(view)
    assert (state["row"], state["column"]) == (9, 4)
    texts = view.root.locator(".shift-window text").all_text_contents()
    expect(view.root.locator(".shift-result")).to_have_text(f"max = {max(texts)}")
    winner = seen(view)["winner"]
    mark = view.root.locator(".shift-winner").first
    assert [float(mark.get_attribute(at) or 0) - 0.5 for at in ("cy", "cx")] == winner


def test_arrow_keys_choose_a_pooled_value_and_a_difference(notebook: Notebook, view: ExplorerView) -> None:
    for name, key in ((".shift-pooled", "ArrowLeft"), (".shift-difference", "ArrowUp")):
        view.root.locator(name).press(key)
    state = notebook.agreed_state(view)
    assert (state["row"], state["column"]) == (5, 8)
    for _ in range(4):
        view.root.locator(".shift-pooled").press("Shift+ArrowRight")
    assert notebook.agreed_state(view)["column"] == 14


def test_keys_that_come_faster_than_pictures_all_count(notebook: Notebook, view: ExplorerView) -> None:
    before = notebook.agreed_state(view)
    view.root.evaluate(
        """(root) => [[".shift-pooled", "ArrowLeft"], [".shift-difference", "ArrowUp"], [".shift-pooled", "ArrowLeft"]]
            .forEach(([name, key]) => root.querySelector(name).dispatchEvent(new KeyboardEvent("keydown", { key })))"""
    )
    after = notebook.agreed_state(view)
    assert (after["row"], after["column"]) == (before["row"] - 1, before["column"] - 2)


def test_the_curve_is_held_at_any_place(notebook: Notebook, view: ExplorerView) -> None:
    handle = view.handle("shift to the right")
    handle.press("ArrowLeft")
    assert notebook.agreed_state(view)["dx"] == 0.5
    assert handle.get_attribute("aria-valuetext") == "0.5 pixels to the right"
    surface = view.root.locator(".course-surface").bounding_box()
    assert surface
    view.page.mouse.click(surface["x"] + surface["width"] * 0.25, surface["y"] + 40)
    assert notebook.agreed_state(view)["dx"] == -4


def test_settings_without_a_meaning_are_greyed_out(view: ExplorerView) -> None:
    view.field("pooling").select_option("strided")
    view.drawn()
    assert view.field("size").is_disabled()
    assert view.field("stride").is_enabled()
    view.field("pooling").select_option("none")
    view.field("kernel").select_option("none")
    view.drawn()
    assert all(view.field(name).is_disabled() for name in ("relu", "size", "stride", "stages"))


def test_nothing_is_left_of_the_difference_from_the_moved_map(view: ExplorerView) -> None:
    view.button("Equivariant").click()
    view.drawn()
    told = view.root.locator(".shift-legend b")
    expect(told).to_have_text("exactly 0")
    assert view.root.locator(".shift-outside").count() == 1, "what came in at the edges is hatched"
    view.field("dx").press("ArrowRight")
    view.drawn()
    change = model.changes(_chain(view.state()), _sources()["boot"], 3.5, -2, along=True)[1][0]
    expect(told).to_have_text(f"{100 * change:.1f} %")
