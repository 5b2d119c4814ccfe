"""The aerial pictures: form, counts, and boxes that lie around something that looks like a tree."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import datasets

COUNTS = {"yellowstone_meadow": 574, "yellowstone_road": 279, "ordway_swisher": 61, "soaproot_saddle": 37}


def test_every_picture_has_its_boxes_inside() -> None:
    pictures = datasets.trees()
    assert tuple(pictures) == datasets.TREE_PICTURES == tuple(COUNTS)
    for name, count in COUNTS.items():
        image, boxes = pictures[name].image, pictures[name].boxes
        assert image.dtype == np.uint8
        assert image.shape[2] == 3
        assert boxes.dtype == np.float32
        assert boxes.shape == (count, 4)
        assert (boxes[:, :2] < boxes[:, 2:]).all()
        assert boxes.min() >= 0
        assert (boxes[:, 2:] <= image.shape[1::-1]).all()
    assert sum(COUNTS.values()) == 951


def test_sizes_and_text_are_as_documented() -> None:
    road = datasets.trees()["yellowstone_road"]
    assert road.image.shape == (1035, 1249, 3)
    assert repr(road) == "yellowstone_road: 1035x1249 pixels, 279 trees.\nLicence: MIT."


@pytest.mark.parametrize("name", ["yellowstone_meadow", "yellowstone_road"])
def test_crowns_are_yellower_than_what_lies_around_them(name: str) -> None:
    """Boxes and picture therefore fit together, x and y in this order."""
    picture = datasets.trees()[name]
    inside = np.zeros(picture.image.shape[:2], bool)
    for left, top, right, bottom in picture.boxes.astype(int):
        inside[top:bottom, left:right] = True
    yellow = picture.image[:, :, 0].astype(float) - picture.image[:, :, 2]
    assert yellow[inside].mean() > yellow[~inside].mean() + 4
