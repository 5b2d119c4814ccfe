"""Whatever surrounds the course, its programs behave the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.classroom.sandbox import command
from course_utils.cli import __main__, surroundings
from course_utils.cli.installation import ROOT
from course_utils.cli.surroundings import clean

PREFIX = Path(sys.prefix)

ASTRAY = {
    "IPYTHONDIR": "/elsewhere",
    "JUPYTERLAB_DIR": "/elsewhere",
    "JUPYTER_CONFIG_DIR": "/elsewhere",
    "JUPYTER_CONFIG_PATH": "/elsewhere",
    "JUPYTER_DATA_DIR": "/elsewhere",
    "JUPYTER_PATH": "/elsewhere",
    "JUPYTER_RUNTIME_DIR": "/elsewhere",
    "KERAS_BACKEND": "torch",
    "KERAS_HOME": "/elsewhere",
    "MATPLOTLIBRC": "/elsewhere",
    "MPLBACKEND": "TkAgg",
    "MPLCONFIGDIR": "/elsewhere",
    "PIP_NO_BINARY": ":all:",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_TARGET": "/elsewhere",
    "PYTEST_ADDOPTS": "--collect-only",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHOME": "/elsewhere",
    "PYTHONIOENCODING": "cp1252",
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": "/elsewhere",
    "PYTHONSTARTUP": "/elsewhere/startup.py",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error",
    "TF_USE_LEGACY_KERAS": "1",
    "UV_INDEX_URL": "http://elsewhere.example",
    "UV_OFFLINE": "1",
    "VIRTUAL_ENV": "/elsewhere",
    "XLA_FLAGS": "--no_such_flag",
}
CHOSEN = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "HTTPS_PROXY": "http://proxy.example",
    "JUPYTERHUB_USER": "me",
    "JUPYTER_TOKEN": "mine",
    "OMP_NUM_THREADS": "1",
    "PIP_INDEX_URL": "https://main.example/simple",
    "PYTHONUNBUFFERED": "1",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TZ": "Asia/Kathmandu",
}


@pytest.mark.parametrize("name", sorted(ASTRAY))
def test_what_leads_astray_is_taken_away(name):
    assert clean({name: ASTRAY[name]}, PREFIX).get(name) != ASTRAY[name]


@pytest.mark.parametrize("name", sorted(CHOSEN))
def test_what_the_reader_chose_is_kept(name):
    assert clean({name: CHOSEN[name]}, PREFIX)[name] == CHOSEN[name]


def test_clean_surroundings_stay_as_they_are():
    once = clean({**os.environ, **ASTRAY, **CHOSEN}, PREFIX)
    assert clean(once, PREFIX) == once


def test_programs_of_the_environment_come_first():
    first = clean({"PATH": os.pathsep.join(["/other/bin", "/usr/bin"])}, PREFIX)["PATH"].split(os.pathsep)
    assert Path(first[0]).parent == PREFIX
    assert first[1:] == ["/other/bin", "/usr/bin"]


def test_settings_are_in_the_home_or_beside_the_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(surroundings, "home", lambda: tmp_path / "home")
    assert clean({}, PREFIX)["IPYTHONDIR"].startswith(str(tmp_path / "home"))
    monkeypatch.setattr(surroundings, "home", lambda: Path(os.devnull) / "home")
    assert clean({}, PREFIX)["IPYTHONDIR"].startswith(str(PREFIX.parent / ".personal"))


@pytest.mark.parametrize("home", ["usual", "missing"])
def test_graded_programs_do_not_see_the_settings_of_their_teacher(home, monkeypatch):
    if home == "missing":
        monkeypatch.setattr(surroundings, "home", lambda: Path(os.devnull) / "home")
    environment = clean({}, PREFIX)
    for name in surroundings.OWN_FOLDERS:
        assert not any(Path(environment[name]).is_relative_to(shown) for shown in command.visible_paths())


def test_without_any_home_settings_are_among_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setattr(surroundings, "can_be_written", lambda folder: False)
    monkeypatch.setattr(surroundings.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    folders = clean({}, PREFIX)
    assert all(folders[name].startswith(str(tmp_path)) for name in surroundings.OWN_FOLDERS)


def test_the_theme_of_the_reader_stays(tmp_path):
    mine = tmp_path / "lab" / "user-settings"
    assert clean({"JUPYTER_CONFIG_DIR": str(tmp_path)}, PREFIX)["JUPYTERLAB_SETTINGS_DIR"] == str(mine)


@pytest.mark.parametrize("folder", ["/dev/null/home", "~"])
def test_a_folder_that_is_none_cannot_be_written(folder, monkeypatch):
    assert not surroundings.can_be_written(Path(os.devnull) / folder)


START = {
    "module": [sys.executable, "-m", "course_utils.cli"],
    "script": [str(Path(sys.executable).parent / "course")],
}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("start", START)
def test_every_entry_prints_every_character(encoding, start, tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    path = tmp_path / "Thị Hoa ✓.ipynb"
    path.write_text('{"cells": []}', encoding="utf-8")
    words = [*START[start], "notebooks", "check", str(path)]
    done = subprocess.run(words, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Thị Hoa ✓.ipynb: " in done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_the_front_door_prints_the_path_of_any_folder(encoding):
    program = "from course_utils.cli.surroundings import tolerate_any_encoding\ntolerate_any_encoding()\nprint('数 ✓')"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True)
    assert (done.stdout.split(), done.stderr) == ([b"?", b"?"], b"")


def test_the_command_runs_in_clean_surroundings_only(monkeypatch):
    handed = []
    monkeypatch.setattr(
        __main__, "hand_over", lambda python, prefix, arguments: handed.append(arguments) or 7
    )
    monkeypatch.setattr(sys, "argv", ["course", "test", "-q"])
    with pytest.raises(SystemExit) as ended:
        __main__.enter()
    assert (ended.value.code, handed) == (7, [["test", "-q"]])


def test_tests_that_would_pass_for_nothing_do_not_start():
    words = [sys.executable, "-O", "-m", "pytest", "--collect-only", "-q", "tests/unit/cli/test_lock.py"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "claims pass for nothing" in done.stderr) == (pytest.ExitCode.USAGE_ERROR, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locales")
@pytest.mark.parametrize("name", ["C", "POSIX", "de_DE.ISO-8859-1", "zh_CN.GB2312", "xx_XX.UTF-8"])
def test_a_folder_of_any_name_in_any_locale(name, tmp_path):
    """The front door, and the Python that it hands over to, whose packages lie in a folder of this name."""
    environment = tmp_path / "Kürs 数" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "course.pth").write_text(f"{ROOT}\n{environment}\n", encoding="utf-8")
    program = f"""
import os, pathlib, subprocess, sys
sys.path.insert(0, {str(ROOT)!r})
from course_utils.cli.surroundings import clean
prefix = pathlib.Path({str(environment)!r})
command = [str(prefix / "bin" / "python"), "-c", "import sys; print(ascii(sys.prefix))"]
sys.exit(subprocess.run(command, env=clean(os.environ, prefix)).returncode)
"""
    surrounding = {**os.environ, "LC_ALL": name, "PYTHONUTF8": "0"}
    words = [sys.executable, "-X", "utf8", "-c", program]
    done = subprocess.run(words, env=surrounding, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (ascii(str(environment)), 0), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locales")
def test_the_front_door_opens_in_a_folder_of_any_name(tmp_path):
    """It is copied with a stand-in for the installation."""
    folder = tmp_path / "Kürs 数"
    (folder / "course_utils" / "cli").mkdir(parents=True)
    shutil.copy(ROOT / "course.py", folder)
    for package in (folder / "course_utils", folder / "course_utils" / "cli"):
        (package / "__init__.py").touch()
    (folder / "course_utils" / "cli" / "installation.py").write_text(
        "def main(arguments):\n    print(ascii(__file__), arguments)\n    return 3\n", encoding="utf-8"
    )
    surrounding = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    words = [sys.executable, str(folder / "course.py"), "lab", "ü"]
    done = subprocess.run(words, env=surrounding, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith(ascii(str(folder))[:-1])
    assert done.stdout.strip().endswith("['lab', 'ü']")
