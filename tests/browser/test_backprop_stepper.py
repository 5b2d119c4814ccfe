"""Backpropagation in a real browser: stepping both ways, changing inputs, typing an expression right and wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from course_utils.explorers import BackpropStepper
from tests.browser.lab import ExplorerView, Notebook, Server, write_notebook


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    write_notebook(
        server.root / "backprop.ipynb",
        "from course_utils import explorers\ne = explorers.BackpropStepper()\ne",
    )
    notebook = Notebook(browser, server, "backprop.ipynb")
    notebook.run_all()
    yield notebook
    notebook.close()
    assert not notebook.console
    assert not notebook.external


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("backprop_stepper")
    view.reset()
    view.settled()
    view.sentence()  # waits until the start is drawn
    return view


def node(view: ExplorerView, name: str) -> Locator:
    return view.root.locator(f'[data-number="{name}"]')


def type_expression(view: ExplorerView, text: str) -> None:
    view.field("expression").fill(text)
    view.field("expression").press("Enter")
    view.settled()


def assert_agrees(notebook: Notebook, view: ExplorerView) -> None:
    """The sentence shown is the one that Python says of the state that is shown."""
    view.settled()
    said = view.sentence()
    assert said == notebook.evaluate(f"e.describe(__import__('json').loads({json.dumps(view.state())!r}))")


def test_next_walks_forward_and_back_to_the_gradients_worked_by_hand(
    notebook: Notebook, view: ExplorerView
) -> None:
    assert node(view, "x").locator(".chain-gradient").text_content() == ""
    for step in range(1, 10):
        view.root.get_by_label("one step on").click()
        assert view.sentence().startswith(f"Step {step} of 9")
    assert view.root.get_by_label("one step on").is_disabled()
    shown = {name: node(view, name).locator(".chain-gradient").text_content() for name in "xyz"}
    assert shown == {"x": "−2.00", "y": "4.00", "z": "2.00"}
    assert_agrees(notebook, view)


def test_back_undoes_a_step_and_takes_its_gradient_away(view: ExplorerView) -> None:
    view.root.get_by_label("on to the end").click()
    view.root.get_by_label("one step back").click()
    assert view.sentence().startswith("Step 8 of 9")
    assert node(view, "y").locator(".chain-gradient").text_content() == ""
    assert node(view, "x").locator(".chain-gradient").text_content() == "−2.00"
    view.root.get_by_label("back to the start").click()
    assert view.sentence().startswith("Nothing is computed yet")
    assert view.root.get_by_label("one step back").is_disabled()


def test_a_number_that_an_operation_takes_twice_gets_both_messages(
    notebook: Notebook, view: ExplorerView
) -> None:
    type_expression(view, "x*x + x")
    for step in range(1, 8):
        view.root.get_by_label("one step on").click()
        assert view.sentence().startswith(f"Step {step} of 7")
        assert view.root.locator(".course-fault").is_hidden()
    assert node(view, "x").locator(".chain-gradient").text_content() == "5.00"
    assert_agrees(notebook, view)


def test_play_goes_on_by_itself_and_pauses(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Play").click()
    view.root.locator(".course-sentence", has_text="Step 2 of 9").wait_for(timeout=5000)
    view.button("Pause").click()
    said = view.sentence()
    notebook.page.wait_for_timeout(1300)
    assert view.sentence() == said


def test_one_edge_and_the_explanation_light_up_at_each_step_back(view: ExplorerView) -> None:
    view.field("step").fill("8")
    view.sentence()
    halos = view.root.locator(".course-graph-halo").evaluate_all(
        "lines => lines.map(line => line.getAttribute('visibility'))"
    )
    assert halos.count("visible") == 1
    told = view.root.get_by_label("explain this step").inner_text()
    assert "Step 8 of 9, backward" in told
    assert "other factor" in told
    assert "df/dx = df/du₁ · ∂u₁/∂x = 2.00 · (−1.00) = −2.00" in told


@pytest.mark.parametrize("name", ["x", "y", "z"])
def test_an_input_is_changed_by_the_keyboard_alone(notebook: Notebook, view: ExplorerView, name: str) -> None:
    view.root.get_by_label("on to the end").click()
    before = float(node(view, name).get_attribute("aria-valuenow"))
    node(view, name).focus()
    node(view, name).press("ArrowUp")
    assert_agrees(notebook, view)
    assert float(node(view, name).get_attribute("aria-valuenow")) == pytest.approx(before + 0.1)
    node(view, name).press("Shift+ArrowDown")
    assert_agrees(notebook, view)
    assert float(view.root.locator('[data-input="exact"]').input_value()) == pytest.approx(before - 0.9)
    assert view.root.locator('[data-input="name"]').input_value() == name


def test_an_input_is_chosen_by_a_click_and_changed_in_the_box_and_by_the_slider(
    notebook: Notebook, view: ExplorerView
) -> None:
    view.root.get_by_label("on to the end").click()
    node(view, "z").click()
    assert view.root.locator('[data-input="name"]').input_value() == "z"
    view.root.locator('[data-input="exact"]').fill("-1.25")
    assert_agrees(notebook, view)
    assert view.state()["values"]["z"] == -1.25
    assert "df/dx = 6.50" in view.sentence()
    view.root.locator('[data-input="range"]').press("ArrowRight")
    assert_agrees(notebook, view)
    assert view.state()["values"]["z"] > -1.25
    view.root.locator('[data-input="name"]').select_option("y")
    assert view.state()["selected"] == "y"


def test_an_expression_of_ones_own_is_drawn_and_its_new_inputs_start_at_one(
    notebook: Notebook, view: ExplorerView
) -> None:
    type_expression(view, "exp(-a*a) / (1 + x**2)")
    assert_agrees(notebook, view)
    assert view.sentence().startswith("Nothing is computed yet. Inputs: a = 1.00, x = 2.00.")
    view.root.get_by_label("on to the end").click()
    assert_agrees(notebook, view)
    expect(node(view, "a").locator(".chain-gradient")).to_have_text("−0.147")  # −2 e⁻¹ / 5
    node(view, "a").press("ArrowUp")
    assert_agrees(notebook, view)
    assert view.state()["values"] == {"a": 1.1, "x": 2}


def test_what_is_wrong_with_an_expression_is_said_beside_it_and_the_old_graph_stays(
    notebook: Notebook, view: ExplorerView
) -> None:
    type_expression(view, "x*y + sin(z)")
    complaint = view.root.locator(".chain-complaint")
    expect(complaint).to_contain_text("at character 7, 'sin': the functions are exp")
    assert_agrees(notebook, view)
    assert node(view, "x").is_visible()
    assert view.field("expression").input_value() == "x*y + sin(z)"
    type_expression(view, "x*y + tanh(z)")
    expect(complaint).to_have_text("")
    assert_agrees(notebook, view)


@pytest.mark.parametrize("preset", BackpropStepper.presets, ids=lambda preset: preset.name)
def test_every_preset_is_walked_with_the_words_of_python(
    notebook: Notebook, view: ExplorerView, preset
) -> None:
    view.button(preset.name).click()
    view.settled()
    last = len(BackpropStepper(**preset.state).answer["steps"]) - 1
    rng = np.random.default_rng(last)
    for step in [*rng.integers(1, last, 3), last]:
        view.field("step").fill(str(step))
        assert view.sentence().startswith(f"Step {step} of {last}, ")
        assert_agrees(notebook, view)
    boxes = view.root.locator(".chain-graph .course-graph-plate").evaluate_all(
        "plates => plates.map(plate => plate.getBoundingClientRect().toJSON())"
    )
    outer = view.root.locator(".chain-graph").bounding_box()
    assert outer
    for box in boxes:
        assert outer["x"] - 1 <= box["x"] and box["right"] <= outer["x"] + outer["width"] + 1
        assert outer["y"] - 1 <= box["y"] and box["bottom"] <= outer["y"] + outer["height"] + 1


def test_a_dead_relu_blocks_the_gradient_and_the_edges_say_so_twice(view: ExplorerView) -> None:
    view.button("ReLU blocked").click()
    view.settled()
    view.root.get_by_label("on to the end").click()
    view.sentence()
    assert node(view, "w").locator(".chain-gradient").text_content() == "0.00"
    assert node(view, "y").locator(".chain-gradient").text_content() == "2.00"
    dashes = view.root.locator('.chain-back[visibility="visible"]').evaluate_all(
        "lines => lines.map(line => line.getAttribute('stroke-dasharray'))"
    )
    assert dashes.count("2 4") == 5


# ---- large graphs ----------------------------------------------------------------------------------

TEN_IN_A_ROW = "tanh(tanh(tanh(tanh(tanh(tanh(tanh(tanh(a*b + c))))))))"
TEN_OF_MANY = "a*b + c*d + e*g + h*i + j*k + l"
SIZES = """(frame) => {
    const drawing = frame.querySelector('svg');
    const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
    const texts = [...drawing.querySelectorAll('text')];
    return {text: Math.min(...texts.map((text) => scale * parseFloat(getComputedStyle(text).fontSize))),
        width: frame.clientWidth, wide: frame.scrollWidth, height: frame.offsetHeight, tall: frame.scrollHeight}; }"""
# Whether what find(frame) returns, one element at least, lies wholly in the frame.
INSIDE = """([frame, find]) => {
    const outer = frame.getBoundingClientRect();
    const boxes = eval(find)(frame).map((item) => item.getBoundingClientRect());
    return boxes.length > 0 && boxes.every((box) => box.left >= outer.left && box.right <= outer.right
        && box.top >= outer.top && box.bottom <= outer.bottom); }"""
# The value that a step computes, or the local derivative on the edge that it goes back along.
STEP = """(frame) => {
    const visible = (item) => item.getAttribute('visibility') === 'visible';
    const locals = [...frame.querySelectorAll('.chain-local')];
    const halos = [...frame.querySelectorAll('.course-graph-halo')];
    const edges = halos.flatMap((halo, i) => visible(halo) ? [locals[i]] : []);
    return [...edges, ...[...frame.querySelectorAll('.course-graph-lit')].filter(visible)]; }"""


def sizes(view: ExplorerView) -> dict[str, float]:
    view.drawn()
    return view.root.locator(".chain-graph").evaluate(SIZES)


def wait_until_inside(view: ExplorerView, find: str) -> None:
    """Wait until what ``find`` finds lies wholly in the frame: it is scrolled to smoothly."""
    view.drawn()
    frame = view.root.locator(".chain-graph").element_handle()
    view.page.wait_for_function(INSIDE, arg=[frame, find], timeout=5000)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 760])
@pytest.mark.parametrize(
    "text", [TEN_IN_A_ROW, TEN_OF_MANY, *(preset.state["expression"] for preset in BackpropStepper.presets)]
)
def test_a_graph_of_any_size_stays_readable_in_a_frame_of_modest_height(
    notebook: Notebook, view: ExplorerView, theme: str, width: int, text: str
) -> None:
    notebook.set_theme(theme)
    notebook.page.set_viewport_size({"width": width, "height": 800})
    try:
        type_expression(view, text)
        found = sizes(view)
        assert found["text"] >= 12
        assert 280 <= found["height"] <= 300
        assert view.root.evaluate("(root) => root.scrollWidth - root.clientWidth") <= 1
    finally:
        notebook.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("preset", BackpropStepper.presets, ids=lambda preset: preset.name)
def test_no_preset_needs_scrolling(view: ExplorerView, preset) -> None:
    view.button(preset.name).click()
    view.settled()
    found = sizes(view)
    assert found["wide"] <= found["width"]
    assert found["tall"] <= found["height"]
    assert view.root.locator(".chain-graph").get_attribute("tabindex") is None


def test_a_large_graph_is_scrolled_by_the_keyboard(view: ExplorerView) -> None:
    type_expression(view, TEN_IN_A_ROW)
    assert sizes(view)["wide"] > 1200
    frame = view.root.get_by_role("region", name="graph, larger than its frame")
    frame.focus()
    expect(frame).to_be_focused()
    for _ in range(4):
        frame.press("ArrowRight")
    view.page.wait_for_function("(frame) => frame.scrollLeft > 60", arg=frame.element_handle())


@pytest.mark.parametrize("text", [TEN_IN_A_ROW, TEN_OF_MANY])
def test_every_step_of_a_large_graph_is_brought_into_its_frame(
    notebook: Notebook, view: ExplorerView, text: str
) -> None:
    type_expression(view, text)
    last = int(view.field("step").get_attribute("max") or 0)
    for step in range(1, last + 1, 3):
        view.field("step").fill(str(step))
        assert view.sentence().startswith(f"Step {step} of {last}, ")
        wait_until_inside(view, STEP)
    assert_agrees(notebook, view)
    view.root.get_by_label("back to the start").click()
    view.page.wait_for_function(
        "(frame) => frame.scrollLeft === 0 && frame.scrollTop === 0",
        arg=view.root.locator(".chain-graph").element_handle(),
    )


def test_an_input_outside_the_frame_comes_into_it_with_the_focus(view: ExplorerView) -> None:
    type_expression(view, TEN_OF_MANY)
    node(view, "d").focus()
    wait_until_inside(view, """(frame) => [frame.querySelector('[data-number="d"]')]""")
    node(view, "d").press("ArrowUp")
    assert view.state()["values"]["d"] == 1.1
