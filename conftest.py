"""What every test run of the course needs: the Jupyter kernel, and the clock that times the lessons."""

from __future__ import annotations

import sys

import pytest

from course_utils.cli import kernel
from tests.notebooks.lesson_clock import LessonClock, Yardstick

# Assignments are no lessons: tests/classroom runs their cells, with right answers and with wrong ones.
collect_ignore_glob = ["notebooks/assignments/*"]


def pytest_configure(config: pytest.Config) -> None:
    if sys.flags.optimize:
        raise pytest.UsageError(
            "Without asserts (-O, PYTHONOPTIMIZE) claims pass for nothing: python course.py test"
        )
    kernel.register()
    yardstick = Yardstick()
    config.pluginmanager.register(yardstick, "yardstick")
    config.pluginmanager.register(LessonClock(yardstick.measure), "lesson-clock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that judge the run of the lessons come after the lessons."""
    items.sort(key=lambda item: item.get_closest_marker("after_lessons") is not None)


@pytest.fixture
def lesson_clock(request: pytest.FixtureRequest) -> LessonClock:
    return request.config.pluginmanager.get_plugin("lesson-clock")
