"""Convolution in a real browser: the same numbers as the model; cells, cursor, scan, channels, drawing, own picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator

from course_utils.explorers import Convolution
from course_utils.explorers.models import convolution as model
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import random_state

NUMBERS = """(root) => {
    const { map, window, value } = root.explorer.look();
    return { rows: map.rows, columns: map.columns, values: [...map.values], value,
        window: window && { values: window.values, products: window.products, sums: window.sums } }; }"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "convolution", "from course_utils import explorers\ne = explorers.Convolution()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("convolution")
    view.reset()
    view.settled()
    return view


def state_after(notebook: Notebook, view: ExplorerView) -> dict:
    """The state in the kernel, once it is the browser's; both say the same."""
    view.drawn()
    for _ in range(100):
        state = notebook.evaluate("e.state")
        if state == view.state():
            break
        view.page.wait_for_timeout(50)
    assert state == view.state()
    assert view.sentence() == notebook.evaluate("e.describe(e.state)")
    return state


def cells(view: ExplorerView, label: str) -> Locator:
    return view.root.get_by_role("group", name=label).locator(".conv-cell")


def weight(view: ExplorerView, row: int, column: int) -> Locator:
    return view.root.get_by_role("spinbutton", name=f"weight in row {row}, column {column}")


def feature_map(view: ExplorerView) -> Locator:
    return view.root.get_by_role("application", name="the feature map")


def point_at(view: ExplorerView, sheet: Locator, row: float, column: float, cells_a_side: int) -> None:
    box = sheet.bounding_box()
    assert box
    cell = box["width"] / cells_a_side
    view.page.mouse.move(box["x"] + (column + 0.5) * cell, box["y"] + (row + 0.5) * cell)
    view.drawn()


def test_map_and_window_are_the_models_on_random_states(notebook: Notebook, view: ExplorerView) -> None:
    explorer, rng = Convolution(), np.random.default_rng(5)
    for _ in range(25):
        state = random_state(explorer.fields, rng)
        notebook.evaluate(f"e.set(**__import__('json').loads({json.dumps(state)!r}))")
        state = state_after(notebook, view)
        found = view.root.evaluate(NUMBERS)
        values, kernels = explorer._seen(state)
        placing = {name: state[name] for name in ("stride", "padding", "dilation")}
        expected = model.feature_map(values, kernels, state["bias"], relu=state["relu"], **placing)
        if not expected.size:
            assert found["window"] is None
            continue
        assert (found["rows"], found["columns"]) == expected.shape
        np.testing.assert_allclose(
            np.reshape(found["values"], expected.shape), expected, rtol=1e-4, atol=2e-5
        )
        place = [min(state[at], side - 1) for at, side in zip(("row", "column"), expected.shape, strict=True)]
        window = model.window(values, kernels, *place, **placing)
        np.testing.assert_allclose(np.reshape(found["window"]["values"], window.values.shape), window.values)
        np.testing.assert_allclose(found["window"]["sums"], window.sums, atol=1e-12)
        assert found["value"] == pytest.approx(expected[tuple(place)], rel=1e-4, abs=2e-5)


def test_a_weight_is_typed_with_a_comma_or_as_a_fraction(notebook: Notebook, view: ExplorerView) -> None:
    weight(view, 0, 0).fill("2,5")
    weight(view, 1, 1).fill("-1/4")
    weight(view, 0, 1).fill("½")
    weight(view, 0, 2).fill("1,125")
    weight(view, 1, 0).fill("−0,5")
    weight(view, 2, 2).fill("nonsense")
    weight(view, 2, 1).fill("50")
    weight(view, 2, 1).press("Enter")
    kernel = state_after(notebook, view)["kernel"]
    assert kernel[0] == [[2.5, 0.5, 1.125], [-0.5, -0.25, 2], [-1, 9, 1]]
    assert kernel[1] == kernel[2] == kernel[0], "a grey picture has one kernel"
    assert weight(view, 2, 1).input_value() == "9"
    assert weight(view, 2, 2).input_value() == "1", "what is no number is put right when it is left"
    assert view.root.get_by_label("kernel", exact=True).input_value() == "your own"


def test_a_weight_is_changed_by_arrow_keys_and_by_dragging(notebook: Notebook, view: ExplorerView) -> None:
    cell = weight(view, 1, 1)
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowUp", "ArrowDown"):
        cell.press(key)
    assert state_after(notebook, view)["kernel"][0][1][1] == 1.1
    assert cell.get_attribute("aria-valuenow") == "1.1"
    view.drag(weight(view, 0, 1), 0, -40)
    assert state_after(notebook, view)["kernel"][0][0][1] == pytest.approx(1)
    view.drag(weight(view, 0, 1), 0, 20)
    assert state_after(notebook, view)["kernel"][0][0][1] == pytest.approx(0.5)


def test_every_named_kernel_and_size_can_be_chosen(notebook: Notebook, view: ExplorerView) -> None:
    names = view.root.get_by_label("kernel", exact=True)
    for name, kernel in model.KERNELS.items():
        names.select_option(name)
        assert state_after(notebook, view)["kernel"][0] == kernel
        assert cells(view, "kernel").count() == len(kernel) ** 2
    names.select_option("Sobel x")
    sizes = view.root.get_by_label("size of the kernel")
    sizes.select_option("5")
    wide = np.array(state_after(notebook, view)["kernel"][0])
    np.testing.assert_array_equal(wide[1:4, 1:4], model.KERNELS["Sobel x"])
    assert not wide[0].any()
    sizes.press("ArrowUp")
    assert state_after(notebook, view)["kernel"][0] == model.KERNELS["Sobel x"]
    sizes.select_option("1")
    assert state_after(notebook, view)["kernel"][0] == [[0]]


def test_pointing_moves_the_window_on_both_pictures(notebook: Notebook, view: ExplorerView) -> None:
    point_at(view, feature_map(view), 20, 3, 26)
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (20, 3)
    picture = view.root.get_by_role("img", name="the picture, 28 by 28 pixels")
    point_at(view, picture, 10, 14, 28)
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (9, 13), "the window around this pixel"
    point_at(view, picture, 27, 27, 28)
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (25, 25), "the last window"


def test_arrow_keys_move_the_cursor_and_stop_at_the_edge(notebook: Notebook, view: ExplorerView) -> None:
    sheet = feature_map(view)
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowDown"):
        sheet.press(key)
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (18, 12)
    assert "row 18, column 12, value" in (sheet.get_attribute("aria-label") or "")
    sheet.press("Shift+ArrowDown")
    sheet.press("Shift+ArrowLeft")
    sheet.press("Shift+ArrowLeft")
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (25, 0)


def test_the_numbers_shown_are_the_arithmetic(notebook: Notebook, view: ExplorerView) -> None:
    view.button("By hand").click()
    view.drawn()
    assert cells(view, "what the window sees").all_inner_texts() == list("111011001")
    assert cells(view, "products").all_inner_texts() == list("101010001")
    assert view.root.locator(".conv-output").inner_text().split() == ["=", "out(0,", "0)", "4"]
    assert view.root.locator(".conv-map + .course-sheet-marks text").all_text_contents() == list("434243234")
    cells(view, "products").nth(2).hover()
    view.drawn()
    assert view.root.locator(".conv-lit").count() == 3
    assert view.root.get_by_text("1 · 1 = 1", exact=True).is_visible()


def test_steps_and_play_go_over_the_map_row_by_row(notebook: Notebook, view: ExplorerView) -> None:
    view.button("By hand").click()
    view.button("Next: one step on").click()
    assert state_after(notebook, view)["column"] == 1
    for _ in range(2):
        view.button("Next: one step on").press("Enter")
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (1, 0)
    view.button("Back: one step back").click()
    assert state_after(notebook, view)["column"] == 2
    view.button("Play").click()
    view.drawn()
    assert view.root.locator(".conv-map + .course-sheet-marks text").count() < 9, (
        "what comes later is not shown"
    )
    view.button("Play").wait_for(timeout=10_000)
    view.drawn()
    state = state_after(notebook, view)
    assert (state["row"], state["column"]) == (2, 2)
    assert view.root.locator(".conv-map + .course-sheet-marks text").count() == 9
    view.button("Start: back to the start").click()
    assert state_after(notebook, view)["row"] == 0


def test_little_motion_means_one_step_a_second(notebook: Notebook, view: ExplorerView) -> None:
    view.page.emulate_media(reduced_motion="reduce")
    try:
        view.button("Start: back to the start").click()
        view.button("Play").click()
        view.page.wait_for_timeout(500)
        assert view.state()["column"] == 1, "the first step comes at once, the next after a second"
        view.button("Pause").click()
    finally:
        view.page.emulate_media(reduced_motion="no-preference")


def test_each_channel_has_a_kernel_of_its_own(notebook: Notebook, view: ExplorerView) -> None:
    view.field("picture").select_option("flower")
    view.field("colours").select_option("rgb")
    view.button("green").click()
    weight(view, 1, 1).fill("3")
    state = state_after(notebook, view)
    assert state["channel"] == "green"
    assert [kernel[1][1] for kernel in state["kernel"]] == [0, 3, 0]
    assert view.button("green").get_attribute("aria-pressed") == "true"
    lines = view.root.locator(".conv-sum > div").all_inner_texts()
    assert [line.split("\n")[0] for line in lines[:3]] == [f"Σ {name}" for name in ("red", "green", "blue")]
    view.button("blue").press("Enter")
    state_after(notebook, view)
    assert weight(view, 1, 1).input_value() == "0"


def test_drawing_on_the_picture(notebook: Notebook, view: ExplorerView) -> None:
    view.field("picture").select_option("drawing")
    view.drawn()
    pad = view.root.locator(".course-pad")
    view.drag(pad, 60, 30)
    state = state_after(notebook, view)
    assert len(state["strokes"]) == 1
    found = view.root.evaluate(NUMBERS)
    assert max(found["values"]) > 1
    pad.press("Space")
    pad.press("ArrowRight")
    assert len(state_after(notebook, view)["strokes"]) == 2
    view.button("Clear").click()
    assert state_after(notebook, view)["strokes"] == []


def test_a_picture_of_ones_own(notebook: Notebook, view: ExplorerView, tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (200, 100), (255, 0, 0)).save(path)
    view.root.locator('input[type="file"]').set_input_files(path)
    view.root.get_by_text("red.png: 200 × 100 pixels").wait_for()
    assert state_after(notebook, view)["picture"] == "own"
    assert view.sentence().startswith("Your own picture, 24 × 48")
    view.field("colours").select_option("rgb")
    view.root.get_by_label("kernel", exact=True).select_option("identity")
    state_after(notebook, view)
    np.testing.assert_allclose(view.root.evaluate(NUMBERS)["window"]["sums"], [1, 0, 0], atol=0.02)


def test_a_window_too_large_is_told_and_nothing_breaks(notebook: Notebook, view: ExplorerView) -> None:
    view.field("picture").select_option("example")
    view.exact("dilation").fill("3")
    view.drawn()
    assert view.root.get_by_text("no output: the window does not fit into the picture").is_visible()
    feature_map(view).press("ArrowRight")
    view.button("Play").click()
    view.root.get_by_role("button", name="Play", exact=True).wait_for()
    state_after(notebook, view)
    view.field("padding").select_option("same")
    state_after(notebook, view)
    assert view.root.evaluate(NUMBERS)["rows"] == 5


def test_it_answers_when_its_kernel_is_busy(notebook: Notebook, view: ExplorerView) -> None:
    before = view.sentence()
    view.root.get_by_label("kernel", exact=True).select_option("Laplacian")
    view.field("padding").select_option("same")
    assert "answers to dots, lines and corners" in view.sentence()
    assert view.sentence() != before
