"""What `import course_utils` does to its process: TensorFlow's faster arithmetic is chosen, unless the reader has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from course_utils.classroom.sandbox import command

ARITHMETIC = "TF_ENABLE_ONEDNN_OPTS"
PROGRAM = f"import os, course_utils; print(os.environ['{ARITHMETIC}'])"


def chosen_by(environment: dict[str, str]) -> str:
    """What TensorFlow would find in a process that has these variables and imports the package."""
    asked = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


@pytest.mark.parametrize(("own", "chosen"), [({}, "1"), ({ARITHMETIC: "0"}, "0"), ({ARITHMETIC: "1"}, "1")])
def test_the_readers_own_choice_of_arithmetic_stands(own, chosen):
    without = {name: value for name, value in os.environ.items() if name != ARITHMETIC}
    assert chosen_by({**without, **own}) == chosen


def test_a_submission_is_computed_as_a_lesson_is(monkeypatch):
    monkeypatch.delenv(ARITHMETIC, raising=False)
    assert chosen_by(command.environment(threads=1)) == "1"
