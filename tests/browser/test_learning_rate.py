"""The learning rate explorer in a real browser: handles by mouse and keyboard, kept curves, divergence, range test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab import ExplorerView, Notebook, Server, running


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "rate", "from course_utils import explorers\ne = explorers.LearningRate()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("learning_rate")
    view.reset()
    view.settled()
    return view


def handle(view: ExplorerView, label: str) -> Locator:
    view.settled()
    view.drawn()
    return view.root.locator(f'[role="slider"][aria-label="{label}"]')


def state_after(notebook: Notebook, view: ExplorerView) -> dict:
    """The state in the kernel, which must say the same as the browser."""
    view.settled()
    assert view.sentence() == notebook.evaluate("e.describe(e.state)")
    return notebook.evaluate("e.state")


def test_the_peak_is_dragged_to_another_rate_and_warm_up(notebook: Notebook, view: ExplorerView) -> None:
    view.drag(handle(view, "peak of the learning rate"), 68, 24)
    state = state_after(notebook, view)
    assert state["rate"] == pytest.approx(0.03, rel=0.2)
    assert state["warmup"] == pytest.approx(40, abs=3)
    spoken = handle(view, "peak of the learning rate").get_attribute("aria-valuetext") or ""
    assert spoken.startswith("rate 0.0")


def test_the_peak_is_moved_by_the_arrow_keys(notebook: Notebook, view: ExplorerView) -> None:
    peak = handle(view, "peak of the learning rate")
    peak.focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        peak.press(key)
    state = state_after(notebook, view)
    assert state["rate"] == pytest.approx(0.3 * 10**0.05, rel=0.01)
    assert state["warmup"] == 12


def test_the_end_is_there_for_schedules_that_fall(notebook: Notebook, view: ExplorerView) -> None:
    end = handle(view, "learning rate at the end")
    expect(end).to_be_hidden()
    expect(view.field("end")).to_be_disabled()
    view.field("schedule").select_option("cosine")
    expect(end).to_be_visible()
    expect(view.field("end")).to_be_enabled()
    view.drag(end, 0, -20)
    dragged = state_after(notebook, view)["end"]
    assert dragged > 0.05
    end.press("ArrowDown")
    assert state_after(notebook, view)["end"] == pytest.approx(dragged / 10**0.05, rel=0.02)
    view.field("end").press("ArrowLeft")
    assert state_after(notebook, view)["end"] < dragged


def test_the_line_in_the_range_test_sets_the_rate(notebook: Notebook, view: ExplorerView) -> None:
    box = view.root.locator(".course-surface").bounding_box()
    assert box
    view.page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    assert state_after(notebook, view)["rate"] == pytest.approx(0.01, rel=0.05)
    line = handle(view, "learning rate in the range test")
    view.drag(line, 0.2 * box["width"], 5)
    assert state_after(notebook, view)["rate"] == pytest.approx(0.1, rel=0.1)
    before = state_after(notebook, view)["rate"]
    handle(view, "learning rate in the range test").press("Shift+ArrowLeft")
    assert state_after(notebook, view)["rate"] == pytest.approx(before / 10**0.5, rel=0.01)


def test_curves_are_kept_and_forgotten(notebook: Notebook, view: ExplorerView) -> None:
    keep, forget = view.button("Keep this curve"), view.button("Forget kept curves")
    expect(forget).to_be_disabled()
    keep.click()
    view.field("optimiser").select_option("adam")
    view.settled()
    keep.press("Enter")
    view.field("warmup").press("ArrowRight")
    view.settled()
    keep.press("Space")
    state = state_after(notebook, view)
    assert state["kept"] == [
        [0.3, 0, 0, 0.01, 0, 32, 0],
        [0.3, 0, 0, 0.01, 2, 32, 0],
        [0.3, 0, 1, 0.01, 2, 32, 0],
    ]
    assert "C (Adam 0.3, constant, warm-up 1)" in view.sentence()
    expect(keep).to_be_disabled()
    forget.click()
    assert state_after(notebook, view)["kept"] == []


def test_divergence_is_written_into_the_picture(notebook: Notebook, view: ExplorerView) -> None:
    view.button("It diverges").click()
    state_after(notebook, view)
    expect(view.root.get_by_text("✗ diverged after 2 steps")).to_be_visible()
    assert "ten times that of guessing" in view.sentence()


def test_the_range_test_follows_the_optimiser(notebook: Notebook, view: ExplorerView) -> None:
    def marked() -> str:
        view.settled()
        view.drawn()
        return view.root.get_by_text("steepest at").inner_html()

    before = marked()
    view.field("optimiser").select_option("adam")
    assert marked() != before
    assert float(marked().split()[-1]) < float(before.split()[-1])
    state_after(notebook, view)
