"""What every test run of the course needs: the Jupyter kernel, and the clock that times the lessons."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

from course_utils.cli import kernel, notebooks, project

# Assignments are no lessons: tests/classroom runs their cells, with right answers and with wrong ones.
collect_ignore_glob = ["notebooks/assignments/*"]

BUILD_SERVER = bool(os.environ.get("CI"))


class LessonClock:
    """Adds up the seconds that nbval spends in the cells of each lesson, its kernel's start included."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        path = report.nodeid.partition("::")[0]
        if path.endswith(".ipynb"):
            self.seconds[path] += report.duration

    def late(self) -> list[str]:
        """A line for each lesson that took longer than its metadata allow."""
        return [line for line in self.lines() if line.endswith("TOO LONG")]

    def lines(self) -> list[str]:
        """Lesson, seconds and budget, a line each, of the lessons that ran."""
        budgets = {notebooks.short(path): budget_of(path) for path in project.lessons()}
        found = []
        for path, seconds in sorted(self.seconds.items()):
            budget = budgets.get(path)
            words = "no budget" if budget is None else f"of {budget:g} s"
            verdict = "TOO LONG" if budget is not None and seconds > budget else ""
            found.append(f"{path:<50} {seconds:6.1f} s {words:<10} {verdict}".rstrip())
        return found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.seconds:
            terminalreporter.section("lessons, run from top to bottom")
            for line in self.lines():
                terminalreporter.write_line(line)


def budget_of(path) -> float | None:
    return notebooks.read(path)["metadata"].get("course", {}).get("budget_seconds")


def pytest_configure(config: pytest.Config) -> None:
    kernel.register()
    config.pluginmanager.register(LessonClock(), "lesson-clock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that judge the run of the lessons come after the lessons."""
    items.sort(key=lambda item: item.get_closest_marker("after_lessons") is not None)


@pytest.fixture
def lesson_clock(request: pytest.FixtureRequest) -> LessonClock:
    return request.config.pluginmanager.get_plugin("lesson-clock")


@pytest.fixture
def build_server() -> bool:
    return BUILD_SERVER
