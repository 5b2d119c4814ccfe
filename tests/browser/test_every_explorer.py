"""What holds for every explorer in a real JupyterLab: numbers, controls, presets, sharing, themes, accessibility."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator

from course_utils.explorers.engine.fields import Choice, Field, Flag, Number, Numbers, Several, Text
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import SAMPLES, make, random_state

NAMES = sorted(SAMPLES)
# explorer -> what its arguments are called in its sample
CALLED_IN_SAMPLES = {
    "DrawingPad": {"model": "predict"},
    "FeatureMaps": {"model": "network", "class_names": "digit_names"},
    "GradCAM": {"model": "classifier", "preprocess": "smaller", "class_names": "things"},
    "Picture": {"build": "wave", "title": "'Wave'"},
}
NUMBER = re.compile(r"−?\d+(?:\.\d+)?")


@cache
def sample(name: str) -> Any:
    """The explorer ``name``, to be read only: some take a second to make."""
    return make(name)


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """One notebook with every explorer; each stands in a variable called like its class."""
    cells = [f"{prepare}\n{name} = {expression}\n{name}" for name, (prepare, expression) in SAMPLES.items()]
    with running(browser, server, "explorers", "from course_utils import explorers", *cells) as notebook:
        yield notebook


def view_of(notebook: Notebook, name: str) -> ExplorerView:
    return notebook.explorer(sample(name).module)


def state_of(notebook: Notebook, name: str) -> dict:
    return notebook.state_of(view_of(notebook, name), name)


def assert_same_words_and_numbers(shown: str, expected: str) -> None:
    """The same words; numbers may differ by one unit of their last digit (the browser's exp is not NumPy's)."""
    assert NUMBER.sub("#", shown) == NUMBER.sub("#", expected)
    for left, right in zip(NUMBER.findall(shown), NUMBER.findall(expected), strict=True):
        digits = len(right.partition(".")[2])
        difference = abs(float(left.replace("−", "-")) - float(right.replace("−", "-")))
        assert difference <= 1.01 * 10**-digits, f"{shown!r} against {expected!r}"


@pytest.mark.parametrize("name", NAMES)
def test_the_browser_says_what_the_model_says_on_random_states(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    rng = np.random.default_rng(7)
    for _ in range(6):
        state = random_state(sample(name).fields, rng)
        notebook.evaluate(f"{name}.set(**__import__('json').loads({json.dumps(state)!r}))")
        expected = notebook.evaluate(f"{name}.describe({name}.state)")
        state_of(notebook, name)
        view.settled()
        assert_same_words_and_numbers(view.sentence(), expected)
    assert notebook.evaluate(f"{name}.fault") == ""


def _operate(view: ExplorerView, name: str, field: Field, way: str) -> None:
    control = view.field(name)
    if isinstance(field, Choice):
        _choose_other(control, way)
    elif isinstance(field, Several | Flag):
        control.first.click() if way == "mouse" else control.first.press("Space")
    elif isinstance(field, Text):
        control.fill(f" {field.default}")
        control.press("Enter")
    elif way == "mouse":
        value = float(control.input_value())
        middle = (float(control.get_attribute("min") or 0) + float(control.get_attribute("max") or 1)) / 2
        box = control.bounding_box()
        assert box
        control.click(
            position={"x": box["width"] * (0.8 if value <= middle else 0.2), "y": box["height"] / 2}
        )
    else:
        high = float(control.get_attribute("max") or 1)
        control.press("ArrowLeft" if float(control.input_value()) >= high else "ArrowRight")


def _choose_other(control: Locator, way: str) -> None:
    options = control.locator("option").evaluate_all("options => options.map(option => option.value)")
    if way == "mouse":
        control.select_option(next(option for option in options if option != control.input_value()))
    else:
        control.press("ArrowDown" if control.input_value() != options[-1] else "ArrowUp")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("name", NAMES)
def test_every_control_changes_its_field(notebook: Notebook, name: str, way: str) -> None:
    view = view_of(notebook, name)
    for field_name, field in sample(name).fields.items():
        if isinstance(field, Numbers) or not view.field(field_name).count():
            continue  # edited in the picture: the explorer's own test does that
        view.reset()
        control = view.field(field_name).first
        if control.is_disabled():
            continue  # without effect at the start: the explorer's own test brings it to life
        before = state_of(notebook, name)[field_name]
        _operate(view, field_name, field, way)
        after = state_of(notebook, name)
        assert after[field_name] != before, field_name
        view.settled()
        assert_same_words_and_numbers(view.sentence(), notebook.evaluate(f"{name}.describe({name}.state)"))


@pytest.mark.parametrize("name", NAMES)
def test_every_exact_value_can_be_typed(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    view.reset()
    for field_name, field in sample(name).fields.items():
        box = view.exact(field_name)
        if not isinstance(field, Number) or not box.count() or box.is_disabled():
            continue
        value = field.low + round(0.6 * (field.high - field.low) / field.step) * field.step
        box.fill(f"{value:.6g}")
        box.press("Tab")
        assert state_of(notebook, name)[field_name] == pytest.approx(value, abs=1e-5)
        box.fill(str(field.high * 10 + 1000))
        box.press("Tab")
        assert state_of(notebook, name)[field_name] == field.high, "a value outside is held at the limit"


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_sets_its_state_and_asks_for_a_prediction(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    for preset in sample(name).presets:
        view.button(preset.name).click()
        state = state_of(notebook, name)
        assert {key: state[key] for key in preset.state} == dict(preset.state)
        assert view.root.locator(".course-prompt").inner_text() == preset.prompt
        assert view.button(preset.name).get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("name", ["Neuron", "Regularisation"])
def test_a_preset_asks_before_it_answers(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    view.reset()
    prompt, sentence = view.root.locator(".course-prompt"), view.root.locator(".course-sentence")
    usual, said, height = prompt.inner_text(), sentence.inner_text(), view.root.bounding_box()["height"]
    for preset in sample(name).presets:
        for look in (view.button(preset.name).hover, view.button(preset.name).focus):
            look()
            assert (prompt.inner_text(), sentence.inner_text()) == (preset.prompt, said)
            assert view.root.bounding_box()["height"] == height
    sentence.hover()
    view.button("Reset").focus()
    assert prompt.inner_text() == usual


@pytest.mark.parametrize("name", NAMES)
def test_a_copied_state_makes_the_same_explorer(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    state = random_state(sample(name).fields, np.random.default_rng(11))
    notebook.evaluate(f"{name}.set(**__import__('json').loads({json.dumps(state)!r}))")
    state_of(notebook, name)
    line = view.copied_line()
    for old, new in CALLED_IN_SAMPLES.get(name, {}).items():
        line = line.replace(f"{old}={old}", f"{old}={new}")
    assert notebook.evaluate(f"{line}.state") == state


@pytest.mark.parametrize("name", NAMES)
def test_reset_goes_back_to_the_start(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    view.reset()
    assert state_of(notebook, name) == sample(name).state


# The theme comes last in the order of tests: JupyterLab switches once, not for every explorer.
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_accessibility_violation(notebook: Notebook, theme: str, name: str) -> None:
    notebook.set_theme(theme)
    view = view_of(notebook, name)
    view.reset()
    results = Axe().run(notebook.page, context=f'[data-explorer="{sample(name).module}"]')
    serious = [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in results.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert not serious, "\n".join(serious)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_picture_follows_the_theme(notebook: Notebook, theme: str, name: str) -> None:
    notebook.set_theme(theme)
    view = view_of(notebook, name)
    view.drawn()
    view.settled()
    brightness = middle_brightness(view.root.screenshot())
    assert brightness > 0.75 if theme == "light" else brightness < 0.4


def middle_brightness(png: bytes) -> float:
    """How light the middle one of all pixels is: the paper, not the photos, which keep their colours."""
    import io

    from PIL import Image

    return float(np.median(Image.open(io.BytesIO(png)).convert("L")) / 255)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_jumps_while_values_change(notebook: Notebook, name: str) -> None:
    view = view_of(notebook, name)
    view.reset()
    heights = set()
    rng = np.random.default_rng(3)
    for _ in range(5):
        state = random_state(sample(name).fields, rng)
        notebook.evaluate(f"{name}.set(**__import__('json').loads({json.dumps(state)!r}))")
        state_of(notebook, name)
        view.settled()
        heights.add(round(view.root.bounding_box()["height"]))  # type: ignore[index]
    assert max(heights) - min(heights) <= 2, f"the height changes: {sorted(heights)}"


# The window stays narrow until the module ends, so this comes last.
@pytest.fixture(scope="module", params=[1280, 1000, 760])
def window_width(request: pytest.FixtureRequest, notebook: Notebook) -> Iterator[int]:
    notebook.page.set_viewport_size({"width": request.param, "height": 800})
    notebook.page.wait_for_timeout(500)
    yield request.param
    notebook.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_a_laptop_and_a_narrow_window(notebook: Notebook, window_width: int, name: str) -> None:
    root = view_of(notebook, name).root
    box = root.bounding_box()
    assert box
    if window_width == 1280:
        assert box["height"] <= 660, f"{box['height']:.0f} px high: taller than a 13-inch screen shows"
    over = root.evaluate("(root) => root.scrollWidth - root.clientWidth")
    assert over <= 1, f"{over} px too wide in a window of {window_width} px"
