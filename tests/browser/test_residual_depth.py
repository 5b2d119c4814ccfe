"""The explorer of depth in a real browser: curves and blocks are the kernel's numbers; blocks are pointed at."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect

from course_utils.explorers.engine import significant
from course_utils.explorers.models import residual_depth as model
from tests.browser.lab import ExplorerView, Notebook, Server, running


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    cells = ("from course_utils import explorers", "e = explorers.ResidualDepth()\ne")
    with running(browser, server, "residual depth", *cells) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("residual_depth")


def heights(view: ExplorerView, plot: int, curve: int) -> np.ndarray:
    """Heights of a curve's points, in the plot's units, upwards."""
    view.settled()
    view.drawn()
    path = view.root.locator(".course-plot").nth(plot).locator("path[fill='none']").nth(curve)
    points = re.findall(r"[ML][\d.-]+ ([\d.-]+)", path.get_attribute("d") or "")
    return -np.array(points, dtype=float)


def drawing(view: ExplorerView, network: str) -> list[str]:
    view.settled()
    view.drawn()
    marks = view.root.get_by_role("img", name=re.compile(f"block \\d+, {network}"))
    return marks.locator("text").all_text_contents()


@pytest.mark.parametrize("gradients", ["kernels", "outputs"])
def test_curves_are_the_logarithms_of_the_kernels_numbers(
    notebook: Notebook, view: ExplorerView, gradients: str
) -> None:
    view.button("Half a shortcut").click()
    view.field("gradients").select_option(gradients)
    notebook.agreed_state(view)
    sizes = model.measure(27, 0.7, 0.5, 0.2, False, 0)
    for plot, name in enumerate(("signals", gradients)):
        drawn = [heights(view, plot, curve) for curve in range(2)]
        scale = np.ptp(np.concatenate(drawn)) / np.ptp(np.log10(sizes[name]))
        start = drawn[0][0] - scale * np.log10(sizes[name][0, 0])
        for row, points in zip(sizes[name], drawn, strict=True):
            np.testing.assert_allclose(points, start + scale * np.log10(row), atol=0.2)


def test_the_block_shows_what_goes_forward_and_what_comes_back(
    notebook: Notebook, view: ExplorerView
) -> None:
    view.exact("skip").fill("0.5")
    view.exact("branch").fill("0.2")
    view.exact("block").fill("4")
    view.field("normalise").check()
    notebook.agreed_state(view)
    sizes = model.measure(9, 1, 0.5, 0.2, True, 0)
    told = drawing(view, "residual")
    assert told[0].startswith("residual, block 4 (layers 8, 9)")
    assert {"conv, BN, ReLU", "conv, BN", "× 0.5", "× 0.2"} <= set(told)
    forward = [sizes["signals"][1, 3], sizes["added"][1, 3], sizes["signals"][1, 4]]
    back = [sizes["outputs"][1, 3], sizes["through"][1, 3], sizes["shortcut"][1, 3], sizes["outputs"][1, 4]]
    assert {f"{significant(value)} →" for value in forward} <= set(told)
    assert {f"← {significant(value)}" for value in back} <= set(told)
    assert not [text for text in drawing(view, "plain") if text.startswith("×")]


def test_pointing_at_a_plot_chooses_a_block_without_the_kernel(
    notebook: Notebook, view: ExplorerView
) -> None:
    before = notebook.evaluate("id(e.answer)")
    surface = view.root.locator(".course-surface").nth(1)
    box = surface.bounding_box()
    assert box
    surface.hover(position={"x": box["width"] - 3, "y": 20})
    assert notebook.agreed_state(view)["block"] == 9
    view.field("block").press("ArrowLeft")
    assert notebook.agreed_state(view)["block"] == 8
    expect(view.root.locator(".depth-block").first).to_have_attribute(
        "aria-label", re.compile("^block 8, plain")
    )
    assert notebook.evaluate("id(e.answer)") == before


def test_without_shortcut_both_networks_are_one(notebook: Notebook, view: ExplorerView) -> None:
    view.button("No shortcut").click()
    notebook.agreed_state(view)
    for plot in range(2):
        np.testing.assert_array_equal(heights(view, plot, 0), heights(view, plot, 1))
    expect(view.root.locator(".depth-plus")).to_have_count(0)
    view.field("skip").press("End")
    notebook.agreed_state(view)
    expect(view.root.locator(".depth-plus")).to_have_count(1)


def test_depth_is_dragged(notebook: Notebook, view: ExplorerView) -> None:
    slider = view.field("blocks")
    box = slider.bounding_box()
    assert box
    view.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=8)
    view.page.mouse.up()
    assert notebook.agreed_state(view)["blocks"] == 27
    assert view.sentence().startswith("56 layers, 27 blocks.")
    assert len(heights(view, 1, 0)) == 55
