"""What is special about the explorers of lesson 03: dragging, linked plots, waiting for the kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator

from tests.browser.lab import ExplorerView, Notebook, Server, running

SLOWLY = """
import time

def slowly(compute):
    return lambda state: (time.sleep(1), compute(state))[1]
"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """One notebook with the three explorers in the variables a, s and g."""
    with running(
        browser,
        server,
        "lesson_03_explorers",
        "from course_utils import explorers\nfrom course_utils.explorers.models import activations, softmax",
        SLOWLY,
        "a = explorers.Activation()\na",
        "s = explorers.SoftmaxTemperature()\ns",
        "g = explorers.GradientThroughDepth()\ng",
    ) as notebook:
        yield notebook


# ---- activation --------------------------------------------------------------------------------


@pytest.mark.parametrize(("plot", "label"), [(0, "output"), (1, "local gradient")])
def test_the_point_can_be_dragged_in_both_plots(notebook: Notebook, plot: int, label: str) -> None:
    view = notebook.fresh_explorer("activation")
    handle = view.root.locator(f'[role="slider"][aria-label^="point on the curve: {label}"]')
    view.drag(handle, 60, 0)
    state = notebook.state_of(view, "a")
    assert 3 < state["x"] < 4
    notebook.agreed_state(view, "a")
    handles = view.root.locator('[role="slider"][aria-label^="point on the curve"]')
    assert {handles.nth(i).get_attribute("aria-valuenow") for i in range(2)} == {str(state["x"])}


def test_holding_the_plot_anywhere_moves_the_point(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("activation")
    surface = view.root.locator(".course-surface").nth(1)
    box = surface.bounding_box()
    assert box
    surface.click(position={"x": box["width"] * 0.25, "y": 20})
    assert notebook.state_of(view, "a")["x"] == pytest.approx(-3, abs=0.05)
    handle = view.root.locator('[role="slider"][aria-label^="point on the curve"]').first
    handle.press("ArrowRight")
    handle.press("Shift+ArrowLeft")
    assert notebook.state_of(view, "a")["x"] == pytest.approx(-3.45, abs=0.06)
    notebook.agreed_state(view, "a")


def test_alpha_wakes_up_with_a_function_that_has_it(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("activation")
    height = view.root.bounding_box()["height"]  # type: ignore[index]
    assert view.field("alpha").is_disabled()
    box = view.root.locator('[data-field="functions"][value="elu"]')
    box.press("Space")
    view.sentence()
    assert view.field("alpha").is_enabled()
    view.field("alpha").press("ArrowRight")
    state = notebook.state_of(view, "a")
    assert state["functions"] == ["sigmoid", "relu", "elu"]
    assert state["alpha"] == pytest.approx(0.11)
    assert view.root.bounding_box()["height"] == height  # type: ignore[index]


def test_the_table_holds_the_models_numbers(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("activation")
    names = [box.get_attribute("value") for box in view.field("functions").all()]
    notebook.state_of(view, "a")  # the kernel has learned of the reset
    notebook.evaluate(f"a.set(functions={names}, x=-1.35, w=1.7, b=0.4, alpha=0.25)")
    notebook.agreed_state(view, "a")
    rows = view.root.locator(".course-functions tbody tr")
    for i, name in enumerate(names):
        z, alpha = -1.35 * 1.7 + 0.4, 0.25
        value = notebook.evaluate(f"float(activations.activate('{name}', {z}, {alpha}))")
        slope = notebook.evaluate(f"1.7 * float(activations.derivative('{name}', {z}, {alpha}))")
        cells = [
            text.replace("−", "-").replace(" ▨", "") for text in rows.nth(i).locator("td").all_inner_texts()
        ]
        assert [float(cells[0]), float(cells[1])] == pytest.approx([value, slope], abs=6e-4)
        assert cells[2].replace("-", "−") == notebook.evaluate(f"activations.output_range('{name}', {alpha})")
        mean = notebook.evaluate(f"activations.mean_output('{name}', {alpha})")
        assert float(cells[3]) == pytest.approx(mean, abs=6e-3)


def test_only_what_is_chosen_is_drawn_and_the_focus_always_is(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("activation")
    names = view.root.locator(".course-plot").first.locator(".course-direct:visible")
    assert sorted(names.all_text_contents()) == ["ReLU", "sigmoid"]
    assert view.root.locator('[data-field="functions"][value="sigmoid"]').is_disabled()
    view.root.locator('[data-field="functions"][value="relu"]').click()
    view.field("focus").select_option("gelu")
    view.sentence()
    assert sorted(names.all_text_contents()) == ["GELU", "sigmoid"]


def test_the_saturated_stretch_is_hatched(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("activation")
    hatched = view.root.locator(".course-plot").first.locator('rect[fill^="url(#course-hatch"]')
    assert hatched.count() == 2, "a sigmoid is flat on both sides"
    view.field("focus").select_option("relu")
    view.sentence()
    assert hatched.count() == 1, "ReLU is flat on the left"
    view.field("focus").select_option("identity")
    view.sentence()
    assert hatched.count() == 0


# ---- softmax -------------------------------------------------------------------------------------


def shown_probabilities(view: ExplorerView) -> list[float]:
    texts = view.root.locator(".course-plot").nth(1).locator(".course-direct:visible").all_text_contents()
    return [float(text.replace("★", "").replace("≈", "")) for text in texts]


def test_a_bar_is_dragged_and_all_probabilities_follow(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("softmax_temperature")
    view.drag(view.root.locator('[aria-label="logit of class 2"]'), 0, -60)
    state = notebook.state_of(view, "s")
    assert state["logits"][1] > 3
    assert state["logits"][0] == 2
    assert state["chosen"] == 2
    expected = notebook.evaluate("list(softmax.softmax(s.state['logits'][:5], 1.0))")
    assert shown_probabilities(view) == pytest.approx(expected, abs=6e-4)
    notebook.agreed_state(view, "s")
    answer = view.root.locator(".course-formula div").nth(2).inner_text()
    assert float(answer.rpartition("= ")[2]) == pytest.approx(expected[1], abs=6e-4)


@pytest.mark.parametrize("beside", [3, 20], ids=["grip", "bar"])
def test_what_is_taken_beside_its_end_does_not_jump(notebook: Notebook, beside: float) -> None:
    view = notebook.fresh_explorer("softmax_temperature")
    grip = view.handle("logit of class 1")
    place = grip.locator("rect").bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2 + beside
    before = notebook.state_of(view, "s")["logits"][0]
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 8, y)
    assert notebook.state_of(view, "s")["logits"][0] == before
    notebook.page.mouse.move(x, y - 40, steps=3)
    notebook.page.mouse.up()
    risen = notebook.agreed_state(view, "s")["logits"][0]
    pixels = place["y"] + place["height"] / 2 - middle_height(grip.locator("rect"))
    assert risen > before
    assert pixels == pytest.approx(40, abs=1.5)
    grip.press("ArrowDown")
    assert notebook.state_of(view, "s")["logits"][0] == pytest.approx(risen - 0.1)


def middle_height(part: Locator) -> float:
    place = part.bounding_box()
    assert place
    return place["y"] + place["height"] / 2


def test_arrow_keys_move_a_bar_within_its_limits(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("softmax_temperature")
    grip = view.root.locator('[aria-label="logit of class 3"]')
    grip.press("ArrowUp")
    assert notebook.state_of(view, "s")["logits"][2] == pytest.approx(0.6)
    for _ in range(7):
        grip.press("Shift+ArrowUp")
    assert notebook.state_of(view, "s")["logits"][2] == 6
    assert grip.get_attribute("aria-valuenow") == "6"


def test_a_constant_added_to_all_logits_changes_no_probability(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("softmax_temperature")
    before = shown_probabilities(view)
    ticks = view.root.locator(".course-plot").first.locator(".course-grid").text_content()
    view.button("Shift by 100").click()
    assert notebook.state_of(view, "s")["shift"] == 100
    assert shown_probabilities(view) == before
    assert view.root.locator(".course-plot").first.locator(".course-grid").text_content() != ticks
    assert "float32 overflows" in view.sentence()


def test_the_temperature_slider_moves_by_factors(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("softmax_temperature")
    slider = view.field("temperature")
    seen = []
    for key in ("Home", "ArrowRight", "End", "ArrowLeft"):
        slider.press(key)
        seen.append(notebook.state_of(view, "s")["temperature"])
    assert [seen[0], seen[2]] == [0.05, 20]
    assert seen[1] / seen[0] == pytest.approx(seen[2] / seen[3], rel=0.02)
    notebook.agreed_state(view, "s")


# ---- gradient through depth ------------------------------------------------------------------------


def test_pointing_at_a_layer_shows_it(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("gradient_through_depth")
    surface = view.root.locator(".course-surface").nth(1)
    box = surface.bounding_box()
    assert box
    surface.hover(position={"x": box["width"] * (6.5 / 20), "y": 30})
    assert notebook.state_of(view, "g")["layer"] == 7
    view.settled()
    notebook.agreed_state(view, "g")
    titles = view.root.locator(".course-details .course-plot-title").all_text_contents()
    assert titles == ["layer 7: activations a", "layer 7: gradients ∂L/∂a"]
    outline = view.root.locator(".course-details path[fill=none]").first
    before = outline.get_attribute("d")
    view.field("layer").press("ArrowLeft")
    assert notebook.state_of(view, "g")["layer"] == 6
    view.settled()
    assert outline.get_attribute("d") != before


def test_while_the_kernel_works_the_last_picture_stays_with_its_own_sentence(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("gradient_through_depth")
    before = view.sentence()
    curve = view.root.locator(".course-plot").first.locator("path[fill=none]").first
    drawn = curve.get_attribute("d")
    notebook.evaluate("setattr(g, 'compute', slowly(g.compute))")
    view.field("activation").select_option("tanh")
    assert view.sentence() == before
    assert curve.get_attribute("d") == drawn
    assert view.root.get_attribute("data-pending") == "true"
    view.settled()
    notebook.agreed_state(view, "g")
    assert view.sentence() != before
    assert curve.get_attribute("d") != drawn
    notebook.evaluate("delattr(g, 'compute')")


def test_the_newest_state_wins(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("gradient_through_depth")
    slider = view.field("depth")
    for _ in range(15):
        slider.press("ArrowRight")
    view.settled()
    assert notebook.state_of(view, "g")["depth"] == 35
    notebook.agreed_state(view, "g")
    assert "at layer 35" in view.sentence()


def test_vanished_and_exploded_numbers_are_drawn(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("gradient_through_depth")
    view.button("All zeros").click()
    view.settled()
    assert "nothing arrives" in view.sentence()
    assert view.root.get_by_text("activations: 0").is_visible()
    view.button("ReLU, weights too large").click()
    view.settled()
    assert "it explodes" in view.sentence()
    assert view.root.locator(".course-fault").is_hidden()
