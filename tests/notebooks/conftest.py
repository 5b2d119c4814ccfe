"""Lessons as test parameters, and each executed once with changed parameters."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest

from course_utils.cli import notebooks, project
from course_utils.cli import run as runner

LESSONS = project.lessons()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "lesson" in metafunc.fixturenames:
        metafunc.parametrize("lesson", LESSONS, ids=[path.stem for path in LESSONS], scope="session")


@pytest.fixture(scope="session")
def executed(lesson: Path, changed_parameters: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesson, executed by papermill with other parameters than its own."""
    target = tmp_path_factory.mktemp("executed") / lesson.name
    runner.execute(lesson, changed_parameters, target)
    return target


@pytest.fixture(scope="session")
def changed_parameters(lesson: Path) -> dict[str, object]:
    """Another seed, and whatever the lesson says to try (``metadata.course.try_with``)."""
    own = papermill.inspect_notebook(str(lesson))
    seed = {"SEED": int(own["SEED"]["default"]) + 1} if "SEED" in own else {}
    return {**seed, **notebooks.read(lesson)["metadata"].get("course", {}).get("try_with", {})}


@pytest.fixture(scope="session")
def outputs(executed: Path) -> list[dict]:
    """Every output of the executed lesson."""
    cells = nbformat.read(executed, as_version=4).cells
    return [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
