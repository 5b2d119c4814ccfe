"""The forward pass in a real browser: stepping, playing, and changing any number by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from playwright.sync_api import BrowserContext, Locator

from course_utils.explorers.models.forward_pass import NUMBER_NAMES
from tests.browser.lab import ExplorerView, Notebook, Server, running


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "pass", "from course_utils import explorers\ne = explorers.ForwardPass()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("forward_pass")


def number(view: ExplorerView, name: str) -> Locator:
    return view.root.locator(f'[data-number="{name}"]')


def test_next_walks_through_every_operation_to_the_worked_output(
    notebook: Notebook, view: ExplorerView
) -> None:
    ledger = view.root.get_by_label("the whole computation")
    assert "w₁₁·x₁ + w₂₁·x₂ + b₁ = ?" in ledger.inner_text()
    for step in range(1, 18):
        view.root.get_by_label("one step on").click()
        assert view.sentence().startswith(f"Step {step} of 17")
    assert view.root.get_by_label("one step on").is_disabled()
    assert "z₃ = 0.80·1.00 − 0.70·2.00 + 0.10 = −0.50" in ledger.inner_text()
    assert "h₃ = ReLU(−0.50) = 0.00" in ledger.inner_text()
    assert "sigmoid(0.50) = 0.6225" in ledger.inner_text()
    notebook.agreed_state(view)


def test_back_start_and_end(view: ExplorerView) -> None:
    view.root.get_by_label("on to the end").click()
    assert "y = 0.6225" in view.sentence()
    view.root.get_by_label("one step back").click()
    assert view.sentence().startswith("Step 16 of 17")
    view.root.get_by_label("back to the start").click()
    assert view.sentence().startswith("Nothing is computed yet")


def test_no_number_on_a_connection_covers_another(notebook: Notebook, view: ExplorerView) -> None:
    view.root.get_by_label("on to the end").click()
    notebook.agreed_state(view)
    plates = view.root.locator(".course-graph-item line ~ .course-graph-number .course-graph-plate").all()
    boxes = [box for plate in plates if (box := plate.bounding_box())]
    assert len(boxes) == 18, "nine connections with a weight and a product each"
    for one, other in combinations(boxes, 2):
        apart = [
            one[start] + one[size] <= other[start] or other[start] + other[size] <= one[start]
            for start, size in (("x", "width"), ("y", "height"))
        ]
        assert any(apart), (one, other)


def test_play_goes_on_by_itself_and_pauses(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Play").click()
    view.root.locator(".course-sentence", has_text="Step 2 of 17").wait_for(timeout=5000)
    view.button("Pause").click()
    said = view.sentence()
    notebook.page.wait_for_timeout(1500)
    assert view.sentence() == said


@pytest.mark.parametrize("name", NUMBER_NAMES)
def test_every_number_is_changed_by_the_keyboard_alone(
    notebook: Notebook, view: ExplorerView, name: str
) -> None:
    view.root.get_by_label("on to the end").click()
    target = number(view, name)
    before = float(target.get_attribute("aria-valuenow"))
    target.focus()
    target.press("ArrowUp")
    notebook.agreed_state(view)
    assert float(target.get_attribute("aria-valuenow")) == pytest.approx(before + 0.1)
    assert view.field("selected").input_value() == name
    target.press("Shift+ArrowDown")
    notebook.agreed_state(view)
    assert float(view.exact("number").input_value()) == pytest.approx(before - 0.9)


@pytest.mark.parametrize("name", ["x2", "w23", "b2", "v3", "c"])
def test_a_number_is_chosen_by_a_click_and_changed_beside_the_graph(
    notebook: Notebook, view: ExplorerView, name: str
) -> None:
    view.root.get_by_label("on to the end").click()
    number(view, name).locator("text").first.click()
    assert view.field("selected").input_value() == name
    view.exact("number").fill("-1.25")
    notebook.agreed_state(view)
    assert number(view, name).get_attribute("aria-valuetext") == "−1.25"
    view.field("number").press("ArrowRight")
    notebook.agreed_state(view)


def test_enter_chooses_and_the_sign_changes_colour_and_dashes(view: ExplorerView) -> None:
    edge = number(view, "w11")
    line = edge.locator("line").nth(2)
    before = (line.get_attribute("stroke"), line.get_attribute("stroke-dasharray"))
    edge.focus()
    edge.press("Enter")
    view.exact("number").fill("-2")
    assert "w₁₁" not in view.sentence(), "nothing is computed yet"
    after = (line.get_attribute("stroke"), line.get_attribute("stroke-dasharray"))
    assert before == ("var(--course-blue)", "")
    assert after == ("var(--course-orange)", "7 4")
    assert float(line.get_attribute("stroke-width")) > 4
