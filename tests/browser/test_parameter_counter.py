"""The parameter counter in a real browser: counts are Python's, rows are edited, shared weights light up together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from course_utils.explorers.models import parameter_counts as model
from course_utils.explorers.parameters import LENET_1998, ParameterCounter
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import random_state


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    cells = ("from course_utils import explorers", "e = explorers.ParameterCounter()\ne")
    with running(browser, server, "parameters", *cells) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("parameter_counter")


def rows(view: ExplorerView) -> list[list[str]]:
    """Name, output, parameters and multiply-adds of the layers that are shown."""
    view.drawn()
    shown = view.root.locator(".count-table tbody tr:not(.count-hidden)")
    return shown.evaluate_all("""rows => rows.map(row => [row.querySelector('th'), row.querySelector('.count-shape'),
        ...row.querySelectorAll('.count-number span')].map(cell => cell.textContent))""")


def expected_rows(state: dict) -> list[list[str]]:
    counts = model.count_layers(state["input_side"], state["input_channels"], state["layers"])
    return [
        [each.name, "does not fit", "–", "–"]
        if each.problem
        else [
            each.name,
            " × ".join(map(str, each.shape or ())),
            f"{each.parameters + each.fixed:,}{' fixed' if each.fixed else ''}",
            f"{each.multiply_adds:,}",
        ]
        for each in counts
    ]


def lit(view: ExplorerView) -> list[int]:
    """How many lines are lit in each of the three drawings."""
    view.drawn()
    drawings = view.root.locator(".count-drawing")
    return [drawings.nth(i).locator(".count-lit").count() for i in range(3)]


def row(view: ExplorerView, i: int) -> Locator:
    return view.root.locator(".count-table tbody tr").nth(i)


def test_the_table_shows_what_python_counts(notebook: Notebook, view: ExplorerView) -> None:
    rng = np.random.default_rng(2)
    for _ in range(8):
        state = random_state(ParameterCounter.fields, rng) | {"view": "layers"}
        notebook.state_of(view)
        notebook.evaluate(f"e.set(**{state!r})")
        notebook.agreed_state(view)
        assert rows(view) == expected_rows(state)


def test_the_bars_show_what_python_counts(notebook: Notebook, view: ExplorerView) -> None:
    rng = np.random.default_rng(3)
    for _ in range(8):
        state = random_state(ParameterCounter.fields, rng) | {"view": "ways"}
        notebook.state_of(view)
        notebook.evaluate(f"e.set(**{state!r})")
        notebook.agreed_state(view)
        names = ("side", "channels", "units", "maps", "field", "biases")
        ways = model.three_ways(**{name: state[name] for name in names})
        told = view.root.locator(".count-told").all_text_contents()
        widths = view.root.locator(".count-bars rect[rx]").evaluate_all(
            "bars => bars.map(bar => Number(bar.getAttribute('width')))"
        )
        for text, width, count in zip(told, widths, (ways.fully, ways.local, ways.shared), strict=True):
            assert text.startswith(f"{count:,} ")
            assert text.endswith(model.memory(count))
            assert width == pytest.approx(np.log10(count) / 16 * 504, abs=3.1)


def test_lenet_5_stands_in_the_table(view: ExplorerView) -> None:
    view.button("LeNet-5 (1998)").click()
    assert [parameters for _, _, parameters, _ in rows(view)] == [
        "156", "12", "1,516", "32", "48,120", "10,164", "840 fixed",
    ]  # fmt: skip
    total = view.root.locator(".count-table tfoot .count-number")
    assert total.all_text_contents() == ["60,000+ 840 fixed", "328,096"]
    expect(view.root.get_by_role("img", name="60 of 96 pairs")).to_be_visible()
    view.button("LeNet today").click()
    expect(total.first).to_have_text("61,706")
    expect(view.root.get_by_text("60 of 96 pairs")).to_be_hidden()


def test_a_layer_is_edited_copied_and_removed(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Layer by layer").click()
    row(view, 0).get_by_label("side of the window of layer 1").fill("3")
    row(view, 0).get_by_label("feature maps or units of layer 1").fill("8")
    view.root.get_by_label("kind of layer 2").select_option("max")
    state = notebook.agreed_state(view)
    assert state["layers"][:2] == [["conv", 3, 8], ["max", 2, 1]]
    assert rows(view)[0][1:3] == ["30 × 30 × 8", "80"]
    assert rows(view)[2][1] == "does not fit", "C3's table is for six maps"
    assert "its table is for 6 maps, not 8" in view.sentence()
    expect(view.root.locator(".count-table tfoot .count-number").first).to_have_text("–")
    view.button("copy layer 1").press("Enter")
    assert notebook.agreed_state(view)["layers"][:3] == [["conv", 3, 8], ["conv", 3, 8], ["max", 2, 1]]
    view.button("remove layer 4").click()
    assert [kind for kind, _, _ in notebook.agreed_state(view)["layers"]] == [
        "conv", "conv", "max", "trained", "conv", "dense", "rbf",
    ]  # fmt: skip
    assert LENET_1998[0] == ["conv", 5, 6]


def test_one_layer_is_left_and_nine_are_the_most(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Layer by layer").click()
    for _ in range(2):
        view.button("copy layer 1").click()
        view.drawn()
    expect(view.button("copy layer 1")).to_be_disabled()
    for _ in range(8):
        view.button("remove layer 2").click()
        view.drawn()
    expect(view.button("remove layer 1")).to_be_disabled()
    assert notebook.agreed_state(view)["layers"] == [["conv", 5, 6]]


def test_what_a_kind_does_not_have_cannot_be_typed(view: ExplorerView) -> None:
    view.button("LeNet-5 (1998)").click()
    view.drawn()
    window, number = "side of the window of layer", "feature maps or units of layer"
    assert view.root.get_by_label(f"{number} 2").is_disabled(), "pooling keeps its maps"
    assert view.root.get_by_label(f"{number} 3").is_disabled(), "C3's table has 16"
    assert view.root.get_by_label(f"{window} 6").is_disabled(), "a fully connected layer has no window"
    assert view.root.get_by_label(f"{window} 3").is_enabled()


def test_controls_of_the_other_view_are_out_of_reach(notebook: Notebook, view: ExplorerView) -> None:
    assert view.field("side").is_enabled()
    assert view.field("input_side").is_disabled()
    view.button("Layer by layer").press("Enter")
    view.drawn()
    assert view.field("side").is_disabled()
    expect(view.field("side")).to_be_hidden()
    view.field("input_side").press("ArrowRight")
    view.field("input_channels").press("End")
    state = notebook.agreed_state(view)
    assert (state["view"], state["input_side"], state["input_channels"]) == ("layers", 33, 3)


def test_a_shared_weight_lights_up_wherever_it_stands(notebook: Notebook, view: ExplorerView) -> None:
    view.exact("field").fill("3")
    assert lit(view) == [1, 1, 6]
    view.button("look at weight c").press("Enter")
    assert notebook.agreed_state(view)["weight"] == "c"
    assert lit(view) == [1, 1, 6]
    view.button("look at weight c").click()
    assert lit(view) == [0, 0, 0]
    line = view.root.locator(".count-drawing").nth(2).locator(".count-touch").first
    line.dispatch_event("pointerenter")
    assert notebook.agreed_state(view)["weight"] == "a"
    assert lit(view) == [1, 1, 6]
    expect(view.button("look at weight d")).to_be_disabled()


def test_equal_weights_have_one_letter_dash_and_colour(view: ExplorerView) -> None:
    view.exact("field").fill("2")
    view.button("look at weight b").click()
    view.drawn()
    local, shared = (view.root.locator(".count-drawing").nth(i) for i in (1, 2))
    assert len(set(local.locator("text").all_text_contents())) == 14
    assert set(shared.locator("text").all_text_contents()) == {"a", "b"}
    looks = shared.locator("line:not(.count-touch)").evaluate_all(
        "lines => lines.map(line => line.getAttribute('stroke') + line.getAttribute('stroke-dasharray'))"
    )
    assert len(looks) == 14
    assert len(set(looks)) == 2
    expect(shared.locator(".count-foot")).to_have_text("14 lines, 2 numbers to learn")
    view.field("biases").check()
    expect(shared.locator(".count-foot")).to_have_text("14 lines, 3 numbers to learn")


def test_units_are_whole_numbers_on_the_log_slider(notebook: Notebook, view: ExplorerView) -> None:
    view.field("units").fill("37")
    units = notebook.agreed_state(view)["units"]
    assert isinstance(units, int)
    assert units == 71
