"""``course doctor`` and the search for a browser."""

from __future__ import annotations

import os
from collections import namedtuple

import click
import psutil
import pytest
from click.testing import CliRunner

from course_utils import datasets
from course_utils.classroom.sandbox import command
from course_utils.cli import browser, doctor, testing
from course_utils.cli.app import app


@pytest.fixture
def quick(monkeypatch):
    """No question to TensorFlow, which takes seconds; one test asks it."""
    monkeypatch.setattr(doctor, "processors", lambda: iter([doctor.Finding("CPU", "2 cores")]))


def test_a_healthy_machine(quick):
    done = CliRunner().invoke(app, ["doctor"])
    assert (done.exit_code, "All is well." in done.output) == (0, True), done.output


def test_problems_are_told_with_what_to_do(quick, monkeypatch):
    memory = namedtuple("memory", "total available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(8 * 2**30, 2**30))
    monkeypatch.setattr(datasets, "verify", lambda: ["data/a.npz is missing: git checkout data/a.npz"])
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "2 things to mend." in done.output
    assert "what to do: data/a.npz is missing: git checkout data/a.npz" in done.output
    assert "what to do: close other programs" in done.output


def test_tensorflow_names_its_devices():
    cpu, gpu = doctor.processors()
    assert "cores" in cpu.seen
    assert (gpu.subject, gpu.mend) == ("GPU", "")


def test_a_tensorflow_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "DEVICES_PROGRAM", "raise ImportError('no libcuda')")
    *_, found = doctor.processors()
    assert "no libcuda" in found.seen
    assert found.mend


def test_a_missing_package_is_told():
    assert doctor.package("no-such-package", "1.0").mend
    assert doctor.package("click", "0.0").optional


def test_a_place_that_cannot_be_written(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    assert doctor.can_write(tmp_path / "new" / "folder")
    assert not doctor.can_write(file)


def test_named_browser_comes_first(tmp_path, monkeypatch):
    program = tmp_path / "chrome"
    program.write_text("")
    monkeypatch.setenv("COURSE_BROWSER", str(program))
    assert browser.find() == program


def test_without_a_browser_a_build_server_fails(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(click.ClickException, match="No Chrome"):
        testing.without_browser()
    monkeypatch.delenv("CI")
    assert testing.without_browser() == ["--ignore=tests/browser"]


def test_without_a_sandbox_a_build_server_fails(monkeypatch):
    monkeypatch.setattr(command, "_fault", lambda: "bubblewrap (bwrap) is not installed.")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(click.ClickException, match="bubblewrap"):
        testing.without_sandbox()
    monkeypatch.delenv("CI")
    assert testing.without_sandbox() == ["-m", "not sandbox"]


def test_exit_code_and_options_are_pytests():
    done = CliRunner().invoke(
        app, ["test", "--collect-only", "-q", "-k", "no_such_test", "tests/unit/cli/test_run.py"]
    )
    assert done.exit_code == 5


def test_a_missing_sandbox_is_told_and_no_illness(monkeypatch):
    def none():
        raise command.SandboxError("bubblewrap (bwrap) is not installed.")

    monkeypatch.setattr(command, "require", none)
    [finding] = doctor.sandbox_for_grading()
    assert finding.optional and "bubblewrap (bwrap) is not installed" in finding.mend
    monkeypatch.setattr(command, "require", lambda: None)
    assert next(doctor.sandbox_for_grading()).mend == ""


@pytest.mark.parametrize(
    "reason", ["bubblewrap (bwrap) is not installed.", "bubblewrap does not work: refused."]
)
def test_each_reason_for_no_sandbox_comes_with_its_own_advice(reason, monkeypatch, capsys):
    monkeypatch.setattr(command, "_fault", lambda: reason)
    monkeypatch.delenv("CI", raising=False)
    testing.without_sandbox()
    [finding] = doctor.sandbox_for_grading()
    for told in (capsys.readouterr().out, finding.mend):
        assert reason in told
        assert ("sudo apt install bubblewrap" in told, "AppArmor" in told) == (
            "installed" in reason,
            "work" in reason,
        )


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such permissions")
def test_folders_that_root_alone_can_read_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tmp_path.chmod(0o755)
    open_to_all = command._misplaced(tmp_path)
    tmp_path.chmod(0o700)
    assert (open_to_all, "can be read by root alone" in command._misplaced(tmp_path)) == ("", True)
