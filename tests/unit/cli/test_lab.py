"""JupyterLab's address, port and settings."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request

import click
import pytest
from click.testing import CliRunner

from course_utils.cli import kernel, lab, project
from course_utils.cli.app import app


@pytest.fixture
def taken_port():
    """A port on which somebody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_that_was_asked_for_is_an_error(taken_port):
    done = CliRunner().invoke(app, ["lab", "--no-browser", "--ip", "127.0.0.1", "--port", str(taken_port)])
    assert done.exit_code == 1
    assert f"Port {taken_port} cannot be used" in done.output


@pytest.mark.parametrize("mistyped", [["--prot", "9"], ["--no-browsr"], ["--ServerApp.root_dir=/"]])
def test_an_unknown_option_is_an_error_that_says_where_jupyters_go(mistyped, monkeypatch):
    monkeypatch.setattr(lab, "start", lambda **options: pytest.fail("JupyterLab was started"))
    done = CliRunner().invoke(app, ["lab", *mistyped])
    assert done.exit_code == 2
    assert f"No such option '{mistyped[0].partition('=')[0]}'" in done.output
    assert "course lab -- --debug" in done.output


def test_what_follows_two_dashes_goes_to_jupyter(monkeypatch):
    given = {}
    monkeypatch.setattr(lab, "start", lambda **options: given.update(options) or 0)
    done = CliRunner().invoke(app, ["lab", "--port", "9999", "--", "--debug", "--ServerApp.max_body_size=9"])
    assert done.exit_code == 0
    assert given["jupyter_options"] == ("--debug", "--ServerApp.max_body_size=9")
    assert given["port"] == 9999


def test_without_a_wish_the_next_free_port_is_taken(taken_port, monkeypatch):
    monkeypatch.setattr(lab, "FIRST_PORT", taken_port)
    assert lab.choose_port(None, "127.0.0.1") > taken_port


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(click.ClickException, match="not an address of this machine"):
        lab.choose_port(8888, "192.0.2.1")


@pytest.mark.parametrize(
    ("options", "base"), [([], "/"), (["--", "--ServerApp.base_url=/dl/course/"], "/dl/course/")]
)
def test_the_address_that_it_tells_is_the_servers(options, base):
    command = [sys.executable, "-m", "course_utils.cli", "lab", "--no-browser", "--ip", "127.0.0.1", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            address = next(line.strip() for line in server.stdout if "http://" in line)
            assert re.fullmatch(rf"http://127\.0\.0\.1:\d+{base}lab/tree/notebooks/00\S+\?token=\w+", address)
            page = urllib.request.urlopen(address, timeout=60).read().decode()
            assert "jupyter-config-data" in page
        finally:
            server.terminate()


def test_server_opens_the_first_lesson_and_stays_inside_its_folder():
    arguments = lab.server_arguments(port=8888)
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in arguments
    assert f"--ServerApp.root_dir={project.ROOT}" in arguments
    assert any(argument.startswith(f"--LabApp.workspaces_dir={sys.prefix}") for argument in arguments)


@pytest.mark.skipif(os.name == "nt", reason="a script stands in for npm")
def test_the_server_starts_no_program_of_others_and_ends(tmp_path, monkeypatch):
    """Jupyter's search for language servers asks npm, which ran forever where the home could not be written."""
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nexec sleep 600\n")
    npm.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "JUPYTER_TOKEN": "token"}
    command = [sys.executable, "-m", "course_utils.cli", "lab", "--no-browser", "--ip", "127.0.0.1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        address = next(line.strip() for line in server.stdout if "http://" in line)
        page = address.replace("/lab/tree/notebooks/00_start_here.ipynb", "/lsp/status")
        urllib.request.urlopen(page, timeout=60).close()
        server.terminate()
        server.wait(60)
    assert not (tmp_path / "started").exists()


def test_kernel_and_settings_are_registered_once(tmp_path):
    kernel.register(tmp_path)
    written = tmp_path / "share/jupyter/kernels/course/kernel.json"
    first = written.stat().st_mtime_ns
    assert json.loads(written.read_text())["argv"][0] == sys.executable
    settings = json.loads((tmp_path / "share/jupyter/lab/settings/overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["checkForUpdates"] is False
    kernel.register(tmp_path)
    assert written.stat().st_mtime_ns == first


def test_missing_lessons_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(project, "NOTEBOOKS", tmp_path / "none")
    done = CliRunner().invoke(app, ["lab", "--no-browser"])
    assert done.exit_code == 1
    assert "git clone" in done.output
