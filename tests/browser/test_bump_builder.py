"""The bump builder in a real browser: dragging triangles, round handles and corners, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import ExplorerView, Notebook, Server, running


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "bumps", "from course_utils import explorers\ne = explorers.BumpBuilder()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("bump_builder")


def test_a_kink_is_dragged_and_the_fit_follows(notebook: Notebook, view: ExplorerView) -> None:
    before = view.sentence()
    view.drag(view.handle("position of unit 2"), 40, 0)
    state = notebook.agreed_state(view)
    assert state["mode"] == "fit"
    assert [row[0] for row in state["units"]] != [0, 0.25, 0.5, 0.75]
    assert view.sentence() != before
    view.button("Place evenly").click()
    assert notebook.agreed_state(view)["units"] == []
    assert view.sentence() == before


def test_a_kink_is_moved_by_the_arrow_keys(notebook: Notebook, view: ExplorerView) -> None:
    kink = view.handle("position of unit 3")
    kink.focus()
    kink.press("ArrowRight")
    kink.press("Shift+ArrowRight")
    assert notebook.agreed_state(view)["units"][2][0] == pytest.approx(0.61)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "step"])
def test_the_fit_taken_in_hand_is_the_same_curve(
    notebook: Notebook, view: ExplorerView, activation: str
) -> None:
    view.field("activation").select_option(activation)
    fitted = view.sentence()
    view.button("Take the fit in hand").click()
    assert notebook.agreed_state(view)["mode"] == "hand"
    assert view.sentence() == fitted.replace("fitted", "set by hand")


def test_a_round_handle_sets_height_and_steepness(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Two make a bump").click()
    grip = view.handle("height and steepness of unit 2")
    view.drag(grip, 40, 50)
    position, height, steepness = notebook.agreed_state(view)["units"][1]
    assert position == 0.6
    assert height < -1.1, "dragged down"
    assert steepness < 15, "dragged away from its triangle"
    grip.focus()
    grip.press("ArrowUp")
    assert notebook.agreed_state(view)["units"][1][1] > height


def test_bias_by_slider_handle_and_keys(notebook: Notebook, view: ExplorerView) -> None:
    assert view.field("bias").is_disabled()
    view.button("Two make a bump").click()
    view.sentence()  # waits until the slider is free
    view.field("bias").press("ArrowRight")
    assert notebook.agreed_state(view)["bias"] == pytest.approx(0.05)
    bias = view.handle("bias")
    bias.press("ArrowUp")
    assert notebook.agreed_state(view)["bias"] == pytest.approx(0.1)
    view.drag(bias, 0, 50)
    assert notebook.agreed_state(view)["bias"] < 0


def test_the_target_is_drawn_by_its_corners(notebook: Notebook, view: ExplorerView) -> None:
    view.field("target").select_option("own")
    view.drag(view.handle("your drawing at x = 0.5"), 0, -80)
    corners = notebook.agreed_state(view)["corners"]
    assert corners[4] > 0
    corner = view.handle("your drawing at x = 1")
    corner.press("ArrowDown")
    assert notebook.agreed_state(view)["corners"][8] == pytest.approx(corners[8] - 0.05)


def test_sharpness_counts_only_for_fitted_smooth_units(notebook: Notebook, view: ExplorerView) -> None:
    assert view.field("sharpness").is_disabled()
    view.field("activation").select_option("sigmoid")
    before = view.sentence()
    assert view.field("sharpness").is_enabled()
    view.field("sharpness").press("ArrowLeft")
    notebook.agreed_state(view)
    assert view.sentence() != before


def test_more_units_keep_what_was_made_by_hand(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Two make a bump").click()
    before = view.sentence()
    view.field("n").press("ArrowRight")
    assert notebook.agreed_state(view)["n"] == 3
    assert view.sentence().split(":")[1] == before.split(":")[1], "the new unit has height 0"
    assert view.handle("position of unit 3").is_visible()
