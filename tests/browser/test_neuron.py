"""What is special about the neuron: its arrow is seen whole and stays under the hand, the line keeps its distance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator

from tests.browser.lab import ExplorerView, Notebook, Server, running

ARROW = "weights, the arrow across the line"
LINE = "line where z is 0, moves the bias"
FLOWERS = """
from course_utils import datasets, explorers
flowers = datasets.table("iris").select(["petal length", "petal width"], ["setosa", "versicolor"])
"""


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    """The gates in the variable e, lesson 02's flowers in f."""
    cells = [
        "e = explorers.Neuron()\ne",
        "f = explorers.Neuron(flowers.features, flowers.labels, w1=1, w2=1, b=-5)\nf",
    ]
    with running(browser, server, "neuron", FLOWERS, *cells) as notebook:
        yield notebook


def box(part: Locator) -> dict[str, float]:
    place = part.bounding_box()
    assert place
    return dict(place)


def middle(part: Locator) -> tuple[float, float]:
    place = box(part)
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def assert_inside(view: ExplorerView, part: Locator) -> None:
    """Both ends of the arrow lie in the coloured plane."""
    plane, seen = box(view.root.locator("canvas").first), box(part)
    for start, size in (("x", "width"), ("y", "height")):
        assert plane[start] <= seen[start]
        assert seen[start] + seen[size] <= plane[start] + plane[size]


@pytest.mark.parametrize(("nth", "variable"), [(0, "e"), (1, "f")])
@pytest.mark.parametrize(
    "state", [{}, {"b": -10}, {"b": 10}, {"w1": 5, "w2": 5}, {"w1": -5, "w2": 4, "b": -3}]
)
def test_the_arrow_is_seen_whole_wherever_the_line_lies(
    notebook: Notebook, nth: int, variable: str, state: dict[str, float]
) -> None:
    view = notebook.explorer("neuron", nth)
    view.reset()
    notebook.state_of(view, variable)
    notebook.evaluate(f"{variable}.set(**{state})")
    notebook.agreed_state(view, variable)
    assert_inside(view, view.handle(ARROW))
    assert_inside(view, view.root.locator('line[stroke="var(--course-purple)"]'))


@pytest.mark.parametrize(("dx", "dy"), [(40, -60), (-90, 40), (60, 90)])
def test_the_tip_stays_under_the_hand_and_the_arrow_on_its_line(notebook: Notebook, dx: int, dy: int) -> None:
    view = notebook.fresh_explorer("neuron")
    tip = view.handle(ARROW)
    start = middle(tip)
    view.drag(tip, dx, dy)
    assert middle(view.handle(ARROW)) == pytest.approx((start[0] + dx, start[1] + dy), abs=1.5)
    state = notebook.agreed_state(view, "e")
    foot = view.root.locator('line[stroke="var(--course-purple)"]').evaluate(
        """(shaft) => {
            const box = shaft.ownerSVGElement.querySelector('clipPath rect');
            const share = (name, side, at) => (at - box.getAttribute(name)) / box.getAttribute(side);
            return [share('x', 'width', shaft.getAttribute('x1')), share('y', 'height', shaft.getAttribute('y1'))];
        }"""
    )
    x1, x2 = -0.5 + 2 * foot[0], 1.5 - 2 * foot[1]
    assert state["w1"] * x1 + state["w2"] * x2 + state["b"] == pytest.approx(0, abs=0.02)


def test_a_line_taken_beside_its_middle_does_not_jump(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("neuron")
    x, y = middle(view.root.locator("canvas").first)
    grip = view.root.locator(f'[aria-label="{LINE}"]')
    at = grip.evaluate(  # the point of the line in this height, and a few pixels beside
        """(grip, y) => {
            const [x1, y1, x2, y2] = ['x1', 'y1', 'x2', 'y2'].map((name) => Number(grip.getAttribute(name)));
            const toPage = grip.getScreenCTM();
            const inside = (y - toPage.f) / toPage.d;
            return toPage.a * (x1 + ((inside - y1) / (y2 - y1)) * (x2 - x1)) + toPage.e; }""",
        y,
    )
    before = notebook.state_of(view, "e")["b"]
    notebook.page.mouse.move(at + 6, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(at + 7, y)
    notebook.page.mouse.up()
    assert abs(notebook.agreed_state(view, "e")["b"] - before) <= 0.011


def test_a_wrong_point_has_a_cross_besides_its_red_rim(notebook: Notebook) -> None:
    view = notebook.fresh_explorer("neuron")
    crosses = view.root.locator("path.course-wrong:visible")
    assert crosses.count() == 2
    view.button("AND").click()
    view.drawn()
    wrong = view.root.locator('path[stroke="var(--course-red)"]')
    assert crosses.count() == wrong.count() == 2
    assert {tuple(map(round, middle(cross))) for cross in crosses.all()} == {
        tuple(map(round, middle(point))) for point in wrong.all()
    }
    view.exact("b").fill("-1.5")
    view.exact("b").press("Enter")
    view.drawn()
    assert crosses.count() == wrong.count() == 0
