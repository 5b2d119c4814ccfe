"""Views come and go: two views of one explorer, and a view that is gone before its answer is there."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.lab import Notebook

SLOW_PICTURE = """
import time
from course_utils import explorers
from course_utils.explorers.engine import Number

def build(axes, palette):
    (line,) = axes.plot([0, 1], [0, 1])

    def update(speed):
        time.sleep(0.4)
        line.set_ydata([0, speed])
        return [line], f"The speed is {speed}."

    return update

picture = explorers.Picture(build, title="Slow", controls={"speed": Number(default=1, low=0, high=5, label="speed")})
picture
"""
CLEAR_CELL = """() => { jupyterapp.shell.currentWidget.content.activeCellIndex = %d;
    return jupyterapp.commands.execute('notebook:clear-cell-output'); }"""


def test_two_views_of_one_explorer_move_together(run_cells: Callable[..., Notebook]) -> None:
    notebook = run_cells("from course_utils import explorers\ne = explorers.Neuron()\ne", "e")
    first, second = (notebook.explorer("neuron", nth) for nth in (0, 1))
    first.field("w1").focus()
    first.field("w1").press("ArrowRight")
    assert second.sentence() == first.sentence()
    assert second.state() == first.state()
    stills = notebook.page.locator(".course-still")
    assert stills.count() == 2
    assert stills.locator("visible=true").count() == 0, "a still picture stands beside its live explorer"

    notebook.page.evaluate(CLEAR_CELL % 0)
    stills.nth(1).wait_for(state="detached")
    assert stills.locator("visible=true").count() == 0, "the view that is left still lives"
    notebook.explorer("neuron").field("w1").press("ArrowRight")
    assert notebook.explorer("neuron").sentence() != ""


def test_a_view_may_go_while_its_answer_is_on_the_way(run_cells: Callable[..., Notebook]) -> None:
    notebook = run_cells(SLOW_PICTURE, theme="dark")
    view = notebook.explorer("picture")
    view.settled()
    shown, drawn = view.root.locator("canvas").evaluate("canvas => [canvas.clientWidth, canvas.width]")
    assert shown * notebook.page.evaluate("devicePixelRatio") == drawn, "stretched letters are blurred"
    known = notebook.evaluate("picture.view")
    view.field("speed").focus()
    view.field("speed").press("ArrowRight")
    notebook.page.evaluate(CLEAR_CELL % 0)
    view.root.wait_for(state="detached")
    notebook.page.wait_for_timeout(1000)
    assert (
        notebook.evaluate("picture.answer['sentence']")
        == f"The speed is {notebook.evaluate('picture.state')['speed']}."
    )
    assert notebook.evaluate("picture.view") == known, "a view that is gone asked for another picture"


def test_a_high_contrast_mode_leaves_pictures_their_colours(run_cells: Callable[..., Notebook]) -> None:
    """Else axis labels stand dark on black: the system replaces the paper, but not what is drawn on it."""
    notebook = run_cells("from course_utils import explorers\nexplorers.Neuron()")
    notebook.page.emulate_media(forced_colors="active", color_scheme="dark")
    view = notebook.explorer("neuron")
    paper = view.root.evaluate("root => getComputedStyle(root).backgroundColor")
    label = view.root.locator(".course-grid text").first.evaluate("text => getComputedStyle(text).fill")
    assert (paper, label) == ("rgb(255, 255, 255)", "rgb(87, 96, 106)")
