"""The augmentation explorer: Keras' layers, the code that is shown, the verdict on the label, the sentence."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from course_utils import datasets, training
from course_utils.explorers import Augmentation
from course_utils.explorers.models import augmentation as model
from course_utils.explorers.models import label_limits
from tests.explorer_samples import random_state

keras = training.keras

OFF: dict[str, Any] = {
    "flip_horizontal": False,
    "rotation": 0,
    "zoom": 0,
    "contrast": 0,
}
# one value of every transform, well inside its range
ONE_EACH = {
    "crop": 0.3,
    "flip_horizontal": True,
    "flip_vertical": True,
    "rotation": 0.1,
    "zoom": 0.3,
    "translation": 0.2,
    "shear": 0.3,
    "brightness": 0.3,
    "contrast": 0.5,
    "saturation": 0.3,
    "hue": 0.5,
    "noise": 0.2,
    "erasing": 0.2,
}


def state_of(**changes: Any) -> dict[str, Any]:
    """A checked state with nothing on but ``changes``."""
    fields = Augmentation.fields
    given = OFF | changes
    return {name: field.check(name, given.get(name, field.default)) for name, field in fields.items()}


def executed(state: dict[str, Any]) -> dict[str, Any]:
    """What the shown code leaves behind when it is run by itself."""
    scope: dict[str, Any] = {}
    exec(model.code(state), scope)
    return scope


# ---- the pictures are those of Keras ---------------------------------------------------------------


@pytest.mark.parametrize("name", ONE_EACH)
@pytest.mark.parametrize("picture", ["chelsea", "six"])
def test_one_transform_is_what_the_shown_code_does(name: str, picture: str) -> None:
    state = state_of(picture=picture, seed=5, **{name: ONE_EACH[name]})
    results = model.results(state)
    scope = executed(state)
    np.testing.assert_array_equal(model.shown(scope["results"]), results.pictures)
    np.testing.assert_array_equal(model.shown(scope["picture"]), results.original)
    changes_something = not (picture == "six" and name in model.COLOUR_ONLY)
    assert bool(results.changes().max() > 1) is changes_something


@pytest.mark.parametrize("seed", range(6))
def test_random_settings_are_what_the_shown_code_does(seed: int) -> None:
    state = random_state(Augmentation.fields, np.random.default_rng(seed))
    np.testing.assert_array_equal(model.shown(executed(state)["results"]), model.results(state).pictures)


@pytest.mark.parametrize("picture", ["chelsea", "six"])
def test_layers_behind_a_moved_slider_throw_no_new_dice_and_do_what_the_shown_code_does(picture: str) -> None:
    state = state_of(picture=picture, seed=9, **ONE_EACH)
    model.results(state)
    for crop in (0.1, 0.5):
        made = model._at_work.cache_info().misses
        moved = state | {"crop": crop}
        pictures = model.results(moved).pictures
        assert model._at_work.cache_info().misses == made
        np.testing.assert_array_equal(model.shown(executed(moved)["results"]), pictures)


def test_a_result_depends_on_the_settings_only() -> None:
    state = state_of(rotation=0.1, noise=0.1, crop=0.2)
    first = model.results(state).pictures
    model._after.cache_clear()
    np.random.default_rng().random(3)
    keras.utils.set_random_seed(99)
    np.testing.assert_array_equal(model.results(state).pictures, first)
    assert (model.results(state | {"seed": 1}).pictures != first).any()


def test_a_moved_slider_runs_only_its_layer_and_those_behind_it() -> None:
    model.results(state_of(**ONE_EACH))
    before = model._after.cache_info().misses
    model.results(state_of(**ONE_EACH | {"noise": 0.25}))
    assert model._after.cache_info().misses == before + 2  # noise, and erasing behind it


def test_nothing_on_leaves_eight_originals() -> None:
    results = model.results(state_of(picture="shirt"))
    np.testing.assert_array_equal(results.pictures, np.repeat(results.original[None], 8, axis=0))
    assert "Sequential" not in model.code(state_of(picture="shirt"))
    expected = datasets.fashion_mnist().train.images[8][..., None]
    np.testing.assert_array_equal(results.original, expected)


def test_every_picture_has_the_size_and_the_class_that_it_is_called_by() -> None:
    fashion, digits = datasets.fashion_mnist(), datasets.digits()
    for name, source in model.SOURCES.items():
        assert model.original(name).shape == (source.side, source.side, source.channels)
    assert fashion.class_names[fashion.train.labels[model.SOURCES["sneaker"].key]] == "sneaker"
    assert fashion.class_names[fashion.train.labels[model.SOURCES["shirt"].key]] == "T-shirt/top"
    keys = [model.SOURCES[name].key for name in ("six", "two", "eight")]
    np.testing.assert_array_equal(digits.train.labels[keys], [6, 2, 8])


# ---- what Keras' ranges mean, as the sliders' help says --------------------------------------------


def batch(value: float = 0.5, count: int = 400) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.clip(value + 0.2 * rng.standard_normal((count, 8, 8, 3)), 0, 1).astype("float32")


def drawn(layer: Any, name: str) -> np.ndarray:
    return np.ravel(layer.get_random_transformation(batch())[name])


def test_contrast_takes_a_pair_because_one_number_only_raises_it() -> None:
    one = drawn(keras.layers.RandomContrast(0.3, value_range=(0, 1), seed=0), "contrast_factor")
    pair = drawn(keras.layers.RandomContrast((0.3, 0.3), value_range=(0, 1), seed=0), "contrast_factor")
    assert one.min() >= 1
    assert [pair.min(), pair.max()] == pytest.approx([0.7, 1.3], abs=0.01)
    assert "RandomContrast((0.3, 0.3)" in model.code(state_of(contrast=0.3))


def test_saturation_stays_at_one_half() -> None:
    layer = keras.layers.RandomSaturation((0.5, 0.5), value_range=(0, 1), seed=0)
    np.testing.assert_allclose(layer(batch()), batch(), atol=1e-5)
    assert "RandomSaturation((0.2, 0.8)" in model.code(state_of(saturation=0.3))


def test_one_crop_is_the_same_for_a_whole_batch_so_pictures_are_cropped_one_by_one() -> None:
    crop = keras.layers.RandomCrop(5, 5, seed=0)
    numbered = np.repeat(np.arange(64, dtype="float32").reshape(1, 8, 8, 1), 6, axis=0)
    corners = np.asarray(crop(numbered, training=True))[:, 0, 0, 0]
    assert len(set(corners)) == 1
    pictures = model.results(state_of(picture="china", crop=0.5)).pictures
    assert len({picture.tobytes() for picture in pictures}) == 8


def test_a_flip_both_ways_tosses_one_coin_and_two_layers_toss_two() -> None:
    both = model.results(state_of(flip_horizontal=True, flip_vertical=True, seed=1))
    seen = {picture.tobytes() for picture in both.pictures}
    original = both.original
    turned = {original[::vertical, ::horizontal].tobytes() for vertical in (1, -1) for horizontal in (1, -1)}
    assert seen <= turned
    assert len(seen) > 2
    flip = keras.layers.RandomFlip("horizontal_and_vertical", seed=1)
    one_coin = {
        picture.tobytes()
        for picture in model.shown(flip(model.original("chelsea")[None].numpy().repeat(8, 0)))
    }
    assert one_coin <= {original.tobytes(), original[::-1, ::-1].tobytes()}


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_the_patch_covers_the_share_that_the_slider_says(share: float) -> None:
    results = model.results(state_of(picture="six", erasing=share))
    blank = np.zeros((8, 96, 96, 1), dtype="float32")
    covered = np.asarray(model.steps(state_of(erasing=share))[1][0].layer()(blank - 1, training=True)) >= 0
    assert covered.mean() == pytest.approx(share, abs=0.01)
    assert (results.changes() > 0).all()


# ---- the verdict on the label ------------------------------------------------------------------------


def say(picture: str, **changes: Any) -> str:
    state = state_of(picture=picture, **changes)
    return label_limits.verdict(picture, model.SOURCES[picture].thing, state, model.active(state))


@pytest.mark.parametrize(
    ("picture", "changes", "expected"),
    [
        ("sneaker", {}, "✓ Nothing is changed: a sneaker, as before."),
        ("sneaker", {"flip_horizontal": True}, "✓ The label survives: still a sneaker."),
        ("six", {"rotation": 0.5}, "⚠ The label may not survive: turned by half a turn, a 6 becomes a 9."),
        ("six", {"rotation": 0.2}, "⚠ The label may not survive: a 6 on its side is no digit."),
        ("two", {"flip_horizontal": True}, "⚠ The label may not survive: a mirrored 2 looks like an S or a 5."),
        ("eight", {"flip_horizontal": True, "flip_vertical": True}, "✓ The label survives: still an 8."),
        ("chelsea", {"flip_vertical": True}, "△ Still a cat, but an unlikely picture: hardly any photo"),
        ("flower", {"rotation": 0.5, "flip_vertical": True}, "✓ The label survives: still an orange dahlia."),
        ("six", {"hue": 1, "saturation": 0.5}, "✓ Nothing is changed: a 6, as before."),
    ],
)  # fmt: skip
def test_the_verdict_knows_picture_and_transform(picture: str, changes: dict, expected: str) -> None:
    assert say(picture, **changes).startswith(expected)


def test_many_small_changes_add_up() -> None:
    small = {"crop": 0.3, "translation": 0.2, "erasing": 0.2, "brightness": 0.3, "noise": 0.15}
    for name, value in small.items():
        assert say("chelsea", **{name: value}).startswith("✓"), name
    assert "all together are not" in say("chelsea", **small)


def test_of_many_reasons_one_is_written_out_and_lost_labels_come_first() -> None:
    told = say("six", rotation=0.5, flip_horizontal=True, crop=0.5, erasing=0.5, flip_vertical=True)
    assert told == "⚠ The label may not survive: turned by half a turn, a 6 becomes a 9; and 4 more."
    assert say("rocket", flip_vertical=True, crop=0.8).startswith(
        "⚠ The label may not survive: a crop can miss"
    )


def test_a_verdict_is_one_line() -> None:
    limits = [limit for table in label_limits._LIMITS.values() for limit in table]
    assert max(len(limit.reason) for limit in (*limits, *label_limits._PHOTO, *label_limits._ALL)) <= 62


def test_every_limit_is_about_a_field_and_inside_its_range() -> None:
    limits = [limit for table in label_limits._LIMITS.values() for limit in table]
    for limit in (*limits, *label_limits._PHOTO, *label_limits._ALL):
        field = Augmentation.fields[limit.field]
        high = getattr(field, "high", True)
        assert 0 <= limit.above < high, limit
    assert set(label_limits._LIMITS) <= set(model.SOURCES)


# ---- the explorer --------------------------------------------------------------------------------------


def test_the_sentence_names_what_is_on_and_numbers_that_can_be_checked() -> None:
    explorer = Augmentation(**OFF | {"picture": "six", "rotation": 0.25, "noise": 0.1})
    original = explorer.answer["original"]
    assert original["shape"] == [20, 20, 1]
    results = model.results(explorer.state)
    away = np.abs(results.pictures.astype(float) - results.original).mean()
    said = explorer.describe(explorer.state)
    assert said.startswith("A 6, 20 × 20 pixels, grey: rotation ±90°, noise 0.10. ")
    assert f"{away:.1f} of 255 away" in said


def test_the_sentence_of_another_state_is_computed_for_it() -> None:
    explorer = Augmentation()
    assert "no transform is on" in explorer.describe(state_of(picture="eight"))


def test_presets_show_what_they_ask_about() -> None:
    verdicts = {}
    for preset in Augmentation.presets:
        explorer = Augmentation(**preset.state)
        assert explorer.fault == ""
        verdicts[preset.name] = explorer.answer["verdict"][0]
    assert verdicts == {
        "A shoe flipped": "✓",
        "A 6 turned": "⚠",
        "A 2 mirrored": "⚠",
        "Crop too strong": "⚠",
        "Any colour": "⚠",
        "All together": "⚠",
    }


def test_the_still_picture_shows_the_original_and_eight_results() -> None:
    explorer = Augmentation(picture="coffee")
    words = [text.get_text() for ax in explorer.draw(explorer.state).axes for text in ax.texts]
    assert words == ["original", *(f"result {number}" for number in range(1, 9))]


def test_every_photographer_is_named() -> None:
    photos = datasets.photos()
    for name, source in model.SOURCES.items():
        assert (photos[name].author if name in photos else source.name) in source.credit()


def test_the_first_picture_starts_keras_without_a_word() -> None:
    code = (
        "import sys; from course_utils import explorers; explorers.Augmentation;"
        "assert 'keras' not in sys.modules; explorers.Augmentation(); assert 'keras' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900)
    assert (done.returncode, done.stderr) == (0, "")
