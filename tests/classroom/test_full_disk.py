"""A disk that is really full while a class is graded: told every time, and nothing is lost in the end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DISK = 4 << 20  # bytes


@pytest.mark.sandbox  # bubblewrap gives the small disk
def test_a_full_disk(tmp_path):
    bubblewrap = [
        shutil.which("bwrap"),
        "--dev-bind",
        "/",
        "/",
        "--size",
        str(DISK),
        "--tmpfs",
        str(tmp_path),
    ]
    program = [sys.executable, "-m", "tests.classroom.small_disk", str(tmp_path)]
    done = subprocess.run(
        [*bubblewrap, *program], cwd=REPOSITORY, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["scores"] == {"ada": 6.0, "blaise": 3.0, "carl": 3.0, "dorothy": 0.0, "emmy": 0.0}
    places = Counter(error.partition(" cannot be")[0].rpartition("/")[2] for error in found["told"])
    assert len(places) > 1, f"the disk was full in one place only: {places}"
