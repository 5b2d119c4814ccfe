"""Packages brought by uv or by pip: this machine's settings, the way back to pip, progress, half-copied packages."""

from __future__ import annotations

import importlib.metadata
import io
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from course_utils.cli import packages
from course_utils.cli.causes import SetupError

FAKE_UV = """#!{python}
import sys
if sys.argv[1:] == ["--version"]:
    print("{version}".replace("==", " "))
    sys.exit()
print("{words}")
sys.exit({code})
"""


@pytest.fixture
def installer(tmp_path):
    """An installer for an environment in which pip and uv are what a test makes of them."""
    programs = tmp_path / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    programs.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("numpy==2\n")
    log = io.StringIO()
    found = object.__new__(packages.Installer)
    found.venv, found.root, found.log = tmp_path / ".venv", tmp_path, log
    found.environment, found.settings = dict(os.environ), {}
    return found


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def fake_uv(installer, *, words="Installed", code=0, version=packages.UV) -> None:
    text = FAKE_UV.format(python=sys.executable, words=words, code=code, version=version)
    write_program(packages.venv_program(installer.venv, "uv"), text)


@pytest.mark.skipif(os.name == "nt", reason="the programs of these tests are scripts")
class TestTheWayBackToPip:
    def test_uv_installs_where_it_runs(self, installer):
        fake_uv(installer)
        assert installer.by_uv(["-e", "."])
        assert "Installed" in installer.log.getvalue()

    def test_a_uv_that_fails_leaves_it_to_pip(self, installer, capsys, monkeypatch):
        monkeypatch.setattr(packages, "mend_interrupted", lambda venv: print("looked over"))
        fake_uv(installer, words="error: something that only uv minds", code=2)
        assert not installer.by_uv(["-e", "."])
        assert "something that only uv minds" in installer.log.getvalue()
        told = capsys.readouterr().out
        assert "pip goes on" in told and "looked over" in told

    def test_a_full_disk_is_full_for_pip_as_well(self, installer):
        fake_uv(installer, words="error: No space left on device (os error 28)", code=2)
        with pytest.raises(SetupError, match="The disk is full"):
            installer.by_uv(["-e", "."])

    @pytest.mark.parametrize("program", ["no program", None])
    def test_without_a_uv_that_runs_pip_installs(self, installer, capsys, program):
        """Here pip cannot bring uv, either: there is no Python in the environment."""
        if program:
            write_program(packages.venv_program(installer.venv, "uv"), program)
        assert not installer.by_uv(["-e", "."])
        assert "pip installs" in capsys.readouterr().out

    def test_another_version_of_uv_is_replaced(self, installer):
        fake_uv(installer, version="uv==0.1.0")
        python = packages.venv_python(installer.venv)
        arrived = packages.venv_program(installer.venv, "uv")
        text = f"#!{sys.executable}\nimport pathlib, sys\nuv = pathlib.Path({str(arrived)!r})\n"
        write_program(python, text + "uv.write_text(uv.read_text().replace('0.1.0', sys.argv[-1][4:]))\n")
        assert installer.provide_uv() == arrived


def test_settings_of_pip_are_read_in_its_order():
    listed = """:env:.cert='/env.pem'
:env:.no-binary=':all:'
global.cert='/file.pem'
global.constraint='/etc/pip/constraints.txt'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
global.index-url='https://global.example/simple'
install.index-url='https://install.example/simple'
"""
    assert packages.read_settings(listed) == {
        "cert": "/env.pem",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "index-url": "https://install.example/simple",
    }


def test_uv_goes_where_pip_would():
    options, variables = packages.uv_settings(
        {
            "cert": "/a.pem",
            "default-timeout": "99",
            "extra-index-url": "https://one.example https://two.example",
            "find-links": "~/wheels",
            "index-url": "https://main.example",
            "no-index": "true",
            "proxy": "proxy.example:3128",
            "trusted-host": "main.example",
        }
    )
    given = " ".join(options)
    assert "--default-index https://main.example" in given
    assert "--index https://one.example --index https://two.example" in given
    assert f"--find-links {os.path.expanduser('~/wheels')}" in given
    assert "--allow-insecure-host main.example" in given
    assert "--no-index" in options
    assert (variables["SSL_CERT_FILE"], variables["UV_HTTP_TIMEOUT"]) == ("/a.pem", "99")
    assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://proxy.example:3128"


def test_without_settings_uv_trusts_whom_this_machine_trusts():
    assert packages.uv_settings({}) == (
        ["--index-strategy", "unsafe-best-match"],
        {"UV_SYSTEM_CERTS": "1"},
    )


def test_pip_gets_the_same_settings_and_no_files(installer):
    installer.settings = {"index-url": "https://main.example", "find-links": "/wheels"}
    environment = installer.pip_environment()
    assert environment["PIP_INDEX_URL"] == "https://main.example"
    assert environment["PIP_FIND_LINKS"] == "/wheels"
    assert environment["PIP_CONFIG_FILE"] == os.devnull


def test_a_cache_on_another_disk_or_in_a_read_only_home_is_not_used(tmp_path, monkeypatch):
    venv = tmp_path / ".venv"
    venv.mkdir()
    usual = tmp_path / "cache"
    assert packages.uv_cache(venv, {"UV_CACHE_DIR": str(usual)}) == usual
    assert packages.uv_cache(venv, {"UV_CACHE_DIR": "/dev/null/cache"}) == venv / "uv-cache"
    monkeypatch.setattr(packages, "can_be_written", lambda folder: False)
    assert packages.uv_cache(venv, {"UV_CACHE_DIR": str(usual)}) == venv / "uv-cache"


def told(lines, words):
    """What `show_progress` passes on and writes into the log."""
    log = io.StringIO()
    return list(packages.show_progress(io.StringIO("".join(lines)), log, words)), log.getvalue()


@pytest.mark.parametrize(
    ("progress", "lines"),
    [
        (
            packages.PipProgress(1),
            ["Collecting numpy\n", "  Downloading numpy.whl\n", "Installing collected packages: numpy\n"],
        ),
        (
            packages.UvProgress(),
            ["Downloading numpy (16.1MiB)\n", " Downloaded numpy\n", "Prepared 2 packages in 1s\n"],
        ),
    ],
)
def test_progress_keeps_every_line_in_the_log(progress, lines, capsys):
    assert told(lines, progress.words) == (lines, "".join(lines))
    assert capsys.readouterr().out == f"  {packages.UNPACKING}\n"


def test_a_terminal_shows_how_much_is_here(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    lines = ["Downloading keras (2.0MiB)\n", "Downloading tensorflow (545.9MiB)\n", " Downloaded keras\n"]
    told(lines, packages.UvProgress().words)
    shown = capsys.readouterr().out.split("\r")
    assert shown[-1].strip() == "2 of 548 MB are here; on its way: tensorflow"


def test_what_does_not_start_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(packages, "venv_python", lambda venv: sys.executable)
    monkeypatch.setattr(packages, "FIRST_IMPORTS", ("import json", "raise ImportError('no AVX')"))
    packages.warm_up(tmp_path, tmp_path)
    assert "A package does not start: ImportError: no AVX" in capsys.readouterr().out


@pytest.fixture
def copied_package(tmp_path):
    """A small installed package, copied with its list of files."""
    distribution = importlib.metadata.distribution("packaging")
    site = Path(distribution.locate_file(""))
    info = next(site.glob("packaging-*.dist-info"))
    shutil.copytree(site / "packaging", tmp_path / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    return Path(shutil.copytree(info, tmp_path / info.name))


def test_a_whole_package_is_complete(copied_package):
    assert packages.is_complete(copied_package)


def test_the_list_of_the_wheel_itself_is_not_enough(copied_package):
    """uv copies a package with the list in its wheel, and writes its own list when all the rest is there."""
    record = copied_package / "RECORD"
    lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
    record.write_text("".join(line for line in lines if "INSTALLER" not in line), encoding="utf-8")
    assert not packages.is_complete(copied_package)


def test_a_list_that_was_being_written_is_not_enough(copied_package):
    record = copied_package / "RECORD"
    record.write_text(record.read_text(encoding="utf-8")[:-3], encoding="utf-8")
    assert not packages.is_complete(copied_package)


@pytest.mark.parametrize("missing", ["INSTALLER", "RECORD", "../packaging/version.py"])
def test_a_half_copied_package_is_found(copied_package, missing):
    (copied_package / missing).unlink()
    assert not packages.is_complete(copied_package)


def test_a_truncated_file_is_found(copied_package):
    (copied_package.parent / "packaging" / "version.py").write_text("cut")
    assert not packages.is_complete(copied_package)


def test_a_half_copied_package_is_forgotten(copied_package, monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "site_packages", lambda venv: copied_package.parent)
    packages.mend_interrupted(tmp_path)
    assert copied_package.exists()
    (copied_package / "INSTALLER").unlink()
    packages.mend_interrupted(tmp_path)
    assert not copied_package.exists()
