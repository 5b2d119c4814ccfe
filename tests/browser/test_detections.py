"""The detection explorer in a real browser: verdicts are NumPy's, boxes are pointed at, the rest is dragged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from course_utils.explorers.detections import Detections, _look
from course_utils.explorers.models import detections as model
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import random_state

OUTSIDE = {"left": 0, "top": 0}


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    cells = ("from course_utils import explorers", "e = explorers.Detections()\ne")
    with running(browser, server, "detections", *cells) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("detections")


@pytest.fixture(scope="module")
def twin() -> Detections:
    """The same explorer, to compute with."""
    return Detections()


def put(notebook: Notebook, view: ExplorerView, **state: Any) -> dict[str, Any]:
    """Set parts of the state from the kernel, and wait until they are shown."""
    notebook.state_of(view)
    notebook.evaluate(f"e.set(**{state!r})")
    return notebook.state_of(view)


def part(view: ExplorerView) -> Locator:
    return view.root.locator(".detect-part canvas")


def seen(view: ExplorerView) -> dict[str, Any]:
    """What the browser has computed for its state."""
    view.drawn()
    return view.root.evaluate("""(root) => {
        const {asked, shown, by, stay, kind, tree, overlap, foundBy, curve} = root.explorer.look();
        const plain = (value) => ArrayBuffer.isView(value) ? Array.from(value) : value;
        return Object.fromEntries(Object.entries({asked, shown, by, stay, kind, tree, overlap, foundBy,
            precision: curve.precision, recall: curve.recall, best: curve.best, area: curve.area})
            .map(([name, value]) => [name, plain(value)])); }""")


def test_every_verdict_is_that_of_numpy(notebook: Notebook, view: ExplorerView, twin: Detections) -> None:
    rng = np.random.default_rng(5)
    for _ in range(12):
        state = put(notebook, view, **random_state(twin.fields, rng))
        found, expected = seen(view), _look(twin._scene, state)
        assert (found["asked"], found["shown"]) == (expected.num_asked, expected.num_shown)
        for name, values in {"by": expected.by, "stay": expected.stay}.items():
            assert found[name] == values.tolist(), name
        verdicts = expected.verdicts
        for name, values in {
            "kind": verdicts.kind,
            "tree": verdicts.tree,
            "foundBy": verdicts.found_by,
        }.items():
            assert found[name] == values.tolist(), name
        np.testing.assert_array_equal(found["overlap"], verdicts.overlap)
        is_right = verdicts.kind == model.RIGHT
        precision, recall = model.precision_recall(is_right, len(verdicts.found_by))
        for name, values in {"precision": precision, "recall": recall}.items():
            np.testing.assert_array_equal(found[name], values)
        np.testing.assert_array_equal(found["best"], model.best_from_here(precision))
        assert found["area"] == pytest.approx(expected.average_precision, abs=1e-12)


def test_pointing_at_a_box_looks_at_it_and_again_at_the_next_one(
    notebook: Notebook, view: ExplorerView, twin: Detections
) -> None:
    state = notebook.state_of(view)
    scene, look = twin._scene, _look(twin._scene, state)
    corner, size = np.array([state["left"], state["top"]]), np.array(scene.view[::-1])
    shown = look.stay[: look.num_shown]
    middles = (scene.boxes[shown, :2] + scene.boxes[shown, 2:]) / 2
    bounds = part(view).bounding_box()
    assert bounds
    for number in np.flatnonzero(((middles > corner) & (middles < corner + size)).all(axis=1))[:6]:
        at = (middles[number] - corner) * bounds["width"] / size[0]
        inside = {
            int(box) + 1
            for box in shown
            if (scene.boxes[box, :2] < middles[number]).all()
            and (scene.boxes[box, 2:] > middles[number]).all()
        }
        visited = set()
        for _ in inside:
            part(view).click(position={"x": float(at[0]), "y": float(at[1])})
            visited.add(notebook.agreed_state(view)["box"])
        assert visited == inside


def test_arrow_keys_walk_from_box_to_box_and_the_picture_follows(
    notebook: Notebook, view: ExplorerView, twin: Detections
) -> None:
    state = put(notebook, view, box=1, left=0, top=0)
    shown = (_look(twin._scene, state).stay[: _look(twin._scene, state).num_shown] + 1).tolist()
    for key, place in (
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("ArrowLeft", 1),
        ("Shift+ArrowRight", 11),
        ("ArrowUp", 10),
    ):
        part(view).press(key)
        state = notebook.agreed_state(view)
        assert state["box"] == shown[place]
        left, top, right, bottom = twin._scene.boxes[state["box"] - 1]
        rows, columns = twin._scene.view
        height, width = twin._scene.picture.shape[:2]
        assert state["left"] <= max(left, 0) < min(right, width) <= state["left"] + columns
        assert state["top"] <= max(top, 0) < min(bottom, height) <= state["top"] + rows
    for _ in range(3):
        part(view).press("Shift+ArrowLeft")
    assert notebook.agreed_state(view)["box"] == shown[0], "it is held at the best box"


def test_the_picture_is_dragged_by_its_pixels_and_held_at_its_edge(
    notebook: Notebook, view: ExplorerView, twin: Detections
) -> None:
    before = notebook.state_of(view)
    bounds = part(view).bounding_box()
    assert bounds
    pixel = bounds["width"] / twin._scene.view[1]
    view.drag(part(view), -10 * pixel, 6 * pixel)
    state = notebook.agreed_state(view)
    assert (state["left"], state["top"]) == (before["left"] + 10, before["top"] - 6)
    assert state["box"] == before["box"], "who drags does not point"
    for _ in range(3):
        view.drag(part(view), 200, 0)
    assert notebook.agreed_state(view)["left"] == 0


def test_the_small_picture_chooses_the_part(notebook: Notebook, view: ExplorerView) -> None:
    whole = view.root.locator(".detect-whole canvas")
    whole.click(position={"x": 2, "y": 2})
    assert {name: notebook.agreed_state(view)[name] for name in OUTSIDE} == OUTSIDE
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        whole.press(key)
    state = notebook.agreed_state(view)
    assert (state["left"], state["top"]) == (8, 8)
    assert "from row 8, column 8" in (whole.get_attribute("aria-label") or "")


def test_the_curve_is_held_at_any_recall(notebook: Notebook, view: ExplorerView) -> None:
    surface = view.root.locator(".course-surface").bounding_box()
    assert surface
    dot = view.root.locator(".detect-curve circle")
    for wanted in (0.2, 0.5, 0.7):
        view.page.mouse.click(surface["x"] + wanted * surface["width"], surface["y"] + 60)
        notebook.agreed_state(view)
        x, y = (float(dot.get_attribute(name) or 0) for name in ("cx", "cy"))
        precision, recall, _ = notebook.evaluate("e.shares()")
        assert abs(recall - wanted) < 0.04, "scores go in hundredths"
        bounds = view.root.locator(".course-surface").evaluate(
            "(box) => ['x', 'y', 'width', 'height'].map(name => +box.getAttribute(name))"
        )
        assert x == pytest.approx(bounds[0] + recall * bounds[2])
        assert y == pytest.approx(bounds[1] + (1 - precision) * bounds[3])


def test_outlines_numbers_and_tag_tell_the_state(
    notebook: Notebook, view: ExplorerView, twin: Detections
) -> None:
    """Each kind has a line of its own, in the picture as in the legend."""
    state = notebook.state_of(view)
    look = _look(twin._scene, state)
    lines = view.root.locator(".detect-marks .detect-line")
    drawn = lines.evaluate_all(
        "(paths) => paths.map(path => (path.getAttribute('d').match(/M/g) ?? []).length)"
    )
    corner, size = np.array([state["left"], state["top"]]), np.array(twin._scene.view[::-1])

    def in_view(boxes: np.ndarray) -> int:
        return int(((boxes[:, 2:] >= corner) & (boxes[:, :2] <= corner + size)).all(axis=1).sum())

    boxes, is_right = twin._scene.boxes[look.stay[: look.num_shown]], look.kinds == model.RIGHT
    trees = twin._scene.trees
    expected = [trees[look.is_found], trees[~look.is_found], boxes[~is_right], boxes[is_right]]
    assert drawn == [in_view(each) for each in expected]
    styles = lines.evaluate_all(
        "(paths) => paths.map(getComputedStyle).map(style => style.strokeDasharray + style.strokeWidth)"
    )
    assert len(set(styles)) == 4, "they are told apart without colours"
    counts = view.root.locator(".detect-legend b").all_text_contents()
    assert [int(count) for count in counts] == [
        int(is_right.sum()),
        int((~is_right).sum()),
        *map(len, expected[1::-1]),
    ]
    expect(view.root.locator(".detect-tag")).to_contain_text("✓")
    expect(view.root.locator(".detect-number b").last).to_have_text(f"{look.average_precision:.2f}")


def test_a_suppressed_box_is_shown_with_the_one_that_suppresses_it(
    notebook: Notebook, view: ExplorerView, twin: Detections
) -> None:
    suppressed = int(np.flatnonzero(_look(twin._scene, notebook.state_of(view)).by != model.NOBODY)[0])
    view.exact("box").fill(str(suppressed + 1))
    assert "is suppressed" in view.sentence()
    expect(view.root.locator(".detect-tag")).to_contain_text("suppressed")
    assert view.root.locator(".detect-partner").get_attribute("d")
    notebook.agreed_state(view)


def test_without_a_box_there_is_no_precision(notebook: Notebook, view: ExplorerView) -> None:
    put(notebook, view, score_at_least=0.99, overlap_at_most=1)
    if "No box" not in view.sentence():
        pytest.fail("the made-up scores are expected to stay below 0.99")
    expect(view.root.locator(".detect-number b").first).to_have_text("–")
    assert not view.root.locator(".detect-curve circle").is_visible()
    part(view).press("ArrowRight")
    notebook.agreed_state(view)


def test_the_curve_of_the_start_stays_for_comparison(view: ExplorerView) -> None:
    start = view.root.get_by_text("at the start")
    assert not start.is_visible()
    view.button("Strict matching").click()
    view.drawn()
    assert start.is_visible()
