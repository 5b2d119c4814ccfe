"""The optimiser race in a real browser: start, rates, play and scrub, by mouse and by keyboard, to the last digit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect

from course_utils.explorers import OptimiserRace
from tests.browser.lab import ExplorerView, Notebook, Server, running
from tests.explorer_samples import random_state


@pytest.fixture(scope="module")
def notebook(server: Server, browser: BrowserContext) -> Iterator[Notebook]:
    with running(
        browser, server, "race", "from course_utils import explorers\ne = explorers.OptimiserRace()\ne"
    ) as notebook:
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> ExplorerView:
    return notebook.fresh_explorer("optimiser_race")


def cells(view: ExplorerView, row: int) -> list[str]:
    view.sentence()
    return view.root.locator(".race-table tbody tr").nth(row).locator("td").all_inner_texts()


def random_race(seed: int) -> dict[str, Any]:
    """All seven at random rates, even in the logarithm, for a long way: some go wild, and none may differ."""
    rng = np.random.default_rng(seed)
    state = random_state(OptimiserRace.fields, rng)
    rates = np.round(10 ** rng.uniform(-3, 0.7, 7), 4).tolist()
    noise = float(rng.choice([0.0, 0.5, 3.0]))
    return {**state, "rates": rates, "step": int(rng.integers(1, 301)), "noise": noise}


def test_the_browser_runs_the_same_race_as_numpy_to_the_last_bit(
    notebook: Notebook, view: ExplorerView
) -> None:
    for seed in range(24):
        state = random_race(seed)
        ends = view.root.evaluate(
            """(root, state) => { root.explorer.set(state);
                return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(
                    [root.querySelector('.course-sentence').textContent,
                     [...root.querySelectorAll('.race-table tbody td')].map(cell => cell.textContent)])))); }""",
            state,
        )
        explorer = OptimiserRace(**state)
        assert ends[0] == explorer.describe(explorer.state), state
        assert "NaN" not in json.dumps(ends)
    notebook.agreed_state(view)


def test_the_start_is_dragged_clicked_and_moved_by_keys(notebook: Notebook, view: ExplorerView) -> None:
    view.drag(view.handle("start"), 60, -50)
    state = notebook.agreed_state(view)
    assert state["x"] > -2.2
    assert state["y"] > -1
    surface = view.root.locator(".course-surface")
    box = surface.bounding_box()
    assert box
    surface.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.25})
    state = notebook.agreed_state(view)
    assert (state["x"], state["y"]) == pytest.approx((1.5, 1), abs=0.03)
    view.handle("start").press("ArrowLeft")
    view.handle("start").press("Shift+ArrowUp")
    moved = notebook.agreed_state(view)
    assert (moved["x"], moved["y"]) == pytest.approx((state["x"] - 0.05, state["y"] + 0.5))
    for _ in range(3):
        view.handle("start").press("Shift+ArrowUp")
    assert notebook.agreed_state(view)["y"] == 2, "the start stays in the picture"
    assert "x 1.4" in (view.handle("start").get_attribute("aria-valuetext") or "")


def test_play_runs_and_pauses_and_the_steps_can_be_scrubbed(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Ravine").click()
    assert view.state()["step"] == 0
    view.button("Play").click()
    notebook.page.wait_for_function(
        "() => document.querySelector('[data-explorer=\"optimiser_race\"]').explorer.state.step > 15"
    )
    view.button("Pause").click()
    reached = notebook.agreed_state(view)["step"]
    notebook.page.wait_for_timeout(200)
    assert view.state()["step"] == reached
    view.root.get_by_role("button", name="one step on").click()
    view.root.get_by_role("button", name="one step on").press("Enter")
    view.root.get_by_role("button", name="one step back").click()
    assert notebook.agreed_state(view)["step"] == reached + 1
    view.root.get_by_role("button", name="on to the end").click()
    assert notebook.agreed_state(view)["step"] == 300
    expect(view.root.get_by_role("button", name="one step on")).to_be_disabled()
    view.field("step").press("ArrowLeft")
    assert notebook.agreed_state(view)["step"] == 299


def test_who_races_with_which_rate(notebook: Notebook, view: ExplorerView) -> None:
    assert [text == "–" for text in cells(view, 1)] == [False, False, True, True, True, False, True]
    view.root.locator('[data-field="optimisers"][value="adagrad"]').press("Space")
    view.root.locator('[data-field="optimisers"][value="sgd"]').click()
    assert notebook.agreed_state(view)["optimisers"] == ["momentum", "adagrad", "adam"]
    assert cells(view, 1)[3] != "–"
    rate = view.root.locator('[data-rate="adam"]')
    rate.fill("0.5")
    assert notebook.agreed_state(view)["rates"][5] == 0.5
    rate.press("ArrowUp")
    assert notebook.agreed_state(view)["rates"][5] == pytest.approx(0.51)
    rate.fill("99")
    rate.press("Tab")
    assert notebook.agreed_state(view)["rates"][5] == 5, "held at the limit"


def test_a_rate_too_large_is_told(notebook: Notebook, view: ExplorerView) -> None:
    view.button("Rate too large").click()
    view.root.get_by_role("button", name="on to the end").click()
    notebook.agreed_state(view)
    assert view.sentence().endswith("Diverged: SGD.")
    assert (cells(view, 1)[0], cells(view, 2)[0]) == ("diverged", "at step 168")


@pytest.mark.parametrize(
    ("field", "optimiser"),
    [
        ("momentum", "nesterov"),
        ("rho", "rmsprop"),
        ("beta_1", "adam"),
        ("beta_2", "adamw"),
        ("decay", "adamw"),
    ],
)
def test_a_setting_counts_where_an_optimiser_uses_it(
    notebook: Notebook, view: ExplorerView, field: str, optimiser: str
) -> None:
    notebook.state_of(view)  # the kernel has learned of the reset
    notebook.evaluate("e.set(optimisers=['sgd'])")
    expect(view.field(field)).to_be_disabled()
    notebook.evaluate(f"e.set(optimisers=[{optimiser!r}])")
    expect(view.field(field)).to_be_enabled()
    before = view.sentence()
    for _ in range(5):
        view.field(field).press("ArrowRight" if field == "decay" else "ArrowLeft")
    notebook.agreed_state(view)
    assert view.sentence() != before


def test_noise_wakes_its_seed(notebook: Notebook, view: ExplorerView) -> None:
    expect(view.field("seed")).to_be_disabled()
    view.field("noise").press("ArrowRight")
    before = view.sentence()
    expect(view.field("seed")).to_be_enabled()
    view.field("seed").press("ArrowRight")
    assert notebook.agreed_state(view)["seed"] == 1
    assert view.sentence() != before


def test_paths_and_ground_follow_the_surface(notebook: Notebook, view: ExplorerView) -> None:
    def seen() -> tuple[str, str]:
        view.sentence()
        return view.root.evaluate(
            "(root) => [root.querySelector('canvas').toDataURL(), root.querySelector('.race-trail').getAttribute('d')]"
        )

    before = seen()
    view.field("surface").select_option("valleys")
    after = seen()
    assert before[0] != after[0]
    assert before[1] != after[1]
    view.field("measure").select_option("distance")
    notebook.agreed_state(view)
    expect(view.root.get_by_text("distance over the steps")).to_be_visible()
