"""The architecture explorer in a real browser: counts are Python's, blocks are chosen, changed, moved and removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from course_utils.explorers.architectures import MOST_BLOCKS, Architecture, network_state
from course_utils.explorers.models import architectures as model
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import random_state

CHAIN: list[Any] = [["conv", 3, 1, 1, 8, 1], ["basic", 16, 2], ["max", 2, 2, 0], ["dense", 10]]
OWN = {"layers": CHAIN, "side": 32, "channels": 3, "norm": "bias", "selected": 1, "part": 0}


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    cells = ("from course_utils import explorers", "e = explorers.Architecture()\ne")
    with running(browser, server, "architectures", *cells) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("architecture")


@pytest.fixture
def own(notebook: Notebook, view: ExplorerView) -> ExplorerView:
    """The explorer with a short chain of one's own."""
    show(notebook, view, OWN)
    return view


def show(notebook: Notebook, view: ExplorerView, state: dict[str, Any]) -> None:
    notebook.state_of(view)
    notebook.evaluate(f"e.set(**{state!r})")
    notebook.agreed_state(view)


def diagram(view: ExplorerView) -> Locator:
    return view.handle("block of the network; up and down choose a layer in it")


def inside(view: ExplorerView) -> Locator:
    return view.handle("layer in the block, 0 for all of it")


def click_at(view: ExplorerView, target: Locator, x: float, y: float = 0.5) -> None:
    """Click at shares of an element's width and height."""
    box = target.bounding_box()
    assert box, "it is not visible"
    target.click(position={"x": x * box["width"], "y": y * box["height"]})
    view.drawn()


def captions(view: ExplorerView) -> list[str]:
    view.drawn()
    return view.root.locator(".arch-diagram .arch-caption").all_text_contents()


def arithmetic(view: ExplorerView) -> list[str]:
    view.drawn()
    return view.root.locator(".arch-formula-told").all_text_contents()


def expected_captions(state: dict[str, Any]) -> list[str]:
    found = ["input", f"{state['side']}²", str(state["channels"])]
    for block in model.count_blocks(state["side"], state["channels"], state["norm"], state["layers"]):
        found.append(model.KINDS[block.row[0]].short)  # type: ignore[index]
        if block.after:
            found += ["" if block.after.flat else f"{block.after.size}²", str(block.after.channels)]
    return found


# ---- what is shown is what Python counts ------------------------------------------------------------------


def test_random_chains_are_drawn_as_python_counts_them(notebook: Notebook, view: ExplorerView) -> None:
    rng = np.random.default_rng(4)
    for _ in range(12):
        state = random_state(Architecture.fields, rng)
        show(notebook, view, state)
        assert captions(view) == expected_captions(state)


def test_every_published_network_is_told_as_python_tells_it(notebook: Notebook, view: ExplorerView) -> None:
    chooser = view.root.get_by_label("network to begin with")
    for name, network in model.NETWORKS.items():
        chooser.select_option(name)
        state = notebook.agreed_state(view)
        assert {key: state[key] for key in network_state(name)} == network_state(name)
        assert view.sentence().startswith(network.name)
        assert captions(view) == expected_captions(state)


def test_the_arithmetic_has_the_numbers_put_in(notebook: Notebook, view: ExplorerView) -> None:
    show(notebook, view, network_state("vgg16") | {"selected": 4, "part": 0})
    assert arithmetic(view) == [
        "112 × 112 × 128", "⌊(112 + 2·1 − 3)/1⌋ + 1 = 112", "3²·64·128 + 128 = 73,856",
        "3²·64·128·112² = 924,844,032", "6 + (3 − 1)·2 = 10", "2·1 = 2",
    ]  # fmt: skip
    show(notebook, view, {"selected": 19})
    assert arithmetic(view)[1:3] == ["every unit sees all 7 × 7 × 512", "7·7·512·4,096 + 4,096 = 102,764,544"]
    show(notebook, view, network_state("googlenet") | {"selected": 6})
    assert arithmetic(view)[:2] == ["28 × 28 × 256", "channels 64 + 128 + 32 + 32 = 256"]
    assert arithmetic(view)[4] == "largest of 27, 43, 59 = 59"
    view.button("Size 0").click()
    assert arithmetic(view) == ["it does not fit", "–", "–", "–", "–", "–"]


def test_bars_are_as_wide_as_the_shares(notebook: Notebook, own: ExplorerView) -> None:
    counts = [block.counts for block in model.count_blocks(32, 3, "bias", CHAIN)]
    for place, name in enumerate(("parameters", "multiply_adds")):
        shares = np.array([getattr(each, name) for each in counts]) / getattr(
            model.total(model.count_blocks(32, 3, "bias", CHAIN)), name
        )
        segments = own.root.locator(".arch-bar").nth(place).locator(".arch-segment")
        widths = segments.evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
        assert np.asarray(widths) / sum(widths) == pytest.approx(shares, abs=0.003)


# ---- choosing --------------------------------------------------------------------------------------------


def test_a_block_is_chosen_by_click_by_bar_and_by_keys(notebook: Notebook, own: ExplorerView) -> None:
    click_at(own, diagram(own), 0.5)  # input and four blocks stand around the middle: the second block
    assert notebook.agreed_state(own)["selected"] == 2
    diagram(own).press("ArrowDown")
    diagram(own).press("ArrowDown")
    assert notebook.agreed_state(own)["part"] == 2
    assert diagram(own).get_attribute("aria-valuetext") == "res 1, layer 2 of 3: 16 × 16 × 16"
    diagram(own).press("ArrowRight")
    state = notebook.agreed_state(own)
    assert (state["selected"], state["part"]) == (3, 0)
    click_at(own, own.root.locator(".arch-bar").first, 0.97)
    assert notebook.agreed_state(own)["selected"] == 4
    diagram(own).press("ArrowRight")
    assert notebook.agreed_state(own)["selected"] == 4, "the last block stays the last"


def test_a_layer_in_a_block_is_chosen_by_click_and_by_keys(notebook: Notebook, own: ExplorerView) -> None:
    diagram(own).press("ArrowRight")
    own.drawn()
    expect(own.root.locator(".arch-inside .arch-node")).to_have_count(3)
    click_at(own, inside(own), 0.44, 0.32)
    assert notebook.agreed_state(own)["part"] == 2
    assert arithmetic(own)[2] == "3²·16·16 + 16 = 2,320"
    inside(own).press("ArrowRight")
    assert notebook.agreed_state(own)["part"] == 3
    assert arithmetic(own)[2] == "1²·8·16 + 16 = 144"
    click_at(own, inside(own), 0.95, 0.1)
    assert notebook.agreed_state(own)["part"] == 0


def test_the_field_follows_pointer_and_keys(notebook: Notebook, own: ExplorerView) -> None:
    diagram(own).press("ArrowRight")
    picture = own.root.get_by_label("receptive field on the picture")
    click_at(own, picture, 0.2, 0.8)
    state = notebook.agreed_state(own)
    assert state["x"] < 0.25 < 0.75 < state["y"]
    told = own.root.locator(".arch-field p")
    before = told.all_text_contents()
    picture.press("ArrowRight")
    assert notebook.agreed_state(own)["x"] == pytest.approx(state["x"] + 1 / 16, abs=1e-3)
    assert told.all_text_contents()[0] == before[0]
    assert told.all_text_contents()[1] != before[1]
    for _ in range(20):
        picture.press("ArrowUp")
    assert notebook.agreed_state(own)["y"] == pytest.approx(0.5 / 16, abs=1e-3)
    expect(told.first).to_have_text("rows −4 … 4")


# ---- changing --------------------------------------------------------------------------------------------


def test_numbers_and_kinds_are_changed(notebook: Notebook, own: ExplorerView) -> None:
    kernel = own.root.get_by_label("kernel of the block")
    kernel.fill("5")
    kernel.press("Enter")
    assert notebook.agreed_state(own)["layers"][0] == ["conv", 5, 1, 1, 8, 1]
    own.root.get_by_label("kind of the block").select_option("max")
    assert notebook.agreed_state(own)["layers"][0] == ["max", 5, 1, 1], "what both kinds have is kept"
    own.root.get_by_label("kind of the block").select_option("global")
    assert notebook.agreed_state(own)["layers"][0] == ["global"]
    expect(kernel).to_be_hidden()
    assert "it needs maps, and gets a list of 3 units" in own.sentence()
    expect(own.root.locator(".arch-misfit")).to_have_count(1)
    expect(own.root.locator(".arch-waiting")).to_have_count(2)


def test_blocks_are_copied_moved_and_removed(notebook: Notebook, own: ExplorerView) -> None:
    own.button("add a copy after the block").click()
    state = notebook.agreed_state(own)
    assert (state["layers"], state["selected"]) == ([CHAIN[0], *CHAIN], 2)
    own.button("move the block towards the output").press("Enter")
    state = notebook.agreed_state(own)
    assert (state["layers"], state["selected"]) == ([CHAIN[0], CHAIN[1], CHAIN[0], *CHAIN[2:]], 3)
    own.button("move the block towards the input").click()
    own.button("remove the block").click()
    state = notebook.agreed_state(own)
    assert (state["layers"], state["selected"]) == (CHAIN, 2)


def test_one_block_is_left_and_24_are_the_most(notebook: Notebook, own: ExplorerView) -> None:
    show(notebook, own, {"layers": [["max", 2, 1, 0]] * (MOST_BLOCKS - 1)})
    add, remove = own.button("add a copy after the block"), own.button("remove the block")
    add.click()
    own.drawn()
    expect(add).to_be_disabled()
    show(notebook, own, {"layers": CHAIN[:2], "selected": 2})
    remove.click()
    own.drawn()
    expect(remove).to_be_disabled()
    expect(own.button("move the block towards the input")).to_be_disabled()
    expect(own.button("move the block towards the output")).to_be_disabled()
    assert notebook.agreed_state(own)["layers"] == CHAIN[:1]
