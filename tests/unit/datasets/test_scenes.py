"""Cut-outs and composed scenes: form, truth of masks and boxes, and nothing in both parts."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import datasets
from course_utils.datasets.scenes import family

NUM_CLASSES = len(datasets.SCENE_CLASSES)


def test_cutouts_have_the_documented_form() -> None:
    things = datasets.cutouts()
    assert len(things.images) == len(things.stamps) == len(things.categories) == 287
    assert len(set(things.stamps)) == 287
    assert len(set(things.categories)) == 19
    assert set(things.captions) == {"en", "fr", "de", "es", "zh_CN"}
    assert [sum(map(bool, words)) for words in things.captions.values()] == [287, 287, 287, 287, 240]
    for image in things.images:
        assert image.dtype == np.uint8
        assert image.shape[2] == 4
        assert max(image.shape) <= 160
        assert (image[:, :, 3] > 127).any()


def test_words_belong_to_their_pictures() -> None:
    things = datasets.cutouts()
    index = things.stamps.index("food/fruit/banana")
    assert things.categories[index] == "fruit"
    assert things.captions["en"][index] == "A banana."
    assert things.captions["de"][index] == "Eine Banane."
    image = things.images[index]
    red, green, blue = image[image[:, :, 3] > 200][:, :3].mean(axis=0)
    assert min(red, green) > blue + 40, "a banana is yellow"


@pytest.mark.parametrize("size", [16, 64, 96])
def test_scenes_have_the_documented_form(size: int) -> None:
    scenes = datasets.scenes(num_train=12, num_test=5, size=size)
    assert scenes.class_names == datasets.SCENE_CLASSES == ("background", "animal", "food", "flower")
    for part, count in ((scenes.train, 12), (scenes.test, 5)):
        assert part.images.shape == (count, size, size, 3)
        assert part.masks.shape == (count, size, size)
        assert part.images.dtype == part.masks.dtype == np.uint8
        assert len(part.boxes) == len(part.labels) == len(part.cutouts) == count
        for boxes, labels, chosen in zip(part.boxes, part.labels, part.cutouts, strict=True):
            assert 1 <= len(boxes) == len(labels) == len(chosen) <= 3
            assert (boxes.min() >= 0) and (boxes.max() <= size)


def test_boxes_are_those_of_the_mask() -> None:
    """Where a picture holds one thing, its box is exactly what the mask fills, and holds its class only."""
    part = datasets.scenes(num_train=60, num_test=1).train
    alone = [index for index, labels in enumerate(part.labels) if len(labels) == 1]
    assert len(alone) > 10
    for index in alone:
        rows, columns = np.nonzero(part.masks[index])
        expected = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert part.boxes[index][0].tolist() == expected
        assert set(np.unique(part.masks[index])) == {0, part.labels[index][0]}


def test_labels_are_those_of_the_cutouts_and_all_occur() -> None:
    part = datasets.scenes(num_train=100, num_test=1).train
    categories = datasets.cutouts().categories
    labels, chosen = np.concatenate(part.labels), np.concatenate(part.cutouts)
    assert np.bincount(labels, minlength=NUM_CLASSES)[1:].min() > 30
    for label, cutout in zip(labels, chosen, strict=True):
        if label == 3:
            assert categories[cutout] == "flower"
        else:
            assert (categories[cutout] in {"food", "fruit", "vegetable"}) == (label == 2)


def test_no_relative_of_a_training_thing_is_tested() -> None:
    scenes = datasets.scenes(num_train=400, num_test=400, size=16)
    stamps = datasets.cutouts().stamps
    train, test = (
        {family(stamps[index]) for index in np.concatenate(part.cutouts)}
        for part in (scenes.train, scenes.test)
    )
    assert len(test) > 40
    assert not train & test
    assert family("animals/mammals/bovines/gnu-baby-stand") == "gnu"
    assert family("food/fruit/Strawberry2") == family("food/fruit/strawberry")


def test_the_seed_fixes_the_scenes_and_more_of_them_begin_alike() -> None:
    first, more, other = (
        datasets.scenes(num_train, 3, 32, seed) for num_train, seed in ((4, 5), (6, 5), (4, 6))
    )
    assert (first.train.images == more.train.images[:4]).all()
    assert (first.test.masks == more.test.masks).all()
    assert not (first.train.images == other.train.images).all()
    assert not (first.train.images[:3] == first.test.images).all()


def test_scenes_are_read_only_and_tell_their_licence() -> None:
    scenes = datasets.scenes(2, 1, 16)
    for array in (*scenes.train[:2], *scenes.train.boxes, *scenes.train.labels, *scenes.train.cutouts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert repr(scenes) == (
        "Composed scenes: 2 training and 1 test pictures of 16x16, 4 classes (background, animal, food, "
        "flower).\nLicence: GPL-2+."
    )
    assert "images (2, 16, 16, 3) uint8" in repr(scenes.train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_train": 0}, "at least one picture, but 0"),
        ({"num_test": -3}, "at least one picture, but -3"),
        ({"size": 8}, "between 16 and 256 pixels, but it is 8"),
        ({"size": 1000}, "between 16 and 256"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        datasets.scenes(**arguments)
