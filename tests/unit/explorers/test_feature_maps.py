"""Feature maps: receptive fields by changing pixels, strongest inputs by looking everywhere, pictures, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.explorers import FeatureMaps
from course_utils.explorers.models import feature_maps as model
from course_utils.explorers.models import small_network
from course_utils.explorers.models.small_network import Layer
from tests.explorer_samples import SAMPLES, make, random_state


@pytest.fixture(scope="module")
def sample() -> dict[str, Any]:
    """What the sample's code makes: network, pictures, labels, digit_names."""
    scope: dict[str, Any] = {}
    exec(SAMPLES["FeatureMaps"][0], scope)
    return scope


@pytest.fixture(scope="module")
def explorer() -> FeatureMaps:
    return make("FeatureMaps")


def linear(layers: list[Layer]) -> list[Layer]:
    """The same layers without what hides a change: every pooling takes means, no activation, positive weights."""
    return [
        Layer(
            layer.name,
            layer.kind.replace("max", "average"),
            layer.shape,
            window=layer.window,
            strides=layer.strides,
            padding=layer.padding,
            weights={name: np.abs(values) for name, values in layer.weights.items()},
        )
        for layer in layers
    ]


def test_a_value_changes_with_every_pixel_of_its_receptive_field_and_no_other(sample: dict[str, Any]) -> None:
    layers = linear(sample["network"])
    single_pixels = np.eye(400, dtype=np.float32).reshape(400, 20, 20)
    outputs = small_network.run(layers, single_pixels)
    blank = small_network.run(layers, np.zeros((1, 20, 20)))
    rng = np.random.default_rng(0)
    for place in model.shown_layers(layers):
        rows, columns, filters = model.map_shape(layers[place])
        for row, column in [(0, 0), (rows - 1, columns - 1), (rng.integers(rows), rng.integers(columns))]:
            shape = (-1, rows, columns, filters)
            change = (outputs[place].reshape(shape) - blank[place].reshape(shape))[:, row, column, 0]
            seen = (np.abs(change) > 1e-7).reshape(20, 20)
            box = model.receptive_field(layers, place, int(row), int(column))
            expected = np.zeros((20, 20), dtype=bool)
            expected[max(0, box.top) : box.top + box.height, max(0, box.left) : box.left + box.width] = True
            np.testing.assert_array_equal(seen, expected, err_msg=f"{layers[place].name} {row} {column}")


def test_the_strongest_inputs_are_those_of_all_pictures_and_places(sample: dict[str, Any]) -> None:
    layers, pictures = sample["network"], np.random.default_rng(1).random((150, 20, 20), dtype=np.float32)
    outputs = small_network.run(layers, pictures)
    found = model.strongest(layers, pictures, 4)
    for place, (places, values) in zip(model.shown_layers(layers), found, strict=True):
        rows, columns, filters = model.map_shape(layers[place])
        maps = outputs[place].reshape(150, rows, columns, filters)
        assert places.shape == (filters, 4, 3)
        for number in range(filters):
            expected = np.sort(maps[..., number].max(axis=(1, 2)))[::-1][:4]
            np.testing.assert_allclose(values[number], expected, rtol=1e-5)
            here = maps[tuple(places[number].T)][:, number]
            np.testing.assert_allclose(here, values[number], rtol=1e-5)


def test_fewer_pictures_than_places_for_them(sample: dict[str, Any]) -> None:
    explorer = FeatureMaps(sample["network"], sample["pictures"][:2], sample["digit_names"])
    assert explorer.arrays["strongestPlaces"]["shape"][1] == 2
    assert "Picture 1 in first" in explorer.describe(explorer.complete({"number": 1}))


@pytest.mark.parametrize("as_bytes", [True, False])
def test_pictures_travel_as_bytes_and_mean_the_same(sample: dict[str, Any], as_bytes: bool) -> None:
    pictures = np.round(255 * sample["pictures"]).astype(np.uint8)
    given = pictures if as_bytes else pictures / np.float32(255)
    explorer = FeatureMaps(sample["network"], given, sample["digit_names"])
    assert explorer.arrays["pictures"]["dtype"] == "uint8"
    sent = explorer.arrays["scale"] * pictures[3]
    np.testing.assert_allclose(explorer.values(explorer.complete({"number": 3}))[..., 0], sent, rtol=1e-6)
    uneven = FeatureMaps(sample["network"], sample["pictures"] - 0.5, sample["digit_names"])
    assert uneven.arrays["pictures"]["dtype"] == "float32"


def test_a_photo_of_ink_on_light_paper_is_inverted_and_a_dark_one_is_not(sample: dict[str, Any]) -> None:
    paper = np.full((60, 40, 3), 230, dtype=np.uint8)
    paper[20:40, 15:25] = 20
    given = (sample["network"], sample["pictures"], sample["digit_names"])
    light = FeatureMaps(*given, own_picture=paper)
    dark = FeatureMaps(*given, own_picture=255 - paper)
    values = light.values(light.state)
    assert values.shape == (20, 20, 1)
    assert values[10, 10, 0] > 0.85
    assert values[0, 0, 0] == pytest.approx(1 - 230 / 255, abs=0.01), "what is added has the border's colour"
    np.testing.assert_allclose(values, dark.values(dark.state), atol=0.02)
    assert light.describe(light.state).startswith("Your own picture in first")


def test_colour_pictures_of_three_channels_and_no_drawing_on_them() -> None:
    rng = np.random.default_rng(0)
    weights = {"kernel": rng.random((3, 3, 3, 4), dtype=np.float32), "bias": np.zeros(4, np.float32)}
    answer = {"kernel": rng.random((16, 2), dtype=np.float32), "bias": np.zeros(2, np.float32)}
    layers = [
        Layer("input", "reshape", (6, 4, 3)),
        Layer("conv", "conv2d", (4, 2, 4), window=(3, 3), weights=weights),
        Layer("pool", "max_pool", (2, 2, 4), window=(2, 1), strides=(2, 1)),
        Layer("flat", "reshape", (16,)),
        Layer("logits", "dense", (2,), weights=answer),
    ]
    photo = rng.integers(0, 255, (50, 50, 3), dtype=np.uint8)
    explorer = FeatureMaps(layers, rng.random((3, 6, 4, 3)), ["cat", "dog"], own_picture=photo)
    assert list(explorer.fields["picture"].options) == ["set", "own"]
    assert explorer.picture(explorer.state).shape == (6, 4, 3)
    assert "(" in explorer.describe(explorer.state), "a softmax is added for the probabilities"
    assert explorer._layers[-1].activation == "softmax"


def test_places_beyond_a_layer_are_its_last_ones(explorer: FeatureMaps) -> None:
    state = explorer.complete({"layer": "mean", "row": 19, "column": 19, "filter": 4})
    assert "At row 3, column 3 " in explorer.describe(state)
    state = explorer.complete({"layer": "pool", "filter": 11})
    assert "filter 4 of 5" in explorer.describe(state)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"pictures": np.zeros((3, 19, 20))},
            r"pictures has the shape \(3, 19, 20\); the model takes \(N, 20, 20, 1\)",
        ),
        ({"pictures": np.zeros((0, 20, 20))}, "pictures holds 0 pictures"),
        ({"pictures": np.zeros((2001, 20, 20))}, r"pictures\[:500\]"),
        ({"class_names": ["a", "b"]}, "class_names has 2 names"),
        ({"labels": [1, 2]}, "labels must be 40 numbers from 0 to 9"),
        ({"labels": [10] * 40}, "labels must be 40 numbers from 0 to 9"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    sample: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    given = {"pictures": sample["pictures"], "class_names": sample["digit_names"], "labels": sample["labels"]}
    with pytest.raises(ValueError, match=words):
        FeatureMaps(sample["network"], **given | change)


def test_the_sentence_is_the_networks_numbers_on_random_states(
    explorer: FeatureMaps, sample: dict[str, Any]
) -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        state = random_state(explorer.fields, rng) | {"picture": "set"}
        outputs = small_network.run(sample["network"], sample["pictures"][state["number"]][np.newaxis])
        best = int(outputs[-1][0].argmax())
        assert explorer.describe(state).endswith(f"says {best} ({100 * outputs[-1][0][best]:.0f} %).")
