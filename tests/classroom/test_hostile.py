"""A class of which most students are hostile: every submission ends in a definite state, and nothing else happens.

All of them go through one examination in the real sandbox, two at a time, with honest students in between.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
from course_utils.classroom.verdict import GRADED, Verdict
from tests.classroom import sample
from tests.classroom.hostile import code, files, hidden, more, subtle
from tests.classroom.hostile.case import DOUBLE, MEAN, Case

pytestmark = pytest.mark.sandbox

STRICT = Limits(
    memory_mb=200,
    work_mb=16,
    file_mb=8,
    files=64,
    processes=40,
    cpu_s=12,
    cell_cpu_s=2,
    call_cpu_s=1,
    idle_s=3,
    wall_s=300,
    output_mb=1,
    message_mb=8,
    notebook_mb=2,
    cells=100,
)
EVERY = 12  # one honest student after so many hostile ones
SECRETS = ("10.75", "HIDDEN", "total / len", "s3cr3t")
HOSTILE = [*code.CASES, *files.CASES, *more.CASES, *subtle.CASES, *hidden.CASES]
HONEST = [
    Case(f"honest student {number}", sample.DOUBLE, passed=(*DOUBLE, *MEAN))
    for number in range(len(HOSTILE) // EVERY + 1)
]
CASES = [*HOSTILE, *HONEST]


@dataclass(frozen=True)
class Batch:
    """What became of all submissions, and of the machine."""

    verdicts: dict[str, Verdict]
    changed: list[str]
    left_over: list[str]
    connections: int


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    """All submissions, graded in one go."""
    folder, hidden = tmp_path_factory.mktemp("class"), f"course-{os.getpid()}"
    source = sample.put_source(folder)
    for secret in ("home/secret.txt", "gradebook.db"):
        (folder / secret).parent.mkdir(exist_ok=True)
        (folder / secret).write_text("s3cr3t")
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("COURSE_TOKEN", "s3cr3t")
        listeners = [stack.enter_context(each) for each in listening(hidden)]
        places = {"FOLDER": str(folder), "PORT": str(listeners[0].getsockname()[1]), "SOCKET": hidden}
        paths = {case.name: hand_in(case, folder, places) for case in mixed()}
        before = snapshot(folder)
        with Examination(source, limits=STRICT, workers=2) as examination, ThreadPoolExecutor(2) as pool:
            verdicts = dict(zip(paths, pool.map(examination.examine, paths.values()), strict=True))
            left_over = left_at_last()
        changed = [
            name for name in {**before, **snapshot(folder)} if before.get(name) != snapshot(folder).get(name)
        ]
        yield Batch(verdicts, changed, left_over, sum(accepted(each) for each in listeners))


def mixed() -> Iterator[Case]:
    """Hostile submissions with honest ones in between."""
    honest = iter(HONEST)
    for number, case in enumerate(HOSTILE):
        if number % EVERY == 0:
            yield next(honest)
        yield case
    yield from honest


def listening(name: str) -> list[socket.socket]:
    """A port and an abstract socket of this machine; nobody may come."""
    network, local = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    local.bind("\0" + name)
    local.listen()
    for each in (network, local):
        each.setblocking(False)
    return [network, local]


def accepted(listener: socket.socket) -> int:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return 0
    return 1


def hand_in(case: Case, folder: Path, places: dict[str, str]) -> Path:
    """Put a case's file into the class."""
    answer = case.answer
    for name, place in places.items():
        answer = answer.replace(name, place)
    path = folder / "submitted" / case.name.replace("/", "-").replace(" ", "_") / f"{sample.NAME}.ipynb"
    path.parent.mkdir(parents=True)
    notebook = student(answer)
    content = case.make(notebook, path) if case.make else None
    if content is not None:
        path.write_bytes(content)
    elif case.make not in (
        files.symbolic_link,
        files.link_to_device,
        files.pipe,
        files.folder,
        files.nothing,
    ):
        path.write_text(json.dumps(notebook))
    return path


def student(answer: str) -> dict[str, Any]:
    """The released notebook with this answer to `double`, and an honest one to `mean`."""
    notebook = json.loads(json.dumps(sample.source()))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in ("double", "mean"):
            cell["source"] = answer if name == "double" else sample.MEAN
        elif name in sample.TEST_CELLS:
            cell["source"] = "# as released"
    return notebook


def snapshot(folder: Path) -> dict[str, Any]:
    """Every file of the class, with its content and time."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): (path.stat().st_mtime_ns, hash(path.read_bytes())) for path in found}


def left_at_last() -> list[str]:
    """What is left when the last keepers have had their time to end."""
    deadline = time.monotonic() + 10
    while descendants() and time.monotonic() < deadline:
        time.sleep(0.05)
    return descendants()


def descendants() -> list[str]:
    """Processes below this one that are neither warm parents nor what starts them."""
    known = ("bwrap", "sandbox.parent", "classroom.trial")
    names = [name for each in psutil.Process().children(recursive=True) if (name := command_of(each))]
    extra = [name for name in names if not any(word in name for word in known)]
    parents = sum("sandbox.parent" in name and "bwrap" not in name for name in names)
    return extra + ["a fork of a warm parent"] * (parents - 2)


def command_of(process: psutil.Process) -> str:
    """The words of a process's command; empty if it has ended, also just now."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def test_there_are_enough_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(CASES) - len(HONEST) >= 60


@pytest.mark.parametrize("case", CASES, ids=str)
def test_submission(case: Case, batch: Batch) -> None:
    verdict = batch.verdicts[case.name]
    assert verdict.state == case.state, verdict.reason
    assert {cell.grade_id for cell in verdict.cells if cell.passed} == set(case.passed), verdict
    if verdict.state == GRADED:
        assert {cell.grade_id: cell.max_points for cell in verdict.cells} == {
            name: points for name, points in sample.POINTS.items() if name != "why"
        }
    assert all(cell.points == (cell.max_points if cell.passed else 0) for cell in verdict.cells)
    assert all(cell.passed or cell.message for cell in verdict.cells)
    assert verdict.state == GRADED or verdict.reason
    told = " ".join([verdict.reason, *(cell.message for cell in verdict.cells)])
    assert case.reason in told
    assert case.shows in json.dumps(verdict.outputs)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_leaks_and_outputs_are_harmless(case: Case, batch: Batch) -> None:
    verdict = batch.verdicts[case.name]
    measured = {"cpu_seconds": 0.0, "wall_seconds": 0.0, "peak_mb": 0.0}  # any number, that of a secret, too
    text = json.dumps({**verdict.to_json(), **measured})
    assert len(text) < 4 << 20
    assert not [secret for secret in SECRETS if secret in text]
    media = {
        name for outputs in verdict.outputs.values() for each in outputs for name in each.get("data", {})
    }
    assert media <= {"text/plain", "image/png"}
    assert "\\u001b" not in text and "\\u0000" not in text


def test_nothing_was_damaged(batch: Batch) -> None:
    assert batch.changed == []
    assert batch.left_over == []
    assert batch.connections == 0
    assert not os.path.exists("/dev/shm/planted")
