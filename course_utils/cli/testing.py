"""``course test``: pytest on everything, with a browser for the browser tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import click

from course_utils.cli import browser, kernel, project
from course_utils.cli.installation import ROOT


def run(pytest_options: list[str]) -> int:
    """Run pytest in the project's folder; returns pytest's exit code.

    On a build server (``CI`` is set) a missing browser or sandbox is a failure; elsewhere its tests are left out.

    Raises:
        click.ClickException: the test tools, or on a build server the browser or the sandbox, are missing.
    """
    project.require_notebooks()
    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("nbval") is None:
        raise click.ClickException("The test tools are not installed. Run:  python course.py test")
    kernel.register()
    found = browser.provide()
    options = list(pytest_options)
    if found is None:
        options += without_browser()
    else:
        os.environ["COURSE_BROWSER"] = str(found)
    options += without_sandbox()
    os.umask(0o022)  # what tests make, graders that run as somebody else must be able to read
    code = subprocess.run([sys.executable, "-m", "pytest", *options], cwd=ROOT).returncode
    if found is None:
        click.echo("The browser tests were left out: no Chrome, Chromium or Edge was found.")
    return code


def without_sandbox() -> list[str]:
    """Options for pytest on a machine where submissions cannot be graded; on a build server that is an error."""
    from course_utils.classroom.sandbox import command

    try:
        command.require()
    except command.SandboxError as error:
        if os.environ.get("CI"):
            raise click.ClickException(str(error)) from error
        click.echo(f"The tests of grading are left out. {error}")
        return ["-m", "not sandbox"]
    return []


def without_browser() -> list[str]:
    """Options for pytest on a machine without a browser; on a build server that is an error."""
    if os.environ.get("CI"):
        raise click.ClickException("No Chrome, Chromium or Edge was found, and none could be installed.")
    return ["--ignore=tests/browser"]
