"""The playground's network in the browser is its NumPy twin: points, weights, training, losses, pictures, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page

from course_utils.explorers.engine.linker import link
from course_utils.explorers.models import playground as model
from course_utils.explorers.models.playground import Network
from tests.playground_settings import DEFAULT, varied

SETTINGS = [DEFAULT, *(varied(seed) for seed in range(20))]
EXPORTS = "window.playground = {PlaygroundNetwork, playgroundData, featurePicture, pointsFromCsv};"


@pytest.fixture(scope="module")
def page(browser: BrowserContext) -> Iterator[Page]:
    """A bare page with the linked module."""
    page = browser.new_page()
    page.add_script_tag(content=f"{link('playground_network')}\n{EXPORTS}", type="module")
    page.wait_for_function("() => window.playground")
    yield page
    page.close()


def in_browser(page: Page, settings: dict[str, Any], body: str) -> Any:
    """What ``body`` returns; it knows the settings ``s`` and a new network ``n``."""
    return page.evaluate(
        "s => { const n = new playground.PlaygroundNetwork(s); const list = array => Array.from(array);"
        + body
        + "}",
        settings,
    )


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("settings", SETTINGS)
def test_points_split_and_first_weights_are_the_same(page: Page, settings: dict[str, Any]) -> None:
    network = Network(settings)
    found = in_browser(
        page,
        settings,
        """const {x, y, target, order, numTraining} = playground.playgroundData(s);
        return {x: list(x), y: list(y), target: list(target), order: list(order), numTraining,
            sizes: n.sizes, weights: n.weights()};""",
    )
    made = network.points
    for name in ("x", "y", "target", "order"):
        np.testing.assert_array_equal(found[name], getattr(made, name))
    assert found["numTraining"] == made.num_training
    assert found["sizes"] == network.sizes
    close(found["weights"], network.weights())


@pytest.mark.parametrize("settings", SETTINGS)
def test_twenty_epochs_lead_to_the_same_network(page: Page, settings: dict[str, Any]) -> None:
    network = Network(settings)
    network.train(20)
    found = in_browser(
        page,
        settings,
        """n.train(20);
        const {layers, output} = n.unitPictures(9, 13);
        return {epoch: n.epoch, weights: n.weights(), losses: n.losses(), penalty: n.penalty(), diverged: n.diverged,
            layers: layers.map(units => units.map(list)), output: list(output), answer: n.predict(1.25, -3.5)};""",
    )
    losses = network.losses()
    layers, output = network.unit_pictures(9, 13)
    assert found["epoch"] == network.epoch == 20
    assert found["diverged"] is network.diverged is False
    close(found["weights"], network.weights())
    for name, value in zip(
        ("training", "test", "trainingAccuracy", "testAccuracy"), vars(losses).values(), strict=True
    ):
        assert found["losses"][name] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9))
    close(found["penalty"], network.penalty())
    for units, expected in zip(found["layers"], layers, strict=True):
        close(units, expected.reshape(len(expected), -1))
    close(found["output"], output.ravel())
    close(found["answer"], network.predict(1.25, -3.5))


def test_single_steps_and_a_saved_state(page: Page) -> None:
    settings = DEFAULT | {"batch_size": 7}
    network = Network(settings)
    network.train(2)
    for _ in range(5):
        network.train_one_step()
    found = in_browser(
        page,
        settings,
        """n.train(2); for (let i = 0; i < 5; i += 1) n.trainOneStep();
        const other = new playground.PlaygroundNetwork(s);
        other.load(n.weights(), n.epoch, n.step);
        const saved = [n.epoch, n.step, n.weights()];
        n.trainEpoch(); other.trainEpoch();
        return {saved, straight: n.weights(), resumed: other.weights(), epochs: [n.epoch, other.epoch]};""",
    )
    assert found["saved"][:2] == [network.epoch, network.step] == [2, 5]
    close(found["saved"][2], network.weights())
    network.train(1)
    assert found["epochs"] == [3, 3]
    assert found["resumed"] == found["straight"]
    close(found["straight"], network.weights())


def test_weights_are_read_and_edited_one_by_one(page: Page) -> None:
    network = Network(DEFAULT)
    network.kernels[1][3, 0], network.biases[0][2] = 2.5, -1.25
    found = in_browser(
        page,
        DEFAULT,
        """const before = n.weight(0, 1, 2);
        n.setWeight(1, 3, 0, 2.5); n.setBias(0, 2, -1.25);
        return {before, after: [n.weight(1, 3, 0), n.bias(0, 2)], weights: n.weights(),
            signals: n.signalsAt(2, -1)};""",
    )
    close(found["before"], network.kernels[0][1, 2])
    assert found["after"] == [2.5, -1.25]
    close(found["weights"], network.weights())
    hidden = np.tanh(np.array([2, -1]) @ network.kernels[0] + network.biases[0])
    assert [len(signals) for signals in found["signals"]] == [2, 4, 2, 1]
    close(found["signals"][0], [2, -1])
    close(found["signals"][1], hidden)
    close(found["signals"][3], [network.predict(2, -1)])


def test_settings_change_while_training_goes_on(page: Page) -> None:
    """New rate, batches, penalty and points leave the weights; another network is refused."""
    changed = DEFAULT | {
        "learning_rate": 0.1,
        "batch_size": 5,
        "regularisation": "l2",
        "data": "xor",
        "seed": 8,
    }
    found = page.evaluate(
        """([first, changed, wider]) => { const n = new playground.PlaygroundNetwork(first);
        n.train(2); const before = n.weights();
        const taken = [n.update(changed), n.update(wider)];
        const kept = n.weights(); n.train(2);
        return {before, taken, kept, after: n.weights(), epoch: n.epoch}; }""",
        [DEFAULT, changed, changed | {"layers": [5, 2]}],
    )
    assert found["taken"] == [True, False]
    assert found["kept"] == found["before"]
    network = Network(changed)
    network.load(found["before"], epoch=2)
    network.train(2)
    assert found["epoch"] == 4
    close(found["after"], network.weights())


def test_training_by_the_clock_ends_with_an_epoch(page: Page) -> None:
    found = in_browser(
        page, DEFAULT, "return [n.trainFor(0), n.epoch, n.trainFor(1e6, 3), n.epoch, n.trainFor(5), n.step];"
    )
    assert found[:4] == [1, 1, 3, 4]
    assert found[4] >= 1
    assert found[5] == 0


def test_divergence_is_noticed(page: Page) -> None:
    settings = DEFAULT | {"task": "regression", "activation": "linear", "learning_rate": 10.0}
    assert in_browser(
        page, settings, "const first = n.diverged; n.train(100); return [first, n.diverged];"
    ) == [
        False,
        True,
    ]


def test_features_have_pictures(page: Page) -> None:
    x, y = model.pixel_middles(8)
    for name, feature in model.FEATURES.items():
        picture = page.evaluate("name => Array.from(playground.featurePicture(name, 8))", name)
        np.testing.assert_allclose(picture, feature(x, y).ravel(), rtol=1e-9, atol=1e-9)


# ---- points from a file --------------------------------------------------------------------------------


def from_csv(page: Page, text: str, task: str = "classification") -> dict[str, Any]:
    """Points and note, or the error's sentence."""
    return page.evaluate(
        """([text, task]) => { try { return playground.pointsFromCsv(text, task); }
        catch (error) { return {error: error.message}; } }""",
        [text, task],
    )


@pytest.mark.parametrize(
    "text",
    [
        "x,y,target\n1.5,2,-1\n-3,0.5,1\n",
        "1.5,2,-1\n-3,0.5,1",
        "1.5;2;-1\r\n-3;0.5;1\r\n",
        "x\ty\tclass\n1,5\t2\t-1\n\n-3\t0,5\t1\n",
        '\ufeff"x";"y";"target"\n"1,5";"2";"-1.0"\n" -3 ";0,5;1e0\n',
    ],
)
def test_files_of_many_kinds_are_read(page: Page, text: str) -> None:
    assert from_csv(page, text) == {"points": [[1.5, 2, -1], [-3, 0.5, 1]], "note": ""}


def test_columns_that_leave_the_plane_are_stretched_over_it(page: Page) -> None:
    found = from_csv(page, "10,0.2,0\n20,0.1,0\n30,0.4,1\n", "classification")
    assert found["points"] == [[-5, -1.6667, -1], [0, -5, -1], [5, 5, 1]]
    assert "x from 10 to 30 was stretched to −5 to 5." in found["note"]
    assert "y from 0.1 to 0.4 was stretched to −5 to 5." in found["note"]
    assert "Class “0” became −1, class “1” became +1." in found["note"]
    assert from_csv(page, "7,2,1\n7,3,-1\n")["points"] == [[0, 2, 1], [0, 3, -1]]


def test_classes_may_have_names(page: Page) -> None:
    found = from_csv(page, "x,y,who\n1,2,cat\n2,3,dog\n3,4,cat\n")
    assert [row[2] for row in found["points"]] == [-1, 1, -1]
    assert found["note"] == "Class “cat” became −1, class “dog” became +1."


def test_targets_of_regression_are_scaled(page: Page) -> None:
    assert from_csv(page, "1,2,0.5\n2,3,-0.25\n", "regression") == {
        "points": [[1, 2, 0.5], [2, 3, -0.25]],
        "note": "",
    }
    found = from_csv(page, "1,2,100\n2,3,300\n2,3,150\n", "regression")
    assert [row[2] for row in found["points"]] == [-1, 1, -0.5]
    assert found["note"] == "The target from 100 to 300 was scaled to −1 to 1."


def test_two_thousand_rows_fit_and_no_more(page: Page) -> None:
    rows = [f"{i % 5},{i % 7 - 3},{i % 2}" for i in range(model.MOST_POINTS + 1)]
    assert len(from_csv(page, "\n".join(rows[:-1]))["points"]) == model.MOST_POINTS
    assert "2001 rows; at most 2000 fit" in from_csv(page, "\n".join(rows))["error"]


@pytest.mark.parametrize(
    ("text", "task", "said"),
    [
        ("", "classification", "no rows"),
        ("x,y,target\n", "classification", "no rows"),
        ("1,2,1\n", "classification", "one row"),
        ("x,y,target\n1,2,1\n1,2\n", "classification", "Row 3 has 2 columns; three are needed"),
        ("1 2 1\n2 3 1\n", "classification", "three are needed"),
        ("1,2,1\n\nNaN,2,-1\n", "classification", "Row 3: x is “NaN”, which is not a number"),
        ("nan,2,1\n1,2,-1\n", "classification", "Row 1: x is “nan”"),
        ("1,2,1\n1,Infinity,-1\n", "classification", "Row 2: y is “Infinity”"),
        ("1,two,1\n1,2,-1\n", "classification", "Row 1: y is “two”"),
        ("1,2,1\n1,,-1\n", "classification", "Row 2: y is “”"),
        ("1,2,1\n1,2,nan\n", "classification", "Row 2: the target is “nan”"),
        ("1,2,0\n1,2,1\n3,3,1\n3,4,2\n", "classification", "Row 4 has a third class, “2”"),
        ("1,2,1\n1,2,1.0\n", "classification", "All targets are “1”"),
        ("1,2,high\n1,2,0.5\n", "regression", "Row 1: the target is “high”"),
    ],
)
def test_files_that_cannot_be_read_say_where_and_why(page: Page, text: str, task: str, said: str) -> None:
    assert said in from_csv(page, text, task)["error"]
