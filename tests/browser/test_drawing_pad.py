"""The drawing pad in a real JupyterLab: mouse, finger, keys; functions that are slow, talkative or broken; models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import REPOSITORY, ExplorerView, Notebook, Server, running
from tests.explorer_samples import PREDICT

SLOW = """
import time
calls = 0

def slow(pictures):
    global calls
    calls += 1
    time.sleep(0.4)
    return np.eye(10)[[calls % 10]]

"""
ODD = """
def odd(pictures):
    print("ink", round(float(pictures.sum())))
    if pictures.sum() > 100:
        raise ZeroDivisionError("too much ink")
    return np.eye(10)[[7]]

"""
MODEL = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from course_utils import training
from tests.small_networks import make_chain
read = explorers.DrawingPad(make_chain("lesson 00"), class_names)
read
"""
SELU = """
import keras
selu = keras.Sequential([
    keras.Input((20, 20, 1)), keras.layers.Flatten(), keras.layers.Dense(8, activation="selu", name="hidden"),
    keras.layers.Dense(10, activation="softmax")])
through_kernel = explorers.DrawingPad(selu, class_names)
through_kernel
"""
INKED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const inked = data.filter((_, i) => i % 4 === 3).reduce((sum, alpha) => sum + (alpha > 128), 0);
    return inked / (canvas.width * canvas.height); }"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """Three pads: a quick function, a slow one, and one that prints and fails."""
    with running(
        browser,
        server,
        "pads",
        "from course_utils import explorers" + PREDICT,
        "pad = explorers.DrawingPad(predict, class_names)\npad",
        SLOW + "slow_pad = explorers.DrawingPad(slow, class_names)\nslow_pad",
        ODD + "odd_pad = explorers.DrawingPad(odd, class_names)\nodd_pad",
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    view = notebook.explorer("drawing_pad")
    view.reset()
    view.settled()
    return view


def draw(view: ExplorerView, *points: tuple[float, float], steps: int = 5) -> None:
    """Draw one stroke with the mouse, through points in shares of the pad."""
    box = view.root.locator(".course-pad").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    view.page.mouse.move(*places[0])
    view.page.mouse.down()
    for place in places[1:]:
        view.page.mouse.move(*place, steps=steps)
    view.page.mouse.up()


def strokes(notebook: Notebook, name: str = "pad") -> list:
    return notebook.evaluate(f"{name}.state")["strokes"]


def test_a_drawing_is_shown_sent_seen_and_answered(notebook: Notebook, view: ExplorerView) -> None:
    assert view.sentence() == "Draw something on the pad, and the network answers."
    assert view.root.locator(".course-pad-invitation").is_visible()
    draw(view, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    view.settled()
    assert not view.root.locator(".course-pad-invitation").is_visible()
    drawn = strokes(notebook)
    assert len(drawn) == 1
    assert drawn[0][0] == pytest.approx([0.3, 0.2], abs=0.01)
    assert drawn[0][-1] == pytest.approx([0.4, 0.8], abs=0.01)
    length = 0.4 + np.hypot(0.3, 0.6)
    assert view.root.locator(".course-pad").evaluate(INKED) == pytest.approx(0.08 * length, rel=0.15)
    assert view.sentence() == notebook.evaluate("pad.describe(pad.state)")


def test_the_bars_are_the_functions_answer(notebook: Notebook, view: ExplorerView) -> None:
    draw(view, (0.2, 0.2), (0.8, 0.9))
    view.settled()
    expected = notebook.evaluate("pad.compute(pad.state)['probabilities'].tolist()")
    shown = view.root.locator(".course-bar-value").all_inner_texts()
    assert [float(text.rstrip(" %")) for text in shown] == pytest.approx(
        [100 * p for p in expected], abs=0.051
    )
    best = view.root.locator(".course-best")
    assert best.count() == 1
    assert best.locator(".course-bar-name").inner_text() == str(int(np.argmax(expected)))
    assert best.locator(".course-bar-mark").is_visible()


def test_every_pixel_of_what_the_network_sees_can_be_read(notebook: Notebook, view: ExplorerView) -> None:
    draw(view, (0.2, 0.3), (0.8, 0.6))
    view.settled()
    picture = np.array(notebook.evaluate("pad.compute(pad.state)['picture'].tolist()"))
    seen, words = view.root.locator(".course-seen"), view.root.locator(".course-seen-words")
    box = seen.bounding_box()
    assert box
    seen.hover(position={"x": 0.475 * box["width"], "y": 0.525 * box["height"]})
    view.sentence()
    assert words.inner_text() == f"row 10, column 9: {picture[10, 9]:.2f}"
    view.page.mouse.move(0, 0)
    seen.press("ArrowUp")
    seen.press("ArrowRight")
    view.sentence()
    assert words.inner_text() == f"row 9, column 10: {picture[9, 10]:.2f}"


def test_undo_takes_a_stroke_away_and_clear_all(notebook: Notebook, view: ExplorerView) -> None:
    assert view.button("Undo stroke").is_disabled()
    draw(view, (0.3, 0.2), (0.3, 0.8))
    draw(view, (0.6, 0.2), (0.6, 0.8))
    view.settled()
    assert len(strokes(notebook)) == 2
    view.button("Undo stroke").click()
    view.settled()
    assert len(strokes(notebook)) == 1
    draw(view, (0.5, 0.5), (0.6, 0.6))
    view.button("Clear").click()
    view.settled()
    assert strokes(notebook) == []
    assert view.root.locator(".course-pad").evaluate(INKED) == 0
    assert view.root.locator(".course-best").count() == 0


def test_a_dot_is_a_drawing(notebook: Notebook, view: ExplorerView) -> None:
    draw(view, (0.5, 0.5))
    view.settled()
    assert len(strokes(notebook)[0]) == 1
    assert view.root.locator(".course-pad").evaluate(INKED) == pytest.approx(np.pi * 0.04**2, rel=0.1)


def test_keys_draw_and_stay_in_the_pad(notebook: Notebook, view: ExplorerView) -> None:
    pad = view.root.locator(".course-pad")
    active = notebook.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")
    pad.focus()
    pad.press("ArrowLeft")
    view.sentence()
    assert strokes(notebook) == [], "the pen is still up"
    assert view.root.locator(".course-pad-words").inner_text() == "pen up at 48, 50"
    pad.press("Space")
    for _ in range(3):
        pad.press("ArrowDown")
    pad.press("Shift+ArrowRight")
    view.settled()
    assert view.root.locator(".course-pad-words").inner_text() == "pen down at 68, 56"
    pad.press("Space")
    pad.press("ArrowUp")
    view.settled()
    assert strokes(notebook) == [[[0.48, 0.5], [0.48, 0.52], [0.48, 0.54], [0.48, 0.56], [0.68, 0.56]]]
    assert view.sentence() == notebook.evaluate("pad.describe(pad.state)")
    pad.press("Backspace")
    view.settled()
    assert strokes(notebook) == []
    assert notebook.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex") == active


def test_a_finger_draws(notebook: Notebook, view: ExplorerView) -> None:
    box = view.root.locator(".course-pad").bounding_box()
    assert box
    session = notebook.page.context.new_cdp_session(notebook.page)

    def touch(kind: str, *shares: tuple[float, float]) -> None:
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in shares]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.2, 0.5))
    for step in range(1, 7):
        touch("touchMove", (0.2 + 0.1 * step, 0.5))
    touch("touchEnd")
    view.settled()
    drawn = strokes(notebook)
    assert len(drawn) == 1
    assert drawn[0][-1] == pytest.approx([0.8, 0.5], abs=0.02)


def test_a_full_pad_says_so_and_takes_no_more(notebook: Notebook, view: ExplorerView) -> None:
    notebook.evaluate("pad.set(strokes=[[[i / 2000, 0.5] for i in range(2000)]])")
    view.settled()
    draw(view, (0.2, 0.2), (0.8, 0.2))
    view.settled()
    assert view.root.locator(".course-pad-words").inner_text() == "The pad is full: press Clear."
    assert sum(map(len, strokes(notebook))) == 2000


def test_a_slow_function_never_holds_the_pen_and_the_last_drawing_wins(notebook: Notebook) -> None:
    view = notebook.explorer("drawing_pad", 1)
    draw(view, (0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8), steps=12)
    view.page.evaluate("() => new Promise(requestAnimationFrame)")
    assert view.root.locator(".course-pad").evaluate(INKED) > 0.1, "the line is there before the answer"
    assert view.root.get_attribute("data-pending") == "true"
    view.settled()
    moves = sum(map(len, strokes(notebook, "slow_pad")))
    assert 1 <= notebook.evaluate("calls") < moves / 3, "moves that came while it computed were merged"
    assert notebook.evaluate("slow_pad.answer['state'] == slow_pad.state")
    assert view.sentence() == notebook.evaluate("slow_pad.answer['sentence']")


def test_what_a_function_prints_and_its_errors_are_shown_in_the_pad(notebook: Notebook) -> None:
    view = notebook.explorer("drawing_pad", 2)
    draw(view, (0.5, 0.2), (0.5, 0.8))
    view.settled()
    assert view.root.locator(".course-said").inner_text().startswith("ink ")
    assert view.sentence() == "I think it is a 7 (over 99 %)."
    draw(view, (0.1, 0.5), (0.9, 0.5), (0.2, 0.9), (0.8, 0.9), (0.8, 0.1), (0.2, 0.1), (0.2, 0.9))
    view.settled()
    assert "ZeroDivisionError: too much ink" in view.root.locator(".course-fault").inner_text()
    assert view.sentence() == notebook.evaluate("odd_pad.describe(odd_pad.state)")
    assert view.root.locator(".course-best").count() == 0, "no answer is better than an old one"
    view.button("Undo stroke").click()
    view.settled()
    assert not view.root.locator(".course-fault").is_visible()
    assert view.sentence() == "I think it is a 7 (over 99 %)."


# ---- a model: the browser answers ----------------------------------------------------------------


@pytest.fixture(scope="module")
def reading(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """A pad with a Keras model, and one with a model that the browser cannot compute."""
    sources = (f"from course_utils import explorers{PREDICT}", MODEL, SELU)
    with running(browser, server, "models", *sources) as notebook:
        yield notebook


def assert_answered_like_the_model(notebook: Notebook, view: ExplorerView) -> None:
    """Bars and sentence are those of the NumPy twin, which is compared with Keras elsewhere."""
    view.drawn()
    state = view.state()
    expected = notebook.evaluate(f"read.compute(read.complete({state!r}))['probabilities'].tolist()")
    shown = [float(text.rstrip(" %")) for text in view.root.locator(".course-bar-value").all_inner_texts()]
    assert shown == pytest.approx([100 * p for p in expected], abs=0.051)
    assert view.sentence() == notebook.evaluate(f"read.describe(read.complete({state!r}))")


def test_a_model_answers_in_the_browser_with_the_models_numbers(reading: Notebook) -> None:
    view = reading.explorer("drawing_pad")
    view.reset()
    assert view.sentence() == "Draw something on the pad, and the network answers."
    assert view.root.locator(".course-pad-where").inner_text() == "computed in your browser"
    for points in (((0.3, 0.2), (0.7, 0.2), (0.4, 0.8)), ((0.2, 0.5), (0.8, 0.6)), ((0.9, 0.9),)):
        draw(view, *points)
        assert_answered_like_the_model(reading, view)
    view.field("pen").focus()
    view.field("pen").press("ArrowRight")
    assert_answered_like_the_model(reading, view)
    for preset in ("8", "a dot", "the letter A"):
        view.button(preset).click()
        assert_answered_like_the_model(reading, view)
    view.button("Clear").click()
    view.drawn()
    assert view.root.locator(".course-best").count() == 0


def test_a_model_that_the_browser_cannot_compute_answers_from_the_kernel_and_says_so(
    reading: Notebook,
) -> None:
    view = reading.explorer("drawing_pad", 1)
    where = view.root.locator(".course-pad-where").inner_text()
    assert where == (
        "computed by the kernel: the browser cannot take this model, because its layer 'hidden' has the activation selu"
    )
    draw(view, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    view.settled()
    assert view.sentence() == reading.evaluate("through_kernel.describe(through_kernel.state)")
    assert view.root.locator(".course-best").count() == 1


def test_a_model_answers_when_its_kernel_is_gone(reading: Notebook) -> None:
    """The last of this notebook's tests: another kernel takes the place of the one that made the pads."""
    view = reading.explorer("drawing_pad")
    view.reset()
    draw(view, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    answered = view.sentence()
    view.reset()
    reading.restart_kernel()
    draw(view, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    assert view.sentence() == answered
    assert view.root.locator(".course-best").count() == 1
