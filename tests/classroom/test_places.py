"""The sandbox can be built wherever the course and its Python lie, and where not it says why and what to do."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.classroom.sandbox import command, linux
from course_utils.classroom.verdict import GRADED
from course_utils.cli import project
from course_utils.datasets import store
from tests.classroom import sample

GRADE = """
import json, sys
from pathlib import Path
from course_utils.classroom.examiner import Examination
from course_utils.classroom.limits import Limits
source, submitted = map(Path, sys.argv[1:])
with Examination(source, limits=Limits()) as examination:
    verdict = examination.examine(submitted)
print(json.dumps([verdict.state, [cell.points for cell in verdict.cells], verdict.outputs]))
"""
ANSWER = f"""
import os, sys, course_utils
from course_utils.datasets import data_folder
print(json.dumps([course_utils.__file__, str(data_folder()), sys.prefix]))
print(all(os.statvfs(folder).f_flag & os.ST_RDONLY for folder in (course_utils.__path__[0], data_folder())))
{sample.DOUBLE}
"""


@pytest.fixture
def shared_memory() -> Iterator[Path]:
    """A folder in another of the places that every submission has for itself."""
    folder = Path(tempfile.mkdtemp(prefix="course-", dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder)


def clone(folder: Path) -> Path:
    """As much of the course as a clone has that grading needs."""
    (folder / "data").mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project.ROOT / "course_utils", folder / "course_utils", ignore=ignored)
    shutil.copy(project.ROOT / "data" / store.MANIFEST, folder / "data")
    return folder


def grade(course: Path, folder: Path, python: Path = Path(sys.executable)) -> tuple[list, list[str]]:
    """Grade a submission with the course at this place: the state and points, and what the submission printed."""
    source = sample.put_source(folder)
    notebook = sample.source()
    for cell in notebook["cells"]:
        if cell["id"] in ("double", "mean"):
            cell["source"] = "import json" + ANSWER if cell["id"] == "double" else sample.MEAN
    (folder / "submitted.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    packages = [path for path in (*site.getsitepackages(), *sys.path) if path.endswith("site-packages")]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(course), *packages])}
    words = [str(python), "-c", GRADE, str(source), str(folder / "submitted.ipynb")]
    done = subprocess.run(words, env=variables, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    state, points, outputs = json.loads(done.stdout)
    return [state, *points], "".join(each.get("text", str(each)) for each in outputs["double"]).splitlines()


def assert_graded(course: Path, folder: Path, python: Path = Path(sys.executable)) -> None:
    found, (places, is_read_only) = grade(course, folder, python)
    assert found == [GRADED, 2, 1, 3]
    assert json.loads(places) == [
        str(course / "course_utils" / "__init__.py"),
        str(course.resolve() / "data"),
        str(python.parent.parent),
    ]
    assert is_read_only == "True"


@pytest.mark.sandbox
@pytest.mark.parametrize("name", ["course", "my course, äé 中", "line\nbreak", "back\\slash\\040"])
def test_a_clone_below_tmp_grades(name, tmp_path):
    assert_graded(clone(tmp_path / "below" / name), tmp_path / "class")


@pytest.mark.sandbox
def test_a_clone_in_shared_memory_grades(shared_memory, tmp_path):
    assert_graded(clone(shared_memory / "course"), tmp_path / "class")


@pytest.mark.sandbox
def test_a_clone_that_is_reached_by_a_link_grades(tmp_path):
    clone(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert_graded(tmp_path / "link", tmp_path / "class")


@pytest.mark.sandbox
def test_a_python_below_tmp_grades(tmp_path):
    venv.create(tmp_path / "an environment", symlinks=True)
    assert_graded(
        clone(tmp_path / "course"), tmp_path / "class", tmp_path / "an environment" / "bin" / "python"
    )


def test_what_lies_below_an_emptied_place_is_found_in_the_table_of_mounts(tmp_path, monkeypatch):
    lines = r"""
21 1 0:1 / / rw - ext4 /dev/a rw
22 21 0:2 / /tmp rw - tmpfs tmpfs rw
23 22 0:2 / /tmp/a\040b\134\303\244/course ro - ext4 /dev/a rw
24 22 0:2 / /tmpfs/course ro - ext4 /dev/a rw
25 22 0:2 / /dev/shm/x\012y ro - ext4 /dev/a rw
"""
    monkeypatch.setattr(linux.Path, "read_bytes", lambda self: lines.strip().encode())
    assert linux.mounted_below(["/tmp", "/dev/shm"]) == ["/tmp/a b\\ä/course", "/dev/shm/x\ny"]


def told(monkeypatch, fault: str) -> str:
    monkeypatch.setattr(command, "_fault", lambda: fault)
    with pytest.raises(command.SandboxError) as error:
        command.require()
    return str(error.value)


@pytest.mark.parametrize(
    ("path", "reason", "advice"),
    [
        ("/tmp", "lies at a place that is emptied", "Move the course"),
        ("/", "lies at a place that is emptied", "Move the course"),
        ("/home", "lies at a place that is emptied", "Move the course"),
        ("/opt/a:b/course_utils", "has a colon", "Rename the folder"),
        (str(Path.home()), "holds your home", "a Python that is installed in a folder of its own"),
    ],
)
def test_a_place_that_cannot_be_is_told_with_advice_of_its_own(path, reason, advice, monkeypatch):
    monkeypatch.setattr(command, "visible_paths", lambda: [Path("/usr"), Path(path)])
    monkeypatch.setattr(command.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(command.platform, "release", lambda: "6.1.0")
    monkeypatch.setattr(command.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(command.sys, "platform", "linux")
    fault = command._fault.__wrapped__()
    assert reason in fault and path in fault
    words = told(monkeypatch, fault)
    assert words.startswith(f"Submissions cannot be graded safely here: {fault} ") and advice in words
    assert "AppArmor" not in words and "bubblewrap" not in words


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        ("the sandbox needs Linux, and this is Darwin.", "WSL 2"),
        ("the sandbox needs Linux 5.14 or newer on x86-64 or AArch64, not 4.18.", "up to date"),
        ("bubblewrap (bwrap) is not installed.", "sudo apt install bubblewrap"),
        ("bubblewrap does not work: bwrap: setting up uid map: Permission denied.", "AppArmor"),
    ],
)
def test_each_reason_has_advice_of_its_own(fault, advice, monkeypatch):
    words = told(monkeypatch, fault)
    assert advice in words
    assert sum(each in words for each in command.ADVICE.values()) == 1


def test_numbers_come_out_alike_on_both_sides(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("COURSE_TOKEN", "s3cr3t")
    inside, outside = command.environment(1), command.outside(1)
    for name in ("TF_ENABLE_ONEDNN_OPTS", "OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        assert inside[name] == outside[name]
    assert inside["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert "COURSE_TOKEN" not in inside
