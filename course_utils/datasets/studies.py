"""What the longer experiments of lessons measured: computed once, by a script beside the data, and stored."""

from __future__ import annotations

import json
from typing import Any

from course_utils.datasets.store import data_folder, read_verified

STUDY_NAMES = ("architectures",)


def study(name: str) -> list[dict[str, Any]]:
    """Return the runs of a stored study: a dictionary each, with its settings and what was measured.

    ``"architectures"`` (lesson 07) was made by ``data/study_architectures.py``.

    Raises:
        ValueError: there is no study of this name.
        DataError: its file is missing, truncated or altered.
    """
    if name not in STUDY_NAMES:
        raise ValueError(f"there is no study {name!r}; choose among {', '.join(STUDY_NAMES)}")
    runs: list[dict[str, Any]] = json.loads(read_verified(data_folder(), f"studies/{name}.json"))["runs"]
    return runs
