"""The playground in a real browser: it learns while it plays, and everything in it can be taken hold of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab import ExplorerView, Notebook, Server, running

LAST = "document.querySelector('[data-explorer=\"playground\"]')"
EPOCH = f"Number({LAST}.querySelector('.play-epoch b').textContent)"


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "playground", "from course_utils import explorers\ne = explorers.Playground()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("playground")
    drawing = view.root.locator('button[aria-pressed="true"]', has_text="Draw points")
    if drawing.count():
        drawing.click()
    notebook.page.mouse.move(1, 1)
    view.reset()
    return view


def state_after(notebook: Notebook, view: ExplorerView) -> dict[str, Any]:
    """The state in the kernel once it is the browser's; both must say the same."""
    for _ in range(100):
        if notebook.evaluate("e.state") == view.state():
            break
        notebook.page.wait_for_timeout(50)
    assert view.sentence() == notebook.evaluate("e.describe(e.state)")
    assert notebook.evaluate("e.fault") == ""
    return notebook.evaluate("e.state")


def epoch(view: ExplorerView) -> int:
    return view.page.evaluate(EPOCH)


def play(view: ExplorerView, epochs: int) -> None:
    """Press Play and wait until so many epochs are over."""
    view.button("Play").click()
    view.page.wait_for_function(f"{EPOCH} >= {epochs}")


def item(view: ExplorerView, name: str) -> Locator:
    return view.root.locator(f'[data-item="{name}"]')


def pixels(view: ExplorerView, canvas: str) -> str:
    view.drawn()
    return view.root.locator(canvas).evaluate("(canvas) => canvas.toDataURL()")


def training_loss(sentence: str) -> float:
    found = re.search(r"training loss is ([\d.]+)(?: × 10⁻(.))?", sentence)
    assert found, sentence
    power = "⁰¹²³⁴⁵⁶⁷⁸⁹".index(found[2]) if found[2] else 0
    return float(found[1]) * 10**-power


# ---- playing -------------------------------------------------------------------------------------------


def test_play_learns_and_tells_the_kernel_when_it_pauses(notebook: Notebook, view: ExplorerView) -> None:
    start = training_loss(view.sentence())
    curve = view.root.locator(".course-plot path[stroke-dasharray='5 3']")
    play(view, 300)
    assert notebook.evaluate("e.state['epoch']") == 0, "while it plays the kernel is left alone"
    view.button("Pause").click()
    state = state_after(notebook, view)
    assert state["epoch"] == epoch(view) >= 300
    assert len(state["weights"]) == 25
    assert training_loss(view.sentence()) < 0.2 * start
    assert len(curve.get_attribute("d") or "") > 500
    reached = epoch(view)
    view.drawn()
    assert epoch(view) == reached, "a pause is a pause"


def test_controls_answer_within_two_frames_while_it_learns(notebook: Notebook, view: ExplorerView) -> None:
    play(view, 1)
    answered, epochs = view.root.evaluate(
        """async (root) => {
            const frame = () => new Promise(requestAnimationFrame);
            const frames = async (count) => { for (let i = 0; i < count; i += 1) await frame(); };
            const { training } = root.explorer;
            const [from, answered] = [training.network.epoch, []];
            for (let i = 0; i < 12; i += 1) {
                const rate = 0.02 + 0.001 * i;
                root.explorer.set({learning_rate: rate});
                await frames(2);
                answered.push(training.playing && training.seen.learning_rate === rate);
                await frames(8);
            }
            return [answered, training.network.epoch - from]; }"""
    )
    view.button("Pause").click()
    assert all(answered)
    assert epochs > 12
    assert state_after(notebook, view)["learning_rate"] == pytest.approx(0.031)


def test_speeds_differ(notebook: Notebook, view: ExplorerView) -> None:
    reached = {}
    for speed in ("slow", "full"):
        view.reset()
        view.field("speed").select_option(speed)
        view.button("Play").click()
        notebook.page.wait_for_timeout(1000)
        view.button("Pause").press("Enter")
        reached[speed] = state_after(notebook, view)["epoch"]
    assert 1 <= reached["slow"] <= 8
    assert reached["full"] > 10 * reached["slow"]


def test_step_and_restart_by_mouse_and_by_keyboard(notebook: Notebook, view: ExplorerView) -> None:
    start = view.sentence()
    view.button("Step").click()
    view.button("Step").press("Enter")
    stepped = state_after(notebook, view)
    assert stepped["epoch"] == 2
    by_hand = notebook.evaluate(
        "(lambda network: (network.train(2), network.losses().training))(__import__('course_utils.explorers.models."
        "playground', fromlist=['x']).Network(explorers.Playground().state))[1]"
    )
    assert training_loss(view.sentence()) == pytest.approx(by_hand, rel=2e-3)
    view.button("Restart").press("Space")
    assert state_after(notebook, view)["weights"] == []
    assert view.sentence() == start


def test_settings_take_effect_while_it_plays(notebook: Notebook, view: ExplorerView) -> None:
    points = view.root.locator(".play-training").first
    play(view, 20)
    before, kept = points.get_attribute("d"), epoch(view)
    view.field("noise").press("PageUp")
    view.field("batch_size").press("ArrowRight")
    view.drawn()
    assert points.get_attribute("d") != before
    assert epoch(view) >= kept, "the weights stay"
    view.root.get_by_label("one unit more in hidden layer 1").click()
    assert view.button("Pause").is_visible(), "it goes on"
    notebook.page.wait_for_function(f"{EPOCH} > 5")
    view.button("Pause").click()
    state = state_after(notebook, view)
    assert state["layers"][:2] == [5, 2]
    assert len(state["weights"]) == 15 + 12 + 3


def test_steps_too_large_are_told_and_stop(notebook: Notebook, view: ExplorerView) -> None:
    view.field("task").select_option("regression")
    view.field("activation").select_option("linear")
    view.exact("learning_rate").fill("10")
    view.button("Play").click()
    fault = view.root.locator(".course-fault")
    expect(fault).to_contain_text("Choose a smaller learning rate")
    expect(view.button("Play")).to_be_visible()
    state_after(notebook, view)
    view.button("Restart").click()
    expect(fault).to_be_hidden()


def test_it_stops_where_nobody_can_see_it(notebook: Notebook, view: ExplorerView) -> None:
    play(view, 5)
    hide = "(root, how) => { root.parentElement.style.display = how; }"
    view.root.evaluate(hide, "none")
    notebook.page.wait_for_function(f"!{LAST}.querySelector('.play-main').textContent.includes('Pause')")
    view.root.evaluate(hide, "")
    assert state_after(notebook, view)["epoch"] >= 5


# ---- the network ---------------------------------------------------------------------------------------


def test_a_weight_is_edited_by_mouse(notebook: Notebook, view: ExplorerView) -> None:
    before = pixels(view, ".play-pictures"), pixels(view, ".play-answer")
    line = item(view, "weight 1 0 1")
    line.locator(".play-reach").dispatch_event("click")
    box = view.root.get_by_label("weight from x₂ to unit 1 of layer 1", exact=True).and_(
        view.root.locator("input")
    )
    expect(box).to_be_focused()
    box.fill("3.5")
    state = state_after(notebook, view)
    assert state["weights"][4] == 3.5, "Keras' order: row x₂, first unit"
    assert before[0] != pixels(view, ".play-pictures")
    assert before[1] != pixels(view, ".play-answer")
    assert "3.50" in (line.get_attribute("aria-label") or "")
    assert float(line.locator(".play-line").get_attribute("stroke-width") or 0) > 6
    notebook.page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def test_a_bias_is_edited_by_keyboard(notebook: Notebook, view: ExplorerView) -> None:
    unit = item(view, "unit 3 0")
    unit.focus()
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.type("-1.25")
    notebook.page.keyboard.press("Enter")
    expect(unit).to_be_focused()
    assert state_after(notebook, view)["weights"][-1] == -1.25
    assert unit.get_attribute("aria-label") == "the output, bias −1.25"
    assert unit.locator(".play-bias").get_attribute("stroke-dasharray") == "3 2", "negative by dashes as well"


def test_edited_weights_are_trained_on(notebook: Notebook, view: ExplorerView) -> None:
    item(view, "unit 3 0").focus()
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.type("5")
    notebook.page.keyboard.press("Enter")
    spoilt = training_loss(view.sentence())
    play(view, 50)
    view.button("Pause").click()
    state_after(notebook, view)
    assert training_loss(view.sentence()) < spoilt / 2


def test_arrow_keys_walk_over_units_and_lines(notebook: Notebook, view: ExplorerView) -> None:
    assert view.root.locator(".play-item[tabindex='0']").count() == 1, "one tab stop for the network"
    item(view, "feature x1").focus()
    assert view.root.locator(".play-item[tabindex='0']").count() == 1
    way = ["ArrowRight", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]
    seen = []
    for key in way:
        notebook.page.keyboard.press(key)
        seen.append(notebook.page.evaluate("document.activeElement.dataset.item"))
    assert seen == [
        "weight 1 0 0",
        "weight 1 0 1",
        "unit 1 0",
        "weight 2 0 0",
        "unit 2 0",
        "weight 3 0 0",
        "unit 3 0",
    ]
    notebook.page.keyboard.press("ArrowLeft")
    assert notebook.page.evaluate("document.activeElement.dataset.item") == "weight 3 0 0"
    expect(view.root.locator(".play-card")).to_contain_text("weight")


def test_a_unit_is_shown_large(notebook: Notebook, view: ExplorerView) -> None:
    plane, title = ".play-answer", view.root.locator(".play-right .course-plot-title").first
    answer = pixels(view, plane)
    item(view, "unit 1 2").hover()
    view.drawn()
    assert title.text_content() == "unit 3 of layer 1"
    assert view.root.locator(".play-near").count() == 4, "its lines stand out"
    assert pixels(view, plane) != answer
    notebook.page.mouse.move(1, 1)
    view.drawn()
    assert title.text_content() == "output"
    assert pixels(view, plane) == answer
    item(view, "feature x1").focus()
    view.drawn()
    assert title.text_content() == "x₁"


def test_features_are_switched(notebook: Notebook, view: ExplorerView) -> None:
    item(view, "feature x1_squared").click()
    item(view, "feature sin_x2").press("Space")
    expect(item(view, "feature sin_x2")).to_be_focused()
    assert state_after(notebook, view)["features"] == ["x1", "x2", "x1_squared", "sin_x2"]
    assert item(view, "feature sin_x2").get_attribute("aria-checked") == "true"
    assert view.root.locator(".play-line").count() == 4 * 4 + 4 * 2 + 2
    for name in ("x1", "x2", "x1_squared", "sin_x2"):
        item(view, f"feature {name}").press("Enter")
    assert state_after(notebook, view)["features"] == []
    view.button("Step").click()
    assert "network 0–4–2–1" in view.sentence()


def test_layers_and_units_come_and_go(notebook: Notebook, view: ExplorerView) -> None:
    more, less = (
        view.root.get_by_label("one hidden layer more"),
        view.root.get_by_label("one hidden layer less"),
    )
    for _ in range(4):
        more.click()
    expect(more).to_be_disabled()
    assert state_after(notebook, view)["layers"] == [4, 2, 2, 2, 2, 2]
    for _ in range(6):
        less.press("Enter")
    expect(less).to_be_disabled()
    assert state_after(notebook, view)["layers"] == [0] * 6
    assert view.root.locator(".play-line").count() == 2
    view.reset()
    plus = view.root.get_by_label("one unit more in hidden layer 1")
    plus.focus()
    for _ in range(6):
        notebook.page.keyboard.press("Enter")
    expect(plus).to_be_focused()
    assert plus.get_attribute("aria-disabled") == "true"
    view.root.get_by_label("one unit less in hidden layer 2").click()
    assert state_after(notebook, view)["layers"] == [8, 1, 0, 0, 0, 0]
    assert view.root.get_by_label("one unit less in hidden layer 2").get_attribute("aria-disabled") == "true"


# ---- points --------------------------------------------------------------------------------------------


def test_data_sets_are_chosen_by_their_pictures(notebook: Notebook, view: ExplorerView) -> None:
    points = view.root.locator(".play-training").first
    circle = points.get_attribute("d")
    view.root.locator('[data-set="spiral"]').check(force=True)
    assert state_after(notebook, view)["data"] == "spiral"
    assert points.get_attribute("d") != circle
    notebook.page.keyboard.press("ArrowLeft")
    assert state_after(notebook, view)["data"] == "blobs"
    view.field("task").select_option("regression")
    view.drawn()
    view.root.locator('[data-set="bumps"]').check(force=True)
    assert state_after(notebook, view)["regression_data"] == "bumps"
    assert view.root.locator('[data-set="circle"]').is_hidden()


def test_test_points_and_two_colours(notebook: Notebook, view: ExplorerView) -> None:
    assert view.root.locator(".play-test").count() == 0
    view.field("show_test").press("Space")
    view.drawn()
    assert view.root.locator(".play-test").count() == 2
    shades = pixels(view, ".play-answer")
    view.field("in_steps").click()
    assert pixels(view, ".play-answer") != shades
    state = state_after(notebook, view)
    assert state["show_test"]
    assert state["in_steps"]


def at(view: ExplorerView, x: float, y: float) -> tuple[float, float]:
    """Where a point of the plane stands in the window."""
    box = view.root.locator(".play-sheet").bounding_box()
    assert box
    return box["x"] + box["width"] * (x + 6) / 12, box["y"] + box["height"] * (6 - y) / 12


def test_own_points_by_mouse(notebook: Notebook, view: ExplorerView) -> None:
    mouse = notebook.page.mouse
    mouse.click(*at(view, 0, 0))
    assert view.state()["points"] == [], "a click draws in drawing mode only"
    view.button("Draw points").click()
    for x in (-4, -2, 2, 4):
        if x == 2:
            view.root.get_by_text("● class 0").click()
        mouse.click(*at(view, x, 1))
    points = state_after(notebook, view)["points"]
    assert [point[2] for point in points] == [1, 1, -1, -1]
    assert [point[0] for point in points] == pytest.approx([-4, -2, 2, 4], abs=0.05)
    mouse.move(*at(view, -4, 1))
    mouse.down()
    mouse.move(*at(view, -5, -3), steps=4)
    mouse.up()
    assert state_after(notebook, view)["points"][0] == pytest.approx([-5, -3, 1], abs=0.05)
    view.root.get_by_text("✕ erase").click()
    mouse.click(*at(view, 2, 1))
    assert len(state_after(notebook, view)["points"]) == 3
    view.button("Clear points").click()
    assert state_after(notebook, view)["points"] == []
    assert view.sentence().startswith("Circle")


def test_own_points_by_keyboard(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Draw points").press("Enter")
    sheet = view.root.locator(".play-sheet")
    for key in ["Shift+ArrowRight", "ArrowUp", "Space", "Shift+ArrowLeft", "Shift+ArrowLeft", "Space"]:
        sheet.press(key)
    start = view.state()["points"]
    assert start[0][0] - start[1][0] == pytest.approx(4)
    assert start[0][1] == start[1][1]
    sheet.press("Delete")
    assert state_after(notebook, view)["points"] == start[:1]
    assert view.sentence().endswith("there is no test point to try it on.")
    assert "at " in (view.root.locator(".play-right .course-plot-title").first.text_content() or "")


def test_points_of_a_quantity(notebook: Notebook, view: ExplorerView) -> None:
    view.field("task").select_option("regression")
    view.button("Draw points").click()
    view.root.get_by_label("target of the next point").fill("-0.4")
    notebook.page.mouse.click(*at(view, 1, 1))
    assert state_after(notebook, view)["points"][0][2] == -0.4


def offer(view: ExplorerView, name: str, text: str) -> None:
    view.root.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )


def test_points_come_from_a_file(notebook: Notebook, view: ExplorerView) -> None:
    offer(view, "two.csv", "x,y,kind\n1,2,cat\n-3,4,dog\n5,-5,cat\n")
    expect(view.root.locator(".course-prompt")).to_contain_text("3 points from two.csv")
    assert state_after(notebook, view)["points"] == [[1, 2, -1], [-3, 4, 1], [5, -5, -1]]
    assert view.sentence().startswith("Own points")
    expect(view.field("noise")).to_be_disabled()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("x,y,c\n1,2,a\n3,b,a\n", "Row 3: y is “b”"), ("1,2\n3,4\n", "three are needed"), ("", "no rows")],
)
def test_a_file_that_does_not_fit_is_told(view: ExplorerView, text: str, complaint: str) -> None:
    offer(view, "bad.csv", text)
    fault = view.root.locator(".course-fault")
    expect(fault).to_contain_text(complaint)
    expect(fault).to_contain_text("bad.csv was not taken")
    assert view.state()["points"] == []
    view.reset()
    expect(fault).to_be_hidden()


# ---- taking it along -----------------------------------------------------------------------------------


def test_a_state_copied_while_it_plays_restores_its_losses(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Over-fitting").click()
    play(view, 30)
    line = view.copied_line()
    copied = notebook.evaluate(f"(lambda copy: [copy.state, copy.describe(copy.state)])({line})")
    view.button("Pause").click()
    assert copied[0]["epoch"] >= 30
    assert copied[0]["weights"]
    state_after(notebook, view)
    notebook.evaluate(f"e.set(**{line}.state)")
    state_after(notebook, view)
    assert view.sentence() == copied[1]
    view.button("Step").click()
    assert state_after(notebook, view)["epoch"] == copied[0]["epoch"] + 1


def test_the_keras_code_shown_is_pythons(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Step").click()
    state_after(notebook, view)
    view.button("Keras code").press("Enter")
    code = view.root.locator(".play-keras pre")
    expect(code).to_contain_text("keras.Sequential")
    assert code.text_content() == notebook.evaluate("e.keras_code()")
    view.button("Copy code").click()
    view.root.get_by_role("button", name="Copied ✓").wait_for()
    assert notebook.page.evaluate("navigator.clipboard.readText()") == code.text_content()
    notebook.page.keyboard.press("Escape")
    expect(code).to_be_hidden()
    expect(view.button("Keras code")).to_be_focused()
    view.root.get_by_label("feature x₁", exact=True).press("Space")
    view.root.get_by_label("feature x₂", exact=True).press("Space")
    view.button("Keras code").click()
    expect(code).to_contain_text("Choose at least one feature")
    view.button("Close").click()


def test_nothing_runs_on_when_the_cell_is_cleared(notebook: Notebook, view: ExplorerView) -> None:
    play(view, 5)
    training = view.root.evaluate_handle(
        "(root) => { window.leftOver = root.explorer; return root.explorer; }"
    )
    notebook.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    expect(view.root).to_have_count(0)
    epochs = """async (frame) => {
        for (let i = 0; i < 5; i += 1) await new Promise(requestAnimationFrame);
        return frame.training.network.epoch; }"""
    assert training.evaluate(epochs) == training.evaluate(epochs)
