"""The regularisation explorer in a real browser: the epoch line, boundary, zeros, the best epoch, every control."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab import ExplorerView, Notebook, Server, running


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "fit", "from course_utils import explorers\ne = explorers.Regularisation()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("regularisation")
    view.reset()
    view.settled()
    return view


def epoch_line(view: ExplorerView) -> Locator:
    view.settled()
    view.drawn()
    return view.root.locator('[role="slider"][aria-label="epoch"]')


def state_after(notebook: Notebook, view: ExplorerView) -> dict:
    """The state in the kernel, which must say the same as the browser."""
    view.settled()
    assert view.sentence() == notebook.evaluate("e.describe(e.state)")
    return notebook.evaluate("e.state")


def boundary(view: ExplorerView) -> str:
    view.settled()
    view.drawn()
    return (
        view.root.locator(".course-main path[stroke='var(--course-ink)'][fill='none']").get_attribute("d")
        or ""
    )


def test_the_epoch_line_is_dragged_and_the_boundary_follows(notebook: Notebook, view: ExplorerView) -> None:
    before = boundary(view)
    assert len(before) > 1000
    view.drag(epoch_line(view), -200, 5)
    state = state_after(notebook, view)
    assert state["epoch"] == pytest.approx(80, abs=25)
    assert boundary(view) != before
    surface = view.root.locator(".course-surface").bounding_box()
    assert surface
    view.page.mouse.click(surface["x"] + surface["width"] / 2, surface["y"] + 60)
    assert state_after(notebook, view)["epoch"] == pytest.approx(200, abs=3)


def test_the_epoch_line_is_moved_by_the_arrow_keys(notebook: Notebook, view: ExplorerView) -> None:
    line = epoch_line(view)
    line.focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft"):
        line.press(key)
    assert state_after(notebook, view)["epoch"] == 388
    assert epoch_line(view).get_attribute("aria-valuetext") == "epoch 388"


def test_the_best_epoch_is_marked_and_reached_by_a_button(notebook: Notebook, view: ExplorerView) -> None:
    expect(view.root.get_by_text("best: epoch 28")).to_be_visible()
    view.button("Stop at the best epoch").click()
    assert state_after(notebook, view)["epoch"] == 28
    view.field("l2").press("ArrowRight")
    view.settled()
    view.button("Stop at the best epoch").press("Enter")
    state = state_after(notebook, view)
    assert f"best: epoch {state['epoch']}" in view.root.inner_text()


def test_l1_makes_zeros_that_are_counted(notebook: Notebook, view: ExplorerView) -> None:
    expect(view.root.get_by_text("0 of 304 exactly zero", exact=True)).to_be_visible()
    view.exact("l1").fill("0.01")
    state_after(notebook, view)
    expect(view.root.get_by_text("289 of 304 exactly zero", exact=True)).to_be_visible()
    assert "289 of the 304 weights are exactly zero (L1’s soft threshold)" in view.sentence()


def test_the_unregularised_network_is_shown_beside_a_regularised_one(view: ExplorerView) -> None:
    def dashed() -> list[int]:
        view.settled()
        view.drawn()
        lines = view.root.locator(
            ".course-body .course-plot path[stroke='var(--course-muted)'][stroke-dasharray='3 3']"
        )
        return lines.evaluate_all(
            "lines => lines.map(line => getComputedStyle(line).display === 'none' ? 0 : line.getAttribute('d').length)"
        )

    assert dashed() == [0, 0, 0]
    view.field("dropout").press("ArrowRight")
    assert min(dashed()) > 100


def test_other_data_have_other_points(notebook: Notebook, view: ExplorerView) -> None:
    def drawn() -> str:
        view.settled()
        view.drawn()
        return view.root.locator(".course-main").inner_html()

    seen = {drawn()}
    for data in ("circles", "xor"):
        view.field("data").select_option(data)
        seen.add(drawn())
        state_after(notebook, view)
    for name in ("points", "noise", "units", "seed"):
        view.field(name).press("ArrowRight")
        seen.add(drawn())
    assert len(seen) == 7
    assert state_after(notebook, view)["points"] == 42


def test_wrong_points_wear_a_red_rim(notebook: Notebook, view: ExplorerView) -> None:
    def wrong() -> int:
        view.settled()
        view.drawn()
        return view.root.locator(".course-main path[stroke='var(--course-red)']").count()

    assert wrong() == 0
    view.button("Too much").click()
    assert wrong() == 20
    state_after(notebook, view)
