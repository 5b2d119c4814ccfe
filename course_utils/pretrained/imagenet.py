"""The 1,000 classes of ImageNet: their names, and the likeliest of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_utils.datasets.store import data_folder, read_verified

# The file gives synonyms, the first of which is the usual name; these would stand there twice.
_DOUBLES = {134: "crane (bird)", 517: "crane (machine)", 639: "maillot, tank suit"}


class Guess(NamedTuple):
    """A class and how likely a network holds it."""

    name: str
    probability: float


def imagenet_class_names() -> tuple[str, ...]:
    """Return the names of the 1,000 classes in the order of the networks' outputs, each name once.

    Raises:
        DataError: the file is missing, truncated or altered.
    """
    return _class_names(data_folder())


@cache
def _class_names(folder: Path) -> tuple[str, ...]:
    lines = read_verified(folder, "weights/imagenet_classes.txt").decode("utf-8").splitlines()
    return tuple(_DOUBLES.get(i, line.split(",")[0]) for i, line in enumerate(lines))


def top(probabilities: ArrayLike, k: int = 5) -> list[Guess]:
    """Return the ``k`` likeliest classes of one picture, the likeliest first.

    Args:
        probabilities: of one picture, (1000,) or (1, 1000).
        k: how many, 1 to 1000.

    Raises:
        ValueError: other shapes (for several pictures, ask for one after the other), or no such ``k``.
    """
    names = imagenet_class_names()
    values = np.asarray(probabilities, dtype=np.float64)
    if values.shape not in ((len(names),), (1, len(names))):
        raise ValueError(
            f"probabilities must be those of one picture, (1000,) or (1, 1000), not {values.shape}; "
            "for a batch: [top(each) for each in probabilities]"
        )
    if not 1 <= k <= len(names):
        raise ValueError(f"k must be 1 to {len(names)}, but it is {k!r}")
    values = values.reshape(-1)
    return [Guess(names[i], float(values[i])) for i in np.argsort(-values, kind="stable")[:k]]
