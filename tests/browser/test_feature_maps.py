"""Feature maps in a real browser: the twin's numbers, cursor, maps, strongest inputs, drawing, own picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator

from course_utils.explorers import FeatureMaps
from course_utils.explorers.models import feature_maps as model
from course_utils.explorers.models import small_network
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import cells, make, random_state

SEEN = """(root) => {
    const { outputs, place, at, sight, map, window } = root.explorer.look();
    return { place, at, sight, map: [...map.values], window, answers: outputs.map(({ values }) => [...values]) }; }"""

MIDDLES = """(canvas) => {
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const redAt = (x, y) => data[4 * (Math.floor(y * height) * width + Math.floor(x * width))];
    return Array.from({ length: 400 }, (_, i) => redAt(((i % 20) + 0.5) / 20, (Math.floor(i / 20) + 0.5) / 20)); }"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(browser, server, "feature_maps", *cells("FeatureMaps")) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("feature_maps")


@pytest.fixture(scope="module")
def explorer() -> FeatureMaps:
    return make("FeatureMaps")


def chosen_map(view: ExplorerView) -> Locator:
    return view.root.get_by_role("application", name="the map of")


def all_maps(view: ExplorerView) -> Locator:
    return view.root.locator(".maps-all")


def test_maps_windows_and_sight_are_the_twins_on_random_states(
    notebook: Notebook, view: ExplorerView, explorer: FeatureMaps
) -> None:
    rng = np.random.default_rng(2)
    for _ in range(12):
        state = random_state(explorer.fields, rng)
        notebook.state_of(view)
        notebook.evaluate(f"e.set(**__import__('json').loads({json.dumps(state)!r}))")
        state = notebook.state_of(view)
        found = view.root.evaluate(SEEN)
        expected = small_network.run(explorer._layers, explorer.values(state)[np.newaxis])
        for answer, values in zip(found["answers"], expected, strict=True):
            np.testing.assert_allclose(answer, values.reshape(-1), rtol=1e-3, atol=1e-4)
        layer, at = explorer._layers[found["place"]], found["at"]
        maps = expected[found["place"]][0].reshape(model.map_shape(layer))
        np.testing.assert_allclose(found["map"], maps[..., at["filter"]].reshape(-1), rtol=1e-3, atol=1e-4)
        box = model.receptive_field(explorer._layers, found["place"], at["row"], at["column"])
        assert found["sight"]["top"] == max(0, box.top)
        assert found["sight"]["width"] == min(20, box.left + box.width) - max(0, box.left)
        if layer.kind == "conv2d":
            total = found["window"]["sum"] + found["window"]["bias"]
            value = np.tanh(total) if layer.activation == "tanh" else max(0, total)
            assert value == pytest.approx(maps[at["row"], at["column"], at["filter"]], rel=1e-3, abs=1e-4)


def test_arrow_keys_and_the_mouse_move_the_cursor(notebook: Notebook, view: ExplorerView) -> None:
    sheet = chosen_map(view)
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "Shift+ArrowUp", "Shift+ArrowUp"):
        sheet.press(key)
    state = notebook.agreed_state(view)
    assert (state["row"], state["column"]) == (0, 10)
    assert "row 0, column 10, value" in (sheet.get_attribute("aria-label") or "")
    box = sheet.bounding_box()
    assert box
    sheet.hover(position={"x": 3.5 * box["width"] / 20, "y": 7.5 * box["height"] / 20})
    state = notebook.agreed_state(view)
    assert (state["row"], state["column"]) == (7, 3)


def test_every_pixel_is_painted_in_its_place(view: ExplorerView) -> None:
    picture = view.root.get_by_role("img", name="the picture, 20 by 20 pixels")
    values = view.root.evaluate("(root) => [...root.explorer.look().input]")
    assert np.corrcoef(picture.evaluate(MIDDLES), values)[0, 1] < -0.999, "from paper, 0, to ink, 1"
    assert picture.evaluate("canvas => canvas.width === canvas.height")


def test_pointing_at_the_picture_finds_the_value_that_sees_it(notebook: Notebook, view: ExplorerView) -> None:
    view.field("layer").select_option("second")
    picture = view.root.get_by_role("img", name="the picture, 20 by 20 pixels")
    for pixel in (3, 10, 19):
        box = picture.bounding_box()
        assert box
        picture.hover(position={"x": (pixel + 0.5) * box["width"] / 20, "y": 10.5 * box["height"] / 20})
        notebook.agreed_state(view)
        sight = view.root.evaluate(SEEN)["sight"]
        assert sight["left"] <= pixel < sight["left"] + sight["width"]


def test_another_layer_looks_at_the_same_spot(notebook: Notebook, view: ExplorerView) -> None:
    chosen_map(view).hover(position={"x": 20, "y": 20})
    before = notebook.agreed_state(view)
    view.field("layer").select_option("pool")
    state = notebook.agreed_state(view)
    assert (state["row"], state["column"]) == (before["row"] // 2, before["column"] // 2)


def test_maps_are_chosen_by_keys_and_by_a_click(notebook: Notebook, view: ExplorerView) -> None:
    maps = all_maps(view)
    maps.press("ArrowRight")
    maps.press("ArrowRight")
    assert notebook.agreed_state(view)["filter"] == 2
    for _ in range(6):
        maps.press("ArrowRight")
    assert notebook.agreed_state(view)["filter"] == 4, "the last map"
    box = maps.bounding_box()
    assert box
    maps.click(position={"x": 20, "y": box["height"] / 2})
    assert notebook.agreed_state(view)["filter"] == 0


def test_strongest_inputs_are_shown_and_lead_to_their_picture(
    notebook: Notebook, view: ExplorerView, explorer: FeatureMaps
) -> None:
    all_maps(view).press("ArrowRight")
    group = view.root.get_by_role("group", name="strongest inputs")
    places, values = model.strongest(explorer._layers, explorer._set, 6)[0]
    card = group.get_by_role("button").nth(1)
    card.press("Enter")
    state = notebook.agreed_state(view)
    assert [state["number"], state["row"], state["column"]] == places[1, 1].tolist()
    assert card.get_attribute("aria-pressed") == "true"
    shown = view.root.evaluate(SEEN)["map"]
    assert max(shown) == pytest.approx(values[1, 1], rel=1e-3)


def test_the_channel_of_a_deeper_kernel_is_chosen(notebook: Notebook, view: ExplorerView) -> None:
    view.field("layer").select_option("second")
    view.drawn()
    view.root.get_by_label("channel of the layer’s input").select_option("3")
    assert notebook.agreed_state(view)["channel"] == 3
    kernel = notebook.evaluate("network[4].weights['kernel'][:, :, 3, 0].ravel().tolist()")
    shown = view.root.get_by_role("img", name="kernel").locator("span").all_inner_texts()
    np.testing.assert_allclose([float(text.replace("−", "-")) for text in shown], kernel, atol=0.006)


def test_drawing_changes_maps_and_answer(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Blank paper").click()
    notebook.agreed_state(view)
    blank = view.root.evaluate(SEEN)["map"]
    view.drag(view.root.locator(".course-pad"), 40, 60)
    state = notebook.agreed_state(view)
    assert len(state["strokes"]) == 1
    assert view.root.evaluate(SEEN)["map"] != blank
    view.button("Clear").click()
    assert notebook.agreed_state(view)["strokes"] == []
    assert view.root.evaluate(SEEN)["map"] == blank


def test_a_picture_of_ones_own_is_made_small_and_inverted(
    notebook: Notebook, view: ExplorerView, tmp_path: Path
) -> None:
    path = tmp_path / "paper.png"
    picture = Image.new("RGB", (200, 100), (255, 255, 255))
    picture.paste((0, 0, 0), (80, 30, 120, 70))
    picture.save(path)
    view.root.locator('input[type="file"]').set_input_files(path)
    view.root.get_by_text("paper.png: 200 × 100 pixels").wait_for()
    assert notebook.agreed_state(view)["picture"] == "own"
    assert view.sentence().startswith("Your own picture in first")
    ink = np.reshape(view.root.evaluate(SEEN)["answers"][0], (20, 20))
    assert ink[10, 10] > 0.95
    assert ink[0, 0] < 0.01
    assert view.field("number").is_disabled()
