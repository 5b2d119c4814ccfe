"""Lessons as test parameters, and each executed once with changed parameters."""

from __future__ import annotations

import tomllib
from pathlib import Path

import nbformat
import papermill
import pytest

from course_utils.cli import notebooks, project
from course_utils.cli import run as runner
from tests.notebooks import core_types

OTHER_ARITHMETIC = Path(__file__).parent / "other_arithmetic"
LESSONS = project.lessons()
with (Path(__file__).parent / "articles.toml").open("rb") as file:
    ARTICLES = tomllib.load(file)


def covers(lesson: Path) -> set[str]:
    """The items of the articles that a lesson says it covers."""
    return set(notebooks.read(lesson)["metadata"].get("course", {}).get("covers", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which items of the articles the lessons cover so far, article by article."""
    known = ARTICLES["articles"].keys()
    covered = known & set().union(*map(covers, LESSONS))
    terminalreporter.section(f"items of the articles covered so far: {len(covered)} of {len(known)}")
    for article in dict.fromkeys(tag.partition(".")[0] for tag in known):
        missing = [tag for tag in known if tag.startswith(f"{article}.") and tag not in covered]
        if missing:
            terminalreporter.write_line(f"{article:<4} open: {', '.join(missing)}")


@pytest.fixture
def articles() -> dict[str, dict]:
    return ARTICLES


@pytest.fixture
def covered(lesson: Path) -> set[str]:
    return covers(lesson)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "lesson" in metafunc.fixturenames:
        metafunc.parametrize("lesson", LESSONS, ids=[path.stem for path in LESSONS], scope="session")


@pytest.fixture(scope="session")
def executed(lesson: Path, changed_parameters: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesson, executed by papermill with other parameters than its own, and in the arithmetic of another machine.

    nbval runs the lesson as it is stored, in this machine's own arithmetic. So every lesson's products of matrices
    are computed by two kinds of OpenBLAS' kernels in a run of the tests.
    """
    target = tmp_path_factory.mktemp("executed") / lesson.name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(OTHER_ARITHMETIC))
        for name, value in core_types.another().items():
            patch.setenv(name, value)
        runner.execute(lesson, changed_parameters, target)
    return target


@pytest.fixture(scope="session")
def changed_parameters(lesson: Path) -> dict[str, object]:
    """Another seed, and whatever the lesson says to try (``metadata.course.try_with``)."""
    own = papermill.inspect_notebook(str(lesson))
    seed = {"SEED": int(own["SEED"]["default"]) + 1} if "SEED" in own else {}
    return {**seed, **notebooks.read(lesson)["metadata"].get("course", {}).get("try_with", {})}


@pytest.fixture(scope="session")
def outputs(executed: Path) -> list[list[dict]]:
    """The outputs of the executed lesson, a list a code cell."""
    cells = nbformat.read(executed, as_version=4).cells
    return [cell.outputs for cell in cells if cell.cell_type == "code"]
