"""A copy of the data folder that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from course_utils import datasets


@pytest.fixture
def copied_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of ``data/`` that the loaders read instead of the real one."""
    folder = tmp_path / "Daten für Kurs"
    shutil.copytree(datasets.data_folder(), folder)
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder
