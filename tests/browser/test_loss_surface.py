"""The loss surface in a real browser: the ball by mouse and by keyboard, gradient steps, planes, the edge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import ExplorerView, Notebook, Server, running


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "surface", "from course_utils import explorers\ne = explorers.LossSurface()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("loss_surface")


def contours(view: ExplorerView) -> str:
    return view.root.locator("path[stroke-opacity='0.55']").get_attribute("d") or ""


def test_the_ball_is_dragged_over_the_surface(notebook: Notebook, view: ExplorerView) -> None:
    before = view.sentence()
    view.drag(view.handle("ball"), 150, 120)
    state = notebook.agreed_state(view)
    assert state["a"] > -0.1
    assert state["b"] < 0.2
    assert view.sentence() != before
    box = view.root.locator(".course-surface").bounding_box()
    assert box
    view.page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    state = notebook.agreed_state(view)
    assert [state["a"], state["b"]] == pytest.approx([0.5, 0.5], abs=0.02)


def test_the_ball_is_moved_by_the_arrow_keys(notebook: Notebook, view: ExplorerView) -> None:
    ball = view.handle("ball")
    ball.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        ball.press(key)
    state = notebook.agreed_state(view)
    assert [state["a"], state["b"]] == pytest.approx([-0.78, 0.6])
    spoken = view.handle("ball").get_attribute("aria-valuetext") or ""
    assert spoken.startswith("−0.78, 0.60, loss 0.")


def test_gradient_steps_by_mouse_and_keyboard_lower_the_loss(notebook: Notebook, view: ExplorerView) -> None:
    step = view.button("Gradient step")
    step.click()
    assert notebook.agreed_state(view)["steps"] == 1
    step.press("Enter")
    step.press("Space")
    assert notebook.agreed_state(view)["steps"] == 3
    assert "The loss fell at every step." in view.sentence()
    numbers = view.root.locator(".loss-numbers").inner_text()
    loss, after = (float(numbers.splitlines()[line].split()[-1]) for line in (0, 4))
    assert after < loss
    step.click()
    view.settled()
    shown = view.root.locator(".loss-numbers").inner_text().splitlines()[0]
    assert float(shown.split()[-1]) == after, "the next step does what was announced"


def test_the_start_moves_under_the_steps(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Good").click()
    before = view.sentence()
    view.drag(view.handle("start of the steps"), 60, 0)
    state = notebook.agreed_state(view)
    assert state["steps"] == 20
    assert state["a"] > -0.7
    assert view.sentence() != before
    view.handle("start of the steps").press("ArrowUp")
    assert notebook.agreed_state(view)["b"] == pytest.approx(state["b"] + 0.01, abs=0.002)


def test_taking_the_ball_starts_anew_from_there(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Good").click()
    notebook.agreed_state(view)
    view.handle("ball").press("ArrowRight")
    state = notebook.agreed_state(view)
    assert state["steps"] == 0
    assert [state["a"], state["b"]] == pytest.approx([0.11, 0.08], abs=0.01)
    view.button("Good").click()
    view.settled()
    view.button("Start from here").click()
    state = notebook.agreed_state(view)
    assert [state["a"], state["b"], state["steps"]] == pytest.approx([0.10, 0.08, 0], abs=0.01)


def test_a_ball_that_jumps_out_waits_at_the_edge(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Too large").click()
    notebook.agreed_state(view)
    assert "The ball has left the picture." in view.sentence()
    ball = view.handle("ball")
    assert "outside the picture" in (ball.get_attribute("aria-valuetext") or "")
    frame, box = view.root.locator(".course-surface").bounding_box(), ball.bounding_box()
    assert frame and box
    assert frame["y"] - 20 < box["y"] < frame["y"] + frame["height"]


@pytest.mark.parametrize("directions", ["trajectory", "weights", "mirror"])
def test_another_plane_has_other_hills(notebook: Notebook, view: ExplorerView, directions: str) -> None:
    before = contours(view)
    assert len(before) > 1000
    view.field("directions").select_option(directions)
    notebook.agreed_state(view)
    view.sentence()
    assert contours(view) != before
    assert view.field("seed").is_disabled() == (directions == "trajectory")
    axis = view.root.locator(".course-main .course-axis-label").first
    assert axis.evaluate("(text) => text.firstChild.data") == "a: " + notebook.evaluate(
        "e.answer['names'][0]"
    )


def test_another_seed_draws_other_directions(notebook: Notebook, view: ExplorerView) -> None:
    before = contours(view)
    view.field("seed").press("ArrowRight")
    assert notebook.agreed_state(view)["seed"] == 1
    assert contours(view) != before
