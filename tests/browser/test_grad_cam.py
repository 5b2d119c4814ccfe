"""Grad-CAM in a real browser: the model's heat as light, classes by search and by button, one scale, own picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator

from course_utils.explorers.grad_cam import GOLD
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import cells

PIXELS = """(canvas) => [canvas.height, canvas.width,
    [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]]"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(browser, server, "grad_cam", *cells("GradCAM")) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("grad_cam")


def search(view: ExplorerView, letter: str) -> Locator:
    return view.root.get_by_label(f"class {letter}: type a part of its name")


def panel(view: ExplorerView, side: int) -> np.ndarray:
    """The picture with light of the newest state: (height, width, 3)."""
    view.settled()
    view.drawn()
    return pixels(view, side)


def pixels(view: ExplorerView, side: int) -> np.ndarray:
    """What the browser shows now."""
    height, width, values = view.root.locator(".cam-picture").nth(side).evaluate(PIXELS)
    return np.reshape(values, (height, width, 4))[..., :3]


def expected(notebook: Notebook, side: int, opacity: float, scale: float | None = None) -> Any:
    """The same by the still picture's arithmetic, for the picture enlarged 7 times as the browser does."""
    code = (
        "(lambda m, p, h: m._lit(np.repeat(np.repeat(p, 7, 0), 7, 1), h, "
        f"{scale or 'float(h.max())'}, {opacity}).tolist())"
        "(__import__('course_utils.explorers.grad_cam', fromlist=['x']), "
        "__import__('course_utils.explorers.grad_cam', fromlist=['x'])._visible(e.batch(e.state)[0]), "
        f"e.compute(e.state)['heats'][{side}])"
    )
    return np.array(notebook.evaluate(code))


def test_the_light_is_the_kernels_heat(notebook: Notebook, view: ExplorerView) -> None:
    for side in (0, 1):
        np.testing.assert_allclose(panel(view, side), expected(notebook, side, 0.6), atol=2)
    view.field("layer").select_option("edges")
    view.exact("opacity").fill("0.2")
    notebook.agreed_state(view)
    np.testing.assert_allclose(panel(view, 0), expected(notebook, 0, 0.2), atol=2)


def test_full_opacity_is_only_light_and_none_is_only_the_picture(
    notebook: Notebook, view: ExplorerView
) -> None:
    view.exact("opacity").fill("1")
    notebook.agreed_state(view)
    lit = panel(view, 0)
    np.testing.assert_allclose(lit.max(axis=(0, 1)), GOLD, atol=40)
    assert not lit[..., 2].any()
    view.button("Only the picture").click()
    notebook.agreed_state(view)
    picture = notebook.evaluate("e.batch(e.state)[0].tolist()")
    np.testing.assert_allclose(panel(view, 0)[3::7, 3::7], picture, atol=1)
    assert view.root.locator(".cam-lines").first.is_hidden()


def test_opacity_answers_without_the_kernel(view: ExplorerView) -> None:
    before = panel(view, 0)
    view.root.evaluate(
        "(root) => { root.explorer.state = { ...root.explorer.state, opacity: 0.1 }; root.explorer.redraw(); }"
    )
    assert np.abs(pixels(view, 0) - before).max() > 20


def test_a_class_is_found_by_a_part_of_its_name(notebook: Notebook, view: ExplorerView) -> None:
    box = search(view, "B")
    box.fill("flo")
    box.press("Enter")
    state = notebook.agreed_state(view)
    assert (state["first"], state["second"]) == (-1, 2)
    assert box.input_value() == "flower"
    assert ", flower (" in view.sentence()
    box.fill("c")
    box.press("Enter")
    assert notebook.agreed_state(view)["second"] == 0, "cat comes before cup, and both begin with it"
    assert view.root.get_by_text("the first of 4 names with “c”").is_visible()
    box.fill("zebra")
    box.press("Tab")
    assert view.root.get_by_text("no class of the 6 has “zebra” in its name").is_visible()
    assert notebook.agreed_state(view)["second"] == 0
    assert box.input_value() == "cat", "what is no class is put right"


def test_the_buttons_of_the_likeliest_classes_and_back_to_the_guess(
    notebook: Notebook, view: ExplorerView
) -> None:
    top = notebook.evaluate("e.answer['top']")
    names = notebook.evaluate("things")
    button = view.root.get_by_role("button", name=f"show {names[top[2]]} as A")
    button.press("Enter")
    assert notebook.agreed_state(view)["first"] == top[2]
    assert button.get_attribute("aria-pressed") == "true"
    assert search(view, "A").input_value() == names[top[2]]
    back = view.root.get_by_role("button", name="class A: the network’s 1st guess")
    assert back.get_attribute("aria-pressed") == "false"
    back.click()
    assert notebook.agreed_state(view)["first"] == -1
    assert search(view, "A").input_value() == names[top[0]]


def test_one_scale_dims_the_weaker_map_only(notebook: Notebook, view: ExplorerView) -> None:
    before = [panel(view, side) for side in (0, 1)]
    heats = np.array(notebook.evaluate("e.compute(e.state)['heats'].tolist()"))
    view.field("same_scale").check()
    notebook.agreed_state(view)
    weaker = int(heats.max(axis=(1, 2)).argmin())
    np.testing.assert_array_equal(panel(view, 1 - weaker), before[1 - weaker])
    np.testing.assert_allclose(
        panel(view, weaker), expected(notebook, weaker, 0.6, float(heats.max())), atol=2
    )
    assert "here up to" in view.root.locator(".cam-legend").nth(weaker).inner_text()


def test_a_preset_keeps_the_picture_that_was_chosen(notebook: Notebook, view: ExplorerView) -> None:
    first, second = list(notebook.evaluate("e.fields['picture'].options"))[:2]
    assert view.state()["picture"] == first
    view.field("picture").select_option(second)
    notebook.agreed_state(view)
    view.button("An absurd class").click()
    state = notebook.agreed_state(view)
    assert (state["picture"], state["second"]) == (second, len(notebook.evaluate("e._names")) - 1)
    view.button("Reset").click()
    assert notebook.agreed_state(view)["picture"] == first


def test_a_picture_of_ones_own(notebook: Notebook, view: ExplorerView, tmp_path: Path) -> None:
    path = tmp_path / "half.png"
    picture = Image.new("RGB", (300, 300), (250, 240, 230))
    picture.paste((10, 20, 30), (0, 0, 150, 300))
    picture.save(path)
    view.root.locator('input[type="file"]').set_input_files(path)
    view.root.get_by_text("half.png: 300 × 300 pixels").wait_for()
    assert notebook.agreed_state(view)["picture"] == "own"
    assert view.sentence().startswith("Your own picture: the network says")
    view.exact("opacity").fill("0")
    notebook.agreed_state(view)
    shown = panel(view, 1)
    np.testing.assert_allclose(shown[100, 10], [10, 20, 30], atol=2)
    np.testing.assert_allclose(shown[100, 210], [250, 240, 230], atol=2)
