"""Pictures of forests from the air, with a box around each tree."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from course_utils.datasets.records import AerialPicture, read_only
from course_utils.datasets.store import data_folder, manifest, read_verified

_DESCRIPTIONS = {
    "yellowstone_meadow": "Meadow with single trees in Yellowstone, Wyoming, 2019",
    "yellowstone_road": "Forest by a road in Yellowstone, Wyoming, 2019",
    "ordway_swisher": "Ordway-Swisher Biological Station, Florida",
    "soaproot_saddle": "Soaproot Saddle, California",
}
TREE_PICTURES = tuple(_DESCRIPTIONS)


def trees() -> Mapping[str, AerialPicture]:
    """Return four pictures from the air, 0.1 m a pixel, by name, with 951 boxes around the trees in them.

    Returns:
        By name (``TREE_PICTURES``): ``.image`` (height, width, 3) uint8 RGB and ``.boxes`` (K, 4) float32,
        left, top, right, bottom in pixels. There are 574, 279, 61 and 37 boxes. People drew them, and they
        missed a tree here and there. There is no training and test part: cut them apart in space, because
        a window around one tree shows its neighbours too.

    Raises:
        DataError: a file is missing, truncated or altered.
    """
    return _trees(data_folder())


@cache
def _trees(folder: Path) -> Mapping[str, AerialPicture]:
    boxes = _boxes(folder)
    return MappingProxyType({name: _picture(folder, name, boxes[name]) for name in TREE_PICTURES})


def _picture(folder: Path, name: str, boxes: list[list[float]]) -> AerialPicture:
    from PIL import Image

    file = f"trees/{name}.jpg"
    image: NDArray[np.uint8] = np.array(Image.open(io.BytesIO(read_verified(folder, file))))
    return AerialPicture(
        name=name,
        description=_DESCRIPTIONS[name],
        licence=manifest(folder)[file].licence,
        source=manifest(folder)[file].source,
        citation="B. Weinstein and others (2019). Individual Tree-Crown Detection in RGB Imagery Using "
        "Semi-Supervised Deep Learning Neural Networks. Remote Sensing 11(11), 1309",
        image=read_only(image),
        boxes=read_only(np.array(boxes, np.float32)),
    )


def _boxes(folder: Path) -> dict[str, list[list[float]]]:
    """Return the rows of the table by picture."""
    boxes: dict[str, list[list[float]]] = {name: [] for name in TREE_PICTURES}
    lines = read_verified(folder, "trees/boxes.csv").decode("ascii").splitlines()
    for row in csv.DictReader(lines):
        corners = [float(row[side]) for side in ("xmin", "ymin", "xmax", "ymax")]
        boxes[Path(row["image"]).stem].append(corners)
    return boxes
