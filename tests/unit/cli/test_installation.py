"""The front door: unsuitable Pythons, interrupted installations, full disks, words for what went wrong."""

from __future__ import annotations

import io
import os
import runpy
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from course_utils.cli import __main__, installation, packages
from course_utils.cli.causes import explain

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty project folder, with blanks and letters beyond ASCII in its path."""
    root = tmp_path / "köpie of it 数"
    root.mkdir()
    for name in ("requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    monkeypatch.setattr(installation, "ROOT", root)
    monkeypatch.setattr(installation, "VENV", root / ".venv")
    monkeypatch.setattr(installation, "STAMP", root / ".venv" / "stamp.json")
    monkeypatch.setattr(installation, "LOG", root / ".venv" / "install.log")
    return root


def fake_environment(house: Path) -> Path:
    """A folder that looks like an environment, made in no time."""
    python = installation.venv_python()
    python.parent.mkdir(parents=True)
    python.write_text("")
    (house / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n")
    return house / ".venv"


def test_another_python_is_refused_in_a_sentence(monkeypatch):
    for version in ((2, 7, 18), (3, 10, 0), (3, 14, 0)):
        monkeypatch.setattr(sys, "version_info", version)
        with pytest.raises(SystemExit) as stopped:
            runpy.run_path(str(ROOT / "course.py"))
        assert "The course needs Python 3.11, 3.12 or 3.13; this is Python" in stopped.value.code


def test_front_door_reads_on_old_pythons():
    """No syntax newer than Python 2.7 in course.py: f-strings and annotations would hide the sentence."""
    import ast

    tree = ast.parse((ROOT / "course.py").read_text(encoding="utf-8"), feature_version=(3, 4))
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [node for node in ast.walk(tree) if isinstance(node, modern)] == []
    assert all(function.returns is None for function in functions)


def test_installer_needs_nothing_but_the_standard_library():
    program = "import sys; sys.path.insert(0, '.'); import course_utils.cli.installation"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_finished_installation_is_recognised(house):
    fake_environment(house)
    assert not installation.is_finished(set())
    installation.write_stamp({"test"})
    assert installation.is_finished(set())
    assert installation.is_finished({"test"})
    assert not installation.is_finished({"class"})


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("requirements.txt", "keras==", "keras==9."),
        ("pyproject.toml", "keras>=", "keras>=9."),
        (".venv/pyvenv.cfg", "3.11", "3.12"),
    ],
)
def test_a_change_asks_for_a_new_installation(house, file, before, after):
    fake_environment(house)
    installation.write_stamp(set())
    path = house / file
    path.write_text(path.read_text().replace(before, after))
    assert not installation.is_finished(set())


def test_settings_of_tools_do_not_ask_for_a_new_installation(house):
    fake_environment(house)
    installation.write_stamp(set())
    with (house / "pyproject.toml").open("a") as changed:
        changed.write("\n[tool.other]\nsetting = 1\n")
    assert installation.is_finished(set())


def test_a_damaged_package_is_told_and_mended_at_the_next_start(monkeypatch, tmp_path):
    stamp = tmp_path / "stamp.json"
    stamp.write_text("{}")
    monkeypatch.setattr(__main__, "STAMP", stamp)
    monkeypatch.setitem(sys.modules, "course_utils.cli.app", None)
    with pytest.raises(SystemExit) as stopped:
        __main__.main()
    assert "The installation is damaged" in stopped.value.code
    assert not stamp.exists()


def test_the_command_starts_without_heavy_packages():
    heavy = [
        "IPython",
        "jupyterlab",
        "keras",
        "matplotlib",
        "numpy",
        "papermill",
        "pytest",
        "rich",
        "tensorflow",
    ]
    program = f"import sys, course_utils.cli.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_damaged_stamp_counts_as_none(house):
    fake_environment(house)
    installation.STAMP.write_text('{"finger')
    assert not installation.is_finished(set())


def test_environment_is_made_and_a_broken_one_made_again(house):
    installation.make_environment()
    assert installation.environment_works()
    python = installation.venv_python()
    python.unlink()
    python.write_text("no program")
    installation.make_environment()
    assert installation.environment_works()


@pytest.mark.parametrize(
    ("command", "free", "needed"), [(["lab"], 0.1, "5.0"), (["--with", "gpu", "lab"], 6.0, "11.0")]
)
def test_full_disk_is_told_before_anything_is_written(house, monkeypatch, capsys, command, free, needed):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, int(free * 2**30)))
    assert installation.main(command) == 1
    told = capsys.readouterr().err
    assert f"Too little room: {free} GB are free" in told and f"needs {needed} GB" in told
    assert not (house / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_told(house, monkeypatch, capsys):
    def refuse():
        raise PermissionError(13, "Permission denied", str(house / ".venv"))

    monkeypatch.setattr(installation, "make_environment", refuse)
    assert installation.main(["lab"]) == 1
    assert "Check that this folder belongs to you" in capsys.readouterr().err


def test_ctrl_c_is_answered_and_leaves_no_stamp(house, monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(installation, "make_environment", interrupt)
    assert installation.main(["lab"]) == 130
    assert "Start again and the installation goes on." in capsys.readouterr().err
    assert not installation.STAMP.exists()


def test_without_ensurepip_the_package_is_named(house, monkeypatch, capsys):
    monkeypatch.setattr(installation.importlib.util, "find_spec", lambda name: None)
    assert installation.main(["lab"]) == 1
    assert "sudo apt install python3." in capsys.readouterr().err


def test_without_network_a_sentence_and_no_stamp(house, monkeypatch, capsys):
    (house / "requirements.txt").write_text("")
    (house / "pyproject.toml").write_text('[build-system]\nrequires = ["hatchling"]\n')
    for variable in ("PIP_INDEX_URL", "PIP_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    assert installation.main(["lab"]) == 1
    assert "No connection for the download." in capsys.readouterr().err
    assert not installation.STAMP.exists()
    assert installation.LOG.read_text()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("Failed to establish a new connection: [Errno -3] NewConnectionError", "No connection"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "certificate"),
        ("ERROR: No matching distribution found for tensorflow==2.21.0", "does not exist for this machine"),
        ("ERROR: [Errno 13] Permission denied: '.venv/bin/pip'", "could not be written"),
        ("one\nsomething else", "It failed. The last words were:\n    one\n    something else"),
    ],
)
def test_causes_in_plain_words(output, words):
    assert words in explain(output, "It failed")


def test_extras_stand_before_the_command():
    options, command = installation.parse(["--with", "gpu", "lab", "--port", "80"])
    assert (options.extras, command) == (["gpu"], ["lab", "--port", "80"])
    assert installation.parse(["test", "-k", "x", "--help"])[1] == ["test", "-k", "x", "--help"]


@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
def test_options_of_the_command_itself_go_to_it(option):
    assert installation.parse([option])[1] == [option]


@pytest.mark.skipif(os.name == "nt", reason="the pip of this test is a script")
def test_an_interrupted_installer_does_not_go_on_alone(tmp_path):
    """Ctrl-C while packages are fetched: the program that fetches them is ended."""
    log = io.StringIO()
    installer = object.__new__(packages.Installer)
    installer.root, installer.log = tmp_path, log

    def interrupt(line):
        raise KeyboardInterrupt

    program = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        installer.run([sys.executable, "-c", program], os.environ, interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.getvalue()), 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_everybody_can_read_what_is_installed(house, monkeypatch):
    """Root's sandbox gives up root's identity, and a strict mask would hide the packages from it."""
    monkeypatch.setattr(packages, "install", lambda *arguments: None)
    before = os.umask(0o077)
    try:
        installation.ensure_installed(set())
        assert os.umask(0o077) == 0o077, "the mask is the reader's own again"
    finally:
        os.umask(before)
    assert [path for path in (house / ".venv").rglob("*") if not path.stat().st_mode & 0o004] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_root_lets_graders_read_the_course_whatever_the_mask(house, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    before = os.umask(0o077)
    try:
        (house / "data" / "inner").mkdir(parents=True)
        file = house / "data" / "inner" / "numbers.csv"
        file.write_text("1", encoding="utf-8")
        secret = house / "secret.txt"
        secret.write_text("1", encoding="utf-8")
    finally:
        os.umask(before)
    installation.let_graders_read()
    assert file.stat().st_mode & 0o777 == 0o644 and file.parent.stat().st_mode & 0o777 == 0o755
    assert secret.stat().st_mode & 0o777 == 0o600, "nothing else is opened"
